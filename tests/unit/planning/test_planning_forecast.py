"""The answers: more agents are never later, deadline and duration agree, a tighter limit is never quicker."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from callwright.kit.errors import BadInput
from callwright.kit.words import LANGUAGES, Language
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign
from callwright.planning.answers import Question, answer
from callwright.planning.deplete import COLUMNS
from callwright.planning.forecast import Planner, make_planner, needed_agents
from callwright.planning.grid import make_grid, next_weekday
from callwright.planning.history import History, Place, Work
from callwright.planning.ranges import range_of
from callwright.planning.tell import tell
from callwright.planning.words import PLAN_WORDS
from support.planning_made import DAY_S, PLACE, SHIFT, START, fresh, windows

DONE, DIALS, TALKS = (COLUMNS.index(name) for name in ("done", "dials", "talks"))


def test_more_agents_are_never_later(planner: Planner) -> None:
    middles = [range_of(planner.finishes(agents, 0.7)).middle for agents in (3, 8, 9, 16)]
    known = [middle for middle in middles if middle is not None]
    assert len(known) == len(middles)
    assert known == sorted(known, reverse=True)
    eight, nine = planner.finishes(8, 0.7), planner.finishes(9, 0.7)
    assert (nine <= eight + 1800.0).mean() > 0.9  # world by world, but for a step


def test_deadline_and_duration_agree(planner: Planner) -> None:
    deadline = START + 4 * DAY_S + 18 * 3600
    needed = needed_agents(planner, share=0.7, deadline=deadline, sure=0.8, draws=40)
    assert needed is not None
    assert planner.chance_by(needed, 0.7, deadline) >= 0.8
    assert needed == 1 or planner.chance_by(needed - 1, 0.7, deadline) < 0.8
    ends = planner.finishes(needed, 0.7)
    assert planner.chance_by(needed, 0.7, deadline) == pytest.approx(float((ends <= deadline).mean()))


def test_what_the_rules_forbid_no_number_of_agents_does(planner: Planner) -> None:
    soon = START + 3 * DAY_S + 10.5 * 3600
    assert needed_agents(planner, share=0.99, deadline=soon) is None


def test_a_tighter_limit_is_never_quicker_nor_loses_more(planner: Planner) -> None:
    loose, tight = planner.surface(), planner.surface(0.005)
    assert tight.abandons < loose.abandons <= 0.035
    agents, rate = np.array([8.0]), np.array([0.3])
    assert tight.busy_odds(agents, rate)[0] < loose.busy_odds(agents, rate)[0]
    later = planner.finishes(8, 0.7, 0.005) - planner.finishes(8, 0.7)
    assert np.median(later) >= 0


def test_records_are_neither_lost_nor_made(planner: Planner) -> None:
    traces = planner.runs(8).traces
    assert (np.diff(traces, axis=1) >= -1e-9).all()
    assert traces[:, :, DONE].max() <= planner.work.total
    assert (traces[:, -1, DIALS] >= traces[:, -1, TALKS]).all()
    assert (traces[:, -1, DIALS] <= planner.work.total * (planner.campaign.dial.max_tries + 8)).all()


def test_the_same_seed_gives_the_same_answer_whatever_was_asked_before(planner: Planner) -> None:
    again = replace_planner(planner)
    again._surfaces.update(planner._surfaces)  # the pace need not be played again
    again.fit = planner.fit
    assert np.array_equal(again.runs(9).traces, planner.runs(9).traces)


def replace_planner(planner: Planner) -> Planner:
    return make_planner(
        campaign=planner.campaign,
        history=planner.history,
        work=planner.work,
        start=START + 3 * DAY_S,
        windows=windows,
        shift=SHIFT,
        agents=8,
        draws=40,
        days=8,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_is_told_whole_in_every_language(planner: Planner, language: Language) -> None:
    question = Question(agents=8, share=0.7, deadline=START + 4 * DAY_S + 18 * 3600, limit=0.005)
    told = tell(answer(planner, question), language)
    assert len(told.rows) == 20
    assert len(told.head) == 1
    assert len(told.days) >= 3
    shown = str(told)
    assert "None" not in shown
    assert "{" not in shown.replace("{share}", "")
    assert all(row.middle for row in told.rows)


def test_an_answer_without_deadline_and_limit_leaves_them_out(planner: Planner) -> None:
    found = answer(planner, Question(agents=8, share=0.7))
    assert found["deadline"] is None
    assert found["other_limit"] is None
    assert found["lines"]["enough"] >= 8
    assert found["one_more"]["talks_an_hour"]["middle"] > 0
    shares = [point["middle"] for point in found["curve"]]
    assert shares == sorted(shares)


def test_senseless_questions_are_refused(planner: Planner) -> None:
    for question, words in (
        (Question(agents=0), "1 to"),
        (Question(agents=8, share=1.5), "share"),
        (Question(agents=8, limit=0.5), "limit"),
        (Question(agents=8, deadline=START), "deadline"),
    ):
        with pytest.raises(BadInput, match=words):
            answer(planner, question)


def test_nothing_to_plan_is_said() -> None:
    campaign, history = Campaign(id=1, name="made", hours=SHIFT), History(zone="UTC")

    def ask(campaign: Campaign, work: Work) -> None:
        make_planner(campaign=campaign, history=history, work=work, start=START, windows=windows)

    with pytest.raises(BadInput, match="No record is open"):
        ask(campaign, Work(records=[], done=5))
    with pytest.raises(BadInput, match="message campaign"):
        ask(replace(campaign, mode=Mode.MESSAGE), fresh(5))
    with pytest.raises(BadInput, match="lawfully"):
        make_planner(campaign=campaign, history=history, work=fresh(5), start=START, windows=lambda *_: [])


def test_the_grid_keeps_lawful_working_time_only_and_sends_returns_into_it() -> None:
    grid = make_grid(fresh(3), start=START, shift=SHIFT, zone="UTC", windows=windows, step_s=1800.0, days=2)
    assert len(grid.at) == 2 * 18
    assert set(grid.hour.tolist()) == set(range(9, 18))
    at_night = int(20 * 3600 / 1800)
    assert grid.at[grid.next_open[0, at_night]] == START + DAY_S + 9 * 3600
    other = make_grid(
        Work(records=[*fresh(1).records, fresh(1).records[0]._replace(place=Place(country="FR"))]),
        start=START,
        shift=SHIFT,
        zone="UTC",
        windows=lambda place, a, b: windows(place, a, b) if place == PLACE else [(START, START + 10 * 3600)],
        step_s=1800.0,
        days=2,
    )
    assert other.open_at.shape[0] == 2
    assert other.open_at[1].sum() == 2
    assert next_weekday(START, 4, 18 * 60, "UTC") == START + 4 * DAY_S + 18 * 3600


def test_every_word_has_the_same_gaps_in_every_language() -> None:
    import re

    for key, words in PLAN_WORDS.items():
        for language in LANGUAGES:
            assert set(re.findall(r"\{\w+\}", words.say(language))) == set(re.findall(r"\{\w+\}", words.en)), key

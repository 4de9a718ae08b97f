"""The live board: what it counts from events, and that it draws in every language at every width."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from callwright.app.board import plain_line, render
from callwright.app.board_state import AGENT_STATES, LINE_STATES, BoardKeeper, Probe
from callwright.app.board_words import WORDS
from callwright.dialer.events import Event
from callwright.kit.words import LANGUAGES, Language
from callwright.model.campaign import Campaign
from callwright.model.outcome import Outcome


def _keeper(*, answers: int = 100, abandons: int = 2) -> BoardKeeper:
    return BoardKeeper(
        campaign=Campaign(id=1, name="Handsets"),
        abandon_limit=0.03,
        probe=lambda: Probe(records=1000, open=700, answers=answers, abandons=abandons),
        now=lambda: 1772442000.0,
    )


def _tell(keeper: BoardKeeper, kind: str, **data: Any) -> None:
    keeper(Event(at=1772442000.0, kind=kind, data=data))


def _dial(keeper: BoardKeeper, attempt: int, **more: Any) -> None:
    _tell(keeper, "dial", attempt=attempt, campaign=1, lead=attempt % 10, number="+44", redial_of=None, **more)


def _talk(keeper: BoardKeeper, attempt: int, disposition: str) -> None:
    _dial(keeper, attempt)
    for kind in ("ring", "person", "connect"):
        _tell(keeper, kind, attempt=attempt)
    _tell(keeper, "end", attempt=attempt, outcome="talked", talk_s=30.0)
    _tell(keeper, "dispose", attempt=attempt, campaign=1, disposition=disposition, talk_s=30.0)


def test_a_call_moves_through_the_lines_and_leaves_them() -> None:
    keeper = _keeper()
    _dial(keeper, 1)
    for kind, state in (("ring", "ringing"), ("answer", "detecting"), ("person", "waiting"), ("connect", "connected")):
        _tell(keeper, kind, attempt=1)
        assert {line: n for line, n in keeper.snapshot().lines.items() if n} == {state: 1}
    _tell(keeper, "end", attempt=1, outcome="talked", talk_s=12.5)
    shown = keeper.snapshot()
    assert sum(shown.lines.values()) == 0
    assert shown.outcomes == {"talked": 1}
    _tell(keeper, "dispose", attempt=1, campaign=1, disposition="success", talk_s=12.5)
    shown = keeper.snapshot()
    assert (shown.orders, shown.talk_s, shown.answers) == (1, 12.5, 1)
    assert dict(shown.funnel) == {"dialled": 1, "answered": 1, "effective": 1, "interested": 1, "signed": 1}


def test_the_funnel_counts_records_not_attempts() -> None:
    keeper = _keeper()
    for attempt in (1, 11, 21):  # the same record three times
        _dial(keeper, attempt)
        _tell(keeper, "end", attempt=attempt, campaign=1, outcome="busy")
    _talk(keeper, 31, "not_interested")
    shown = keeper.snapshot()
    assert shown.dials == 4
    assert dict(shown.funnel) == {"dialled": 1, "answered": 1, "effective": 1, "interested": 0, "signed": 0}


def test_another_campaigns_events_are_not_counted() -> None:
    keeper = _keeper()
    _tell(keeper, "dial", attempt=5, campaign=2, lead=1, redial_of=None)
    for kind in ("ring", "person", "connect", "abandon"):
        _tell(keeper, kind, attempt=5)
    _tell(keeper, "end", attempt=5, outcome="talked", talk_s=9.0)
    shown = keeper.snapshot()
    assert (shown.dials, shown.answers, shown.abandons, shown.outcomes) == (0, 0, 0, {})


def test_nothing_is_kept_of_a_call_that_is_over() -> None:
    keeper = _keeper()
    for attempt in range(200):
        _dial(keeper, attempt)
        _tell(keeper, "end", attempt=attempt, campaign=1, outcome="no_answer")
        _talk(keeper, 1000 + attempt, "refused")
    assert keeper._lines == {}
    assert keeper._lead_of == {}


def test_every_state_and_outcome_has_words_in_every_language() -> None:
    assert {key for key in (*AGENT_STATES, *LINE_STATES, *Outcome) if key not in WORDS} == set()
    assert all(words.say(language) for words in WORDS.values() for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [30, 46, 84, 200])
def test_the_board_draws_within_any_width(language: Language, width: int) -> None:
    keeper = _keeper()
    _tell(keeper, "agent", agent=1, state="ready", reason=None)
    _talk(keeper, 1, "success")
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(render(keeper.snapshot(), language))
    said = out.getvalue()
    assert "Handsets" in said
    assert WORDS["funnel"].say(language) in said
    assert max(Console(width=width).measure(line).maximum for line in said.splitlines()) <= width


@pytest.mark.parametrize(("abandons", "style"), [(2, "green"), (4, "bold red")])
def test_an_abandon_rate_over_the_limit_is_red(abandons: int, style: str) -> None:
    console = Console(width=100)
    lines = console.render_lines(render(_keeper(abandons=abandons).snapshot(), "en"))
    styles = [str(part.style) for line in lines for part in line if f"{abandons}.00 %" in part.text]
    assert styles
    assert all(style in each for each in styles)


def test_without_a_terminal_the_board_is_one_line() -> None:
    line = plain_line(_keeper().snapshot(), "en")
    assert "\n" not in line
    assert "Records done 300/1000" in line
    assert "Abandon rate 2.00 % (limit 3 %)" in line

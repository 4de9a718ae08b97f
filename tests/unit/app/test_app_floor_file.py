"""FLOOR.toml: what it says arrives in the plan, and what is wrong with it is told by key and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from callwright.app.floor_file import parse_floor, read_floor
from callwright.kit.errors import BadInput

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "floor.toml"
TEAM = '[[team]]\nname = "Day"\nagents = 2\n'


def test_the_example_says_what_it_says() -> None:
    plan = read_floor(EXAMPLE)
    day, evening = plan.teams
    assert plan.time_zone == "Asia/Shanghai"
    assert (day.agents, day.site, day.tiers, day.seniority) == (20, "Hefei", frozenset({3, 4, 5}), 2)
    assert (day.attendance, day.login_s, day.wrap_up.mean, day.wrap_up.cv) == (0.95, 120.0, 20.0, 0.5)
    assert day.preview.reasons == ("wrong region", "called today")
    assert (day.shifts[0].weekdays, day.shifts[0].from_minute, day.shifts[0].to_minute) == (
        frozenset(range(5)),
        540,
        1080,
    )
    assert [(p.reason, p.at_minute, p.every_s, p.length_s) for p in day.pauses] == [
        ("meal", 720, None, 2700.0),
        ("rest", None, 7200.0, 600.0),
    ]
    assert not evening.inbound
    assert evening.shifts[0].weekdays == frozenset({0, 2, 4})
    assert len(plan.agents()) == 26


def test_a_shift_may_end_the_next_morning() -> None:
    plan = parse_floor(TEAM + '[[team.shift]]\nhours = "22:00-06:00"\n')
    assert (plan.teams[0].shifts[0].from_minute, plan.teams[0].shifts[0].to_minute) == (1320, 360)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (TEAM + "senority = 2\n", 4, "seniority"),
        ('time_zone = "Asia/Shanghia"\n' + TEAM, 1, "Asia/Shanghai"),
        ('[[team]]\nname = "Day"\nagents = 0\n', 3, "between 1 and 10000"),
        ('[[team]]\nname = "Day"\n', 1, "`agents` is missing"),
        ("", 0, "`team` is missing"),
        (TEAM + "tiers = [6]\n", 4, "1 (best) to 5"),
        (TEAM + '[[team.shift]]\nhours = "9 to 5"\n', 5, "09:00-18:00"),
        (TEAM + '[[team.pause]]\nreason = "meal"\nlength = "45m"\n', 5, "says no time"),
        (TEAM + '[[team.pause]]\nreason = "meal"\nlength = "45m"\nat = "12:00"\nevery = "2h"\n', 8, "one or the other"),
        (TEAM + "preview = { from = 30, to = 20 }\n", 4, "must not be shorter"),
        (TEAM + "attendance = 1.2\n", 4, "must be a share"),
        (TEAM + TEAM, 1, "two teams"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_floor(text, name="FLOOR.toml")
    assert said in str(error.value)
    if line:
        assert f"line {line}" in str(error.value)

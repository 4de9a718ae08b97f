"""The numbered streams, what an agent's and a lead's screen shows, and who is taken for gone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from callwright.dialer.events import Event
from callwright.model.agent import AgentState
from callwright.web.channel import KEPT, Channel
from callwright.web.presence import SILENT_S, gone

from .conftest import ADA, DeskKit, an_attempt


@dataclass
class Hand:
    attempt_id: int = 5
    role: str = "agent"
    number: str = "+442079460001"
    name: str = "Ada Lovelace"
    on_hold: bool = True
    hushed: bool = False
    aside: str | None = "ringing"
    with_whom: str = "Boris"


def a_channel() -> Channel:
    return Channel(lambda: 100.0, {"state": "offline"})


async def test_who_comes_back_is_told_what_they_missed() -> None:
    channel = a_channel()
    first, hello = channel.listen("", -1)
    assert hello["view"] == {"state": "offline"}
    for state in ("ready", "in_call", "wrap_up"):
        channel.change("state", state=state)
    channel.forget(first)
    second, hello = channel.listen(channel.stream, 1)
    assert "view" not in hello
    assert [(await second.next())["view"] for _ in range(2)] == [{"state": "in_call"}, {"state": "wrap_up"}]  # type: ignore[index]


@pytest.mark.parametrize(("stream", "last"), [("another server", 1), (None, 10_000), (None, -1)])
async def test_who_missed_too_much_gets_the_whole_picture(stream: str | None, last: int) -> None:
    channel = a_channel()
    for n in range(KEPT + 10):
        channel.change("state", state=str(n))
    _, hello = channel.listen(stream or channel.stream, last)
    assert hello["view"] == {"state": str(KEPT + 9)}
    assert hello["n"] == channel.number


async def test_a_listener_that_does_not_read_is_cut_off_and_harms_nobody() -> None:
    channel = a_channel()
    slow, _ = channel.listen("", -1)
    for n in range(2000):
        channel.change("state", state=str(n))
    assert channel.listeners == set()
    seen = 0
    while await slow.next() is not None:
        seen += 1
    assert seen < 1000


async def test_a_call_from_the_card_to_the_end(desk: DeskKit) -> None:
    screens, view = desk.screens, desk.screens.channel(1).view
    screens.on_state(1, AgentState.PREVIEW, None)
    screens.on_preview(1, ADA, 30.0)
    assert view["card"]["person"]["name"] == "Ada Lovelace"
    assert view["card"]["until"] == desk.now[0] + 30
    screens.on_state(1, AgentState.RESERVED, None)
    assert view["card"] is not None  # the person being dialled stays in sight
    attempt = an_attempt(5, 1, desk.now[0])
    screens.on_state(1, AgentState.IN_CALL, None)
    screens.on_call(1, attempt, ADA)
    screens.on_call_changed(1, Hand())
    assert view["call"]["person"]["zone"] == "Europe/London"
    assert (view["hand"]["on_hold"], view["hand"]["with_whom"]) == (True, "Boris")
    screens(Event(at=desk.now[0], kind="agent", data={"agent": 1, "pending": "offline"}))
    assert view["pending"] == "offline"
    screens.on_state(1, AgentState.WRAP_UP, None)
    screens.on_call_ended(1, attempt)
    assert view["call"]["ended_at"] is not None
    assert view["hand"] is None
    screens.on_state(1, AgentState.OFFLINE, None)
    assert (view["call"], view["card"], view["pending"]) == (None, None, None)


async def test_after_a_restart_the_screen_catches_up_with_the_seat(desk: DeskKit) -> None:
    attempt = desk.in_call(attempt_id=5)
    desk.screens.channel(1).view.update(state="offline", call=None)
    desk.screens.catch_up(desk.floor.desk.seat(1), (attempt, ADA))
    view = desk.screens.channel(1).view
    assert (view["state"], view["call"]["person"]["name"]) == ("in_call", "Ada Lovelace")


async def test_the_floor_shows_each_change_as_one_row(desk: DeskKit) -> None:
    channel = desk.parts.view.channel
    before = channel.number
    desk.in_call(attempt_id=5)
    row = channel.view["agent-1"]
    assert (row["state"], row["person"], row["attempt"]) == ("in_call", "Ada Lovelace", 5)
    assert channel.number > before
    number = channel.number
    desk.screens(Event(at=0.0, kind="agent", data={"agent": 1, "pending": None}))
    assert channel.number == number  # nothing new: nothing told


async def test_a_late_beat_logs_out_nobody_who_talks_or_whose_line_stands(desk: DeskKit) -> None:
    floor, since = desk.floor, desk.now[0]
    for agent_id in (1, 2, 9):
        floor.desk.log_in(agent_id, [1])
        floor.desk.ready(agent_id)
        floor.desk.seat(agent_id).since = since
    floor.desk.take_call(floor.desk.seat(1), 1, 5)
    floor.desk.seat(1).since = since
    late = since + SILENT_S + 1
    assert gone(desk.parts, now=since + SILENT_S - 1, since=since) == []
    assert gone(desk.parts, now=late, since=since) == [2, 9]  # on a floor without telephones; 1 talks
    floor.lines = {9: True}
    assert gone(desk.parts, now=late, since=since) == [2]  # 9's line stands, whatever the page does
    desk.parts.last_beats[2] = late - 5
    assert gone(desk.parts, now=late, since=since) == []
    listener, _ = desk.screens.channel(2).listen("", -1)
    desk.parts.last_beats.clear()
    assert gone(desk.parts, now=late, since=since) == []  # the page is open, its beats are late
    desk.screens.channel(2).forget(listener)
    assert gone(desk.parts, now=late, since=since) == [2]

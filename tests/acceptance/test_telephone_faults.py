"""A hundred live calls over real processes, and then something dies: what must hold, measured from outside.

One floor for the module; each test begins with a full one. The times are those of the promise (docs/recovery.md).
"""

from __future__ import annotations

import asyncio
import http.client
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from callwright.adapters.asterisk.recorder import SIDES
from callwright.adapters.recordings.wav import HEAD_BYTES, read_wav
from support.postgres_records import read_records
from support.records import complaints
from support.telephone_floor import KINDS, PARKED, TelephoneFloor, open_floor, telephone_root
from support.telephone_runner import HOSTS

FLUSH_S = 32 * 1024 / 16_000
"""Asterisk writes a recording to the disk by so much sound."""
LONGEST_GAP_S = 1.0


@pytest.fixture(scope="module")
def kept_floor() -> Iterator[TelephoneFloor]:
    with open_floor(telephone_root()) as floor:
        yield floor


@pytest.fixture
def floor(kept_floor: TelephoneFloor) -> TelephoneFloor:
    kept_floor.fill_up()
    print(f"\n{kept_floor.census()}")
    kept_floor.wire.mark()
    return kept_floor


def _staying(floor: TelephoneFloor) -> dict[int, str]:
    """Live calls that end only when somebody ends them, and how far they are: all but the brief ones."""
    kinds = floor.kinds()
    calls = {int(n): state for n, state in floor.ask("look")["calls"].items()}
    there = floor.channels()
    told = {n for n, state in calls.items() if state == "playing" and kinds.get(n) == "talkers"}  # and then hung up on
    return {n: state for n, state in calls.items() if kinds.get(n) != "brief" and n in there and n not in told}


def _all_there(floor: TelephoneFloor, staying: Iterable[int]) -> None:
    """Every one of these calls still has its channel."""
    lost = set(staying) - set(floor.channels())
    assert {n: dict(row) for n, row in (floor.attempts(lost) if lost else {}).items()} == {}


def _still_heard(floor: TelephoneFloor, talks: set[tuple[int, int]], *, but: int = 0) -> None:
    """Those who heard an agent hear them still, and there was never a long silence between."""
    now = floor.talking()
    assert len(talks - set(now)) <= but
    gaps = sorted(floor.wire.flows[talk].worst_gap_s for talk in talks & set(now))
    print(f"{len(gaps)} talks go on; longest silence {gaps[-1] * 1000:.0f} ms")
    assert gaps[-1] < LONGEST_GAP_S
    listening = sum(len(floor.wire.hearing(HOSTS[n], "person", time.time())) for n in ("agents", "phones", "spare"))
    assert listening >= len(now) - 1  # and the agents hear the people


def _nobody_called_twice(floor: TelephoneFloor) -> None:
    numbers = Counter(r.number for r in floor.wire.called(0.0) if r.host in {HOSTS[kind] for kind in KINDS})
    assert [number for number, times in numbers.items() if times > 1] == []


def test_without_its_database_nobody_is_called_and_everybody_talks_on(floor: TelephoneFloor) -> None:
    staying, talks = set(_staying(floor)), set(floor.talking())
    killed = floor.kill_database()
    time.sleep(4.0)
    after = [round(r.at - killed, 2) for r in floor.wire.called(killed)]
    print(f"called after the kill: {after}")
    assert [at for at in after if at > 1.0] == []
    _all_there(floor, staying)
    _still_heard(floor, talks)
    floor.database.start()
    back = time.time()
    first = floor.until(lambda: floor.wire.called(back), 10.0, "dialling resumes")[0]
    print(f"dialling resumed {first.at - back:.2f} s after the database was back")
    assert first.at - back < 10.0
    _nobody_called_twice(floor)


def test_callwright_killed_loses_no_call_and_commands_again_within_three_seconds(floor: TelephoneFloor) -> None:
    staying, talks = _staying(floor), set(floor.talking())
    brief = {int(n) for n in floor.ask("look")["calls"]} - set(staying)
    floor.kill_runner()
    time.sleep(1.0)
    _all_there(floor, staying)

    began = floor.start_runner()
    look = floor.until(lambda: floor.ask("look"), 20.0, "Callwright listens")
    adopted = {int(n): state for n, state in look["calls"].items()}
    agent = next(int(n) for n, state in look["agents"].items() if state == "in_call")
    floor.ask("hang_up", agent)
    ended = floor.until(
        lambda: [r for r in floor.wire.requests if r.at > began and (r.method, r.host) == ("BYE", HOSTS["talkers"])],
        5.0,
        "the person whom the agent hung up on is told",
    )
    control_s = ended[0].at - began
    found = [e for e in floor.events(began, "campaign") if e["what"] == "recovered"]
    print(f"from exec to a command carried out {control_s:.2f} s; recovered: ", end="")
    print({name: sum(e[name] for e in found) for name in ("adopted", "closed", "unknown")})
    assert control_s < 3.0

    # every call is accounted for: adopted as it was, or closed with its true end
    assert set(staying) - set(adopted) == set()
    on_the_line = {n: was for n, was in staying.items() if was not in ("dialing", "ringing")}  # others may answer
    assert {n: (was, adopted[n]) for n, was in on_the_line.items() if adopted[n] != was} == {}
    time.sleep(2.0)
    known = set(floor.ask("look")["calls"])
    for attempt in floor.attempts(n for n in brief if str(n) not in known).values():
        if attempt["answered_at"] is None:
            assert (attempt["state"], attempt["outcome"]) == ("unknown", "unknown")
        else:
            assert (attempt["state"], attempt["outcome"]) == ("ended", "message_played")
    held = floor.sql(
        "select id from leads where id in (select lead_id from attempts where state = 'unknown') and status <> 'held'"
    )
    assert held == []
    _still_heard(floor, talks, but=1)
    _nobody_called_twice(floor)
    assert floor.wire.called(ended[0].at)  # and it dials


def test_a_dead_telephone_is_noticed_and_the_person_looked_after_within_five_seconds(floor: TelephoneFloor) -> None:
    look = floor.ask("look")
    last = floor.config["agents"]
    phones = [n for n in range(last - 11, last - 3) if look["agents"][str(n)] == "in_call"]
    ready = len(floor.agents_in("ready"))
    talks = floor.talking()
    assert len(phones) >= 4
    cut = time.time()
    floor.parties.kill("phones")
    time.sleep(6.0)

    alone = {k: f for k, f in talks.items() if any(at > cut and voice == "music" for at, voice in f.turns)}
    assert len(alone) == len(phones)
    noticed, helped = [], []
    for flow in alone.values():
        noticed.append(next(at - cut for at, voice in flow.turns if at > cut and voice == "music"))
        helped.append(next(at - cut for at, voice in flow.turns if at > cut + noticed[-1] and voice != "music"))
    others = [e for e in floor.events(cut, "connect") if e["attempt"] in {look["with"][str(n)] for n in phones}]
    print(f"music after {min(noticed):.2f}-{max(noticed):.2f} s, somebody else or the message after")
    print(f"{min(helped):.2f}-{max(helped):.2f} s; {len(others)} of {len(alone)} got another agent")
    assert max(helped) < 5.0
    assert len(others) >= min(ready, len(alone)) - 1
    lost = [e for e in floor.events(cut, "agent") if e["state"] == "offline" and e["agent"] in phones]
    assert {e["agent"] for e in lost} == set(phones)
    floor.parties.start("phones", "agents", f"{floor.net}.{HOSTS['phones']}")
    floor.until(lambda: len(floor.ask("look")["lines"]) == last, 20.0, "their lines stand again when they are back")


def test_a_restart_beside_a_thousand_channels_does_the_switch_no_harm(floor: TelephoneFloor) -> None:
    """Asterisk dies of a list longer than its stack where that is asked for over the WebSocket."""
    link = http.client.HTTPConnection(floor.ours, 8088)
    for n in range(800):
        order = {
            "endpoint": f"PJSIP/+4721{900_000 + n}@trunk-ringers",
            "context": "callwright-dialed",
            "extension": "s",
            "priority": 1,
            "timeout": 90,
        }
        link.request("POST", f"/ari/channels/more-{n:04d}-x?{urlencode(order)}", headers=floor.credentials())
        assert link.getresponse().read()
    link.close()
    asterisk, staying = floor.process.pid(), set(_staying(floor))
    assert len(floor.ari("/ari/channels")) > 900
    floor.kill_runner()
    began = floor.start_runner()
    at = floor.until(lambda: floor.events(began, "control"), 20.0, "control is back")[0]["at"]
    print(f"control after {at - began:.2f} s beside {len(floor.ari('/ari/channels'))} channels")
    assert floor.process.pid() == asterisk
    time.sleep(0.5)
    _all_there(floor, staying)


def test_asterisk_killed_every_call_gets_its_true_end_within_ten_seconds(floor: TelephoneFloor) -> None:
    look = floor.ask("look")
    states = {int(n): state for n, state in look["calls"].items()}
    talking = [int(n) for n, state in look["agents"].items() if state == "in_call"]
    killed = time.time()
    floor.process.kill()
    floor.parties.close()  # people and agents hear nothing more and put down

    def all_closed() -> bool:
        return all(row["state"] in ("ended", "unknown") for row in floor.attempts(states).values())

    floor.until(all_closed, 15.0, "every attempt is closed")
    closed_s = time.time() - killed
    rows = floor.attempts(states)
    print(f"all closed after {closed_s:.2f} s:")
    kinds = Counter((states[n], row["state"], row["outcome"], row["disposition"]) for n, row in rows.items())
    for kind, count in sorted(kinds.items(), key=str):
        print(f"  {count:3d} {' -> '.join(map(str, kind))}")
    assert closed_s < 10.0
    for n, row in rows.items():
        end = (row["state"], row["outcome"])
        if states[n] in ("dialing", "ringing"):
            assert end == ("unknown", "unknown")
        elif row["connected_at"] is not None:
            assert end == ("ended", "talked")
        else:
            assert end == ("ended", "message_played")
        assert row["ended_by"] in ("network", "person", "us")  # a brief one may have ended in the same instant
    leads = floor.sql(
        "select l.status from leads l join attempts a on a.lead_id = l.id where a.state = 'unknown' and a.id = any($1)",
        list(states),
    )
    assert {row["status"] for row in leads} == {"held"}
    wrapped = {e["agent"] for e in floor.events(killed, "agent") if e["state"] == "wrap_up"}
    assert wrapped >= set(talking)
    assert floor.agents_in("in_call", "reserved", "offline") == []
    assert floor.wire.called(killed + 0.5) == []
    _recordings_are_readable(floor, rows.values(), killed)

    floor.start_parties()
    floor.process.start()
    back = time.time()
    floor.until(lambda: len(floor.ask("look")["lines"]) == floor.config["agents"], 20.0, "the lines stand anew")
    print(f"the agents' lines stand anew {time.time() - back:.2f} s after Asterisk is back")
    first = floor.until(lambda: floor.talking(), 20.0, "agents talk again")
    print(f"agents talk again {min(f.since for f in first.values()) - back:.2f} s after Asterisk is back")
    _nobody_called_twice(floor)


def _recordings_are_readable(floor: TelephoneFloor, rows: object, killed: float) -> None:
    """Both sides of every recorded talk, up to the last flush."""
    begun = {(e["attempt"], e["side"]): e["at"] for e in floor.events(0.0, "recording")}
    missing = []
    for row in rows:  # type: ignore[attr-defined]
        if row["connected_at"] is None or row["left_at"] is not None or row["outcome"] != "talked":
            continue
        for side in SIDES:
            at = begun.get((row["id"], side))
            if at is None:
                continue
            file: Path = floor.process.recordings / f"{row['id']}-{side}.wav"
            if killed - at <= FLUSH_S:
                continue
            facts = read_wav(file.read_bytes()[:HEAD_BYTES], file.stat().st_size)
            missing.append(killed - at - facts.frames / facts.rate)
    print(f"{len(missing)} recorded sides are readable; {max(missing):.2f} s at most are missing at the end")
    assert len(missing) >= 20
    assert max(missing) < FLUSH_S + 0.5


def test_people_who_vanish_without_a_word_are_gone_within_thirty_seconds(floor: TelephoneFloor) -> None:
    kinds, states = floor.kinds(), _staying(floor)
    gone = {n for n in states if kinds[n] in ("talkers", "notices")}
    talking = {int(n) for n, state in floor.ask("look")["agents"].items() if state == "in_call"}
    cut = time.time()
    floor.parties.kill("talkers")
    floor.until(lambda: not gone & set(floor.channels()), 35.0, "the channels are cleared")
    cleared_s = time.time() - cut
    print(f"{len(gone)} channels cleared after {cleared_s:.1f} s")
    assert cleared_s < 30.0
    time.sleep(0.5)
    rows = floor.attempts(gone).values()
    assert {row["ended_by"] for row in rows} == {"carrier"}
    assert {row["outcome"] for row in rows} <= {"talked", "message_played"}
    assert all(row["ended_at"] is not None for row in rows)
    wrapped = {e["agent"] for e in floor.events(cut, "agent") if e["state"] == "wrap_up"}
    assert wrapped >= talking
    assert len([n for n in gone if states[n] == "parked"]) >= PARKED - 1


def test_after_all_that_the_records_fit_together(kept_floor: TelephoneFloor) -> None:
    """The invariants of any floor's records, over everything that was done to this one."""
    floor = kept_floor
    floor.kill_runner()
    for name in KINDS:
        campaign = floor.campaign(name)
        records = asyncio.run(read_records(floor.url, campaign, crashed=True, finished=False))
        records.ledger = [row for row in records.ledger if row.campaign_id == campaign.id]
        found = [c for c in complaints(records) if not c.startswith("lawful_hours")]  # these tests run at any hour
        assert found == []
    _nobody_called_twice(floor)

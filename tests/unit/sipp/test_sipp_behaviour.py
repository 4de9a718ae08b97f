"""What SIPp is told: rows of behaviours, the scenario's places, sounds and key presses as they are on the wire."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from callwright.adapters.sipp import agents, caller, scenario
from callwright.adapters.sipp.behaviour import FOREVER_S, Behaviour, Deed, Then, lines, row
from callwright.adapters.sipp.sounds import tone, ulaw, write_keys
from callwright.app.sipp_people import DEVICE_STAYS_S, behaviour_of
from callwright.robot.sound import pcm_of_ulaw
from callwright.sim.fates import ANSWERING, FateKind
from callwright.sim.signs import SIGNS
from callwright.sim.truth import parse_results

BUSY = Behaviour(deed=Deed.RINGS, then=Then.FAILS, ring_s=1.5, sip=486, q850=17)
ANSWERS = Behaviour(deed=Deed.RINGS, then=Then.ANSWERS, ring_s=2.0, stay_s=30.0, sound="person")


def _places() -> dict[str, int]:
    return scenario.people({"person": Path("p")}, {"19": Path("k")})[1]


def test_every_label_is_where_the_scenario_says() -> None:
    xml, places = scenario.people({"person": Path("p.ulaw")}, {"19": Path("k.pcap")})
    at = 0
    for element in ElementTree.fromstring(xml):
        if element.tag == "label":
            assert places[element.attrib["id"]] == at
        elif element.tag != "Reference":
            at += 1
    assert {Deed.RINGS, Deed.AT_ONCE, Deed.ANNOUNCES, Then.ANSWERS, "sound person", "keys 19"} <= set(places)
    assert "@" not in "".join(part.attrib.get("value", "") for part in ElementTree.fromstring(xml).iter("assign"))


def test_the_message_before_a_landing_goes_nowhere() -> None:
    """SIPp follows the ``next`` of the message before the one it jumps to."""
    xml, places = scenario.people({"person": Path("p")}, {"19": Path("k")})
    messages = [part for part in ElementTree.fromstring(xml) if part.tag not in ("label", "Reference")]
    for name in (*Deed, Then.ANSWERS, "fails 486", "fails 607", "no sound", "sound person", "keys 19", "talking"):
        before = messages[places[name] - 1]
        assert (before.tag, before.attrib, len(before)) == ("nop", {}, 0), name


def test_the_other_scenarios_are_sound_xml() -> None:
    ElementTree.fromstring(agents.scenario(Path("a")))
    ElementTree.fromstring(caller.scenario("+12025550100", "+12025550199", stay_s=2, patience_s=3, sound=None))


def test_numbers_lead_through_their_behaviours_and_share_equal_ends() -> None:
    places = _places()
    people = {"+12025550100": (BUSY, ANSWERS), "+12025550101": (ANSWERS,), "+12025550102": (BUSY,)}
    numbers, fates = lines(people, places)
    rows = {line.split(";")[0]: line.split(";")[1:] for line in numbers}
    assert set(rows) == {"12025550100", "12025550101", "12025550102"}
    assert rows["12025550100"][-1] == "0"
    assert fates == [";".join(rows["12025550101"])]  # whose last behaviour stays
    assert rows["12025550101"][-1] == rows["12025550102"][-1] == "-1"
    assert rows["12025550100"][:-1] == rows["12025550102"][:-1]
    again, shared = lines({"+12025550100": (BUSY, BUSY, ANSWERS), "+12025550103": (ANSWERS, BUSY, ANSWERS)}, places)
    assert len(shared) == 2
    assert again[0].split(";")[-1] == again[1].split(";")[-1]


def test_a_row_says_how_long_each_part_takes() -> None:
    places = _places()
    pressed = replace(ANSWERS, keys="19", keys_after_s=2.0, true_after_s=3.0)
    fields = row(pressed, places, 7).split(";")
    assert fields[3] == "2000"
    before, after = int(fields[5]), int(fields[7])
    assert before == 2000
    assert before + 1200 + after == 30_000  # pressing two keys takes 1.2 s
    assert fields[8:] == ["3000", "7"]
    assert row(replace(pressed, stay_s=1.0), places, 7).split(";")[5] == "990"  # gone before the key


def test_a_faster_run_divides_times_and_keeps_signs() -> None:
    fast = replace(ANSWERS, keys="1", keys_after_s=4.0).faster(10.0)
    assert (fast.ring_s, fast.stay_s, fast.keys_after_s) == (0.2, 3.0, 0.4)
    assert replace(BUSY, true_after_s=15.0).faster(10.0).sip == 486


@pytest.mark.parametrize("kind", [kind for kind in FateKind if kind not in ANSWERING])
def test_failures_have_the_signs_of_the_simulated_carrier(kind: FateKind) -> None:
    behaviour = behaviour_of(parse_results(kind.value)[0])
    assert (behaviour.sip, behaviour.q850) == SIGNS[kind][:2]
    assert behaviour.then is Then.FAILS
    if SIGNS[kind][2] is not None:
        assert (behaviour.deed, behaviour.sound) == (Deed.ANNOUNCES, kind.value)
    if kind is FateKind.NO_ANSWER:
        assert (behaviour.deed, behaviour.ring_s) == (Deed.RINGS, FOREVER_S)


def test_who_answers_stays_as_long_as_they_have_to_say() -> None:
    def stays(words: str) -> float:
        return behaviour_of(parse_results(words)[0]).stay_s

    assert stays("answer@9:261:not_interested") == 261.0
    assert stays("answer@9:0:refused") == 0.25
    assert stays("answer@9:30:success:listens=3") == 3.0
    assert stays("answer@9:30:success:by=agent:patience=40") == 70.0
    assert stays("machine@9") == DEVICE_STAYS_S
    assert behaviour_of(parse_results("machine@9")[0], sound=False).sound is None


def test_mu_law_comes_back_as_it_went() -> None:
    sound = tone(440.0, seconds=0.2, level=0.8)
    back = np.frombuffer(pcm_of_ulaw(ulaw(sound)), dtype="<i2").astype(np.int32)
    assert np.max(np.abs(back - sound)) < 0.03 * np.max(np.abs(sound))
    assert pcm_of_ulaw(ulaw(np.array([0, 32767, -32768], dtype=np.int16)))[:2] == b"\0\0"


def test_keys_are_pressed_one_after_the_other(tmp_path: Path) -> None:
    file = tmp_path / "keys.pcap"
    write_keys(file, "1*")
    data, at, seen = file.read_bytes(), 24, []
    while at < len(data):
        seconds, micro, length, _ = struct.unpack_from("<IIII", data, at)
        payload = data[at + 16 + 42 : at + 16 + length]
        _, kind, sequence, stamp, _ = struct.unpack_from("!BBHII", payload)
        event, end, duration = struct.unpack_from("!BBH", payload, 12)
        seen.append(
            (seconds - 1_000_000 + micro / 1e6, kind & 0x7F, kind >> 7, sequence, stamp, event, end >> 7, duration)
        )
        at += 16 + length
    assert [each[3] for each in seen] == list(range(1, len(seen) + 1))
    assert {each[5] for each in seen[: len(seen) // 2]} == {1}
    assert {each[5] for each in seen[len(seen) // 2 :]} == {10}
    assert [each[2] for each in seen].count(1) == 2  # a marker at the beginning of each
    assert [each[6] for each in seen].count(1) == 6  # each end is said three times
    assert seen[len(seen) // 2][0] == pytest.approx(0.6)
    assert seen[len(seen) // 2][4] - seen[0][4] == 4800
    assert {each[1] for each in seen} == {101}

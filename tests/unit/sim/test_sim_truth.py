"""Truth files: what they say happens, and what is wrong with them is told by line."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from callwright.kit.errors import BadInput
from callwright.sim.fates import AGENT_HEARS_MACHINE, Fate, FateKind
from callwright.sim.truth import TruthPeople, parse_fate, parse_results, plain_number

RNG = random.Random(1)
HEADER = "phone_number,results\n"


def written(path: Path, text: str, name: str = "truth.csv") -> Path:
    path = path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "fate"),
    [
        ("no_answer", Fate(kind=FateKind.NO_ANSWER)),
        ("busy@4", Fate(kind=FateKind.BUSY, ring_s=4.0)),
        ("answer:261:not_interested", Fate(kind=FateKind.PERSON, ring_s=6.0, talk_s=261.0)),
        ("answer:5", Fate(kind=FateKind.PERSON, ring_s=6.0, talk_s=5.0)),
        (
            "answer@9:0:refused",
            Fate(kind=FateKind.PERSON, ring_s=9.0, talk_s=0.0, disposition="refused"),
        ),
        (
            "answer:261:success:300",
            Fate(kind=FateKind.PERSON, ring_s=6.0, talk_s=261.0, disposition="success", order_amount=300.0),
        ),
        (
            "answer:2m:callback:callback=2h:patience=40:by=agent",
            Fate(
                kind=FateKind.PERSON,
                ring_s=6.0,
                talk_s=120.0,
                disposition="callback",
                callback_in_s=7200.0,
                patience_s=40.0,
                ended_by="agent",
            ),
        ),
        (
            "answer:9:success:keys=1#:key_after=2:listens=7",
            Fate(
                kind=FateKind.PERSON,
                ring_s=6.0,
                talk_s=9.0,
                disposition="success",
                keys="1#",
                key_after_s=2.0,
                listens_s=7.0,
            ),
        ),
        ("switched_off", Fate(kind=FateKind.SWITCHED_OFF, ring_s=6.0)),
        (
            "machine@2",
            Fate(kind=FateKind.MACHINE, ring_s=2.0, talk_s=8.0, disposition=AGENT_HEARS_MACHINE, ended_by="agent"),
        ),
    ],
)
def test_a_result_says(text: str, fate: Fate) -> None:
    assert parse_fate(text, ring=6.0) == fate


def test_persons_of_a_truth_file_wait_patiently() -> None:
    assert parse_fate("answer:5:refused:patience=2").patience_s == 30.0
    assert parse_fate("answer:5:refused").patience_s >= 30.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("anwser:5:refused", 'did you mean "answer"'),
        ("xyz", "expected one of answer"),
        ("answer", "expected answer:talk seconds"),
        ("answer:five:refused", 'talk time "five"'),
        ("answer:-1:refused", 'talk time "-1"'),
        ("answer:nan:refused", 'talk time "nan"'),
        ("answer@x:5:refused", 'ring time "x"'),
        ("answer:5:success:much", 'order amount "much"'),
        ("answer:5:success:1:2", "expected answer:talk seconds"),
        ("answer:5:refused:patince=3", 'did you mean "patience"'),
        ("answer:5:refused:keys=ab", "keys=digits"),
        ("answer:5:refused:by=us", "by=person|agent"),
        ("busy:5", "takes no further facts"),
        ("no_answer;;busy", "empty result"),
        ("", "empty result"),
    ],
)
def test_a_bad_result_is_told_with_what_is_expected(text: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_results(text)
    assert said in str(error.value)


def test_a_number_moves_on_only_when_its_fate_came_true(tmp_path: Path) -> None:
    people = TruthPeople.read(written(tmp_path, HEADER + "+12025550123,no_answer;busy;answer:5:success\n"))
    number = "+12025550123"

    def dial(came_true: bool) -> FateKind:
        fate = people.on_dial(number, 0.0, RNG)
        people.on_end(number, fate, came_true=came_true)
        return fate.kind

    assert [dial(True), dial(False), dial(True)] == [FateKind.NO_ANSWER, FateKind.BUSY, FateKind.BUSY]
    assert [dial(False), dial(True), dial(True)] == [FateKind.PERSON] * 3  # the last one repeats


def test_numbers_are_read_in_any_dress(tmp_path: Path) -> None:
    people = TruthPeople.read(
        written(tmp_path, HEADER + '"+1 (202) 555-0123",busy\n0012025550124,busy\n# a remark\n\n')
    )
    assert list(people.numbers) == ["+12025550123", "+12025550124"]
    assert plain_number("no digits") == ""


def test_json_lines_say_the_same(tmp_path: Path) -> None:
    people = TruthPeople.read(
        written(
            tmp_path,
            '{"phone_number": "+12025550123", "results": "busy;answer:5:success"}\n'
            '{"phone_number": "+12025550124", "results": ["busy", "answer:5:success"]}\n',
            "truth.jsonl",
        )
    )
    kinds = [people.on_dial(number, 0.0, RNG).kind for number in people.numbers]
    assert kinds == [FateKind.BUSY, FateKind.BUSY]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", 'line 1: the header is ""'),
        ("number,result\n", 'line 1: the header is "number,result", expected "phone_number,results"'),
        (HEADER, "has no numbers"),
        (HEADER + "+12025550123,busy\n+12025550124,bussy\n", 'line 3 (+12025550124): "bussy" is no result'),
        (HEADER + "+12025550123,busy\n+1 202 555 0123,busy\n", "line 3: +12025550123 stands in line 2 already"),
        (HEADER + "nobody,busy\n", 'line 2: "nobody" is no telephone number'),
        (HEADER + "+12025550123\n", "line 2: 1 column(s), expected 2"),
        (HEADER + "+12025550123,busy,extra\n", "line 2: 3 column(s), expected 2"),
    ],
)
def test_a_bad_file_is_told_by_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        TruthPeople.read(written(tmp_path, text))
    assert said in str(error.value)
    assert "truth.csv" in str(error.value)


@pytest.mark.parametrize("text", ["{", '{"phone_number": "+12025550123"}', "[1]", "5"])
def test_a_bad_json_line_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="line 1: no such object"):
        TruthPeople.read(written(tmp_path, text + "\n", "truth.jsonl"))


def test_other_encodings_and_missing_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_bytes("phone_number,results\n+12025550123,да\n".encode("cp1251"))
    with pytest.raises(BadInput, match="UTF-8"):
        TruthPeople.read(path)
    with pytest.raises(BadInput, match="cannot be read"):
        TruthPeople.read(tmp_path / "absent.csv")


def test_a_truth_that_disagrees_with_the_list_is_told(tmp_path: Path) -> None:
    people = TruthPeople.read(written(tmp_path, HEADER + "".join(f"+1202555{i:04d},busy\n" for i in range(100, 110))))
    known = [f"+1202555{i:04d}" for i in range(100, 108)]
    assert people.check(known) == ["+12025550108", "+12025550109"]
    with pytest.raises(BadInput) as error:
        people.check([*known, *(f"+1202555{i:04d}" for i in range(900, 907))])
    assert "says nothing of 7 of the list's 15 numbers: +12025550900" in str(error.value)
    assert "and 2 more; 2 of its own are not in the list (first: +12025550108)" in str(error.value)


def test_dispositions_that_no_agent_can_choose_are_told(tmp_path: Path) -> None:
    people = TruthPeople.read(written(tmp_path, HEADER + "+12025550123,answer:5:sucess\n+12025550124,machine\n"))
    with pytest.raises(BadInput) as error:
        people.check_dispositions(["success", "refused", AGENT_HEARS_MACHINE])
    assert 'the disposition "sucess" of +12025550123' in str(error.value)
    assert 'did you mean "success"' in str(error.value)
    people.check_dispositions(["sucess", AGENT_HEARS_MACHINE])


def test_a_dial_of_a_number_it_does_not_know_is_an_error(tmp_path: Path) -> None:
    people = TruthPeople.read(written(tmp_path, HEADER + "+12025550123,busy\n"))
    with pytest.raises(BadInput, match=r"\+12025550999"):
        people.on_dial("+12025550999", 0.0, RNG)

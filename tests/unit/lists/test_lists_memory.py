"""A file as leads: mapping, numbers, rules, duplicates together, and nothing lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callwright.kit.errors import BadInput
from callwright.lists.mapping import Profile
from callwright.lists.memory import LoadedList, load_leads

_NOW = 1_770_000_000.0  # 2026-02-02


def _load(tmp_path: Path, text: str, **options: object) -> LoadedList:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    arguments: dict[str, object] = {"country": "CN", "campaign_id": 3, "list_id": 4, "now": _NOW}
    return load_leads(path, **(arguments | options))  # type: ignore[arg-type]  # a test's shorthand


def test_a_plain_list(tmp_path: Path) -> None:
    loaded = _load(tmp_path, 'phone_number,name,city,note\n13800138000,李,北京,"a ""b""\n\tc\\"\n13800138001,,,\n')
    first, second = loaded.leads
    assert (first.id, first.customer_id, first.campaign_id, first.list_id, first.tier) == (1, 1, 3, 4, 5)
    assert (first.name, first.next_at, first.facts) == ("李", _NOW, {"city": "北京", "note": 'a "b"\n\tc\\'})
    assert first.phones[0].number == "+8613800138000"
    assert (first.phones[0].country, first.phones[0].zones) == ("CN", ("Asia/Shanghai",))
    assert (second.id, second.phones[0].id, second.facts) == (2, 2, {})
    assert (loaded.report.read, loaded.report.stored, loaded.report.rejected) == (2, 2, 0)


def test_several_numbers_of_one_person(tmp_path: Path) -> None:
    loaded = _load(
        tmp_path,
        "手机,座机,备用电话\n13800138000,010-12345678,bad\n13800138001 / 13800138002,,13800138001\n,01012345679,\n",
    )
    assert [[(p.number, p.position) for p in lead.phones] for lead in loaded.leads] == [
        [("+8613800138000", 0), ("+861012345678", 1)],
        [("+8613800138001", 0), ("+8613800138002", 1)],
        [("+861012345679", 0)],
    ]
    assert loaded.report.notes == {"extra_number": 1}


def test_the_first_row_with_a_number_wins(tmp_path: Path) -> None:
    text = "phone,alt phone\n13800138000,\n+86 138 0013 8000,\n13800138001,13800138000\n13800138000,13800138001\n"
    loaded = _load(tmp_path, text)
    assert [[p.number[-1] for p in lead.phones] for lead in loaded.leads] == [["0"], ["1"]]
    assert loaded.report.reasons == {"duplicate_in_file": 2}
    assert loaded.report.notes == {"extra_duplicate": 1}
    assert (loaded.report.read, loaded.report.stored) == (4, 2)


def test_duplicates_are_found_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import callwright.lists.reader as reader

    monkeypatch.setattr(reader.Table.chunks, "__defaults__", (3,))
    loaded = _load(tmp_path, "phone\n" + "".join(f"1380013800{i % 5}\n" for i in range(20)))
    assert [lead.phones[0].number[-1] for lead in loaded.leads] == list("01234")
    assert loaded.report.duplicates_in_file == 15


def test_a_hundred_thousand_duplicates(tmp_path: Path) -> None:
    loaded = _load(tmp_path, "phone,name\n" + "13800138000,Li\n" * 100_000)
    assert len(loaded.leads) == 1
    assert loaded.report.reasons == {"duplicate_in_file": 99_999}


def test_selection_and_tiers(tmp_path: Path) -> None:
    people = [(95, "yes", ""), (70, "yes", ""), (10, "yes", 2), (10, "no", ""), ("", "", 3)]
    text = "phone,spend,city,tier\n" + "".join(
        f"1380013800{i},{spend},{city},{tier}\n" for i, (spend, city, tier) in enumerate(people)
    )
    rules = ("tier 1: spend > 90", 'tier 4: spend > 60 and line_type = "mobile" and country = "CN"')
    loaded = _load(tmp_path, text, tiers=rules, select='not city = "no"')
    assert [lead.tier for lead in loaded.leads] == [1, 4, 2, 3]
    assert loaded.report.reasons == {"not_selected": 1}
    assert loaded.report.tiers == {1: 1, 2: 1, 3: 1, 4: 1}


def test_a_row_that_is_not_selected_hides_no_later_one(tmp_path: Path) -> None:
    loaded = _load(tmp_path, "phone,spend\n13800138000,1\n13800138000,9\n", select="spend > 5")
    assert [lead.facts for lead in loaded.leads] == [{"spend": "9"}]


def test_bad_cells_reject_the_row_with_their_reason(tmp_path: Path) -> None:
    text = (
        "phone,time zone,tier,priority,consent,consent date\n"
        "13800138000,Asia/Shanghai,1,5,,\n13800138001,Asia/Shanghi,,,,\n13800138002,,6,,,\n13800138003,,,x,,\n"
        "13800138004,,,,yes,2025-02-30\n13800138005,,,,yes,2999-01-01\n13800138006,,,,yes,\n"
        "13800138007,,,,no,\n13800138008,asia/shanghai,,,marketing,2025-02-03 10:00\n"
        "13800138009,,,99999999999999999999,,\n"
    )
    loaded = _load(tmp_path, text)
    assert loaded.report.reasons == {"bad_time_zone": 1, "bad_tier": 1, "bad_priority": 2, "bad_consent_date": 3}
    assert [lead.time_zone for lead in loaded.leads] == ["Asia/Shanghai", None, "Asia/Shanghai"]
    assert loaded.leads[0].priority == 5
    assert loaded.report.consents == 1


def test_a_vicidial_file_without_header(tmp_path: Path) -> None:
    lines = (
        "V1|S1|101|1|2125550123|Mr|Al|B|Cee|||||||||||2125550124|a@b.co|x|hi|5|bob\n"
        "V2|S1|101|44|02079460018||Jo||Doe|||||||||||||||7|\n"
        "V3|S1|101||13800138000||||||||||||||||||||\n"
    )
    loaded = _load(tmp_path, lines, owners={"bob": 9})
    first, second, third = loaded.leads
    assert [p.number for p in first.phones] == ["+12125550123", "+12125550124"]
    assert (first.name, first.priority, first.owner_agent_id) == ("Al B Cee", 5, 9)
    assert (first.facts["source_id"], first.phones[0].region) == ("S1", "NY")
    assert (second.phones[0].number, third.phones[0].number) == ("+442079460018", "+8613800138000")


def test_the_country_of_a_row_beats_the_lists(tmp_path: Path) -> None:
    loaded = _load(tmp_path, "phone,country\n89161234567,RU\n13800138000,\n2125550123,USA\n")
    assert [lead.phones[0].country for lead in loaded.leads] == ["RU", "CN", "US"]


def test_without_a_country_only_full_numbers_load(tmp_path: Path) -> None:
    loaded = _load(tmp_path, "phone\n13800138000\n+8613800138001\n", country=None)
    assert [lead.phones[0].number for lead in loaded.leads] == ["+8613800138001"]
    assert loaded.report.reasons == {"no_country": 1}


def test_chinese_names_are_put_together_the_chinese_way(tmp_path: Path) -> None:
    loaded = _load(tmp_path, "电话,姓,名\n13800138000,欧阳,修\n13800138001,Li,Wei\n")
    assert [lead.name for lead in loaded.leads] == ["欧阳修", "Wei Li"]


def test_a_profile_brings_country_rules_and_columns(tmp_path: Path) -> None:
    profile = Profile(columns={"Rufnummer": "phone", "Ort": "fact:city"}, country="DE", select='city = "Ulm"')
    loaded = _load(tmp_path, "Rufnummer;Ort\n0151 23456789;Ulm\n0151 23456780;Bonn\n", profile=profile, country=None)
    assert [(lead.phones[0].number, lead.facts) for lead in loaded.leads] == [("+4915123456789", {"city": "Ulm"})]


def test_formulas_stay_text(tmp_path: Path) -> None:
    loaded = _load(tmp_path, 'phone,name,note\n13800138000,=1+1,"=HYPERLINK(""http://x"")"\n')
    assert (loaded.leads[0].name, loaded.leads[0].facts["note"]) == ("=1+1", '=HYPERLINK("http://x")')


def test_a_wrong_rule_stops_the_load(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nearest is 'spend'"):
        _load(tmp_path, "phone,spend\n13800138000,1\n", select="spnd > 1")


def test_the_same_file_gives_the_same_leads(tmp_path: Path) -> None:
    text = "phone,name\n" + "".join(f"138001{i:05d},N{i}\n" for i in range(500))
    one, two = (_load(tmp_path, text) for _ in range(2))
    assert [repr(lead) for lead in one.leads] == [repr(lead) for lead in two.leads]
    assert json.dumps(one.report.as_dict()) == json.dumps(two.report.as_dict())

"""What a column means, by its heading or by a profile."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from callwright.kit.errors import BadInput
from callwright.lists.columns import VICIDIAL_COLUMNS, Target
from callwright.lists.mapping import ColumnMapping, Profile, load_profile, map_columns, profile_from


def _map(headings: list[str], profile: Profile | None = None, cells: list[str] | None = None) -> ColumnMapping:
    sample = pl.DataFrame({f"c{i}": [cells[i] if cells else None] for i in range(len(headings))})
    return map_columns(headings, profile, sample.cast(pl.String))


@pytest.mark.parametrize(
    "headings",
    [
        ["phone_number", "Email", "Full Name", "Customer ID", "Time Zone", "Tier"],
        ["电话", "邮箱", "姓名", "客户编号", "时区", "等级"],
        ["Телефон", "Эл. почта", "ФИО", "Код клиента", "Часовой пояс", "Уровень"],
    ],
)
def test_headings_in_three_languages(headings: list[str]) -> None:
    assert list(_map(headings).as_dict().values()) == ["phone", "email", "name", "external_id", "time_zone", "tier"]


def test_other_columns_become_facts() -> None:
    mapping = _map(["phone_number", "City", "月消费", "phone_2"])
    assert mapping.facts() == {"City": "c1", "月消费": "c2"}
    assert mapping.columns(Target.PHONE) == ["c0", "c3"]


def test_a_vicidial_file_maps_unaided() -> None:
    used = _map(list(VICIDIAL_COLUMNS)).as_dict()
    assert used["phone_number"] == used["alt_phone"] == "phone"
    assert (used["phone_code"], used["country_code"], used["rank"]) == ("phone_code", "country", "priority")
    assert (used["vendor_lead_code"], used["city"]) == ("external_id", "fact:city")


def test_a_second_column_of_one_kind_is_a_fact() -> None:
    assert _map(["phone", "name", "client"]).as_dict() == {"phone": "phone", "name": "name", "client": "fact:client"}


def test_a_profile_beats_the_headings() -> None:
    profile = Profile(columns={"tel. A": "phone", "name": "fact:nick", "junk": "skip"})
    assert _map(["TEL A", "phone", "Name", "junk"], profile).as_dict() == {
        "TEL A": "phone",
        "phone": "fact:phone",
        "Name": "fact:nick",
        "junk": "skip",
    }


def test_a_profile_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BadInput, match="no column 'Rufnummer', which the profile reads; the nearest is 'Rufnumer'"):
        _map(["Rufnumer", "phone"], Profile(columns={"Rufnummer": "phone"}))


def test_numbers_are_found_by_their_look_where_no_heading_tells() -> None:
    mapping = _map(["col a", "col b"], cells=["x", "13800138000"])
    assert mapping.as_dict() == {"col a": "fact:col a", "col b": "phone"}
    assert "'col b'" in mapping.warnings[0]
    with pytest.raises(BadInput, match="No column can be told"):
        _map(["col a", "col b"], cells=["x", "y"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"colums": {}}, "unknown key 'colums'; the nearest is 'columns'"),
        ({"columns": {"a": "fone"}}, "cannot fill 'fone'; the nearest is 'phone'"),
        ({"columns": {"a": 1}}, "lines like"),
        ({"tiers": "tier 1: x"}, "'tiers' must be a list"),
        ({"country": 7}, "'country' must be text"),
        ([], "must be a table"),
    ],
)
def test_a_wrong_profile_says_what_is_wrong(data: object, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        profile_from(data, name="p")


def test_a_profile_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    profile = Profile(name="p", columns={"Номер": "phone"}, country="RU", tiers=("tier 1: a > 1",), select="a > 0")
    assert profile_from(json.loads(json.dumps(profile.as_dict())), name="p") == profile
    path = tmp_path / "p.toml"
    path.write_text('country = "RU"\nselect = "a > 0"\ntiers = ["tier 1: a > 1"]\n[columns]\n"Номер" = "phone"\n')
    assert load_profile(path) == profile


def test_a_broken_profile_file(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("[columns\n")
    with pytest.raises(BadInput, match=r"p.toml cannot be read"):
        load_profile(path)
    with pytest.raises(BadInput, match="no mapping profile"):
        load_profile(tmp_path / "none.json")


def test_a_heading_that_promises_too_much_is_a_fact() -> None:
    mapping = _map(["phone", "tier", "priority"], cells=["13800138000", "gold", "3"])
    assert mapping.as_dict() == {"phone": "phone", "tier": "fact:tier", "priority": "priority"}
    assert "'tier'" in mapping.warnings[0]

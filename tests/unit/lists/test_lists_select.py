"""The rule language: what it takes, what it means, and how it says where a rule is wrong."""

from __future__ import annotations

import contextlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.kit.errors import BadInput
from callwright.lists.select import compile_rule, compile_tiers

_COLUMNS = {"spend": "c0", "city": "c1", "data mb": "c2", "消费": "c3"}
_ROWS = pl.DataFrame(
    {
        "c0": ["70", "100", "59.9", None, "abc", "1 060,5"],
        "c1": ["yes", "no", "yes", "", "yes", None],
        "c2": ["51", "50", None, "9", "1e3", "-5"],
        "c3": ["1", "2", "3", "4", "5", "6"],
    }
)


def _taken(rule: str) -> list[int]:
    return _ROWS.with_row_index().filter(compile_rule(rule, _COLUMNS)).get_column("index").to_list()


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ("spend >= 60 and spend <= 100", [0, 1]),
        ("spend between 60 and 100", [0, 1]),
        ("spend not between 60 and 100", [2, 3, 4, 5]),
        ('city = "yes"', [0, 2, 4]),
        ("city != 'yes'", [1, 3]),
        ('not city = "yes"', [1, 3, 5]),
        ("city missing", [3, 5]),
        ("city is not missing", [0, 1, 2, 4]),
        ("missing_is_no_word = 1", None),
        ('city in ("no", "maybe")', [1]),
        ("spend in (70, 100)", [0, 1]),
        ('city not in ("no") and spend > 0', [0, 2, 5]),
        ("`data mb` > 50 or data_mb = -5", [0, 4, 5]),
        ('(spend = 70 or spend = 100) and not (city = "no")', [0]),
        ("消费 <= 2", [0, 1]),
        ("spend = 1060.5", [5]),
        ("SPEND > 99 AND 消费 < 3", [1]),
        ('city contains "e"', [0, 2, 4]),
        ('city contains "("', []),
        ("not not spend = 70", [0]),
    ],
)
def test_a_rule_takes_its_rows(rule: str, rows: list[int] | None) -> None:
    if rows is None:
        with pytest.raises(BadInput):
            _taken(rule)
    else:
        assert _taken(rule) == rows


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("spned > 3", r"position 1: there is no column 'spned'; the nearest is 'spend'"),
        ("spend > 3 and cty = 'x'", r"position 15: .*nearest is 'city'"),
        ("spend >", r"position 8: expected a number or a text"),
        ("spend > x", r"position 9: expected a number"),
        ("spend > 3 3", r"position 11: unexpected '3'"),
        ("(spend > 3", r"position 11: expected '\)'"),
        ("spend # 3", r"position 7: cannot read '# 3'"),
        ("spend ; drop table leads", r"position 7"),
        ("__import__('os')", r"position 1"),
        ("", r"position 1"),
        ("and", r"expected the name of a column"),
        ("spend not > 3", r"expected a comparison"),
        ("(" * 60 + "spend > 1" + ")" * 60, r"nested"),
        ("spend > 1 " * 2000, r"longer than"),
    ],
)
def test_a_wrong_rule_says_where(rule: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        compile_rule(rule, _COLUMNS)


@given(st.text(max_size=60))
def test_no_text_breaks_the_compiler(rule: str) -> None:
    with contextlib.suppress(BadInput):
        _ROWS.filter(compile_rule(rule, _COLUMNS))


def test_tiers_take_the_first_rule_that_holds() -> None:
    rules = compile_tiers(["tier 1: spend > 90", "Tier 2 : spend > 60", "tier 4: otherwise"], _COLUMNS)
    assert [r.tier for r in rules] == [1, 2, 4]
    assert _ROWS.select(rules[2].condition).height == 1


@pytest.mark.parametrize("rule", ["spend > 3", "tier 6: spend > 3", "tier one: spend > 3", "tier 0: otherwise"])
def test_a_tier_rule_needs_its_form(rule: str) -> None:
    with pytest.raises(BadInput, match="must look like"):
        compile_tiers([rule], _COLUMNS)

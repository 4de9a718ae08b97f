"""The campaign file: every field can be set, every fault is named with its key, line and the nearest right key."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from callwright.app.campaign_file import CampaignPlan, parse_campaign, read_campaign
from callwright.app.campaign_write import write_campaign
from callwright.kit.errors import BadInput
from callwright.lists.select import compile_rule, compile_tiers
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign, RetryRule
from callwright.model.outcome import Outcome

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "campaign.toml"
OTHER_WAY = """
name = "x"
record = false
mode = "progressive"
language = "zh"
detect_machines = "async"
purpose = "survey"
wrap_up = "2m"
max_call = "20m"
[pacing]
controller = "binomial"
drop_late_ringers = false
fixed_ratio = 2
[preview]
on_expiry = "release"
[message]
length = "31s"
leave_on_machine = true
[machine]
fax = "hang_up"
silence = "hang_up"
[dial]
ring_timeout = 30
max_tries = 9
[hours]
time = "10:00-24:00"
weekdays = ["sat", "sun"]
"""
"""Settings where the example happens to show the standard value."""
FAXES = """
name = "x"
mode = "message"
[message]
fax = "offer.tif"
"""


def _paths(value: Any, prefix: str = "") -> dict[str, Any]:
    """Every field of a nest of dataclasses by its dotted name."""
    found: dict[str, Any] = {}
    for each in fields(value):
        inner = getattr(value, each.name)
        if is_dataclass(inner) and not isinstance(inner, type):
            found |= _paths(inner, f"{prefix}{each.name}.")
        else:
            found[prefix + each.name] = inner
    return found


def _faults(text: str) -> str:
    with pytest.raises(BadInput) as caught:
        parse_campaign(text, name="c.toml")
    return str(caught.value)


def test_every_field_of_a_campaign_can_be_set_from_the_file() -> None:
    standard = _paths(Campaign(id=1, name=""))
    example = _paths(read_campaign(EXAMPLE).campaign)
    other = _paths(parse_campaign(OTHER_WAY).campaign)
    faxes = _paths(parse_campaign(FAXES).campaign)
    unset = {
        key
        for key, value in standard.items()
        if key != "id" and all(said.get(key, value) == value for said in (example, other, faxes))
    }
    assert unset == {"dial.quota"}, "a nest of its own once it is set; looked at here"
    quota = read_campaign(EXAMPLE).campaign.dial.quota
    assert quota is not None
    assert (quota.most, quota.days, quota.most_per_part) == (6, 2, 1)
    assert [(part.name, part.from_minute, sorted(part.weekdays)) for part in quota.parts] == [
        ("morning", 540, [0, 1, 2, 3, 4]),
        ("evening", 1020, [0, 1, 2, 3, 4, 5, 6]),
    ]


def test_the_example_means_what_its_comments_say() -> None:
    plan = read_campaign(EXAMPLE)
    campaign = plan.campaign
    assert campaign.mode is Mode.PREDICTIVE
    assert campaign.lists == ("handsets-2026-03", "walk-ins")
    assert campaign.dial.retry[Outcome.BUSY] == RetryRule(delay_s=900.0, most=8)
    assert campaign.dial.retry[Outcome.SUSPENDED] is None
    assert campaign.dial.retry[Outcome.UNREACHABLE] == RetryRule(delay_s=6 * 3600.0), "unsaid outcomes keep theirs"
    assert campaign.pacing.abandon_target == pytest.approx(0.025)
    assert campaign.starts_at == 1772442000.0
    assert campaign.dispositions["will_visit"].redial_s == 14 * 86400.0
    assert "success" in campaign.dispositions
    assert plan.lists[0].file == EXAMPLE.parent / "walk-ins.csv"
    assert plan.lists[0].tiers == ((3, "visits >= 2"),)
    assert plan.tiers == ((1, "spend >= 100"), (2, "spend between 60 and 100"))
    assert plan.agents == 20
    assert plan.trunks[0].prefixes == ("+44",)


def test_the_examples_rules_are_rules() -> None:
    plan = read_campaign(EXAMPLE)
    facts = {name: name for name in ("age", "spend", "visited", "visits")}
    for rule in (plan.select, *(each.select for each in plan.lists)):
        compile_rule(rule, facts)
    for tiers in (plan.tiers, *(each.tiers for each in plan.lists)):
        compile_tiers([f"tier {tier}: {rule}" for tier, rule in tiers], facts)


@pytest.mark.parametrize("text", [EXAMPLE.read_text(), OTHER_WAY, FAXES, 'name = "only a name"'])
def test_a_written_plan_reads_back_equal(text: str) -> None:
    plan: CampaignPlan = parse_campaign(text)
    assert parse_campaign(write_campaign(plan)) == plan


def test_the_handbook_lists_every_key_of_the_complete_example() -> None:
    handbook = (ROOT / "docs" / "campaign.md").read_text()
    keys = set(re.findall(r"^\s*([a-z_]+)\s*=", EXAMPLE.read_text(), re.MULTILINE))
    keys -= {"english", "male", "female", "billing"}  # the user's own words
    assert {key for key in keys if f"`{key}`" not in handbook} == set()
    assert {rule.value for rule in Campaign(id=1, name="").dial.retry if f"`{rule.value}`" not in handbook} == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name = "a"\n\n[dial]\nmax_trys = 3', "line 4: `max_trys` in [dial] is not a key; did you mean `max_tries`?"),
        ('name = "a"\nmax_tries = 3', "line 2: `max_tries` is not a key; it belongs in [dial]"),
        ('name = "a"\nmode = "predictiv"', 'line 2: `mode` cannot be "predictiv"; did you mean `predictive`?'),
        ('name = "a"\n[dial]\nmin_gap = "ten minutes"', 'line 3: `min_gap` in [dial] must be a span such as "10m"'),
        ('name = "a"\n[dial]\nmax_tries = "six"', 'line 3: `max_tries` in [dial] must be a whole number, not "six"'),
        ('name = "a"\n[dial]\nmax_tries = 0', "must be between 1 and 10000, not 0"),
        ('name = "a"\nmode = "message"\n[message]\nfax = "../a.tif"', "must be the name of a TIFF or PDF"),
        ('name = "a"\n[message]\nfax = "a.tif"', 'is sent by a campaign of mode "message" only, not "predictive"'),
        ('name = "a"\n[dial]\nmax_tries = true', "must be a whole number, not true"),
        ('name = "a"\n[hours]\ntime = "20:00-09:00"', 'must be hours of one day such as "09:00-20:00"'),
        ('name = "a"\n[hours]\ntime = "09:00-25:00"', "must be hours of one day"),
        ('name = "a"\n[hours]\nweekdays = "mon-fry"', "must be weekdays such as"),
        ('name = "a"\n[pacing]\nabandon_target = 3', 'must be a share such as 0.03 or "3%", not 3'),
        ('name = "a"\nstarts = 2026-03-02T09:00:00', "the offset to UTC is missing"),
        ('name = "a"\nstarts = 2026-03-02T09:00:00Z\nends = 2026-03-01T09:00:00Z', "line 3: `ends` must come after"),
        ('name = "a"\n[dial.retry]\nbussy = "10m"', "`bussy` in [dial.retry] is not a key; did you mean `busy`?"),
        ('name = "a"\n[dial.retry]\nbusy = { aftr = "10m" }', "did you mean `after`?"),
        ('name = "a"\n[[disposition]]\ncode = "z"', "`en` is missing in [disposition]"),
        ('name = "a"\n[message.keys]\n"A" = "success"', "is not a key of a telephone"),
        ('name = "a"\n[message.keys]\n"1" = "sucess"', "did you mean `success`?"),
        ('name = "a"\n[transfer]\nbilling = "0351 210"', 'must be a whole number such as "+351210000099"'),
        ('name = "a"\n[machine]\nfax = "dead"', "did you mean `number_dead`?"),
        ('name = "a"\n[tiers]\n6 = "x > 1"', "tiers are 1 (best) to 5"),
        ('name = "a"\nlists = ["b"]\n[list_mix]\nc = 1', "`c` in [list_mix] is not one of the campaign's lists (b)"),
        ('name = "a"\ncountry = "Britain"', "two-letter country code"),
        ('name = "a"\ndial = 3', "must be a table [dial], not 3"),
        ("purpose = 'x'", "line 1: `name` is missing"),
        ('name = "a\n', "correct the TOML there"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_key_line_and_nearest_right_key(text: str, expected: str) -> None:
    assert expected in _faults(text)


def test_all_faults_of_a_file_come_at_once_in_the_order_of_lines() -> None:
    said = _faults('name = "a"\nmoed = "x"\n[dial]\nmax_tries = 0\nmin_gap = "?"\n')
    assert said.startswith("c.toml has 3 faults; correct them:\n  line 2: `moed`")
    assert said.index("line 4") < said.index("line 5")


def test_a_missing_file_and_a_wrong_encoding_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"does not exist: give the path"):
        read_campaign(tmp_path / "none.toml")
    (tmp_path / "c.toml").write_bytes('name = "a"\npurpose = "купить"'.encode("cp1251"))
    with pytest.raises(BadInput, match=r"line 2: not UTF-8; save the file as UTF-8"):
        read_campaign(tmp_path / "c.toml")

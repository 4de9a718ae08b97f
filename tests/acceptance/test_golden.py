"""The golden cases of kpi.yaml: generated records go in, the catalogue computes the published figures."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from callwright.analytics.breakdown import shares_of_connected, shares_of_not_connected, tiers_against_target
from callwright.analytics.capacity import compare, plan_lines, value_of_retention
from callwright.analytics.catalogue import KPI_COUNTS, KPI_RATES, RATE_BY_ID
from callwright.analytics.consistency import check_measure, check_published
from callwright.analytics.facts import Facts, facts_from_objects
from callwright.analytics.measure import Measure
from callwright.analytics.rehearsal import rehearsal_json
from callwright.analytics.report import figures_of
from callwright.kit.words import Words
from callwright.model.agent import Agent
from callwright.model.attempt import Attempt, AttemptState, Mode
from callwright.model.campaign import Campaign
from callwright.model.outcome import STANDARD_DISPOSITIONS, Disposition, Outcome
from callwright.model.people import Lead, LeadStatus

KPI_FILE = Path(__file__).parents[3] / "shared" / "kpi.yaml"

# what the source counted, as its people named it, in the house's words
NOT_CONNECTED: Mapping[str, tuple[int, Outcome, float]] = {
    "no_answer": (1708, Outcome.NO_ANSWER, 42.37),
    "rejected": (793, Outcome.REJECTED, 19.67),
    "powered_off": (551, Outcome.SWITCHED_OFF, 13.67),
    "suspended": (521, Outcome.SUSPENDED, 12.92),
    "unreachable": (184, Outcome.UNREACHABLE, 4.56),
    "no_such_number": (164, Outcome.NO_SUCH_NUMBER, 4.07),
    "busy": (99, Outcome.BUSY, 2.46),
    "auto_hangup": (11, Outcome.HUNG_UP_WAITING, 0.27),
}
CONNECTED = 10969
SHARES_OF_CONNECTED = {
    "not_needed": 95.59,
    "uncooperative": 2.00,
    "not_convenient": 0.74,
    "out_of_town": 0.47,
    "dislikes_brand": 0.38,
    "just_bought": 0.35,
    "will_consider": 0.34,
    "not_interested": 0.09,
    "will_visit_shop": 0.04,
    "doubts_caller": 0.01,
}
AGENTS = 37
ORDERS = 10


class Sale:
    def __init__(self, attempt_id: int, amount: float) -> None:
        self.attempt_id = attempt_id
        self.amount = amount


def own_dispositions() -> dict[str, Disposition]:
    """The campaign's dispositions: the house's and those the source names."""
    words = Words(en="-", zh="-", ru="-")
    reached = set(SHARES_OF_CONNECTED) - {"not_convenient", "out_of_town"}
    own = {
        code: Disposition(code=code, words=words, reached=code in reached, effective=code in reached)
        for code in SHARES_OF_CONNECTED
        if code not in STANDARD_DISPOSITIONS
    }
    return {**STANDARD_DISPOSITIONS, **own}


def counts_behind(shares: Mapping[str, float], whole: int) -> dict[str, int]:
    """Whole numbers that sum to ``whole`` and print as these per cents (which themselves sum to 100.01)."""

    def prints_right(code: str, count: int) -> bool:
        return round(count / whole * 100, 2) == shares[code]

    counts = {code: round(whole * share / 100) for code, share in shares.items()}
    while (missing := whole - sum(counts.values())) != 0:
        step = 1 if missing > 0 else -1
        code = next(c for c in shares if prints_right(c, counts[c] + step))
        counts[code] += step
    assert all(prints_right(code, count) for code, count in counts.items())
    return counts


def dialled(id: int, outcome: Outcome, *, talk_s: float = 0.0, **more: Any) -> Attempt:
    at = 1_772_000_000.0 + id * 8
    talked = outcome is Outcome.TALKED
    return Attempt(
        **{
            "id": id,
            "campaign_id": 1,
            "list_id": 1,
            "lead_id": id,
            "customer_id": id,
            "phone_id": id,
            "number": f"+8613{id:09}",
            "mode": Mode.MANUAL,
            "dialed_at": at,
            "state": AttemptState.ENDED,
            "rang_at": at + 1,
            "answered_at": at + 10 if talked else None,
            "person_at": at + 10 if talked or outcome is Outcome.HUNG_UP_WAITING else None,
            "connected_at": at + 10 if talked else None,
            "ended_at": at + 10 + talk_s,
            "outcome": outcome,
            **more,
        }
    )


def leads_of(attempts: list[Attempt]) -> list[Lead]:
    return [
        Lead(id=i, campaign_id=1, list_id=1, customer_id=i, tier=5, phones=(), status=LeadStatus.DONE)
        for i in sorted({a.lead_id for a in attempts if a.lead_id})
    ]


@pytest.fixture(scope="module")
def handset() -> Facts:
    """15,000 numbers dialled once by 37 agents over five days."""
    rng = random.Random(15000)
    outcomes = [o for n, o, _ in NOT_CONNECTED.values() for _ in range(n)]
    codes = [c for c, n in counts_behind(SHARES_OF_CONNECTED, CONNECTED).items() for _ in range(n)]
    plan: list[tuple[Outcome, str | None]] = [(o, None) for o in outcomes] + [(Outcome.TALKED, c) for c in codes]
    rng.shuffle(plan)
    attempts = [
        dialled(i, o, talk_s=rng.uniform(3, 90) if o is Outcome.TALKED else 0.0, disposition=d, agent_id=1 + i % AGENTS)
        for i, (o, d) in enumerate(plan, start=1)
    ]
    sold = [a for a in attempts if a.disposition == "will_consider"][:ORDERS]
    return facts_from_objects(
        campaigns=[Campaign(id=1, name="handset", mode=Mode.MANUAL, dispositions=own_dispositions())],
        attempts=attempts,
        leads=leads_of(attempts),
        agents=[Agent(id=i, name=f"agent {i}") for i in range(1, AGENTS + 1)],
        orders=[Sale(a.id, 199.0) for a in sold],
    )


def test_handset_campaign_counts(handset: Facts) -> None:
    counts = Measure(handset).total()
    figures = figures_of(counts)
    assert counts["accounts"] == counts["accounts_called"] == counts["calls_made"] == 15000
    assert counts["connected"] == 10969
    assert counts["orders"] == 10
    assert counts["agents_dialled"] == 37
    assert figures["contact_rate_dialled"] == pytest.approx(0.7313, abs=5e-5)
    assert figures["calls_per_agent"] == pytest.approx(10969 / 37)


def test_handset_campaign_shares_to_two_decimals(handset: Facts) -> None:
    measure = Measure(handset)
    lost = {s.code: s for s in shares_of_not_connected(measure)}
    assert sum(s.count for s in lost.values()) == 4031
    for count, outcome, percent in NOT_CONNECTED.values():
        assert lost[outcome.value].count == count
        assert round(lost[outcome.value].share * 100, 2) == percent
    talks = {s.code: s for s in shares_of_connected(measure)}
    assert sum(s.count for s in talks.values()) == 10969
    assert {code: round(s.share * 100, 2) for code, s in talks.items()} == SHARES_OF_CONNECTED


def test_handset_campaign_of_ours_contradicts_nothing(handset: Facts) -> None:
    assert check_measure(Measure(handset)) == []


def test_both_printed_errors_of_the_handset_campaign_are_caught() -> None:
    printed = {
        "accounts_called": 15000,
        "connected": 10969,
        "not_connected": 4032,
        "contact_rate_dialled": 0.60,
        **{code: n for code, (n, _, _) in NOT_CONNECTED.items()},
    }
    findings = check_published(printed)
    assert {f.code for f in findings} == {"parts_miss_total", "rate_disagrees"}
    text = " ".join(f.words.en for f in findings)
    assert "4,032" in text
    assert "4,031" in text
    assert "is given as 0.6," in text
    assert "0.7313" in text
    right = {**printed, "not_connected": 4031, "contact_rate_dialled": 0.73}
    assert check_published(right) == []


def test_voice_robot_month() -> None:
    """150,000 calls the robot spoke in, 300 handed over, 3 deals of 300,000 each."""
    attempts = [dialled(i, Outcome.TALKED, mode=Mode.PREDICTIVE, talk_s=0.0) for i in range(1, 150_001)]
    handed = random.Random(3).sample(attempts, 300)
    for place, a in enumerate(handed):
        a.ended_at = a.dialed_at + 130
        a.transfer = "picked_up"
        a.disposition = "success" if place < 3 else "not_interested"
    facts = facts_from_objects(
        campaigns=[Campaign(id=1, name="robot")],
        attempts=attempts,
        leads=leads_of(attempts),
        orders=[Sale(a.id, 300_000.0) for a in handed if a.disposition == "success"],
    )
    counts = Measure(facts).total()
    figures = figures_of(counts)
    assert counts["calls_made"] == 150_000
    assert figures["transfer_rate"] == figures["transfer_rate_dialled"] == 0.002
    assert counts["transferred"] == 300
    assert figures["transfer_success_rate"] == 1
    assert figures["turnover_rate"] == 0.01
    assert counts["successful"] == counts["transferred_successful"] == 3
    assert counts["revenue"] == 900_000
    assert (counts["revenue"] or 0) * 12 == 10_800_000


def test_line_capacity() -> None:
    """5,000 records of 30 s on 30 lines: 5,000 s of line time each (the last round is not full), within one day."""
    plan = plan_lines(records=5000, seconds_each=30, lines=30)
    assert 5000 <= plan.seconds_each_line < 5000 + 30
    assert plan.working_days == 1


def test_churn_retention() -> None:
    value = value_of_retention(customers=1_000_000, churn_before=0.05, churn_after=0.04, revenue_a_month=80)
    assert value.kept == 10_000
    assert value.revenue_a_year == 9_600_000


def test_record_verification() -> None:
    """2,493 people called to verify the owner; 1,190 were the true one."""
    attempts = [
        dialled(i, Outcome.TALKED, talk_s=20, disposition="not_needed" if i <= 1190 else "wrong_number")
        for i in range(1, 2494)
    ]
    campaign = Campaign(id=1, name="verification", purpose="verification")
    counts = Measure(facts_from_objects(campaigns=[campaign], attempts=attempts, leads=leads_of(attempts))).total()
    assert counts["accounts_called"] == 2493
    assert counts["reached"] == counts["completed"] == counts["successful"] == 1190
    assert counts["useless"] == 2493 - 1190
    assert figures_of(counts)["target_reached_rate"] == pytest.approx(1190 / 2493)


def test_dialling_modes_are_compared_by_a_function() -> None:
    """The source's ratios as the comparison gives them; measuring the modes belongs to the pacing benchmark."""
    talk_per_hour = {"preview": 100.0, "progressive": 107.5, "predictive": 125.2375}
    over_preview = compare(talk_per_hour, "preview")
    over_progressive = compare(talk_per_hour, "progressive")
    assert over_preview["progressive"] == pytest.approx(1.075)
    assert over_progressive["predictive"] == pytest.approx(1.165)
    assert over_preview["predictive"] == pytest.approx(1.25, abs=0.005)


def test_tiers_stand_beside_their_targets() -> None:
    attempts = []
    for tier, deals in ((1, 30), (4, 2)):
        for i in range(200):
            code = "success" if i < deals else "not_interested"
            attempts.append(dialled(tier * 1000 + i, Outcome.TALKED, talk_s=9, disposition=code, tier=tier))
    found = tiers_against_target(Measure(facts_from_objects(campaigns=[Campaign(id=1, name="c")], attempts=attempts)))
    assert [(t.tier, t.rate, t.target) for t in found] == [(1, 0.15, 0.15), (4, 0.01, 0.03)]
    assert found[1].difference == pytest.approx(-0.02)


def read_kpi_lines() -> list[dict[str, str]]:
    """The rates of kpi.yaml, read line by line (formulas hold commas that a YAML reader takes for separators)."""
    if not KPI_FILE.exists():
        pytest.skip(f"{KPI_FILE} is not here; the catalogue is not compared with it")
    rates = []
    for line in KPI_FILE.read_text(encoding="utf-8").splitlines():
        head, _, formula = line.strip().removesuffix("}").partition("formula:")
        if not head.startswith("- {id:") or not formula:
            continue
        fields = dict(p.strip().split(":", 1) for p in head.removeprefix("- {").rstrip(", ").split(","))
        rates.append({**{k: v.strip() for k, v in fields.items()}, "formula": formula.strip().strip('"')})
    return rates


def test_the_catalogue_is_kpi_yaml() -> None:
    lines = read_kpi_lines()
    assert len(lines) == 45
    ours = [
        {"id": r.id, "zh": r.words.zh, "en": r.words.en, "formula": r.formula} for r in RATE_BY_ID.values() if r.in_kpi
    ]
    assert sorted(ours, key=lambda r: r["id"]) == sorted(lines, key=lambda r: r["id"])


def test_rehearsal_json_has_every_name_of_kpi_yaml(handset: Facts) -> None:
    found = rehearsal_json(handset, refusals={"do_not_call": 3})
    text = KPI_FILE.read_text(encoding="utf-8") if KPI_FILE.exists() else ""
    names = [line.split()[1] for line in text.splitlines() if line.startswith("#   ") and not line.startswith("#    ")]
    for name in (n for n in names if n != "paid_s"):
        assert name in found["base"], name
    assert set(found["base"]) == set(KPI_COUNTS)
    assert set(found["figures"]) == set(KPI_RATES)
    assert found["figures"]["funnel"]["dialled"]["count"] == 15000
    assert found["figures"]["satisfaction_rate"] is None
    assert found["refusals"] == {"do_not_call": 3}
    assert set(found["abandon"]) >= {"rate", "limit", "window"}
    assert set(found["agents"]["seconds"]) >= {"ready", "in_call", "wrap_up", "not_ready"}

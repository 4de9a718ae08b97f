"""What an operator is told of trunks and caller IDs, from the records alone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from callwright.adapters.postgres import line_rows, setup
from callwright.adapters.postgres.store import PostgresStore
from callwright.app.caller_id_status import give_number_back, show_answers, show_caller_ids, withdraw_number
from callwright.app.settings import Settings
from callwright.app.trunk_status import show_status, show_trunks
from callwright.compliance.ledger import LedgerEntry
from callwright.dialer.ports import Batch, CallerId, LineChange, Trunk
from callwright.kit.errors import NotFound
from callwright.kit.words import LANGUAGES
from callwright.model.attempt import Attempt, AttemptState, Mode
from callwright.model.campaign import Campaign
from callwright.model.outcome import Outcome

NOW = 1_772_451_000.0  # Monday 2026-03-02 11:30 UTC
GOOD, BAD, OTHER = "+442079460001", "+442079460002", "+442079460003"


async def _records(url: str) -> None:
    """A hundred calls in the last minutes, a talk under way, refusals, a breaker that opened; a week of caller IDs."""
    store = await PostgresStore.connect(url)
    try:
        campaign = await setup.add_campaign(store, Campaign(id=0, name="spring"))
        await line_rows.add_trunks(
            store, [Trunk(name="north", channels=30, calls_per_s=5.0, cost_per_minute=0.6, most_per_day=50.0)]
        )
        await line_rows.add_caller_ids(store, [CallerId(number=GOOD, daily_cap=90), CallerId(number=BAD, rest_s=20.0)])
        batch = Batch()
        for n in range(100):
            batch.attempts[n + 1] = _attempt(n + 1, campaign.id, NOW - 200.0 + n, failed=n < 10, answered=n >= 60)
        batch.attempts[101] = _attempt(101, campaign.id, NOW - 120.0, answered=True, live=True)
        answers = {GOOD: 0.3, OTHER: 0.3, BAD: 0.15}
        for n in range(1200):
            shown = (GOOD, BAD, OTHER)[n % 3]
            batch.attempts[1000 + n] = _attempt(
                1000 + n,
                campaign.id,
                NOW - 2 * 86400.0 + n,
                answered=(n // 3) % 100 < 100 * answers[shown],
                caller_id=shown,
            )
        for rule in ("trunk:risky_prefix", "trunk:risky_prefix", "caller_id_rest", "do_not_call"):
            batch.ledger.append(_refusal(rule))
        batch.line_changes = [
            LineChange(
                at=NOW - 60.0,
                kind="trunk",
                name="north",
                state="open",
                until=NOW - 30.0,
                detail={"dials": 12, "failed": 6, "answered": 2},
            ),
            LineChange(at=NOW - 30.0, kind="trunk", name="north", state="half_open", detail={}),
            LineChange(
                at=NOW - 900.0,
                kind="caller_id",
                name=BAD,
                state="answers_low",
                detail={"calls": 300, "rate": 0.15, "expected": 0.27, "z": -4.0},
            ),
        ]
        await store.save(batch)
    finally:
        await store.close()


def _attempt(
    attempt_id: int,
    campaign_id: int,
    at: float,
    *,
    failed: bool = False,
    answered: bool = False,
    live: bool = False,
    caller_id: str = GOOD,
) -> Attempt:
    return Attempt(
        id=attempt_id,
        campaign_id=campaign_id,
        list_id=None,
        lead_id=attempt_id,
        customer_id=None,
        phone_id=None,
        number=f"+4474{attempt_id:08d}",
        mode=Mode.PREDICTIVE,
        dialed_at=at,
        trunk="north",
        caller_id=caller_id,
        rang_at=None if failed else at + 2.0,
        answered_at=at + 10.0 if answered else None,
        person_at=at + 10.0 if answered else None,
        ended_at=None if live else at + 40.0,
        state=AttemptState.CONNECTED if live else AttemptState.ENDED,
        outcome=None if live else _outcome(failed, answered),
        cost=0.3 if answered and not live else 0.0,
    )


def _outcome(failed: bool, answered: bool) -> Outcome:
    if failed:
        return Outcome.CARRIER_FAILURE
    return Outcome.TALKED if answered else Outcome.NO_ANSWER


def _refusal(rule: str) -> LedgerEntry:
    return LedgerEntry(
        at=NOW - 100.0,
        decision="refuse",
        rule=rule,
        packs="",
        number="+881612345678",
        customer_id=None,
        lead_id=1,
        campaign_id=None,
        digest="",
    )


@pytest.fixture
def settings(embedded_database_url: str) -> Settings:
    asyncio.run(_records(embedded_database_url))
    return Settings(database_url=embedded_database_url)


def _json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_trunk_status_says_how_it_fares_what_it_cost_and_what_it_refused(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    show_status(settings, at=NOW, as_json=True)
    said = _json(capsys)
    (north,) = said["trunks"]
    assert north["breaker"] == "half_open"
    lately = north["last_minutes"]
    assert (lately["dials"], lately["answered"], lately["failed"], lately["post_dial_s"]) == (101, 41, 10, 2.0)
    assert lately["asr"] == round(41 / 101, 4)
    assert north["live"] == 1
    under_way = 110.0 * 0.6 / 60.0
    assert north["spent_hour"] == pytest.approx(40 * 0.3 + under_way)
    assert north["spent_day"] == pytest.approx(40 * 0.3 + under_way)
    assert [(row["rule"], row["times"], row["example"]) for row in said["refused"]] == [
        ("trunk:risky_prefix", 2, "+881612345678"),
        ("caller_id_rest", 1, "+881612345678"),
    ]
    assert [row["state"] for row in said["told"]] == ["half_open", "open"]
    assert said["told"][1]["words"] == (
        "north: 6 of the last 12 calls failed; it is not used until 11:29:30, then one call is tried."
    )


def test_caller_id_status_compares_like_with_like(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    show_answers(settings, at=NOW, days=7, as_json=True)
    said = _json(capsys)
    rows = {row["number"]: row for row in said["caller_ids"]}
    assert rows[BAD]["state"] == "answers_low"
    assert rows[BAD]["rate"] == 0.15
    assert rows[BAD]["z"] < -3.0
    assert rows[OTHER]["z"] > 0.0
    assert rows[GOOD]["shown_today"] == 101
    assert rows[GOOD]["daily_cap"] == 90
    assert "15% of 300 calls were answered, 27% with the other numbers" in said["told"][0]["words"]


def test_withdrawing_and_giving_back(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    withdraw_number(BAD, settings, reason="labelled as spam")
    assert capsys.readouterr().out == f"{BAD} is withdrawn: it is not shown any more.\n"
    show_caller_ids(settings, as_json=True)
    assert [(each["number"], each["withdrawn"]) for each in _json(capsys)["caller_ids"]] == [(GOOD, False), (BAD, True)]
    show_answers(settings, at=NOW, days=7, as_json=True)
    row = next(row for row in _json(capsys)["caller_ids"] if row["number"] == BAD)
    assert (row["state"], row["why"]) == ("withdrawn", "labelled as spam")
    give_number_back(BAD, settings)
    capsys.readouterr()
    with pytest.raises(NotFound, match="is not withdrawn"):
        give_number_back(BAD, settings)


def test_the_tables_are_in_every_language(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "telephony.toml"
    file.write_text('[[trunk]]\nname = "south"\nhost = "sip.example"\nprefixes = ["+44"]\nmost_per_hour = 5\n')
    for language in LANGUAGES:
        own = Settings(database_url=settings.database_url, language=language)
        show_status(own, at=NOW, as_json=False)
        show_answers(own, at=NOW, days=7, as_json=False)
        show_trunks(own, as_json=False)
        said = capsys.readouterr().out
        assert "north" in said
        assert BAD in said
        assert "{" not in said
        show_trunks(Settings(telephony=file, language=language), as_json=False)
        assert "south" in capsys.readouterr().out

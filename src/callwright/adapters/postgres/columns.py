"""From the nouns of the model to columns for ``unnest``: one array per parameter of a named statement.

Taken in one go before the first statement of a save: what is saved is the state at one moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any

from callwright.adapters.postgres.line_rows import change_columns
from callwright.compliance import BanEntry, ConsentEntry, DialPermit, FreezeEntry
from callwright.compliance.ledger import LedgerEntry
from callwright.dialer.ports import Batch, Callback, Fax, Leg, Order
from callwright.model.agent import StateInterval
from callwright.model.attempt import Attempt
from callwright.model.people import Lead

Columns = Sequence[Any]

APPENDED = ("intervals", "legs", "orders", "callbacks", "bans", "freezes", "ledger", "outbox", "line_changes", "faxes")
"""The lists of a batch that a second save would store twice."""


def _by(*names: str) -> Callable[[Collection[Any]], list[list[Any]]]:
    """A column for each attribute. One attrgetter per row and a transposition: the fastest plain way."""
    read = attrgetter(*names)

    def columns(items: Collection[Any]) -> list[list[Any]]:
        return [list(column) for column in zip(*map(read, items), strict=True)] if items else [[] for _ in names]

    return columns


_ATTEMPT_AS_DIALED = (
    *("id", "campaign_id", "list_id", "lead_id", "customer_id", "phone_id", "number", "mode"),
    *("tier", "try_no", "number_try_no", "redial_of", "caller_id", "trunk", "agent_id", "answer_probability"),
)
_ATTEMPT_AS_SAVED = (
    *("id", "campaign_id", "list_id", "lead_id", "customer_id", "phone_id", "number", "mode", "state"),
    *("tier", "try_no", "number_try_no", "redial_of", "caller_id", "trunk", "agent_id", "answer_probability"),
    *("permit", "dialed_at", "rang_at", "answered_at", "person_at", "connected_at", "ended_at", "disposed_at"),
    *("sip", "q850", "media", "outcome", "disposition", "hold_s", "wrap_s", "keys", "ended_by", "transfer", "cost"),
    *("greeting_ended_at", "left_at", "alone_s"),
)
_attempts_as_dialed = _by(*_ATTEMPT_AS_DIALED)
attempt_columns: Callable[[Collection[Attempt]], Columns] = _by(*_ATTEMPT_AS_SAVED)
interval_columns: Callable[[Collection[StateInterval]], Columns] = _by(
    "agent_id", "state", "reason", "began_at", "ended_at", "campaign_id", "attempt_id"
)
ledger_columns: Callable[[Collection[LedgerEntry]], Columns] = _by(
    *("at", "decision", "rule", "packs", "number", "customer_id", "lead_id", "campaign_id", "attempt_id", "digest"),
    "until",
)
order_columns: Callable[[Collection[Order]], Columns] = _by(
    "attempt_id", "lead_id", "customer_id", "campaign_id", "agent_id", "at", "amount"
)
leg_columns: Callable[[Collection[Leg]], Columns] = _by(
    "attempt_id", "kind", "agent_id", "began_at", "answered_at", "ended_at"
)
callback_columns: Callable[[Collection[Callback]], Columns] = _by(
    "lead_id", "campaign_id", "agent_id", "due_at", "made_by_attempt_id"
)
ban_columns: Callable[[Collection[BanEntry]], Columns] = _by(
    "number", "customer_id", "scope", "campaign_id", "at", "until", "source", "reason"
)
freeze_columns: Callable[[Collection[FreezeEntry]], Columns] = _by(
    "number", "customer_id", "from_at", "until_at", "reason", "confirmed_by"
)
fax_columns: Callable[[Collection[Fax]], Columns] = _by(
    *("at", "number", "ours", "pages", "whole", "why", "attempt_id", "document", "file", "station")
)
consent_columns: Callable[[Collection[ConsentEntry]], Columns] = _by(
    "customer_id", "kind", "granted_at", "expires_at", "revoked_at", "proof"
)


def opened_columns(opened: Sequence[tuple[Attempt, DialPermit]]) -> Columns:
    """For ``open_attempts``: the attempts as dialled and the permits they were given."""
    attempts = [attempt for attempt, _ in opened]
    permits = [permit for _, permit in opened]
    return [
        *_attempts_as_dialed(attempts),
        [permit.packs for permit in permits],
        [attempt.dialed_at for attempt in attempts],
        [permit.at for permit in permits],
        [permit.digest for permit in permits],
    ]


def lead_columns(leads: Collection[Lead]) -> Columns:
    columns = _lead_columns(leads)
    columns[6] = [_object(tries) for tries in columns[6]]
    columns[7] = [_object(tries) for tries in columns[7]]
    return columns


_lead_columns = _by(
    *("id", "status", "priority", "next_at", "next_phone_id", "tries", "outcome_tries", "phone_tries"),
    *("last_outcome", "last_attempt_id", "last_attempt_at", "redial_of", "callback", "callback_agent_id"),
    *("owner_agent_id", "called_since_reset"),
)


def _object(value: Any) -> str:
    return json.dumps(value) if value else "{}"


def lock_words(numbers: Iterable[str | None], customer_ids: Iterable[int | None]) -> list[str]:
    """What a dial and a ban lock: the numbers and the customers behind them."""
    words = {number for number in numbers if number is not None}
    words.update(f"customer {customer_id}" for customer_id in customer_ids if customer_id is not None)
    return sorted(words)


def batch_statements(batch: Batch, mark: str) -> list[tuple[str, Columns]]:
    """The named statements that save the batch, with their parameters as they are now; ``mark`` marks the commit."""
    dead = batch.dead_phones
    outbox = [[topic for topic, _ in batch.outbox], [json.dumps(payload) for _, payload in batch.outbox]]
    statements: list[tuple[Any, str, Columns]] = [
        (batch.attempts, "save_attempts", attempt_columns(batch.attempts.values())),
        (batch.leads, "save_leads", lead_columns(batch.leads.values())),
        (dead, "save_dead_phones", [list(dead), list(dead.values())]),
        (batch.intervals, "save_intervals", interval_columns(batch.intervals)),
        (batch.legs, "save_legs", leg_columns(batch.legs)),
        (batch.orders, "save_orders", order_columns(batch.orders)),
        (batch.callbacks, "save_callbacks", callback_columns(batch.callbacks)),
        (batch.bans, "save_bans", ban_columns(batch.bans)),
        (batch.freezes, "save_freezes", freeze_columns(batch.freezes)),
        (batch.ledger, "save_ledger", ledger_columns(batch.ledger)),
        (batch.outbox, "save_outbox", outbox),
        (batch.shown, "save_shown", [list(batch.shown), list(batch.shown.values())]),
        (batch.line_changes, "save_line_changes", change_columns(batch.line_changes)),
        (batch.faxes, "save_faxes", fax_columns(batch.faxes)),
    ]
    changes = [(name, columns) for given, name, columns in statements if given]
    if any(getattr(batch, name) for name in APPENDED):
        changes.append(("mark_commit", [mark]))
    return changes

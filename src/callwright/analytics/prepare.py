"""The predicates behind the base counts, as polars expressions over the frames of ``facts``.

Every call gets its answers here once (is it counted, answered, abandoned, ...); every record its class; every stretch
of agent time its kind. ``measure`` only adds up.
"""

from __future__ import annotations

import polars as pl

from callwright.analytics.facts import Facts
from callwright.model.agent import AgentState
from callwright.model.outcome import ANSWERED_BY_PERSON, NOT_COUNTED, Outcome
from callwright.model.people import LeadStatus

_MACHINES = (Outcome.MACHINE, Outcome.FAX, Outcome.SCREENING, Outcome.FAX_SENT)
_CLOSED = (LeadStatus.DONE, LeadStatus.EXHAUSTED, LeadStatus.UNCALLABLE)

IN_TIME_S = 2.0 + 1e-6
"""Within two seconds, as the abandon rules count them; what is stored is exact to the microsecond."""
CALLER_IN_TIME_S = 20.0 + 1e-6
"""Callers answered so soon are served in time, as call centres count them."""
CALL_FLAGS = (
    "calls_made",
    "calls_repeat",
    "dials",
    "calls_failed_ours",
    "redials_after_abandon",
    "attempts_on_unreached",
    "answered",
    "machines",
    "connected",
    "talks_with_machines",
    "put_through",
    "given_to_agents",
    "given_within_2s",
    "greetings_heard",
    "given_within_2s_of_greeting",
    "abandoned",
    "hung_up_waiting",
    "offered",
    "transferred",
    "transferred_successful",
    "inbound_calls",
    "callers_due",
    "callers_in_time",
    "handled",
)
"""Base counts that are a yes or no of each call."""
CALL_SUMS = ("complaints", "orders", "talked_s", "ring_s", "hold_s", "revenue", "call_cost")
"""Base counts that are a number of each call."""
RECORD_FLAGS = (
    "accounts_called",
    "accounts_answered",
    "reached",
    "unreached",
    "effective",
    "interested",
    "completed",
    "successful",
)
"""Base counts of records: true of a record in a group when true of one of its calls there."""


def _among(column: str, words: tuple[str, ...] | frozenset[Outcome]) -> pl.Expr:
    return pl.col(column).is_in([str(w) for w in words]).fill_null(False)


def _in_time(span: str) -> pl.Expr:
    """Whether a person who answered had their first agent within the lawful two seconds."""
    return pl.col("answered") & (pl.col(span) <= IN_TIME_S).fill_null(False)


def judge_calls(facts: Facts) -> pl.DataFrame:
    """The attempts with one column per base count of calls, and those of records prefixed ``r_``.

    ``r_unreached`` and ``attempts_on_unreached`` are not among them: they need every call judged first, see
    ``mark_unreached``.
    """
    ours = _among("outcome", NOT_COUNTED)
    machine = _among("outcome", _MACHINES)
    outbound = ~pl.col("inbound")
    person = (pl.col("person") | _among("outcome", ANSWERED_BY_PERSON)) & ~machine
    calls = facts.attempts.with_columns(
        *_looked_up(facts.attempts, facts.dispositions, ["campaign_id", "disposition"], _FLAGS, False),
        *_looked_up(facts.attempts, _per_call(facts.orders, amount="revenue", n="orders"), ["attempt_id"], _MONEY, 0),
        *_looked_up(facts.attempts, _per_call(facts.complaints, n="complaints"), ["attempt_id"], ("complaints",), 0),
    )
    return (
        calls.lazy()
        .with_columns(
            dials=outbound,
            inbound_calls=pl.col("inbound"),
            callers_due=pl.col("inbound") & (pl.col("joined") | (pl.col("wait_s") > CALLER_IN_TIME_S)).fill_null(False),
            callers_in_time=pl.col("inbound")
            & pl.col("joined")
            & (pl.col("wait_s") <= CALLER_IN_TIME_S).fill_null(False),
            answered=outbound & person,
            machines=outbound & machine,
            connected=outbound & (pl.col("talk_s") > 0),
            handled=pl.col("talk_s") > 0,
            person_on_line=person,
            failed=ours & ~person,
        )
        .with_columns(
            calls_made=outbound & ~pl.col("failed"),
            calls_failed_ours=outbound & pl.col("failed"),
            abandoned=pl.col("answered") & (_among("outcome", (Outcome.ABANDONED,)) | (ours & ~pl.col("joined"))),
            hung_up_waiting=pl.col("answered") & _among("outcome", (Outcome.HUNG_UP_WAITING,)),
            talks_with_machines=pl.col("connected") & machine,
            offered=pl.col("answered") & pl.col("offered"),
        )
        .with_columns(
            calls_repeat=pl.col("calls_made") & (pl.col("try_no") > 1),
            redials_after_abandon=pl.col("calls_made") & pl.col("redial"),
            put_through=pl.col("answered")
            & ~pl.col("abandoned")
            & (pl.col("joined") | _among("outcome", (Outcome.MESSAGE_PLAYED,))),
            given_to_agents=pl.col("answered") & pl.col("joined"),
            given_within_2s=_in_time("connect_s"),
            greetings_heard=pl.col("answered") & pl.col("connect_from_greeting_s").is_not_null(),
            given_within_2s_of_greeting=_in_time("connect_from_greeting_s"),
            transferred=pl.col("offered") & pl.col("picked_up"),
            transferred_successful=pl.col("offered") & pl.col("picked_up") & pl.col("success"),
            talked_s=pl.when("connected").then("talk_s").otherwise(0.0),
            ring_s=pl.when(pl.col("calls_made")).then("ring_s").otherwise(0.0),
            call_cost=pl.col("cost"),
            r_accounts_called=pl.col("calls_made"),
            r_accounts_answered=pl.col("person_on_line"),
            r_reached=pl.col("reached"),
            r_effective=pl.col("effective"),
            r_interested=pl.col("interested"),
            r_completed=pl.col("completed"),
            r_successful=pl.col("success"),
        )
        .collect()
    )


_FLAGS = ("reached", "effective", "interested", "completed", "success")
_MONEY = ("revenue", "orders")


def _looked_up(
    frame: pl.DataFrame, table: pl.DataFrame, keys: list[str], columns: tuple[str, ...], absent: bool | int
) -> list[pl.Series]:
    """The table's columns for each row of the frame. Only the keys are joined: the frame itself is not copied."""
    if table.is_empty():
        return [pl.repeat(absent, frame.height, eager=True).alias(c) for c in columns]
    found = frame.select(keys).join(table, on=keys, how="left", maintain_order="left")
    return found.select(pl.col(*columns).fill_null(absent)).get_columns()


def _per_call(frame: pl.DataFrame, *, n: str, amount: str | None = None) -> pl.DataFrame:
    sums = [pl.len().alias(n)] + ([pl.col("amount").sum().alias(amount)] if amount else [])
    return frame.group_by("attempt_id").agg(*sums)


def mark_unreached(calls: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """The judged calls with the counts that depend on what became of their record."""
    unreached = records.lazy().filter("unreached").select(pl.col("lead_id").implode()).collect()["lead_id"]
    again = pl.col("calls_made") & pl.col("lead_id").is_in(unreached).fill_null(False)
    return calls.with_columns(attempts_on_unreached=again, r_unreached=again & pl.col("lead_id").is_not_null())


def classify_records(facts: Facts, calls: pl.DataFrame) -> pl.DataFrame:
    """Each lead as ``useless``, ``unreached``, ``untouched``, ``reached_outside`` or none of them (reached).

    A record reached is never useless. A record whose last word was "suspended" is useless until a later call says
    otherwise; every other record that is still open may be called again.
    """
    seen = calls.lazy().group_by("lead_id").agg(pl.col("reached").any(), called=pl.col("calls_made").any())
    closed = pl.col("status").is_in([str(s) for s in _CLOSED])
    suspended = _among("last_outcome", (Outcome.SUSPENDED,))
    ever = pl.col("reached") | pl.col("reached_outside")
    return (
        facts.leads.lazy()
        .join(seen, on="lead_id", how="left")
        .with_columns(pl.col("reached", "called").fill_null(False))
        .with_columns(
            reached_outside=pl.col("reached_outside") & ~pl.col("reached"),
            useless=~ever & (closed | suspended),
            ever=ever,
        )
        .with_columns(unreached=~pl.col("ever") & ~pl.col("useless") & pl.col("called"))
        .with_columns(untouched=~pl.col("ever") & ~pl.col("useless") & ~pl.col("called"))
        .collect()
    )


def judge_time(facts: Facts) -> pl.DataFrame:
    """Agents' stretches with their ``seconds``, and the logins, logouts and not-ready entries they are.

    A login is a stretch that does not continue an earlier one of the same agent; its logout is the end of the last
    stretch before the next login. Both count only if they fall into the period.
    """
    same = pl.col("agent_id") == pl.col("agent_id").shift(1)
    follows = (same & ((pl.col("began_at") - pl.col("ended_at").shift(1)).abs() < 0.0015)).fill_null(False)
    stays = follows & (pl.col("state") == pl.col("state").shift(1))
    stays = stays & pl.col("reason").eq_missing(pl.col("reason").shift(1))
    return (
        facts.intervals.lazy()
        .filter(~is_state(AgentState.OFFLINE) & (pl.col("ended_at") > pl.col("began_at")))
        .sort(_in_order())
        .with_columns(
            seconds=pl.col("ended_at") - pl.col("began_at"),
            logins=~follows & ~pl.col("cut"),
            logouts=~follows.shift(-1, fill_value=False) & ~pl.col("goes_on"),
            not_ready_entries=is_state(AgentState.NOT_READY) & ~stays,
        )
        .collect()
    )


def _in_order() -> pl.Expr:
    """Agent and beginning (to the microsecond) in one number: sorting by it takes a third of the time."""
    since = ((pl.col("began_at") - pl.col("began_at").min()) * 1e6).cast(pl.Int64)
    return pl.col("agent_id") * (since.max() + 1) + since


def is_state(*states: AgentState) -> pl.Expr:
    return pl.any_horizontal(*(pl.col("state") == s.value for s in states))


def _away(reason: str) -> pl.Expr:
    return is_state(AgentState.NOT_READY) & (pl.col("reason") == reason).fill_null(False)


PRODUCTIVE_STATES = (
    AgentState.READY,
    AgentState.RESERVED,
    AgentState.PREVIEW,
    AgentState.IN_CALL,
    AgentState.WRAP_UP,
)
TIME_KINDS: dict[str, pl.Expr] = {
    "login_s": pl.lit(True),
    "talk_s": is_state(AgentState.IN_CALL),
    "prep_s": is_state(AgentState.PREVIEW, AgentState.RESERVED),
    "wrap_s": is_state(AgentState.WRAP_UP),
    "idle_s": is_state(AgentState.READY),
    "not_ready_s": is_state(AgentState.NOT_READY),
    "playback_s": _away("playback"),
    "internal_s": _away("internal"),
}
"""Base counts of agents' seconds, and the stretches they add up."""
TIME_MOMENTS = ("logins", "logouts", "not_ready_entries")
QUARTER_S = 900.0
"""Time goes to hours and days by quarter hours, the finest step of any time zone in use."""


def cut_at_steps(
    stretches: pl.DataFrame, shared: tuple[str, ...], once: tuple[str, ...] = (), *, step_s: float = QUARTER_S
) -> pl.DataFrame:
    """Stretches cut at whole steps of time (new column ``at``, the step's beginning).

    Columns in ``shared`` are shared out by time; the booleans in ``once`` stay with the first piece.
    """
    first = (pl.col("began_at") / step_s).floor()
    last = ((pl.col("ended_at") - 1e-6) / step_s).floor()
    whole = stretches.with_columns(q0=first.cast(pl.Int64), q1=pl.max_horizontal(first, last).cast(pl.Int64))
    short = whole.filter(pl.col("q0") == pl.col("q1")).with_columns(at=pl.col("q0") * step_s)
    long = whole.filter(pl.col("q0") < pl.col("q1"))
    if long.is_empty():
        return short
    pieces = long.with_columns(at=pl.int_ranges("q0", pl.col("q1") + 1)).explode("at")
    pieces = pieces.with_columns(at=pl.col("at") * step_s)
    began = pl.max_horizontal("at", "began_at")
    ended = pl.min_horizontal(pl.col("at") + step_s, "ended_at")
    part = (ended - began) / (pl.col("ended_at") - pl.col("began_at"))
    head = pl.col("at") == pl.col("q0") * step_s
    pieces = pieces.with_columns(
        *(pl.col(c) * part for c in shared), *(pl.col(c) & head for c in once), began_at=began, ended_at=ended
    )
    return pl.concat([short, pieces.select(short.columns)], how="vertical_relaxed")

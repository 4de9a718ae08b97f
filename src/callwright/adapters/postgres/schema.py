"""The schema, declared once. Alembic migrates to it; the hot path's SQL is in ``sql/``.

Instants are ``timestamptz``; states and outcomes are the words of ``callwright.model`` as text.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from callwright.adapters.postgres.schema_recordings import declare_recordings

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)


def _at(name: str, *, required: bool = False, now: bool = False) -> sa.Column[object]:
    return sa.Column(
        name, sa.TIMESTAMP(timezone=True), nullable=not (required or now), server_default=sa.func.now() if now else None
    )


def _ref(name: str, to: str, *, required: bool = False, cascade: bool = False) -> sa.Column[int]:
    return sa.Column(
        name, sa.BigInteger, sa.ForeignKey(f"{to}.id", ondelete="CASCADE" if cascade else None), nullable=not required
    )


def _text(name: str, *, required: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=not required, server_default="" if required else None)


def _count(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=str(default))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=False, server_default=sa.text("'{}'::jsonb"))


customers = sa.Table(
    "customers",
    metadata,
    _id(),
    _text("external_id", required=False),
    _text("name"),
    _text("language"),
    _text("customer_type"),
    _text("time_zone", required=False),
    _json("facts"),
    _at("created_at", now=True),
    _text("caller_id", required=False),  # the number of ours that this customer knows
    sa.Index("ix_customers_external_id", "external_id"),
)

phones = sa.Table(
    "phones",
    metadata,
    _id(),
    _ref("customer_id", "customers", required=True, cascade=True),
    sa.Column("number", sa.Text, nullable=False),
    _text("country"),
    _text("region"),
    _text("line_type"),
    _text("carrier"),
    sa.Column("zones", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("position", sa.SmallInteger, nullable=False, server_default="0"),
    _text("dead", required=False),
    _at("dead_at"),
    sa.UniqueConstraint("customer_id", "number"),
    sa.Index("ix_phones_number", "number"),
)

emails = sa.Table(
    "emails",
    metadata,
    _id(),
    _ref("customer_id", "customers", required=True, cascade=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.UniqueConstraint("customer_id", "email"),
)

campaigns = sa.Table(
    "campaigns",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    _json("config"),  # the campaign file as given, checked
    sa.Column("status", sa.Text, nullable=False, server_default="ready"),  # ready, running, paused, done
    _at("created_at", now=True),
)

campaign_leases = sa.Table(
    "campaign_leases",
    metadata,
    sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    _at("until", required=True),
)

lists = sa.Table(
    "lists",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    _ref("campaign_id", "campaigns"),
    _text("source"),
    _json("provenance"),
    sa.Column("leads", sa.BigInteger, nullable=False, server_default="0"),
    _at("reset_at"),
    _at("created_at", now=True),
)

mapping_profiles = sa.Table(
    "mapping_profiles",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _json("mapping"),
    _at("created_at", now=True),
)

import_batches = sa.Table(
    "import_batches",
    metadata,
    _id(),
    _ref("list_id", "lists", required=True),
    _text("file"),
    _text("sha256"),
    _text("profile", required=False),
    _count("rows_read"),
    _count("rows_stored"),
    _count("rows_rejected"),
    _at("created_at", now=True),
    _at("undone_at"),
)

_FOR_ANYBODY = "status = 'due' and owner_agent_id is null and callback_agent_id is null"
_FOR_SOMEBODY = "status = 'due' and (owner_agent_id is not null or callback_agent_id is not null)"

leads = sa.Table(
    "leads",
    metadata,
    _id(),
    _ref("list_id", "lists", required=True),
    _ref("campaign_id", "campaigns"),
    _ref("customer_id", "customers", required=True),
    _ref("batch_id", "import_batches"),
    sa.Column("tier", sa.SmallInteger, nullable=False, server_default="5"),
    _count("priority"),
    sa.Column("status", sa.Text, nullable=False, server_default="due"),
    _at("next_at", now=True),
    sa.Column("next_phone_id", sa.BigInteger),
    _count("tries"),
    _json("outcome_tries"),
    _json("phone_tries"),
    _text("last_outcome", required=False),
    sa.Column("last_attempt_id", sa.BigInteger),
    _at("last_attempt_at"),
    sa.Column("redial_of", sa.BigInteger),
    _flag("callback"),
    sa.Column("callback_agent_id", sa.BigInteger),
    sa.Column("owner_agent_id", sa.BigInteger),
    _flag("called_since_reset"),
    _text("claimed_by", required=False),
    sa.CheckConstraint("tier between 1 and 5", name="tier"),
    sa.UniqueConstraint("customer_id", "list_id"),  # this order: it finds a customer's leads too
    sa.Index(
        "ix_leads_due", "campaign_id", sa.text("priority desc"), "next_at", "id", postgresql_where=sa.text(_FOR_ANYBODY)
    ),
    sa.Index(
        "ix_leads_due_by_list",
        "campaign_id",
        "list_id",
        sa.text("priority desc"),
        "next_at",
        "id",
        postgresql_where=sa.text(_FOR_ANYBODY),
    ),
    sa.Index("ix_leads_due_personal", "campaign_id", postgresql_where=sa.text(_FOR_SOMEBODY)),
    sa.Index("ix_leads_waiting", "campaign_id", "next_at", postgresql_where=sa.text("status = 'waiting'")),
    sa.Index("ix_leads_claimed", "campaign_id", "claimed_by", postgresql_where=sa.text("status = 'claimed'")),
    sa.Index("ix_leads_batch_id", "batch_id", postgresql_using="brin"),
)

lead_counts = sa.Table(  # what triggers on leads add up: progress without counting; several rows per campaign, summed
    "lead_counts",
    metadata,
    _id(),
    sa.Column("campaign_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("leads", sa.BigInteger, nullable=False),
    sa.Column("open", sa.BigInteger, nullable=False),
)

agents = sa.Table(
    "agents",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    _text("team"),
    _text("site"),
    sa.Column("tiers", ARRAY(sa.SmallInteger), nullable=False, server_default="{1,2,3,4,5}"),
    _count("seniority"),
    sa.Column("inbound", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("pay_per_hour", sa.Float, nullable=False, server_default="0"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("password_hash", sa.Text),  # null: cannot sign in at a screen
    _flag("lead"),
)

agent_sessions = sa.Table(  # sign-ins that stand; of the token only the digest
    "agent_sessions",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("agent_id", sa.BigInteger, sa.ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    _at("began_at", required=True),
    _at("until_at", required=True),
)

skills = sa.Table("skills", metadata, _id(), sa.Column("name", sa.Text, nullable=False, unique=True))

agent_skills = sa.Table(
    "agent_skills",
    metadata,
    sa.Column("agent_id", sa.BigInteger, sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("skill_id", sa.BigInteger, sa.ForeignKey("skills.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("level", sa.SmallInteger, nullable=False),
)

shifts = sa.Table(
    "shifts",
    metadata,
    _id(),
    _ref("agent_id", "agents", required=True),
    _at("began_at", required=True),
    _at("ended_at", required=True),
    sa.Column("paid", sa.Boolean, nullable=False, server_default=sa.true()),
)

trunks = sa.Table(
    "trunks",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("channels", sa.Integer, nullable=False),
    sa.Column("calls_per_s", sa.Float, nullable=False),
    sa.Column("prefixes", ARRAY(sa.Text), nullable=False, server_default="{+}"),
    sa.Column("cost_per_minute", sa.Float, nullable=False, server_default="0"),
    sa.Column("denied_prefixes", ARRAY(sa.Text), nullable=False, server_default="{}"),
    _json("rates"),
    sa.Column("most_per_hour", sa.Float),
    sa.Column("most_per_day", sa.Float),
    _count("position"),  # order of preference
)

caller_ids = sa.Table(
    "caller_ids",
    metadata,
    _id(),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    _text("region"),
    sa.Column("daily_cap", sa.Integer),
    sa.Column("rest_s", sa.Float),
    _at("withdrawn_at"),
    _text("withdrawn_why"),
)

line_changes = sa.Table(  # what an operator should know of trunks and caller IDs
    "line_changes",
    metadata,
    _id(),
    _at("at", required=True),
    sa.Column("kind", sa.Text, nullable=False),  # trunk, prefix, caller_id
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    _at("until"),
    _json("detail"),
    sa.Index("ix_line_changes_at", "at"),
)

faxes = sa.Table(  # sent and received, or not; ``file`` names a received one
    "faxes",
    metadata,
    _id(),
    _at("at", required=True),
    _text("number"),
    _text("ours"),
    sa.Column("pages", sa.Integer, nullable=False, server_default="0"),
    sa.Column("whole", sa.Boolean, nullable=False),
    _text("why"),
    sa.Column("attempt_id", sa.BigInteger),
    _text("document"),
    _text("file"),
    _text("station"),
    sa.Index("ix_faxes_at", "at"),
    sa.Index("uq_faxes_file", "file", unique=True, postgresql_where=sa.text("file <> ''")),
)

# one call of ours at a time to a number and for a lead; a person may call back meanwhile
_LIVE = (
    "state in ('dialing', 'ringing', 'detecting', 'waiting', 'connected', 'parked', 'handed_on', 'playing')"
    " and mode <> 'inbound'"
)

attempt_ids = sa.Sequence("attempt_ids", metadata=metadata)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    _ref("campaign_id", "campaigns", required=True),
    sa.Column("list_id", sa.BigInteger),
    sa.Column("lead_id", sa.BigInteger),
    sa.Column("customer_id", sa.BigInteger),
    sa.Column("phone_id", sa.BigInteger),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("tier", sa.SmallInteger, nullable=False, server_default="5"),
    _count("try_no", 1),
    _count("number_try_no", 1),
    sa.Column("redial_of", sa.BigInteger),
    _text("caller_id", required=False),
    _text("trunk", required=False),
    sa.Column("agent_id", sa.BigInteger),
    sa.Column("answer_probability", sa.REAL),
    _text("permit", required=False),
    _at("dialed_at", required=True),
    _at("rang_at"),
    _at("answered_at"),
    _at("person_at"),
    _at("connected_at"),
    _at("ended_at"),
    _at("disposed_at"),
    sa.Column("sip", sa.SmallInteger),
    sa.Column("q850", sa.SmallInteger),
    _text("media", required=False),
    _text("outcome", required=False),
    _text("disposition", required=False),
    sa.Column("hold_s", sa.Float, nullable=False, server_default="0"),
    sa.Column("wrap_s", sa.Float, nullable=False, server_default="0"),
    _text("keys"),
    _text("ended_by", required=False),
    _text("transfer", required=False),
    sa.Column("cost", sa.Float, nullable=False, server_default="0"),
    _at("greeting_ended_at"),
    _at("left_at"),
    sa.Column("alone_s", sa.Float, nullable=False, server_default="0"),
    sa.Index("uq_attempts_live_lead", "lead_id", unique=True, postgresql_where=sa.text(_LIVE)),
    sa.Index("uq_attempts_live_number", "number", unique=True, postgresql_where=sa.text(_LIVE)),
    sa.Index("ix_attempts_customer_id_dialed_at", "customer_id", "dialed_at"),
    sa.Index("ix_attempts_number_dialed_at", "number", "dialed_at"),
    sa.Index("ix_attempts_campaign_id_dialed_at", "campaign_id", "dialed_at"),
    sa.Index("ix_attempts_dialed_at", "dialed_at", postgresql_using="brin"),
    sa.Index("ix_attempts_answered", "campaign_id", "answered_at", postgresql_where=sa.text("answered_at is not null")),
    sa.Index("ix_attempts_unfinished", "campaign_id", postgresql_where=sa.text("state not in ('ended', 'unknown')")),
)

legs = sa.Table(
    "legs",
    metadata,
    _id(),
    sa.Column("attempt_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),  # customer, agent, transfer
    sa.Column("agent_id", sa.BigInteger),
    _at("began_at", required=True),
    _at("answered_at"),
    _at("ended_at"),
)

dispositions = sa.Table(
    "dispositions",
    metadata,
    sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    _text("en"),
    _text("zh"),
    _text("ru"),
    _flag("reached"),
    _flag("effective"),
    _flag("interested"),
    _flag("completed"),
    _flag("success"),
    _flag("by_system"),
    _json("effects"),
)

callbacks = sa.Table(
    "callbacks",
    metadata,
    _id(),
    _ref("lead_id", "leads", required=True, cascade=True),
    _ref("campaign_id", "campaigns", required=True),
    sa.Column("agent_id", sa.BigInteger),
    _at("due_at", required=True),
    sa.Column("made_by_attempt_id", sa.BigInteger),
    sa.Column("status", sa.Text, nullable=False, server_default="open"),  # open, kept, missed, cancelled
    _at("created_at", now=True),
)

bans = sa.Table(  # do-not-call: set once, never overwritten by an outcome
    "bans",
    metadata,
    _id(),
    _text("number", required=False),
    sa.Column("customer_id", sa.BigInteger),
    sa.Column("scope", sa.Text, nullable=False),  # everywhere, campaign, prefix
    sa.Column("campaign_id", sa.BigInteger),
    _at("at", required=True),
    _at("until"),
    _text("source"),
    _text("reason"),
    sa.CheckConstraint("number is not null or customer_id is not null", name="whom"),
    sa.Index("ix_bans_number", "number"),
    sa.Index("ix_bans_prefix", "number", postgresql_where=sa.text("scope = 'prefix'")),
    sa.Index("ix_bans_customer_id", "customer_id"),
)

freezes = sa.Table(
    "freezes",
    metadata,
    _id(),
    _text("number", required=False),
    sa.Column("customer_id", sa.BigInteger),
    _at("from_at", required=True),
    _at("until_at"),
    _text("reason"),
    _text("proposed_by"),
    _text("confirmed_by", required=False),
    _at("lifted_at"),
    sa.Index("ix_freezes_number", "number"),
    sa.Index("ix_freezes_customer_id", "customer_id"),
)

consents = sa.Table(
    "consents",
    metadata,
    _id(),
    _ref("customer_id", "customers", required=True, cascade=True),
    sa.Column("kind", sa.Text, nullable=False),
    _at("granted_at", required=True),
    _at("expires_at"),
    _at("revoked_at"),
    _text("proof"),
    sa.Index("ix_consents_customer_id", "customer_id"),
)

agent_states = sa.Table(
    "agent_states",
    metadata,
    _id(),
    sa.Column("agent_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    _text("reason", required=False),
    _at("began_at", required=True),
    _at("ended_at", required=True),
    sa.Column("campaign_id", sa.BigInteger),
    sa.Column("attempt_id", sa.BigInteger),
    sa.Index("ix_agent_states_campaign_id_began_at", "campaign_id", "began_at"),
    sa.Index("ix_agent_states_agent_id_began_at", "agent_id", "began_at"),
)

orders = sa.Table(
    "orders",
    metadata,
    _id(),
    sa.Column("attempt_id", sa.BigInteger, nullable=False),
    sa.Column("lead_id", sa.BigInteger),
    sa.Column("customer_id", sa.BigInteger),
    sa.Column("campaign_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("agent_id", sa.BigInteger),
    _at("at", required=True),
    sa.Column("amount", sa.Float, nullable=False),
)

complaints = sa.Table(
    "complaints",
    metadata,
    _id(),
    sa.Column("attempt_id", sa.BigInteger, nullable=False),
    _at("at", required=True),
    _text("reason"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _id(),
    sa.Column("topic", sa.Text, nullable=False),
    _json("payload"),
    _at("created_at", now=True),
    _at("sent_at"),
    sa.Index("ix_outbox_unsent", "id", postgresql_where=sa.text("sent_at is null")),
)

commit_marks = sa.Table(  # tells afterwards whether a commit happened whose answer was lost; kept for a day
    "commit_marks",
    metadata,
    sa.Column("mark", sa.Text, primary_key=True),
    _at("at", now=True),
)

ledger = sa.Table(  # append-only: every yes and no
    "ledger",
    metadata,
    _id(),
    _at("at", required=True),
    sa.Column("decision", sa.Text, nullable=False),  # permit, refuse
    _text("rule"),
    _text("packs"),
    _text("number"),
    sa.Column("customer_id", sa.BigInteger),
    sa.Column("lead_id", sa.BigInteger),
    sa.Column("campaign_id", sa.BigInteger),
    sa.Column("attempt_id", sa.BigInteger),
    _text("digest"),
    _at("until"),
    sa.Index("ix_ledger_number_at", "number", "at"),
    sa.Index("ix_ledger_lead_id_at", "lead_id", "at"),
    sa.Index("ix_ledger_lines", "at", postgresql_where=sa.text(r"rule like 'trunk:%' or rule like 'caller\_id\_%'")),
)

declare_recordings(metadata)

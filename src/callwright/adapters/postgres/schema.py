"""The schema, declared once. Alembic migrates to it; the hot path's SQL is in ``sql/``.

Instants are ``timestamptz``; states and outcomes are the words of ``callwright.model`` as text.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from callwright.adapters.postgres.schema_columns import (
    at_column,
    count_column,
    flag_column,
    id_column,
    json_column,
    ref_column,
    text_column,
)
from callwright.adapters.postgres.schema_lines import declare_lines
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

customers = sa.Table(
    "customers",
    metadata,
    id_column(),
    text_column("external_id", required=False),
    text_column("name"),
    text_column("language"),
    text_column("customer_type"),
    text_column("time_zone", required=False),
    json_column("facts"),
    at_column("created_at", now=True),
    text_column("caller_id", required=False),  # the number of ours that this customer knows
    sa.Index("ix_customers_external_id", "external_id"),
)

phones = sa.Table(
    "phones",
    metadata,
    id_column(),
    ref_column("customer_id", "customers", required=True, cascade=True),
    sa.Column("number", sa.Text, nullable=False),
    text_column("country"),
    text_column("region"),
    text_column("line_type"),
    text_column("carrier"),
    sa.Column("zones", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("position", sa.SmallInteger, nullable=False, server_default="0"),
    text_column("dead", required=False),
    at_column("dead_at"),
    sa.UniqueConstraint("customer_id", "number"),
    sa.Index("ix_phones_number", "number"),
)

emails = sa.Table(
    "emails",
    metadata,
    id_column(),
    ref_column("customer_id", "customers", required=True, cascade=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.UniqueConstraint("customer_id", "email"),
)

campaigns = sa.Table(
    "campaigns",
    metadata,
    id_column(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    json_column("config"),  # the campaign file as given, checked
    sa.Column("status", sa.Text, nullable=False, server_default="ready"),  # ready, running, paused, done
    at_column("created_at", now=True),
)

campaign_leases = sa.Table(
    "campaign_leases",
    metadata,
    sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    at_column("until", required=True),
)

lists = sa.Table(
    "lists",
    metadata,
    id_column(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    ref_column("campaign_id", "campaigns"),
    text_column("source"),
    json_column("provenance"),
    sa.Column("leads", sa.BigInteger, nullable=False, server_default="0"),
    at_column("reset_at"),
    at_column("created_at", now=True),
)

mapping_profiles = sa.Table(
    "mapping_profiles",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    json_column("mapping"),
    at_column("created_at", now=True),
)

import_batches = sa.Table(
    "import_batches",
    metadata,
    id_column(),
    ref_column("list_id", "lists", required=True),
    text_column("file"),
    text_column("sha256"),
    text_column("profile", required=False),
    count_column("rows_read"),
    count_column("rows_stored"),
    count_column("rows_rejected"),
    at_column("created_at", now=True),
    at_column("undone_at"),
)

_FOR_ANYBODY = "status = 'due' and owner_agent_id is null and callback_agent_id is null"
_FOR_SOMEBODY = "status = 'due' and (owner_agent_id is not null or callback_agent_id is not null)"

leads = sa.Table(
    "leads",
    metadata,
    id_column(),
    ref_column("list_id", "lists", required=True),
    ref_column("campaign_id", "campaigns"),
    ref_column("customer_id", "customers", required=True),
    ref_column("batch_id", "import_batches"),
    sa.Column("tier", sa.SmallInteger, nullable=False, server_default="5"),
    count_column("priority"),
    sa.Column("status", sa.Text, nullable=False, server_default="due"),
    at_column("next_at", now=True),
    sa.Column("next_phone_id", sa.BigInteger),
    count_column("tries"),
    json_column("outcome_tries"),
    json_column("phone_tries"),
    text_column("last_outcome", required=False),
    sa.Column("last_attempt_id", sa.BigInteger),
    at_column("last_attempt_at"),
    sa.Column("redial_of", sa.BigInteger),
    flag_column("callback"),
    sa.Column("callback_agent_id", sa.BigInteger),
    sa.Column("owner_agent_id", sa.BigInteger),
    flag_column("called_since_reset"),
    text_column("claimed_by", required=False),
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
    id_column(),
    sa.Column("campaign_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("leads", sa.BigInteger, nullable=False),
    sa.Column("open", sa.BigInteger, nullable=False),
)

agents = sa.Table(
    "agents",
    metadata,
    id_column(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    text_column("team"),
    text_column("site"),
    sa.Column("tiers", ARRAY(sa.SmallInteger), nullable=False, server_default="{1,2,3,4,5}"),
    count_column("seniority"),
    sa.Column("inbound", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("pay_per_hour", sa.Float, nullable=False, server_default="0"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("password_hash", sa.Text),  # null: cannot sign in at a screen
    flag_column("lead"),
)

agent_sessions = sa.Table(  # sign-ins that stand; of the token only the digest
    "agent_sessions",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("agent_id", sa.BigInteger, sa.ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    at_column("began_at", required=True),
    at_column("until_at", required=True),
)

skills = sa.Table("skills", metadata, id_column(), sa.Column("name", sa.Text, nullable=False, unique=True))

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
    id_column(),
    ref_column("agent_id", "agents", required=True),
    at_column("began_at", required=True),
    at_column("ended_at", required=True),
    sa.Column("paid", sa.Boolean, nullable=False, server_default=sa.true()),
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
    ref_column("campaign_id", "campaigns", required=True),
    sa.Column("list_id", sa.BigInteger),
    sa.Column("lead_id", sa.BigInteger),
    sa.Column("customer_id", sa.BigInteger),
    sa.Column("phone_id", sa.BigInteger),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("tier", sa.SmallInteger, nullable=False, server_default="5"),
    count_column("try_no", 1),
    count_column("number_try_no", 1),
    sa.Column("redial_of", sa.BigInteger),
    text_column("caller_id", required=False),
    text_column("trunk", required=False),
    sa.Column("agent_id", sa.BigInteger),
    sa.Column("answer_probability", sa.REAL),
    text_column("permit", required=False),
    at_column("dialed_at", required=True),
    at_column("rang_at"),
    at_column("answered_at"),
    at_column("person_at"),
    at_column("connected_at"),
    at_column("ended_at"),
    at_column("disposed_at"),
    sa.Column("sip", sa.SmallInteger),
    sa.Column("q850", sa.SmallInteger),
    text_column("media", required=False),
    text_column("outcome", required=False),
    text_column("disposition", required=False),
    sa.Column("hold_s", sa.Float, nullable=False, server_default="0"),
    sa.Column("wrap_s", sa.Float, nullable=False, server_default="0"),
    text_column("keys"),
    text_column("ended_by", required=False),
    text_column("transfer", required=False),
    sa.Column("cost", sa.Float, nullable=False, server_default="0"),
    at_column("greeting_ended_at"),
    at_column("left_at"),
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
    id_column(),
    sa.Column("attempt_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),  # customer, agent, transfer
    sa.Column("agent_id", sa.BigInteger),
    at_column("began_at", required=True),
    at_column("answered_at"),
    at_column("ended_at"),
)

dispositions = sa.Table(
    "dispositions",
    metadata,
    sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    text_column("en"),
    text_column("zh"),
    text_column("ru"),
    flag_column("reached"),
    flag_column("effective"),
    flag_column("interested"),
    flag_column("completed"),
    flag_column("success"),
    flag_column("by_system"),
    json_column("effects"),
)

callbacks = sa.Table(
    "callbacks",
    metadata,
    id_column(),
    ref_column("lead_id", "leads", required=True, cascade=True),
    ref_column("campaign_id", "campaigns", required=True),
    sa.Column("agent_id", sa.BigInteger),
    at_column("due_at", required=True),
    sa.Column("made_by_attempt_id", sa.BigInteger),
    sa.Column("status", sa.Text, nullable=False, server_default="open"),  # open, kept, missed, cancelled
    at_column("created_at", now=True),
)

bans = sa.Table(  # do-not-call: set once, never overwritten by an outcome
    "bans",
    metadata,
    id_column(),
    text_column("number", required=False),
    sa.Column("customer_id", sa.BigInteger),
    sa.Column("scope", sa.Text, nullable=False),  # everywhere, campaign, prefix
    sa.Column("campaign_id", sa.BigInteger),
    at_column("at", required=True),
    at_column("until"),
    text_column("source"),
    text_column("reason"),
    sa.CheckConstraint("number is not null or customer_id is not null", name="whom"),
    sa.Index("ix_bans_number", "number"),
    sa.Index("ix_bans_prefix", "number", postgresql_where=sa.text("scope = 'prefix'")),
    sa.Index("ix_bans_customer_id", "customer_id"),
)

freezes = sa.Table(
    "freezes",
    metadata,
    id_column(),
    text_column("number", required=False),
    sa.Column("customer_id", sa.BigInteger),
    at_column("from_at", required=True),
    at_column("until_at"),
    text_column("reason"),
    text_column("proposed_by"),
    text_column("confirmed_by", required=False),
    at_column("lifted_at"),
    sa.Index("ix_freezes_number", "number"),
    sa.Index("ix_freezes_customer_id", "customer_id"),
)

consents = sa.Table(
    "consents",
    metadata,
    id_column(),
    ref_column("customer_id", "customers", required=True, cascade=True),
    sa.Column("kind", sa.Text, nullable=False),
    at_column("granted_at", required=True),
    at_column("expires_at"),
    at_column("revoked_at"),
    text_column("proof"),
    sa.Index("ix_consents_customer_id", "customer_id"),
)

agent_states = sa.Table(
    "agent_states",
    metadata,
    id_column(),
    sa.Column("agent_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    text_column("reason", required=False),
    at_column("began_at", required=True),
    at_column("ended_at", required=True),
    sa.Column("campaign_id", sa.BigInteger),
    sa.Column("attempt_id", sa.BigInteger),
    sa.Index("ix_agent_states_campaign_id_began_at", "campaign_id", "began_at"),
    sa.Index("ix_agent_states_agent_id_began_at", "agent_id", "began_at"),
)

orders = sa.Table(
    "orders",
    metadata,
    id_column(),
    sa.Column("attempt_id", sa.BigInteger, nullable=False),
    sa.Column("lead_id", sa.BigInteger),
    sa.Column("customer_id", sa.BigInteger),
    sa.Column("campaign_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("agent_id", sa.BigInteger),
    at_column("at", required=True),
    sa.Column("amount", sa.Float, nullable=False),
)

complaints = sa.Table(
    "complaints",
    metadata,
    id_column(),
    sa.Column("attempt_id", sa.BigInteger, nullable=False),
    at_column("at", required=True),
    text_column("reason"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    id_column(),
    sa.Column("topic", sa.Text, nullable=False),
    json_column("payload"),
    at_column("created_at", now=True),
    at_column("sent_at"),
    sa.Index("ix_outbox_unsent", "id", postgresql_where=sa.text("sent_at is null")),
)

commit_marks = sa.Table(  # tells afterwards whether a commit happened whose answer was lost; kept for a day
    "commit_marks",
    metadata,
    sa.Column("mark", sa.Text, primary_key=True),
    at_column("at", now=True),
)

ledger = sa.Table(  # append-only: every yes and no
    "ledger",
    metadata,
    id_column(),
    at_column("at", required=True),
    sa.Column("decision", sa.Text, nullable=False),  # permit, refuse
    text_column("rule"),
    text_column("packs"),
    text_column("number"),
    sa.Column("customer_id", sa.BigInteger),
    sa.Column("lead_id", sa.BigInteger),
    sa.Column("campaign_id", sa.BigInteger),
    sa.Column("attempt_id", sa.BigInteger),
    text_column("digest"),
    at_column("until"),
    sa.Index("ix_ledger_number_at", "number", "at"),
    sa.Index("ix_ledger_lead_id_at", "lead_id", "at"),
    sa.Index("ix_ledger_lines", "at", postgresql_where=sa.text(r"rule like 'trunk:%' or rule like 'caller\_id\_%'")),
)

declare_lines(metadata)
declare_recordings(metadata)

"""The first schema: everything of ledger/tables.py as it was then, and the triggers that keep entries as they are.

Frozen: a later change of the schema is a later file. Names of types are spelled out here and not imported, so that this
file goes on meaning what it meant.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# The words are read by people who try: they should learn why, not just that it failed.
_REFUSAL = "ledger entries are append-only"

_SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER entry_no_{verb.lower()} BEFORE {verb} ON entry BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    for verb in ("UPDATE", "DELETE")
)

_POSTGRESQL_TRIGGERS = (
    f"CREATE FUNCTION entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$",
    "CREATE TRIGGER entry_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION entry_is_append_only()",
)


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column("call_id", NUMBER, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("elapsed_ms", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call")),
    )
    op.create_index("ix_call_at", "call", ["connection", "at"], unique=False)
    op.create_table(
        "conflict",
        sa.Column("registration_id", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "key", name=op.f("pk_conflict")),
    )
    op.create_table(
        "connection",
        sa.Column("name", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("writes_done", sa.BigInteger(), nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_connection")),
    )
    op.create_table(
        "counter",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "cursor",
        sa.Column("connection", KEY, nullable=False),
        sa.Column("stream", KEY, nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("covered_until", sa.BigInteger(), nullable=True),
        sa.Column("is_backfilled", sa.Boolean(), nullable=False),
        sa.Column("last_pull_at", sa.BigInteger(), nullable=True),
        sa.Column("last_sweep_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "stream", name=op.f("pk_cursor")),
    )
    op.create_table(
        "deadline",
        sa.Column("registration_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "kind", "due_at", name=op.f("pk_deadline")),
    )
    op.create_index("ix_deadline_due", "deadline", ["due_at", "registration_id", "kind"], unique=False)
    op.create_table(
        "dirty",
        sa.Column("ref", KEY, nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("priority_at", sa.BigInteger(), nullable=False),
        sa.Column("marked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_dirty")),
    )
    op.create_index("ix_dirty_priority", "dirty", ["priority_at", "ref"], unique=False)
    op.create_table(
        "entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("registration_id", KEY, nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_entry")),
    )
    op.create_index("ix_entry_registration", "entry", ["registration_id", "seq"], unique=False)
    op.create_index(
        "ix_entry_objected",
        "entry",
        ["registration_id", "seq"],
        unique=False,
        sqlite_where=sa.text("type = 'objected'"),
        postgresql_where=sa.text("type = 'objected'"),
    )
    op.create_table(
        "event",
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("registration_id", KEY, nullable=True),
        sa.Column("ref", KEY, nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event")),
    )
    op.create_index(
        "ix_event_ref",
        "event",
        ["ref", "event_id"],
        unique=False,
        sqlite_where=sa.text("ref IS NOT NULL"),
        postgresql_where=sa.text("ref IS NOT NULL"),
    )
    op.create_index(
        "ix_event_registration",
        "event",
        ["registration_id", "event_id"],
        unique=False,
        sqlite_where=sa.text("registration_id IS NOT NULL"),
        postgresql_where=sa.text("registration_id IS NOT NULL"),
    )
    op.create_table(
        "intent",
        sa.Column("intent_id", NUMBER, nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", KEY, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("prior", sa.Text(), nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("intent_id", name=op.f("pk_intent")),
        sa.UniqueConstraint("link_id", "rev", name=op.f("uq_intent_link_id")),
    )
    op.create_index(
        "ix_intent_open",
        "intent",
        ["link_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('planned', 'sent', 'verify')"),
        postgresql_where=sa.text("state IN ('planned', 'sent', 'verify')"),
    )
    op.create_index("ix_intent_registration", "intent", ["registration_id", "intent_id"], unique=False)
    op.create_index(
        "ix_intent_state",
        "intent",
        ["connection", "state", "intent_id"],
        unique=False,
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "lease",
        sa.Column("name", KEY, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "link",
        sa.Column("link_id", NUMBER, nullable=False),
        sa.Column("registration_id", KEY, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("acked_rev", sa.BigInteger(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("is_frozen", sa.Boolean(), nullable=False),
        sa.Column("is_due", sa.Boolean(), nullable=False),
        sa.Column("held", sa.Text(), nullable=True),
        sa.Column("drift_rounds", sa.BigInteger(), nullable=False),
        sa.Column("drift_day", sa.Text(), nullable=True),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_link")),
        sa.UniqueConstraint("registration_id", "ref", name=op.f("uq_link_registration_id")),
    )
    op.create_index(
        "ix_link_due",
        "link",
        ["connection", "link_id"],
        unique=False,
        sqlite_where=sa.text("is_due"),
        postgresql_where=sa.text("is_due"),
    )
    op.create_index("ix_link_ref", "link", ["ref"], unique=False)
    op.create_index("ix_link_connection", "link", ["connection", "is_gone", "acked_rev"], unique=False)
    op.create_table(
        "match_key",
        sa.Column("key", KEY, nullable=False),
        sa.Column("stream", KEY, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", "stream", "ref", name=op.f("pk_match_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "match_verdict",
        sa.Column("one", KEY, nullable=False),
        sa.Column("other", KEY, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one", "other", name=op.f("pk_match_verdict")),
    )
    op.create_index("ix_match_verdict_other", "match_verdict", ["other"], unique=False)
    op.create_table(
        "observation",
        sa.Column("observation_id", NUMBER, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", KEY, nullable=False),
        sa.Column("modified_by", sa.Text(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=True),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("observation_id", name=op.f("pk_observation")),
        sa.UniqueConstraint("ref", "modified_at", "content_hash", name=op.f("uq_observation_ref")),
    )
    op.create_table(
        "person",
        sa.Column("address", KEY, nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_person")),
    )
    op.create_table(
        "policy",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=True),
        sa.Column("activated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_policy")),
    )
    op.create_table(
        "quarantine",
        sa.Column("ref", KEY, nullable=False),
        sa.Column("stream", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "rate",
        sa.Column("source", KEY, nullable=False),
        sa.Column("base", KEY, nullable=False),
        sa.Column("currency", KEY, nullable=False),
        sa.Column("day", KEY, nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "base", "currency", "day", "told_at", name=op.f("pk_rate")),
    )
    op.create_table(
        "registration",
        sa.Column("registration_id", KEY, nullable=False),
        sa.Column("claim_ref", KEY, nullable=False),
        sa.Column("partner_id", KEY, nullable=True),
        sa.Column("deal_key", KEY, nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("priority_at", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("window_start", sa.BigInteger(), nullable=True),
        sa.Column("window_end", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("holding_ends_at", sa.BigInteger(), nullable=True),
        sa.Column("status_since", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("is_adopted", sa.Boolean(), nullable=False),
        sa.Column("flag_count", sa.BigInteger(), nullable=False),
        sa.Column("has_conflict", sa.Boolean(), nullable=False),
        sa.Column("extension_count", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=True),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("rewards", sa.Text(), nullable=False),
        sa.Column("memory", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_registration")),
        sa.UniqueConstraint("claim_ref", name=op.f("uq_registration_claim_ref")),
    )
    op.create_index("ix_registration_deal_key", "registration", ["deal_key"], unique=False)
    op.create_index("ix_registration_partner", "registration", ["partner_id", "submitted_at"], unique=False)
    op.create_index(
        "ix_registration_live_key",
        "registration",
        ["deal_key"],
        unique=True,
        sqlite_where=sa.text("exclusive AND status IN ('registered', 'suspended')"),
        postgresql_where=sa.text("exclusive AND status IN ('registered', 'suspended')"),
    )
    op.create_index("ix_registration_status", "registration", ["status", "registration_id"], unique=False)
    op.create_table(
        "run",
        sa.Column("run_id", NUMBER, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_connection", "run", ["connection", "run_id"], unique=False)
    op.create_table(
        "source",
        sa.Column("connection", KEY, nullable=False),
        sa.Column("stream", KEY, nullable=False),
        sa.Column("object_name", KEY, nullable=False),
        sa.PrimaryKeyConstraint("connection", "stream", "object_name", name=op.f("pk_source")),
    )
    op.create_table(
        "snapshot",
        sa.Column("snapshot_id", NUMBER, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("stream", KEY, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_by", sa.Text(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=True),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("company_id", KEY, nullable=True),
        sa.Column("lookup", KEY, nullable=True),
        sa.Column("match_keys", sa.Text(), nullable=True),
        sa.Column("aliases", sa.Text(), nullable=True),
        sa.Column("facts_hash", sa.Text(), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_snapshot")),
    )
    op.create_index(
        "ix_snapshot_company",
        "snapshot",
        ["company_id"],
        unique=False,
        sqlite_where=sa.text("company_id IS NOT NULL"),
        postgresql_where=sa.text("company_id IS NOT NULL"),
    )
    op.create_index(
        "ix_snapshot_lookup",
        "snapshot",
        ["lookup"],
        unique=False,
        sqlite_where=sa.text("lookup IS NOT NULL"),
        postgresql_where=sa.text("lookup IS NOT NULL"),
    )
    op.create_index(
        "ix_snapshot_merged",
        "snapshot",
        ["merged_into"],
        unique=False,
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index("ix_snapshot_ref", "snapshot", ["ref"], unique=True)
    op.create_table(
        "tree",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_tree")),
    )
    op.create_table(
        "unregistered",
        sa.Column("ref", KEY, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", KEY, nullable=True),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_unregistered")),
    )
    op.create_index(
        "ix_unregistered_due",
        "unregistered",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )

    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_TRIGGERS if is_sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(statement)

"""The tables. Migrations create them; this is what the code selects from and a test compares with the migrated database.

Every CRM row is named by `ref`, "connection/object/record id", in byte order ("C") in both databases, so that one index
serves lookup, prefix ranges and stable order. Instants are whole microseconds, values canonical JSON (ledger/codec.py).
Nothing here holds a secret. Personal data stands in `snapshot`, `observation` and `person`, never in the chain.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text, UniqueConstraint, text

from ledger.codec import Instant, Json

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)

# Keys compare byte by byte in PostgreSQL too, whatever the database's language: the same order and ranges everywhere.
Key: Final = Text().with_variant(Text(collation="C"), "postgresql")
Number: Final = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER numbers itself in SQLite

LIVE: Final = "exclusive AND status IN ('registered', 'suspended')"
OPEN_INTENT: Final = "state IN ('planned', 'sent', 'verify')"


def _table(name: str, *items: Column[Any] | Index | UniqueConstraint, **options: Any) -> Table:
    return Table(name, metadata, *items, **options)


connection = _table(
    "connection",
    Column("name", Key, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("account_id", Text),
    Column("writes_done", BigInteger, nullable=False),
    Column("state_since", Instant, nullable=False),
    Column("mapping", Json),  # fingerprints of the mapping last worked with, by stream
)

lease = _table(
    "lease",
    Column("name", Key, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

counter = _table(
    "counter",
    Column("name", Key, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

cursor = _table(
    "cursor",
    Column("connection", Key, primary_key=True),
    Column("stream", Key, primary_key=True),
    Column("cursor", Text),
    Column("covered_until", Instant),
    Column("is_backfilled", Boolean, nullable=False),
    Column("last_pull_at", Instant),
    Column("last_sweep_at", Instant),
)

# The newest accepted version of each row, which is also its newest observation: a backfill writes every row once.
# company_id: the customer a row hangs on, a company's parent. lookup: what else a row is found by (e-mail of a user,
# partner code of a company, cross-reference of an opportunity). aliases: names and domains that a company had before.
snapshot = _table(
    "snapshot",
    Column("snapshot_id", Number, primary_key=True),
    Column("ref", Key, nullable=False),
    Column("stream", Key, nullable=False),
    Column("created_at", Instant),
    Column("modified_at", Instant, nullable=False),
    Column("modified_by", Text),
    Column("rev", BigInteger),
    Column("is_gone", Boolean, nullable=False),
    Column("merged_into", Text),
    Column("company_id", Key),
    Column("lookup", Key),
    Column("match_keys", Text),
    Column("aliases", Text),
    Column("facts_hash", Text, nullable=False),
    Column("values", Text, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("ix_snapshot_ref", "ref", unique=True),
    Index(
        "ix_snapshot_company",
        "company_id",
        sqlite_where=text("company_id IS NOT NULL"),
        postgresql_where=text("company_id IS NOT NULL"),
    ),
    Index(
        "ix_snapshot_lookup",
        "lookup",
        sqlite_where=text("lookup IS NOT NULL"),
        postgresql_where=text("lookup IS NOT NULL"),
    ),
    Index(
        "ix_snapshot_merged",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
)

# Versions that a newer one has replaced, pruned to the last few of each row.
observation = _table(
    "observation",
    Column("observation_id", Number, primary_key=True),
    Column("ref", Key, nullable=False),
    Column("modified_at", Instant, nullable=False),
    Column("content_hash", Key, nullable=False),
    Column("modified_by", Text),
    Column("rev", BigInteger),
    Column("is_gone", Boolean, nullable=False),
    Column("values", Text, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("seen_at", Instant, nullable=False),
    UniqueConstraint("ref", "modified_at", "content_hash"),
)

# The index of blocking keys. holder: at a domain or a telephone number, the name that the row gives its customer: many
# names make it a shared one. The keys of a company's former names and domains stay.
match_key = _table(
    "match_key",
    Column("key", Key, primary_key=True),
    Column("stream", Key, primary_key=True),
    Column("ref", Key, primary_key=True),
    Column("holder", Text),
    sqlite_with_rowid=False,
)

# What reviewers said of two records, in order of reference: a projection of the entries.
match_verdict = _table(
    "match_verdict",
    Column("one", Key, primary_key=True),
    Column("other", Key, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index("ix_match_verdict_other", "other"),
)

# Which CRM objects a stream's rows come from: the ranges of `ref` that hold it.
source = _table(
    "source",
    Column("connection", Key, primary_key=True),
    Column("stream", Key, primary_key=True),
    Column("object_name", Key, primary_key=True),
)

dirty = _table(
    "dirty",
    Column("ref", Key, primary_key=True),
    Column("mark", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("priority_at", Instant, nullable=False),
    Column("marked_at", Instant, nullable=False),
    Index("ix_dirty_priority", "priority_at", "ref"),
)

entry = _table(
    "entry",
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("registration_id", Key),
    Column("type", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("policy_hash", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_entry_registration", "registration_id", "seq"),
    Index(
        "ix_entry_objected",
        "registration_id",
        "seq",
        sqlite_where=text("type = 'objected'"),
        postgresql_where=text("type = 'objected'"),
    ),
)

# Roots over full blocks of entries (ledger/tree.py).
tree = _table(
    "tree",
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
)

# Whose pseudonym is whose (ledger/people.py): the one place that tells, and its rows can be erased.
person = _table(
    "person",
    Column("address", Key, primary_key=True),
    Column("pseudonym", Text, nullable=False),
    Column("salt", Text, nullable=False),
)

# Projections of the entries: registration, deadline, conflict, policy.
registration = _table(
    "registration",
    Column("registration_id", Key, primary_key=True),
    Column("claim_ref", Key, nullable=False),
    Column("partner_id", Key),
    Column("deal_key", Key, nullable=False),
    Column("customer_name", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("status", Key, nullable=False),
    Column("reason", Text, nullable=False),
    Column("exclusive", Boolean, nullable=False),
    Column("priority_at", Instant, nullable=False),
    Column("submitted_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("window_start", Instant),
    Column("window_end", Instant),
    Column("amount", Text),
    Column("currency", Text),
    Column("policy_hash", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("holding_ends_at", Instant),
    Column("status_since", Instant),
    Column("ended_at", Instant),
    Column("is_adopted", Boolean, nullable=False),
    Column("flag_count", BigInteger, nullable=False),
    Column("has_conflict", Boolean, nullable=False),
    Column("extension_count", BigInteger, nullable=False),
    Column("missing", Text),  # canonical names of what a returned claim lacks
    Column("programme", Text, nullable=False),
    Column("kind", Text),
    Column("rank", BigInteger, nullable=False),
    Column("rewards", Json, nullable=False),
    Column("memory", Json, nullable=False),
    UniqueConstraint("claim_ref"),
    Index("ix_registration_live_key", "deal_key", unique=True, sqlite_where=text(LIVE), postgresql_where=text(LIVE)),
    Index("ix_registration_deal_key", "deal_key"),
    Index("ix_registration_partner", "partner_id", "submitted_at"),
    Index("ix_registration_status", "status", "registration_id"),
)

deadline = _table(
    "deadline",
    Column("registration_id", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("due_at", Instant, primary_key=True),
    Index("ix_deadline_due", "due_at", "registration_id", "kind"),
)

conflict = _table(
    "conflict",
    Column("registration_id", Key, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("data", Json, nullable=False),
)

policy = _table(
    "policy",
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("effective_from", Instant),  # empty: from ever
    Column("activated_at", Instant, nullable=False),
)

# Day in ISO form; 0001-01-01 holds always.
rate = _table(
    "rate",
    Column("source", Key, primary_key=True),
    Column("base", Key, primary_key=True),
    Column("currency", Key, primary_key=True),
    Column("day", Key, primary_key=True),
    Column("told_at", Instant, primary_key=True),
    Column("value", Text, nullable=False),
)

# Opportunities that name a partner and have no registration, until they get one or no longer matter.
# due_at: when the policy is asked about it; empty once it has been.
unregistered = _table(
    "unregistered",
    Column("ref", Key, primary_key=True),
    Column("due_at", Instant),
    Column("found_at", Instant, nullable=False),
    Column("outcome", Key),
    Index(
        "ix_unregistered_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)

link = _table(
    "link",
    Column("link_id", Number, primary_key=True),
    Column("registration_id", Key, nullable=False),
    Column("connection", Key, nullable=False),
    Column("ref", Key, nullable=False),
    Column("stream", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("base", Json, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("acked_rev", BigInteger, nullable=False),
    Column("is_gone", Boolean, nullable=False),
    Column("is_frozen", Boolean, nullable=False),
    Column("is_due", Boolean, nullable=False),
    Column("held", Text),
    Column("drift_rounds", BigInteger, nullable=False),
    Column("drift_day", Text),
    Column("retry_at", Instant),
    Column("linked_at", Instant, nullable=False),
    UniqueConstraint("registration_id", "ref"),
    Index("ix_link_ref", "ref"),
    Index("ix_link_connection", "connection", "is_gone", "acked_rev"),
    Index("ix_link_due", "connection", "link_id", sqlite_where=text("is_due"), postgresql_where=text("is_due")),
)

intent = _table(
    "intent",
    Column("intent_id", Number, primary_key=True),
    Column("link_id", BigInteger, nullable=False),
    Column("registration_id", Key, nullable=False),
    Column("connection", Key, nullable=False),
    Column("ref", Key, nullable=False),
    Column("stream", Text, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("values", Json, nullable=False),
    Column("prior", Json, nullable=False),
    Column("state", Key, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("deadline_at", Instant),
    Column("settled_at", Instant),
    Column("error_code", Text),
    Column("error_message", Text),
    UniqueConstraint("link_id", "rev"),
    Index("ix_intent_open", "link_id", unique=True, sqlite_where=text(OPEN_INTENT), postgresql_where=text(OPEN_INTENT)),
    Index(
        "ix_intent_state",
        "connection",
        "state",
        "intent_id",
        sqlite_where=text("state <> 'done'"),
        postgresql_where=text("state <> 'done'"),
    ),
    Index("ix_intent_registration", "registration_id", "intent_id"),
)

quarantine = _table(
    "quarantine",
    Column("ref", Key, primary_key=True),
    Column("stream", Text),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("field", Text),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", BigInteger, nullable=False),
)

run = _table(
    "run",
    Column("run_id", Number, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("verdict", Text),
    Column("counts", Json, nullable=False),
    Column("error", Text),
    Index("ix_run_connection", "connection", "run_id"),
)

call = _table(
    "call",
    Column("call_id", Number, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("status", BigInteger),
    Column("rows", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("elapsed_ms", BigInteger, nullable=False),
    Column("code", Text),
    Column("correlation_id", Text),
    Index("ix_call_at", "connection", "at"),
)

event = _table(
    "event",
    Column("event_id", Number, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("run_id", BigInteger),
    Column("event", Text, nullable=False),
    Column("registration_id", Key),
    Column("ref", Key),
    Column("data", Json, nullable=False),
    Index(
        "ix_event_registration",
        "registration_id",
        "event_id",
        sqlite_where=text("registration_id IS NOT NULL"),
        postgresql_where=text("registration_id IS NOT NULL"),
    ),
    Index(
        "ix_event_ref",
        "ref",
        "event_id",
        sqlite_where=text("ref IS NOT NULL"),
        postgresql_where=text("ref IS NOT NULL"),
    ),
)

"""What the ledger's tables hold, as values: the shapes that sync/ and console/ exchange with the store.

Column for column these follow ledger/tables.py. Instants are aware UTC; canonical values are those of rules/fields.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rules.fields import Stream, Values
from rules.records import CrmRef


class LinkRole(StrEnum):
    SUBMISSION = "submission"  # the row the claim came from
    OPPORTUNITY = "opportunity"  # a deal that is the registration's own


class IntentState(StrEnum):
    PLANNED = "planned"
    SENT = "sent"  # committed before the call; its outcome is unknown until resolved
    VERIFY = "verify"  # the CRM said applied; waits to be seen in the CRM
    DONE = "done"
    FAILED = "failed"  # certainly not applied; planned anew while still wanted
    DEAD = "dead"  # given up after the last retry; waits for a person (dead letter)


class Verdict(StrEnum):
    """How a pass over one connection ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"  # some rows were quarantined or some pushes failed
    FAILED = "failed"
    BRAKED = "braked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRow:
    """One pulled row on its way into the ledger.

    facts_hash: over the canonical values that the ledger does not own; owned: the ledger-owned values as the CRM holds
    them; match_keys: blocking keys (rules/matching) for submissions and companies, else empty; holder: the customer's name
    in comparable form; company_id: the customer row this row hangs on (opportunities, submissions), in the same connection.
    """

    ref: CrmRef
    stream: Stream
    created_at: datetime | None
    modified_at: datetime
    modified_by: str | None
    rev: int | None
    is_deleted: bool
    merged_into: str | None
    values: Values
    facts_hash: str
    company_id: str | None = None
    match_keys: tuple[str, ...] = ()
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """What a company was called before, and the domain that it had then."""

    name: str | None
    domain: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The newest accepted version of one CRM row."""

    ref: CrmRef
    stream: Stream
    created_at: datetime | None
    modified_at: datetime
    modified_by: str | None
    rev: int | None
    is_gone: bool
    merged_into: str | None
    values: Values
    first_seen_at: datetime
    seen_at: datetime
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A row that is new or changed, with what changed; `before` is the version it replaces.

    rev_regressed: the row shows an older witness number than a write of ours that was applied: a late or overwritten write.
    """

    ref: CrmRef
    stream: Stream
    is_new: bool
    facts_changed: bool
    owned_changed: bool
    gone_changed: bool
    before: Snapshot | None
    rev_regressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeCounts:
    """One page's rows by what became of them; `seen` is the sum of the others."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    echo: int = 0
    quarantined: int = 0

    @property
    def seen(self) -> int:
        return self.new + self.changed + self.unchanged + self.stale + self.echo + self.quarantined

    def __add__(self, other: IntakeCounts) -> IntakeCounts:
        return IntakeCounts(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            stale=self.stale + other.stale,
            echo=self.echo + other.echo,
            quarantined=self.quarantined + other.quarantined,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What became of one page: the counts, and the rows that are new or changed, in the page's order."""

    counts: IntakeCounts
    accepted: tuple[Accepted, ...] = ()


class ConnectionState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"  # a person said so
    BLOCKED = "blocked"  # the CRM refuses us until a person acts


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRow:
    """What is known of one connection. writes_done: in all its life, for the cap on a new connection's first writes."""

    name: str
    kind: str
    state: ConnectionState
    reason: str | None
    account_id: str | None
    writes_done: int
    state_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRow:
    name: str
    holder: str
    epoch: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorRow:
    """Where the next pull of one stream starts, and what has been read for certain.

    covered_until: every change before it (CRM time) is in the ledger. is_backfilled: the first full read has ended.
    """

    connection: str
    stream: Stream
    cursor: str | None
    covered_until: datetime | None
    is_backfilled: bool
    last_pull_at: datetime | None
    last_sweep_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirtyClaim:
    """A submission to decide anew. mark: which marking; clearing names it, so that a later marking is not lost."""

    ref: CrmRef
    registration_id: str | None
    priority_at: datetime
    mark: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The tie between one registration and one CRM row.

    base: the ledger-owned values both sides are last known to have agreed on (CRM vocabulary), None for a field never
    agreed. rev: the last witness number handed out; acked_rev: the last one known to be applied. drift_rounds: how often
    today a ledger-owned value was changed by others; frozen: no longer fought, a dispute is open. held: why a difference
    is not written at present (rules/locks.py); the record, the registration or the mapping has it looked at again.
    """

    link_id: int
    registration_id: str
    ref: CrmRef
    stream: Stream
    role: LinkRole
    base: Values
    rev: int
    acked_rev: int
    is_gone: bool
    is_frozen: bool
    is_due: bool  # to be planned: registration or record changed since the last plan
    drift_rounds: int
    drift_day: str | None
    retry_at: datetime | None
    held: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One planned write and its fate. values are canonical, in the CRM's vocabulary; prior is the base at planning."""

    intent_id: int
    link_id: int
    registration_id: str
    ref: CrmRef
    stream: Stream
    rev: int
    values: Values
    prior: Values
    state: IntentState
    attempts: int
    planned_at: datetime
    sent_at: datetime | None
    deadline_at: datetime | None
    error_code: str | None
    error_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIntent:
    """A write about to be planned. attempts: how often writes to this link have failed in a row before it."""

    link_id: int
    registration_id: str
    ref: CrmRef
    stream: Stream
    rev: int
    values: Values
    prior: Values
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the append-only chain.

    type: snake_case name (ledger/entry_types.py). data: canonical JSON without personal data. actor: "rule", "clock",
    "person:<id>", "crm:<connection>". hash covers everything here and prev_hash.
    """

    seq: int
    registration_id: str | None
    type: str
    at: datetime
    actor: str
    policy_hash: str
    data: Mapping[str, Any]
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    registration_id: str | None
    type: str
    at: datetime
    actor: str
    policy_hash: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A due time of one registration, found by index. kind: holding_over, answer_due, warning, window_end ..."""

    registration_id: str
    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    ref: CrmRef
    stream: Stream | None
    code: str
    message: str
    field: str | None
    first_at: datetime
    last_at: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One pass over one connection, as closed. counts adds up: pull.<stream>.seen = new + changed + ... ."""

    run_id: int
    connection: str
    started_at: datetime
    finished_at: datetime | None
    verdict: Verdict | None
    counts: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One line of the sync log that support reads (style guide §5)."""

    event_id: int
    at: datetime
    run_id: int | None
    event: str
    registration_id: str | None
    ref: CrmRef | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A dispute within one registration, opened and closed by entries."""

    registration_id: str
    key: str
    opened_at: datetime
    closed_at: datetime | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """One activation of a policy. seq: its entry. text: the file as it was written. effective_from None: from ever."""

    seq: int
    hash: str
    name: str
    version: str
    text: str
    effective_from: datetime | None
    activated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnregisteredRow:
    """An opportunity that names a partner without a registration. due_at: when it is looked at next. outcome: the last."""

    ref: CrmRef
    due_at: datetime | None
    found_at: datetime
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """One exchange rate as it was told: units of base for one unit of currency, from that day on."""

    source: str
    base: str
    currency: str
    day: date
    told_at: datetime
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What `verify` found: broken chain positions, entries that do not hash, projection rows that differ from a replay."""

    entries: int
    head_hash: str
    problems: Sequence[str]

    @property
    def is_intact(self) -> bool:
        return not self.problems

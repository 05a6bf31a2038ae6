"""The connector port: what sync/ asks of a CRM and what it gets back.

A connector pulls pages of raw rows, reads rows fresh by id or by our external id, delivers batched writes with a result
per row, and tells its limits. It owns transport, paging, rate and retry of reads; it never decides anything about deals
and keeps no state that a restart would miss: cursors are handed in and out as opaque text.

Every method raises only the errors of rules/errors.py: TransientError (try again later), PermanentError (a person must
act), InvariantError (our bug). RecordError is never raised here for a single row of a batch: it stands in that row's
Delivery, or in `Page.unreadable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from rules.errors import DealError, RecordError
from rules.fields import Stream, Values
from rules.money import Rates
from rules.records import CrmRef


class Clock(Protocol):
    """The one source of time: the system's in production, the sandbox's in the demo and in tests."""

    def now(self) -> datetime:
        """Return the current instant, aware, UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait; a simulated clock just moves on."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for rate buckets and elapsed times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One CRM row, read and translated: the envelope plus canonical values (rules/fields.py).

    modified_at: the CRM's own stamp that the incremental pull runs on. rev: our write witness as the row holds it.
    is_deleted: in the bin or archived. merged_into: surviving record's id where the CRM tells.
    """

    ref: CrmRef
    stream: Stream
    created_at: datetime | None
    modified_at: datetime
    values: Values
    modified_by: str | None = None
    rev: int | None = None
    is_deleted: bool = False
    merged_into: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of an incremental pull or a backfill.

    next: the cursor to hand in for the following page, or, when is_last, for the next pass. Store it only in the
    transaction that stores the rows. covered_until: set on the last page only; every change whose CRM time lies before
    it has been delivered by now, look-back for late commits and index lag already subtracted.
    """

    rows: Sequence[Row]
    unreadable: Sequence[RecordError] = ()
    next: str
    is_last: bool
    covered_until: datetime | None = None
    expected_rows: int | None = None  # total where the CRM tells, for progress


class WriteKind(StrEnum):
    UPDATE = "update"  # by record id, which is known
    CREATE = "create"  # upsert on our unique external id; only for records Registrar creates


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write of canonical values to one row.

    key: the caller's own name for it (the intent id); comes back in the Delivery and makes a repeated push the same
    push. values: only the fields to set; None clears. unmodified_since: refuse (STALE) when the record was modified
    later, where the CRM can tell (Salesforce); ignored elsewhere.
    """

    key: str
    kind: WriteKind
    stream: Stream
    record_id: str | None  # None only for CREATE
    external_id: str | None
    values: Values
    unmodified_since: datetime | None = None
    group: str | None = None  # rows with one parent go together, against row locks


class Outcome(StrEnum):
    APPLIED = "applied"
    REFUSED = "refused"  # certainly not applied; error says why
    UNKNOWN = "unknown"  # may have been applied: read back before anything else


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one Write. record_id: the row written or created. error: why it was refused or is unknown."""

    key: str
    outcome: Outcome
    record_id: str | None = None
    created: bool = False
    error: DealError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of a field's history. value is canonical; by_us tells our own integration user or app."""

    record_id: str
    field: str
    value: str | None
    at: datetime
    by: str | None
    by_us: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Id and modification time only, for the key sweep."""

    record_id: str
    modified_at: datetime
    is_deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which CRM account answers: remembered at first contact, a changed one is refused."""

    account_id: str  # Salesforce: 15-character org id; HubSpot: portal id
    user_id: str | None
    time_zone: str | None = None
    is_sandbox: bool | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    has_conditional_write: bool
    has_history: bool
    tells_who_modified: bool
    write_batch: int
    read_batch: int
    page_rows: int
    has_rates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One API call as made, for the budget and the sync log."""

    connection: str
    purpose: str  # pull, sweep, read, push, verify, history, describe, login, check
    at: datetime
    status: int | None  # None: no answer
    rows: int
    cost: int  # in the CRM's own counting
    elapsed_ms: int
    code: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The daily allowance as last told by the CRM; None where it does not tell."""

    used: int | None
    total: int | None
    resets_at: datetime | None = None


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing `doctor` found. place: `salesforce.yaml:12:5` where a mapping line is to blame, else empty."""

    connection: str
    severity: Severity
    code: str  # fixed snake_case name, catalogued in docs/errors.md
    message: str
    advice: str
    place: str = ""


class Connector(Protocol):
    """One CRM account. Built once by daemon.build(); used by one thread at a time."""

    name: str
    kind: str

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def streams(self) -> Sequence[Stream]:
        """Return the mapped streams in the order to pull them: users, companies, partners, opportunities, submissions."""

    def identify(self) -> Identity:
        """Log in and return which account answers."""

    def check(self) -> Sequence[Finding]:
        """Return everything wrong with login, permissions, fields, types, picklists, unique ids and witness, all at once."""

    def pull(self, stream: Stream, cursor: str | None) -> Page:
        """Return the next page of changed rows; cursor None starts a backfill."""

    def read(self, stream: Stream, record_ids: Sequence[str], *, owned_only: bool = False) -> Mapping[str, Row | None]:
        """Return the rows fresh from the store (never from an index), by the id asked for; None: not there or not visible.

        A merged record answers with the survivor (row.ref.record_id differs from the id asked for). owned_only: what the
        ledger owns is enough; values that would cost further calls may be left out of the rows.
        """

    def read_by_external_id(self, stream: Stream, keys: Sequence[str]) -> Mapping[str, Row | None]:
        """Return the rows that hold these registration ids, fresh."""

    def push(self, writes: Sequence[Write]) -> Sequence[Delivery]:
        """Deliver the writes, batched; return one Delivery per Write, in the order of `writes`."""

    def history(self, stream: Stream, record_ids: Sequence[str], fields: Sequence[str]) -> Sequence[Change]:
        """Return recent values of these canonical fields, newest first per record and field; empty where there is none."""

    def stamps(self, stream: Stream, cursor: str | None) -> tuple[Iterable[Stamp], str | None]:
        """Return one page of the complete enumeration of a stream and the cursor of the next, None after the last."""

    def count(self, stream: Stream) -> int | None:
        """Return how many live rows the stream has, where one call can tell."""

    def rates(self, since: date | None) -> Rates | None:
        """Return the CRM's exchange rates to its own currency; None where it keeps none. Asked for where `has_rates`.

        since: rates of earlier days are not wanted; None: all of them.
        """

    def server_time(self) -> datetime | None:
        """Return the CRM's clock as told by its last answer."""

    def limits(self) -> Limits: ...

    def take_calls(self) -> Sequence[CallRecord]:
        """Return the calls made since the last take, and forget them."""

    def take_findings(self) -> Sequence[Finding]:
        """Return what was noticed while running since the last take (a field that was hidden, a bulk job given up)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """What a connector needs to be built, validated by config/.

    options: the kind's own settings (api_version, paths, lookback_minutes, bulk_threshold_rows, timeouts ...).
    secrets: resolved values by name; never logged, never in repr.
    """

    name: str
    kind: str
    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

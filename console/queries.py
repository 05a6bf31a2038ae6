"""How things stand, for people: what is fresh, what waits and for whom. Reads in one transaction, returns plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, exists, func, or_, select, text

from config.settings import ConnectionConfig
from ledger import (
    conflicts,
    connections,
    cursors,
    dirty,
    history,
    intents,
    leases,
    links,
    lookups,
    policies,
    quarantine,
    registrations,
)
from ledger import runs as run_table
from ledger.engine import Tx
from ledger.entry_types import DECISIONS
from ledger.rows import Conflict, ConnectionState, CursorRow, Entry, Intent, Link, QuarantineRow, RunRow, Verdict
from ledger.tables import OPEN_INTENT, entry, intent, link, registration
from ledger.tables import quarantine as quarantine_rows
from rules.locks import is_refusal
from rules.records import OPEN, Registration, Status
from rules.wording import ENGLISH, Words
from sync.concerns import UNKNOWN

STALE_AFTER_INTERVALS: Final = 3  # a connection without a complete pull for so long is not healthy
INFORMATIVE: Final = frozenset({"window_ends_soon"})  # goes on by itself
UNKNOWN_MIN: Final = 3  # rows of another ledger that are no longer taken for a copy or two
SHOWN_MAX: Final = 20  # of each list of things that wait; the counts are always complete
DAY: Final = timedelta(days=1)
_DECISIONS_READ_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamView:
    """How far one stream has been read."""

    stream: str
    is_backfilled: bool
    covered_until: datetime | None
    last_pull_at: datetime | None
    last_sweep_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """One connection. is_fresh: read completely within three of its idle intervals. unknown: told of a wrong ledger.

    open_writes: records that wait to be written: they differ from the ledger as far as is known, or a write is under way.
    """

    name: str
    kind: str
    state: str
    reason: str | None
    account_id: str | None
    is_fresh: bool
    covered_until: datetime | None
    last_run: RunRow | None
    streams: Sequence[StreamView]
    quarantined: int
    dead_letters: int
    open_writes: int
    calls_day: int
    cost_day: int
    cost_by_purpose: Mapping[str, int] = field(default_factory=dict)
    unknown: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitView:
    """Why one registration goes no further for now. advice: what to do; empty where time does it."""

    registration_id: str
    customer_name: str
    status: str
    reason: str
    detail: str
    until: datetime | None
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagView:
    """What a person should look at in one registration, whose status stays as it is meanwhile. advice: what to do."""

    registration_id: str
    customer_name: str
    status: str
    code: str
    detail: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    ledger: str
    entries: int
    head_hash: str
    policy: str | None
    connections: Sequence[ConnectionView]
    registrations: Mapping[str, int]
    undecided: int
    waits: Sequence[WaitView]
    in_review: Sequence[Registration]
    flags: Sequence[FlagView]
    flagged: int
    frozen: Sequence[Link]
    held: Sequence[Link]
    conflicts: Sequence[Conflict]
    quarantine: Sequence[QuarantineRow]
    dead_letters: Sequence[Intent]
    lease_holder: Mapping[str, str]

    @property
    def needs_a_person(self) -> bool:
        """Tell whether something does not go on by itself."""
        is_flagged = any(each.code not in INFORMATIVE for each in self.flags)
        return (
            is_flagged
            or bool(self.dead_letters or self.quarantine or self.conflicts or self.frozen)
            or any(is_refusal(each.held or "") for each in self.held)
            or any(
                not each.is_fresh
                or each.state == ConnectionState.BLOCKED
                or (each.last_run is not None and each.last_run.verdict in (Verdict.FAILED, Verdict.BRAKED))
                for each in self.connections
            )
        )


def status_of(
    tx: Tx, configs: Sequence[ConnectionConfig], *, ledger: str, now: datetime, words: Words = ENGLISH
) -> StatusView:
    """Return what `status` shows. words: as the policy in force completes them."""
    head_seq, head_hash = history.head(tx)
    active = policies.active(tx)
    return StatusView(
        ledger=ledger,
        entries=head_seq,
        head_hash=head_hash,
        policy=f"{active.version} ({active.hash[:12]})" if active is not None else None,
        connections=[_connection(tx, each, now) for each in configs],
        registrations={str(status): count for status, count in registrations.counts_by_status(tx).items()},
        undecided=dirty.count(tx),
        waits=waits_of(tx, limit=SHOWN_MAX, words=words),
        in_review=registrations.listing(tx, status=Status.IN_REVIEW, limit=SHOWN_MAX),
        flags=flags_of(tx, limit=SHOWN_MAX, words=words),
        flagged=registrations.count_flagged(tx),
        frozen=links.frozen(tx, limit=SHOWN_MAX),
        held=links.held(tx, limit=SHOWN_MAX),
        conflicts=conflicts.open_(tx, limit=SHOWN_MAX),
        quarantine=quarantine.listing(tx, limit=SHOWN_MAX),
        dead_letters=intents.dead(tx)[:SHOWN_MAX],
        lease_holder=_holders(tx, configs, now),
    )


def waits_of(tx: Tx, *, limit: int, words: Words = ENGLISH) -> list[WaitView]:
    """Return what open registrations wait for, as their latest decision says, the oldest claim first."""
    latest = (
        select(func.max(entry.c.seq).label("seq"))
        .where(entry.c.type.in_(sorted(DECISIONS)), entry.c.registration_id.is_not(None))
        .join(registration, registration.c.registration_id == entry.c.registration_id)
        .where(registration.c.status.in_(sorted(OPEN)))
        .group_by(entry.c.registration_id)
        .order_by("seq")
        .limit(_DECISIONS_READ_MAX)
    )
    rows = tx.execute(select(entry).where(entry.c.seq.in_(latest)).order_by(entry.c.seq))
    decided = [history.entry_of(row) for row in rows]
    known = registrations.get_many(tx, [each.registration_id for each in decided if each.registration_id])
    found = [wait for each in decided for wait in _waits(each, known, words)]
    return found[:limit]


def flags_of(tx: Tx, *, limit: int, words: Words = ENGLISH) -> list[FlagView]:
    """Return what the latest decisions show to a person: disputes, unanswered proposals, answers overdue."""
    found = [
        FlagView(
            registration_id=each.registration_id,
            customer_name=each.customer_name,
            status=each.status,
            code=flag["code"],
            detail=flag["detail"],
            advice=words.advice(flag["code"]),
        )
        for each in registrations.flagged(tx, limit=_DECISIONS_READ_MAX)
        if (last := history.last_decision(tx, each.registration_id)) is not None
        for flag in last.data.get("flags", ())
    ]
    return sorted(found, key=lambda each: each.code in INFORMATIVE)[:limit]


def _waits(decided: Entry, known: Mapping[str, Registration], words: Words) -> list[WaitView]:
    holder = known[str(decided.registration_id)]
    return [
        WaitView(
            registration_id=holder.registration_id,
            customer_name=holder.customer_name,
            status=holder.status,
            reason=str(wait.get("reason", "")),
            detail=str(wait.get("detail", "")),
            until=_instant(wait.get("until")),
            advice=words.advice(str(wait.get("reason", ""))),
        )
        for wait in decided.data.get("waits", ())
    ]


def unknown_text(tx: Tx, connection: str) -> str | None:
    """Return what to tell when many rows carry registration ids that this ledger does not know, else None."""
    named = quarantine_rows.c.ref.like(f"{connection}/%")
    strange = tx.execute(
        select(func.count()).select_from(quarantine_rows).where(named, quarantine_rows.c.code == UNKNOWN)
    ).scalar_one()
    if strange < UNKNOWN_MIN:
        return None
    of = strange + lookups.written_links(tx, connection)
    return (
        f"{strange:,} of {of:,} rows carry ids that this ledger does not know. Is this the right ledger? If it was lost, "
        "stop, and restore its backup; if they are copies, empty the field."
    )


def _connection(tx: Tx, config: ConnectionConfig, now: datetime) -> ConnectionView:
    row = connections.get(tx, config.name)
    read = [each for each in cursors.all_(tx) if each.connection == config.name]
    calls = run_table.calls_since(tx, config.name, now - DAY)
    covered = _covered(config, read)
    return ConnectionView(
        name=config.name,
        kind=config.kind,
        state=str(row.state) if row is not None else "new",
        reason=row.reason if row is not None else None,
        account_id=row.account_id if row is not None else None,
        is_fresh=_is_fresh(config, read, now),
        covered_until=covered,
        last_run=run_table.last(tx, config.name),
        streams=[_stream(each) for each in read],
        quarantined=quarantine.count(tx, config.name),
        dead_letters=len(intents.dead(tx, config.name)),
        open_writes=_to_write(tx, config.name),
        calls_day=sum(count for count, _ in calls.values()),
        cost_day=sum(cost for _, cost in calls.values()),
        cost_by_purpose={purpose: cost for purpose, (_, cost) in calls.items()},
        unknown=unknown_text(tx, config.name),
    )


def _to_write(tx: Tx, connection: str) -> int:
    has_open = exists().where(intent.c.link_id == link.c.link_id, text(f"intent.{OPEN_INTENT}"))
    waits = and_(or_(link.c.is_due, link.c.held.is_not(None)), ~link.c.is_frozen)
    wanted = select(func.count()).where(link.c.connection == connection, ~link.c.is_gone, or_(waits, has_open))
    return tx.execute(wanted).scalar_one()


def _covered(config: ConnectionConfig, read: Sequence[CursorRow]) -> datetime | None:
    """Return the moment before which everything of this connection has been read; None: not all of it ever was."""
    moments = [each.covered_until for each in read if each.stream in config.mapping.streams]
    known = [moment for moment in moments if moment is not None]
    return min(known) if known and len(known) == len(config.mapping.streams) else None


def _is_fresh(config: ConnectionConfig, read: Sequence[CursorRow], now: datetime) -> bool:
    if config.is_paused:
        return True
    pulls = [each.last_pull_at for each in read if each.last_pull_at is not None]
    if not pulls:
        return False
    return now - min(pulls) <= timedelta(seconds=STALE_AFTER_INTERVALS * config.idle_interval_s)


def _stream(row: CursorRow) -> StreamView:
    return StreamView(
        stream=row.stream,
        is_backfilled=row.is_backfilled,
        covered_until=row.covered_until,
        last_pull_at=row.last_pull_at,
        last_sweep_at=row.last_sweep_at,
    )


def _holders(tx: Tx, configs: Sequence[ConnectionConfig], now: datetime) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in configs:
        lease = leases.get(tx, each.name)
        if lease is not None and lease.expires_at > now:
            found[each.name] = lease.holder
    return found


def _instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None

"""The engine: one pass over one connection, from the lease to the verdict.

    pull -> sweep -> resolve -> timers -> decide -> refresh -> plan -> brakes -> push -> verify -> close

Straight-line and synchronous: every call of a CRM, every transaction and every wait goes through the objects handed in, so a
simulator can wrap them. A pass never raises for a CRM's trouble; it ends with a verdict that says what happened. Nothing is
kept in memory that a restart would miss.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from config.settings import ConnectionConfig, SyncSettings
from connectors.port import Clock, Connector, Identity
from ledger import connections, dirty, leases, lookups, retention, runs, snapshots
from ledger import links as link_store
from ledger.engine import Ledger
from ledger.errors import LeaseLostError, LedgerError
from ledger.rows import ConnectionRow, ConnectionState, Verdict
from rules.errors import DealError, PermanentError, RetryClass, TransientError
from rules.fields import Stream
from rules.policy import Policy
from rules.wording import Words
from sync import commands, lease, restored, timers
from sync.brakes import brake_writes
from sync.budget import DAY, PAUSE, Budget
from sync.cases import is_claim
from sync.events import emit
from sync.lease import Lease
from sync.orders import Order, obey
from sync.passes import Pass, StoppedError, plain_words, remember
from sync.plan import LINKS_MAX, Draft, plan
from sync.policies import Shelf
from sync.pull import pull
from sync.push import push
from sync.rate_book import no_book, read_book
from sync.rates import RateFiles, ask_crm
from sync.reconcile import Reconciler
from sync.remap import follow_mapping
from sync.report import Held, PassReport, Plan, PlannedWrite, Skipped, Tally
from sync.resolve import refresh, resolve
from sync.shadow import Shadow
from sync.sweep import settle_pass_absentees, sweep
from sync.verdict import problems, report, verdict_of
from sync.verify import verify

RECONCILE: Final = "reconcile"  # the lease under which claims are decided, whichever connection's pass does it
PRUNE_EVERY: Final = 100  # passes
DIRTY_MAX: Final = 100_000  # claims whose status is looked at in one pass
BLOCKED_RETRY: Final = timedelta(minutes=30)  # a refused login is tried again that seldom: CRMs lock accounts


class Engine:
    """Runs passes. One per process; each connection's passes follow one another, different connections' may overlap.

    policy: decides while the ledger has none. shelf: the policies that the ledger has. rate_files: the exchange rates that
    policies name files of. shadow: a policy that decides beside and only tells. holder: who this daemon is in the leases.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        connectors: Mapping[str, Connector],
        connections: Mapping[str, ConnectionConfig],
        settings: SyncSettings,
        policy: Policy,
        shelf: Shelf,
        rate_files: RateFiles,
        clock: Clock,
        holder: str,
        shadow: Policy | None = None,
        words_of: Callable[[str], Words] = plain_words,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ledger = ledger
        self._connectors = connectors
        self._configs = connections
        self._settings = settings
        self._policy = policy
        self._shelf = shelf
        self._clock = clock
        self._holder = holder
        self._rate_files = rate_files
        self._book = no_book()
        self._shadow = Shadow(shadow) if shadow is not None else None
        self._words_of = words_of
        self._is_stopping = is_stopping
        self._identities: dict[str, Identity] = {}
        self._blocked_fields: dict[str, dict[Stream, set[str]]] = {}
        self._retry_at: dict[str, datetime] = {}
        self._deciding = threading.Lock()

    def tick(
        self, name: str, *, is_approved: bool = False, sweep_now: bool = False, is_readopting: bool = False
    ) -> PassReport:
        """Run one pass over one connection and return what it did.

        is_approved: a person lets this pass through the brakes. sweep_now: compare all keys in this pass. is_readopting: a
        person lets this pass take over what the CRMs show to be newer than a restored ledger; it does nothing else. Raises
        only what no pass can work with: a ledger that a person must mend, and our own bugs.
        """
        skipped = self._skip(name)
        if skipped is not None:
            return skipped
        held = lease.acquire(self._ledger, name, holder=self._holder, ttl_s=self._settings.lease_s, clock=self._clock)
        if held is None:
            with self._ledger.read() as tx:
                other = leases.get(tx, name)
            emit(
                "lease_held",
                crm=name,
                holder=other.holder if other is not None else None,
                until=other.expires_at.isoformat() if other is not None else None,
            )
            return PassReport(connection=name, verdict=None, skipped=Skipped.LEASE_HELD)
        emit("lease_acquired", crm=name, epoch=held.epoch)
        p = self._open(name, held, is_approved=is_approved)
        p.is_readopting = is_readopting
        try:
            return self._pass(p, sweep_now=sweep_now)
        finally:
            self._release(held)

    def plan(self, name: str | None = None) -> Plan:
        """Return what would be pushed: a pass without its push, for one connection or all."""
        writes: list[PlannedWrite] = []
        braked: dict[str, str] = {}
        reports: list[PassReport] = []
        held_back: list[Held] = []
        for each in sorted(self._connectors) if name is None else [name]:
            skipped = self._skip(each)
            held = (
                lease.acquire(self._ledger, each, holder=self._holder, ttl_s=self._settings.lease_s, clock=self._clock)
                if skipped is None
                else None
            )
            if held is None:
                reports.append(skipped or PassReport(connection=each, verdict=None, skipped=Skipped.LEASE_HELD))
                continue
            p = self._open(each, held, is_approved=False)
            drafts: list[Draft] = []
            try:
                reports.append(self._pass(p, drafts=drafts))
            finally:
                self._release(held)
            writes += [_shown(draft) for draft in drafts]
            if p.braked:
                braked[each] = p.braked[0]
            held_back += self._held(each)
        return Plan(writes=tuple(writes), held=tuple(held_back), braked=braked, reports=tuple(reports))

    def _held(self, name: str) -> list[Held]:
        """Return the writes of a connection that the remote records' states forbid at present."""
        with self._ledger.read() as tx:
            found = link_store.held(tx, name, limit=LINKS_MAX)
        return [Held(registration_id=each.registration_id, ref=each.ref, why=each.held or "") for each in found]

    def order(self, order: Order) -> bool:
        """Decide a registration with a person's word from the command line; no CRM is called.

        Return False while another daemon decides. The next pass of each connection pushes what comes of it.
        """
        held = lease.acquire(
            self._ledger, RECONCILE, holder=self._holder, ttl_s=self._settings.lease_s, clock=self._clock
        )
        if held is None:
            return False
        p = self._made(order.ref.connection, held, run_id=0)
        with self._ledger.read() as tx:
            p.book = read_book(tx, self._book)
        try:
            obey(p, order)
        finally:
            self._release(held)
        return True

    def _skip(self, name: str) -> PassReport | None:
        """Return why no pass is to be run now, None when one is."""
        config = self._configs[name]
        now = self._clock.now()
        with self._ledger.begin() as tx:
            row = connections.ensure(tx, name, config.kind, now=now)
            last = runs.last(tx, name)
        resume_at = _instant(last.counts.get("resume_at")) if last is not None else None
        if config.is_paused or row.state is ConnectionState.PAUSED:
            return PassReport(connection=name, verdict=None, skipped=Skipped.PAUSED, error=row.reason)
        if resume_at is not None and now < resume_at:
            error = last.error if last is not None else None
            return PassReport(
                connection=name, verdict=None, skipped=Skipped.EXHAUSTED, error=error, resume_at=resume_at
            )
        if row.state is ConnectionState.BLOCKED and now < self._retry_at.get(name, now):
            return PassReport(connection=name, verdict=None, skipped=Skipped.BLOCKED, error=row.reason)
        return None

    def _open(self, name: str, held: Lease, *, is_approved: bool) -> Pass:
        with self._ledger.begin() as tx:
            held.check(tx)
            run_id = runs.start(tx, name, now=self._clock.now())
        p = self._made(name, held, run_id=run_id, is_approved=is_approved)
        emit("pass_started", pass_id=p.pass_id, crm=name)
        return p

    def _made(self, name: str, held: Lease, *, run_id: int, is_approved: bool = False) -> Pass:
        """Return what the steps of a pass are handed. run_id 0: no pass, one decision only."""
        with self._ledger.read() as tx:
            policies = self._shelf.policies(tx, fallback=self._policy)
        return Pass(
            name=name,
            run_id=run_id,
            ledger=self._ledger,
            lease=held,
            connector=self._connectors[name],
            configs=self._configs,
            settings=self._settings,
            policies=policies,
            clock=self._clock,
            tally=Tally(),
            started_at=self._clock.now(),
            started_s=self._clock.monotonic(),
            is_stopping=self._is_stopping,
            is_approved=is_approved,
            blocked=self._blocked_fields.setdefault(name, {}),
            words_of=self._words_of,
        )

    def _pass(self, p: Pass, *, sweep_now: bool = False, drafts: list[Draft] | None = None) -> PassReport:
        """Run the steps and close the run. drafts: given for a plan only; the drafts go there instead of to the CRM."""
        error: DealError | None = None
        try:
            self._steps(p, sweep_now=sweep_now, drafts=drafts)
        except LeaseLostError as lost:
            emit("lease_lost", pass_id=p.pass_id, crm=p.name)
            return report(p, Verdict.FAILED, lost)  # nothing may be stored any more, not even the run
        except LedgerError as trouble:
            if trouble.retry_class is not RetryClass.TRANSIENT:
                raise
            return report(p, Verdict.FAILED, trouble)  # the run cannot be closed either; the next pass goes on
        except StoppedError as stopped:
            p.tally.problems.append(stopped.message)
        except DealError as trouble:
            error = trouble
            self._note_trouble(p, trouble)
        return self._close(p, error)

    def _steps(self, p: Pass, *, sweep_now: bool, drafts: list[Draft] | None) -> None:
        self._identify(p)
        follow_mapping(p)
        budget = self._budget(p)
        pull(p, budget)
        self._read_rates(p)
        sweep(p, budget, is_forced=sweep_now)
        if not restored.may_go_on(p):
            return
        resolve(p)
        if p.is_readopting:
            self._readopt(p)
            return
        settle_pass_absentees(p)
        timers.read_due(p)
        timers.mark_due(p)
        timers.follow_policy(p)
        reconciler = Reconciler(p, self._shadow)
        with self._reconciling(p) as may_decide:
            if may_decide:
                self._read_histories(p)
                reconciler.run()
        p.breathe()
        refresh(p)
        planned = plan(p)
        self._brake(p, planned)
        if drafts is not None:
            drafts += planned
            return
        if planned and not p.braked:
            push(p, planned, budget)
        verify(p, reconciler)
        settle_pass_absentees(p)

    def _readopt(self, p: Pass) -> None:
        with self._reconciling(p) as may_decide:
            if may_decide:
                restored.readopt(p)
            else:
                p.tally.problems.append("Another daemon decides just now; run the command again.")

    def _read_rates(self, p: Pass) -> None:
        wanted = [each.policy for each in p.policies.versions]
        if self._shadow is not None:
            wanted.append(self._shadow.policy)
        self._rate_files.refresh(p, wanted)
        ask_crm(p, wanted)
        with self._ledger.read() as tx:
            self._book = p.book = read_book(tx, self._book)

    def _identify(self, p: Pass) -> None:
        """Log in once per process, and refuse an account that is not the one of the first contact."""
        with self._ledger.read() as tx:
            row = connections.get(tx, p.name)
        assert row is not None, p.name
        if p.name not in self._identities:
            identity = p.connector.identify()
            if row.account_id is not None and row.account_id != identity.account_id:
                raise PermanentError(
                    f"{p.name}: the login leads to account {identity.account_id}, but this ledger belongs to "
                    f"{row.account_id}. A refreshed sandbox or another org? Correct the login, or start a new ledger.",
                    crm=p.name,
                    code="ACCOUNT_CHANGED",
                )
            self._identities[p.name] = identity
            if row.account_id is None:
                with p.begin() as tx:
                    connections.remember_account(tx, p.name, identity.account_id)
        p.our_user_id = self._identities[p.name].user_id

    def _budget(self, p: Pass) -> Budget:
        with self._ledger.read() as tx:
            used = runs.calls_since(tx, p.name, p.now() - DAY)
        return Budget(p=p, used_before=sum(cost for _, cost in used.values()))

    def _read_histories(self, p: Pass) -> None:
        """Ask the CRM who moved the status of the claims that are about to be decided."""
        if not p.connector.capabilities.has_history:
            return
        with self._ledger.read() as tx:
            # By link, not by the registration's first row: after a merge its claim lives on in the survivor.
            waiting = [claim.ref for claim in dirty.take(tx, DIRTY_MAX) if claim.ref.connection == p.name]
            known = snapshots.get_many(tx, waiting)
            found = link_store.by_ref(tx, waiting)
        moved = sorted(
            ref.record_id
            for ref, some in found.items()
            for link in some
            if is_claim(link) and ref in known and commands.has_moved(link, known[ref])
        )
        if moved:
            p.histories = commands.histories(p.connector.history(Stream.SUBMISSIONS, moved, [commands.STATUS]))

    @contextmanager
    def _reconciling(self, p: Pass) -> Iterator[bool]:
        """Hold the right to decide: one at a time in this process, and among daemons by a lease of its own."""
        with self._deciding:
            held = lease.acquire(
                self._ledger, RECONCILE, holder=self._holder, ttl_s=self._settings.lease_s, clock=self._clock
            )
            if held is None:
                yield False  # another daemon decides just now; what it leaves is decided in the next pass
                return
            p.decide_lease = held
            try:
                yield True
            finally:
                p.decide_lease = None
                self._release(held)

    def _brake(self, p: Pass, drafts: list[Draft]) -> None:
        if p.is_approved or not drafts:
            return
        with self._ledger.read() as tx:
            row = connections.get(tx, p.name)
            linked = lookups.written_links(tx, p.name)
        assert row is not None, p.name
        why = brake_writes(
            p.settings,
            planned=len(drafts),
            corrections=sum(draft.is_correction for draft in drafts),
            linked=linked,
            writes_done=row.writes_done,
        )
        if why is not None:
            p.brake(f"{p.name}: {why}")

    def _note_trouble(self, p: Pass, trouble: DealError) -> None:
        """Remember what keeps this connection from working: a block until a person acts, or a rest until a time."""
        if trouble.retry_class is RetryClass.EXHAUSTED:
            wait = trouble.retry_after_s if isinstance(trouble, TransientError) else None
            p.resume_at = p.now() + (timedelta(seconds=wait) if wait is not None else PAUSE)
            emit("quota_warned", pass_id=p.pass_id, crm=p.name, error=trouble.message, until=p.resume_at.isoformat())
        elif isinstance(trouble, PermanentError) and trouble.retry_class is RetryClass.AUTH:
            self._identities.pop(p.name, None)
            self._retry_at[p.name] = p.now() + BLOCKED_RETRY
            emit("connection_blocked", pass_id=p.pass_id, crm=p.name, error=trouble.message)
        elif (
            trouble.retry_class is RetryClass.THROTTLED
            and isinstance(trouble, TransientError)
            and trouble.retry_after_s
        ):
            p.resume_at = p.now() + timedelta(seconds=trouble.retry_after_s)

    def _close(self, p: Pass, error: DealError | None) -> PassReport:
        """Store verdict, counts and calls, and set the connection's state by how the pass went."""
        findings = p.connector.take_findings()
        for finding in findings:
            emit("schema_noticed", pass_id=p.pass_id, crm=p.name, code=finding.code, message=finding.message)
            p.tally.problems.append(f"{finding.message} {finding.advice}")
        verdict = verdict_of(p, error)
        counts = p.tally.counts()
        if p.resume_at is not None:
            counts["resume_at"] = p.resume_at.isoformat()
        message = error.message if error is not None else "; ".join(p.braked) or None
        is_blocked = isinstance(error, PermanentError) and error.retry_class is RetryClass.AUTH
        try:
            with p.begin() as tx:
                runs.add_calls(tx, [asdict(each) for each in p.take_calls()])
                for finding in findings:
                    remember(p, tx, "schema_noticed", code=finding.code, message=finding.message, advice=finding.advice)
                runs.finish(tx, p.run_id, verdict, counts | problems(p), message, now=p.now())
                if p.run_id % PRUNE_EVERY == 0:
                    retention.prune(tx, before=p.now() - timedelta(days=self._settings.keep_log_days))
                row = connections.get(tx, p.name)
                if is_blocked:
                    connections.set_state(tx, p.name, ConnectionState.BLOCKED, message, now=p.now())
                    remember(p, tx, "connection_blocked", message=message)
                elif row is not None and _may_unblock(row, error):
                    connections.set_state(tx, p.name, ConnectionState.ACTIVE, None, now=p.now())
                    remember(p, tx, "connection_resumed")
                    emit("connection_resumed", pass_id=p.pass_id, crm=p.name)
        except LeaseLostError as lost:
            emit("lease_lost", pass_id=p.pass_id, crm=p.name)
            return report(p, Verdict.FAILED, lost)
        return report(p, verdict, error)

    def _release(self, held: Lease) -> None:
        try:
            lease.release(self._ledger, held)
        except LedgerError:
            return  # it runs out by itself


def _may_unblock(row: ConnectionRow, error: DealError | None) -> bool:
    return error is None and row.state is ConnectionState.BLOCKED


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _shown(draft: Draft) -> PlannedWrite:
    return PlannedWrite(
        connection=draft.link.ref.connection,
        registration_id=draft.link.registration_id,
        ref=draft.link.ref,
        stream=draft.link.stream,
        before={name: draft.observed.get(name) for name in draft.values},
        values=draft.values,
        why=draft.link.role.value,
    )

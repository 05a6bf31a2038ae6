"""One pass under way: what every step of it is handed. Built by sync/engine.py, thrown away when the pass ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from config.settings import ConnectionConfig, SyncSettings
from connectors.port import CallRecord, Change, Clock, Connector
from ledger import events
from ledger.engine import Ledger, Tx
from rules.errors import DealError
from rules.fields import Stream
from rules.mapping import StreamMap
from rules.policy import Policy
from rules.records import CrmRef
from rules.wording import ENGLISH, Words
from sync.events import EVENTS, emit
from sync.lease import Lease
from sync.policies import Policies
from sync.rate_book import RateBook, no_book
from sync.report import Tally


def plain_words(connection: str) -> Words:
    """Return the product's own words, whatever the connection."""
    return ENGLISH


class StoppedError(DealError):
    """The daemon was told to stop: the step in hand is finished and stored, the rest is left to the next pass."""


@dataclass(slots=True, kw_only=True)
class Pass:
    """One pass. our_user_id: the integration user's id where the CRM tells, so that our own edits are known as ours.

    policies: as activated when the pass began; policy: the one in force now. histories: status changes of submissions as
    read in this pass, newest first, by record id. blocked: fields that may not be written, learnt while this daemon runs.
    is_approved: a person let this pass through the brakes. is_readopting: a person lets this pass take over what the CRMs
    show to be newer than a restored ledger. words_of: the words for what is written to a connection.
    """

    name: str
    run_id: int
    ledger: Ledger
    lease: Lease
    connector: Connector
    configs: Mapping[str, ConnectionConfig]
    settings: SyncSettings
    policies: Policies
    clock: Clock
    tally: Tally
    started_at: datetime
    started_s: float
    is_stopping: Callable[[], bool]
    our_user_id: str | None = None
    is_approved: bool = False
    is_readopting: bool = False
    histories: dict[str, list[Change]] = field(default_factory=dict)
    blocked: dict[Stream, set[str]] = field(default_factory=dict)
    words_of: Callable[[str], Words] = plain_words
    touched: set[str] = field(default_factory=set)
    absent: set[CrmRef] = field(default_factory=set)
    braked: list[str] = field(default_factory=list)
    taken_calls: list[CallRecord] = field(default_factory=list)
    resume_at: datetime | None = None
    book: RateBook = field(default_factory=no_book)
    decide_lease: Lease | None = None
    policy: Policy = field(init=False)
    _words: dict[tuple[str, str, bool], Words] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.policy = self.policies.in_force(self.started_at).policy

    @property
    def config(self) -> ConnectionConfig:
        return self.configs[self.name]

    @property
    def pass_id(self) -> str:
        return f"{self.name}-{self.run_id}"

    def now(self) -> datetime:
        return self.clock.now()

    def breathe(self) -> None:
        """Raise StoppedError when the daemon was told to stop; called between steps, never inside one."""
        if self.is_stopping():
            raise StoppedError(
                f"{self.name}: the pass was stopped after the step in hand; the next one goes on from there."
            )

    def brake(self, why: str) -> None:
        """Note why this pass stops itself."""
        if why not in self.braked:
            self.braked.append(why)
            emit("pass_braked", pass_id=self.pass_id, crm=self.name, error=why)

    def take_calls(self) -> Sequence[CallRecord]:
        """Return the calls of this pass so far."""
        self.taken_calls += self.connector.take_calls()
        return self.taken_calls

    def calls_cost(self) -> int:
        """Return what the calls of this pass cost so far, in the CRM's own counting."""
        return sum(each.cost for each in self.take_calls())

    def words(self, connection: str, policy: Policy) -> Words:
        """Return the words for a connection as one policy completes them."""
        tells_conflict = policy.disclosure.tells_conflict  # a programme may say otherwise than the rest of its policy
        key = (connection, policy.hash, tells_conflict)
        if key not in self._words:
            self._words[key] = self.words_of(connection).under(policy.reasons, tells_conflict=tells_conflict)
        return self._words[key]

    def stream_map(self, stream: Stream, connection: str | None = None) -> StreamMap:
        return self.configs[connection or self.name].mapping.streams[stream]

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """Open a transaction in which the lease is known to be ours."""
        with self.ledger.begin() as tx:
            self.lease.check(tx)
            if self.decide_lease is not None:
                self.decide_lease.check(tx)
            yield tx


def remember(p: Pass, tx: Tx, event: str, **data: Any) -> None:
    """Keep one line for support that neither a run nor an entry tells: what changed about the connection itself."""
    assert event in EVENTS, event
    events.add(tx, event, data={"crm": p.name, **data}, run_id=p.run_id, now=p.now())

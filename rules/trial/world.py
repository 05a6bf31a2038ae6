"""The world of a trial: CRMs that change at virtual times, and the rules that answer, through the matcher and the book.

Whatever happens, every claim is decided again until nothing is new: nobody has to know what an event concerns. Between two
events the deadlines fall due in their order. Both connections are read up to the moment, unless the case says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from rules.book import Account, Book
from rules.cases import Case, Command, CommandKind, Match, Objection, Sameness
from rules.mapping import ConnectionMap
from rules.policy import Policy
from rules.primitives.priority import priority_of
from rules.primitives.unregistered import Found, due_at, treated_as
from rules.records import Claim, Registration, Status
from rules.situation import Situation
from rules.trial.gather import Gatherer
from rules.trial.given import (
    ClaimGiven,
    Closed,
    CustomerGiven,
    Given,
    OpportunityGiven,
    PartnerGiven,
    each_of,
)
from rules.trial.remote import Remote
from rules.trial.rows import ClaimRow, DealRow, Rows, merged
from rules.trial.script import Act, Event, Named, Objecting, RemoteGiven, Verb
from rules.windows import end_of_day

_CERTAIN: Final = Match(sameness=Sameness.SAME, score=1.0)
_NO_MAPPINGS: Final[Mapping[str, ConnectionMap]] = {}
_ROUNDS_MAX: Final = 25
_MOMENT: Final = timedelta(seconds=1)
_OPENED: Final = frozenset({Found.REVIEW, Found.REGISTER})
_BEFORE: Final = timedelta(days=30)
_ACTS: Final = frozenset(Verb) & frozenset(map(str, CommandKind))


class UnsettledError(Exception):
    """Claims go on changing one another without end."""


class World:
    """One case's world. now: the virtual time."""

    def __init__(
        self,
        policy: Policy,
        given: Given,
        *,
        start: datetime,
        product: str,
        mappings: Mapping[str, ConnectionMap] = _NO_MAPPINGS,
    ) -> None:
        self.policy = policy
        self.remote = Remote(mappings, zone=policy.zone)
        self.book = Book()
        self.rows = Rows(policy, product=product)
        self.now = start
        self._gatherer = Gatherer(policy, given, rows=self.rows, book=self.book)
        self._set_up(given)

    def happen(self, event: Event) -> None:
        """Go on to the event's time and let it happen."""
        self.run_until(event.at)
        name = event.detail.name if event.detail is not None and not isinstance(event.detail, tuple) else ""
        match event.detail:
            case ClaimGiven() as said if event.verb is Verb.SUBMIT:
                self._submit(said)
            case ClaimGiven() as said:
                self.rows.change(said, self.now)
            case OpportunityGiven() as said:
                self.rows.show(said, self.now)
            case PartnerGiven() as said:
                self.rows.partners[name] = merged(self.rows.partners.get(name) or PartnerGiven(name=name), said)
            case CustomerGiven() as said:
                self.rows.customers[name] = merged(self.rows.customers.get(name) or CustomerGiven(name=name), said)
            case Objecting() as said:
                self._object(said)
            case RemoteGiven() as said:
                self.remote.edit(name, self.rows.claims[name].ref.connection, dict(said.fields))
            case Act() as act:
                assert event.verb is not None
                self._act(CommandKind(event.verb.value), act)
            case Named():
                self._turn(event.verb, name)
        self._settle()

    def run_until(self, moment: datetime) -> None:
        """Let the clock go on, and every deadline on the way fall due."""
        while (due := min((each for each in self._deadlines() if each > self.now), default=moment)) < moment:
            self.now = due
            self._settle()
        if moment in self._deadlines() and moment > self.now:
            self.now = moment
            self._settle()
        self.now = max(self.now, moment)

    def _deadlines(self) -> Iterator[datetime]:
        for account in self.book:
            yield from (each.at for each in account.deadlines)
        if self.policy.unregistered.action in _OPENED:
            yield from (due_at(self.rows.opportunity(row), self.policy) for row in self._unregistered())

    def found(self, name: str) -> Found:
        """Return what becomes of an opportunity that names a partner and has no registration."""
        row = self.rows.deals[name]
        if name in self.rows.claims:
            return self.policy.unregistered.action
        if row not in self._unregistered():
            return Found.IGNORE
        self.rows.register(row, self.now)  # for its facts only
        case = Case(claim=self.rows.claim(self.rows.claims.pop(name)), registration=None, rates=self._gatherer.rates)
        facts = Situation(case, self.policy, self.now).facts
        return treated_as(self.rows.opportunity(row), self.policy, self.now, facts)

    def account(self, name: str) -> Account:
        """Return a submission's registration with what hangs on it."""
        return self.book[name]

    def claim(self, name: str) -> Claim:
        return self.rows.claim(self.rows.claims[name])

    def _set_up(self, given: Given) -> None:
        start = self.now
        self.rows.partners = {each.name: each for each in given.partners}
        self.rows.customers = {each.name: each for each in given.customers}
        for deal in given.opportunities:
            self.rows.show(deal, deal.created or start, is_past=True)
        made = sorted(((each.since or start - _BEFORE, each) for each in given.registrations), key=lambda pair: pair[0])
        for since, registration in made:
            self.now = since
            for said in each_of(registration):
                self._submit(said)
                row = self.rows.claims[said.name]
                self._decide(row, command=self._command(CommandKind.APPROVE, Act(name=said.name, until=said.until)))
        self.now = max(start, *(since for since, _ in made)) if made else start

    def _submit(self, said: ClaimGiven) -> None:
        self._receive(said.name, self.rows.submit(said, self.now))

    def _receive(self, name: str, row: ClaimRow) -> None:
        claim = self.rows.claim(row)
        priority_at = priority_of(claim, self.policy.priority)
        self.book.receive(
            Registration(
                registration_id=name,
                claim_ref=claim.ref,
                partner_id=claim.partner.partner_id if claim.partner is not None else None,
                deal_key="",
                customer_name=claim.customer.name,
                product=", ".join(claim.products),
                status=Status.RECEIVED,
                reason="received",
                exclusive=False,
                priority_at=priority_at,
                submitted_at=priority_at,
                created_at=self.now,
                amount=claim.amount,
                policy_hash=self.policy.hash,
                version=1,
                status_since=self.now,
            ),
            claim,
        )

    def _object(self, said: Objecting) -> None:
        row = self.rows.claims[said.name]
        row.objections.append(
            Objection(
                at=self.now, source="command line", by_partner=said.partner, by_user=said.seller, evidence=said.evidence
            )
        )

    def _act(self, kind: CommandKind, act: Act) -> None:
        self._decide(self.rows.claims[act.name], command=self._command(kind, act))

    def _command(self, kind: CommandKind, act: Act) -> Command:
        end = end_of_day(act.until, self.policy.zone) if act.until is not None else None
        return Command(
            kind=kind,
            actor=act.by,
            at=self.now,
            source="command line",
            is_allowed=act.allowed,
            roles=frozenset({act.by}),
            window_end=end,
            reason=act.reason,
        )

    def _turn(self, verb: Verb | None, name: str) -> None:
        match verb:
            case Verb.DELETE | Verb.RESTORE:
                self.rows.claims[name].is_gone = verb is Verb.DELETE
            case Verb.UNREAD:
                self._gatherer.read_until[name] = self.now
            case Verb.READ:
                self._gatherer.read_until.pop(name, None)

    def _settle(self) -> None:
        """Decide every claim until nothing is new."""
        for _ in range(_ROUNDS_MAX):
            rows = sorted(self.rows.claims.values(), key=lambda row: (row.created_at, row.ref))
            news = [self._decide(row) for row in rows]
            if not any(news) and not self._open_unregistered():
                self._push()
                return
        raise UnsettledError(f"after {_ROUNDS_MAX} rounds, claims still change one another")

    def _unregistered(self) -> list[DealRow]:
        """Return the open opportunities that name a partner and belong to no registration."""
        tied = {ref for account in self.book for ref in account.linked}
        return [
            row
            for name, row in self.rows.deals.items()
            if row.said.partner is not None and row.said.closed in (None, Closed.OPEN)
            if row.ref not in tied and name not in self.rows.claims
        ]

    def _open_unregistered(self) -> bool:
        """Open registrations for opportunities that never got one, as the policy says; tell whether there are any."""
        opened = False
        for row in self._unregistered():
            found = self.found(row.said.name)
            if found in _OPENED:
                self.rows.register(row, self.now)
                self._receive(row.said.name, self.rows.claims[row.said.name])
                self.book.tie(row.said.name, row.ref)
                source = f"{row.ref} names a partner without a registration"
                asks = Command(kind=CommandKind.APPROVE, actor=None, at=self.now, source=source)
                self._decide(self.rows.claims[row.said.name], command=asks if found is Found.REVIEW else None)
                opened = True
        return opened

    def _push(self) -> None:
        for name in self.rows.claims:
            self.remote.push(name, self.book[name].registration)

    def _decide(self, row: ClaimRow, command: Command | None = None) -> bool:
        _, is_new = self.book.settle(self._gatherer.case(row, self.now, command), self.policy, self.now)
        return is_new

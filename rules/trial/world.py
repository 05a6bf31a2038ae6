"""The world of a trial: CRMs that change at virtual times, and the rules that answer, through the matcher and the book.

Whatever happens, every claim is decided again until nothing is new: nobody has to know what an event concerns. Between two
events the deadlines fall due in their order. Both connections are read up to the moment, unless the case says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from rules.book import Account, Book
from rules.cases import Case, Command, CommandKind, Coverage, FoundOpportunity, Match, Objection, Rival, Sameness
from rules.mapping import ConnectionMap
from rules.matching.customers import match_customers
from rules.matching.deals import match_deals
from rules.money import Rates
from rules.policy import Policy
from rules.primitives.priority import priority_of
from rules.primitives.unregistered import Found, due_at, treated_as
from rules.records import Claim, Customer, Registration, Status
from rules.situation import Situation
from rules.trial.remote import Remote
from rules.trial.rows import ClaimRow, DealRow, Rows, merged
from rules.trial.script import (
    Act,
    ClaimGiven,
    Closed,
    CustomerGiven,
    Event,
    Given,
    Named,
    Objecting,
    OpportunityGiven,
    PartnerGiven,
    RegistrationGiven,
    RemoteGiven,
    Verb,
)
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
        self._crms = given.crms
        self._read_until: dict[str, datetime | None] = dict.fromkeys(given.unread)
        self._rates = _rates(policy, given.rates)
        self._matches: dict[tuple[object, object], Match] = {}
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
        case = Case(claim=self.rows.claim(self.rows.claims.pop(name)), registration=None, rates=self._rates)
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
            for said in _each_of(registration):
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
                self._read_until[name] = self.now
            case Verb.READ:
                self._read_until.pop(name, None)

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
        _, is_new = self.book.settle(self._case(row, command), self.policy, self.now)
        return is_new

    def _case(self, row: ClaimRow, command: Command | None) -> Case:
        claim, account = self.rows.claim(row), self.book[row.said.name]
        return Case(
            claim=claim,
            registration=account.registration,
            rivals=tuple(sorted(self._rivals(claim), key=lambda each: (each.claim.created_at, each.claim.ref))),
            opportunities=tuple(
                sorted(
                    self._opportunities(claim, account),
                    key=lambda each: (each.opportunity.created_at, each.opportunity.ref),
                )
            ),
            coverage=tuple([self._coverage(crm) for crm in sorted(self._crms)]),
            command=command,
            claim_changed_at=row.changed_at if account.registration.status is Status.RETURNED else None,
            is_gone=row.is_gone,
            proposal=account.proposal,
            rates=self._rates,
            counts=self.book.counts(claim, account.registration, self.policy, command),
            objections=tuple(row.objections),
        )

    def _rivals(self, claim: Claim) -> Iterator[Rival]:
        for row in self.rows.claims.values():
            if row.ref == claim.ref:
                continue
            other = self.rows.claim(row)
            customer = self._same(claim.customer, other.customer)
            if customer.sameness is not Sameness.DIFFERENT:
                yield Rival(
                    claim=other,
                    registration=self.book.of_claim(row.ref),
                    customer_match=customer,
                    deal_match=match_deals(claim, other),
                )

    def _opportunities(self, claim: Claim, account: Account) -> Iterator[FoundOpportunity]:
        for row in self.rows.deals.values():
            opportunity = self.rows.opportunity(row)
            is_named, is_linked = row.ref == claim.opportunity_ref, row.ref in account.linked
            assert opportunity.customer is not None, row.said.name
            customer = self._same(claim.customer, opportunity.customer)
            if customer.sameness is Sameness.DIFFERENT and not is_named and not is_linked:
                continue
            yield FoundOpportunity(
                opportunity=opportunity,
                customer_match=customer,
                deal_match=match_deals(claim, opportunity),
                is_linked=is_linked,
                linked_registration_id=self.book.held_elsewhere(row.ref, account.registration.registration_id),
                is_named_by_submission=is_named,
            )

    def _same(self, left: Customer, right: Customer) -> Match:
        key = (_identity(left), _identity(right))
        if key not in self._matches:
            self._matches[key] = match_customers(left, right, rules=self.policy.matching)
        return self._matches[key]

    def _coverage(self, crm: str) -> Coverage:
        if crm in self._read_until:
            at = self._read_until[crm]
            return Coverage(connection=crm, covered_until=at, last_pull_at=at)
        return Coverage(connection=crm, covered_until=self.now + _MOMENT, last_pull_at=self.now)


def _each_of(said: RegistrationGiven) -> Iterator[RegistrationGiven]:
    """Yield so many registrations as are meant, each for a customer of its own."""
    if said.count == 1:
        yield said
        return
    for number in range(1, said.count + 1):
        word = _word(number)
        yield replace(said, name=f"{said.name} {number}", customer_name=word, customer_domain=f"{word.lower()}.com")


def _word(number: int) -> str:
    """Return a name that is like no other number's."""
    letters = ""
    for consonants, vowels in (("bdfgklmnprstvz", "aeiou"),) * 4:
        number, place = divmod(number * 37 + 11, len(consonants))
        letters += consonants[place] + vowels[(number + place) % len(vowels)]
        number += place * 3
    return letters.capitalize()


def _rates(policy: Policy, given: Rates | None) -> Rates:
    rules = policy.rates
    fixed = {currency: ((date.min, rate),) for currency, rate in rules.fixed}
    known = given.by_currency if given is not None else {}
    return Rates(base=policy.currency, by_currency={**fixed, **known}, max_age_days=rules.max_age_days)


def _identity(each: Customer) -> object:
    return (each.name, each.domain, each.country, each.parent, each.ref)

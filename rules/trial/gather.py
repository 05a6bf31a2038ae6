"""Gather the case of one claim from a trial's world, as sync does from the ledger: rivals and deals by the matcher."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from rules.book import Account, Book
from rules.cases import Case, Command, Coverage, FoundOpportunity, Match, Rival, Sameness
from rules.matching.customers import match_customers
from rules.matching.deals import match_deals
from rules.money import Rates
from rules.policy import Policy
from rules.records import Claim, Customer, Status
from rules.trial.given import Given
from rules.trial.rows import ClaimRow, Rows

_MOMENT: Final = timedelta(seconds=1)


class Gatherer:
    """Makes cases. read_until: connections that are not read up to the moment; None: never."""

    def __init__(self, policy: Policy, given: Given, *, rows: Rows, book: Book) -> None:
        self.rates = _rates(policy, given.rates)
        self.read_until: dict[str, datetime | None] = dict.fromkeys(given.unread)
        self._policy = policy
        self._rows = rows
        self._book = book
        self._crms = given.crms
        self._matches: dict[tuple[object, object], Match] = {}

    def case(self, row: ClaimRow, now: datetime, command: Command | None = None) -> Case:
        """Return a claim's case at that time."""
        claim, account = self._rows.claim(row), self._book[row.said.name]
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
            coverage=tuple([self._coverage(crm, now) for crm in sorted(self._crms)]),
            command=command,
            claim_changed_at=row.changed_at if account.registration.status is Status.RETURNED else None,
            is_gone=row.is_gone,
            proposal=account.proposal,
            rates=self.rates,
            counts=self._book.counts(claim, account.registration, self._policy, command),
            objections=tuple(row.objections),
        )

    def _rivals(self, claim: Claim) -> Iterator[Rival]:
        for row in self._rows.claims.values():
            if row.ref == claim.ref:
                continue
            other = self._rows.claim(row)
            customer = self._same(claim.customer, other.customer)
            if customer.sameness is not Sameness.DIFFERENT:
                yield Rival(
                    claim=other,
                    registration=self._book.of_claim(row.ref),
                    customer_match=customer,
                    deal_match=match_deals(claim, other),
                )

    def _opportunities(self, claim: Claim, account: Account) -> Iterator[FoundOpportunity]:
        for row in self._rows.deals.values():
            opportunity = self._rows.opportunity(row)
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
                linked_registration_id=self._book.held_elsewhere(row.ref, account.registration.registration_id),
                is_named_by_submission=is_named,
            )

    def _same(self, left: Customer, right: Customer) -> Match:
        key = (_identity(left), _identity(right))
        if key not in self._matches:
            self._matches[key] = match_customers(left, right, rules=self._policy.matching)
        return self._matches[key]

    def _coverage(self, crm: str, now: datetime) -> Coverage:
        if crm in self.read_until:
            at = self.read_until[crm]
            return Coverage(connection=crm, covered_until=at, last_pull_at=at)
        return Coverage(connection=crm, covered_until=now + _MOMENT, last_pull_at=now)


def _rates(policy: Policy, given: Rates | None) -> Rates:
    rules = policy.rates
    fixed = {currency: ((date.min, rate),) for currency, rate in rules.fixed}
    known = given.by_currency if given is not None else {}
    return Rates(base=policy.currency, by_currency={**fixed, **known}, max_age_days=rules.max_age_days)


def _identity(each: Customer) -> object:
    return (each.name, each.domain, each.country, each.parent, each.ref)

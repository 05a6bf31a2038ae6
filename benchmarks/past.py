"""A past to replay: some years of registrations with rivals and won deals, decided by the default policy as they came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from random import Random
from typing import Any, Final

from rules.book import Book
from rules.case_record import case_data
from rules.cases import Case, Coverage, Decision, FoundOpportunity, Match, Rival, Sameness
from rules.policy import Policy
from rules.records import FINAL, Claim, CrmRef, Customer, Money, Opportunity, Partner, Registration, Standing, Status
from rules.replay import Recorded, outcome_of

POLICY: Final = Policy(hash="recorded")
START: Final = datetime(2023, 1, 2, 8, tzinfo=UTC)
_SAME: Final = Match(sameness=Sameness.SAME, score=0.99)
_PASS: Final = timedelta(minutes=3)  # so long after an event the pass comes that decides
_PARTNERS: Final = 200
_CUSTOMERS_PER_CLAIM: Final = 0.8
_PRODUCTS: Final = ("Analytics", "Backup", "Firewall", "Platform")
_REGIONS: Final = ("AMER", "APAC", "EMEA")
_TIERS: Final = ("silver", "gold", "platinum")


class Past:
    """Makes recorded decisions in the order of time."""

    def __init__(self, *, seed: int = 1) -> None:
        self._random = Random(seed)
        self._book = Book()
        self._claims: dict[str, Claim] = {}
        self._of_customer: dict[tuple[int, str], list[str]] = {}
        self._won: dict[str, Opportunity] = {}
        self._timers: list[tuple[datetime, str]] = []

    def decisions(self, count: int) -> Iterator[Recorded]:
        """Yield at least so many decisions."""
        made, at, number = 0, START, 0
        customers = max(1, int(count / 2.4 * _CUSTOMERS_PER_CLAIM))
        while made < count:
            number += 1
            at += timedelta(minutes=self._random.randint(1, 40))
            while self._timers and self._timers[0][0] + _PASS <= at:
                due, registration_id = heappop(self._timers)
                for recorded in self._decide(registration_id, due + _PASS):
                    made += 1
                    yield recorded
            for recorded in self._decide(self._submit(number, at, customers), at + _PASS):
                made += 1
                yield recorded

    def decision(self, registration_id: str) -> Decision:
        """Return the decision that was yielded last for a registration."""
        last = self._book[registration_id].last
        assert last is not None, registration_id
        return last

    def _submit(self, number: int, at: datetime, customers: int) -> str:
        random = self._random
        customer, partner = random.randrange(customers), random.randrange(_PARTNERS)
        product = random.choice(_PRODUCTS)
        claim = Claim(
            ref=CrmRef("salesforce", "Deal_Registration__c", f"a0B{number:015d}"),
            created_at=at,
            submitted_at=None,
            modified_at=at,
            partner=Partner(
                partner_id=f"PTR-{partner:04d}",
                name=f"Partner {partner}",
                tier=_TIERS[partner % 3],
                standing=Standing.GOOD if random.random() > 0.02 else Standing.PAST_DUE,
            ),
            partner_ref=None,
            customer=Customer(name=f"Customer {customer} GmbH", domain=f"customer-{customer}.de", country="DE"),
            deal_name=f"Customer {customer} - {product}",
            amount=Money(amount=Decimal(random.randint(2, 120) * 1_000), currency="USD"),
            expected_close_on=(at + timedelta(days=90)).date(),
            products=(product,),
            opportunity_ref=None,
            crm_status="Submitted",
            facts={"region": _REGIONS[customer % 3]},
        )
        registration_id = f"REG-{at.year}-{number:06d}"
        self._claims[registration_id] = claim
        self._of_customer.setdefault((customer, product), []).append(registration_id)
        self._book.receive(_received(registration_id, claim), claim)
        if random.random() < 0.15:
            self._won[registration_id] = _deal(number, claim, random.randint(10, 80))
            heappush(self._timers, (self._won[registration_id].modified_at, registration_id))
        return registration_id

    def _decide(self, registration_id: str, at: datetime) -> Iterator[Recorded]:
        account = self._book[registration_id]
        if account.registration.status in FINAL:
            return
        case = self._case(registration_id, at)
        decision, is_new = self._book.settle(case, POLICY, at)
        for due in decision.deadlines:
            if due.at > at and due.kind in ("holding_over", "window_end"):
                heappush(self._timers, (due.at, registration_id))
        if is_new:
            yield Recorded(
                registration_id=registration_id,
                at=at,
                case=case_data(case),
                then=outcome_of(account.registration, decision),
            )

    def _case(self, registration_id: str, at: datetime) -> Case:
        claim, account = self._claims[registration_id], self._book[registration_id]
        number = int(claim.customer.name.split()[1])
        others = [each for each in self._of_customer[number, claim.products[0]] if each != registration_id]
        deal = self._won.get(registration_id)
        read = at + timedelta(minutes=1)
        return Case(
            claim=claim,
            registration=account.registration,
            rivals=tuple(
                Rival(
                    claim=self._claims[each],
                    registration=self._book[each].registration,
                    customer_match=_SAME,
                    deal_match=_SAME,
                )
                for each in others[-4:]
            ),
            opportunities=() if deal is None or deal.created_at > at else (_found(deal, at, account.linked),),
            coverage=tuple(
                Coverage(connection=name, covered_until=read, last_pull_at=at) for name in ("hubspot", "salesforce")
            ),
        )


def upcoming_of(past: list[Recorded]) -> dict[str, list[datetime]]:
    """Return when each registration was decided."""
    found: dict[str, list[datetime]] = {}
    for each in past:
        found.setdefault(each.registration_id, []).append(each.at)
    return found


def _received(registration_id: str, claim: Claim) -> Registration:
    return Registration(
        registration_id=registration_id,
        claim_ref=claim.ref,
        partner_id=claim.partner.partner_id if claim.partner is not None else None,
        deal_key="",
        customer_name=claim.customer.name,
        product=claim.products[0],
        status=Status.RECEIVED,
        reason="received",
        exclusive=False,
        priority_at=claim.created_at,
        created_at=claim.created_at,
        amount=claim.amount,
        version=1,
        status_since=claim.created_at,
    )


def _deal(number: int, claim: Claim, days: int) -> Opportunity:
    created_at = claim.created_at + timedelta(days=2)
    return Opportunity(
        ref=CrmRef("salesforce", "Opportunity", f"006{number:015d}"),
        name=claim.deal_name or "",
        created_at=created_at,
        modified_at=created_at + timedelta(days=days),
        customer=claim.customer,
        partner_id=claim.partner.partner_id if claim.partner is not None else None,
        partner_ref=None,
        owner_user_id="005A",
        owner_role=None,
        stage="Closed Won",
        is_closed=True,
        is_won=True,
        amount=claim.amount,
        close_on=date(created_at.year, created_at.month, created_at.day) + timedelta(days=days),
        product_line=claim.products[0],
        deal_type=None,
        registration_id=None,
    )


def _found(deal: Opportunity, at: datetime, linked: set[CrmRef]) -> FoundOpportunity:
    is_closed = deal.modified_at <= at
    now: dict[str, Any] = {} if is_closed else {"is_closed": False, "is_won": False, "stage": "Proposal"}
    return FoundOpportunity(
        opportunity=replace(deal, **now) if now else deal,
        customer_match=_SAME,
        deal_match=_SAME,
        is_linked=deal.ref in linked,
    )

"""Small worlds, all of them: three claims for one deal by two partners in two CRMs, learnt of in every order (promise P14).

Each CRM tells its claims one after the other and is then read past them; the two CRMs' tellings interleave in every way,
and after each telling whatever is known is decided. What comes out must be what a few lines of reference say: the earliest
claim holds the deal, by submission time, then connection, then record id, however late it was learnt of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import combinations, product

import pytest

from rules.cases import Case, Coverage
from rules.decide import decide
from rules.records import PROTECTED, Claim, CrmRef, Registration, Status
from tests.rules.build import CONTOSO, NORTHWIND, POLICY, applied, claim, partner, registration, rival, utc

FIRST = utc("2026-03-02T10:00:00Z")
LEARNT = FIRST + timedelta(days=3)  # holding is over: nothing but order and coverage is left to matter
CRMS = ("salesforce", "hubspot")
Event = Claim | str  # a claim that is told, or the CRM that has been read past all of its own


@dataclass(slots=True)
class Book:
    """What is known so far, and what became of it."""

    known: list[Claim] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    held: dict[CrmRef, Registration] = field(default_factory=dict)

    def tell(self, event: Event) -> None:
        if isinstance(event, str):
            self.read.add(event)
        else:
            self.known.append(event)
        self.decide_all()

    def decide_all(self) -> None:
        for subject in self.known:
            others = tuple(rival(each, self.held.get(each.ref)) for each in self.known if each.ref != subject.ref)
            before = self.held.get(subject.ref) or registration(subject)
            case = Case(claim=subject, registration=before, rivals=others, coverage=self._coverage())
            self.held[subject.ref] = applied(before, decide(case, POLICY, LEARNT))

    def _coverage(self) -> tuple[Coverage, ...]:
        return tuple(
            Coverage(connection=each, covered_until=LEARNT if each in self.read else None, last_pull_at=None)
            for each in CRMS
        )


def reference(claims: Sequence[Claim]) -> dict[CrmRef, Status]:
    """Return what must become of the claims: the whole of the rules for this small world."""
    ordered = sorted(claims, key=lambda each: (each.created_at, each.ref.connection, each.ref.record_id))
    first = ordered[0]
    found = {first.ref: Status.REGISTERED}
    for each in ordered[1:]:
        found[each.ref] = Status.SUPERSEDED if each.partner == first.partner else Status.REFUSED
    return found


def interleavings(one: Sequence[Event], other: Sequence[Event]) -> Iterator[list[Event]]:
    """Yield every order of both sequences' events that keeps each in its own."""
    total = len(one) + len(other)
    for places in combinations(range(total), len(one)):
        mine, theirs = iter(one), iter(other)
        yield [next(mine) if place in places else next(theirs) for place in range(total)]


def worlds(third: str) -> Iterator[tuple[Claim, ...]]:
    """Yield every world in which the third claim stands in that CRM: whose each claim is, and who was at the same time."""
    for partners, hours in product(product((NORTHWIND, CONTOSO), repeat=3), product((0, 1), repeat=3)):
        yield tuple(
            replace(
                claim(number=number, connection=crm),
                created_at=FIRST + timedelta(hours=hour),
                modified_at=FIRST + timedelta(hours=hour),
                partner=partner(whose),
            )
            for number, (crm, whose, hour) in enumerate(zip((*CRMS, third), partners, hours, strict=True))
        )


@pytest.mark.parametrize("third", CRMS)
def test_the_order_in_which_claims_are_learnt_of_does_not_matter(third: str) -> None:
    for claims in worlds(third):
        wanted = reference(claims)
        by_crm: list[list[Event]] = [[*(each for each in claims if each.ref.connection == crm), crm] for crm in CRMS]
        for events in interleavings(*by_crm):
            book = Book()
            for event in events:
                book.tell(event)
                assert sum(each.status in PROTECTED for each in book.held.values()) <= 1, events
            book.decide_all()
            book.decide_all()
            assert {ref: each.status for ref, each in book.held.items()} == wanted, events


@pytest.mark.parametrize("third", CRMS)
def test_nothing_is_final_before_both_crms_have_been_read(third: str) -> None:
    final = {Status.REGISTERED, Status.REFUSED, Status.SUPERSEDED}
    for claims in worlds(third):
        for unread in CRMS:
            book = Book(read=set(CRMS) - {unread})
            for each in claims:
                book.tell(each)
            assert not any(each.status in final for each in book.held.values()), claims

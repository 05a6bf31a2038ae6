"""The ledger in memory agrees with the ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.codec import dump, load
from ledger.projection import State, apply
from ledger.rows import Entry
from rules.book import Book, TakenError, applied, is_news
from rules.cases import Decision
from rules.record import decision_data
from rules.records import CrmRef, Registration, Status
from tests.rules.build import CONTOSO, NORTHWIND, POLICY, case, claim, partner, registration, utc
from tests.rules.strategies import any_of

NOW = utc("2026-03-05T10:00:00Z")


def entered(seq: int, decision: Decision) -> Entry:
    """The decision as an entry of the chain, as a replay of the ledger reads it."""
    return Entry(
        seq=seq,
        registration_id="REG-2026-00001",
        type="decided",
        at=NOW,
        actor="rule",
        policy_hash=f"policy {seq}",
        data=load(dump({**decision_data(decision), "customer_name": "Acme", "product": "Platform"})),
        prev_hash="",
        hash="",
    )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_of(Registration), st.lists(any_of(Decision), min_size=1, max_size=3))
def test_a_decision_leaves_what_the_ledger_projects(before: Registration, decisions: list[Decision]) -> None:
    mine = replace(before, registration_id="REG-2026-00001", customer_name="Acme", product="Platform")
    state = State(registration=mine)
    for seq, decision in enumerate(decisions, 1):
        stored = json.loads(json.dumps(dict(decision.memory)))
        state = apply(state, entered(seq, decision))
        mine = applied(mine, decision, policy_hash=f"policy {seq}")
        assert state.registration == replace(mine, memory=stored)
        assert {(each.kind, each.due_at) for each in state.deadlines} == {
            (each.kind, each.at) for each in decision.deadlines
        }


def book_of(*claims: tuple[str, str]) -> Book:
    book = Book()
    for number, (partner_id, at) in enumerate(claims, 1):
        found = claim(at, number=number, partner=partner(partner_id))
        book.receive(registration(found, partner_id=partner_id), found)
    return book


def settled(book: Book, number: int) -> Status:
    account = book[f"REG-2026-a0{number}"]
    case_now = case(account.claim, account.registration)
    book.settle(case_now, POLICY, NOW)
    return book[account.registration.registration_id].registration.status


def test_the_second_of_two_that_the_matcher_missed_is_decided_against_the_holder() -> None:
    book = book_of((NORTHWIND, "2026-03-02T10:00:00Z"), (CONTOSO, "2026-03-02T11:00:00Z"))
    assert settled(book, 1) is Status.REGISTERED
    assert settled(book, 2) is Status.REFUSED
    assert book["REG-2026-a02"].registration.reason == "duplicate_registration"


def test_a_deal_is_free_again_once_its_holder_has_ended() -> None:
    book = book_of((NORTHWIND, "2026-03-02T10:00:00Z"))
    settled(book, 1)
    account = book["REG-2026-a01"]
    key = account.registration.deal_key
    assert book.holder(key) == "REG-2026-a01"
    later = NOW + timedelta(days=100)
    book.settle(case(account.claim, account.registration), POLICY, later)
    assert account.registration.status is Status.EXPIRED
    assert book.holder(key) is None


def test_two_live_exclusive_registrations_of_one_deal_cannot_be() -> None:
    book = book_of((NORTHWIND, "2026-03-02T10:00:00Z"), (CONTOSO, "2026-03-02T11:00:00Z"))
    settled(book, 1)
    first, second = book["REG-2026-a01"], book["REG-2026-a02"]
    assert first.last is not None
    with pytest.raises(TakenError, match="REG-2026-a01"):
        book.enter(second, case(second.claim, second.registration), first.last, POLICY)


def test_deciding_again_is_no_news() -> None:
    book = book_of((NORTHWIND, "2026-03-02T10:00:00Z"))
    settled(book, 1)
    account = book["REG-2026-a01"]
    version = account.registration.version
    _, is_new = book.settle(case(account.claim, account.registration), POLICY, NOW)
    assert not is_new
    assert book["REG-2026-a01"].registration.version == version


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_of(Decision))
def test_the_same_decision_twice_is_no_news(decision: Decision) -> None:
    still = replace(decision, transitions=())
    assert not is_news(decision, still)
    assert is_news(None, still)


def test_partners_and_ties_are_kept_as_decisions_say() -> None:
    book = book_of((NORTHWIND, "2026-03-02T10:00:00Z"))
    settled(book, 1)
    assert [each.registration_id for each in book.of_partner(NORTHWIND)] == ["REG-2026-a01"]
    assert not book.of_partner(CONTOSO)
    ref = CrmRef("salesforce", "Opportunity", "006A")
    book.tie("REG-2026-a01", ref)
    assert book.held_elsewhere(ref, "REG-2026-a02") == "REG-2026-a01"
    assert book.held_elsewhere(ref, "REG-2026-a01") is None
    book.tie("REG-2026-a01", ref, is_added=False)
    assert book.held_elsewhere(ref, None) is None

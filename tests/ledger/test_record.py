"""Entries and what they amount to: one owner, append-only, projected in the same transaction."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ledger import conflicts, deadlines, history, policies, registrations
from ledger.codec import iso
from ledger.engine import Ledger
from ledger.errors import KeyTakenError
from ledger.record import record
from ledger.verify import rebuild, verify
from rules.errors import InvariantError
from rules.records import Money, Reward, Status, Window
from tests.ledger.build import (
    NOW,
    PLAIN,
    at,
    decided,
    entry,
    linked,
    received,
    register,
    submission_ref,
    types_of,
)


def test_a_claim_becomes_a_registration_with_all_its_terms(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        id_ = registrations.next_id(tx, year=2026)
        record(tx, [received(id_, submission_ref(1))])
        assert registrations.get(tx, id_).status is Status.RECEIVED  # type: ignore[union-attr]
        record(tx, [decided(id_, "holding", minutes=1), decided(id_, "registered", minutes=2)])

    with ledger.read() as tx:
        found = registrations.by_claim(tx, submission_ref(1))
        assert found is not None
        assert found.registration_id == id_ == "REG-2026-00001"
        assert (found.status, found.reason, found.partner_id, found.version) == (
            Status.REGISTERED,
            "clean",
            "partner-1",
            3,
        )
        assert found.window == Window(start=at(2), end=at(2) + timedelta(days=90))
        assert found.amount == Money(amount=Decimal(12_000), currency="USD")
        assert (found.created_at, found.status_since, found.ended_at) == (NOW, at(2), None)
        assert registrations.live_by_key(tx, "acme|widgets") == found
        assert types_of(history.entries_of(tx, id_)) == ["claim_received", "decided", "decided"]
        assert [each.kind for each in deadlines.due(tx, now=at(2) + timedelta(days=90), limit=9)] == ["window_end"]
        assert deadlines.due(tx, now=at(2) + timedelta(days=89), limit=9) == []


def test_two_exclusive_live_registrations_of_one_deal_are_impossible(ledger: Ledger) -> None:
    """P1. The refusal writes nothing and leaves the transaction usable, so that the case can be decided anew."""
    with ledger.begin() as tx:
        first = register(tx, 1)
        second = registrations.next_id(tx, year=2026)
        record(tx, [received(second, submission_ref(2))])
        with pytest.raises(KeyTakenError) as refused:
            record(tx, [decided(second, "registered")])
        assert (refused.value.holder, refused.value.deal_key) == (first, "acme|widgets")
        record(tx, [decided(second, "in_review")])

    with ledger.read() as tx:
        assert registrations.get(tx, second).status is Status.IN_REVIEW  # type: ignore[union-attr]
    assert verify(ledger).is_intact


def test_the_database_itself_refuses_a_second_owner(ledger: Ledger) -> None:
    """P1 does not rest on our code alone: the partial unique index says it once more."""
    with ledger.begin() as tx:
        register(tx, 1)
        register(tx, 2, key="other deal")
    with pytest.raises(DBAPIError), ledger.begin() as tx:
        tx.execute(text("UPDATE registration SET deal_key = 'acme|widgets' WHERE registration_id = 'REG-2026-00002'"))


@pytest.mark.parametrize("status", ["holding", "in_review", "refused", "expired"])
def test_claims_that_do_not_hold_the_deal_may_share_its_key(ledger: Ledger, status: str) -> None:
    with ledger.begin() as tx:
        register(tx, 1)
        register(tx, 2, status=status)
        register(tx, 3, status=status)
    with ledger.read() as tx:
        assert len(registrations.by_key(tx, "acme|widgets")) == 3


def test_a_registration_that_is_not_exclusive_shares_the_deal(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        register(tx, 1)
        second = registrations.next_id(tx, year=2026)
        record(tx, [received(second, submission_ref(2)), decided(second, "registered", exclusive=False)])
    with ledger.read() as tx:
        assert registrations.live_by_key(tx, "acme|widgets").registration_id == "REG-2026-00001"  # type: ignore[union-attr]


@pytest.mark.parametrize("is_giver_first", [True, False])
def test_a_deal_changes_hands_in_one_step(ledger: Ledger, is_giver_first: bool) -> None:
    with ledger.begin() as tx:
        old = register(tx, 1)
        new = registrations.next_id(tx, year=2026)
        record(tx, [received(new, submission_ref(2))])
        steps = [decided(old, "recaptured", minutes=5), decided(new, "registered", minutes=5)]
        record(tx, steps if is_giver_first else steps[::-1])

    with ledger.read() as tx:
        assert registrations.live_by_key(tx, "acme|widgets").registration_id == new  # type: ignore[union-attr]
        given_up = registrations.get(tx, old)
        assert given_up is not None
        assert (given_up.status, given_up.ended_at, given_up.window) == (Status.RECAPTURED, at(5), None)
        assert [each.registration_id for each in deadlines.due(tx, now=at(500_000), limit=9)] == [new]
    assert verify(ledger).is_intact


def test_one_submission_has_one_registration(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        register(tx, 1)
    with pytest.raises(KeyTakenError), ledger.begin() as tx:
        record(tx, [received("REG-2026-00099", submission_ref(1))])
    with ledger.read() as tx:
        assert history.head(tx)[0] == 2


def test_a_registration_is_received_once_and_first(ledger: Ledger) -> None:
    with pytest.raises(InvariantError, match="never received"), ledger.begin() as tx:
        record(tx, [decided("REG-2026-00001", "registered")])
    with pytest.raises(InvariantError, match="received twice"), ledger.begin() as tx:
        record(tx, [received("REG-2026-00001", submission_ref(1)), received("REG-2026-00001", submission_ref(2))])
    with ledger.read() as tx:
        assert history.head(tx) == (0, "0" * 64)


def test_an_unknown_entry_type_is_refused(memory: Ledger) -> None:
    with pytest.raises(ValueError, match="promoted"), memory.begin() as tx:
        record(tx, [entry(None, "promoted", {})])


def test_the_terms_stay_those_of_the_policy_they_were_granted_under(memory: Ledger) -> None:
    with memory.begin() as tx:
        id_ = register(tx, 1)
        window = {"start": "2026-03-01T09:01:00Z", "end": "2026-05-30T09:01:00Z"}
        terms = {"partner_id": "partner-1", "exclusive": True, "window": window, **PLAIN}
        same = decided(id_, minutes=9, terms=terms)
        record(tx, [type(same)(**{name: getattr(same, name) for name in same.__slots__} | {"policy_hash": "p2"})])
        assert registrations.get(tx, id_).policy_hash == "p1"  # type: ignore[union-attr]


def test_an_extension_keeps_the_day_of_registration_and_counts(memory: Ledger) -> None:
    with memory.begin() as tx:
        id_ = register(tx, 1)
        record(tx, [decided(id_, "registered", minutes=60, extra={"extension_count": 1})])
        extended = registrations.get(tx, id_)
    assert extended is not None
    assert (extended.status_since, extended.extension_count) == (at(1), 1)
    assert extended.window == Window(start=at(60), end=at(60) + timedelta(days=90))


def test_rank_rewards_kind_and_memory_are_kept_as_decided(ledger: Ledger) -> None:
    reward = {
        "rule": "consolation", "kind": "rebate", "role": "second", "partner_id": "partner-2", "state": "pending",
        "percent": "7.5", "amount": {"amount": "1200.00", "currency": "EUR"}, "reason": "reward_pending",
    }  # fmt: skip
    terms = {"partner_id": "partner-2", "exclusive": False, "window": None, "programme": "gold", "kind": "special"}
    memory = {"phase": {"name": "design", "since": "2026-03-01"}, "updates": 2}
    with ledger.begin() as tx:
        id_ = registrations.next_id(tx, year=2026)
        first = received(id_, submission_ref(1), submitted_at=iso(at(-5)))
        more: dict[str, Any] = {"terms": {**terms, "rank": 2, "rewards": [reward]}, "memory": memory}
        record(tx, [first, decided(id_, "registered", **more)])
        held = registrations.get(tx, id_)
    assert held is not None
    assert (held.programme, held.kind, held.rank, held.submitted_at) == ("gold", "special", 2, at(-5))
    assert held.memory == memory
    assert held.rewards == (
        Reward(
            rule="consolation", kind="rebate", role="second", partner_id="partner-2", state="pending",
            percent=Decimal("7.5"), amount=Money(amount=Decimal("1200.00"), currency="EUR"), reason="reward_pending",
        ),
    )  # fmt: skip
    assert verify(ledger).is_intact
    rebuild(ledger)
    with ledger.read() as tx:
        assert registrations.get(tx, id_) == held


def test_adoption_is_marked(memory: Ledger) -> None:
    with memory.begin() as tx:
        id_ = registrations.next_id(tx, year=2026)
        record(tx, [received(id_, submission_ref(1)), decided(id_, "registered", type_="adopted")])
        adopted = registrations.get(tx, id_)
    assert adopted is not None
    assert adopted.is_adopted


def test_open_conflicts_and_flags_show_on_the_registration(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        id_ = register(tx, 1)
        record(tx, [entry(id_, "conflict_opened", {"key": "drift:status", "why": "three rounds"}, minutes=5)])
        assert registrations.get(tx, id_).has_conflict  # type: ignore[union-attr]
        assert [(each.key, each.opened_at) for each in conflicts.open_(tx)] == [("drift:status", at(5))]
        record(tx, [entry(id_, "conflict_closed", {"key": "drift:status"}, minutes=6)])
        assert not registrations.get(tx, id_).has_conflict  # type: ignore[union-attr]
        assert conflicts.open_(tx) == []
        assert [each.closed_at for each in conflicts.of_registration(tx, id_)] == [at(6)]
        record(tx, [decided(id_, flags=[{"code": "direct_deal_appeared"}], minutes=7)])
        assert registrations.get(tx, id_).has_conflict  # type: ignore[union-attr]
    assert verify(ledger).is_intact


@pytest.mark.parametrize("statement", ["UPDATE entry SET actor = 'person:eve'", "DELETE FROM entry"])
def test_entries_cannot_be_changed_or_deleted(ledger: Ledger, statement: str) -> None:
    with ledger.begin() as tx:
        register(tx, 1)
    with pytest.raises(DBAPIError, match="append-only"), ledger.begin() as tx:
        tx.execute(text(statement))


def test_postgresql_entries_cannot_be_truncated(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        register(tx, 1)
    if ledger.dialect == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), ledger.begin() as tx:
            tx.execute(text("TRUNCATE entry"))
    assert verify(ledger).entries == 2


def test_writers_at_the_same_time_make_one_chain(ledger: Ledger) -> None:
    """Two connections decide at once: appending is serialised, no entry follows the same one as another."""

    def work(first: int) -> None:
        for number in range(first, first + 10):
            with ledger.begin() as tx:
                register(tx, number, key=f"deal {number}")

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    report = verify(ledger)
    assert (report.entries, report.problems) == (60, ())


def test_ids_count_up_by_year_and_are_never_given_twice(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        assert [registrations.next_id(tx, year=2026) for _ in range(2)] == ["REG-2026-00001", "REG-2026-00002"]
        assert registrations.next_id(tx, year=2027) == "REG-2027-00001"
    with ledger.begin() as tx:
        assert registrations.next_id(tx, year=2026) == "REG-2026-00003"


def test_registrations_are_found_by_what_support_has_in_hand(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        id_ = register(tx, 7)
        linked(tx, id_, submission_ref(7))
        register(tx, 8, key="other")

    with ledger.read() as tx:
        for wanted in (id_, id_.lower(), str(submission_ref(7)), submission_ref(7).record_id, f" {id_} "):
            assert [each.registration_id for each in registrations.find(tx, wanted)] == [id_], wanted
        assert len(registrations.find(tx, "acme w")) == 2
        assert registrations.find(tx, "100%") == []
        assert registrations.counts_by_status(tx) == {Status.REGISTERED: 2}
        assert [each.registration_id for each in registrations.listing(tx, limit=1)] == ["REG-2026-00002"]
        assert registrations.listing(tx, status=Status.WON) == []
        assert set(registrations.by_claims(tx, [submission_ref(7), submission_ref(9)])) == {submission_ref(7)}


@pytest.mark.parametrize("wanted", ["müller", "MÜLLER", "Mu\u0308ller", "gross", "GROß"])
def test_a_customer_is_found_whatever_the_case_of_its_letters(ledger: Ledger, wanted: str) -> None:
    """Umlauts and sharp s too, in both databases, whatever language they were set up with."""
    with ledger.begin() as tx:
        id_ = registrations.next_id(tx, year=2026)
        record(tx, [received(id_, submission_ref(1), customer_name="Müller Groß KG")])

        assert [each.registration_id for each in registrations.find(tx, wanted)] == [id_]


def test_a_policy_is_remembered_word_for_word_and_once(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        assert policies.active(tx) is None
        first: dict[str, Any] = {"name": "first", "version": "1", "text": "minimum: 5000\n"}
        second_text: dict[str, Any] = {"name": "first", "version": "2", "text": "minimum: 9000\n"}
        assert policies.newest_seq(tx) == 0
        assert policies.activate(tx, "h1", **first, now=NOW)
        assert not policies.activate(tx, "h1", **first, now=at(1))
        assert policies.activate(tx, "h2", **second_text, effective_from=at(9), now=at(2))
        assert policies.activate(tx, "h1", **first, now=at(3))  # taken back
        assert [(each.hash, each.effective_from) for each in policies.history(tx)] == [
            ("h1", None), ("h2", at(9)), ("h1", None),
        ]  # fmt: skip
        assert policies.newest_seq(tx) == policies.history(tx)[-1].seq
        assert types_of(list(history.all_entries(tx))) == ["policy_activated"] * 3
        active, second = policies.active(tx), policies.get(tx, "h2")
    assert active is not None
    assert second is not None
    assert (active.hash, active.activated_at, second.text) == ("h1", at(3), "minimum: 9000\n")
    assert verify(ledger).is_intact

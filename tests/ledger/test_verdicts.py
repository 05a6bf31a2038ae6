"""What reviewers said of two records lasts, can be taken back, and is proven by its entries."""

from __future__ import annotations

from ledger import verdicts
from ledger.engine import Ledger
from ledger.verify import rebuild, verify
from rules.cases import Sameness
from rules.records import CrmRef
from tests.ledger.build import at, company_ref, types_of

A, B, C, D = (company_ref(number) for number in range(1, 5))


def tell(ledger: Ledger, one: CrmRef, other: CrmRef, verdict: Sameness | None, minutes: float = 0) -> None:
    with ledger.begin() as tx:
        entry = verdicts.tell(tx, one, other, verdict, actor="person:ada", policy_hash="p1", now=at(minutes))
        assert types_of([entry]) == ["match_told"]


def test_the_last_word_on_a_pair_counts_whichever_is_named_first(ledger: Ledger) -> None:
    tell(ledger, B, A, Sameness.SAME)
    tell(ledger, A, B, Sameness.RELATED, 1)

    with ledger.read() as tx:
        (told,) = verdicts.touching(tx, (B,))
    assert (told.one, told.other, told.verdict, told.actor, told.at) == (A, B, Sameness.RELATED, "person:ada", at(1))
    assert told.beside(A) == B


def test_a_word_that_is_taken_back_leaves_its_entries_only(ledger: Ledger) -> None:
    tell(ledger, A, B, Sameness.SAME)
    tell(ledger, A, B, None, 1)

    with ledger.read() as tx:
        assert verdicts.touching(tx, (A, B)) == []
    assert verify(ledger).is_intact


def test_the_same_goes_on_from_record_to_record(ledger: Ledger) -> None:
    tell(ledger, A, B, Sameness.SAME)
    tell(ledger, C, B, Sameness.SAME)
    tell(ledger, C, D, Sameness.DIFFERENT)

    with ledger.read() as tx:
        assert verdicts.identity(tx, (A,)) == {A, B, C}
        assert verdicts.identity(tx, (D,)) == {D}


def test_a_table_that_says_otherwise_than_the_entries_is_found_and_rebuilt(ledger: Ledger) -> None:
    tell(ledger, A, B, Sameness.SAME)
    tell(ledger, A, C, Sameness.RELATED)
    with ledger.begin() as tx:
        tx.exec_driver_sql("UPDATE match_verdict SET verdict = 'different' WHERE verdict = 'same'")

    assert [each for each in verify(ledger).problems if "reviewer" in each]
    rebuild(ledger)
    assert verify(ledger).is_intact
    with ledger.read() as tx:
        assert [each.verdict for each in verdicts.touching(tx, (A,))] == [Sameness.SAME, Sameness.RELATED]

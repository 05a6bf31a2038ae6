"""Candidates by blocking keys: the telling ones are found, the common ones bring nothing, whatever the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ledger import inbox, match_index
from ledger.engine import Ledger, Tx
from ledger.record import record
from ledger.rows import ObservedRow
from rules.fields import Stream
from rules.matching.index import CANDIDATES_MAX, COMMON, EXACT_COMMON
from tests.ledger.build import NOW, company_ref, decided, observed, received, submission_ref

COMPANIES = Stream.COMPANIES


def company(number: int, *keys: str, name: str = "Acme") -> ObservedRow:
    row = observed(company_ref(number), COMPANIES, {"name": name}, keys=keys)
    return _held(row, name.lower())


def submission(number: int, *keys: str) -> ObservedRow:
    return observed(submission_ref(number), Stream.SUBMISSIONS, {"customer_name": "Acme"}, keys=keys)


def _held(row: ObservedRow, holder: str) -> ObservedRow:
    return replace(row, holder=holder)


def take(tx: Tx, rows: Sequence[ObservedRow]) -> None:
    inbox.intake(tx, rows, run_id=1, now=NOW)


def numbers(tx: Tx, *keys: str, stream: Stream = COMPANIES) -> list[int]:
    found = match_index.candidates(tx, keys, stream=stream)
    return [int(each.ref.record_id[3:]) for each in found]


def test_one_shared_key_makes_a_candidate(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        take(tx, [company(1, "n:acme"), company(2, "n:zenith", "w:acme"), submission(3, "n:acme")])

        assert numbers(tx, "n:acme", "w:acme", "w:nobody") == [1, 2]
        assert numbers(tx, "n:acme", stream=Stream.SUBMISSIONS) == [3]
        assert numbers(tx) == numbers(tx, "w:nobody") == []


def test_a_common_key_brings_nothing_and_hides_nothing(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        take(tx, [company(number, "w:global") for number in range(COMMON + 1)])
        take(tx, [company(900, "w:global", "n:globalwidgets")])

        assert numbers(tx, "w:global") == []
        assert numbers(tx, "w:global", "n:globalwidgets") == [900]


def test_an_exact_key_of_one_name_is_never_too_common_but_a_shared_one_is(ledger: Ledger) -> None:
    many = EXACT_COMMON + 1
    with ledger.begin() as tx:
        take(tx, [company(number, "d:acme.com") for number in range(many)])
        take(tx, [company(1000 + number, "d:isp.net", name=f"name{number} firm") for number in range(many)])

        assert numbers(tx, "d:isp.net") != [], "names that begin alike count as related"
        assert len(numbers(tx, "d:acme.com")) == CANDIDATES_MAX
        names = [f"{chr(97 + n % 26)}{chr(97 + n // 26)}xyz" for n in range(many)]
        take(tx, [company(5000 + n, "d:free.net", name=name) for n, name in enumerate(names)])
        assert numbers(tx, "d:free.net") == []


def test_live_claims_are_kept_among_many_others(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        take(tx, [submission(number, "d:acme.com", "n:acme") for number in range(EXACT_COMMON + 50)])
        record(tx, [received("REG-1", submission_ref(333)), decided("REG-1", "registered")])
        record(tx, [received("REG-2", submission_ref(334)), decided("REG-2", "refused", key="other")])

        found = numbers(tx, "d:acme.com", stream=Stream.SUBMISSIONS)

        assert 333 in found
        assert match_index.live_claims_touching(tx, ["d:acme.com", "w:acme"]) == {submission_ref(333)}


def test_of_too_many_candidates_those_that_share_more_stay(ledger: Ledger) -> None:
    keys = [f"w:{each}" for each in "abcd"]
    with ledger.begin() as tx:
        for place, key in enumerate(keys):
            take(tx, [company(place * 100 + number, key) for number in range(50)])
        take(tx, [company(999, *keys)])

        found = numbers(tx, *keys)

        assert len(found) == CANDIDATES_MAX
        assert 999 in found


def test_the_names_at_a_domain_are_counted_as_rows_come_and_change(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        take(tx, [company(1, "d:acme.com", name="acme works"), company(2, "d:acme.com", name="acme logistics")])
        take(tx, [company(3, "d:acme.com", name="zenith"), company(4, "d:bolt.com", name="bolt")])

        counts = match_index.on_file(tx, ["d:acme.com", "d:bolt.com", "n:acme"])

        assert dict(counts.holders) == {"acme.com": 3}
        assert dict(counts.strangers) == {"acme.com": 2}
        moved = observed(company_ref(3), COMPANIES, {"name": "Acme"}, minutes=1, keys=("d:acme.com", "w:acme"))
        take(tx, [_held(moved, "acme works")])
        assert dict(match_index.on_file(tx, ["d:acme.com"]).holders) == {"acme.com": 2}

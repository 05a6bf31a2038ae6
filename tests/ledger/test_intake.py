"""One page of rows through the gate: what is stored, what counts, what is news."""

from __future__ import annotations

from dataclasses import replace

from ledger import inbox, links, match_index, snapshots
from ledger.engine import Ledger
from ledger.rows import Alias, Intake, ObservedRow
from rules.fields import Stream
from rules.records import CrmRef
from tests.ledger.build import NOW, at, company_ref, linked, observed, opportunity_ref, register, submission_ref

OPEN_DEAL = {"name": "Acme plant", "stage": "Prospecting", "status": None, "rev": None}


def take(ledger: Ledger, *rows: ObservedRow, minutes: float = 0) -> Intake:
    with ledger.begin() as tx:
        return inbox.intake(tx, rows, run_id=1, now=at(minutes))


def deal(minutes: float = 0, **changes: object) -> ObservedRow:
    values = {**OPEN_DEAL, **changes}
    return observed(opportunity_ref(1), Stream.OPPORTUNITIES, values, minutes=minutes)  # type: ignore[arg-type]


def test_a_new_row_is_stored_once_and_accepted(ledger: Ledger) -> None:
    taken = take(ledger, deal())

    assert (taken.counts.new, taken.counts.seen) == (1, 1)
    assert [(each.is_new, each.before) for each in taken.accepted] == [(True, None)]
    with ledger.read() as tx:
        stored = snapshots.get_many(tx, [opportunity_ref(1)])[opportunity_ref(1)]
        assert stored.values == OPEN_DEAL
        assert (stored.created_at, stored.modified_at, stored.first_seen_at) == (NOW, NOW, NOW)
        assert snapshots.versions(tx, opportunity_ref(1)) == []


def test_the_same_row_again_is_unchanged(ledger: Ledger) -> None:
    take(ledger, deal())
    again = take(ledger, deal())

    assert (again.counts.unchanged, again.accepted) == (1, ())


def test_an_older_version_is_stale_and_leaves_the_newer_one(ledger: Ledger) -> None:
    take(ledger, deal(5, stage="Negotiation"))
    late = take(ledger, deal(4, stage="Prospecting"))

    assert (late.counts.stale, late.accepted) == (1, ())
    with ledger.read() as tx:
        assert snapshots.get_many(tx, [opportunity_ref(1)])[opportunity_ref(1)].values["stage"] == "Negotiation"


def test_a_mass_update_that_changes_nothing_moves_the_stamp_only(ledger: Ledger) -> None:
    take(ledger, deal())
    touched = take(ledger, deal(7))

    assert (touched.counts.unchanged, touched.accepted) == (1, ())
    with ledger.read() as tx:
        assert snapshots.get_many(tx, [opportunity_ref(1)])[opportunity_ref(1)].modified_at == at(7)
    assert take(ledger, deal(6, stage="Lost")).counts.stale == 1


def test_two_edits_within_one_stamp_are_both_seen(ledger: Ledger) -> None:
    """A stamp of whole seconds cannot tell two edits apart; the content can."""
    take(ledger, deal(1, stage="Negotiation"))
    second = take(ledger, deal(1, stage="Won"))

    assert second.counts.changed == 1
    assert second.accepted[0].before is not None
    assert second.accepted[0].before.values["stage"] == "Negotiation"


def test_what_changed_is_told_apart(ledger: Ledger) -> None:
    take(ledger, deal())
    facts = take(ledger, deal(1, stage="Won")).accepted[0]
    owned = take(ledger, deal(2, stage="Won", status="Registered")).accepted[0]
    gone = take(ledger, replace(deal(3, stage="Won", status="Registered"), is_deleted=True)).accepted[0]

    assert (facts.facts_changed, facts.owned_changed, facts.gone_changed) == (True, False, False)
    assert (owned.facts_changed, owned.owned_changed, owned.gone_changed) == (False, True, False)
    assert (gone.facts_changed, gone.owned_changed, gone.gone_changed) == (False, False, True)


def test_replaced_versions_are_kept_and_pruned_to_the_last_few(ledger: Ledger) -> None:
    for minute in range(9):
        take(ledger, deal(minute, stage=f"Stage {minute}"), minutes=minute)

    with ledger.read() as tx:
        kept = snapshots.versions(tx, opportunity_ref(1))
        assert [each.values["stage"] for each in kept] == [f"Stage {minute}" for minute in range(3, 8)]
        assert [each.modified_at for each in kept] == [at(minute) for minute in range(3, 8)]


def test_a_row_that_stands_twice_in_a_page_is_taken_twice_in_order(ledger: Ledger) -> None:
    taken = take(ledger, deal(), deal(2, stage="Won"), deal(1, stage="Negotiation"))

    assert (taken.counts.new, taken.counts.changed, taken.counts.stale) == (1, 1, 1)
    with ledger.read() as tx:
        assert snapshots.get_many(tx, [opportunity_ref(1)])[opportunity_ref(1)].values["stage"] == "Won"


def agree(ledger: Ledger, *, acked_rev: int, **base: str) -> None:
    """Link the row, as if our write number `acked_rev` with these values had been applied to it."""
    with ledger.begin() as tx:
        link = linked(tx, register(tx, 1), opportunity_ref(1), Stream.OPPORTUNITIES)
        links.save(tx, replace(link, base=base, rev=acked_rev, acked_rev=acked_rev))


def test_our_own_write_coming_back_is_an_echo(ledger: Ledger) -> None:
    take(ledger, deal())
    agree(ledger, acked_rev=1, status="Registered")
    echo = take(ledger, deal(1, status="Registered", rev=1))

    assert (echo.counts.echo, echo.accepted) == (1, ())
    with ledger.read() as tx:
        stored = snapshots.get_many(tx, [opportunity_ref(1)])[opportunity_ref(1)]
        assert (stored.rev, stored.values["status"]) == (1, "Registered")


def test_an_echo_without_a_witness_field_is_known_by_its_values(ledger: Ledger) -> None:
    bare = {"name": "Acme plant", "status": None}
    take(ledger, observed(opportunity_ref(1), Stream.OPPORTUNITIES, bare))
    agree(ledger, acked_rev=1, status="Registered")
    echo = take(ledger, observed(opportunity_ref(1), Stream.OPPORTUNITIES, bare | {"status": "Registered"}, minutes=1))

    assert echo.counts.echo == 1


def test_an_echo_together_with_a_persons_edit_is_news(ledger: Ledger) -> None:
    take(ledger, deal())
    agree(ledger, acked_rev=1, status="Registered")
    fact = take(ledger, deal(1, status="Registered", rev=1, stage="Won"))
    command = take(ledger, deal(2, status="Rejected", rev=1, stage="Won"))

    assert fact.accepted[0].facts_changed
    assert command.accepted[0].owned_changed


def test_a_write_of_unknown_outcome_that_arrives_is_news(ledger: Ledger) -> None:
    """The witness is higher than the last one acknowledged: a call whose answer was lost has been applied."""
    take(ledger, deal())
    agree(ledger, acked_rev=1, status="Pending")
    arrived = take(ledger, deal(1, status="Pending", rev=2))

    assert arrived.counts.changed == 1
    assert not arrived.accepted[0].rev_regressed


def test_an_older_witness_under_a_newer_stamp_is_flagged(ledger: Ledger) -> None:
    """A write of ours was applied late, or a person's form put the old values back."""
    take(ledger, deal())
    agree(ledger, acked_rev=3, status="Registered")
    regressed = take(ledger, deal(1, status="Pending", rev=2))

    assert regressed.accepted[0].rev_regressed


def test_match_keys_follow_the_row(ledger: Ledger) -> None:
    def company(minutes: float, name: str, *keys: str) -> ObservedRow:
        return observed(company_ref(1), Stream.COMPANIES, {"name": name}, minutes=minutes, keys=keys)

    take(ledger, company(0, "Acme", "n:acme", "d:acme.com", "n:acme"))
    take(ledger, company(1, "Zenith", "n:zenith", "d:acme.com"))

    def submission(minutes: float, *keys: str) -> ObservedRow:
        return observed(submission_ref(1), Stream.SUBMISSIONS, {"customer_name": keys[0]}, minutes=minutes, keys=keys)

    take(ledger, submission(0, "n:acme", "w:acme"))
    take(ledger, submission(1, "n:bolt", "w:bolt"))

    def found(key: str, stream: Stream) -> list[CrmRef]:
        with ledger.read() as tx:
            return [each.ref for each in match_index.candidates(tx, [key], stream=stream)]

    assert found("n:zenith", Stream.COMPANIES) == found("d:acme.com", Stream.COMPANIES) == [company_ref(1)]
    assert found("n:bolt", Stream.SUBMISSIONS) == [submission_ref(1)]
    assert found("n:acme", Stream.SUBMISSIONS) == []


def test_a_company_is_still_found_by_what_it_was_called_before(ledger: Ledger) -> None:
    def company(minutes: float, name: str, domain: str, *keys: str) -> ObservedRow:
        values = {"name": name, "domain": domain}
        return observed(company_ref(1), Stream.COMPANIES, values, minutes=minutes, keys=keys)

    take(ledger, company(0, "Acme", "acme.com", "d:acme.com", "n:acme", "w:acme"))
    take(ledger, company(1, "Acme", "acme.io", "d:acme.io", "n:acme", "w:acme"))
    take(ledger, company(2, "Zenith", "acme.io", "d:acme.io", "n:zenith", "w:zenith"))

    with ledger.read() as tx:
        for key in ("d:acme.com", "d:acme.io", "n:acme", "n:zenith", "w:zenith"):
            found = match_index.candidates(tx, [key], stream=Stream.COMPANIES)
            assert [each.ref for each in found] == [company_ref(1)], key
            assert found[0].aliases == (Alias("Acme", "acme.com"), Alias("Acme", "acme.io"))
        assert match_index.candidates(tx, ["w:acme"], stream=Stream.COMPANIES) == []


def test_rows_are_found_by_everything_that_names_them(ledger: Ledger) -> None:
    acme, works = company_ref(1), company_ref(2)
    deal_row = observed(opportunity_ref(1), Stream.OPPORTUNITIES, {"cross_ref": "9001"}, company=acme)
    claim_row = observed(submission_ref(1), Stream.SUBMISSIONS, {"status": None}, company=acme)
    user = observed(replace(acme, object_name="User", record_id="005A"), Stream.USERS, {"email": "Ann@Vendor.example"})
    parent = observed(acme, Stream.COMPANIES, {"name": "Acme", "partner_code": "P-7", "parent": None})
    child = observed(works, Stream.COMPANIES, {"name": "Acme Works", "parent": acme.record_id})
    namesake = observed(company_ref(1, "hubspot"), Stream.COMPANIES, {"name": "Other"})
    take(ledger, deal_row, claim_row, user, parent, child, namesake)

    with ledger.read() as tx:
        assert [each.ref for each in snapshots.opportunities_of(tx, [acme])] == [deal_row.ref]
        assert [each.ref for each in snapshots.submissions_of(tx, [acme])] == [claim_row.ref]
        assert snapshots.opportunities_of(tx, [namesake.ref]) == []
        assert [each.ref for each in snapshots.children(tx, [acme])] == [works]
        assert [each.ref for each in snapshots.cross_referring(tx, ["9001"])] == [deal_row.ref]
        assert [each.ref for each in snapshots.by_email(tx, ["ann@vendor.EXAMPLE"])] == [user.ref]
        assert [each.ref for each in snapshots.by_partner_code(tx, ["P-7"])] == [acme]


def test_a_sweep_lists_one_stream_and_marks_what_is_gone(ledger: Ledger) -> None:
    rows = [observed(opportunity_ref(number), Stream.OPPORTUNITIES, OPEN_DEAL) for number in (3, 1, 2)]
    take(ledger, *rows, observed(submission_ref(9), Stream.SUBMISSIONS, {"status": None}))
    with ledger.begin() as tx:
        assert snapshots.mark_gone(tx, [opportunity_ref(2), opportunity_ref(7)], now=at(5)) == 1
        assert snapshots.mark_gone(tx, [opportunity_ref(2)], now=at(5)) == 0

    with ledger.read() as tx:
        listed = list(snapshots.ids_of(tx, "salesforce", Stream.OPPORTUNITIES))
        assert listed == [(opportunity_ref(number).record_id, NOW, number == 2) for number in (1, 2, 3)]
        assert snapshots.count(tx, "salesforce", Stream.OPPORTUNITIES) == 2
        assert snapshots.count(tx, "hubspot", Stream.OPPORTUNITIES) == 0


def test_a_large_page_of_rare_text_is_kept_letter_for_letter(ledger: Ledger) -> None:
    rare = 'Übermaß 株式会社 \u0000 \\ " \n\t 🏭 café'
    rows = [
        observed(opportunity_ref(number), Stream.OPPORTUNITIES, {"name": f"{rare} {number}", "stage": None})
        for number in range(6_000)
    ]
    assert take(ledger, *rows).counts.new == 6_000
    assert take(ledger, *rows).counts.unchanged == 6_000
    with ledger.read() as tx:
        assert snapshots.get_many(tx, [opportunity_ref(77)])[opportunity_ref(77)].values["name"] == f"{rare} 77"


def test_half_a_surrogate_pair_does_not_stop_the_page(ledger: Ledger) -> None:
    taken = take(ledger, deal(name="broken \ud83d name"))

    assert taken.counts.new == 1
    with ledger.read() as tx:
        assert snapshots.get_many(tx, [opportunity_ref(1)])[opportunity_ref(1)].values["name"] == "broken ? name"


def test_a_page_that_is_rolled_back_leaves_nothing(ledger: Ledger) -> None:
    try:
        with ledger.begin() as tx:
            inbox.intake(tx, [deal()], run_id=1, now=NOW)
            raise RuntimeError("the cursor could not be stored")
    except RuntimeError:
        pass
    assert take(ledger, deal()).counts.new == 1

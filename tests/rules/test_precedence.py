"""Whose claim comes first by the ladder, what the second gets, and what happens to ties."""

from dataclasses import replace

import pytest

from rules.action import Action
from rules.cases import Rival
from rules.decide import decide
from rules.expression import Condition, Formula, Type
from rules.policy import Policy
from rules.primitives.approval import Approval
from rules.primitives.disclosure import Disclosure
from rules.primitives.evidence import EvidenceRule
from rules.primitives.jurisdictions import Jurisdictions
from rules.primitives.precedence import Precedence, Rung, Second, Ties
from rules.primitives.priority import Priority
from rules.records import Claim, Customer, Proof, Registration, Status
from rules.wording import ENGLISH, outcome_of
from tests.rules.build import (
    CONTOSO,
    POLICY,
    applied,
    case,
    claim,
    found,
    lived,
    opportunity,
    partner,
    read_until,
    reasons,
    registered,
    registration,
    rival,
    statuses,
    utc,
    waits,
)

LATER = utc("2026-03-04T12:00:00Z")
READ = read_until("2026-03-04T11:59:00Z")
EARLY, LATE = "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"


def policy(*ladder: Rung, **changes: object) -> Policy:
    return replace(POLICY, holding=None, precedence=Precedence(ladder=ladder or (Rung.FIRST,), **changes))  # type: ignore[arg-type]


def ours(at: str = LATE, **changes: object) -> Claim:
    return claim(at, **changes)


def theirs(at: str = EARLY, **changes: object) -> Claim:
    return claim(at, **{"number": 2, "partner": partner(CONTOSO), **changes})


def undecided(of: Claim) -> Rival:
    return rival(of, registration(of))


def decided(mine: Claim, other: Rival, rules: Policy, **changes: object):
    return decide(case(mine, coverage=READ, rivals=(other,), **changes), rules, LATER)


def test_the_earlier_claim_comes_first_by_default():
    assert waits(decided(ours(), undecided(theirs()), policy())) == ["waiting_for_earlier_claim"]
    assert statuses(decided(ours(EARLY), undecided(theirs(LATE)), policy())) == [Status.REGISTERED]


def test_incumbent_comes_before_the_earlier_claim():
    sold = found(
        opportunity("2025-01-05T09:00:00Z", partner_id=CONTOSO, is_closed=True, is_won=True, product_line="Storage")
    )
    rules = replace(policy(Rung.INCUMBENT, Rung.FIRST), newness=())

    assert waits(decided(ours(EARLY), undecided(theirs(LATE)), rules, opportunities=(sold,))) == [
        "waiting_for_earlier_claim"
    ]
    without = decided(ours(EARLY), undecided(theirs(LATE)), rules)
    assert statuses(without) == [Status.REGISTERED]


@pytest.mark.parametrize("named_by", ["ours", "theirs"])
def test_the_customers_word_counts_on_whichever_claim_it_stands(named_by):
    word = {"facts": {"customer_choice": CONTOSO.lower()}}
    mine, other = ours(EARLY), theirs(LATE)
    mine, other = (ours(EARLY, **word), other) if named_by == "ours" else (mine, theirs(LATE, **word))

    decision = decided(mine, undecided(other), policy(Rung.CUSTOMER_CHOICE, Rung.FIRST))

    assert waits(decision) == ["waiting_for_earlier_claim"]


def test_greater_score_comes_first_and_an_unknown_one_last():
    own = {"deal.reach": Type.NUMBER}
    rules = policy(Rung.SCORE, Rung.FIRST, score=Formula("deal.reach * 10", own))

    assert waits(decided(ours(EARLY, facts={"reach": 2}), undecided(theirs(LATE, facts={"reach": 3})), rules)) == [
        "waiting_for_earlier_claim"
    ]
    assert statuses(decided(ours(LATE, facts={"reach": 2}), undecided(theirs(EARLY)), rules)) == [Status.REGISTERED]


def test_origin_ranks_by_the_policys_order():
    rules = policy(Rung.ORIGIN, Rung.FIRST, origins=("partner", "vendor"))

    assert statuses(decided(ours(LATE, origin="partner"), undecided(theirs(EARLY, origin="vendor")), rules)) == [
        Status.REGISTERED
    ]
    assert waits(decided(ours(EARLY), undecided(theirs(LATE, origin="vendor")), rules)) == ["waiting_for_earlier_claim"]


def test_shown_evidence_comes_first_where_the_ladder_says_so():
    rule = EvidenceRule(name="proof", kinds=("meeting", "budget"), otherwise=Action.REVIEW)
    rules = replace(policy(Rung.EVIDENCE, Rung.FIRST), evidence=(rule,))

    decision = decided(ours(LATE, evidence=(Proof(kind="meeting"),)), undecided(theirs(EARLY)), rules)

    assert statuses(decision) == [Status.REGISTERED]


def test_ladder_orders_undecided_claims_only():
    held = theirs(EARLY)
    there = rival(held, registered(held, start="2026-03-02T10:30:00Z", partner_id=CONTOSO))
    chosen = ours(LATE, facts={"customer_choice": "PTR-NORTHWIND"})

    decision = decided(chosen, there, policy(Rung.CUSTOMER_CHOICE, Rung.FIRST))

    assert reasons(decision) == ["duplicate_registration"]


@pytest.mark.parametrize(("ties", "expected"), [(Ties.REVIEW, ["tie"]), (Ties.FIRST, ["approved_automatically"])])
def test_claims_of_one_instant_are_a_tie_where_the_policy_says_so(ties, expected):
    assert reasons(decided(ours(EARLY), undecided(theirs(EARLY)), policy(ties=ties))) == expected


def test_claim_without_what_the_policy_needs_has_no_place_and_stands_against_nobody():
    needs = Condition('"meeting" in deal.evidence')
    rules = policy(needs=needs)

    assert waits(decided(ours(LATE), undecided(theirs(EARLY)), rules)) == ["evidence_pending"]
    shown = ours(LATE, evidence=(Proof(kind="meeting"),))
    assert statuses(decided(shown, undecided(theirs(EARLY)), rules)) == [Status.REGISTERED]


@pytest.mark.parametrize(
    ("priority", "is_ours_first"),
    [(Priority.COMPLETED_AT, True), (Priority.SUBMITTED_AT, False), (Priority.CREATED_AT, False)],
)
def test_complete_first_or_submitted_first(priority, is_ours_first):
    """S10: ours is complete at 10:05, theirs was submitted at 10:00 and complete at 10:30."""
    mine = ours("2026-03-02T10:05:00Z", completed_at=utc("2026-03-02T10:05:00Z"))
    other = theirs("2026-03-02T10:00:00Z", completed_at=utc("2026-03-02T10:30:00Z"))
    rules = replace(policy(), priority=priority)
    new = rival(other, None)

    decision = decide(
        replace(case(mine, coverage=READ, rivals=(new,)), registration=None),
        rules,
        LATER,
    )

    assert (statuses(decision) == [Status.REGISTERED]) is is_ours_first


def test_evidence_time_orders_claims_and_unconfirmed_ones_have_no_place():
    rules = replace(policy(), priority=Priority.EVIDENCE_AT)
    mine = ours(EARLY, evidence=(Proof(kind="meeting", confirmed_at=utc("2026-03-03T10:00:00Z")),))
    other = theirs(LATE, evidence=(Proof(kind="meeting", confirmed_at=utc("2026-03-02T12:00:00Z")),))

    assert waits(
        decide(replace(case(mine, coverage=READ, rivals=(rival(other),)), registration=None), rules, LATER)
    ) == ["waiting_for_earlier_claim"]
    assert waits(decided(ours(EARLY), undecided(other), rules)) == ["evidence_pending"]


def _held_by_other(**changes: object) -> tuple[Claim, Registration]:
    held = theirs(EARLY)
    return held, registered(held, start="2026-03-02T10:30:00Z", partner_id=CONTOSO, **changes)


def test_second_place_is_registered_without_exclusivity():
    held, there = _held_by_other()

    decision = decided(ours(LATE), rival(held, there), policy(second=Second.RANKED))

    assert statuses(decision) == [Status.REGISTERED]
    assert decision.terms.rank == 2
    assert not decision.terms.exclusive


def test_no_more_places_than_the_policy_gives():
    held, there = _held_by_other()
    third = claim("2026-03-02T10:40:00Z", number=3, partner=partner("PTR-FABRIKAM"))
    second = registered(third, start="2026-03-02T10:45:00Z", partner_id="PTR-FABRIKAM", exclusive=False, rank=2)

    rivals = (rival(held, there), rival(third, second))
    decision = decide(case(ours(LATE), coverage=READ, rivals=rivals), policy(second=Second.RANKED), LATER)

    assert reasons(decision) == ["duplicate_registration"]


def test_second_place_moves_up_when_the_first_has_ended():
    held, there = _held_by_other(status=Status.WITHDRAWN, ended_at=LATER)
    mine = ours(LATE)
    second = registered(mine, start="2026-03-02T12:00:00Z", exclusive=False, rank=2)

    decision = decide(
        case(mine, second, coverage=READ, rivals=(rival(held, there),)), policy(second=Second.RANKED), LATER
    )

    assert decision.terms.rank == 1
    assert decision.terms.exclusive


@pytest.mark.parametrize(("places", "expected"), [(2, "co_sell"), (1, "duplicate_registration")])
def test_co_selling_partners_are_registered_side_by_side(places, expected):
    held, there = _held_by_other(exclusive=False)

    decision = decided(ours(LATE), rival(held, there), policy(second=Second.CO_SELL, places=places))

    assert reasons(decision) == [expected]
    assert not (expected == "co_sell" and decision.terms.exclusive)


def test_equal_access_registers_both_and_neither_alone():
    """S23: the jurisdiction requires equal access; a second partner submits."""
    rules = replace(policy(), jurisdictions=Jurisdictions(equal_access=frozenset({"DE"})))
    held, there = _held_by_other(exclusive=False)

    german = decided(ours(LATE), rival(held, there), rules)
    french = decided(ours(LATE, customer=Customer(name="Acme Works", country="FR")), rival(held, there), rules)

    assert statuses(german) == [Status.REGISTERED]
    assert not german.terms.exclusive
    assert french.terms.exclusive


def test_deciding_twice_changes_nothing_in_second_place():
    held, there = _held_by_other()
    rules, mine = policy(second=Second.RANKED), ours(LATE)
    first = decided(mine, rival(held, there), rules)

    again = decide(
        case(mine, applied(registration(mine), first), coverage=READ, rivals=(rival(held, there),)), rules, LATER
    )

    assert not again.transitions
    assert again.terms == first.terms


def test_each_side_is_scored_by_its_own_opportunity():
    """What is tied to one claim is not the other's: both sides find the same order, whoever is decided first."""
    rules = policy(Rung.SCORE, Rung.FIRST, score=Formula("10 if deal.stage == 'Proposal' else 1"))
    early, late = ours(EARLY), theirs(LATE)
    deal = opportunity("2026-03-02T12:00:00Z", stage="Proposal", partner_id=CONTOSO)
    held = registration(late)

    first = decided(
        early, rival(late, held), rules, opportunities=(found(deal, linked_registration_id="REG-2026-a02"),)
    )
    second = decide(
        case(
            late,
            held,
            coverage=READ,
            rivals=(rival(early, registration(early)),),
            opportunities=(found(deal, is_linked=True),),
        ),
        rules,
        LATER,
    )

    assert waits(first) == ["waiting_for_earlier_claim"]
    assert statuses(second) == [Status.REGISTERED]


@pytest.mark.parametrize("origin", ["Partner", "PARTNER ", "partner"])
def test_origin_counts_in_whatever_case_the_crm_writes_it(origin):
    rules = policy(Rung.ORIGIN, Rung.FIRST, origins=("partner", "vendor"))
    other = undecided(theirs(EARLY, origin="vendor"))

    assert statuses(decided(ours(LATE, origin=origin), other, rules)) == [Status.REGISTERED]


@pytest.mark.parametrize("word", ["PTR-NORTHWIND", "northwind  gmbh", "Northwind GmbH"])
def test_customer_may_name_the_partner_by_its_name(word):
    mine = ours(LATE, partner=partner(name="Northwind GmbH"), facts={"customer_choice": word})
    rules = policy(Rung.CUSTOMER_CHOICE, Rung.FIRST)

    assert statuses(decided(mine, undecided(theirs(EARLY)), rules)) == [Status.REGISTERED]


@pytest.mark.parametrize(
    ("disclosure", "expected"),
    [
        (Disclosure(), "This deal was already registered when your registration reached us."),
        (
            Disclosure(tells_end_of_rival=True),
            "This deal was already registered when your registration reached us. It may be free from 2026-06-01 on.",
        ),
    ],
)
def test_refused_partner_reads_from_when_on_the_deal_may_be_free_where_that_is_disclosed(disclosure, expected):
    held = theirs(EARLY)
    there = rival(held, registered(held, start="2026-03-02T10:30:00Z", partner_id=CONTOSO))
    rules = replace(policy(), disclosure=disclosure)
    mine = ours(LATE)

    decision = decided(mine, there, rules)

    assert ENGLISH.note(outcome_of(applied(registration(mine), decision))) == expected


def test_what_was_told_of_a_full_quota_is_not_told_of_another_refusal():
    """Waited over a full quota, then second: the numbers of the quota have nothing to do with it."""
    held = theirs(EARLY)
    there = rival(held, registered(held, start="2026-03-02T10:30:00Z", partner_id=CONTOSO))
    mine = ours(LATE)
    before = registration(mine, memory={"told": {"count": 25, "limit": 25, "free_from": "2026-03-09"}})

    decision = decided(mine, there, policy(), held=before)

    assert reasons(decision) == ["duplicate_registration"]
    assert "told" not in decision.memory


def proven(of: Claim, *confirmed: str | None) -> Claim:
    proofs = [
        Proof(kind=f"proof {number}", confirmed_at=utc(at) if at else None) for number, at in enumerate(confirmed)
    ]
    return replace(of, evidence=tuple(proofs))


BY_EVIDENCE = replace(policy(), priority=Priority.EVIDENCE_AT)


def test_claim_shown_later_is_second_however_early_it_was_submitted():
    """Submitted first, its evidence confirmed after the other's: the time of evidence orders them, not that of reception."""
    mine = proven(ours(EARLY), "2026-03-03T12:00:00Z")
    other = proven(theirs(LATE), "2026-03-03T09:00:00Z")
    start = "2026-03-03T09:30:00Z"
    there = rival(other, registered(other, start=start, partner_id=CONTOSO, priority_at=utc("2026-03-03T09:00:00Z")))

    assert reasons(decided(mine, there, BY_EVIDENCE)) == ["duplicate_registration"]


@pytest.mark.parametrize("further", ["2026-03-04T09:00:00Z", None])
def test_further_proof_does_not_take_a_claims_place_away(further):
    """Shown at 12:00; what is added afterwards, confirmed or not yet, changes nothing of its place."""
    early = replace(BY_EVIDENCE, approval=Approval(is_automatic=False))
    first, held = lived(
        registration(ours()), proven(ours(), "2026-03-03T12:00:00Z"), early, "2026-03-03T13:00:00Z", coverage=READ
    )

    again, _ = lived(
        held, proven(ours(), "2026-03-03T12:00:00Z", further), BY_EVIDENCE, "2026-03-04T11:00:00Z", coverage=READ
    )

    assert first.priority_at == again.priority_at == utc("2026-03-03T12:00:00Z")
    assert reasons(again) == ["approved_automatically"]

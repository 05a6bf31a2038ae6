"""Proof of the partner's work: N of M kinds, dated, fresh, done before the submission, brought later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rules.action import Action
from rules.decide import decide
from rules.expression import Condition
from rules.primitives.evidence import EvidenceRule
from rules.records import Proof, Status
from rules.span import Span
from tests.rules.build import POLICY, applied, case, claim, reasons, registration, statuses, utc, waits

AT = "2026-03-02T10:00:00Z"
NOW = utc("2026-03-02T10:05:00Z")
TWO_OF_THREE = EvidenceRule(name="engagement", kinds=("Meeting", "Demo", "Proposal"), at_least=2)


def policy(*rules):
    return replace(POLICY, evidence=rules, holding=None)


def shown(*proofs, **changes):
    found = [each if isinstance(each, Proof) else Proof(kind=each) for each in proofs]
    return claim(AT, evidence=tuple(found), **changes)


def dated(kind, on):
    return Proof(kind=kind, on=date.fromisoformat(on))


@pytest.mark.parametrize(
    ("proofs", "expected"),
    [
        (("Meeting", "Demo"), Status.REGISTERED),
        (("meeting", "PROPOSAL", "Letter"), Status.REGISTERED),
        (("Meeting", "meeting"), Status.RETURNED),  # one kind twice is one kind
        (("Meeting", "Letter"), Status.RETURNED),
        ((), Status.RETURNED),
    ],
)
def test_so_many_of_the_kinds(proofs, expected):
    assert statuses(decide(case(shown(*proofs)), policy(TWO_OF_THREE), NOW)) == [expected]


def test_partner_hears_what_could_still_be_brought():
    decision = decide(case(shown("Demo")), policy(TWO_OF_THREE), NOW)

    assert reasons(decision) == ["evidence_missing"]
    assert decision.extra["missing"] == ["Meeting", "Proposal"]
    assert decision.deciding == "evidence.engagement"


@pytest.mark.parametrize(
    ("changes", "proof", "expected"),
    [
        ({"dated": True}, Proof(kind="Meeting"), Status.RETURNED),
        ({"dated": True}, dated("Meeting", "2020-01-01"), Status.REGISTERED),
        ({"not_older_than": Span(days=60)}, dated("Meeting", "2025-12-31"), Status.RETURNED),
        ({"not_older_than": Span(days=60)}, dated("Meeting", "2026-01-01"), Status.REGISTERED),  # exactly that old
        ({"not_older_than": Span(days=60)}, Proof(kind="Meeting"), Status.RETURNED),
        ({"before_submission": True}, dated("Meeting", "2026-03-02"), Status.REGISTERED),
        ({"before_submission": True}, dated("Meeting", "2026-03-03"), Status.RETURNED),
        ({"before_submission": True}, Proof(kind="Meeting"), Status.RETURNED),
    ],
)
def test_dated_fresh_and_done_before_the_submission(changes, proof, expected):
    rule = EvidenceRule(**{"name": "engagement", "kinds": ("Meeting",), **changes})

    assert statuses(decide(case(shown(proof)), policy(rule), NOW)) == [expected]


@pytest.mark.parametrize(
    ("otherwise", "status", "reason"),
    [
        (Action.RETURN, Status.RETURNED, "evidence_missing"),
        (Action.REFUSE, Status.REFUSED, "evidence_missing"),
        (Action.REVIEW, Status.IN_REVIEW, "evidence_doubtful"),
    ],
)
def test_evidence_required_later_keeps_the_claim_pending_until_its_time_is_over(otherwise, status, reason):
    rules = policy(replace(TWO_OF_THREE, within=Span(days=10), otherwise=otherwise))
    first = decide(case(shown("Demo")), rules, NOW)
    assert waits(first) == ["evidence_pending"]
    assert [each.at for each in first.deadlines if each.kind == "evidence_due"] == [utc("2026-03-13T00:00:00Z")]
    assert first.memory["told"] == {"until": "2026-03-12"}

    held = applied(registration(shown("Demo")), first)
    brought = decide(case(shown("Demo", "Meeting"), held), rules, utc("2026-03-12T12:00:00Z"))
    assert statuses(brought) == [Status.REGISTERED]

    over = decide(case(shown("Demo"), held), rules, utc("2026-03-13T00:00:00Z"))
    assert (statuses(over), reasons(over)) == ([status], [reason])


def test_returned_for_evidence_comes_back_with_it():
    rules = policy(TWO_OF_THREE)
    held = applied(registration(shown()), decide(case(shown()), rules, NOW))
    later = utc("2026-03-05T10:00:00Z")
    assert not decide(case(shown("Letter"), held, claim_changed_at=later), rules, later).transitions

    back = decide(case(shown("Demo", "Meeting"), held, claim_changed_at=later), rules, later)
    assert statuses(back) == [Status.RECEIVED, Status.REGISTERED]


def test_evidence_is_asked_only_where_the_condition_holds():
    """A letter of decommissioning is asked for replacements only."""
    rules = policy(EvidenceRule(name="letter", kinds=("letter",), when=Condition("deal.kind == 'replacement'")))

    assert statuses(decide(case(shown()), rules, NOW)) == [Status.REGISTERED]
    assert statuses(decide(case(shown(kind="Replacement")), rules, NOW)) == [Status.RETURNED]

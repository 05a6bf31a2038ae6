"""A proposal that nobody wants to follow: dismissed, it is gone, and the claim goes on as if it had not been made."""

from __future__ import annotations

from dataclasses import replace

from rules.cases import Command, CommandKind
from rules.decide import decide
from rules.records import Status
from tests.rules.build import POLICY, applied, case, claim, flags, registered, registration, statuses, utc

MINE = claim("2026-03-02T10:00:00Z")
PROPOSED = Command(
    kind=CommandKind.APPROVE, actor=None, at=utc("2026-03-02T11:00:00Z"), source="salesforce Status__c = Approved"
)
DISMISS = Command(
    kind=CommandKind.DISMISS, actor="ann", at=utc("2026-03-02T12:00:00Z"), source="command line", is_allowed=True
)


def test_claim_that_was_in_review_for_a_proposal_goes_on_by_the_rules():
    proposed = decide(case(MINE, command=PROPOSED), POLICY, utc("2026-03-02T11:00:00Z"))
    held = applied(registration(MINE), proposed)
    assert (held.status, held.reason) == (Status.IN_REVIEW, "command_proposed")

    decision = decide(case(MINE, held, command=DISMISS, proposal=PROPOSED), POLICY, utc("2026-03-02T12:00:00Z"))

    assert statuses(decision) == [Status.RECEIVED, Status.HOLDING]
    assert decision.transitions[0].actor == "person:ann"
    assert decision.proposal is None


def test_registration_keeps_its_status_and_loses_the_flag():
    held = registered(MINE, start="2026-03-03T00:00:00Z")
    wish = replace(PROPOSED, kind=CommandKind.EXTEND, at=utc("2026-03-10T00:00:00Z"))
    now = utc("2026-03-11T00:00:00Z")
    assert "command_not_allowed" in flags(decide(case(MINE, held, proposal=wish), POLICY, now))

    decision = decide(case(MINE, held, command=replace(DISMISS, at=now), proposal=wish), POLICY, now)

    assert (decision.transitions, decision.proposal, decision.flags) == ((), None, ())


def test_someone_who_may_not_command_dismisses_nothing():
    proposed = decide(case(MINE, command=PROPOSED), POLICY, utc("2026-03-02T11:00:00Z"))
    held = applied(registration(MINE), proposed)
    stranger = replace(DISMISS, is_allowed=False)

    decision = decide(case(MINE, held, command=stranger, proposal=PROPOSED), POLICY, utc("2026-03-02T12:00:00Z"))

    assert statuses(decision) == []
    assert "command_not_allowed" in flags(decision)

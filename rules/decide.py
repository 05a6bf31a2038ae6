"""Decide what becomes of one claim: the only door through which any status changes.

decide() is a pure function of the case, the policy and the instant: it reads no clock, no ledger and no CRM, and told the
same it says the same. In order: a submission that is gone, a person's command, what the partner asks for, then the stages of
lifecycle.py and protection.py until nothing moves any more. The result holds the moves, the terms and deadlines that hold
after them, and every rule as it was asked.

LADDER is the order of precedence for open claims. A new rule is one function (rules/primitives/, conflict.py, stakes.py) and
one line in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from rules.cases import Case, Command, CommandKind, Decision, LinkChange, StepResult, Terms
from rules.commands import obey, stand
from rules.conflict import (
    earlier_claims_decided,
    first_claim,
    follow_rank,
    has_place,
    no_doubtful_claim,
    no_late_dispute,
    no_tie,
    own_repeat,
)
from rules.deadlines import ANSWERABLE, deadlines
from rules.lifecycle import Ladder, Rule, holding_end, returned, settled, weigh, withdrawn
from rules.matching.keys import UNKNOWN
from rules.policy import Policy
from rules.primitives.after_end import may_register_again, not_locked
from rules.primitives.approval import automatic
from rules.primitives.deal_key import freeze, key_of
from rules.primitives.evidence import evidence
from rules.primitives.gates import gates, standing, tier
from rules.primitives.intake import channel, complete, partner_known
from rules.primitives.kinds import kind_open
from rules.primitives.newness import new_business
from rules.primitives.objections import flag_objections, no_objection
from rules.primitives.parties import parties
from rules.primitives.precedence import Ties, place_of
from rules.primitives.priority import Priority
from rules.primitives.programmes import choose, some_programme
from rules.primitives.quotas import quotas
from rules.primitives.rewards import rewards_of, worth
from rules.primitives.tender import TenderRule, tender
from rules.primitives.thresholds import large_enough
from rules.protection import guard, watch
from rules.records import OPEN, PROTECTED, Status
from rules.requests import answer_request
from rules.rivals import all_rivals, holds, is_certain, place_in, status_of
from rules.situation import Situation
from rules.stakes import (
    APPEARED_LATER,
    no_direct_deal,
    no_doubtful_deal,
    no_rival_deal,
    stakes_of,
    was_closed_before,
)


def _always(policy: Policy) -> bool:
    return True


# Each rule with whether a policy asks it at all: a section that nobody wrote costs nothing and explains nothing.
LADDER: Final[tuple[tuple[str, Rule, Callable[[Policy], object]], ...]] = (
    ("programme", some_programme, lambda policy: policy.programmes),
    ("complete", complete, _always),
    ("channel", channel, lambda policy: policy.intake.channels),
    ("partner_known", partner_known, _always),
    ("standing", standing, _always),
    ("tier", tier, lambda policy: policy.standing.tiers),
    ("kind", kind_open, lambda policy: policy.conversions.kinds),
    ("gate", gates, lambda policy: policy.gates),
    ("party", parties, lambda policy: policy.parties.rules),
    ("threshold", large_enough, lambda policy: policy.thresholds),
    ("tender", tender, lambda policy: policy.tender.rule is not TenderRule.ALWAYS),
    ("quota", quotas, lambda policy: policy.quotas),
    ("own_repeat", own_repeat, _always),
    ("again", may_register_again, lambda policy: not policy.after_expiry.is_free),
    ("lock", not_locked, lambda policy: policy.after_win.lock),
    ("first_claim", first_claim, _always),
    ("direct_deal", no_direct_deal, _always),
    ("newness", new_business, lambda policy: policy.newness),
    ("rival_deal", no_rival_deal, _always),
    ("late_dispute", no_late_dispute, _always),
    ("tie", no_tie, lambda policy: policy.precedence.ties is Ties.REVIEW),
    ("doubtful_claim", no_doubtful_claim, _always),
    ("doubtful_deal", no_doubtful_deal, _always),
    ("objection", lambda situation: no_objection(situation, holding_end), _always),
    ("evidence", evidence, lambda policy: policy.evidence),
    ("place", has_place, lambda policy: policy.precedence.needs or policy.priority is Priority.EVIDENCE_AT),
    ("approval", automatic, _always),
    ("earlier_claims", earlier_claims_decided, _always),
)
_LADDERS: Final[dict[int, tuple[Policy, Ladder]]] = {}
_LADDERS_MAX: Final = 64


def ladder_of(policy: Policy) -> Ladder:
    """Return the rules that a policy asks, in order."""
    known = _LADDERS.get(id(policy))
    if known is not None and known[0] is policy:
        return known[1]
    ladder = tuple((name, rule) for name, rule, is_asked in LADDER if is_asked(policy))
    if len(_LADDERS) >= _LADDERS_MAX:
        _LADDERS.clear()
    _LADDERS[id(policy)] = (policy, ladder)
    return ladder


def _weigh(situation: Situation) -> bool:
    return weigh(situation, ladder_of(situation.policy))


def _returned(situation: Situation) -> bool:
    return returned(situation, ladder_of(situation.policy))


# What looks at a claim in each status.
STAGES: Final[Mapping[Status, Callable[[Situation], bool]]] = {
    Status.RECEIVED: _weigh,
    Status.HOLDING: _weigh,
    Status.IN_REVIEW: _weigh,
    Status.RETURNED: _returned,
    Status.REGISTERED: guard,
    Status.SUSPENDED: guard,
    Status.WON: watch,
    Status.LOST: watch,
    Status.EXPIRED: watch,
    Status.WITHDRAWN: withdrawn,
    Status.RECAPTURED: settled,
    Status.SUPERSEDED: settled,
    Status.REFUSED: settled,
}
_MOVES_MAX: Final = 12
_LINKABLE: Final = ANSWERABLE | PROTECTED


def decide(case: Case, policy: Policy, now: datetime) -> Decision:
    """Return what becomes of the case's claim at `now`. A case that has not changed since gives no transitions.

    now: aware, UTC.
    """
    assert now.tzinfo is not None, now
    situation = _under_programme(Situation(case, policy, now))
    proposal = _outside_word(situation)
    if case.claim.request is None or case.is_gone:
        _settle(situation)
    else:
        answer_request(situation, against_outcome=False)
        _settle(situation)
        if answer_request(situation, against_outcome=True):
            _settle(situation)
    if proposal is None:
        proposal = _unanswered(situation)
    if situation.status in PROTECTED:
        freeze(situation)
        if situation.rank > 1:
            follow_rank(situation)
    if situation.policy.rewards.rules:
        situation.rewards = rewards_of(situation)
    return _decision(situation, proposal)


def _settle(situation: Situation) -> None:
    """Let the stages look at the claim until nothing moves any more."""
    told = tuple(situation.flags)
    while STAGES[situation.status](situation):
        assert len(situation.transitions) < _MOVES_MAX, situation.transitions
        situation.waits.clear()
        situation.flags[:] = told  # what an earlier stage showed may no longer hold


def _under_programme(situation: Situation) -> Situation:
    """Return the situation under the programme that applies."""
    policy = choose(situation, worth)
    if policy is situation.policy:
        return situation
    chosen = situation.under(policy)
    chosen.programme = situation.programme
    chosen.steps.extend(situation.steps)
    return chosen


def _unanswered(situation: Situation) -> Command | None:
    """Return the proposal that was made before, while nobody answers it and the status stays the one it was made for."""
    case = situation.case
    if case.proposal is None or case.command is not None or case.is_gone or situation.transitions:
        return None
    stand(situation, case.proposal)
    return case.proposal


def _outside_word(situation: Situation) -> Command | None:
    """Follow what the CRM says apart from rules: the submission is gone, or a person commands. Return a proposal."""
    case = situation.case
    if case.is_gone and situation.status in OPEN:
        situation.step("submission", StepResult.FAILED, "the submission is gone from the CRM")
        situation.deciding = "submission"
        situation.move(Status.WITHDRAWN, "submission_gone", actor=f"crm:{case.claim.ref.connection}")
        return None
    if case.command is None or case.is_gone:
        return None
    return case.command if obey(situation, case.command) else None


def _decision(situation: Situation, proposal: Command | None) -> Decision:
    due = deadlines(situation)
    _flag_facts(situation)
    return Decision(
        transitions=tuple(situation.transitions),
        terms=Terms(
            partner_id=situation.partner_id,
            exclusive=situation.exclusive,
            window=situation.window,
            rank=situation.rank,
            rewards=situation.rewards,
            programme=situation.programme,
            kind=situation.kind,
        ),
        deal_key=_deal_key(situation),
        priority_at=situation.priority_at,
        steps=tuple(situation.steps),
        deciding=situation.deciding,
        waits=tuple(situation.waits),
        flags=tuple(situation.flags),
        links=_links(situation),
        deadlines=due,
        proposal=proposal,
        extra=situation.extra,
        memory=situation.memory,
    )


def _flag_facts(situation: Situation) -> None:
    """Show a person what holds whatever the stage said."""
    claim = situation.claim.ref
    if situation.case.objections and situation.status in OPEN | PROTECTED:
        flag_objections(situation, holding_end)
    if situation.case.is_gone and situation.status in PROTECTED:
        situation.flag("submission_gone", claim, "the submission is gone from the CRM; the deal stays protected")
    command = situation.case.command
    if command is not None and command.kind is CommandKind.ADOPT:
        if "adopted_conflict" in situation.extra:
            situation.flag("adopted_conflict", claim, f"{situation.extra['adopted_conflict']} holds the same deal")
        if "adopted_without_end" in situation.extra:
            situation.flag("adopted_without_end", claim, "no end of protection was found")


def _deal_key(situation: Situation) -> str:
    """Return the key under which the deal is held: frozen once registered, shared with the claim that came first.

    Two CRMs may name one customer differently; claims that certainly mean one deal take the key of the first, so that the
    ledger's unique index sees them as one.
    """
    registration = situation.case.registration
    is_decided = registration is not None and registration.status not in OPEN and situation.status not in OPEN
    if registration is not None and registration.deal_key and is_decided:
        return registration.deal_key
    mine = place_of(situation)
    keys = [
        (status_of(each) not in PROTECTED, each.registration.priority_at, each.claim.ref, each.registration.deal_key)
        for each in all_rivals(situation)
        if each.registration is not None and each.registration.deal_key and is_certain(each)
        if status_of(each) in PROTECTED or (status_of(each) in ANSWERABLE and place_in(each, situation) < mine)
    ]
    if keys:
        return min(keys)[3]
    claim = situation.claim
    customer_id = situation.customer_id()
    if customer_id == UNKNOWN:
        customer_id = f"c:{claim.ref}"  # two customers that nobody named are not one
    key = key_of(situation, customer_id)
    is_granted = situation.status in PROTECTED and situation.deciding != "adopted"
    is_shared = is_granted and any(holds(each, key) for each in all_rivals(situation))
    # A rival of the same key that is not certainly the same deal was looked at, and let stand, on the way here.
    return f"{key}|{claim.ref}" if is_shared else key


def _links(situation: Situation) -> tuple[LinkChange, ...]:
    """Return the opportunities to tie to the registration: its own at once, one that just appeared once it is registered."""
    has_just_closed = bool(situation.transitions) and situation.status in (Status.WON, Status.LOST)
    if (situation.status not in _LINKABLE and not has_just_closed) or situation.partner_id is None:
        return ()
    stakes = stakes_of(situation)
    is_registered = situation.status not in OPEN
    return tuple(
        LinkChange(ref=found.opportunity.ref, is_added=True, why=why)
        for found, why in zip(stakes.ours, stakes.why, strict=True)
        if not found.is_linked and (is_registered or why != APPEARED_LATER) and not was_closed_before(found, situation)
    )

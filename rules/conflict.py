"""What other claims for the same deal mean: whose came first, who holds it, and what is only a maybe.

Each rule is one small function from a Situation to a Verdict; rules/rivals.py sorts the claims out. Nothing is refused as
second before every connection has been read past the claim's own time; a claim that turns out earlier than one already
registered opens a dispute and swaps nothing.
"""

from __future__ import annotations

from datetime import datetime

from rules.action import Action
from rules.cases import Fact, Rival, Sameness, StepResult, Wait
from rules.events import submitted_at
from rules.other_side import orders_differ, their_side
from rules.primitives.jurisdictions import ranks_equal_access, requires_equal_access
from rules.primitives.precedence import Second, Ties, is_tie, place_of, takes_place
from rules.primitives.priority import LACKED_AT, QUALIFIED_AT
from rules.rivals import (
    VALID,
    all_rivals,
    doubt,
    is_certain,
    label,
    live_others,
    partner_of,
    place_in,
    rival_fact,
    rivals_of,
    status_of,
    submitted,
)
from rules.situation import WAITING_FOR_EARLIER, Kind, Situation, Verdict, final, passed, skipped, told
from rules.verdicts import tell
from rules.windows import local_date


def own_repeat(situation: Situation) -> Verdict:
    """The same partner holds no registration of the deal; else this claim is superseded by it."""
    own = rivals_of(situation).own
    if not own:
        return passed("the partner holds no other registration of this deal")
    text = f"the same partner's {label(own[0])} is {status_of(own[0])}"
    return final(situation, Kind.SUPERSEDE, text, (rival_fact(own[0]),), "own_repeat")


def has_place(situation: Situation) -> Verdict:
    """The claim has what the policy needs before it takes a place among others."""
    if takes_place(situation):
        return passed("the claim takes its place in the order")
    due = _lacks_until(situation)
    if due is not None and situation.now >= due:
        text = f"what the policy needs for a place in the order has not been shown by {told(due)}"
        return Verdict(Kind.REFUSE, text, (), "engagement_not_shown")
    detail = "the claim has no place in the order yet: what the policy needs for it has not been shown"
    wait = Wait(reason="evidence_pending", detail=detail, until=due)
    return Verdict(Kind.WAIT, detail, (), "evidence_pending", StepResult.UNKNOWN, wait)


def _lacks_until(situation: Situation) -> datetime | None:
    """Remember that the claim lacks what a place needs; return until when it may bring that."""
    rules = situation.policy.precedence
    if rules.needs is None or rules.needs.test(situation.facts) is True:
        return None
    situation.memory.setdefault(LACKED_AT, situation.now.isoformat())
    situation.memory.pop(QUALIFIED_AT, None)
    return None if rules.needs_within is None else situation.end_of(rules.needs_within, submitted_at(situation))


def first_claim(situation: Situation) -> Verdict:
    """No other partner's earlier claim holds the deal at this claim's time; else it is second."""
    second = situation.policy.precedence.second
    if not situation.is_exclusive():
        return _equal(situation)
    first = rivals_of(situation).first
    if not first:
        return passed("no earlier claim of another partner holds this deal")
    text = f"{label(first[0])}, submitted {submitted(first[0], situation)}, was first and is {status_of(first[0])}"
    facts = tuple(rival_fact(each) for each in first)
    if second is Second.REVIEW:
        return Verdict(Kind.REVIEW, text, facts, "duplicate_possible")
    if second is Second.RANKED:
        rank = 1 + len(live_others(situation))
        if rank <= situation.policy.precedence.places:
            situation.rank = rank
            return passed(f"{text}; this claim takes place {rank} of {situation.policy.precedence.places}", *facts)
    _tell_end(first[0], situation)
    return final(situation, Kind.REFUSE, text, facts, "duplicate_registration")


def no_late_dispute(situation: Situation) -> Verdict:
    """No later claim was registered before this one was seen; else a person settles it, nothing is swapped silently."""
    late = rivals_of(situation).late
    if not late:
        return passed("no later claim holds this deal")
    text = f"{label(late[0])}, submitted {submitted(late[0], situation)}, is later but already {status_of(late[0])}"
    return Verdict(Kind.REVIEW, text, tuple(rival_fact(each) for each in late), "earlier_claim_seen_late")


def no_tie(situation: Situation) -> Verdict:
    """No rung leaves the claim equal to another one, where the policy gives ties to a person."""
    if situation.policy.precedence.ties is Ties.FIRST or not situation.case.rivals:
        return skipped("ties go by the record's id")
    mine = place_of(situation)
    for rival in all_rivals(situation):
        is_open = status_of(rival) in VALID and partner_of(rival) != situation.partner_id
        if is_open and is_certain(rival) and is_tie(mine, place_in(rival, situation)):
            text = f"no rung of the ladder tells it from {label(rival)}"
            return Verdict(Kind.REVIEW, text, (rival_fact(rival),), "tie")
    return passed("no other claim has the same place")


def no_doubtful_claim(situation: Situation) -> Verdict:
    """No other partner's claim may or may not be for the same deal."""
    rules = situation.policy.precedence
    for rival in rivals_of(situation).unsure:
        is_related = rival.customer_match.sameness is Sameness.RELATED
        if (rules.related_customer if is_related else rules.unsure_match) is Action.OFF:
            continue
        text = f"{label(rival)} {doubt(rival.customer_match.sameness)}"
        reason = "related_customer" if is_related else "unsure_match"
        return Verdict(Kind.REVIEW, text, (rival_fact(rival),), reason, StepResult.UNKNOWN)
    return passed("no other claim is doubtful")


def earlier_claims_decided(situation: Situation) -> Verdict:
    """Every earlier valid claim for the deal has been decided; else this one waits for it.

    The same partner's own earlier claim is waited for, too: it may yet be refused, and this one be its correction.
    """
    rivals = rivals_of(situation)
    is_exclusive = situation.is_exclusive()
    disputed = _disputed_order(situation) if is_exclusive else None
    if disputed is not None:
        text = f"its programme and that of {label(disputed)} do not agree which of the two comes first"
        return Verdict(Kind.REVIEW, text, (rival_fact(disputed),), "tie")
    open_ones = rivals.own_undecided
    if is_exclusive:
        open_ones = (*open_ones, *rivals.undecided, *rivals.lapsing)
    elif ranks_equal_access(situation):
        open_ones = (*open_ones, *rivals.undecided)
    if not open_ones:
        return passed("no earlier claim is undecided")
    text = f"{label(open_ones[0])} comes earlier and is still {status_of(open_ones[0])}"
    return _wait_for(open_ones[0], text, tuple(rival_fact(each) for each in open_ones))


def own_newer(situation: Situation) -> Rival | None:
    """Return the same partner's registration of the deal that has overtaken a returned claim."""
    own = rivals_of(situation).own
    return own[0] if own else None


def disputes(situation: Situation) -> tuple[Rival, ...]:
    """Return the open claims of other partners that are earlier than this registered one; a shared deal has no first."""
    return () if not situation.is_exclusive() else rivals_of(situation).undecided


def follow_rank(situation: Situation) -> None:
    """Move a claim in second place up when those before it have ended."""
    ahead = sum(
        1
        for each in live_others(situation)
        if each.registration is not None and each.registration.rank < situation.rank
    )
    if ahead + 1 < situation.rank:
        situation.step("rank", StepResult.PASSED, f"moves up from place {situation.rank} to {ahead + 1}")
        situation.rank = ahead + 1
        situation.exclusive = situation.rank == 1 and situation.is_exclusive()


def _equal(situation: Situation) -> Verdict:
    """Several partners may be registered; only their number may be limited."""
    if requires_equal_access(situation):
        situation.rank = 1 + len(live_others(situation)) if ranks_equal_access(situation) else 1
        return passed("law requires equal access: nobody holds this deal alone")
    precedence = situation.policy.precedence
    others = live_others(situation)
    if precedence.second is Second.CO_SELL and len(others) >= precedence.places:
        text = f"{len(others)} partners are registered for this deal, as many as there may be"
        return final(situation, Kind.REFUSE, text, tuple(rival_fact(each) for each in others), "duplicate_registration")
    return skipped("claims for the same deal do not exclude each other")


def _disputed_order(situation: Situation) -> Rival | None:
    """Return another partner's open claim for the deal that its own programme orders otherwise than this one's does."""
    if not situation.whole.programmes:
        return None
    return next(
        (
            each
            for each in all_rivals(situation)
            if is_certain(each) and status_of(each) in VALID and partner_of(each) != situation.partner_id
            if takes_place(their_side(each, situation)) and orders_differ(each, situation)
        ),
        None,
    )


def _tell_end(first: Rival, situation: Situation) -> None:
    """Let the partner read from when on the deal may be free, where the policy discloses so much: a day, no more."""
    window = first.registration.window if first.registration is not None else None
    if situation.policy.disclosure.tells_end_of_rival and window is not None and situation.now < window.end:
        tell(situation, free_from=local_date(window.end, situation.policy.zone))


def _wait_for(rival: Rival, text: str, facts: tuple[Fact, ...]) -> Verdict:
    wait = Wait(
        reason=WAITING_FOR_EARLIER, detail=f"waiting for {label(rival)}: it comes earlier, still {status_of(rival)}"
    )
    return Verdict(Kind.WAIT, text, facts, WAITING_FOR_EARLIER, StepResult.UNKNOWN, wait)

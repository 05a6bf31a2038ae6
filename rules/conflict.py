"""What other claims for the same deal mean: whose came first, who holds it, and what is only a maybe.

Claims for one deal are ordered by priority time, then connection, then record id. Only certain matches (same customer and
same deal) decide anything; related or unsure ones send a claim to review. An incomplete claim (returned) is not valid yet
and takes no place in the order. Nothing is refused as second before every connection has been read past the claim's own
time; a claim that turns out earlier than one already registered opens a dispute and swaps nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rules.action import Action
from rules.cases import Fact, Rival, Sameness, StepResult, Wait
from rules.primitives.precedence import Second
from rules.records import OPEN, PROTECTED, Registration, Status, Window
from rules.situation import (
    WAITING_FOR_EARLIER,
    Kind,
    Order,
    Situation,
    Verdict,
    final,
    passed,
    priority_of,
    skipped,
    told,
)
from rules.windows import end_of

_VALID: Final = OPEN - {Status.RETURNED}
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rivals:
    """The other claims of a case by what they are to this one, each in the order of priority.

    own: the same partner's registrations of the same deal. own_undecided: its earlier claims without a decision. first:
    earlier claims of others whose window covers this claim's time. lapsing: earlier ones still recorded as live although
    their window was over by then. late: live ones of others that are later than this claim. undecided: earlier valid
    claims of others without a decision. unsure: live or earlier ones that may be for the same deal.
    """

    own: tuple[Rival, ...] = ()
    own_undecided: tuple[Rival, ...] = ()
    first: tuple[Rival, ...] = ()
    lapsing: tuple[Rival, ...] = ()
    late: tuple[Rival, ...] = ()
    undecided: tuple[Rival, ...] = ()
    unsure: tuple[Rival, ...] = ()


NO_RIVALS: Final = Rivals()


def rivals_of(situation: Situation) -> Rivals:
    """Return the case's rivals, sorted out once per decision."""
    if not situation.case.rivals:
        return NO_RIVALS
    found: Rivals = situation.shared("rivals", _sort_out)
    return found


def status_of(rival: Rival) -> Status:
    """Return a rival's status; one not recorded yet has just been received."""
    return rival.registration.status if rival.registration is not None else Status.RECEIVED


def is_certain(rival: Rival) -> bool:
    return rival.customer_match.sameness is Sameness.SAME and rival.deal_match.sameness is Sameness.SAME


def holder_of(situation: Situation) -> Rival | None:
    """Return the claim that holds the same deal exclusively at present, whoever's it is."""
    return next((each for each in situation.case.rivals if is_certain(each) and _holds(each)), None)


def holds(rival: Rival, deal_key: str) -> bool:
    """Tell whether a rival holds this very key at present, exclusively."""
    return _holds(rival) and rival.registration is not None and rival.registration.deal_key == deal_key


def own_repeat(situation: Situation) -> Verdict:
    """The same partner holds no registration of the deal; else this claim is superseded by it."""
    own = rivals_of(situation).own
    if not own:
        return passed("the partner holds no other registration of this deal")
    text = f"the same partner's {label(own[0])} is {status_of(own[0])}"
    return final(situation, Kind.SUPERSEDE, text, (rival_fact(own[0]),), "own_repeat")


def first_claim(situation: Situation) -> Verdict:
    """No other partner's earlier claim holds the deal at this claim's time."""
    second = situation.policy.precedence.second
    if second is Second.OFF or not situation.is_exclusive():
        return skipped("claims for the same deal do not exclude each other")
    first = rivals_of(situation).first
    if not first:
        return passed("no earlier claim of another partner holds this deal")
    text = f"{label(first[0])}, submitted {_when(first[0], situation)}, was first and is {status_of(first[0])}"
    facts = tuple(rival_fact(each) for each in first)
    if second is Second.REVIEW:
        return Verdict(Kind.REVIEW, text, facts, "duplicate_possible")
    return final(situation, Kind.REFUSE, text, facts, "duplicate_registration")


def no_late_dispute(situation: Situation) -> Verdict:
    """No later claim was registered before this one was seen; else a person settles it, nothing is swapped silently."""
    late = rivals_of(situation).late
    if not late:
        return passed("no later claim holds this deal")
    text = f"{label(late[0])}, submitted {_when(late[0], situation)}, is later but already {status_of(late[0])}"
    return Verdict(Kind.REVIEW, text, tuple(rival_fact(each) for each in late), "earlier_claim_seen_late")


def no_doubtful_claim(situation: Situation) -> Verdict:
    """No other partner's claim may or may not be for the same deal."""
    rules = situation.policy.precedence
    for rival in rivals_of(situation).unsure:
        is_related = rival.customer_match.sameness is Sameness.RELATED
        if (rules.related_customer if is_related else rules.unsure_match) is Action.OFF:
            continue
        text = f"{label(rival)} {doubt(rival.customer_match.sameness)}"
        return Verdict(
            Kind.REVIEW,
            text,
            (rival_fact(rival),),
            "related_customer" if is_related else "unsure_match",
            StepResult.UNKNOWN,
        )
    return passed("no other claim is doubtful")


def earlier_claims_decided(situation: Situation) -> Verdict:
    """Every earlier valid claim for the deal has been decided; else this one waits for it.

    The same partner's own earlier claim is waited for, too: it may yet be refused, and this one be its correction.
    """
    rivals = rivals_of(situation)
    is_exclusive = situation.is_exclusive()
    open_ones = (*rivals.own_undecided, *rivals.undecided, *rivals.lapsing) if is_exclusive else rivals.own_undecided
    if not open_ones:
        return passed("no earlier claim is undecided")
    text = f"{label(open_ones[0])} is earlier and still {status_of(open_ones[0])}"
    return _wait_for(open_ones[0], text, tuple(rival_fact(each) for each in open_ones))


def own_newer(situation: Situation) -> Rival | None:
    """Return the same partner's registration of the deal that has overtaken a returned claim."""
    own = rivals_of(situation).own
    return own[0] if own else None


def disputes(situation: Situation) -> tuple[Rival, ...]:
    """Return the open claims of other partners that are earlier than this registered one."""
    return rivals_of(situation).undecided


def claimant_since(situation: Situation, moment: datetime) -> Rival | None:
    """Return another partner's open claim for the same deal that was made at `moment` or later, the first of them."""
    found = [
        (_order(each, situation), each)
        for each in situation.case.rivals
        if is_certain(each) and status_of(each) in _VALID and _partner_id(each) != situation.partner_id
    ]
    since = sorted(((order, each) for order, each in found if order[0] >= moment), key=lambda pair: pair[0])
    return since[0][1] if since else None


def label(rival: Rival) -> str:
    """Return how a rival is called in explanations for support: its registration id, else its row."""
    return rival.registration.registration_id if rival.registration is not None else str(rival.claim.ref)


def rival_fact(rival: Rival) -> Fact:
    since = rival.registration.status_since if rival.registration is not None else None
    return Fact(name="rival.status", value=status_of(rival), source=label(rival), at=since)


def doubt(sameness: Sameness) -> str:
    """Return what is unsure about another record, in words."""
    if sameness is Sameness.RELATED:
        return "is for a related company"
    if sameness is Sameness.REVIEW:
        return "may be for the same customer"
    return "is for the same customer and may be the same deal"


def _sort_out(situation: Situation) -> Rivals:
    mine = situation.order()
    ordered = sorted(((_order(each, situation), each) for each in situation.case.rivals), key=lambda pair: pair[0])
    groups: dict[str, list[Rival]] = {name: [] for name in Rivals.__slots__}
    for order, rival in ordered:
        group = _group(rival, situation, is_earlier=order < mine)
        if group:
            groups[group].append(rival)
    return Rivals(**{name: tuple(group) for name, group in groups.items()})


def _group(rival: Rival, situation: Situation, *, is_earlier: bool) -> str:
    """Return which of Rivals' groups a rival belongs to, empty for none."""
    partner_id, status = _partner_id(rival), status_of(rival)
    is_own = partner_id is not None and partner_id == situation.partner_id
    is_undecided = status in _VALID and is_earlier
    if not is_certain(rival):
        is_concern = (status in PROTECTED or is_undecided) and not is_own and _may_be_same(rival)
        return "unsure" if is_concern else ""
    if is_own and status in PROTECTED:
        return "own"
    if is_undecided:
        return "own_undecided" if is_own else "undecided"
    if is_own or status in _VALID:
        return ""
    if is_earlier:
        return _group_earlier(rival.registration, situation)
    return "late" if _holds(rival) else ""


def _group_earlier(registration: Registration | None, situation: Situation) -> str:
    """Return whether an earlier decided claim held the deal at this claim's time, or had ended by then.

    Its hold reaches from its own submission to the end of its window, whatever became of it since: the answer must not
    depend on when this claim happens to be decided.
    """
    if registration is None or not registration.exclusive:
        return ""
    is_live = registration.status in PROTECTED
    if registration.window is None:
        return "first" if is_live else ""
    if situation.priority_at < _hold_end(registration, registration.window, situation):
        return "first"
    return "lapsing" if is_live else ""


def _hold_end(registration: Registration, window: Window, situation: Situation) -> datetime:
    """Return until when a claim's hold reaches: the window's end, and the grace after it where it ran its course."""
    grace = situation.policy.after_expiry.grace
    if grace is None or registration.status is not Status.EXPIRED:
        return window.end
    return end_of(grace, window.end - _INSTANT, situation.policy.zone)


def _partner_id(rival: Rival) -> str | None:
    """Return whose a claim is: once decided as the ledger has it, whatever its row is edited to say."""
    registration, partner = rival.registration, rival.claim.partner
    if registration is not None and registration.partner_id is not None and registration.status not in OPEN:
        return registration.partner_id
    return partner.partner_id if partner is not None else None


def _holds(rival: Rival) -> bool:
    registration = rival.registration
    return registration is not None and registration.exclusive and registration.status in PROTECTED


def _may_be_same(rival: Rival) -> bool:
    customer, deal = rival.customer_match.sameness, rival.deal_match.sameness
    return customer is not Sameness.DIFFERENT and deal is not Sameness.DIFFERENT


def _order(rival: Rival, situation: Situation) -> Order:
    registration = rival.registration
    at = registration.priority_at if registration is not None else priority_of(rival.claim, situation.policy)
    return (at, rival.claim.ref.connection, rival.claim.ref.record_id)


def _when(rival: Rival, situation: Situation) -> str:
    return told(_order(rival, situation)[0])


def _wait_for(rival: Rival, text: str, facts: tuple[Fact, ...]) -> Verdict:
    wait = Wait(
        reason=WAITING_FOR_EARLIER, detail=f"waiting for {label(rival)}: submitted earlier, still {status_of(rival)}"
    )
    return Verdict(Kind.WAIT, text, facts, WAITING_FOR_EARLIER, StepResult.UNKNOWN, wait)

"""The other claims of a case, sorted out by what they are to this one.

Claims for one deal are ordered by their place (rules/primitives/precedence.py). Only certain matches, same customer and
same deal, decide anything; related or unsure ones are doubts. An incomplete claim (returned) is not valid yet and takes no
place, nor does one that lacks what the policy needs for it. A claim that was registered before this one was made is
earlier, whatever the ladder says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rules.cases import Fact, Rival, Sameness
from rules.other_side import their_side
from rules.primitives.deal_key import judged_rival
from rules.primitives.precedence import Place, place_of, takes_place
from rules.records import OPEN, PROTECTED, Registration, Status
from rules.situation import REGISTERED_AT, Situation, told

VALID: Final = OPEN - {Status.RETURNED}


@dataclass(frozen=True, slots=True)
class Rivals:
    """The other claims of a case by what they are to this one, each in the order of precedence.

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


_NO_RIVALS: Final = Rivals()


def rivals_of(situation: Situation) -> Rivals:
    """Return the case's rivals, sorted out once per decision."""
    if not situation.case.rivals:
        return _NO_RIVALS
    found: Rivals = situation.shared("rivals", _sort_out)
    return found


def all_rivals(situation: Situation) -> tuple[Rival, ...]:
    """Return the case's rivals with their matches as the policy's key parts see them."""
    if not situation.case.rivals:
        return ()
    found: tuple[Rival, ...] = situation.shared("judged", _judge)
    return found


def status_of(rival: Rival) -> Status:
    """Return a rival's status; one not recorded yet has just been received."""
    return rival.registration.status if rival.registration is not None else Status.RECEIVED


def is_certain(rival: Rival) -> bool:
    return rival.customer_match.sameness is Sameness.SAME and rival.deal_match.sameness is Sameness.SAME


def holder_of(situation: Situation) -> Rival | None:
    """Return the claim that holds the same deal exclusively at present, whoever's it is."""
    return next((each for each in all_rivals(situation) if is_certain(each) and _holds(each)), None)


def holds(rival: Rival, deal_key: str) -> bool:
    """Tell whether a rival holds this very key at present, exclusively."""
    return _holds(rival) and rival.registration is not None and rival.registration.deal_key == deal_key


def live_others(situation: Situation) -> tuple[Rival, ...]:
    """Return the live registrations of other partners for the same deal, exclusive or not."""
    return tuple(
        each
        for each in all_rivals(situation)
        if is_certain(each) and status_of(each) in PROTECTED and partner_of(each) != situation.partner_id
    )


def claimant_since(situation: Situation, moment: datetime) -> Rival | None:
    """Return another partner's open claim for the same deal that was made at `moment` or later, the first of them."""
    since = [
        (place_in(each, situation), each)
        for each in all_rivals(situation)
        if is_certain(each) and status_of(each) in VALID and partner_of(each) != situation.partner_id
        if priority_at(each, situation) >= moment
    ]
    return min(since, key=lambda pair: pair[0])[1] if since else None


def partner_of(rival: Rival) -> str | None:
    """Return whose a claim is: once decided as the ledger has it, whatever its row is edited to say."""
    registration, partner = rival.registration, rival.claim.partner
    if registration is not None and registration.partner_id is not None and registration.status not in OPEN:
        return registration.partner_id
    return partner.partner_id if partner is not None else None


def place_in(rival: Rival, situation: Situation) -> Place:
    """Return a rival's place in the order."""
    return place_of(situation.of(rival))


def priority_at(rival: Rival, situation: Situation) -> datetime:
    return situation.of(rival).priority_at


def label(rival: Rival) -> str:
    """Return how a rival is called in explanations for support: its registration id, else its row."""
    return rival.registration.registration_id if rival.registration is not None else str(rival.claim.ref)


def rival_fact(rival: Rival) -> Fact:
    since = rival.registration.status_since if rival.registration is not None else None
    return Fact(name="rival.status", value=status_of(rival), source=label(rival), at=since)


def submitted(rival: Rival, situation: Situation) -> str:
    return told(priority_at(rival, situation))


def doubt(sameness: Sameness) -> str:
    """Return what is unsure about another record, in words."""
    if sameness is Sameness.RELATED:
        return "is for a related company"
    if sameness is Sameness.REVIEW:
        return "may be for the same customer"
    return "is for the same customer and may be the same deal"


def _judge(situation: Situation) -> tuple[Rival, ...]:
    return tuple([judged_rival(each, situation) for each in situation.case.rivals])


def _sort_out(situation: Situation) -> Rivals:
    mine, has_place = place_of(situation), takes_place(situation)
    ordered = sorted(((place_in(each, situation), each) for each in all_rivals(situation)), key=lambda pair: pair[0])
    groups: dict[str, list[Rival]] = {name: [] for name in Rivals.__slots__}
    for place, rival in ordered:
        group = _group(rival, situation, is_earlier=place < mine or not has_place)
        if group:
            groups[group].append(rival)
    return Rivals(**{name: tuple(group) for name, group in groups.items()})


def _group(rival: Rival, situation: Situation, *, is_earlier: bool) -> str:
    """Return which of Rivals' groups a rival belongs to, empty for none."""
    partner_id, status = partner_of(rival), status_of(rival)
    is_own = partner_id is not None and partner_id == situation.partner_id
    is_undecided = status in VALID and is_earlier and takes_place(their_side(rival, situation))
    if not is_certain(rival):
        is_concern = (status in PROTECTED or is_undecided) and not is_own and _may_be_same(rival)
        return "unsure" if is_concern else ""
    if is_own and status in PROTECTED:
        return "own"
    if is_undecided:
        return "own_undecided" if is_own else "undecided"
    if is_own or status in VALID:
        return ""
    if is_earlier or _was_registered_by_then(rival.registration, situation):
        return _group_earlier(rival.registration, situation)
    return "late" if _holds(rival) else ""


def _was_registered_by_then(registration: Registration | None, situation: Situation) -> bool:
    """Tell whether a rival had been registered when this claim was made: the ladder orders undecided claims only."""
    if registration is None or registration.window is None:
        return False
    since = registration.memory.get(REGISTERED_AT)
    at = datetime.fromisoformat(since) if since is not None else registration.window.start
    return at <= situation.priority_at


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
    if situation.priority_at < registration.window.end:
        return "first"
    return "lapsing" if is_live else ""


def _holds(rival: Rival) -> bool:
    registration = rival.registration
    return registration is not None and registration.exclusive and registration.status in PROTECTED


def _may_be_same(rival: Rival) -> bool:
    customer, deal = rival.customer_match.sameness, rival.deal_match.sameness
    return customer is not Sameness.DIFFERENT and deal is not Sameness.DIFFERENT

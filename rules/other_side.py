"""How a rival's own programme sees a conflict: a programme may order claims otherwise than the one of this claim.

Whether a rival takes a place is asked of its own programme. Which of two comes first is asked of both: where they disagree,
each would wait for the other or neither would, so that a person has to decide.
"""

from __future__ import annotations

from rules.cases import Rival
from rules.primitives.precedence import place_of
from rules.primitives.programmes import choose
from rules.records import CrmRef
from rules.situation import Situation


def their_side(rival: Rival, situation: Situation) -> Situation:
    """Return the rival's situation under the programme that decides it."""
    if not situation.whole.programmes:
        return situation.of(rival)
    sides: dict[CrmRef, Situation] = situation.shared("their_sides", _no_sides)
    if rival.claim.ref not in sides:
        theirs = situation.of(rival)
        policy = choose(Situation(theirs.case, situation.whole, situation.now))
        sides[rival.claim.ref] = theirs if policy is situation.policy else theirs.under(policy)
    return sides[rival.claim.ref]


def orders_differ(rival: Rival, situation: Situation) -> bool:
    """Tell whether the two programmes do not agree which of the two claims comes first."""
    theirs, mine = their_side(rival, situation), situation.policy.precedence
    held = theirs.policy.precedence
    if (held.ladder, held.score, held.origins) == (mine.ladder, mine.score, mine.origins):
        return False
    is_second_here = place_of(situation.of(rival)) < place_of(situation)
    is_second_there = place_of(theirs) < place_of(situation.under(theirs.policy))
    return is_second_here is not is_second_there


def _no_sides(situation: Situation) -> dict[CrmRef, Situation]:
    return {}

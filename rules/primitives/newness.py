"""Is the business new: look-backs over purchases, open deals, vendor activity and registrations (primitive 7).

The very deal that is claimed, and what came after the claim, never stand against it. A refusal that rests on other records
waits until every connection has been read past the claim. The vendor's last activity is a date that moves on by itself: what
counts is the one that was known when the claim was first asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rules.action import Action, Unknown
from rules.cases import Fact
from rules.choice import Choice
from rules.expression import Condition
from rules.lookbacks import FactKind, Found, Scope, Whose, find, is_within, last_activity, reach
from rules.setting import required, setting
from rules.situation import Kind, Situation, Verdict, final
from rules.span import Span
from rules.verdicts import explained, holds, in_order, outcome, unasked, unasked_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookback:
    """One thing that must not have happened within a time before the claim."""

    name: str = required("Short name, shown in decisions.")
    of: FactKind = setting(FactKind.PURCHASE, "purchase, open_deal, vendor_activity, registration, fact.")
    fact: str | None = setting(None, "For `of: fact`: the name of a date or instant fact, such as customer.lapsed_on.")
    within: Choice[Span] | None = setting(
        None,
        "How far back from the submission; null: ever. An open_deal counts when it was open within that time; null: at "
        "the submission itself. A registration counts until so long after its protection ended; null: while it is live.",
    )
    whose: Whose = setting(Whose.ANYONE, "anyone, other_partners, own, direct.")
    same_product: bool = setting(False, "true: another product line does not count.")
    scope: Scope = setting(Scope.ENTITY, "entity, or tree: the whole corporate tree (parent, subsidiaries, sisters).")
    when: Condition | None = setting(None, "Asked only where this holds.")
    unless: Condition | None = setting(None, "Does not stand against the claim where this holds: a replacement, say.")
    action: Action = setting(
        Action.REFUSE, "refuse, return, review, off.", only=(Action.REFUSE, Action.RETURN, Action.REVIEW, Action.OFF)
    )
    unknown: Unknown = setting(Unknown.PASS, "For `of: fact` and vendor_activity: what an unknown date leads to.")
    reason: str | None = setting(
        None,
        "Reason code of a refusal; null: by what was found (purchase_within_lookback, open_vendor_deal, vendor_activity, "
        "registered_elsewhere, not_new_business).",
    )


_DATED: Final = frozenset({FactKind.VENDOR_ACTIVITY, FactKind.FACT})
_WORDS: Final[Mapping[FactKind, str]] = {
    FactKind.PURCHASE: "purchase",
    FactKind.OPEN_DEAL: "open deal",
    FactKind.VENDOR_ACTIVITY: "vendor activity",
    FactKind.REGISTRATION: "registration",
    FactKind.FACT: "date",
}
_REASONS: Final[Mapping[FactKind, str]] = {
    FactKind.PURCHASE: "purchase_within_lookback",
    FactKind.OPEN_DEAL: "open_vendor_deal",
    FactKind.VENDOR_ACTIVITY: "vendor_activity",
    FactKind.REGISTRATION: "registered_elsewhere",
    FactKind.FACT: "not_new_business",
}


def new_business(situation: Situation) -> Verdict:
    """Nothing that makes the business not new has happened within its look-back."""
    return in_order(
        situation, "newness", situation.policy.newness, _is_new, none="nothing stands against a claim as known business"
    )


def _is_new(lookback: Lookback, situation: Situation) -> Verdict:
    if lookback.action is Action.OFF:
        return unasked(f"{_WORDS[lookback.of]} does not stand against a claim", clause=lookback.name)
    not_asked = unasked_by(lookback.when, situation, clause=lookback.name)
    if not_asked is not None:
        return not_asked
    within = situation.pick(lookback.within)
    if within is None and lookback.within is not None:
        return unasked("no look-back is set for this case", clause=lookback.name)
    if lookback.of in _DATED:
        return _dated(lookback, within, situation)
    found = find(lookback, within, situation)
    if found is None:
        return holds(f"no {_WORDS[lookback.of]}{reach(within)}", clause=lookback.name)
    return _against(lookback, found, situation)


def _dated(lookback: Lookback, within: Span | None, situation: Situation) -> Verdict:
    """Ask about one date: a fact, or the vendor's last activity."""
    name = lookback.fact if lookback.of is FactKind.FACT and lookback.fact is not None else "customer.last_activity_on"
    value = situation.facts[name] if lookback.of is FactKind.FACT else last_activity(lookback, situation)
    if value is None:
        text = f"{name} is not known"
        return outcome(
            lookback.unknown,
            text,
            (situation.claim_fact(name, ""),),
            reason=_reason(lookback),
            doubt=_doubt(lookback),
            clause=lookback.name,
            is_unknown=True,
        )
    if not is_within(value, within, situation):
        return holds(
            f"{name} {value} lies before the last {within}",
            (situation.claim_fact(name, str(value)),),
            clause=lookback.name,
        )
    found = Found(f"{name} {value}{reach(within)}", situation.claim_fact(name, str(value)))
    return _against(lookback, found, situation)


def _against(lookback: Lookback, found: Found, situation: Situation) -> Verdict:
    """Say what stands against the claim, unless the policy excuses it."""
    text = found.text
    facts: tuple[Fact, ...] = (found.fact,)
    if lookback.unless is not None:
        excused = lookback.unless.test(situation.facts)
        words, used = explained(lookback.unless, situation)
        if excused:
            return holds(f"{text}, but {words}", (*facts, *used), clause=lookback.name)
        text, facts = f"{text}; not excused: {words}", (*facts, *used)  # an exception has to be shown
    verdict = outcome(
        lookback.action, text, facts, reason=_reason(lookback), doubt=_doubt(lookback), clause=lookback.name
    )
    if verdict.kind is Kind.REVIEW or lookback.of is FactKind.FACT:
        return verdict
    return final(situation, verdict.kind, text, facts, verdict.reason, clause=lookback.name)


def _reason(lookback: Lookback) -> str:
    return lookback.reason or _REASONS[lookback.of]


def _doubt(lookback: Lookback) -> str:
    return "existing_customer_doubtful" if lookback.of is FactKind.PURCHASE else "newness_doubtful"

"""Is the business new: look-backs over purchases, open deals, vendor activity and registrations (primitive 7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.action import Action, Unknown
from rules.choice import Choice
from rules.expression import Condition
from rules.setting import required, setting
from rules.span import Span


class FactKind(StrEnum):
    """What is looked back for."""

    PURCHASE = "purchase"  # a won opportunity of the customer
    OPEN_DEAL = "open_deal"  # an opportunity of the customer that was open at that time
    VENDOR_ACTIVITY = "vendor_activity"  # the vendor's own activity at the customer
    REGISTRATION = "registration"  # a registration for the customer, whichever product
    FACT = "fact"  # any date or instant fact, see `fact`


class Whose(StrEnum):
    """Whose purchase, deal or registration counts."""

    ANYONE = "anyone"
    OTHER_PARTNERS = "other_partners"
    OWN = "own"  # the submitting partner's own
    DIRECT = "direct"  # no partner's


class Scope(StrEnum):
    """Which customers count as this one."""

    ENTITY = "entity"
    TREE = "tree"  # the whole corporate tree: parent, subsidiaries, sisters


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookback:
    """One thing that must not have happened within a time before the claim."""

    name: str = required("Short name, shown in decisions.")
    of: FactKind = setting(FactKind.PURCHASE, "purchase, open_deal, vendor_activity, registration, fact.")
    fact: str | None = setting(None, "For `of: fact`: the name of a date or instant fact, such as customer.lapsed_on.")
    within: Choice[Span] | None = setting(None, "How far back; null: ever.")
    whose: Whose = setting(Whose.ANYONE, "anyone, other_partners, own, direct.")
    same_product: bool = setting(False, "true: another product line does not count.")
    scope: Scope = setting(Scope.ENTITY, "entity, or tree: the whole corporate tree.")
    when: Condition | None = setting(None, "Asked only where this holds.")
    unless: Condition | None = setting(None, "Does not stand against the claim where this holds: a replacement, say.")
    action: Action = setting(Action.REFUSE, "refuse, review, off.")
    unknown: Unknown = setting(Unknown.PASS, "For `of: fact` and vendor_activity: what an unknown date leads to.")
    reason: str = setting("purchase_within_lookback", "Reason code of a refusal.")

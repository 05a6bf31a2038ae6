"""What conditions may ask of a case: the catalogue of built-in facts, and the view in which they are worked out.

A fact is worked out when a condition first asks for it and kept for the rest of the decision. What is not known is None. The
policy's own facts (deal.x, partner.x, customer.x) come from the records' `facts` and count only with their declared type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from rules import deal_facts as deal
from rules.expression.types import DEAL_LINES, POLICY_CALENDAR, POLICY_CURRENCY, POLICY_ZONE, Type, is_of
from rules.records import Money, Partner, Standing, Status
from rules.windows import local_date

if TYPE_CHECKING:
    from rules.policy import FactRule
    from rules.situation import Situation

_B, _N, _M, _T, _D, _I, _S = Type.BOOL, Type.NUMBER, Type.MONEY, Type.TEXT, Type.DATE, Type.INSTANT, Type.TEXTS
_PARTY: Final = "party."
_NO_TEXTS: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One fact: its type, what the admin's reference says of it, the record it comes from, and how it is found."""

    type: Type
    doc: str
    source: str
    get: Callable[[Situation], Any]
    values: frozenset[str] = _NO_TEXTS  # all texts it can be, where that is known


def _claim(kind: Type, doc: str, name: str) -> BuiltIn:
    return BuiltIn(kind, doc, "submission", lambda situation: getattr(situation.claim, name))


def _mapped(kind: Type, doc: str, name: str) -> BuiltIn:
    return BuiltIn(kind, doc, "submission", lambda situation: _typed(situation.claim.facts.get(name), kind))


def _line(doc: str, name: str) -> BuiltIn:
    return BuiltIn(Type.TEXTS, doc, "lines", lambda situation: deal.line_texts(situation, name))


_DEAL: Final[Mapping[str, BuiltIn]] = {
    "deal.amount": BuiltIn(_M, "The amount, in the policy's currency; unknown without an exchange rate.", "submission",
                           lambda situation: situation.amount()),
    "deal.units": BuiltIn(_N, "Units in all; where the form has none, those of the lines.", "submission", deal.units),
    "deal.products": BuiltIn(_S, "The products or product lines.", "submission", deal.products),
    "deal.product": BuiltIn(_T, "The first product.", "submission", deal.product),
    "deal.product_classes": _line("The product classes of the lines.", "product_class"),
    "deal.skus": _line("The product numbers of the lines.", "sku"),
    "deal.parts": _line("The parts of the price among the lines: licence, maintenance ...", "part"),
    "deal.largest_order_amount": BuiltIn(_M, "The amount of the greatest single order.", "lines", deal.largest_order_amount),
    "deal.largest_order_units": BuiltIn(_N, "The units of the greatest single order.", "lines", deal.largest_order_units),
    "deal.kind": BuiltIn(_T, "The kind of registration.", "submission", lambda situation: situation.kind),
    "deal.origin": _claim(_T, "Who found the deal: partner, vendor ...", "origin"),
    "deal.channel": _claim(_T, "The way by which it was submitted.", "channel"),
    "deal.programme": _claim(_T, "The programme or code that the submission names.", "programme"),
    "deal.country": BuiltIn(_T, "The customer's country, two letters.", "submission",
                            lambda situation: situation.claim.customer.country),
    "deal.region": BuiltIn(_T, "The region; where the form has none, the customer's.", "submission",
                           lambda situation: deal.text_of(situation, "region") or deal.customer_text(situation, "region")),
    "deal.segment": BuiltIn(_T, "The segment; where the form has none, the customer's.", "submission",
                            lambda situation: deal.text_of(situation, "segment") or situation.claim.customer.segment),
    "deal.division": _mapped(_T, "The division or branch of the customer.", "division"),
    "deal.project": _mapped(_T, "The project.", "project"),
    "deal.is_tender": _claim(_B, "Whether it is a public tender.", "is_tender"),
    "deal.tender_published_at": _claim(_I, "When the tender was published.", "tender_published_at"),
    "deal.created_at": _claim(_I, "When the CRM created the submission.", "created_at"),
    "deal.submitted_at": BuiltIn(_I, "When the partner submitted it, by the form; else its creation.", "submission",
                                 lambda situation: situation.claim.submitted_at or situation.claim.created_at),
    "deal.completed_at": BuiltIn(_I, "When it had all that is required.", "submission", deal.completed_at),
    "deal.approved_at": BuiltIn(_I, "When it was approved.", "registration", lambda situation: situation.registered_at()),
    "deal.priced_at": _claim(_I, "When it was priced.", "priced_at"),
    "deal.expected_close_on": _claim(_D, "The expected closing date.", "expected_close_on"),
    "deal.closed_on": BuiltIn(_D, "When the deal's opportunity was closed.", "opportunity", deal.closed_on),
    "deal.is_won": BuiltIn(_B, "Whether the deal is won.", "opportunity", deal.is_won),
    "deal.stage": BuiltIn(_T, "The stage of the deal's opportunity.", "opportunity", deal.stage),
    "deal.next_step": BuiltIn(_T, "The next step.", "opportunity", deal.next_step),
    "deal.last_activity_at": BuiltIn(_I, "The last activity on the deal's opportunity.", "opportunity",
                                     deal.last_activity_at),
    "deal.evidence": BuiltIn(_S, "The kinds of evidence that were shown; empty where none was.", "submission",
                             lambda situation: frozenset([each.kind for each in situation.claim.evidence])),
    "deal.evidence_at": BuiltIn(_I, "When all of the evidence was confirmed.", "submission", deal.evidence_at),
    "deal.customer_choice": _mapped(_T, "The partner that the customer named.", "customer_choice"),
    "deal.reward_choice": _mapped(_T, "The reward that the partner elected.", "reward_choice"),
    "deal.is_incumbent": _mapped(_B, "Whether the partner serves the customer already.", "is_incumbent"),
    "deal.paid_out_at": _mapped(_I, "When the reward was paid out.", "paid_out_at"),
    "deal.request": BuiltIn(_T, "What the partner asks for: extension, addendum, conversion ...", "submission",
                            lambda situation: None if situation.claim.request is None else situation.claim.request.kind),
    "deal.requested_at": BuiltIn(_I, "When the partner asked for it.", "submission",
                                 lambda situation: None if situation.claim.request is None else situation.claim.request.at),
    "deal.name": _claim(_T, "The name of the deal.", "deal_name"),
    "deal.rank": BuiltIn(_N, "Its place among the registrations for the deal: 1, 2 ...", "registration", deal.rank),
    "deal.status": BuiltIn(_T, "The status of the registration.", "registration", deal.status,
                           frozenset(Status)),
    "deal.extension_count": BuiltIn(_N, "How often the protection was extended.", "registration", deal.extension_count),
    "deal.registered_at": BuiltIn(_I, "When it was registered.", "registration",
                                  lambda situation: situation.registered_at()),
    "deal.window_end": BuiltIn(_I, "When the protection ends.", "registration",
                               lambda situation: None if situation.window is None else situation.window.end),
    "deal.has_direct_deal": BuiltIn(_B, "Whether direct sales works the same deal.", "opportunity", deal.has_direct_deal),
    "deal.has_objection": BuiltIn(_B, "Whether somebody has objected.", "objections",
                                  lambda situation: bool(situation.case.objections)),
}  # fmt: skip

_CUSTOMER: Final[Mapping[str, BuiltIn]] = {
    "customer.country": BuiltIn(_T, "The customer's country, two letters.", "customer",
                                lambda situation: situation.claim.customer.country),
    "customer.domain": BuiltIn(_T, "The customer's domain.", "customer", lambda situation: situation.claim.customer.domain),
    "customer.segment": BuiltIn(_T, "The customer's segment.", "customer",
                                lambda situation: situation.claim.customer.segment),
    "customer.region": BuiltIn(_T, "The customer's region.", "customer",
                               lambda situation: deal.customer_text(situation, "region")),
    "customer.last_purchase_on": BuiltIn(_D, "When the customer last bought, this deal apart; unknown: never.",
                                         "opportunities", deal.last_purchase_on),
    "customer.last_activity_on": BuiltIn(_D, "The vendor's own last activity at the customer.", "customer",
                                         lambda situation: situation.claim.customer.last_activity_on),
    "customer.is_new": BuiltIn(_B, "Whether the customer has never bought, this deal apart.", "opportunities",
                               lambda situation: deal.last_purchase_on(situation) is None),
}  # fmt: skip

_STANDINGS: Final = frozenset(Standing) - {Standing.UNKNOWN}
_OF_PARTNER: Final[Mapping[str, tuple[Type, str, Callable[[Partner], Any]]]] = {
    "id": (_T, "Its id in Registrar's partner list.", lambda partner: partner.partner_id),
    "tier": (_T, "Its tier: gold, silver ...", lambda partner: partner.tier),
    "type": (_T, "Its type: reseller, distributor ...", lambda partner: partner.type),
    "country": (_T, "Its country, two letters.", lambda partner: partner.country),
    "standing": (_T, "Its standing: good, past_due, suspended.",
                 lambda partner: None if partner.standing is Standing.UNKNOWN else str(partner.standing)),
    "certifications": (_S, "Its certifications; empty where it has none.", lambda partner: partner.certifications),
}  # fmt: skip


def _of_partner(name: str) -> BuiltIn:
    kind, doc, get = _OF_PARTNER[name]
    return BuiltIn(kind, f"The partner: {doc[0].lower()}{doc[1:]}", "partner",
                   lambda situation: None if situation.partner is None else get(situation.partner),
                   _STANDINGS if name == "standing" else _NO_TEXTS)  # fmt: skip


def _of_party(name: str) -> BuiltIn:
    kind, doc, _ = _OF_PARTNER[name]
    # PartyView gives its value; asked anywhere else it is unknown.
    words = f"A further party, in its own rule only: {doc[0].lower()}{doc[1:]}"
    return BuiltIn(kind, words, "partner", lambda situation: None, _STANDINGS if name == "standing" else _NO_TEXTS)


FACTS: Final[Mapping[str, BuiltIn]] = {
    **_DEAL,
    **{f"partner.{name}": _of_partner(name) for name in _OF_PARTNER},
    **{f"{_PARTY}{name}": _of_party(name) for name in _OF_PARTNER},
    **_CUSTOMER,
    "now": BuiltIn(_I, "This moment.", "clock", lambda situation: situation.now),
    "today": BuiltIn(_D, "Today in the policy's zone.", "clock",
                     lambda situation: local_date(situation.now, situation.policy.zone)),
}  # fmt: skip
TYPES: Final[dict[str, Type]] = {name: each.type for name, each in FACTS.items()}
CLOSED: Final[Mapping[str, frozenset[str]]] = {name: each.values for name, each in FACTS.items() if each.values}

# What may change while a decision is being made: worked out whenever it is asked for.
_MOVING: Final = frozenset(
    {
        "deal.kind",
        "deal.is_won",
        "deal.completed_at",
        *(name for name, each in FACTS.items() if each.source == "registration"),
    }
)
# What functions ask for beside the facts that an admin may name.
_HIDDEN: Final[Mapping[str, Callable[[Situation], Any]]] = {
    POLICY_ZONE: lambda situation: situation.policy.zone,
    POLICY_CURRENCY: lambda situation: situation.policy.currency,
    POLICY_CALENDAR: lambda situation: situation.policy.calendar,
    DEAL_LINES: lambda situation: situation.claim.lines,
}
_GETTERS: Final[Mapping[str, Callable[[Situation], Any]]] = {
    **{name: each.get for name, each in FACTS.items()},
    **_HIDDEN,
}


class FactView(dict[str, Any]):
    """The facts of one decision: view["deal.amount"].

    A dict of what was asked for so far, so that asking again costs no call.
    """

    __slots__ = ("_situation",)

    def __init__(self, situation: Situation) -> None:
        super().__init__()
        self._situation = situation

    def __missing__(self, name: str) -> Any:
        get = _GETTERS.get(name)
        value = _own(name, self._situation) if get is None else get(self._situation)
        if name not in _MOVING:
            self[name] = value
        return value

    def convert(self, money: Money, currency: str, on: date | None) -> Money | None:
        """Return the amount in another currency by the rates of a day; None: the policy's rate day."""
        day = on if on is not None else self._situation.rate_day()
        return self._situation.case.rates.convert(money, currency, day)

    def of_party(self, party: Partner) -> PartyView:
        """Return the same facts with those of a further party, party.tier and so on."""
        return PartyView(self._situation, party)


class PartyView(FactView):
    """The facts of one decision as the rule of a further party asks for them."""

    __slots__ = ("_party",)

    def __init__(self, situation: Situation, party: Partner) -> None:
        super().__init__(situation)
        self._party = party

    def __missing__(self, name: str) -> Any:
        if not name.startswith(_PARTY):
            return super().__missing__(name)
        short = name.removeprefix(_PARTY)
        known = _OF_PARTNER.get(short)
        value = (
            known[2](self._party)
            if known is not None
            else _typed_own(self._party.facts.get(short), name, self._situation)
        )
        self[name] = value
        return value


def _own(name: str, situation: Situation) -> Any:
    """Return a fact of the policy's own: the submission's word before the opportunity's; None where it has another type."""
    record, _, short = name.partition(".")
    if record == "deal":
        value = situation.claim.facts.get(short)
        value = deal.opportunity_fact(situation, short) if value is None else value
    elif record == "partner":
        value = None if situation.partner is None else situation.partner.facts.get(short)
    elif record == "customer":
        value = situation.claim.customer.facts.get(short)
    else:
        value = None
    return _typed_own(value, name, situation)


def _typed_own(value: Any, name: str, situation: Situation) -> Any:
    kind = _declared(situation.policy.facts).get(name)
    return value if kind is None else _typed(value, kind)


def _typed(value: Any, kind: Type) -> Any:
    return value if is_of(value, kind) else None


@lru_cache(maxsize=64)
def _declared(facts: tuple[FactRule, ...]) -> Mapping[str, Type]:
    """Return the types of the policy's own facts; a partner's count for further parties as well."""
    types = {each.name: each.type for each in facts}
    parties = {each.replace("partner.", _PARTY, 1): kind for each, kind in types.items() if each.startswith("partner.")}
    return {**parties, **types}

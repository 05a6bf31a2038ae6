"""One submission of a trial as the claim that rules decide on; what the case leaves out gets a value that no rule minds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from rules.fields import CANONICAL, LEDGER_OWNED, Stream
from rules.policy import Policy
from rules.records import Claim, CrmRef, Customer, Line, Money, Partner, Proof, Request
from rules.trial.given import ClaimGiven
from rules.windows import local_date

if TYPE_CHECKING:
    from rules.trial.rows import ClaimRow

AMOUNT: Final = Decimal(50_000)
CLOSES_IN: Final = timedelta(days=90)

_FIELDS: Final = CANONICAL[Stream.SUBMISSIONS].keys() - LEDGER_OWNED[Stream.SUBMISSIONS]
_ROLES: Final = ("distributor", "influencer", "fulfiller", "co_seller")
# What a submission says that has no place of its own in a claim: deal.<name> in conditions.
_DEAL_FACTS: Final = ("region", "segment", "division", "project", "customer_choice", "reward_choice", "next_step")
# Canonical fields that cases have a word for: left out, they are empty. All others are taken for filled in.
_SAYABLE: Final = frozenset({*_ROLES, *_DEAL_FACTS}) | {
    "kind", "origin", "channel", "programme", "units", "lines", "is_tender", "tender_published_at", "submitted_at",
    "completed_at", "priced_at", "evidence", "request", "opportunity",
}  # fmt: skip
_SILENT: Final[tuple[object, ...]] = (None, (), frozenset())


def submission(
    row: ClaimRow,
    *,
    partner: Callable[[str | None], Partner | None],
    submitter: str,
    customer: Customer,
    opportunity_ref: CrmRef | None,
    product: str,
    policy: Policy,
) -> Claim:
    """Return the claim that a submission amounts to.

    partner: the partner of a name as its record is now. customer: as typed, with what its record tells now. product: what
    the case means where it does not say.
    """
    said, blank = row.said, row.said.empty
    products = _products(said, product)
    closes_on = said.expected_close_on or local_date(row.created_at + CLOSES_IN, policy.zone)
    parties = {role: partner(getattr(said, role)) for role in _ROLES if getattr(said, role) is not None}
    facts = {name: value for name in _DEAL_FACTS if (value := getattr(said, name)) is not None}
    values: dict[str, Any] = {
        "partner": partner(submitter),
        "deal_name": said.deal_name or f"{row.typed.name} {products[0]}",
        "amount": said.amount or _amount(said, policy),
        "expected_close_on": closes_on,
    }
    return Claim(
        ref=row.ref,
        created_at=row.created_at,
        submitted_at=said.submitted_at,
        modified_at=row.modified_at,
        partner_ref=None,
        customer=Customer(name="") if "customer" in blank else customer,
        products=() if blank & {"product", "products"} else products,
        opportunity_ref=opportunity_ref,
        crm_status=None,
        missing=_missing(said, facts, policy),
        kind=said.kind,
        origin=said.origin,
        channel=said.channel,
        is_tender=said.is_tender,
        tender_published_at=said.tender_published_at,
        completed_at=said.completed_at,
        priced_at=said.priced_at,
        programme=said.programme,
        units=said.units,
        lines=_lines(said),
        evidence=tuple([Proof(kind=each.kind, on=each.on, confirmed_at=each.confirmed) for each in said.evidence]),
        parties={role: each for role, each in parties.items() if each is not None},
        request=Request(kind=said.request, at=row.requested_at) if said.request and row.requested_at else None,
        facts={**facts, **(said.facts or {})},
        **{name: None if name in blank else value for name, value in values.items()},
    )


def _products(said: ClaimGiven, product: str) -> tuple[str, ...]:
    of_lines = dict.fromkeys(each.product for each in said.lines if each.product is not None)
    return said.products or ((said.product,) if said.product else tuple(of_lines) or (product,))


def _amount(said: ClaimGiven, policy: Policy) -> Money:
    amounts = [each.amount for each in said.lines if each.amount is not None]
    if amounts and len({each.currency for each in amounts}) == 1:
        return Money(amount=sum((each.amount for each in amounts), Decimal()), currency=amounts[0].currency)
    return Money(amount=AMOUNT, currency=policy.currency)


def _missing(said: ClaimGiven, facts: Mapping[str, Any], policy: Policy) -> frozenset[str]:
    """Return the fields that are empty, the vendor's own among them."""
    told = {name for name in _SAYABLE if getattr(said, name, None) not in _SILENT} | facts.keys()
    own = {each.name.partition(".")[2] for each in policy.facts if each.name.startswith("deal.")}
    return frozenset((_FIELDS & (_SAYABLE - told)) | said.empty | (own - (said.facts or {}).keys()))


def _lines(said: ClaimGiven) -> tuple[Line, ...]:
    return tuple([
        Line(
            product=each.product, sku=each.sku, product_class=each.product_class, part=each.part, order=each.order,
            units=each.units, amount=each.amount,
        )
        for each in said.lines
    ])  # fmt: skip

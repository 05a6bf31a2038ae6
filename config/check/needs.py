"""Which mapped fields a fact or a setting rests on: the tables behind mapped.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from config.check.looked_at import Steps
from rules.events import Event
from rules.fields import Stream
from rules.lookbacks import FactKind
from rules.measures import Per
from rules.policy import Policy
from rules.primitives.precedence import Rung
from rules.primitives.priority import Priority
from rules.primitives.tender import TenderRule
from rules.primitives.thresholds import Measure

Field = tuple[Stream, str]
Need = tuple[Steps, str, Sequence[Field]]

_S, _O, _C, _P = Stream.SUBMISSIONS, Stream.OPPORTUNITIES, Stream.COMPANIES, Stream.PARTNERS
LINES: Final = ((_S, "lines"),)


def _submission(*names: str) -> tuple[Field, ...]:
    return tuple((_S, name) for name in names)


def _company(name: str) -> tuple[Field, ...]:
    return ((_C, name), (_P, name))


# Facts that are known only where one of these fields is mapped. Those that Registrar works out itself are not here.
FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "deal.amount": _submission("amount"),
    "deal.units": _submission("units", "lines"),
    "deal.products": _submission("products", "lines"),
    "deal.product": _submission("products", "lines"),
    "deal.product_classes": LINES,
    "deal.skus": LINES,
    "deal.parts": LINES,
    "deal.largest_order_amount": _submission("lines", "amount"),
    "deal.largest_order_units": _submission("lines", "units"),
    "deal.kind": _submission("kind"),
    "deal.origin": _submission("origin"),
    "deal.channel": _submission("channel"),
    "deal.programme": _submission("programme"),
    "deal.country": (*_submission("customer_country"), (_C, "country")),
    "deal.segment": (*_submission("segment"), (_C, "segment")),
    "deal.division": _submission("division"),
    "deal.project": _submission("project"),
    "deal.is_tender": _submission("is_tender"),
    "deal.tender_published_at": _submission("tender_published_at"),
    "deal.priced_at": _submission("priced_at"),
    "deal.expected_close_on": _submission("expected_close_on"),
    "deal.closed_on": ((_O, "close_on"),),
    "deal.is_won": ((_O, "is_won"),),
    "deal.stage": ((_O, "stage"),),
    "deal.next_step": ((_O, "next_step"),),
    "deal.last_activity_at": ((_O, "last_activity_on"),),
    "deal.evidence": _submission("evidence"),
    "deal.evidence_at": _submission("evidence_at"),
    "deal.customer_choice": _submission("customer_choice"),
    "deal.reward_choice": _submission("reward_choice"),
    "deal.request": _submission("request"),
    "deal.requested_at": _submission("requested_at"),
    "partner.tier": _company("partner_tier"),
    "partner.type": _company("partner_type"),
    "partner.country": _company("country"),
    "partner.standing": _company("partner_standing"),
    "partner.certifications": _company("certifications"),
    "customer.country": (*_submission("customer_country"), (_C, "country")),
    "customer.domain": (*_submission("customer_domain"), (_C, "domain")),
    "customer.segment": ((_C, "segment"),),
    "customer.last_activity_on": ((_C, "last_activity_on"),),
}


def asked_by_settings(policy: Policy) -> Iterator[Need]:
    """Yield what settings rest on besides conditions: where, what in words, any of which fields."""
    yield from _of_eligibility(policy)
    yield from _of_the_deal(policy)
    yield from _of_order(policy)


def _of_eligibility(policy: Policy) -> Iterator[Need]:
    if policy.intake.channels:
        yield ("intake", "channels"), "the channel", FIELDS["deal.channel"]
    if policy.standing.tiers:
        yield ("standing", "tiers"), "the partner's tier", FIELDS["partner.tier"]
    if policy.tender.rule is not TenderRule.ALWAYS:
        yield ("tender", "rule"), "to know which deals are tenders", FIELDS["deal.is_tender"]
        if policy.tender.rule is not TenderRule.NEVER:
            yield ("tender", "rule"), "when the tender was published", FIELDS["deal.tender_published_at"]
    for lookback in policy.newness:
        if lookback.of is FactKind.VENDOR_ACTIVITY:
            yield ("newness", lookback.name), "the vendor's last activity", FIELDS["customer.last_activity_on"]
    for rule in policy.evidence:
        yield ("evidence", rule.name), "the evidence shown", FIELDS["deal.evidence"]
        if rule.dated or rule.not_older_than is not None or rule.before_submission:
            yield ("evidence", rule.name), "when the work was done", _submission("evidence_on", "evidence_at")


def _of_the_deal(policy: Policy) -> Iterator[Need]:
    for threshold in policy.thresholds:
        steps = ("thresholds", threshold.name)
        if threshold.lines is not None or threshold.per is not Per.DEAL:
            yield steps, "the deal's lines", LINES
        elif threshold.measure is Measure.UNITS:
            yield steps, "the deal's units", FIELDS["deal.units"]
    for reward in policy.rewards.rules:
        if reward.lines is not None:
            yield ("rewards", "rules", reward.name, "lines"), "the deal's lines", LINES
    if policy.conversions.kinds:
        yield ("conversions", "kinds"), "the kind of registration", FIELDS["deal.kind"]
    for party in policy.parties.rules:
        yield ("parties", "rules"), f"the {party.role}", _submission(str(party.role), f"{party.role}_code")
    for milestone in policy.protection.milestones:
        if milestone.stages:
            yield ("protection", "milestones", milestone.name), "the deal's stage", FIELDS["deal.stage"]
    if policy.extension.is_automatic:
        yield ("extension", "is_automatic"), "what the partner asks for", FIELDS["deal.request"]
    if policy.appeals.within is not None:
        yield ("appeals", "within"), "what the partner asks for", FIELDS["deal.request"]


def _of_order(policy: Policy) -> Iterator[Need]:
    if policy.priority is Priority.EVIDENCE_AT:
        yield ("priority",), "when the evidence was confirmed", FIELDS["deal.evidence_at"]
    if Rung.CUSTOMER_CHOICE in policy.precedence.ladder:
        yield ("precedence", "ladder"), "whom the customer named", FIELDS["deal.customer_choice"]
    if Rung.ORIGIN in policy.precedence.ladder:
        yield ("precedence", "ladder"), "who found the deal", FIELDS["deal.origin"]
    if Event.PRICING in (policy.applies_by, policy.rates.at):
        name = "applies_by" if policy.applies_by is Event.PRICING else "rates"
        yield (name,), "when the deal was priced", FIELDS["deal.priced_at"]
    for programme in policy.programmes:
        if programme.effective.by is Event.PRICING:
            steps = ("programmes", programme.name, "effective", "by")
            yield steps, "when the deal was priced", FIELDS["deal.priced_at"]

"""Short ways to write cases in the words an admin would use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from rules.cases import Case, Coverage, Decision, FoundOpportunity, Match, Rival, Sameness
from rules.choice import Choice
from rules.decide import decide
from rules.policy import MINIMUM, PURCHASE, Policy
from rules.primitives.newness import Lookback
from rules.primitives.thresholds import Threshold
from rules.records import (
    FINAL,
    Claim,
    CrmRef,
    Customer,
    Money,
    Opportunity,
    Partner,
    Registration,
    Standing,
    Status,
    Window,
)

SAME = Match(sameness=Sameness.SAME, score=0.99)
RELATED = Match(sameness=Sameness.RELATED, score=0.6)
REVIEW = Match(sameness=Sameness.REVIEW, score=0.6)
DIFFERENT = Match(sameness=Sameness.DIFFERENT, score=0.01)

NORTHWIND = "PTR-NORTHWIND"
CONTOSO = "PTR-CONTOSO"
POLICY = Policy(hash="p1")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def partner(partner_id: str = NORTHWIND, **changes: Any) -> Partner:
    return Partner(**{"partner_id": partner_id, "name": partner_id.title(), "standing": Standing.GOOD, **changes})


def usd(amount: int | str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def minimum(amount: Money, **changes: Any) -> tuple[Threshold, ...]:
    """The one threshold of the default policy, with another least amount."""
    at_least = None if "more_than" in changes else Choice.always(amount)
    return (replace(MINIMUM, **{"at_least": at_least, **changes}),)


def purchases(**changes: Any) -> tuple[Lookback, ...]:
    """The one look-back of the default policy, changed."""
    return (replace(PURCHASE, **changes),)


def claim(at: str = "2026-03-02T10:00:00Z", **changes: Any) -> Claim:
    """A complete submission of 20,000 USD that came in at that time."""
    number = changes.pop("number", 1)
    connection = changes.pop("connection", "salesforce")
    values: dict[str, Any] = {
        "ref": CrmRef(connection, "Deal_Registration__c", f"a0{number}"),
        "created_at": utc(at),
        "submitted_at": None,
        "modified_at": utc(at),
        "partner": partner(),
        "partner_ref": None,
        "customer": Customer(name="Acme Works GmbH", domain="acme-works.de", country="DE"),
        "deal_name": "Acme Works - Platform",
        "amount": usd(20_000),
        "expected_close_on": date(2026, 6, 30),
        "products": ("Platform",),
        "opportunity_ref": None,
        "crm_status": "Submitted",
    }
    return Claim(**{**values, **changes})


def registration(of: Claim, status: Status = Status.RECEIVED, **changes: Any) -> Registration:
    values: dict[str, Any] = {
        "registration_id": f"REG-2026-{of.ref.record_id}",
        "claim_ref": of.ref,
        "partner_id": of.partner.partner_id if of.partner is not None else None,
        "deal_key": "",
        "customer_name": of.customer.name,
        "product": "Platform",
        "status": status,
        "reason": str(status) if status in (Status.RECEIVED, Status.HOLDING) else "approved_automatically",
        "exclusive": True,
        "priority_at": of.created_at,
        "created_at": of.created_at,
        "status_since": of.created_at,
    }
    return Registration(**{**values, **changes})


def registered(of: Claim, *, start: str, window_days: int = 90, **changes: Any) -> Registration:
    begin = utc(start)
    end = (begin + timedelta(days=window_days + 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    values: dict[str, Any] = {
        "window": Window(start=begin, end=end),
        "status_since": begin,
        "deal_key": "d:acme-works.de|platform",
    }
    return registration(of, changes.pop("status", Status.REGISTERED), **{**values, **changes})


def rival(of: Claim, held: Registration | None = None, *, customer: Match = SAME, deal: Match = SAME) -> Rival:
    return Rival(claim=of, registration=held, customer_match=customer, deal_match=deal)


def opportunity(created: str, **changes: Any) -> Opportunity:
    """An open opportunity for the same deal that names no partner."""
    values: dict[str, Any] = {
        "ref": CrmRef("salesforce", "Opportunity", changes.pop("record_id", "006A")),
        "name": "Acme Works",
        "created_at": utc(created),
        "modified_at": utc(changes.pop("modified", created)),
        "customer": Customer(name="Acme Works GmbH", domain="acme-works.de"),
        "partner_id": None,
        "partner_ref": None,
        "owner_user_id": "005A",
        "owner_role": None,
        "stage": "Proposal",
        "is_closed": False,
        "is_won": False,
        "amount": usd(20_000),
        "close_on": date(2026, 6, 30),
        "product_line": "Platform",
        "deal_type": None,
        "registration_id": None,
    }
    return Opportunity(**{**values, **changes})


def found(of: Opportunity, *, customer: Match = SAME, deal: Match = SAME, **changes: Any) -> FoundOpportunity:
    return FoundOpportunity(opportunity=of, customer_match=customer, deal_match=deal, **changes)


def read_until(moment: str, *connections: str) -> tuple[Coverage, ...]:
    names = connections or ("hubspot", "salesforce")
    return tuple(Coverage(connection=each, covered_until=utc(moment), last_pull_at=utc(moment)) for each in names)


def case(of: Claim | None = None, held: Registration | None = None, **changes: Any) -> Case:
    subject = of or claim()
    return Case(claim=subject, registration=held or registration(subject), **changes)


def applied(before: Registration, decision: Decision) -> Registration:
    """What the ledger holds after the decision."""
    held = replace(
        before,
        deal_key=decision.deal_key,
        priority_at=decision.priority_at,
        partner_id=decision.terms.partner_id,
        exclusive=decision.terms.exclusive,
        window=decision.terms.window,
        extension_count=decision.extra.get("extension_count", before.extension_count),
        rank=decision.terms.rank,
        rewards=decision.terms.rewards,
        programme=decision.terms.programme,
        kind=decision.terms.kind,
        memory=decision.memory,
        version=before.version + 1,
    )
    for move in decision.transitions:
        held = replace(
            held,
            status=move.status,
            reason=move.reason,
            status_since=held.status_since if move.status is held.status else move.at,
            ended_at=move.at if move.status in FINAL else None,
        )
    return held


def lived(before: Registration, of: Claim, policy: Policy, now: str, **changes: Any) -> tuple[Decision, Registration]:
    """Decide a case at that time, as the ledger would go on from it: deciding again must change nothing."""
    told = case(of, before, **changes)
    decision = decide(told, policy, utc(now))
    after = applied(before, decision)
    again = decide(replace(told, registration=after), policy, utc(now))
    assert not again.transitions, again.transitions
    assert (again.terms, again.memory, again.deadlines) == (decision.terms, decision.memory, decision.deadlines)
    return decision, after


def statuses(decision: Decision) -> list[Status]:
    return [each.status for each in decision.transitions]


def flags(decision: Decision) -> list[str]:
    return [each.code for each in decision.flags]


def waits(decision: Decision) -> list[str]:
    return [each.reason for each in decision.waits]


def reasons(decision: Decision) -> list[str]:
    return [each.reason for each in decision.transitions]


def names(items: Iterable[Any], attribute: str) -> list[Any]:
    return [getattr(each, attribute) for each in items]

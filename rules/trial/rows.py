"""The rows of a trial's CRMs, and the records that rules decide on made of them.

What a case does not say gets a value here that no rule minds: a partner in good standing, a customer with a domain of its
own, a deal of 50,000 that closes in 90 days, and every field filled in that cases have no word for.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeVar

from rules.cases import Objection
from rules.policy import Policy
from rules.primitives.unregistered import claim_of
from rules.records import Claim, CrmRef, Customer, Opportunity, Partner, Standing
from rules.trial.given import ClaimGiven, Closed, CustomerGiven, OpportunityGiven, PartnerGiven
from rules.trial.submission import submission
from rules.windows import local_date

SALESFORCE: Final = "salesforce"
PARTNER: Final = "partner"
CUSTOMER: Final = "Example Ltd"
PRODUCT: Final = "Product"
PAST: Final = timedelta(days=365)

G = TypeVar("G", ClaimGiven, CustomerGiven, OpportunityGiven, PartnerGiven)


@dataclass(slots=True, kw_only=True)
class ClaimRow:
    """One submission. typed: the customer as it was typed or picked then. changed_at: when its facts last changed.

    deal: the opportunity that stands for a submission which never came.
    """

    said: ClaimGiven
    ref: CrmRef
    created_at: datetime
    modified_at: datetime
    typed: Customer
    requested_at: datetime | None = None
    changed_at: datetime | None = None
    is_gone: bool = False
    objections: list[Objection] = field(default_factory=list)
    deal: DealRow | None = None


@dataclass(slots=True, kw_only=True)
class DealRow:
    """One opportunity."""

    said: OpportunityGiven
    ref: CrmRef
    created_at: datetime
    modified_at: datetime
    closed_on: date | None


class Rows:
    """Everything the CRMs hold, by the names that the case uses."""

    def __init__(self, policy: Policy, *, product: str) -> None:
        self.partners: dict[str, PartnerGiven] = {}
        self.customers: dict[str, CustomerGiven] = {}
        self.deals: dict[str, DealRow] = {}
        self.claims: dict[str, ClaimRow] = {}
        self._policy = policy
        self._product = product

    def submit(self, said: ClaimGiven, at: datetime) -> ClaimRow:
        """Enter a new submission."""
        crm = said.crm or SALESFORCE
        row = ClaimRow(
            said=said,
            ref=CrmRef(crm, "Deal_Registration__c", slug(said.name)),
            created_at=at,
            modified_at=at,
            typed=self._typed(said, crm),
            requested_at=at if said.request is not None else None,
        )
        self.claims[said.name] = row
        return row

    def change(self, said: ClaimGiven, at: datetime) -> None:
        """Enter what changes of a submission."""
        row = self.claims[said.name]
        filled = {each.name for each in fields(said) if getattr(said, each.name) != each.default}
        row.said = replace(merged(row.said, said), empty=(row.said.empty - filled) | said.empty)
        row.typed = self._typed(row.said, row.ref.connection)
        row.modified_at = row.changed_at = at
        if said.request is not None:
            row.requested_at = at

    def show(self, said: OpportunityGiven, at: datetime, *, is_past: bool = False) -> None:
        """Enter an opportunity, or what changes of it."""
        known = self.deals.get(said.name)
        if known is None:
            created_at = said.created or (at - PAST if is_past and said.closed is not None else at)
            ref = CrmRef(said.crm or SALESFORCE, "Opportunity", slug(said.name))
            known = DealRow(said=said, ref=ref, created_at=created_at, modified_at=at, closed_on=said.closed_on)
            self.deals[said.name] = known
        else:
            known.said = merged(known.said, said)
        known.modified_at = at
        if said.closed in (Closed.WON, Closed.LOST):
            known.closed_on = said.closed_on or local_date(at, self._policy.zone)
            if is_past:
                known.modified_at = max(created_at, min(at, datetime.combine(known.closed_on, time(12), UTC)))
        elif said.closed_on is not None:
            known.closed_on = said.closed_on

    def partner(self, name: str | None) -> Partner | None:
        """Return a partner as its record is now."""
        if name is None:
            return None
        said = self.partners.get(name) or PartnerGiven(name=name)
        return Partner(
            partner_id=name,
            name=name,
            tier=said.tier,
            standing=said.standing or Standing.GOOD,
            country=said.country,
            refs=tuple([CrmRef(crm, "Account", f"partner-{slug(name)}") for crm in (SALESFORCE, "hubspot")]),
            type=said.type,
            certifications=said.certifications or frozenset(),
            facts=said.facts or {},
        )

    def customer(self, name: str, crm: str) -> Customer:
        """Return a customer as its record in a CRM is now."""
        said = self.customers.get(name) or CustomerGiven(name=name)
        return Customer(
            name=said.legal_name or name,
            domain=said.domain or f"{slug(name)}.com",
            country=said.country,
            parent=CrmRef(crm, "Account", slug(said.parent)) if said.parent is not None else None,
            ref=CrmRef(crm, "Account", slug(name)),
            segment=said.segment,
            last_activity_on=said.last_activity_on,
            facts=said.facts or {},
        )

    def claim(self, row: ClaimRow) -> Claim:
        """Return a submission as rules see it now."""
        if row.deal is not None:
            return self._claim_of(row.deal)
        said = row.said
        named = self.deals.get(said.opportunity) if said.opportunity is not None else None
        return submission(
            row,
            partner=self.partner,
            submitter=self.submitter(said),
            customer=self._customer(row),
            opportunity_ref=named.ref if named is not None else None,
            product=self._product,
            policy=self._policy,
        )

    def opportunity(self, row: DealRow) -> Opportunity:
        """Return an opportunity as rules see it now."""
        said = row.said
        is_closed = said.closed in (Closed.WON, Closed.LOST)
        partner = self.partner(said.partner)
        return Opportunity(
            ref=row.ref,
            name=said.name,
            created_at=row.created_at,
            modified_at=row.modified_at,
            customer=self.customer(said.customer or self.first_customer(), row.ref.connection),
            partner_id=said.partner,
            partner_ref=partner.refs[0] if partner is not None else None,
            owner_user_id=None,
            owner_role=said.owner_role,
            stage=said.stage,
            is_closed=is_closed,
            is_won=said.closed is Closed.WON,
            amount=said.amount,
            close_on=row.closed_on,
            product_line=said.product or self._product,
            deal_type=said.deal_type,
            registration_id=None,
            last_activity_on=said.last_activity_on,
            facts=said.facts or {},
        )

    def register(self, deal: DealRow, at: datetime) -> None:
        """Take an opportunity that names a partner for the submission that never came."""
        claim = self._claim_of(deal)
        self.claims[deal.said.name] = ClaimRow(
            said=ClaimGiven(name=deal.said.name),
            ref=deal.ref,
            created_at=deal.created_at,
            modified_at=at,
            typed=claim.customer,
            deal=deal,
        )

    def _claim_of(self, deal: DealRow) -> Claim:
        partner = self.partner(deal.said.partner)
        assert partner is not None, deal.said.name
        claim = claim_of(self.opportunity(deal), partner)
        assert claim is not None, deal.said.name
        return claim

    def submitter(self, said: ClaimGiven) -> str:
        """Return the partner that submits: where the case does not say, the first that is given."""
        return said.partner or next(iter(self.partners), PARTNER)

    def first_customer(self) -> str:
        return next(iter(self.customers), CUSTOMER)

    def _typed(self, said: ClaimGiven, crm: str) -> Customer:
        """Return the customer as the submission names it: typed, or picked from the CRM's companies."""
        if said.customer_name or said.customer_domain or said.customer_country:
            picked = self.customer(said.customer, crm) if said.customer is not None else Customer(name=CUSTOMER)
            return Customer(
                name=said.customer_name or picked.name,
                domain=said.customer_domain or picked.domain,
                country=said.customer_country or picked.country,
            )
        return self.customer(said.customer or self.first_customer(), crm)

    def _customer(self, row: ClaimRow) -> Customer:
        """Return the customer with what its company record tells now beside what was typed."""
        if row.typed.ref is None:
            return row.typed
        now = self.customer(row.said.customer or self.first_customer(), row.ref.connection)
        return replace(now, name=row.typed.name, domain=row.typed.domain, country=row.typed.country or now.country)


def slug(name: str) -> str:
    """Return a name as record ids and domains can hold it."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "x"


def merged(old: G, new: G) -> G:
    """Return the old with what the new one says."""
    changes: dict[str, Any] = {}
    for each in fields(new):
        value = getattr(new, each.name)
        default = each.default if each.default is not MISSING else None
        if each.name == "facts":
            changes["facts"] = {**(old.facts or {}), **(value or {})}
        elif each.name != "name" and value != default and hasattr(old, each.name):
            changes[each.name] = value
    return replace(old, **changes)

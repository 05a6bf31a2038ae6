"""Snapshots into the typed records that rules decide on, with what they refer to looked up once per case.

Follows references inside one connection (submission to partner and customer, opportunity to account and owner) and the
partner code across connections. A merged-away company answers as its survivor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from config.settings import ConnectionConfig
from ledger import snapshots
from ledger.engine import Tx
from ledger.rows import Snapshot
from rules.fields import CANONICAL, LEDGER_OWNED, Stream, Values
from rules.matching.keys import customer_keys
from rules.records import Claim, CrmRef, Customer, Money, Opportunity, Partner, Standing
from sync.observe import customer_of, target_ref

MERGES_MAX: Final = 5


@dataclass(slots=True)
class Known:
    """Companies, partners and users looked up while claims are decided, kept for one pass at most.

    A row that changes meanwhile marks its claims dirty in the transaction that stores it, so what was decided on the older
    version is decided once more.
    """

    rows: dict[CrmRef, Snapshot | None] = field(default_factory=dict)
    partners: dict[str, tuple[Snapshot, ...]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Reader:
    """Turns snapshots into records."""

    tx: Tx
    configs: Mapping[str, ConnectionConfig]
    known: Known = field(default_factory=Known)

    def claim(self, snapshot: Snapshot) -> Claim:
        """Return a submission as a claim."""
        values, mapping = snapshot.values, self.configs[snapshot.ref.connection].mapping
        customer_ref = target_ref(mapping, Stream.SUBMISSIONS, "customer", values)
        partner_ref = target_ref(mapping, Stream.SUBMISSIONS, "partner", values)
        return Claim(
            ref=snapshot.ref,
            created_at=snapshot.created_at or snapshot.first_seen_at,
            submitted_at=_instant(values.get("submitted_at")),
            modified_at=snapshot.modified_at,
            partner=self._partner(partner_ref, _text(values.get("partner_code"))),
            partner_ref=partner_ref,
            customer=self._claim_customer(snapshot, customer_ref),
            deal_name=_text(values.get("deal_name")),
            amount=_money(values),
            expected_close_on=_date(values.get("expected_close_on")),
            products=_words(values.get("products")),
            opportunity_ref=target_ref(mapping, Stream.SUBMISSIONS, "opportunity", values),
            crm_status=_text(values.get("status")),
            missing=_missing(values),
        )

    def opportunity(self, snapshot: Snapshot) -> Opportunity:
        """Return an opportunity row as a record."""
        values, mapping = snapshot.values, self.configs[snapshot.ref.connection].mapping
        company_ref = target_ref(mapping, Stream.OPPORTUNITIES, "customer", values)
        partner_ref = target_ref(mapping, Stream.OPPORTUNITIES, "partner", values)
        partner = self._partner(partner_ref, None)
        owner = self.row(target_ref(mapping, Stream.OPPORTUNITIES, "owner", values))
        owner_values = owner.values if owner is not None else {}
        return Opportunity(
            ref=snapshot.ref,
            name=_text(values.get("name")) or snapshot.ref.record_id,
            created_at=snapshot.created_at or snapshot.first_seen_at,
            modified_at=snapshot.modified_at,
            customer=self._company(company_ref),
            partner_id=partner.partner_id if partner is not None else None,
            partner_ref=partner_ref,
            owner_user_id=_text(values.get("owner")),
            owner_role=_text(owner_values.get("role")) or _text(owner_values.get("team")),
            stage=_text(values.get("stage")),
            is_closed=values.get("is_closed") is True,
            is_won=values.get("is_won") is True,
            amount=_money(values),
            close_on=_date(values.get("close_on")),
            product_line=_text(values.get("product_line")),
            deal_type=_text(values.get("deal_type")),
            registration_id=_text(values.get("registration_id")),
            cross_ref=_text(values.get("cross_ref")),
        )

    def company_customer(self, snapshot: Snapshot) -> Customer | None:
        """Return a company row as the customer it describes."""
        found = customer_of(Stream.COMPANIES, snapshot.values)
        if found is None:
            return None
        mapping = self.configs[snapshot.ref.connection].mapping
        return replace(found, ref=snapshot.ref, parent=target_ref(mapping, snapshot.stream, "parent", snapshot.values))

    def keys(self, claim: Claim) -> tuple[str, ...]:
        """Return the match keys of a claim's customer: as the submission tells it, and as the row it points at does."""
        keys = list(customer_keys(claim.customer))
        company = self._company(claim.customer.ref)
        if company is not None:
            keys += customer_keys(company)
        return tuple(dict.fromkeys(keys))

    def row(self, ref: CrmRef | None) -> Snapshot | None:
        """Return a row by reference, following merges; None when it is not known or gone."""
        for _ in range(MERGES_MAX):
            if ref is None:
                return None
            if ref not in self.known.rows:
                self.known.rows[ref] = snapshots.get_many(self.tx, [ref]).get(ref)
            found = self.known.rows[ref]
            if found is None or found.merged_into is None:
                return found if found is not None and not found.is_gone else None
            ref = CrmRef(ref.connection, ref.object_name, found.merged_into)
        return None

    def _claim_customer(self, snapshot: Snapshot, ref: CrmRef | None) -> Customer:
        """Return the customer as the submission names it, completed from the row it points at."""
        company = self._company(ref)
        own = customer_of(Stream.SUBMISSIONS, snapshot.values)
        if own is None:
            return company or Customer(name="", ref=ref)
        if company is None:
            return replace(own, ref=ref)
        return Customer(
            name=own.name,
            domain=own.domain or company.domain,
            country=own.country or company.country,
            parent=company.parent,
            ref=company.ref,
        )

    def _company(self, ref: CrmRef | None) -> Customer | None:
        found = self.row(ref)
        return self.company_customer(found) if found is not None else None

    def _partner(self, ref: CrmRef | None, code: str | None) -> Partner | None:
        """Return the partner behind a row or a partner code; None while it is not known to be one."""
        own = self.row(ref)
        if own is not None:
            code = _text(own.values.get("partner_code")) or code
            if code is None and own.values.get("is_partner") is not True:
                return None
        others = self._by_code(code) if code is not None else ()
        rows = [each for each in (own, *others) if each is not None]
        if not rows:
            return None
        rows = list({each.ref: each for each in rows}.values())
        return Partner(
            partner_id=code or str(rows[0].ref),
            name=_first(rows, "name") or code or rows[0].ref.record_id,
            tier=_first(rows, "partner_tier"),
            standing=_standing(_first(rows, "partner_standing")),
            country=_first(rows, "country"),
            refs=tuple(each.ref for each in rows),
        )

    def _by_code(self, code: str) -> tuple[Snapshot, ...]:
        if code not in self.known.partners:
            found = [each for each in snapshots.by_partner_code(self.tx, [code]) if not each.is_gone]
            self.known.partners[code] = tuple(sorted(found, key=lambda each: each.ref))
        return self.known.partners[code]


def _missing(values: Values) -> frozenset[str]:
    facts = CANONICAL[Stream.SUBMISSIONS].keys() - LEDGER_OWNED[Stream.SUBMISSIONS]
    return frozenset(name for name in facts if values.get(name) in (None, "", []))


def _first(rows: list[Snapshot], name: str) -> str | None:
    return next((text for each in rows if (text := _text(each.values.get(name))) is not None), None)


def _standing(word: str | None) -> Standing:
    return Standing(word) if word is not None and word in set(Standing) else Standing.UNKNOWN


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _words(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else ()


def _money(values: Values) -> Money | None:
    amount = _text(values.get("amount"))
    if amount is None:
        return None
    return Money(amount=Decimal(amount), currency=_text(values.get("currency")) or "")


def _date(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None


def _instant(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None

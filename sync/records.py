"""Snapshots into the typed records that rules decide on, with what they refer to looked up once per case.

Follows references inside one connection (submission to partner and customer, opportunity to account and owner) and the
partner code across connections. A merged-away company answers as its survivor. Fields of the vendor's own become facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from config.settings import ConnectionConfig
from ledger import snapshots, verdicts
from ledger.engine import Tx
from ledger.rows import Snapshot
from rules.fields import CANONICAL, LEDGER_OWNED, Stream, Values
from rules.lines import typed_lines
from rules.matching.keys import customer_keys
from rules.primitives.unregistered import claim_of
from rules.records import Claim, CrmRef, Customer, Facts, Opportunity, Partner, Proof, Request, Standing
from rules.vendor_facts import NOTHING, own_missing, own_values
from sync.observe import COMPANIES, customer_of, target_ref
from sync.values import currency_of, day, flag, instant, money, named_facts, number, text, words

MERGES_MAX: Final = 5
NOBODY: Final = Partner(partner_id="", name="")
ROLES: Final = ("distributor", "influencer", "fulfiller", "co_seller")
_CLAIM_FIELDS: Final = CANONICAL[Stream.SUBMISSIONS].keys() - LEDGER_OWNED[Stream.SUBMISSIONS]
# Canonical values that conditions know as deal.<name> and no record has a place of its own for.
DEAL_FACTS: Final = ("region", "segment", "division", "project", "customer_choice", "reward_choice")


@dataclass(slots=True)
class Known:
    """Companies, partners and users looked up while claims are decided, kept for one pass at most.

    A row that changes meanwhile marks its claims dirty in the transaction that stores it, so what was decided on the older
    version is decided once more.
    """

    rows: dict[CrmRef, Snapshot | None] = field(default_factory=dict)
    partners: dict[str, tuple[Snapshot, ...]] = field(default_factory=dict)
    twins: dict[CrmRef, tuple[Snapshot, ...]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Reader:
    """Turns snapshots into records."""

    tx: Tx
    configs: Mapping[str, ConnectionConfig]
    known: Known = field(default_factory=Known)

    def claim(self, snapshot: Snapshot) -> Claim:
        """Return a submission as a claim; of an opportunity that is treated as one, what it tells."""
        if snapshot.stream is Stream.OPPORTUNITIES:
            return self._claim_of_opportunity(snapshot)
        values = snapshot.values
        customer_ref = self._target(snapshot, "customer")
        partner_ref = self._target(snapshot, "partner")
        currency = currency_of(values)
        return Claim(
            ref=snapshot.ref,
            created_at=snapshot.created_at or snapshot.first_seen_at,
            submitted_at=instant(values.get("submitted_at")),
            modified_at=snapshot.modified_at,
            partner=self._partner(partner_ref, text(values.get("partner_code"))),
            partner_ref=partner_ref,
            customer=self._claim_customer(snapshot, customer_ref),
            deal_name=text(values.get("deal_name")),
            amount=money(values.get("amount"), currency),
            expected_close_on=day(values.get("expected_close_on")),
            products=words(values.get("products")),
            opportunity_ref=self._target(snapshot, "opportunity"),
            crm_status=text(values.get("status")),
            missing=self._missing(snapshot),
            kind=text(values.get("kind")),
            origin=text(values.get("origin")),
            channel=text(values.get("channel")),
            is_tender=flag(values.get("is_tender")),
            tender_published_at=instant(values.get("tender_published_at")),
            completed_at=instant(values.get("completed_at")),
            priced_at=instant(values.get("priced_at")),
            programme=text(values.get("programme")),
            units=number(values.get("units")),
            lines=typed_lines(values.get("lines"), currency),
            evidence=_evidence(values),
            parties=self._parties(snapshot),
            request=_request(snapshot),
            facts=_with(self._own(snapshot), named_facts(DEAL_FACTS, values)),
        )

    def opportunity(self, snapshot: Snapshot) -> Opportunity:
        """Return an opportunity row as a record."""
        values = snapshot.values
        partner_ref = self._target(snapshot, "partner")
        partner = self._partner(partner_ref, None)
        owner = self.row(self._target(snapshot, "owner"))
        owner_values = owner.values if owner is not None else {}
        return Opportunity(
            ref=snapshot.ref,
            name=text(values.get("name")) or snapshot.ref.record_id,
            created_at=snapshot.created_at or snapshot.first_seen_at,
            modified_at=snapshot.modified_at,
            customer=self._company(self._target(snapshot, "customer")),
            partner_id=partner.partner_id if partner is not None else None,
            partner_ref=partner_ref,
            owner_user_id=text(values.get("owner")),
            owner_role=text(owner_values.get("role")) or text(owner_values.get("team")),
            stage=text(values.get("stage")),
            is_closed=values.get("is_closed") is True,
            is_won=values.get("is_won") is True,
            amount=money(values.get("amount"), currency_of(values)),
            close_on=day(values.get("close_on")),
            product_line=text(values.get("product_line")),
            deal_type=text(values.get("deal_type")),
            registration_id=text(values.get("registration_id")),
            cross_ref=text(values.get("cross_ref")),
            last_activity_on=day(values.get("last_activity_on")),
            facts=_with(self._own(snapshot), named_facts(("next_step",), values)),
        )

    def company_customer(self, snapshot: Snapshot) -> Customer | None:
        """Return a company row as the customer it describes."""
        found = customer_of(Stream.COMPANIES, snapshot.values)
        if found is None:
            return None
        return replace(
            found,
            ref=snapshot.ref,
            parent=self._target(snapshot, "parent"),
            domains=tuple(each.domain for each in snapshot.aliases if each.domain is not None),
            segment=text(snapshot.values.get("segment")),
            last_activity_on=day(snapshot.values.get("last_activity_on")),
            facts=self._own(snapshot),
        )

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

    def partner_of(self, ref: CrmRef | None, code: str | None = None) -> Partner | None:
        """Return the partner behind a row or a partner code; None while it is not known to be one."""
        return self._partner(ref, code)

    def _claim_of_opportunity(self, snapshot: Snapshot) -> Claim:
        """Return the claim that an opportunity amounts to which names a partner and was never registered."""
        found = self.opportunity(snapshot)
        partner = self._partner(found.partner_ref, None)
        claim = claim_of(found, partner) if partner is not None else None
        if claim is None:  # the partner or the customer was taken out again
            claim = claim_of(replace(found, customer=found.customer or Customer(name="")), partner or NOBODY)
            assert claim is not None, snapshot.ref
            claim = replace(claim, partner=partner)
        return replace(claim, missing=_missing_of_opportunity(found))

    def _claim_customer(self, snapshot: Snapshot, ref: CrmRef | None) -> Customer:
        """Return the customer as the submission names it, completed from the row it points at."""
        company = self._company(ref)
        own = customer_of(Stream.SUBMISSIONS, snapshot.values)
        if own is None:
            return company or Customer(name="", ref=ref)
        if company is None:
            return replace(own, ref=ref)
        others = (company.domain, *company.domains) if own.domain and company.domain else company.domains
        return replace(
            company,
            name=own.name,
            domain=own.domain or company.domain,
            domains=tuple(each for each in others if each),
            country=own.country or company.country,
        )

    def _company(self, ref: CrmRef | None) -> Customer | None:
        found = self.row(ref)
        return self.company_customer(found) if found is not None else None

    def _partner(self, ref: CrmRef | None, code: str | None) -> Partner | None:
        own = self.row(ref)
        twins = self._twins(own.ref) if own is not None else ()
        if own is not None:
            codes = [told for each in twins if (told := text(each.values.get("partner_code"))) is not None]
            code = text(own.values.get("partner_code")) or code or min(codes, default=None)
            if code is None and not any(each.values.get("is_partner") is True for each in (own, *twins)):
                return None
        others = self._by_code(code) if code is not None else ()
        rows = [each for each in (own, *twins, *others) if each is not None]
        if not rows:
            return None
        rows = list({each.ref: each for each in rows}.values())
        return Partner(
            partner_id=code or str(min(each.ref for each in (rows[0], *twins))),
            name=_first(rows, "name") or code or rows[0].ref.record_id,
            tier=_first(rows, "partner_tier"),
            standing=_standing(_first(rows, "partner_standing")),
            country=_first(rows, "country"),
            refs=tuple(each.ref for each in rows),
            type=_first(rows, "partner_type"),
            certifications=frozenset(word for each in rows for word in words(each.values.get("certifications"))),
            facts=self._partner_facts(rows),
        )

    def _partner_facts(self, rows: list[Snapshot]) -> Mapping[str, Any]:
        """Return a partner's own facts: of several rows the first that tells one."""
        facts: dict[str, Any] = {}
        for each in reversed(rows):
            facts |= self._own(each)
        return facts

    def _parties(self, snapshot: Snapshot) -> Mapping[str, Partner]:
        """Return the further parties by role, as far as they are known as partners."""
        values = snapshot.values
        found: dict[str, Partner] = {}
        for role in ROLES:
            code = text(values.get(f"{role}_code"))
            if code is None and values.get(role) is None:
                continue
            partner = self._partner(self._target(snapshot, role), code)
            if partner is not None:
                found[role] = partner
        return found

    def _twins(self, ref: CrmRef) -> tuple[Snapshot, ...]:
        """Return the rows that a reviewer said are the same partner as this one."""
        if ref not in self.known.twins:
            refs = verdicts.identity(self.tx, (ref,)) - {ref}
            found = [each for each in snapshots.get_many(self.tx, refs).values() if not each.is_gone]
            self.known.twins[ref] = tuple(each for each in found if each.stream in COMPANIES)
        return self.known.twins[ref]

    def _by_code(self, code: str) -> tuple[Snapshot, ...]:
        if code not in self.known.partners:
            found = [each for each in snapshots.by_partner_code(self.tx, [code]) if not each.is_gone]
            self.known.partners[code] = tuple(sorted(found, key=lambda each: each.ref))
        return self.known.partners[code]

    def _target(self, snapshot: Snapshot, name: str) -> CrmRef | None:
        config = self.configs.get(
            snapshot.ref.connection
        )  # one that was taken out of the settings leaves its rows behind
        return target_ref(config.mapping, snapshot.stream, name, snapshot.values) if config is not None else None

    def _own(self, snapshot: Snapshot) -> Facts:
        """Return the facts of the vendor's own that a row tells."""
        config = self.configs.get(snapshot.ref.connection)
        stream_map = config.mapping.streams.get(snapshot.stream) if config is not None else None
        return own_values(stream_map, snapshot.values) if stream_map is not None else NOTHING

    def _missing(self, snapshot: Snapshot) -> frozenset[str]:
        """Return the fields of a submission that are empty, the vendor's own among them."""
        values = snapshot.values
        config = self.configs.get(snapshot.ref.connection)
        stream_map = config.mapping.streams.get(Stream.SUBMISSIONS) if config is not None else None
        empty = frozenset(name for name in _CLAIM_FIELDS if values.get(name) in (None, "", []))
        return empty | own_missing(stream_map, values) if stream_map is not None else empty


def _with(own: Facts, named: Mapping[str, Any]) -> Facts:
    return {**named, **own} if named else own


def _missing_of_opportunity(found: Opportunity) -> frozenset[str]:
    told = {
        "partner": found.partner_ref,
        "customer": found.customer,
        "customer_name": found.customer,
        "deal_name": found.name,
        "amount": found.amount,
        "expected_close_on": found.close_on,
        "products": found.product_line,
        "opportunity": found.ref,
        "owner": found.owner_user_id,
    }
    return frozenset(name for name in _CLAIM_FIELDS if told.get(name) is None)


def _evidence(values: Values) -> tuple[Proof, ...]:
    """Return the proof that a submission brings; its dates hold for all of it."""
    kinds = words(values.get("evidence"))
    if not kinds:
        return ()
    on, confirmed_at = day(values.get("evidence_on")), instant(values.get("evidence_at"))
    return tuple(Proof(kind=kind, on=on, confirmed_at=confirmed_at) for kind in kinds)


def _request(snapshot: Snapshot) -> Request | None:
    kind = text(snapshot.values.get("request"))
    if kind is None:
        return None
    return Request(kind=kind, at=instant(snapshot.values.get("requested_at")) or snapshot.modified_at)


def _first(rows: list[Snapshot], name: str) -> str | None:
    return next((found for each in rows if (found := text(each.values.get(name))) is not None), None)


def _standing(word: str | None) -> Standing:
    return Standing(word) if word is not None and word in set(Standing) else Standing.UNKNOWN

"""The canonical fields: what Registrar knows of each kind of CRM row, whichever CRM it came from.

A row travels as *canonical values*: a flat mapping of the names below to normalised JSON-friendly values, so that two
values are equal exactly when they mean the same. Text is trimmed and NFC, empty is None; decimals are plain decimal text
without exponent or trailing zeros ("12000", "18.5"); dates are "YYYY-MM-DD"; instants are "YYYY-MM-DDTHH:MM:SS[.mmm]Z" in
UTC; references are the CRM's record id as text (Salesforce: always 18 characters); choices are the admin's canonical
values after mapping; several choices are a sorted list without repeats.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

Value = str | bool | int | list[str] | None
Values = Mapping[str, Value]


class Stream(StrEnum):
    """The kinds of rows that are pulled."""

    SUBMISSIONS = "submissions"
    OPPORTUNITIES = "opportunities"
    COMPANIES = "companies"  # end customers and, by default, partners too
    PARTNERS = "partners"  # only where partners live in an object of their own
    CONTACTS = "contacts"  # off by default: personal data that few policies need
    USERS = "users"
    OBJECTIONS = "objections"  # off by default: who already works a deal that somebody registers


class FieldType(StrEnum):
    TEXT = "text"
    DECIMAL = "decimal"
    INTEGER = "integer"
    BOOL = "bool"
    DATE = "date"
    INSTANT = "instant"
    CHOICE = "choice"
    CHOICES = "choices"
    REF = "ref"
    LINES = "lines"  # the deal's lines: a list of text, one "product; units; amount ..." each
    STATUS = "status"  # a registration status, mapped both ways (rules/mapping.py)


_COMPANY: Final = {
    "name": FieldType.TEXT,
    "domain": FieldType.TEXT,
    "website": FieldType.TEXT,
    "country": FieldType.TEXT,
    "parent": FieldType.REF,
    "is_partner": FieldType.BOOL,
    "partner_code": FieldType.TEXT,
    "partner_tier": FieldType.CHOICE,
    "partner_standing": FieldType.CHOICE,  # good, past_due, suspended
    "partner_type": FieldType.TEXT,
    "certifications": FieldType.CHOICES,
    "segment": FieldType.TEXT,
    "last_activity_on": FieldType.DATE,  # the vendor's own last activity there
    "owner": FieldType.REF,
}

CANONICAL: Final[Mapping[Stream, Mapping[str, FieldType]]] = {
    Stream.SUBMISSIONS: {
        "partner": FieldType.REF,
        "partner_code": FieldType.TEXT,
        "partner_contact_email": FieldType.TEXT,
        "customer": FieldType.REF,
        "customer_name": FieldType.TEXT,
        "customer_domain": FieldType.TEXT,
        "customer_country": FieldType.TEXT,
        "customer_contact_name": FieldType.TEXT,
        "customer_contact_email": FieldType.TEXT,
        "deal_name": FieldType.TEXT,
        "amount": FieldType.DECIMAL,
        "currency": FieldType.TEXT,
        "expected_close_on": FieldType.DATE,
        "products": FieldType.CHOICES,
        "description": FieldType.TEXT,
        "channel": FieldType.TEXT,
        "submitted_at": FieldType.INSTANT,
        "opportunity": FieldType.REF,
        "owner": FieldType.REF,
        # what programmes ask for, as far as the vendor's form has it
        "kind": FieldType.TEXT,  # registration, special_pricing ...
        "origin": FieldType.TEXT,  # who found the deal: partner, vendor
        "programme": FieldType.TEXT,  # the programme or code that the partner names
        "region": FieldType.TEXT,
        "segment": FieldType.TEXT,
        "division": FieldType.TEXT,
        "project": FieldType.TEXT,
        "units": FieldType.DECIMAL,
        "lines": FieldType.LINES,
        "is_tender": FieldType.BOOL,
        "tender_published_at": FieldType.INSTANT,
        "completed_at": FieldType.INSTANT,
        "priced_at": FieldType.INSTANT,
        "evidence": FieldType.CHOICES,
        "evidence_at": FieldType.INSTANT,  # when it was confirmed
        "evidence_on": FieldType.DATE,  # when the work was done
        "customer_choice": FieldType.TEXT,  # the partner code the customer named
        "reward_choice": FieldType.TEXT,
        "distributor": FieldType.REF,
        "distributor_code": FieldType.TEXT,
        "influencer": FieldType.REF,
        "influencer_code": FieldType.TEXT,
        "fulfiller": FieldType.REF,
        "fulfiller_code": FieldType.TEXT,
        "co_seller": FieldType.REF,
        "co_seller_code": FieldType.TEXT,
        "request": FieldType.CHOICE,  # extension, addendum, reprice, conversion, appeal, dispute, withdrawal
        "requested_at": FieldType.INSTANT,
        "objection_by": FieldType.TEXT,  # the partner code or user who objects
        "objected_at": FieldType.INSTANT,
        # owned by the ledger
        "registration_id": FieldType.TEXT,
        "status": FieldType.STATUS,
        "reason": FieldType.CHOICE,
        "note": FieldType.TEXT,
        "decided_at": FieldType.INSTANT,
        "protected_until": FieldType.DATE,
        "rev": FieldType.INTEGER,
    },
    Stream.OPPORTUNITIES: {
        "name": FieldType.TEXT,
        "customer": FieldType.REF,
        "stage": FieldType.TEXT,
        "is_closed": FieldType.BOOL,
        "is_won": FieldType.BOOL,
        "amount": FieldType.DECIMAL,
        "currency": FieldType.TEXT,
        "close_on": FieldType.DATE,
        "product_line": FieldType.TEXT,
        "deal_type": FieldType.TEXT,
        "owner": FieldType.REF,
        "next_step": FieldType.TEXT,
        "last_activity_on": FieldType.DATE,
        "cross_ref": FieldType.REF,  # the same deal's record id in the other CRM, where one is stored
        # owned by the ledger
        "partner": FieldType.REF,  # partner of record
        "partner_name": FieldType.TEXT,
        "registration_id": FieldType.TEXT,
        "status": FieldType.STATUS,
        "note": FieldType.TEXT,
        "protected_until": FieldType.DATE,
        "rev": FieldType.INTEGER,
    },
    Stream.COMPANIES: _COMPANY,
    Stream.PARTNERS: _COMPANY,
    Stream.CONTACTS: {
        "email": FieldType.TEXT,
        "name": FieldType.TEXT,
        "company": FieldType.REF,
    },
    Stream.USERS: {
        "email": FieldType.TEXT,
        "name": FieldType.TEXT,
        "is_active": FieldType.BOOL,
        "role": FieldType.TEXT,
        "team": FieldType.TEXT,
    },
    Stream.OBJECTIONS: {
        "submission": FieldType.REF,
        "by_partner": FieldType.REF,
        "partner_code": FieldType.TEXT,
        "by_user": FieldType.REF,
        "objected_at": FieldType.INSTANT,
        "evidence": FieldType.CHOICES,
    },
}

LEDGER_OWNED: Final[Mapping[Stream, frozenset[str]]] = {
    Stream.SUBMISSIONS: frozenset(
        {"registration_id", "status", "reason", "note", "decided_at", "protected_until", "rev"}
    ),
    Stream.OPPORTUNITIES: frozenset(
        {"partner", "partner_name", "registration_id", "status", "note", "protected_until", "rev"}
    ),
}

# Values that name or reach a person: kept out of logs, errors, plans and the ledger chain.
PERSONAL: Final[frozenset[str]] = frozenset(
    {"partner_contact_email", "customer_contact_name", "customer_contact_email", "email", "description"}
)

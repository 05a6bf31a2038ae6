"""A customer record made ready for comparison: every form that evidence is taken from, worked out once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rules.matching.contact import (
    Phone,
    Street,
    city_of,
    mailbox_of,
    number_of,
    person_of,
    phone_of,
    postal_of,
    street_of,
)
from rules.matching.countries import country_code
from rules.matching.domains import DomainKind, kind_of, page_of, registrable, stem
from rules.matching.normalise import Name, normalise
from rules.records import Customer

_CACHE: Final = 16_384
_SAID: Final = 5
_NO_DOMAINS: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """One customer as one record tells it, in comparable forms.

    country: as told; implied: where none is told, what the legal form or the telephone number implies. domains: registrable
    ones of its own. pages: names of its pages on site builders.
    is_named: a domain says the name. mailbox, person: only where a source hands them over.
    """

    name: Name
    country: str | None = None
    implied: frozenset[str] = _NO_DOMAINS
    domains: frozenset[str] = _NO_DOMAINS
    stems: frozenset[str] = _NO_DOMAINS
    pages: frozenset[str] = _NO_DOMAINS
    is_named: bool = False
    phone: Phone | None = None
    mailbox: str | None = None
    street: Street | None = None
    postal: str | None = None
    city: frozenset[str] = _NO_DOMAINS
    person: frozenset[str] = _NO_DOMAINS
    tax_id: str | None = None
    registry_no: str | None = None


def profile_of(customer: Customer, shared: frozenset[str] = _NO_DOMAINS) -> Profile:
    """Return a customer's profile. shared: further domains that identify nobody."""
    addresses = (customer.domain, *customer.domains)
    where = (customer.street, customer.city, customer.postal_code)
    return _profile(
        customer.name, addresses, customer.country, customer.phone, where, customer.tax_id, customer.registry_no, shared
    )


@lru_cache(maxsize=_CACHE)
def _profile(
    name: str,
    addresses: tuple[str | None, ...],
    country: str | None,
    phone: str | None,
    where: tuple[str | None, str | None, str | None],
    tax_id: str | None,
    registry_no: str | None,
    shared: frozenset[str],
) -> Profile:
    street, city, postal_code = where
    return make_profile(
        name=name,
        addresses=addresses,
        country=country,
        phone=phone,
        street=street,
        city=city,
        postal_code=postal_code,
        tax_id=tax_id,
        registry_no=registry_no,
        not_own=shared,
    )


def make_profile(
    *,
    name: str,
    addresses: tuple[str | None, ...] = (),
    country: str | None = None,
    phone: str | None = None,
    mailbox: str | None = None,
    street: str | None = None,
    city: str | None = None,
    postal_code: str | None = None,
    person: str | None = None,
    tax_id: str | None = None,
    registry_no: str | None = None,
    not_own: frozenset[str] = _NO_DOMAINS,
) -> Profile:
    """Return the profile of what is told. addresses: web and mail addresses. not_own: domains that are somebody else's."""
    normal = normalise(name)
    domains = own_domains(addresses, not_own)
    code = country_code(country)
    number = phone_of(phone)
    implied = normal.countries
    if not implied and number is not None and number[2]:
        implied = frozenset(number[2].split())
    stems = frozenset(stem(domain) for domain in domains)
    return Profile(
        name=normal,
        country=code,
        implied=frozenset((code,)) if code is not None else implied,
        domains=domains,
        stems=stems,
        is_named=any(_says(label, normal) for label in stems),
        pages=frozenset(page for each in addresses if (page := page_of(each)) is not None),
        phone=number,
        mailbox=mailbox_of(mailbox),
        street=street_of(street),
        postal=postal_of(postal_code),
        city=city_of(city),
        person=person_of(person),
        tax_id=number_of(tax_id),
        registry_no=number_of(registry_no),
    )


def _says(label: str, name: Name) -> bool:
    """Tell whether a domain's label begins with, or holds, a word of the name, or its initials."""
    if label in name.acronyms:
        return True
    return any(
        label.startswith(word[:_SAID]) or (len(word) > _SAID and word in label)
        for form in name.forms
        for word in form.words[:2]
    )


def own_domains(addresses: Iterable[str | None], not_own: frozenset[str] = _NO_DOMAINS) -> frozenset[str]:
    """Return the registrable domains among web and mail addresses that may be the customer's own."""
    found = {registrable(each) for each in addresses if each}
    return frozenset(each for each in found if each is not None and kind_of(each, not_own) is DomainKind.OWN)

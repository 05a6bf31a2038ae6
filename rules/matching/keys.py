"""Blocking keys: what two records of one customer are likely to share, so that only those are compared.

"d:" an own domain, "n:" the joined name, "p:" its first letters, "w:" its rarest-looking word, "u:" a name in ideographs.
Shared domains and common words give no key: a key that thousands of rows carry finds nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rules.matching.domains import DomainKind, kind_of, registrable, stem
from rules.matching.normalise import Name, normalise
from rules.matching.words import ACTIVITIES, GROUP, REGIONS
from rules.records import Customer

KEYS_MAX: Final = 8
UNKNOWN: Final = "unknown"  # the identity of a customer that nothing tells
_CACHE_KEYS: Final = 65_536
_PREFIX: Final = 6
_WORD_LENGTH_MIN: Final = 3


def customer_keys(customer: Customer) -> tuple[str, ...]:
    """Return the blocking keys of a customer: stable, at most eight, none when nothing is known of it."""
    return _keys(customer.name, customer.domain)


def customer_identity(customer: Customer) -> str:
    """Return one text that stands for the customer in a deal's key: its own domain, else its name and country."""
    domain = registrable(customer.domain)
    if kind_of(domain) is DomainKind.OWN:
        return f"d:{domain}"
    name = normalise(customer.name)
    if name.is_empty:
        return f"r:{customer.ref}" if customer.ref is not None else UNKNOWN
    first = name.forms[0]
    return f"n:{first.joined}{first.unread}:{(customer.country or '').strip().casefold()}"


@lru_cache(maxsize=_CACHE_KEYS)
def _keys(name_text: str, domain_text: str | None) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    domain = registrable(domain_text)
    if domain is not None and kind_of(domain) is DomainKind.OWN:
        keys[f"d:{domain}"] = None
        keys[f"p:{stem(domain)[:_PREFIX]}"] = None
    for key in _name_keys(normalise(name_text)):
        keys[key] = None
    return tuple(keys)[:KEYS_MAX]


def _name_keys(name: Name) -> list[str]:
    keys = []
    for form in name.forms[:2]:
        if form.joined:
            keys.append(f"n:{form.joined}")
            keys.append(f"p:{form.joined[:_PREFIX]}")
            telling = _telling(form.words)
            if telling is not None:
                keys.append(f"w:{telling}")
        if form.unread:
            keys.append(f"u:{form.unread}")
    return keys


def _telling(words: tuple[str, ...]) -> str | None:
    """Return the first word that does not merely say what kind of company it is, or where."""
    for word in words:
        if len(word) >= _WORD_LENGTH_MIN and not word.isdigit() and word not in ACTIVITIES | REGIONS | GROUP:
            return word
    return None

"""Blocking keys: what two records of one customer are likely to share, so that only those are compared.

"d:" an own domain, "t:" a telephone number, "i:" a tax or registry number, "n:" the joined name, "l:" and "p:" its first
letters, "w:" its telling words, "k:" its sound, "a:" its initials, "u:" a name in ideographs, "s:" house number and
street or postal code. Shared domains and common words give no key: a key that thousands of rows carry finds nothing. A
ledger stores the same keys that the index in memory holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.matching.domains import DomainKind, kind_of, registrable
from rules.matching.normalise import Form, normalise
from rules.matching.profile import Profile, profile_of
from rules.matching.text import skeleton
from rules.matching.words import ACTIVITIES, GROUP, REGIONS
from rules.records import Customer

KEYS_MAX: Final = 24
EXACT: Final = ("d:", "t:", "i:", "n:", "m:")  # so telling that commonness hardly matters
UNKNOWN: Final = "unknown"  # the identity of a customer that nothing tells
_PREFIX: Final = 6
_LONG_PREFIX: Final = 10
_SOUND: Final = 7
_WORD_LENGTH_MIN: Final = 3
_WORDS_MAX: Final = 3
_ACRONYM_MAX: Final = 6
_GENERAL: Final = ACTIVITIES | REGIONS | GROUP


def customer_keys(customer: Customer) -> tuple[str, ...]:
    """Return the blocking keys of a customer: stable, few, none when nothing is known of it."""
    return profile_keys(profile_of(customer))


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


def profile_keys(profile: Profile) -> tuple[str, ...]:
    """Return the blocking keys of a profile, the most telling first."""
    keys: dict[str, None] = {}
    for domain in sorted(profile.domains):
        keys[f"d:{domain}"] = None
    if profile.phone is not None:
        keys[f"t:{profile.phone[0]}"] = None
    for number in (profile.tax_id, profile.registry_no):
        if number is not None:
            keys[f"i:{number}"] = None
    for form in profile.name.forms:
        keys.update(dict.fromkeys(_form_keys(form)))
    for acronym in profile.name.acronyms:
        if len(acronym) <= _ACRONYM_MAX:
            keys[f"a:{acronym}"] = None
    for label in sorted(profile.stems | profile.pages):
        keys[f"p:{label[:_PREFIX]}"] = None
    keys.update(dict.fromkeys(_street_keys(profile)))
    return tuple(keys)[:KEYS_MAX]


def _form_keys(form: Form) -> Iterator[str]:
    joined = form.joined or form.reading
    if joined:
        yield f"n:{joined}{form.unread}"
        yield f"p:{joined[:_PREFIX]}"
        if len(joined) > _PREFIX:
            yield f"l:{joined[:_LONG_PREFIX]}"
        yield f"k:{skeleton(joined[:24])[:_SOUND]}"
        if len(form.words) <= 2 and len(joined) <= _ACRONYM_MAX:
            yield f"a:{joined}"
    count = 0
    for word in form.words:
        if len(word) >= _WORD_LENGTH_MIN and not word.isdigit() and word not in _GENERAL:
            yield f"w:{word}"
            count += 1
            if count == _WORDS_MAX:
                break
    if form.unread:
        yield f"w:{form.reading}"
        yield f"u:{form.unread}"
        yield f"u:{form.unread[:3]}"


def _street_keys(profile: Profile) -> Iterator[str]:
    if profile.street is None:
        return
    numbers, words = profile.street
    number = min(numbers, key=lambda each: (len(each), each))
    if profile.postal is not None:
        yield f"s:{number}:{profile.postal}"
    yield f"s:{number}:{max(words, key=lambda each: (len(each), each))[:_PREFIX]}"

"""The vendor's customers, one plan per number: what each CRM calls them, their domains, parents and countries.

Names are unique but for the deliberate traps: subsidiaries named after their parent, one company spelled differently in
the two CRMs, domains shared by a group, free-mail domains and companies without one.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from sandbox.programme.dice import Dice, mix
from sandbox.programme.words import FREE_MAIL, GROUP_DOMAINS, LOCALES, SHARES, Locale

_BOUNDS: Final = tuple(accumulate(SHARES))
_SHORT: Final = {
    "Manufacturing": "Mfg", "Engineering": "Eng.", "Insurance": "Ins.", "Properties": "Props", "Research": "R&D",
    "Maschinenbau": "Masch.-Bau", "Elektrotechnik": "E-Technik", "Versicherung": "Vers.",
}  # fmt: skip


class CustomerPlan(NamedTuple):  # a tuple is made in a third of a frozen dataclass's time
    """One customer company.

    name: as in Salesforce, respelled: as HubSpot and many partners spell it. domain: registrable domain or None.
    parent: number of the parent customer, always a smaller one.
    """

    number: int
    name: str
    respelled: str
    domain: str | None
    website: str | None
    country: str
    country_name: str
    currency: str
    parent: int | None

    @property
    def in_salesforce(self) -> bool:
        return self.number % 10 < 8

    @property
    def in_hubspot(self) -> bool:
        return self.number % 10 < 5 or self.number % 10 >= 8

    @property
    def in_both(self) -> bool:
        return self.number % 10 < 5


@lru_cache(maxsize=16384)
def customer_at(seed: int, number: int) -> CustomerPlan:
    """Return the customer of that number."""
    dice = Dice(seed, "customer", number)
    # A subsidiary stands 7 after the parent it is named after; parents stand on multiples of 12, so chains end at once.
    parent = number - 7 if number % 12 == 7 else None
    root = number if parent is None else parent
    locale = _locale(seed, root)
    written, latin = _stem(seed, root, locale)
    work, work_latin = dice.pick(locale.activities)
    form, other_form = dice.pick(locale.forms)
    name = _named(locale, written, work, form)
    domain, website = _web(seed, number, parent, dice, latin, work_latin, locale)
    return CustomerPlan(
        number=number,
        name=name,
        respelled=_respelled(dice, locale, written, latin, work, work_latin, form, other_form),
        domain=domain,
        website=website,
        country=locale.country,
        country_name=locale.country_name,
        currency=locale.currency,
        parent=parent,
    )


def _locale(seed: int, number: int) -> Locale:
    return LOCALES[bisect_right(_BOUNDS, Dice(seed, "locale", number).below(_BOUNDS[-1]))]


def _stem(seed: int, number: int, locale: Locale) -> tuple[str, str]:
    """Return a stem no other customer of this locale's number range has, as written and in Latin letters.

    The number is spread over all stems by a step that shares no factor with their count, so stems repeat only after all
    are used; then a third syllable is put in.
    """
    heads, tails = locale.heads, locale.tails
    count = len(heads) * len(tails)
    offset = mix(seed) % count
    place = (number * 7919 + offset) % count
    head, tail = heads[place // len(tails)], tails[place % len(tails)]
    lap = number // count
    middle: tuple[str, str] = ("", "")
    if lap:
        middle = tails[lap % len(tails)] if lap < len(tails) else (f"{tails[lap % len(tails)][0]}{lap}", f"{lap}")
    return head[0] + middle[0].lower() + tail[0].lower(), head[1] + middle[1] + tail[1]


def _named(locale: Locale, stem: str, work: str, form: str) -> str:
    gap = " " if locale.is_spaced else ""
    name = f"{stem}{gap}{work}"
    if not form:
        return name
    if locale.form_leads:
        return f"{form}{gap}{name}"
    return f"{name}{gap}{form}"


def _web(
    seed: int, number: int, parent: int | None, dice: Dice, latin: str, work: str, locale: Locale
) -> tuple[str | None, str | None]:
    """Return the domain on file and the website: own, the parent's, shared, free mail, a social page, or none."""
    slug = f"{latin}-{_plain(work)}"
    own = f"{slug}.{locale.tld}"
    draw = dice.below(100)
    if parent is not None and draw < 50:
        return customer_at(seed, parent).domain, f"https://www.{own}/"
    if draw < 84:
        return own, f"https://www.{own}" if draw % 3 else f"www.{own}/index.html"
    if draw < 88:
        return GROUP_DOMAINS[number % len(GROUP_DOMAINS)], None
    if draw < 92:
        return FREE_MAIL[number % len(FREE_MAIL)], None
    if draw < 94:
        return None, f"https://www.facebook.com/{slug}"
    return None, None


@lru_cache(maxsize=256)
def _plain(work: str) -> str:
    """Return an activity as it stands in a domain name."""
    return "".join(filter(str.isalnum, work.lower()))


def _respelled(
    dice: Dice, locale: Locale, written: str, latin: str, work: str, work_latin: str, form: str, other_form: str
) -> str:
    """Return the name as someone else would type it: in Latin letters, without its form, shortened, in capitals ..."""
    draw = dice.below(6)
    if not written.isascii() and draw < 3:
        return f"{latin.capitalize()} {work_latin} {other_form or form}"
    if draw == 0:
        return _named(locale, written, work, "")
    if draw == 1:
        return _named(locale, written, _SHORT.get(work, work), form)
    if draw == 2:
        return _named(locale, written, work, form).upper()
    if draw == 3 and other_form:
        return _named(locale, written, work, other_form)
    return _named(locale, written, work, form)

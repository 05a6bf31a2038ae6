"""Named signals for and against two profiles being one customer, each with its amount; weights.py says what they weigh.

Most signals are there or not (amount 1); a few have a size. What is missing on one side gives no signal at all. Each
signal is the same with the sides swapped.
"""

from __future__ import annotations

from functools import lru_cache
from math import log
from typing import Final

from rapidfuzz.distance import OSA

from rules.matching.domains import looks_like_provider
from rules.matching.legal_forms import FORM_WORDS
from rules.matching.names import Alike, Likeness
from rules.matching.profile import Profile
from rules.matching.statistics import OnFile
from rules.matching.words import ACTIVITIES, CITIES, GROUP, REGIONS

Signal = tuple[str, float]
_INFO_MAX: Final = 16.0
_INFO_MEAN: Final = 8.0
_STEM_MIN: Final = 4
_GARBLED: Final = 0.5
_FEW: Final = 2
_PHONE_NEAR: Final = 6
_AREA: Final = 3
_TYPO_STREET: Final = 6
_TYPO_FORM: Final = 4
_TYPO_LONG: Final = 9


def signals(left: Profile, right: Profile, names: Likeness, on_file: OnFile) -> list[Signal]:
    """Return what speaks for and against one customer."""
    found: list[Signal] = []
    _names(names, on_file, found)
    _forms(left, right, names, found)
    _domains(left, right, names, on_file, found)
    _countries(left, right, found)
    if names.left or names.right:
        _leftovers(left, right, names, found)
    _contacts(left, right, on_file, found)
    _places(left, right, found)
    if left.tax_id is not None and right.tax_id is not None:
        found.append(("tax_id_equal" if left.tax_id == right.tax_id else "tax_id_differs", 1.0))
    if left.registry_no is not None and right.registry_no is not None:
        found.append(("registry_no_equal" if left.registry_no == right.registry_no else "registry_no_differs", 1.0))
    return found


def _names(names: Likeness, on_file: OnFile, found: list[Signal]) -> None:
    alike = names.alike
    if alike in (Alike.EQUAL, Alike.SIMILAR, Alike.PARTLY):
        rarity = on_file.rarity
        info = 0.0
        lost = 0.0
        for word, quality in names.shared:
            told = rarity(word)
            info += told * quality
            lost += 1.0 - quality
        found.append((f"name_{alike}", 1.0))
        found.append(("name_rarity", (min(info, _INFO_MAX) - _INFO_MEAN) / _INFO_MEAN))
        if lost:
            found.append(("name_typos", lost * 5.0))
        if names.is_alias:
            found.append(("name_alias", 1.0))
        if names.is_crossed:
            found.append(("other_names_differ", 1.0))
    else:
        found.append((f"name_{alike}", 1.0))


def _forms(left: Profile, right: Profile, names: Likeness, found: list[Signal]) -> None:
    if names.is_reordered:
        found.append(("name_order_differs", 1.0))
    if left.name.forms and right.name.forms:
        mine, theirs = left.name.forms[0].legal, right.name.forms[0].legal
        if mine is not None and theirs is not None and mine != theirs:
            found.append(("form_differs", 1.0))


def _domains(left: Profile, right: Profile, names: Likeness, on_file: OnFile, found: list[Signal]) -> None:
    if left.domains and right.domains:
        shared = left.domains & right.domains
        if shared:
            domain = min(shared, key=lambda each: (on_file.holders.get(each, 1), each))
            found.append(("domain_equal", 1.0))
            if names.alike is Alike.UNLIKE and _is_garbled(left, right):
                found.append(("name_garbled", 1.0))
            holders = on_file.holders.get(domain, 1)
            if holders > 1:
                found.append((f"domain_holders{'_one_name' if names.alike is Alike.EQUAL else ''}", log(holders)))
            unrelated = on_file.strangers.get(domain, 1)
            if unrelated > _FEW:
                found.append(("domain_of_strangers", log(unrelated)))
            if looks_like_provider(domain) and not _names_itself(left, right, domain):
                found.append(("domain_of_provider", 1.0))
            return
    mine, theirs = left.stems | left.pages, right.stems | right.pages
    if not mine or not theirs:
        return
    if mine & theirs:
        is_own = bool(left.stems & right.stems)
        is_long = max(map(len, mine & theirs)) >= _STEM_MIN
        found.append(
            ("domain_stem_equal" if is_own and is_long else "page_equal" if is_long else "domain_stem_short", 1.0)
        )
    elif any(_is_alike(one, other) for one in mine for other in theirs):
        found.append(("domain_alike", 1.0))
    elif _is_telling(left, on_file) and _is_telling(right, on_file):
        found.append(("domain_differs", 1.0 if left.is_named and right.is_named else 0.6))


def _is_garbled(left: Profile, right: Profile) -> bool:
    """Tell whether two names under one domain are alike as a whole, though no word is."""
    mine, theirs = left.name.forms[0].joined, right.name.forms[0].joined
    return bool(mine and theirs) and OSA.normalized_similarity(mine, theirs) >= _GARBLED


def _is_telling(profile: Profile, on_file: OnFile) -> bool:
    """Tell whether a profile has a domain that is neither a provider's by its sound nor by its many unrelated holders."""
    return any(
        on_file.strangers.get(each, 1) <= _FEW and (profile.is_named or not looks_like_provider(each))
        for each in profile.domains
    )


def _is_alike(one: str, other: str) -> bool:
    """Tell whether two domain labels are a typo apart, or one carries the other."""
    short, long = (one, other) if len(one) < len(other) else (other, one)
    if len(short) < _STEM_MIN:
        return False
    return long.startswith(short) or (len(short) > _STEM_MIN + 1 and OSA.distance(one, other, score_cutoff=1) <= 1)


def _names_itself(left: Profile, right: Profile, domain: str) -> bool:
    label = domain.partition(".")[0].replace("-", "")
    return any(form.words and form.words[0] in label for profile in (left, right) for form in profile.name.forms)


def _countries(left: Profile, right: Profile, found: list[Signal]) -> None:
    if left.country is not None and right.country is not None:
        found.append(("country_equal" if left.country == right.country else "country_differs", 1.0))
    elif left.implied and right.implied:
        found.append(("country_implied_fits" if left.implied & right.implied else "country_implied_differs", 1.0))


def _leftovers(left: Profile, right: Profile, names: Likeness, found: list[Signal]) -> None:
    mine, theirs = _kinds(names.left, left), _kinds(names.right, right)
    for kind in ("number", "group", "region", "activity", "place", "form", "other"):
        one, other = mine.get(kind, 0), theirs.get(kind, 0)
        if one and other:
            found.append((f"{kind}_on_both", 1.0))
        elif one or other:
            found.append((f"{kind}_left_over", 1.0))
    mine.pop("form", None)
    theirs.pop("form", None)
    if mine and theirs:
        found.append(("left_over_on_both", 1.0))
    count = len(names.left) + len(names.right)
    if count > _FEW:
        found.append(("many_left_over", count - float(_FEW)))


def _kinds(words: tuple[str, ...], of: Profile) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for word in words:
        if word.isdigit():
            kind = "number"
        elif word in GROUP:
            kind = "group"
        elif word in of.city or word in CITIES:
            kind = "place"
        elif word in REGIONS:
            kind = "region"
        elif word in ACTIVITIES:
            kind = "activity"
        elif _is_form(word):
            kind = "form"
        else:
            kind = "other"
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


@lru_cache(maxsize=16_384)
def _is_form(word: str) -> bool:
    """Tell whether a word is of a legal form, or a typo away from a longer one."""
    if word in FORM_WORDS:
        return True
    allowed = 0 if len(word) < _TYPO_FORM else 1 if len(word) < _TYPO_LONG else 2
    return allowed > 0 and any(
        abs(len(form) - len(word)) <= allowed and OSA.distance(form, word, score_cutoff=allowed) <= allowed
        for form in FORM_WORDS
        if len(form) >= _TYPO_FORM
    )


def _contacts(left: Profile, right: Profile, on_file: OnFile, found: list[Signal]) -> None:
    if left.phone is not None and right.phone is not None:
        if left.phone[0] == right.phone[0]:
            found.append(("phone_equal", 1.0))
            holders = on_file.holders.get(left.phone[0], 1)
            if holders > 1:
                found.append(("phone_holders", log(holders)))
        else:
            size = _common_start(left.phone[1], right.phone[1])
            found.append(
                ("phone_near" if size >= _PHONE_NEAR else "phone_area" if size >= _AREA else "phone_differs", 1.0)
            )
    if left.mailbox is not None and left.mailbox == right.mailbox:
        found.append(("mailbox_equal", 1.0))
    if left.person and right.person:
        found.append(("person_equal" if left.person == right.person else "person_differs", 1.0))


def _common_start(one: str, other: str) -> int:
    size = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        size += 1
    return size


def _places(left: Profile, right: Profile, found: list[Signal]) -> None:
    """Compare street, postal code and city: what one of them tells is not counted again for the others."""
    has_postal = left.postal is not None and right.postal is not None
    is_postal = has_postal and left.postal == right.postal
    street = _street(left, right)
    if street:
        found.append(("street_equal", 1.0))
        if is_postal:
            found.append(("postal_equal", 0.5))
        return
    if is_postal:
        found.append(("postal_equal", 1.0))
    elif left.city and right.city:
        if not left.city & right.city:
            found.append(("city_differs", 1.0))
            return
        found.append(("city_equal", 1.0))
    if has_postal and not is_postal:
        found.append(("postal_differs", 1.0))
    elif street is False:
        found.append(("street_differs", 1.0))


def _street(left: Profile, right: Profile) -> bool | None:
    """Tell whether the streets are the same, None where one of them is not told."""
    if left.street is None or right.street is None:
        return None
    return bool(left.street[0] & right.street[0]) and _is_road(left.street[1], right.street[1])


def _is_road(one: frozenset[str], other: frozenset[str]) -> bool:
    if one & other:
        return True
    mine, theirs = max(one, key=lambda each: (len(each), each)), max(other, key=lambda each: (len(each), each))
    return min(len(mine), len(theirs)) >= _TYPO_STREET and OSA.distance(mine, theirs, score_cutoff=1) <= 1

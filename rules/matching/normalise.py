"""Company names in comparable forms, worked out once per name.

A name keeps several forms, because no single one is right: umlauts are folded both ways (Müller is "muller" and "mueller"),
the legal form is cut off and kept aside with the countries it implies, brackets and "dba" give names of their own, and the
joined form meets spellings that are glued or hyphenated. Words in scripts that cannot be read reliably into Latin letters
(kanji) are kept apart, so that they are never taken for a difference from a Latin spelling.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from anyascii import anyascii

from rules.matching.legal_forms import NO_COUNTRY, UNSPACED, cut
from rules.matching.words import ABBREVIATIONS, GROUP, NOISE

_CACHE_NAMES: Final = 65_536
_TWICE: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_ONCE: Final = str.maketrans({"ø": "o", "å": "a", "ı": "i", "ł": "l", "đ": "d"})
_NOTE: Final = re.compile(r"\[[^\]]*\]|\{[^}]*\}|\*+[^*]*\*+")
_ASIDE: Final = re.compile(r"[(（]([^()（）]*)[)）]")
_DBA: Final = re.compile(
    r"\b(?:d\s*[./]?\s*b\s*[./]?\s*a|t/a|trading as|doing business as|formerly|fka|f/k/a|aka|a/k/a)\b\.?",
    re.IGNORECASE,
)
_SITE: Final = re.compile(r"\s+[-–—|/]\s+")
_APOSTROPHES: Final = re.compile(r"['’`´‘]")
_DOTTED: Final = re.compile(r"(?<=\w)\.(?=\w)|(?<=\b\w)\.")
_INITIALS: Final = re.compile(r"\b(\w)\s?&\s?(\w)\b")
_AND: Final = re.compile(r"\s*[&＆+]\s*")
_WORD: Final = re.compile(r"[^\W_]+")
_IDEOGRAPH: Final = re.compile(r"[㐀-䶿一-鿿豈-﫿]+")
_BRACKETED: Final = frozenset(form for form, _ in UNSPACED if form.startswith("("))
_CONJUNCTIONS: Final = frozenset(
    {"and", "und", "et", "y", "e", "i", "og", "och", "en", "the", "of", "de", "der", "die", "das"}
    | {"la", "le", "les", "el", "los", "du", "des", "di", "da", "do"}
)
_PLACEHOLDERS: Final = frozenset(
    {"", "n/a", "na", "n.a", "none", "null", "unknown", "tbd", "test", "xxx", "x", "tba", "no name"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One reading of a name.

    words: in order, legal form and noise removed. unread: ideographs, as written; reading: their Chinese reading, which
    fits Chinese names only.
    """

    words: tuple[str, ...]
    joined: str
    unread: str
    reading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """All readings of one name. countries: what its legal form implies. acronym: initials of three words or more."""

    forms: tuple[Form, ...]
    countries: frozenset[str]
    acronym: str | None
    is_empty: bool


@lru_cache(maxsize=_CACHE_NAMES)
def normalise(name: str) -> Name:
    """Return the readings of a name, the plainest first."""
    text = unicodedata.normalize("NFKC", name).strip()
    if text.casefold().strip(" .-_/?*") in _PLACEHOLDERS:
        text = ""
    forms: dict[tuple[tuple[str, ...], str], Form] = {}
    countries = NO_COUNTRY
    for part in _parts(text):
        body, implied = _cut_unspaced(part)
        countries = countries or implied
        for folded in (_fold(body, _ONCE), _fold(body, _TWICE)):
            form, implied = _form(*folded)
            countries = countries or implied
            if form.words or form.unread:
                forms.setdefault((form.words, form.unread), form)
    readings = tuple(forms.values())
    first = readings[0].words if readings else ()
    acronym = "".join(word[0] for word in first) if len(first) >= 3 else None
    return Name(forms=readings, countries=countries, acronym=acronym, is_empty=not readings)


def _parts(text: str) -> list[str]:
    """Return the name and the names inside it: each side of "dba", and bracketed names; notes are dropped.

    So is a site ("- Munich office"), but not what makes a member of its own ("- Faculty of Law").
    """
    parts = []
    for side in _DBA.split(_NOTE.sub(" ", text)):
        asides = _ASIDE.findall(side)
        is_form = any(f"({aside})" in _BRACKETED for aside in asides)
        outside = side if is_form else _ASIDE.sub(" ", side)
        main, *rest = _SITE.split(outside)
        is_member = any(word in GROUP for part in rest for word in _WORD.findall(part.casefold()))
        parts.append(main if _WORD.search(main) and not is_member else outside)
        parts.extend(aside for aside in asides if not is_form and _is_name(aside))
    return [part for part in parts if part.strip()] or [text]


def _is_name(aside: str) -> bool:
    """Tell whether bracketed words name a company: they carry a legal form."""
    words = tuple(_WORD.findall(anyascii(_DOTTED.sub("", aside)).casefold()))
    return cut(words)[0] != words


def _cut_unspaced(text: str) -> tuple[str, frozenset[str]]:
    """Return the text without the form of a script written without spaces, and the countries that form implies."""
    if text.isascii():
        return text, NO_COUNTRY
    for form, countries in UNSPACED:
        if text.startswith(form) or text.endswith(form):
            return text.replace(form, " ").strip(), frozenset(countries.split())
    return text, NO_COUNTRY


def _fold(text: str, table: dict[int, str]) -> tuple[str, str]:
    """Return the text in Latin letters, lower case, and the ideographs taken out of it."""
    lowered = unicodedata.normalize("NFC", text.casefold()).translate(table)
    unread = "".join(_IDEOGRAPH.findall(lowered))
    if unread:
        lowered = _IDEOGRAPH.sub(" ", lowered)
    return anyascii(lowered).casefold() if not lowered.isascii() else lowered, unread


def _form(text: str, unread: str) -> tuple[Form, frozenset[str]]:
    text = _DOTTED.sub("", _APOSTROPHES.sub("", text))
    found = tuple(
        _WORD.findall(_AND.sub(" and ", _INITIALS.sub(r"\1\2", text)))
    )  # R&D is one word, Smith & Sons are two
    plain = tuple(word for word in found if word not in ("and", "und")) or found
    words, countries = cut(plain)
    told = tuple(ABBREVIATIONS.get(word, word) for word in words)
    kept = tuple(word for word in told if word not in _CONJUNCTIONS and word not in NOISE) or told
    reading = anyascii(unread).casefold().replace(" ", "") if unread else ""
    return Form(words=kept, joined="".join(kept), unread=unread, reading=reading), countries

"""Company names in comparable forms, worked out once per name.

A name holds one or more readings: the name itself, then what "dba", a dash or brackets add, where that names an
organisation too. The legal form is cut off and kept aside with the countries it implies; notes and sites ("- Munich
office", "[DO NOT USE]") are dropped. The joined form meets spellings that are glued or hyphenated. Ideographs, which
cannot be read reliably into Latin letters, are kept apart, so that they are never taken for a difference from a Latin
spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rules.matching.legal_forms import NO_COUNTRY, UNSPACED, cut, kind_of_form, without_middle
from rules.matching.text import clean, fold, reading_of
from rules.matching.words import ABBREVIATIONS, GLYPHS, GROUP, NOISE, NOTES, REGIONS

_CACHE_NAMES: Final = 16_384
_WORDS_MAX: Final = 12
_READINGS_MAX: Final = 4
_ACRONYM_MIN: Final = 3
_NOTE: Final = re.compile(r"\[[^\]]*\]|\{[^}]*\}|\*+[^*]*\*+")
_ASIDE: Final = re.compile(r"[(（]([^()（）]*)[)）]")
_DBA: Final = re.compile(
    r"(?:\b(?:d\s*[./]?\s*b\s*[./]?\s*a|t/a|trading as|a trading name of|doing business as|formerly(?: known as)?|fka|f/k/a"
    r"|aka|a/k/a|n/k/a|now known as|operating as|o/a|also known as|previously|c/o)(?=\W|$)\.?)",
    re.IGNORECASE,
)
_DASH: Final = re.compile(r"\s+[-–—|]+\s+|\s+/\s+")
_INITIAL: Final = re.compile(r"(?<=\b\w)\.")
_INITIALS: Final = re.compile(r"\b([a-z])\s?&\s?([a-z])\b")
_AND: Final = re.compile(r"\s*[&＆+]\s*")
_WORD: Final = re.compile(r"[a-z0-9]+")
_ANY: Final = re.compile(r"\w")
_DBA_HINT: Final = re.compile(
    r"dba|d/b|d\.b|t/a|trading|doing|former|fka|f/k|aka|a/k|n/k|known|operating|o/a|previous|c/o", re.I
)
_BETWEEN: Final = NOISE | {"and", "und"}
_BRACKETED: Final = frozenset(form[1:-1] for form, _ in UNSPACED if form.startswith("(")) | {"p", "publ", "pvt", "pty"}
CONJUNCTIONS: Final = frozenset(
    {"and", "und", "et", "y", "e", "i", "og", "och", "en", "the", "of", "de", "der", "die", "das", "a", "an"}
    | {
        "la",
        "le",
        "les",
        "el",
        "los",
        "du",
        "des",
        "di",
        "da",
        "do",
        "degli",
        "della",
        "del",
        "dei",
        "och",
        "oraz",
        "ve",
        "for",
    }
)
PLACEHOLDERS: Final = frozenset(
    {
        "",
        "n/a",
        "na",
        "n.a",
        "none",
        "null",
        "nil",
        "unknown",
        "tbd",
        "test",
        "xxx",
        "x",
        "tba",
        "no name",
        "nan",
        "undefined",
    }
    | {"not available", "not provided", "not applicable", "customer", "company", "end customer", "enduser", "end user"}
    | {
        "test company",
        "test account",
        "confidential",
        "asdf",
        "qwerty",
        "abc",
        "dummy",
        "sample",
        "blank",
        "same as above",
    }
    | {"unbekannt", "inconnu", "desconocido", "sconosciuto", "to be confirmed", "various", "self", "private", "privat"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One reading of a name.

    words: in order, legal form and noise removed. unread: ideographs, as written; reading: their Chinese reading, which
    fits Chinese names only. legal: what kind of company its legal form makes.
    """

    words: tuple[str, ...]
    joined: str
    unread: str
    reading: str
    legal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Name:
    """All readings of one name. countries: what its legal form implies. acronyms: initials of three words or more.

    key: all readings in one text; equal keys are equal names.

    """

    key: str
    forms: tuple[Form, ...]
    countries: frozenset[str]
    acronyms: tuple[str, ...]
    is_empty: bool


@lru_cache(maxsize=_CACHE_NAMES)
def normalise(name: str) -> Name:
    """Return the readings of a name, the plainest first."""
    text = clean(name)
    if is_placeholder(text):
        return _NO_NAME
    forms: dict[tuple[tuple[str, ...], str], Form] = {}
    countries = NO_COUNTRY
    acronyms: list[str] = []
    for part in _parts(text)[:_READINGS_MAX]:
        form, implied, acronym = _form(part)
        countries = countries or implied
        if form.words or form.unread:
            forms.setdefault((form.words, form.unread), form)
            acronyms += acronym
    return Name(
        key="|".join(" ".join((*form.words, form.unread)) for form in forms.values()),
        forms=tuple(forms.values()),
        countries=countries,
        acronyms=tuple(dict.fromkeys(acronyms)),
        is_empty=not forms,
    )


_NO_NAME: Final = Name(key="", forms=(), countries=NO_COUNTRY, acronyms=(), is_empty=True)


def is_placeholder(text: str) -> bool:
    """Tell whether a text stands for nothing: "n/a", "test", "-"."""
    return text.casefold().strip(" .-_/?*#!:;,\"'") in PLACEHOLDERS


def _parts(text: str) -> list[str]:
    """Return the name and the names inside it: each side of "dba", what follows a dash, what stands in brackets."""
    if "[" in text or "{" in text or "*" in text:
        text = _NOTE.sub(" ", text)
    parts: list[str] = []
    for side in _DBA.split(text) if _DBA_HINT.search(text) else (text,):
        if "(" in side or "（" in side:
            side, further = _without_asides(side)
        else:
            further = []
        head, *tails = _DASH.split(side) if " " in side else (side,)
        parts.append(" ".join((head, *(tail for tail in tails if _belongs(tail)))))
        parts += [tail for tail in tails if not _belongs(tail) and _is_name(tail)]
        parts += further
    return [part for part in parts if _ANY.search(part)] or [text]


def _without_asides(side: str) -> tuple[str, list[str]]:
    """Return the text without its brackets, but for what belongs to the name, and the names that stood in them."""
    asides = [each.strip() for each in _ASIDE.findall(side)]
    if any(each.casefold() in _BRACKETED for each in asides):
        return side, []
    kept = " ".join(each for each in asides if _belongs(each))
    outside = _ASIDE.sub(f" {kept} " if kept else " ", side, count=1) if kept else _ASIDE.sub(" ", side)
    if not _ANY.search(outside):
        return " ".join(asides), []
    return outside, [each for each in asides if not _belongs(each) and _is_name(each)]


@lru_cache(maxsize=4096)
def _belongs(aside: str) -> bool:
    """Tell whether an aside makes a member of its own: "Faculty of Law", "UK", "Fund II", "#12"."""
    words = _WORD.findall(fold(aside)[0])
    if not words or any(word in NOTES for word in words):
        return False
    plain = [ABBREVIATIONS.get(word, word) for word in words]
    return cut(tuple(words))[0] == tuple(words) and any(
        word in GROUP or word in REGIONS or word.isdigit() for word in plain
    )


def _is_name(aside: str) -> bool:
    """Tell whether an aside names a company: it carries a legal form."""
    words = tuple(_WORD.findall(_INITIAL.sub("", fold(aside)[0])))
    return cut(words)[0] != words or (not aside.isascii() and _cut_unspaced(aside)[0] != aside)


def _cut_unspaced(text: str) -> tuple[str, frozenset[str]]:
    """Return the text without the form of a script written without spaces, and the countries that form implies."""
    for form, countries in UNSPACED:
        if text.startswith(form) or text.endswith(form):
            return text.replace(form, " ").strip(), frozenset(countries.split())
    return text, NO_COUNTRY


def _form(part: str) -> tuple[Form, frozenset[str], list[str]]:
    implied = NO_COUNTRY
    if not part.isascii():
        part, implied = _cut_unspaced(part)
    text, unread = fold(part)
    if "." in text:
        text = _INITIAL.sub("", text)
    if "&" in text or "+" in text:  # R&D is one word, Smith & Sons are two
        text = _AND.sub(" and ", _INITIALS.sub(r"\1\2", text))
    found = tuple(_WORD.findall(text))[:_WORDS_MAX]
    plain = tuple(word for word in found if word not in _BETWEEN) or found
    words, countries = cut(plain)
    if words == plain and len(words) > 2:
        words, countries = without_middle(words)
    if unread and plain:  # nothing but a form in Latin letters behind a name in ideographs
        words, countries = cut((unread, *plain))
        words = words[1:]
    told = tuple(ABBREVIATIONS.get(word, word) for word in words)
    kept = tuple(word for word in told if word not in CONJUNCTIONS) or told
    if unread:
        known, unread = _known_glyphs(unread, is_alone=not kept)
        kept += known
    form = Form(words=kept, joined="".join(kept), unread=unread, reading=reading_of(unread), legal=kind_of_form(plain))
    return form, countries or implied, _acronyms(kept, words)


@lru_cache(maxsize=16_384)
def _known_glyphs(unread: str, *, is_alone: bool) -> tuple[tuple[str, ...], str]:
    """Return the words that ideographs of known meaning stand for, and the ideographs left; all stay where none would be."""
    known: list[str] = []
    rest = unread
    for glyphs, words in GLYPHS.items():
        if glyphs in rest and (len(glyphs) < len(rest) or not is_alone):
            known.append(words[0])
            rest = rest.replace(glyphs, "", 1)
    return tuple(known), rest


def _acronyms(*readings: tuple[str, ...]) -> list[str]:
    return ["".join(word[0] for word in words) for words in dict.fromkeys(readings) if len(words) >= _ACRONYM_MIN]

"""Text in comparable letters: lower-case Latin without accents, where spellings of one sound fall together.

Umlauts are written in two ways (Müller is Mueller and Muller), so both are folded to the shorter one everywhere. Letters
that only look Latin are read as such inside a Latin word. The skeleton of a word goes further: it is what the usual
romanisations of Cyrillic, Greek and kana have in common, and is only ever a second look. Ideographs have no reliable
reading: they are taken out and kept aside.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from anyascii import anyascii

TEXT_MAX: Final = 240  # letters of a name that are looked at
_CACHE_WORDS: Final = 16_384
_NOT_TEXT: Final = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x3000), " "),
    **dict.fromkeys((0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF), ""),
}
_LETTERS: Final = str.maketrans(
    {"ø": "o", "å": "a", "ı": "i", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "œ": "o", "æ": "a"}
)
_APOSTROPHES: Final = re.compile("['’`´‘ʹʼ]")
_TWO_SPELLINGS: Final = re.compile(  # not in a word of three letters, where it is a legal form's
    r"(?<=\w)(?:ae|oe|ue|aa)(?=\w)|(?:ae|oe|ue|aa)(?=\w\w)|(?<=\w\w)(?:ae|oe|ue|aa)"
)
_ONE_SPELLING: Final = {"ae": "a", "oe": "o", "ue": "u", "aa": "a"}
_IDEOGRAPH: Final = re.compile("[\\u3005\\u3006\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff]+")
_MIXED: Final = re.compile(r"[^\W\d_]+")
_LOOK_ALIKE: Final = str.maketrans(
    "асеорхукмтвніјѕԁɡοανρτικβ",
    "aceopxykmtbhijsdgoavptikb",
)
_WORD: Final = re.compile(r"[a-z0-9]+")
_SOUNDS: Final = (
    ("shch", "s"), ("sch", "s"), ("sh", "s"), ("zh", "s"), ("tch", "s"), ("kh", "h"), ("ch", "h"), ("ck", "k"),
    ("ph", "f"), ("th", "t"), ("ts", "s"), ("tz", "s"), ("dj", "s"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ei", "i"),
    ("yu", "u"), ("ju", "u"), ("iu", "u"), ("ya", "a"), ("ja", "a"), ("ia", "a"), ("yo", "o"), ("jo", "o"), ("ng", "g"),
    ("c", "k"), ("q", "k"), ("x", "ks"), ("w", "v"), ("b", "v"), ("y", "i"), ("j", "i"), ("z", "s"), ("g", "g"),
)  # fmt: skip


def clean(text: str) -> str:
    """Return the text in composed letters, without control characters and direction marks, of bounded length."""
    if text.isascii() and text.isprintable():
        return text[:TEXT_MAX].strip()
    return unicodedata.normalize("NFKC", text[: TEXT_MAX * 4].translate(_NOT_TEXT))[:TEXT_MAX].strip()


def fold(text: str) -> tuple[str, str]:
    """Return clean text in lower-case Latin letters, and the ideographs taken out of it."""
    if text.isascii():
        return collapse(_APOSTROPHES.sub("", text.lower())), ""
    lowered = _MIXED.sub(_latin, text.casefold()).translate(_LETTERS)
    unread = "".join(_IDEOGRAPH.findall(lowered))
    if unread:
        lowered = _IDEOGRAPH.sub(" ", lowered)
    return collapse(_APOSTROPHES.sub("", anyascii(lowered).lower())), unread


def collapse(lowered: str) -> str:
    """Return Latin text with the two spellings of one vowel made one: "mueller" is "muller"."""
    shorter = _TWO_SPELLINGS.sub(_shorter, lowered)
    while shorter != lowered:  # "oee" becomes "oe", which is a spelling, too
        lowered, shorter = shorter, _TWO_SPELLINGS.sub(_shorter, shorter)
    return shorter


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of any text; ideographs are left out."""
    return tuple(_WORD.findall(fold(clean(text))[0]))


def reading_of(unread: str) -> str:
    """Return the Chinese reading of ideographs, which fits Chinese names only."""
    return collapse(anyascii(unread).lower().replace(" ", "")) if unread else ""


@lru_cache(maxsize=_CACHE_WORDS)
def skeleton(word: str) -> str:
    """Return what the usual romanisations of one word share."""
    for sound, letter in _SOUNDS:
        if sound in word:
            word = word.replace(sound, letter)
    return "".join(letter for place, letter in enumerate(word) if place == 0 or letter != word[place - 1])


def _shorter(found: re.Match[str]) -> str:
    return _ONE_SPELLING[found[0]]


def _latin(found: re.Match[str]) -> str:
    """Return a word that mixes Latin letters with their look-alikes in Latin letters only."""
    word = found[0]
    if word.isascii() or not any("a" <= letter <= "z" for letter in word):
        return word
    return word.translate(_LOOK_ALIKE)

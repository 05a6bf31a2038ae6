"""How alike two names are, which words they share, and what is left over on each side.

Words are aligned one to one, best pairs first, with typo tolerance that grows with their length and none for digits and
words of up to three letters. The joined form is a second look at glued and hyphenated spellings; an acronym a third. All
readings of both names are tried and the most alike pair counts, so that either folding of an umlaut may match.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from anyascii import anyascii
from rapidfuzz.distance import JaroWinkler, Levenshtein

from rules.matching.countries import COUNTRY_CODES
from rules.matching.normalise import Form, Name
from rules.matching.words import ACTIVITIES, GROUP, REGIONS

_SHORT: Final = 3
_RARE_LENGTH: Final = 5
_JOINED_MIN: Final = 0.92
_TELLING: Final = GROUP | REGIONS | ACTIVITIES
_CACHE_PAIRS: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The outcome of comparing two names.

    weight: log-odds for one organisation. leftovers: telling words without a counterpart. has_group_leftover: these make
    another member of a group. is_unreadable: ideographs on one side only, so that what is missing proves nothing.
    """

    evidence: str
    weight: float
    detail: str
    leftovers: tuple[str, ...] = ()
    is_equal: bool = False
    is_unlike: bool = False
    has_shared_core: bool = False
    has_group_leftover: bool = False
    is_unreadable: bool = False


UNKNOWN: Final = Likeness(evidence="name_unknown", weight=0.0, detail="no name on one side", is_unreadable=True)


@lru_cache(maxsize=_CACHE_PAIRS)
def compare_names(left: Name, right: Name) -> Likeness:
    """Return how alike two names are; the same with the sides swapped."""
    if left.is_empty or right.is_empty:
        return UNKNOWN
    best = max(
        (_compare(mine, theirs) for mine in left.forms for theirs in right.forms),
        key=lambda each: (each.weight, -len(each.leftovers), each.detail),
    )
    if best.is_unlike and _is_acronym(left, right):
        return Likeness(evidence="name_acronym", weight=1.0, detail="one is the other's initials", has_shared_core=True)
    return best


@lru_cache(maxsize=1024)
def country_code(text: str | None) -> str | None:
    """Return the two-letter code of a country told by code or by name, None where it is not known."""
    if text is None or not text.strip():
        return None
    word = text.strip()
    if len(word) == 2 and word.isalpha():
        return "GB" if word.upper() == "UK" else word.upper()
    return COUNTRY_CODES.get(" ".join(anyascii(word).casefold().replace(".", "").split()))


def _compare(mine: Form, theirs: Form) -> Likeness:
    if mine.words == theirs.words and mine.unread == theirs.unread:
        return Likeness(
            evidence="name_equal", weight=_rarity(mine) + 1.0, detail=_told(mine), is_equal=True, has_shared_core=True
        )
    if mine.joined and mine.joined == theirs.joined and mine.unread == theirs.unread:
        return Likeness(
            evidence="name_joined_equal",
            weight=_rarity(mine) + 0.7,
            detail=_told(mine),
            is_equal=True,
            has_shared_core=True,
        )
    if mine.unread and theirs.unread and not (mine.words and theirs.words):
        return _compare_unread(mine, theirs)
    return _compare_words(mine, theirs)


def _compare_unread(mine: Form, theirs: Form) -> Likeness:
    similarity = Levenshtein.normalized_similarity(mine.unread, theirs.unread)
    detail = " / ".join(sorted((mine.unread, theirs.unread)))
    is_inside = mine.unread in theirs.unread or theirs.unread in mine.unread
    if mine.unread == theirs.unread:
        return Likeness(evidence="name_equal", weight=3.5, detail=detail, is_equal=True, has_shared_core=True)
    if is_inside or similarity >= 0.75:
        return Likeness(
            evidence="name_overlaps", weight=0.5, detail=detail, has_shared_core=True, has_group_leftover=is_inside
        )
    return Likeness(evidence="name_differs", weight=-3.0, detail=detail, is_unlike=True)


def _compare_words(mine: Form, theirs: Form) -> Likeness:
    pairs, left_over, right_over = _align(mine.words, theirs.words)
    is_unreadable = bool(mine.unread) != bool(theirs.unread)
    detail = " / ".join(sorted((_told(mine), _told(theirs))))
    if not left_over and not right_over and pairs and mine.unread == theirs.unread:
        quality = min(similarity for _, _, similarity in pairs)
        return Likeness(
            evidence="name_similar", weight=_rarity(mine) + 1.0 - 8 * (1 - quality), detail=detail, has_shared_core=True
        )
    shared = [left for left, _, _ in pairs]
    core = [word for word in shared if word not in _TELLING]
    if not core:
        joined = JaroWinkler.similarity(mine.joined, theirs.joined) if mine.joined and theirs.joined else 0.0
        if (
            joined >= _JOINED_MIN
            and min(len(mine.joined), len(theirs.joined)) > _RARE_LENGTH
            and not (left_over and right_over and pairs)
        ):
            return Likeness(
                evidence="name_similar", weight=1.6, detail=detail, has_shared_core=True, is_unreadable=is_unreadable
            )
        weight = -1.0 if is_unreadable else -3.5
        return Likeness(
            evidence="name_differs", weight=weight, detail=detail, is_unlike=True, is_unreadable=is_unreadable
        )
    return _partly(core, left_over, right_over, detail=detail, is_unreadable=is_unreadable)


def _partly(
    core: list[str], left_over: tuple[str, ...], right_over: tuple[str, ...], *, detail: str, is_unreadable: bool
) -> Likeness:
    """Weigh names that share a core and differ in the rest."""
    if is_unreadable:
        return Likeness(evidence="name_core_equal", weight=2.2, detail=detail, has_shared_core=True, is_unreadable=True)
    leftovers = (*left_over, *right_over)
    telling = tuple(word for word in leftovers if word in _TELLING or word.isdigit())
    is_telling = bool(telling)
    weight = 1.6 - 0.7 * len(leftovers) + 0.4 * (len(core) - 1)
    return Likeness(
        evidence="name_overlaps",
        weight=max(-2.5, weight),
        detail=detail,
        leftovers=telling,
        has_shared_core=True,
        has_group_leftover=is_telling
        or bool(left_over and right_over and len(core) >= 1 and _is_leading(core, detail)),
    )


def _is_leading(core: list[str], detail: str) -> bool:
    """Tell whether the shared core leads both names, as a group's name does."""
    return all(side.startswith(core[0]) for side in detail.split(" / "))


def _align(
    left: tuple[str, ...], right: tuple[str, ...]
) -> tuple[list[tuple[str, str, float]], tuple[str, ...], tuple[str, ...]]:
    """Pair the words off, best first; return the pairs and what is left over on each side."""
    scored = sorted(
        (
            (_word_likeness(mine, theirs), mine, theirs, i, j)
            for i, mine in enumerate(left)
            for j, theirs in enumerate(right)
        ),
        key=lambda each: (-each[0], *sorted((each[1], each[2])), abs(each[3] - each[4])),
    )
    pairs: list[tuple[str, str, float]] = []
    used_left: set[int] = set()
    used_right: set[int] = set()
    for similarity, mine, theirs, i, j in scored:
        if similarity <= 0:
            break
        if i not in used_left and j not in used_right:
            used_left.add(i)
            used_right.add(j)
            pairs.append((mine, theirs, similarity))
    return (
        pairs,
        tuple(word for i, word in enumerate(left) if i not in used_left),
        tuple(word for j, word in enumerate(right) if j not in used_right),
    )


def _word_likeness(mine: str, theirs: str) -> float:
    """Return 1 for equal words, less for a typo's distance, 0 for other words."""
    if mine == theirs:
        return 1.0
    shortest = min(len(mine), len(theirs))
    if shortest <= _SHORT or mine.isdigit() or theirs.isdigit():
        return 0.0
    allowed = 1 if shortest < 8 else 2
    distance = Levenshtein.distance(mine, theirs, score_cutoff=allowed)
    if distance > allowed:
        return 0.0
    return 1.0 - distance / max(len(mine), len(theirs))


def _rarity(form: Form) -> float:
    """Return how much an equal name says: rare and long words say a lot, common ones little."""
    telling = [word for word in form.words if word not in _TELLING]
    weight = sum(1.3 if len(word) >= _RARE_LENGTH else 0.7 for word in telling)
    weight += 0.4 * (len(form.words) - len(telling)) + 0.6 * len(form.unread)
    return min(3.2, 0.4 + weight)


def _is_acronym(left: Name, right: Name) -> bool:
    return _is_initials(left, right) or _is_initials(right, left)


def _is_initials(short: Name, long: Name) -> bool:
    words = short.forms[0].words
    return long.acronym is not None and len(words) == 1 and words[0] == long.acronym


def _told(form: Form) -> str:
    return " ".join((*form.words, *((form.unread,) if form.unread else ())))

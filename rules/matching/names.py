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
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from rules.matching.countries import COUNTRY_CODES
from rules.matching.normalise import Form, Name
from rules.matching.words import ACTIVITIES, GLOSS, GROUP, REGIONS

_SHORT: Final = 3
_RARE_LENGTH: Final = 5
_TWO_TYPOS: Final = 8  # words of this length may hold two
_CUT_MIN: Final = 3  # letters left out that make an abbreviation
_ABBREVIATED: Final = 0.93
_TYPO_COST: Final = 8.0
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
    detail = " / ".join(sorted((_told(mine), _told(theirs))))
    if bool(mine.unread) != bool(theirs.unread):
        return _compare_scripts(*((mine, theirs) if mine.unread else (theirs, mine)), detail)
    pairs, left_over, right_over = _align(mine.words, theirs.words)
    if not left_over and not right_over and pairs and mine.unread == theirs.unread:
        quality = min(similarity for _, _, similarity in pairs)
        weight = _rarity(mine) + 1.0 - _TYPO_COST * (1 - quality)
        return Likeness(evidence="name_similar", weight=weight, detail=detail, has_shared_core=True)
    core = [left for left, _, _ in pairs if left not in _TELLING]
    if core:
        return _partly(core, left_over, right_over, detail)
    if not pairs and _is_joined_alike(mine, theirs):
        return Likeness(evidence="name_similar", weight=1.6, detail=detail, has_shared_core=True)
    return Likeness(evidence="name_differs", weight=-3.5, detail=detail, is_unlike=True)


def _compare_scripts(written: Form, latin: Form, detail: str) -> Likeness:
    """Compare a name written partly in ideographs with one in Latin letters.

    What the ideographs hide proves nothing, unless their usual meaning is known (GLOSS) or they read as Chinese.
    """
    pairs, _, left_over = _align(written.words, latin.words)
    read = tuple(word for word in left_over if len(word) > _SHORT and word in written.reading)
    meanings = next((words for ending, words in GLOSS.items() if written.unread.endswith(ending)), frozenset())
    left_over = tuple(word for word in left_over if word not in read and word not in meanings)
    core = [word for word in (*(latin_word for _, latin_word, _ in pairs), *read) if word not in _TELLING]
    if not core:
        return Likeness(evidence="name_unreadable", weight=-1.0, detail=detail, is_unlike=True, is_unreadable=True)
    telling = tuple(word for word in left_over if word in _TELLING)
    if telling and meanings:
        return Likeness(
            evidence="name_overlaps",
            weight=0.5,
            detail=detail,
            leftovers=telling,
            has_shared_core=True,
            has_group_leftover=True,
        )
    weight = 2.2 - 0.8 * len(left_over)
    return Likeness(evidence="name_core_equal", weight=weight, detail=detail, has_shared_core=True, is_unreadable=True)


def _is_joined_alike(mine: Form, theirs: Form) -> bool:
    shortest = min(len(mine.joined), len(theirs.joined))
    return shortest > _RARE_LENGTH and JaroWinkler.similarity(mine.joined, theirs.joined) >= _JOINED_MIN


def _partly(core: list[str], left_over: tuple[str, ...], right_over: tuple[str, ...], detail: str) -> Likeness:
    """Weigh names that share a core and differ in the rest."""
    leftovers = (*left_over, *right_over)
    telling = tuple(word for word in leftovers if word in _TELLING or word.isdigit())
    return Likeness(
        evidence="name_overlaps",
        weight=max(-2.5, 1.6 - 0.7 * len(leftovers) + 0.4 * (len(core) - 1)),
        detail=detail,
        leftovers=telling,
        has_shared_core=True,
        has_group_leftover=bool(telling) or bool(left_over and right_over),
    )


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
    short, long = sorted((mine, theirs), key=len)
    if len(short) < _SHORT or mine.isdigit() or theirs.isdigit():
        return 0.0
    if len(long) - len(short) >= _CUT_MIN and long.startswith(short):
        return _ABBREVIATED
    if len(short) == _SHORT:
        return 0.0
    allowed = 1 if len(short) < _TWO_TYPOS else 2
    distance = OSA.distance(mine, theirs, score_cutoff=allowed)
    return 1.0 - distance / len(long) if distance <= allowed else 0.0


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

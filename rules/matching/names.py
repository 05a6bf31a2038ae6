"""How alike two names are: which words they share, how well, and what is left over on each side.

Words are aligned one to one: equal ones first, then the most alike, with typo tolerance that grows with their length and
none for digits and words of up to three letters; then words that one side writes as one and the other as several. An
acronym is another look. All readings of both names are tried and the most alike pair counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import permutations
from typing import Final

from rapidfuzz.distance import OSA

from rules.matching.normalise import Form, Name
from rules.matching.text import skeleton
from rules.matching.words import ACTIVITIES, GLYPHS, GROUP, REGIONS

_SHORT: Final = 3
_CUT_MIN: Final = 2  # letters left out that make an abbreviation
_ABBREVIATED: Final = 0.93
_SOUNDS_ALIKE: Final = 0.95
_SOUNDS_SIMILAR: Final = 0.84
_OTHER_INITIAL: Final = 0.07  # a typo hardly ever hits the first letter
_SOUND_LENGTHS: Final = 5  # by how much romanisations of one word may differ
_GLUED: Final = 0.97
_CACHE_PAIRS: Final = 8_192
_TELLING: Final = GROUP | REGIONS | ACTIVITIES | {words[0] for words in GLYPHS.values()}
_VOWELS: Final = frozenset("aeiouy")


class Alike(StrEnum):
    """How two names compare."""

    UNKNOWN = "unknown"  # one of them is missing
    EQUAL = "equal"
    SIMILAR = "similar"  # every word has a counterpart
    PARTLY = "partly"  # a core in common, words left over
    ACRONYM = "acronym"
    UNREAD = "unread"  # in scripts that cannot be compared
    UNLIKE = "unlike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The outcome of comparing two names.

    shared: words in common, with how alike each pair is, 1 for equal. left, right: words without a counterpart. is_alias: it
    was not the first reading on both sides. is_crossed: both have further readings, which are unlike. is_reordered: another
    of its telling words comes first.
    """

    alike: Alike
    shared: tuple[tuple[str, float], ...] = ()
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    is_alias: bool = False
    is_crossed: bool = False
    is_reordered: bool = False

    @property
    def quality(self) -> float:
        """Return how well the shared words agree, 1 for no typo."""
        return min((each for _, each in self.shared), default=0.0)


UNKNOWN: Final = Likeness(alike=Alike.UNKNOWN)
_ORDER: Final = {Alike.EQUAL: 5, Alike.SIMILAR: 4, Alike.PARTLY: 3, Alike.ACRONYM: 2, Alike.UNREAD: 1, Alike.UNLIKE: 0}


@lru_cache(maxsize=_CACHE_PAIRS)
def compare_names(left: Name, right: Name) -> Likeness:
    """Return how alike two names are; with the sides swapped it is the same, swapped."""
    if left.is_empty or right.is_empty:
        return UNKNOWN
    if left.key == right.key:
        return _equal(left.forms[0])
    if left.key > right.key:
        return _swapped(compare_names(right, left))
    if len(left.forms) == 1 and len(right.forms) == 1:
        best = _compare(left.forms[0], right.forms[0])
    else:
        best = _best_reading(left, right)
    if best.alike in (Alike.UNLIKE, Alike.PARTLY) and _is_acronym(left, right):
        return Likeness(alike=Alike.ACRONYM)
    return best


def _swapped(of: Likeness) -> Likeness:
    return Likeness(
        alike=of.alike, shared=of.shared, left=of.right, right=of.left, is_alias=of.is_alias, is_crossed=of.is_crossed,
        is_reordered=of.is_reordered,
    )  # fmt: skip


def _best_reading(left: Name, right: Name) -> Likeness:
    tried = {
        (i, j): _compare(mine, theirs) for i, mine in enumerate(left.forms) for j, theirs in enumerate(right.forms)
    }
    (i, j), best = max(
        tried.items(), key=lambda each: (*_strength(each[1]), -sum(each[0]), -abs(each[0][0] - each[0][1]))
    )
    if best.alike not in (Alike.EQUAL, Alike.SIMILAR, Alike.PARTLY):
        return best
    is_alias = i + j > 0
    others = [each for (k, m), each in tried.items() if k != i and m != j]
    is_crossed = bool(others) and all(each.alike is Alike.UNLIKE for each in others)
    if not is_alias and not is_crossed:
        return best
    return Likeness(
        alike=best.alike, shared=best.shared, left=best.left, right=best.right, is_alias=is_alias, is_crossed=is_crossed,
        is_reordered=best.is_reordered,
    )  # fmt: skip


def _strength(each: Likeness) -> tuple[float, ...]:
    return (
        _ORDER[each.alike],
        sum(quality * len(word) for word, quality in each.shared),
        -len(each.left) - len(each.right),
    )


def _equal(form: Form) -> Likeness:
    words = form.words + ((form.unread,) if form.unread else ())
    return Likeness(alike=Alike.EQUAL, shared=tuple((word, 1.0) for word in words))


def _compare(mine: Form, theirs: Form) -> Likeness:
    if mine.unread == theirs.unread and (mine.words == theirs.words or mine.joined == theirs.joined):
        return _equal(max(mine, theirs, key=lambda form: (len(form.words), form.words)))
    if mine.unread and theirs.unread:
        return _compare_unread(mine, theirs)
    if mine.unread:
        return _compare_scripts(mine, theirs, is_left=True)
    if theirs.unread:
        return _compare_scripts(theirs, mine, is_left=False)
    return _judged(*_align(mine.words, theirs.words), is_reordered=_is_reordered(mine.words, theirs.words))


def _is_reordered(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Tell whether telling words of one name stand in another order in the other: Smith & Jones are not Jones & Smith."""
    one = [word for word in mine if word not in _TELLING and word in theirs]
    other = [word for word in theirs if word not in _TELLING and word in mine]
    return len(one) > 1 and one != other


def _judged(
    shared: list[tuple[str, float]], left: list[str], right: list[str], *, is_reordered: bool = False
) -> Likeness:
    if not left and not right:
        alike = Alike.EQUAL if all(quality == 1.0 for _, quality in shared) else Alike.SIMILAR
    elif len(shared) > 1 or any(word not in _TELLING for word, _ in shared):
        alike = Alike.PARTLY
    else:
        alike = Alike.UNLIKE
    return Likeness(
        alike=alike, shared=tuple(sorted(shared)), left=tuple(left), right=tuple(right), is_reordered=is_reordered
    )


def _compare_unread(mine: Form, theirs: Form) -> Likeness:
    """Compare two names that both hold ideographs: as text, character by character."""
    one, other = mine.unread, theirs.unread
    shared, left, right = _align(mine.words, theirs.words) if mine.words and theirs.words else ([], [], [])
    if one == other:
        rest = Alike.SIMILAR if not mine.words or not theirs.words or not (left or right) else Alike.PARTLY
        return Likeness(alike=rest, shared=((one, 0.97), *shared), left=tuple(left), right=tuple(right))
    common = _common_start(one, other)
    if OSA.distance(one, other) == 1 and min(len(one), len(other)) >= 4 and len(one) == len(other):
        return Likeness(alike=Alike.SIMILAR, shared=((one if one > other else other, 0.8), *shared))
    if len(common) >= 2:
        over = (one[len(common) :], other[len(common) :])
        return Likeness(
            alike=Alike.PARTLY,
            shared=((common, 1.0), *shared),
            left=tuple(part for part in (over[0], *left) if part),
            right=tuple(part for part in (over[1], *right) if part),
        )
    if shared and any(word not in _TELLING for word, _ in shared):
        return Likeness(alike=Alike.PARTLY, shared=tuple(shared), left=(one, *left), right=(other, *right))
    return Likeness(alike=Alike.UNLIKE, left=(one, *left), right=(other, *right))


def _common_start(one: str, other: str) -> str:
    size = 0
    while size < min(len(one), len(other)) and one[size] == other[size]:
        size += 1
    return one[:size]


def _compare_scripts(written: Form, latin: Form, *, is_left: bool) -> Likeness:
    """Compare a name written partly in ideographs with one in Latin letters.

    Words of known meaning are compared as such; the rest may read as Chinese. Otherwise what it hides proves nothing.
    """
    shared, mine, theirs = _align(written.words, latin.words)
    read = _read_as(written.reading, theirs)
    if read:
        shared, theirs = [*shared, *read], [word for word in theirs if all(word != each for each, _ in read)]
    elif not any(word not in _TELLING for word, _ in shared):
        is_hidden = len(written.unread) >= 2 and bool(theirs or not latin.words)
        return Likeness(alike=Alike.UNREAD if is_hidden else Alike.UNLIKE, shared=tuple(sorted(shared)))
    if mine and theirs:  # the same trade in other words
        mine, theirs = ([word for word in each if word not in _TELLING] for each in (mine, theirs))
    alike = Alike.PARTLY if mine or theirs else Alike.SIMILAR
    left, right = (mine, theirs) if is_left else (theirs, mine)
    return Likeness(
        alike=alike,
        shared=tuple(sorted((word, min(quality, _SOUNDS_ALIKE)) for word, quality in shared)),
        left=tuple(left),
        right=tuple(right),
    )


def _read_as(reading: str, words: list[str]) -> list[tuple[str, float]]:
    """Return the Latin words, in whatever cut, that ideographs read as in Chinese."""
    for count in (len(words), 1, 2):
        for place in range(len(words) - count + 1):
            some = words[place : place + count]
            joined = "".join(some)
            if len(joined) >= 4 and abs(len(joined) - len(reading)) <= 1 and OSA.distance(joined, reading) <= 1:
                return [(word, _SOUNDS_ALIKE) for word in some]
    return []


Aligned = tuple[list[tuple[str, float]], list[str], list[str]]


def _align(left: tuple[str, ...], right: tuple[str, ...]) -> Aligned:
    """Return the pairs of words that belong together with their likeness, and the words left over on both sides."""
    mine, theirs = list(left), list(right)
    shared: list[tuple[str, float]] = []
    for word in left:
        if word in theirs:
            theirs.remove(word)
            mine.remove(word)
            shared.append((word, 1.0))
    if mine and theirs:
        _pair_alike(mine, theirs, shared)
        if mine and theirs and len(mine) + len(theirs) > 2:
            _pair_glued(mine, theirs, shared)
            _pair_glued(theirs, mine, shared)
    return shared, mine, theirs


def _pair_alike(mine: list[str], theirs: list[str], shared: list[tuple[str, float]]) -> None:
    scored = [
        (alike, max(one, other), min(one, other), one, other)
        for one in mine
        for other in theirs
        if (alike := word_likeness(one, other)) > 0
    ]
    scored.sort(reverse=True)
    for alike, longer, _, one, other in scored:
        if one in mine and other in theirs:
            mine.remove(one)
            theirs.remove(other)
            shared.append((one if len(one) > len(other) else other if len(other) > len(one) else longer, alike))


def _pair_glued(single: list[str], several: list[str], shared: list[tuple[str, float]]) -> None:
    """Pair a word with the two or three that the other side writes it as."""
    for word in list(single):
        parts = [each for each in several if each in word]
        for count in (2, 3):
            some = next((some for some in permutations(parts, count) if "".join(some) == word), None)
            if some is not None:
                single.remove(word)
                for each in some:
                    several.remove(each)
                shared.extend((each, _GLUED) for each in some)
                break


@lru_cache(maxsize=_CACHE_PAIRS)
def word_likeness(mine: str, theirs: str) -> float:
    """Return 1 for equal words, less for a typo's distance or an abbreviation, 0 for other words."""
    if mine == theirs:
        return 1.0
    short, long = (mine, theirs) if (len(mine), mine) < (len(theirs), theirs) else (theirs, mine)
    if len(short) < 2 or not short.isalpha() or long.isdigit():
        return 0.0
    if short[0] == long[0]:
        if len(short) >= _SHORT and len(long) - len(short) >= _CUT_MIN and long.startswith(short):
            return _ABBREVIATED
        if len(short) <= 5 and len(long) >= 6 and _is_squeezed(short, long):
            return _ABBREVIATED - 0.08
    if len(short) <= _SHORT:
        return 0.0
    allowed = 1 if len(short) < 6 else 2 if len(short) < 11 else 3
    distance = OSA.distance(mine, theirs, score_cutoff=allowed)
    alike = 0.0
    if distance <= allowed:
        alike = 1.0 - distance / (len(long) + 1.0) - (_OTHER_INITIAL if short[0] != long[0] else 0.0)
    if alike < _SOUNDS_ALIKE and len(long) - len(short) <= _SOUND_LENGTHS:
        alike = max(alike, _sound_likeness(short, long))
    return alike


def _sound_likeness(short: str, long: str) -> float:
    one, other = skeleton(short), skeleton(long)
    if one == other and len(one) > 2:
        return _SOUNDS_ALIKE
    if min(len(one), len(other)) >= 6 and one[0] == other[0] and OSA.distance(one, other, score_cutoff=1) <= 1:
        return _SOUNDS_SIMILAR
    return 0.0


def _is_squeezed(short: str, long: str) -> bool:
    """Tell whether a short word is a general word without its vowels: "svcs", "mfg"."""
    if long not in _TELLING or len(short) < _SHORT or any(letter in _VOWELS for letter in short[1:]):
        return False
    rest = iter(long)
    return all(letter in rest for letter in short)


def _is_acronym(left: Name, right: Name) -> bool:
    return _is_initials(left, right) or _is_initials(right, left)


def _is_initials(short: Name, long: Name) -> bool:
    return any(
        form.words[0] in long.acronyms or "".join(form.words) in long.acronyms
        for form in short.forms
        if 0 < len(form.words) <= 2 and (len(form.words) == 1 or len(form.words[1]) <= 2)
    )

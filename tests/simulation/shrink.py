"""A failing world made smaller: without people, faults and disturbances that its failure does not need.

Each step leaves one thing out or makes one number smaller, and is kept when the same invariant still breaks. What is left
is told as words for the command line, so that one line plays the small world again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sandbox.faults import FaultKind
from tests.simulation.options import Options

_RATES: Final = ("crash", "commit_lost", "replica", "delay", "jump", "meddle")
_NONES: Final = ("holding", "protection", "follows", "resists", "brake", "allowance")
_FLAGS: Final = ("decides", "is_busy", "dies_at_each")
_NUMBERS: Final = {"submissions": (3, 6, 9, 13, 19), "rounds": (1, 2, 3, 5, 7, 9)}
_LABEL: Final = re.compile(r"[IPR]\d+(/[IP]\d+)?\b")

Fails = Callable[[Options], str | None]


def label(violation: str) -> str:
    """Return the invariant that a violation names, or the kind of error that the product ran into."""
    found = _LABEL.match(violation)
    return found.group() if found is not None else violation.partition(":")[0].partition(" ")[0][:24]


def shrink(options: Options, violation: str, fails: Fails, *, seconds: float) -> tuple[Options, list[str]]:
    """Return the smallest world found in so much time that breaks the same invariant, and the words that make it.

    fails: plays a world and returns its violation.
    """
    wanted, words, ends = label(violation), list[str](), time.monotonic() + seconds
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for word in list(_steps(options)):
            if time.monotonic() > ends:
                return options, words
            smaller = less(options, [word])
            found = fails(smaller)
            if found is not None and label(found) == wanted:
                options, is_smaller = smaller, True
                words = [each for each in words if each.partition("=")[0] != word.partition("=")[0]] + [word]
                break
    return options, words


def less(options: Options, words: Sequence[str]) -> Options:
    """Return the options without what the words name; "name=number" makes a number smaller."""
    for word in words:
        name, _, value = word.partition("=")
        if value:
            options = replace(options, **{name: int(value)})  # type: ignore[arg-type]  # of _NUMBERS
        elif name in _RATES:
            options = replace(options, **{name: 0.0})  # type: ignore[arg-type]
        elif name in _NONES:
            options = replace(options, **{name: None})  # type: ignore[arg-type]
        elif name in _FLAGS:
            options = replace(options, **{name: False})  # type: ignore[arg-type]
        elif name == "skews":
            options = replace(options, skews=dict.fromkeys(options.skews, timedelta()))
        else:
            gone = FaultKind(name)
            options = replace(options, faults={kind: rate for kind, rate in options.faults.items() if kind is not gone})
    return options


def _steps(options: Options) -> Iterator[str]:
    """Yield what may be left out next, the greatest first."""
    for name, numbers in _NUMBERS.items():
        yield from (f"{name}={number}" for number in numbers if number < getattr(options, name))
    yield from (name for name in (*_FLAGS, *_RATES, *_NONES) if getattr(options, name))
    yield from (kind.value for kind in options.faults)
    if any(options.skews.values()):
        yield "skews"

"""Settings that differ from case to case: lines never reached, gaps and overlaps of bands, cases without a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from config.bands import Band, band
from config.check.findings import Finding
from config.check.looked_at import LookedAt, Part, Steps
from rules.choice import Choice, Row
from rules.expression import Condition, Type
from rules.expression.reasoning import always_holds, can_hold, is_covered

_CENT: Final = Decimal("0.01")
_ROWS_MAX: Final = 100  # of a longer list only the first are compared with each other


def check_lines(looked: LookedAt) -> Iterator[Finding]:
    """Find lines that no case reaches."""
    for part, choice in looked.of(Choice):
        before: list[Condition] = []
        for row in choice.rows[:_ROWS_MAX]:
            if row.when is None:
                if before and len(before) <= _ROWS_MAX and _are_all(before):
                    yield looked.note("shadowed", part.steps, "has an else that no case reaches.", "Leave it out.")
                continue
            if not can_hold(row.when):
                yield looked.warning("never_holds", _line(looked, part, choice, row), f"{_named(row)} never holds.")
            elif looked.when is not None and looked.is_own(part.steps) and not can_hold(row.when, looked.when):
                message = f"{_named(row)} never holds in this programme, which applies where {looked.when.text}."
                yield looked.warning("never_holds", _line(looked, part, choice, row), message)
            elif before and is_covered(row.when, before):
                message = f"{_named(row)} is never reached: the lines before it cover it."
                yield looked.warning(
                    "shadowed", _line(looked, part, choice, row), message, "Put it first, or leave it out."
                )
            before.append(row.when)


def check_cases(looked: LookedAt) -> Iterator[Finding]:
    """Find choices that give no value in some cases, though one is needed."""
    for part, choice in looked.of(Choice):
        whens = [row.when for row in choice.rows]
        if part.setting.is_nullable or None in whens or len(whens) > _ROWS_MAX:
            continue
        bands = _bands(choice)
        is_whole = _reaches_all(bands) if bands else _are_all([when for when in whens if when is not None])
        if not is_whole:
            message = "has no else: in every other case it has no value."
            yield looked.warning("no_else", part.steps, message, "Add a line else.")


def check_bands(looked: LookedAt) -> Iterator[Finding]:
    """Find gaps and overlaps between the bands of a number or amount."""
    for part, choice in looked.of(Choice):
        bands = _bands(choice)
        step = Decimal(1) if _is_whole(bands) and not _is_money(choice) else _CENT
        for (left, left_row), (right, right_row) in pairwise(bands):
            at = _line(looked, part, choice, right_row)
            if left.high is None or right.low is None or left.high >= right.low:
                message = f"{_named(left_row)} and {_named(right_row)} overlap; the one written first counts."
                yield looked.warning(
                    "bands_overlap", _line(looked, part, choice, right_row), message, "Let each begin above the last."
                )
            elif right.low - left.high > step:
                low, high = left.high, right.low
                between = f"{low + step:f} to {high - step:f}" if step == 1 else f"between {low:f} and {high:f}"
                has_else = any(row.when is None for row in choice.rows)
                message = f"has a gap between {_named(left_row)} and {_named(right_row)}: {between}."
                hint = "What lies there has the value of else." if has_else else "What lies there has no value."
                yield looked.warning("bands_gap", at, message, hint)


def _bands(choice: Choice[Any]) -> list[tuple[Band, Row[Any]]]:
    """Return the lines of a choice by bands, from the lowest on; nothing for any other."""
    found = []
    for row in choice.rows:
        if row.when is None:
            continue
        one = band(row.label)
        if one is None or len(row.when.facts) != 1 or not _is_of_bands(row.when):
            return []
        found.append((one, row))
    lowest = Decimal("-Infinity")
    return sorted(found, key=lambda each: each[0].low if each[0].low is not None else lowest)


def _is_of_bands(when: Condition) -> bool:
    """Tell whether a condition is a band's, and not that of a table whose keys are numbers."""
    return {each.operator for each in when.thresholds} <= {">=", "<="}


def _is_whole(bands: Sequence[tuple[Band, Row[Any]]]) -> bool:
    ends = [end for each, _ in bands for end in (each.low, each.high) if end is not None]
    return all(end == end.to_integral_value() for end in ends)


def _is_money(choice: Choice[Any]) -> bool:
    whens = [row.when for row in choice.rows if row.when is not None]
    return any(each.type is Type.MONEY for when in whens for each in when.thresholds)


def _reaches_all(bands: Sequence[tuple[Band, Row[Any]]]) -> bool:
    """Tell whether bands go from nought, or no beginning, to no end; gaps between them are told apart."""
    first, last = bands[0][0], bands[-1][0]
    return (first.low is None or first.low <= 0) and any(each.high is None for each, _ in bands) and last.high is None


def _are_all(whens: Sequence[Condition]) -> bool:
    """Tell whether there is no case, with its facts known, in which none of these holds."""
    return bool(whens) and always_holds(Condition.some(list(whens)))


def _line(looked: LookedAt, part: Part, choice: Choice[Any], row: Row[Any]) -> Steps:
    """Return where a line stands: by its key in a table or in bands, by its number in a list."""
    named = (*part.steps, row.label)
    return named if looked.is_written(*named) else (*part.steps, choice.rows.index(row))


def _named(row: Row[Any]) -> str:
    return repr(row.label if len(row.label) <= 60 else f"{row.label[:60]} ...")

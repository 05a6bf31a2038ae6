"""Decide which rows a query has to look at: a few by id or unique value, a stretch of the stamp order, or all.

The predicate is applied to every row looked at, so a plan may be generous but never leave out a row. What must stay cheap
is the keyset page: the stretch then starts at the row where the last page ended, however many share its stamp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sandbox.salesforce.fields import ObjectDef
from sandbox.salesforce.ids import full_id
from sandbox.salesforce.soql.parser import Comparison, Condition, Junction, Query
from sandbox.salesforce.soql.tokens import Kind, unescape
from sandbox.salesforce.table import Position, Row, Table

STAMP: Final = "systemmodstamp"
_EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)
_FIRST: Final[Position] = (_EARLIEST, "")
_JUST_AFTER: Final = "\0"  # makes of an id the smallest text behind it
_LAST: Final[Position] = (_LATEST, "~")  # behind every id


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Part of the order (SystemModstamp, Id), both ends included. is_exact: it holds no row that the query does not want."""

    low: Position = _FIRST
    high: Position = _LAST
    is_exact: bool = False


def stretch(condition: Condition | None) -> Stretch:
    """Return the smallest stretch known to hold every row of a condition."""
    if condition is None:
        return Stretch(is_exact=True)
    low, high = _bounds(condition)
    return Stretch(low=low, high=high, is_exact=residue(condition) is None)


def residue(condition: Condition | None) -> Condition | None:
    """Return what of a condition is left to be tested in the rows of its stretch."""
    rest = tuple(part for part in _conjuncts(condition) if not _is_stretch(part))
    if len(rest) > 1:
        return Junction(word="AND", parts=rest)
    return rest[0] if rest else None


def candidates(table: Table, shape: ObjectDef, condition: Condition | None) -> list[Row] | None:
    """Return the rows that ids or unique values in the condition lead to; None when it names none."""
    for part in _conjuncts(condition):
        if not isinstance(part, Comparison) or part.op not in ("=", "IN") or "." in part.path:
            continue
        if any(value.kind is not Kind.STRING for value in part.values):
            continue
        field = shape.by_lower.get(part.path.lower())
        if field is None or not (field.type == "id" or field.is_unique):
            continue
        texts = [unescape(value.value) for value in part.values]
        found = map(full_id, texts) if field.type == "id" else (table.holder(field.name, text) for text in texts)
        # Values are indexed of live rows as saved: a deleted row, or one whose new version is not visible yet, may hold
        # the value as well.
        ids = dict.fromkeys([*found, *table.unindexed()])
        return [row for each in ids if each is not None and (row := table.seen(each)) is not None]
    return None


def is_stamp_order(query: Query) -> bool:
    """Tell whether the order asked for is that of the stamps, ties by id or left open."""
    wanted = [(each.path.lower(), each.is_descending) for each in query.order]
    return wanted in ([(STAMP, False)], [(STAMP, False), ("id", False)])


def id_floor(condition: Condition | None) -> str | None:
    """Return the id from which on rows can fulfil the condition."""
    floors = [
        record_id
        for part in _conjuncts(condition)
        if isinstance(part, Comparison) and part.path.lower() == "id" and part.op in (">", ">=")
        if (record_id := full_id(str(part.values[0].value))) is not None
    ]
    return max(floors, default=None)


def _conjuncts(condition: Condition | None) -> Iterator[Condition]:
    if isinstance(condition, Junction) and condition.word == "AND":
        for part in condition.parts:
            yield from _conjuncts(part)
    elif condition is not None:
        yield condition


def _bounds(condition: Condition) -> tuple[Position, Position]:
    if isinstance(condition, Junction):
        ends = [_bounds(part) for part in condition.parts]
        if condition.word == "OR":
            return min(low for low, _ in ends), max(high for _, high in ends)
        low, high = max(low for low, _ in ends), min(high for _, high in ends)
        return _tightened(condition, low, high)
    if not isinstance(condition, Comparison) or condition.path.lower() != STAMP:
        return _FIRST, _LAST
    token = condition.values[0]
    if token.kind is not Kind.INSTANT:
        return _FIRST, _LAST
    moment = token.value
    match condition.op:
        case "=":
            return (moment, ""), (moment, "~")
        case ">=":
            return (moment, ""), _LAST
        case ">":
            return (moment, "~"), _LAST
        case "<=":
            return _FIRST, (moment, "~")
        case "<":
            return _FIRST, (moment, "")
    return _FIRST, _LAST


def _tightened(condition: Junction, low: Position, high: Position) -> tuple[Position, Position]:
    """Return the ends with the id taken in, where the condition fixes the stamp: the ties of a keyset."""
    if low[0] != high[0]:
        return low, high
    for part in condition.parts:
        if isinstance(part, Comparison) and part.path.lower() == "id" and part.values[0].kind is Kind.STRING:
            record_id = full_id(part.values[0].value)
            if record_id is not None and part.op in (">", ">="):
                low = max(low, (low[0], record_id + (_JUST_AFTER if part.op == ">" else "")))
            elif record_id is not None and part.op in ("<", "<="):
                high = min(high, (high[0], record_id))
    return low, high


def _is_stretch(condition: Condition) -> bool:
    """Tell whether a condition says nothing but one stretch of the order."""
    if isinstance(condition, Junction):
        return condition.word == "OR" and _is_keyset(condition)
    return (
        isinstance(condition, Comparison)
        and condition.path.lower() == STAMP
        and condition.op in ("=", "<", "<=", ">", ">=")
        and condition.values[0].kind is Kind.INSTANT
    )


def _is_keyset(condition: Junction) -> bool:
    """Tell whether it reads (stamp = t AND Id > i) OR stamp > t: the rows after one row."""
    ties = [part for part in condition.parts if isinstance(part, Junction)]
    later = [part for part in condition.parts if isinstance(part, Comparison)]
    if len(ties) != 1 or len(later) != 1 or ties[0].word != "AND" or len(ties[0].parts) != 2:
        return False
    said = {(part.path.lower(), part.op): part.values[0] for part in ties[0].parts if isinstance(part, Comparison)}
    moment, after = said.get((STAMP, "=")), said.get(("id", ">"))
    if moment is None or after is None or later[0].path.lower() != STAMP or later[0].op != ">":
        return False
    same = later[0].values[0]
    is_moment = moment.kind is Kind.INSTANT and same.kind is Kind.INSTANT and moment.value == same.value
    return is_moment and after.kind is Kind.STRING and full_id(after.value) is not None

"""Write SOQL: literals, filters, and the keyset that walks through rows of equal stamps; pure.

Everything that comes from a row or a configuration is quoted or checked here. Source: SOQL reference, "Quoted String Escape
Sequences", "Date Formats and Date Literals".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote_plus

from connectors.mapping import instant_text
from rules.errors import InvariantError
from rules.fields import FieldType
from rules.mapping import Compare, Condition, StreamMap

QUERY_BYTES_MAX: Final = 12_000  # of the 16,384 that URI and headers may have together; a token that is a JWT is long

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*){0,5}")
_BARE: Final[dict[FieldType, re.Pattern[str]]] = {
    FieldType.BOOL: re.compile(r"true|false"),
    FieldType.INTEGER: re.compile(r"-?\d+"),
    FieldType.DECIMAL: re.compile(r"-?\d+(?:\.\d+)?"),
    FieldType.DATE: re.compile(r"\d{4}-\d\d-\d\d"),
    FieldType.INSTANT: re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z"),
}
_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def text_literal(text: str) -> str:
    """Return a quoted string literal that means exactly this text."""
    return f"'{text.translate(_ESCAPES)}'"


def instant_literal(moment: datetime) -> str:
    """Return an unquoted dateTime literal in UTC."""
    return instant_text(moment)


def name(text: str) -> str:
    """Return a field or object name as it is; raise InvariantError for what cannot be one."""
    if not _NAME.fullmatch(text):
        raise InvariantError(f"{text!r} is no Salesforce field or object name; the mapping should have been refused.")
    return text


def one_of(field: str, values: Sequence[str]) -> str:
    """Return an IN condition on text or ids; `values` must not be empty."""
    assert values, "an empty IN list is malformed SOQL"
    return f"{name(field)} IN ({','.join(map(text_literal, values))})"


def filters(stream_map: StreamMap) -> list[str]:
    """Return the stream's own filter as conditions to be joined by AND."""
    types = {field.crm_field: field.type for field in stream_map.fields.values()}
    return [_condition(each, types.get(each.field)) for each in stream_map.where]


def window(low: datetime | None, after: tuple[datetime, str] | None) -> list[str]:
    """Return the conditions for rows stamped from `low` on, or that come `after` a row.

    `>` on the stamp alone loses rows that share the last second, `>=` alone never ends when more than a page share it:
    so the stamp's ties are walked by id.
    """
    if after is not None:
        stamp = instant_literal(after[0])
        at = text_literal(after[1])
        return [f"((SystemModstamp = {stamp} AND Id > {at}) OR SystemModstamp > {stamp})"]
    return [f"SystemModstamp >= {instant_literal(low)}"] if low is not None else []


def up_to(last: tuple[datetime, str]) -> str:
    """Return the condition for rows at or before a row in the order (stamp, id)."""
    stamp = instant_literal(last[0])
    return f"((SystemModstamp = {stamp} AND Id <= {text_literal(last[1])}) OR SystemModstamp < {stamp})"


def select(
    columns: Sequence[str],
    object_name: str,
    conditions: Sequence[str] = (),
    *,
    order: str = "",
    limit: int | None = None,
) -> str:
    """Return a query. columns: field names, or COUNT()."""
    soql = f"SELECT {','.join(columns)} FROM {name(object_name)}"  # noqa: S608 - names are checked, literals are quoted
    if conditions:
        soql += " WHERE " + " AND ".join(conditions)
    if order:
        soql += f" ORDER BY {order}"
    return soql if limit is None else f"{soql} LIMIT {limit}"


def fits(soql: str) -> bool:
    """Tell whether a query may be sent in an address."""
    return len(quote_plus(soql)) <= QUERY_BYTES_MAX


def _condition(condition: Condition, field_type: FieldType | None) -> str:
    field = name(condition.field)
    match condition.compare:
        case Compare.IS_SET:
            return f"{field} != null"
        case Compare.IS_EMPTY:
            return f"{field} = null"
        case Compare.EQUALS:
            return f"{field} = {_literal(condition.values[0], field_type)}"
        case Compare.NOT_EQUALS:
            return f"{field} != {_literal(condition.values[0], field_type)}"
        case Compare.IN | Compare.NOT_IN:
            listed = ",".join(_literal(value, field_type) for value in condition.values)
            return f"{field} {'IN' if condition.compare is Compare.IN else 'NOT IN'} ({listed})"


def _literal(value: str, field_type: FieldType | None) -> str:
    """Return a value as its field wants it: SOQL takes truth values, numbers and times bare and everything else quoted.

    A field that is not mapped has no known type; "true" and "false" are then taken for truth values.
    """
    bare = _BARE[FieldType.BOOL] if field_type is None else _BARE.get(field_type)
    return value if bare is not None and bare.fullmatch(value) else text_literal(value)

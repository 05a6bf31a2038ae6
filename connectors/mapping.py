"""Translate between a CRM's raw values and canonical values, as the mapping says; pure.

A reader is compiled once per stream into a flat list of closures, because a backfill spends its own time here. What a raw
row looks like is the connector's business: a mapping from CRM field name to raw value (text, number, bool, list, None).
Fields that the raw row does not carry stay out of the result, so that "not told" never looks like "empty".

Ledger-owned fields (rules/fields.py) are brought into canonical form but keep the CRM's own vocabulary in both directions:
statuses and reasons are compared and mapped in sync/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final
from unicodedata import is_normalized, normalize

from rules.errors import RecordError
from rules.fields import LEDGER_OWNED, FieldType, Stream, Value
from rules.lines import LinesError, read_lines
from rules.mapping import Access, FieldMap, StreamMap
from rules.records import CrmRef

Reader = Callable[[Mapping[str, Any], str], dict[str, Value]]
NormaliseRef = Callable[[str], str]
Encode = Callable[[FieldMap, Value], Any]
Convert = Callable[[Any], Value]

DIGITS_MAX: Final = 60  # a decimal longer than this is no amount; also keeps "1e999999999" from filling memory
REMEMBERED_MAX: Final = 2048  # texts per field whose canonical value is kept
# Fields without which the others still make sense; any other one that disappears stops its stream.
OPTIONAL: Final[Mapping[Stream, frozenset[str]]] = {
    Stream.SUBMISSIONS: frozenset(
        {
            "currency",
            "partner_contact_email",
            "customer_contact_name",
            "customer_contact_email",
            "description",
            "channel",
            "owner",
        }
    ),
    Stream.OPPORTUNITIES: frozenset(
        {"currency", "cross_ref", "partner_name", "owner", "deal_type", "next_step", "last_activity_on"}
    ),
    Stream.COMPANIES: frozenset({"website", "parent", "owner", "is_partner", "last_activity_on"}),
    Stream.PARTNERS: frozenset({"website", "parent", "owner", "is_partner", "last_activity_on"}),
    Stream.CONTACTS: frozenset({"name"}),
    Stream.USERS: frozenset({"role", "team", "name"}),
    Stream.OBJECTIONS: frozenset({"objected_at", "evidence"}),
}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FOREIGN_REFS: Final = frozenset({"cross_ref"})  # record ids of the other CRM, spelled as that one does
_PLAIN_NUMBER: Final = re.compile(r"-?[1-9][0-9]{0,14}(?:\.[0-9]{1,9})?|0")
_EPOCH_MS: Final = re.compile(r"-?\d{11,14}")
_UTC_TAILS: Final = frozenset({"Z", ".000Z", ".000+0000", "+00:00", ".000+00:00"})


def field_key(field: FieldMap) -> str:
    """Return the key of a field in raw rows: its CRM name, or "companies:Submitting partner" for an association."""
    if field.crm_field is not None:
        return field.crm_field
    return f"{field.association}:{field.label or ''}"


def compile_reader(
    stream_map: StreamMap,
    *,
    connection: str,
    normalise_ref: NormaliseRef,
    zone: tzinfo = UTC,
) -> Reader:
    """Return a function that turns one raw row and its record id into canonical values.

    normalise_ref: gives a record id its one spelling; raises ValueError for what is none. zone: in which an instant is
    turned into the date that a person typed (HubSpot's closing date). The reader raises RecordError for a value that
    cannot be read, naming row and field.
    """
    owned = LEDGER_OWNED.get(stream_map.stream, frozenset())
    plan = [
        (name, field_key(field), converter(field, normalise_ref=normalise_ref, zone=zone, is_raw=name in owned))
        for name, field in stream_map.fields.items()
        if field.access is not Access.WRITE or name in owned  # what we write is read back, to be compared
    ]
    flat = [each for each in plan if "." not in each[1]]
    dotted = [(name, key, key.split("."), convert) for name, key, convert in plan if "." in key]

    def read(raw: Mapping[str, Any], record_id: str) -> dict[str, Value]:
        values: dict[str, Value] = {}
        name = ""
        try:
            for name, key, convert in flat:
                if key in raw:
                    value = raw[key]
                    values[name] = None if value is None else convert(value)
            for name, key, path, convert in dotted:
                is_told, value = _follow(raw, key, path)
                if is_told:
                    values[name] = None if value is None else convert(value)
        except (ValueError, TypeError, ArithmeticError) as error:
            field = stream_map.fields[name]
            raise _unreadable(stream_map, field, raw, error, record_id=record_id, connection=connection) from error
        return values

    return read


def converter(
    field: FieldMap, *, normalise_ref: NormaliseRef = str, zone: tzinfo = UTC, is_raw: bool = False
) -> Convert:
    """Return the function from one raw value (never None) to the canonical value of this field.

    is_raw: keep the CRM's own vocabulary. The function raises ValueError or TypeError for what it cannot read.
    """
    names = {} if is_raw else field.values
    if field.type is FieldType.CHOICES:
        return lambda raw: choices_value(raw, names)
    if field.type in (FieldType.CHOICE, FieldType.STATUS):
        return _remembering(lambda raw: _choice_value(raw, names))
    if field.type is FieldType.REF:
        own = normalise_ref if field.name not in FOREIGN_REFS else str
        refer: Convert = lambda raw: _ref_value(raw, own)  # noqa: E731 - one of several shapes of the same thing
        return _remembering(refer) if field.target is Stream.USERS else refer
    if field.type is FieldType.DATE:
        return _remembering(lambda raw: date_value(raw, zone))
    if field.type is FieldType.INSTANT:
        return lambda raw: instant_value(raw, zone)
    if field.type is FieldType.LINES:
        return lambda raw: read_lines(text_value(raw) if isinstance(raw, str) else raw)
    return _PLAIN[field.type]


def to_crm(stream_map: StreamMap, values: Mapping[str, Value], *, encode: Encode, ref: str) -> dict[str, Any]:
    """Return the fields to write, by field_key.

    encode: gives a canonical value the form the CRM's API wants (number, text, "" for empty). ref: the record, for
    messages. Raises RecordError for a name that is not mapped for writing and for a value that `encode` refuses.
    """
    writable = stream_map.writable()
    owned = LEDGER_OWNED.get(stream_map.stream, frozenset())
    fields: dict[str, Any] = {}
    for name, value in values.items():
        field = writable.get(name)
        if field is None:
            raise _unwritable(stream_map, name, ref, "is not mapped with access: write or both")
        word = value if name in owned else _crm_word(field, value)
        try:
            fields[field_key(field)] = encode(field, word)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise _unwritable(stream_map, name, ref, f"holds no {field.type}") from error
    return fields


def text_value(raw: Any) -> str | None:
    """Return text trimmed and in NFC; None when nothing is left."""
    if not isinstance(raw, str):
        if isinstance(raw, bool):
            return "true" if raw else "false"
        return decimal_value(raw)
    text = raw.strip()
    if not text.isascii():
        text.encode()  # half a surrogate pair cannot be stored: UnicodeEncodeError is a ValueError
        if not is_normalized("NFC", text):
            text = normalize("NFC", text)
    if "\x00" in text:  # Salesforce's CSV was seen to carry null bytes, which no database stores
        text = text.replace("\x00", "").strip()
    return text or None


def decimal_value(raw: Any) -> str | None:
    """Return a number as plain decimal text without exponent or trailing zeros; None for empty text."""
    if isinstance(raw, bool):
        raise TypeError("a truth value is no number")
    if isinstance(raw, int):
        return str(raw)
    if isinstance(raw, float):
        if raw.is_integer() and abs(raw) < 1e15:
            return str(int(raw))
        raw = repr(raw)
    if isinstance(raw, str):
        raw = raw.strip()
        if not raw:
            return None
        if _PLAIN_NUMBER.fullmatch(raw):  # nearly all of them
            return raw.rstrip("0").rstrip(".") if "." in raw else str(raw)
    try:
        number = Decimal(raw)
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if not number.is_finite() or len(number.as_tuple().digits) > DIGITS_MAX or abs(number.adjusted()) > DIGITS_MAX:
        raise ValueError("not a number of usual size")
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def integer_value(raw: Any) -> int | None:
    """Return a whole number; "18.0" is one, "18.5" is a ValueError."""
    text = decimal_value(raw)
    return None if text is None else int(text)


def bool_value(raw: Any) -> bool | None:
    """Return a truth value from one, or from "true"/"false" in any case."""
    if isinstance(raw, bool):
        return raw
    if not isinstance(raw, str):
        raise TypeError("neither true nor false")
    word = raw.strip().lower()
    if not word:
        return None
    if word not in ("true", "false"):
        raise ValueError("neither true nor false")
    return word == "true"


def date_value(raw: Any, zone: tzinfo = UTC) -> str | None:
    """Return "YYYY-MM-DD" from a date, or from an instant as a clock in `zone` shows it."""
    text = raw.strip() if isinstance(raw, str) else str(_integer(raw))
    if not text:
        return None
    if len(text) == 10:
        return date.fromisoformat(text).isoformat()
    return parse_instant(text, zone).astimezone(zone).date().isoformat()


def instant_value(raw: Any, zone: tzinfo = UTC) -> str | None:
    """Return "YYYY-MM-DDTHH:MM:SS[.mmm]Z" from ISO text with a zone, epoch milliseconds, or a date (midnight in `zone`)."""
    text = raw.strip() if isinstance(raw, str) else str(_integer(raw))
    if not text:
        return None
    moment = parse_instant(text, zone)
    if text[19:] in _UTC_TAILS and text[10:11] == "T" and text[7] == "-":  # the common case, already as it should be
        return text[:19] + "Z"
    return instant_text(moment)


def instant_text(moment: datetime) -> str:
    """Return the canonical text of an aware instant, cut to milliseconds."""
    moment = moment.astimezone(UTC)
    text = moment.isoformat(timespec="milliseconds" if moment.microsecond >= 1000 else "seconds")
    return text[:-6] + "Z"


def parse_instant(text: str, zone: tzinfo = UTC) -> datetime:
    """Return the aware UTC instant that ISO text with a zone, a bare date, or epoch milliseconds names; else ValueError."""
    if text[4:5] != "-" and _EPOCH_MS.fullmatch(text):  # the usual year is told apart without the expression
        return EPOCH + timedelta(milliseconds=int(text))
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        if len(text) != 10:
            raise ValueError("an instant without a zone")
        moment = moment.replace(tzinfo=zone)
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def choices_value(raw: Any, names: Mapping[str, str] | None = None) -> list[str] | None:
    """Return a multi-select ("A;B" or a list) as a sorted list without repeats, mapped through `names`."""
    parts = raw.split(";") if isinstance(raw, str) else list(raw)
    words = {word for word in map(text_value, parts) if word}
    return sorted({(names or {}).get(word, word) for word in words}) or None


def _remembering(convert: Convert) -> Convert:
    """Return the function with a memory of texts: stages, currencies, users and dates are the same few in many rows."""
    remembered = lru_cache(maxsize=REMEMBERED_MAX)(convert)
    return lambda raw: remembered(raw) if type(raw) is str else convert(raw)


def _choice_value(raw: Any, names: Mapping[str, str]) -> str | None:
    word = text_value(raw)
    return names.get(word, word) if word is not None else None


def _ref_value(raw: Any, normalise_ref: NormaliseRef) -> str | None:
    """Return one record id. A list (an association) is ordered by the connector, the one that counts first."""
    if isinstance(raw, list | tuple):
        if not raw:
            return None
        raw = raw[0]
    word = text_value(raw)
    return normalise_ref(word) if word is not None else None


def _integer(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise TypeError("neither text nor epoch milliseconds")
    return raw


_PLAIN: Final[Mapping[FieldType, Convert]] = {
    FieldType.TEXT: text_value,
    FieldType.DECIMAL: decimal_value,
    FieldType.INTEGER: integer_value,
    FieldType.BOOL: bool_value,
}


def _follow(raw: Mapping[str, Any], key: str, path: list[str]) -> tuple[bool, Any]:
    """Return whether a dotted field is told, and its value: flat in a CSV row, nested in JSON, null with its parent."""
    if key in raw:
        return True, raw[key]
    node: Any = raw
    for step in path:
        if node is None:
            return True, None
        if not isinstance(node, Mapping) or step not in node:
            return False, None
        node = node[step]
    return True, node


def _crm_word(field: FieldMap, value: Value) -> Value:
    """Return the CRM's word for a canonical choice: `writes` first, else the reverse of `values`, else as it is."""
    words = {canonical: crm for crm, canonical in reversed(list(field.values.items()))} | dict(field.writes)
    if isinstance(value, list):
        return [words.get(each, words.get("*", each)) for each in value]
    if isinstance(value, str) and words:
        return words.get(value, words.get("*", value))
    return value


def _unreadable(
    stream_map: StreamMap, field: FieldMap, raw: Mapping[str, Any], error: Exception, *, record_id: str, connection: str
) -> RecordError:
    key = field_key(field)
    where = f"{connection} {stream_map.object_name} {record_id}: {key}"
    hint = f"Correct the value in the CRM, or map another field to {field.name}."
    if isinstance(error, LinesError):
        what, hint = f"{where} cannot be read as lines: {error}.", error.hint
    else:
        is_shown = field.type is not FieldType.TEXT and not field.is_personal
        shown = f" ({str(_follow(raw, key, key.split('.'))[1])[:40]!r})" if is_shown else ""
        what = f"{where}{shown} cannot be read as {field.type}."
    return RecordError(
        f"{what} {hint}",
        crm=connection,
        ref=str(CrmRef(connection, stream_map.object_name, record_id)),
        field=key,
    )


def _unwritable(stream_map: StreamMap, name: str, ref: str, what: str) -> RecordError:
    return RecordError(
        f"{ref}: {stream_map.stream}.{name} {what}; nothing was sent. Correct the mapping of this field.",
        crm=ref.split("/", 1)[0],
        ref=ref,
        field=name,
    )

"""Values on their way in and out: what Salesforce makes of a JSON value, and how a stored one is shown.

Text is trimmed and empty text is null, decimals are rounded to the field's scale, date-times lose their fractions. What a
lookup points to is checked by writes.py, which can see other rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from sandbox.salesforce.errors import RowError
from sandbox.salesforce.fields import FieldDef
from sandbox.salesforce.ids import full_id

_EMAIL: Final = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]{2,}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")

_TEXTS_MAX: Final = 50_000
_texts: dict[datetime, str] = {}  # stamps repeat within a row and between rows


def instant_text(moment: datetime) -> str:
    """Return a date-time as JSON answers hold it: milliseconds, and an offset without a colon. moment: UTC."""
    text = _texts.get(moment)
    if text is None:
        if len(_texts) >= _TEXTS_MAX:
            _texts.clear()
        text = _texts[moment] = moment.isoformat(timespec="milliseconds")[:-6] + "+0000"
    return text


def csv_text(value: Any) -> str:
    """Return a stored value as it stands in a Bulk API cell; null is an empty one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")[:-6] + "Z"
    return str(value)


def stored(field: FieldDef, value: Any) -> Any:
    """Return a JSON value as the field stores it.

    Raises RowError with Salesforce's code when the field cannot hold it.
    """
    if value is None:
        if field.type == "boolean":
            return False
        return None
    store: Callable[[FieldDef, Any], Any] = _STORED.get(field.type, _text)
    return store(field, value)


def _text(field: FieldDef, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _unreadable(field, "string", value)
    trimmed = value.strip().replace("\x00", "")
    if len(trimmed) > field.length:
        raise RowError(
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {trimmed} (max length={field.length})",
            fields=[field.name],
        )
    return trimmed or None


def _picklist(field: FieldDef, value: Any) -> str | None:
    text = _text(field, value)
    if text is not None and field.is_restricted:
        # Picklist values match without regard to case and are stored as they are listed.
        listed = next((each for each in field.picklist if each.lower() == text.lower()), None)
        if listed is None:
            raise _not_listed(field, text)
        return listed
    return text


def _picks(field: FieldDef, value: Any) -> str | None:
    text = _text(field, value)
    if text is None:
        return None
    picks = dict.fromkeys(filter(None, (each.strip() for each in text.split(";"))))
    for pick in picks:
        if field.is_restricted and pick not in field.picklist:
            raise _not_listed(field, pick)
    order = {each: place for place, each in enumerate(field.picklist)}
    return ";".join(sorted(picks, key=lambda pick: order.get(pick, len(order))))


def _email(field: FieldDef, value: Any) -> str | None:
    text = _text(field, value)
    if text is not None and not _EMAIL.fullmatch(text):
        raise RowError("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", fields=[field.name])
    return text


def _boolean(field: FieldDef, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _unreadable(field, "boolean", value)


def _number(field: FieldDef, value: Any) -> float | int | None:
    if value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _unreadable(field, "double", value)
    try:
        exact = Decimal(str(value))
        rounded = exact.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
    except InvalidOperation:
        raise _unreadable(field, "double", value) from None
    if abs(rounded) >= 10 ** (field.precision - field.scale):
        raise RowError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {value}",
            fields=[field.name],
        )
    return int(rounded) if field.type == "int" else float(rounded)


def _date(field: FieldDef, value: Any) -> str | None:
    if value == "":
        return None
    if not isinstance(value, str) or not (_DATE.fullmatch(value) or _INSTANT.fullmatch(value)):
        raise _unreadable(field, "date", value)
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        raise _unreadable(field, "date", value) from None


def _instant(field: FieldDef, value: Any) -> datetime | None:
    if value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0)
    if not isinstance(value, str) or not (_DATE.fullmatch(value) or _INSTANT.fullmatch(value)):
        raise _unreadable(field, "datetime", value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _unreadable(field, "datetime", value) from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def _reference(field: FieldDef, value: Any) -> str | None:
    if value == "":
        return None
    record_id = full_id(value) if isinstance(value, str) else None
    if record_id is None:
        raise RowError("MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", fields=[field.name])
    return record_id


def _not_listed(field: FieldDef, value: str) -> RowError:
    return RowError(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        f"{field.label}: bad value for restricted picklist field: {value}",
        fields=[field.name],
    )


def _unreadable(field: FieldDef, kind: str, value: Any) -> RowError:
    token = (
        "VALUE_STRING" if isinstance(value, str) else "VALUE_NUMBER_INT" if isinstance(value, int) else "START_OBJECT"
    )
    return RowError(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from {token} value {value} or request may be missing a required field "
        "at [line:1, column:1]",
        fields=[field.name],
    )


_STORED: Final[Mapping[str, Callable[[FieldDef, Any], Any]]] = {
    "picklist": _picklist,
    "multipicklist": _picks,
    "email": _email,
    "boolean": _boolean,
    "currency": _number,
    "double": _number,
    "percent": _number,
    "int": _number,
    "date": _date,
    "datetime": _instant,
    "reference": _reference,
}

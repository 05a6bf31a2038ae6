"""What HubSpot makes of a value that is written: checked, brought into its stored form, or refused with a code.

Everything stored is text or nothing. Numbers lose trailing zeros, instants are ISO with milliseconds only where there are
any, e-mail addresses are lower case, enumerations are compared by case. Whether an owner or a stage exists is told by the
portal (`References`); whether a value is unique is not decided here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from re import compile as compile_pattern
from typing import Any, Final, Protocol

from sandbox.hubspot.schema import Property

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_DAY_MS: Final = 86_400_000
_FIRST_MS: Final = -62_135_596_800_000  # the year 1
LAST_MS: Final = 253_402_300_799_999  # the end of the year 9999
_TEXT_MAX: Final = 65_536  # characters of a string value (HubSpot docs, properties)
_DIGITS_MAX: Final = 40
_EMAIL: Final = compile_pattern(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_NUMBER: Final = compile_pattern(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DATE_TEXT: Final = compile_pattern(r"\d{4}-\d{2}-\d{2}")
_MS_TEXT: Final = compile_pattern(r"-?\d{1,15}")


class ValueRefusedError(Exception):
    """A value that the property does not take. code: INVALID_OPTION, INVALID_DATE ..."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class References(Protocol):
    """What a value may refer to outside its own property."""

    def has_owner(self, owner_id: str) -> bool: ...


def to_ms(moment: datetime) -> int:
    """Return epoch milliseconds, cut."""
    return (moment - EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def iso(milliseconds: int) -> str:
    """Return the instant as HubSpot writes it: milliseconds only where they are not zero."""
    seconds, rest = divmod(milliseconds, 1000)
    text = (EPOCH + timedelta(seconds=seconds)).isoformat()[:19]
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"


def read_instant(text: str) -> int | None:
    """Return epoch milliseconds of an instant given as milliseconds, ISO with a zone, or a date; None if it is none."""
    if _MS_TEXT.fullmatch(text):
        return int(text) if _FIRST_MS <= int(text) <= LAST_MS else None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        if not _DATE_TEXT.fullmatch(text):
            return None
        moment = moment.replace(tzinfo=UTC)
    found = to_ms(moment)
    return found if _FIRST_MS <= found <= LAST_MS else None


def as_text(value: Any) -> str | None:
    """Return a JSON value as text, as the API takes it; None when it is a list, an object or null."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return None


def clean(prop: Property, text: str, *, before: str | None, references: References) -> str | None:
    """Return the stored form of a written value, None where it clears the property.

    before: what the property holds now; a leading ";" adds to it. Raises ValueRefusedError.
    """
    if text == "":
        return None
    if len(text) > _TEXT_MAX:
        raise ValueRefusedError("INVALID_STRING", f"{prop.name} is longer than {_TEXT_MAX} characters")
    if prop.type == "number":
        return _number(text)
    if prop.type == "bool":
        return _bool(prop, text)
    if prop.type == "date":
        return _date(text)
    if prop.type == "datetime":
        return _instant(text)
    if prop.type == "enumeration":
        return _choice(prop, text, before, references)
    if prop.name == "email":
        return _email(text)
    return text


def number_text(text: str) -> str:
    """Return plain decimal text without exponent or trailing zeros."""
    plain = format(Decimal(text), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def _number(text: str) -> str:
    stripped = text.strip()
    try:
        if not _NUMBER.fullmatch(stripped) or abs(Decimal(stripped).adjusted()) > _DIGITS_MAX:
            raise InvalidOperation
        return number_text(stripped)
    except InvalidOperation:
        raise ValueRefusedError("INVALID_LONG", f"{text} was not a valid long.") from None


def _bool(prop: Property, text: str) -> str:
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueRefusedError("INVALID_OPTION", _not_an_option(prop, text, ["true", "false"]))
    return lowered


def _date(text: str) -> str:
    if _DATE_TEXT.fullmatch(text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueRefusedError("INVALID_DATE", f"{text} was not a valid date.") from None
    moment = read_instant(text)
    if moment is None:
        raise ValueRefusedError("INVALID_DATE", f"{text} was not a valid date.")
    if moment % _DAY_MS:
        found = from_ms(moment)
        raise ValueRefusedError(
            "INVALID_DATE", f"{text} is at {found.hour}:{found.minute}:{found.second} UTC, not midnight!"
        )
    return from_ms(moment).date().isoformat()


def _instant(text: str) -> str:
    moment = read_instant(text)
    if moment is None:
        raise ValueRefusedError("INVALID_DATE", f"{text} was not a valid date.")
    return iso(moment)


def _choice(prop: Property, text: str, before: str | None, references: References) -> str:
    if prop.name == "hubspot_owner_id":
        if not references.has_owner(text):
            raise ValueRefusedError("INVALID_OWNER_ID", f"Owner {text} does not exist.")
        return text
    if prop.is_external:
        return text  # stages are checked together with their pipeline
    allowed = prop.option_values()
    if not prop.is_multiple:
        if text not in allowed:
            raise ValueRefusedError("INVALID_OPTION", _not_an_option(prop, text, allowed))
        return text
    chosen = [each for each in text.split(";") if each]
    for each in chosen:
        if each not in allowed:
            raise ValueRefusedError("INVALID_OPTION", _not_an_option(prop, each, allowed))
    kept = before.split(";") if text.startswith(";") and before else []
    return ";".join(dict.fromkeys([*kept, *chosen]))


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text.strip()):
        raise ValueRefusedError("INVALID_EMAIL", f"Email address {text} is invalid")
    return text.strip().lower()


def _not_an_option(prop: Property, text: str, allowed: list[str]) -> str:
    return f"{text} was not one of the allowed options: [{', '.join(allowed)}]"

"""HubSpot's error bodies, read as far as they go; pure.

Every field of an error body is optional (HubSpot docs, error handling), bodies of 5xx answers from the edge are HTML, and
property errors stand in `errors[]`, as a JSON array inside `message`, or in both. Nothing here raises, and nothing here
judges: what a fault means is said in errors.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

_EXISTING_ID: Final = re.compile(r"Existing ID:\s*(\d+)|\b(\d+) already has that value")


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyError:
    """One property that HubSpot refuses. code: INVALID_OPTION, READ_ONLY_VALUE ...; name None where it is not told."""

    name: str | None
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error body as far as it could be read; `message` is HubSpot's own text and may quote a record's values."""

    message: str = ""
    category: str | None = None
    policy: str | None = None  # which limiter said 429
    correlation_id: str | None = None
    properties: tuple[PropertyError, ...] = ()
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)
    is_json: bool = False
    is_cut: bool = False  # begins as JSON and breaks off

    @property
    def code(self) -> str | None:
        """Return the most telling code: a property's, else the category."""
        return next((each.code for each in self.properties if each.code), None) or self.category

    @property
    def property_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.name for each in self.properties if each.name))

    @property
    def existing_id(self) -> str | None:
        """Return the id of the record that already holds a unique value."""
        told = self.context.get("existingId") or ()
        return str(told[0]) if told else None


def read_fault(body: bytes | str | None) -> Fault:
    """Return what an error body says; never raises."""
    try:
        data = orjson.loads(body or b"")
    except orjson.JSONDecodeError:
        raw = body.encode() if isinstance(body, str) else body or b""
        return Fault(is_cut=raw.lstrip()[:1] == b"{")
    return fault_of(data) if isinstance(data, dict) else Fault()


def fault_of(data: Mapping[str, Any]) -> Fault:
    """Return the Fault of one error object: a whole body, or one entry of a 207's `errors`."""
    message = _text(data.get("message")) or ""
    context = dict(_context(data.get("context")))
    nested = [each for each in _list(data.get("errors")) if isinstance(each, dict)]
    existing = _existing_ids([message, *(_text(each.get("message")) or "" for each in nested)])
    for each in nested:
        for key, values in _context(each.get("context")).items():
            context.setdefault(key, values)
    if existing:
        context.setdefault("existingId", existing)
    return Fault(
        message=message,
        category=_text(data.get("category"))
        or _text(data.get("status"), unless="error")
        or _text(data.get("errorType")),
        policy=_text(data.get("policyName")),
        correlation_id=_text(data.get("correlationId")),
        properties=tuple(_property_errors(nested)) or tuple(_embedded_errors(message)),
        context=context,
        is_json=True,
    )


def _property_errors(nested: Sequence[Mapping[str, Any]]) -> list[PropertyError]:
    found = []
    for each in nested:
        code = _text(each.get("code")) or _text(each.get("error"))
        names = _context(each.get("context")).get("propertyName") or ()
        name = _text(names[0]) if names else _text(each.get("in")) or _text(each.get("name"))
        if code and code.isupper():
            found.append(PropertyError(name=name, code=code))
    return found


def _embedded_errors(message: str) -> list[PropertyError]:
    """Read "Property values were not valid: [{...}]", whose array repeats what `errors[]` may lack."""
    start = message.find("[{")
    if start < 0:
        return []
    try:
        entries = orjson.loads(message[start : message.rfind("]") + 1])
    except orjson.JSONDecodeError:
        return []
    return [
        PropertyError(name=_text(each.get("name")), code=_text(each.get("error")))
        for each in _list(entries)
        if isinstance(each, dict)
    ]


def _context(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        return {}
    return {
        str(key): tuple(str(each) for each in entry) if isinstance(entry, list) else (str(entry),)
        for key, entry in value.items()
    }


def _existing_ids(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the records that texts name as holders of a unique value; no field of their own tells them."""
    found = (_EXISTING_ID.search(text) for text in texts)
    return tuple(each.group(1) or each.group(2) for each in found if each is not None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any, *, unless: str | None = None) -> str | None:
    return value if isinstance(value, str) and value and value != unless else None

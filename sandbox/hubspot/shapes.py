"""The shapes that request bodies are made of; anything else is refused as JSON that HubSpot cannot read."""

from __future__ import annotations

from re import compile as compile_pattern
from typing import Any, Final

from sandbox.hubspot import errors

_ID: Final = compile_pattern(r"[0-9]{1,19}")


def is_id(text: str) -> bool:
    """Tell whether a text can be a record's id or a cursor."""
    return _ID.fullmatch(text) is not None


def objects(value: Any) -> list[dict[str, Any]]:
    """Return a list of JSON objects; nothing counts as an empty list."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise errors.bad_json()
    return value


def texts(value: Any) -> list[str]:
    """Return a list of texts; nothing counts as an empty list."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise errors.bad_json()
    return value


def text(value: Any) -> str | None:
    """Return a text, None for nothing."""
    if value is not None and not isinstance(value, str):
        raise errors.bad_json()
    return value


def end_id(pair: dict[str, Any], name: str) -> str:
    """Return the id at one end of a pair of records: {"from": {"id": "1"}, "to": {"id": "2"}}."""
    end = pair.get(name)
    if not isinstance(end, dict) or not isinstance(end.get("id"), str | int):
        raise errors.bad_json()
    return str(end["id"])

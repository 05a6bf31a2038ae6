"""Salesforce record ids: 15 characters where case matters, or 18 with three check characters that make case irrelevant.

Registrar stores and compares the 18 characters, as the API returns them. Source: Salesforce help, "What is the difference
between 15 and 18 character Ids".
"""

from __future__ import annotations

from typing import Final

_CHECK: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def id18(text: str) -> str:
    """Return the 18-character form of a record id; raise ValueError for what is none."""
    if len(text) == 18 and text.isalnum() and text.isascii():
        return text
    if len(text) != 15 or not text.isalnum() or not text.isascii():
        raise ValueError("not a Salesforce record id")
    return text + "".join(_check_character(text[at : at + 5]) for at in (0, 5, 10))


def _check_character(five: str) -> str:
    """Return the character whose bits tell which of five characters are capitals, the first being the lowest bit."""
    return _CHECK[sum(1 << place for place, character in enumerate(five) if character.isupper())]


def known_id18(text: str) -> str | None:
    """Return an id in its one spelling, None for what is none: such a record is not there."""
    try:
        return id18(text)
    except ValueError:
        return None

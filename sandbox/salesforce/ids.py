"""Record ids: three characters that tell the object, an instance, a base-62 counter, and three check characters.

Source: Salesforce help, "What is the difference between 15 and 18 character Ids".
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_CHECK: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # ascending as text, too
_INSTANCE: Final = "7Q0"
_COUNTER_LENGTH: Final = 9


def checked(id15: str) -> str:
    """Return the 18-character form of 15 characters."""
    return id15 + "".join(_check_character(id15[at : at + 5]) for at in (0, 5, 10))


def make_id(prefix: str, number: int) -> str:
    """Return the id of an object's record by its number; ids ascend with the number."""
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return checked(f"{prefix}{_INSTANCE}{digits.rjust(_COUNTER_LENGTH, '0')}")


@lru_cache(maxsize=8192)
def full_id(text: str) -> str | None:
    """Return the 18-character form of an id as sent, None for what cannot be one."""
    if not text.isascii() or not text.isalnum():
        return None
    if len(text) == 15:
        return checked(text)
    # Eighteen characters may come in any case: the check characters tell which were capitals.
    return _repaired(text) if len(text) == 18 else None


def _repaired(text: str) -> str | None:
    if checked(text[:15]) == text:
        return text
    fixed = ""
    for place, mark in enumerate(text[15:].upper()):
        if mark not in _CHECK:
            return None
        bits = _CHECK.index(mark)
        five = text[place * 5 : place * 5 + 5]
        fixed += "".join(each.upper() if bits >> at & 1 else each.lower() for at, each in enumerate(five))
    return checked(fixed) if checked(fixed)[15:] == text[15:].upper() else None


def _check_character(five: str) -> str:
    return _CHECK[sum(1 << place for place, character in enumerate(five) if "A" <= character <= "Z")]

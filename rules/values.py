"""Small values that settings use, and how a CRM's words are found among those that an admin wrote."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import NewType

Percent = NewType("Percent", Decimal)  # 10 means ten percent


def is_among(word: str, words: Collection[str]) -> bool:
    """Tell whether a CRM's word is one of an admin's, whatever its case: two CRMs seldom agree on it."""
    return word in words or word.casefold() in {each.casefold() for each in words}

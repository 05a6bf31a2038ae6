"""One setting of a rule file: its default and what it means, in one place.

The dataclasses that use it are the only list of what an admin can write: the reader (config/typed.py), the JSON Schema
and the reference page are all made from them.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Any, Final, TypeVar

T = TypeVar("T")

DOC: Final = "doc"
BETWEEN: Final = "between"
ONLY: Final = "only"
Bounds = tuple[float, float]


def setting(default: T, doc: str, *, between: Bounds | None = None, only: tuple[StrEnum, ...] | None = None) -> T:
    """Return a dataclass field with this default.

    doc: one or two sentences for the admin. between: the least and the greatest number that may be written. only: the
    members of a closed list that make sense here, where it serves several settings.
    """
    return field(default=default, metadata={DOC: doc, BETWEEN: between, ONLY: only})


def required(doc: str, *, between: Bounds | None = None, only: tuple[StrEnum, ...] | None = None) -> Any:
    """Return a dataclass field that must be written."""
    return field(metadata={DOC: doc, BETWEEN: between, ONLY: only})

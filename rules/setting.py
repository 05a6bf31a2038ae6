"""One setting of a rule file: its default and what it means, in one place.

The dataclasses that use it are the only list of what an admin can write: the reader (config/typed.py), the JSON Schema
and the reference page are all made from them.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any, Final, TypeVar

T = TypeVar("T")

DOC: Final = "doc"


def setting(default: T, doc: str) -> T:
    """Return a dataclass field with this default. doc: one or two sentences for the admin."""
    return field(default=default, metadata={DOC: doc})


def required(doc: str) -> Any:
    """Return a dataclass field that must be written."""
    return field(metadata={DOC: doc})

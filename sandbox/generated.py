"""Rows made on demand: what lets a world of a million opportunities cost no memory before somebody edits it.

A CRM's store keeps a generated base per object and lays the rows that were written since over it. Row numbers run from 0;
ids and modification stamps both ascend with the number, so a page of a keyset query is a run of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class Generated(Protocol):
    """The seeded rows of one object.

    row(number) must give an equal row each time it is asked; stamp(number) is the modification time that row carries, and
    never lies before that of a smaller number. Ids of generated rows ascend with the number too (as the CRM compares ids).
    """

    @property
    def count(self) -> int: ...

    def row(self, number: int) -> Mapping[str, Any]:
        """Return the raw row as the CRM's store holds it."""

    def record_id(self, number: int) -> str:
        """Return the id of the row without making it."""

    def number_of(self, record_id: str) -> int | None:
        """Return the number of the row with that id, None when the id is not one of these rows."""

    def stamp(self, number: int) -> datetime:
        """Return the row's modification time without making it."""

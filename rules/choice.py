"""A setting that may differ from case to case: by tier, region, product line, band or date.

An admin writes one value, a table by one fact, bands of one number, or a list of conditions; config/choices.py turns all of
these into rows, asked in order. The first row whose condition holds gives the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from rules.expression import Condition, Facts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """One line of a choice. when: None always holds. label: as the admin wrote it ("gold", "100..499", "else")."""

    value: T
    when: Condition | None = None
    label: str = "else"


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """A value chosen by facts. rows: in the order in which they are asked."""

    rows: tuple[Row[T], ...]

    @classmethod
    def always(cls, value: T) -> Choice[T]:
        """Return the choice that is this value whatever the facts."""
        return cls((Row(value),))

    @property
    def is_constant(self) -> bool:
        """Tell whether no fact is asked."""
        return self.rows[0].when is None

    def pick(self, facts: Facts) -> Row[T] | None:
        """Return the row that holds; None where none does.

        A row whose condition is unknown is passed over, as one that does not hold.
        """
        for row in self.rows:
            if row.when is None or row.when.test(facts):
                return row
        return None

    def value(self, facts: Facts) -> T | None:
        """Return the chosen value; None where no row holds."""
        first = self.rows[0]
        if first.when is None:
            return first.value
        row = self.pick(facts)
        return row.value if row is not None else None

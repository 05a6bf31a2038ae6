"""Replace one function of the product wherever this process has imported it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.simulation.options import Options

Make = Callable[[Any], Any]
BUDGET: Final = 150


def anywhere(_options: Options) -> bool:
    """Any world will do."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One planted bug.

    place: "module:function" or "module:Class.method". make: builds the wrong function from the right one. what: in words.
    wants: the worlds in which the bug has anything to work on; only those are played, and count against the budget.
    """

    name: str
    what: str
    place: str
    make: Make
    wants: Callable[[Options], bool] = anywhere
    budget: int = BUDGET

    @property
    def original(self) -> Any:
        """Return the right function; raise AttributeError when the product has none of that name any more."""
        owner, name = _owner(self.place)
        return getattr(owner, name)

    def plant(self) -> None:
        """Put the wrong function in the place of the right one, under every name that modules know it by."""
        owner, name = _owner(self.place)
        right = getattr(owner, name)
        wrong = self.make(right)
        setattr(owner, name, wrong)
        for module in list(sys.modules.values()):
            for key, value in list(vars(module).items()):
                if value is right:
                    setattr(module, key, wrong)


def _owner(place: str) -> tuple[Any, str]:
    module_name, _, path = place.partition(":")
    owner: Any = importlib.import_module(module_name)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    return owner, name

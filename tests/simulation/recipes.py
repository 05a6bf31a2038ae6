"""The programmes' rules that worlds are played under: the recipes that the product ships."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import config
from config.policy import read_policy
from rules.policy import Policy

_RECIPES: Final = Path(config.__file__).parent / "recipes"


@cache
def names() -> tuple[str, ...]:
    """Return the recipes' names, in order."""
    return tuple(sorted(each.parent.name for each in _RECIPES.glob("*/rules.yaml")))


@cache
def source(name: str) -> str:
    return (_RECIPES / name / "rules.yaml").read_text()


@cache
def policy(name: str) -> Policy:
    """Return a recipe's policy."""
    return read_policy(source(name), f"{name}/rules.yaml")

"""Every recipe's cases pass, and together they hold every scenario of published programmes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.cases import case_files, load_cases
from console.commands.rules_test import run_tests

RECIPES = Path(__file__).parents[1] / "config" / "recipes"
SCENARIOS = (
    "S01", "S02", "S04", "S06", "S07", "S08", "S09", "S10", "S11", "S12", "S14", "S15", "S19", "S22", "S23", "S24", "S25",
    "S26", "S27", "S28",
)  # fmt: skip
_HEADER = ("# Edition: ", "# Source: ", "# Shows: ")


@pytest.mark.parametrize("recipe", sorted(each.name for each in RECIPES.iterdir() if each.is_dir()))
def test_a_recipe_does_what_its_cases_say(recipe: str) -> None:
    files = case_files(RECIPES / recipe)
    assert files, "a recipe without cases"
    failed = [
        f"{result.case.name}: {failure.claim} {failure.key} expected {failure.expected}, got {failure.got}"
        for tested in run_tests(files)
        for result in tested.results
        for failure in result.failures
    ]
    assert not failed


def test_the_default_rules_do_what_their_cases_say() -> None:
    (tested,) = run_tests(case_files(RECIPES.parent / "defaults"))
    assert len(tested.results) > 5
    assert all(result.is_passed for result in tested.results)


def test_every_scenario_has_a_case() -> None:
    names = [each.name for path in case_files(RECIPES) for each in load_cases(path).cases]
    found = {word for name in names for word in re.findall(r"\bS[0-9]{2}\b", name)}
    assert found == set(SCENARIOS)


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*/rules.yaml")), ids=lambda path: path.parent.name)
def test_a_recipe_tells_its_source_and_edition(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert tuple(line[: line.index(":") + 2] for line in lines[1:4]) == _HEADER

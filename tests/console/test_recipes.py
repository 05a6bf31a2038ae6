"""`registrar recipes`: published programmes to start from, each with where it comes from and what it shows."""

from __future__ import annotations

import json
from typing import Any

from config.recipe import recipes


def test_there_are_enough_and_each_tells_about_itself() -> None:
    found = recipes()

    assert len(found) >= 24
    for each in found:
        assert each.title and each.edition and each.source and each.shows, each.name


def test_the_list(registrar: Any) -> None:
    done = registrar("recipes")
    assert done.exit_code == 0
    assert "pelco.com" in done.stdout

    told = json.loads(registrar("recipes", "--json").stdout)
    assert {"name", "title", "edition", "source", "shows"} == set(told[0])


def test_one_is_shown_with_its_files(registrar: Any) -> None:
    assert "more_than: 25,000 USD" in registrar("recipes", "pelco").stdout
    assert "rules.yaml" in json.loads(registrar("recipes", "pelco", "--json").stdout)["files"]


def test_an_unknown_one_is_told_with_the_nearest(registrar: Any) -> None:
    done = registrar("recipes", "sophoss")

    assert done.exit_code == 2
    assert "Did you mean sophos" in done.stderr

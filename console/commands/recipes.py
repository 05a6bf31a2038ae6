"""List the published programmes that rules can start from, or show one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.exit_codes import Exit
from console.screen import Screen

if TYPE_CHECKING:
    from config.recipe import Recipe


def run(screen: Screen, name: str | None) -> Exit:
    """Print the recipes, or one with its files. Exit MISUSE for a name that is none."""
    from config.recipe import recipes

    found = recipes()
    if name is None:
        _list(screen, found)
        return Exit.DONE
    recipe = next((each for each in found if each.name == name), None)
    if recipe is None:
        screen.talk(unknown(name, [each.name for each in found]))
        return Exit.MISUSE
    _show(screen, recipe)
    return Exit.DONE


def unknown(name: str, known: Sequence[str]) -> str:
    """Return what to say of a recipe that does not exist."""
    from config.reading import nearest

    near = nearest(name, known)
    return f"no recipe is called {name!r}. {f'Did you mean {near}?' if near else '`registrar recipes` lists them.'}"


def _list(screen: Screen, found: Sequence[Recipe]) -> None:
    if screen.is_json:
        screen.json([_data(each) for each in found])
        return
    rows = [(each.name, each.title, each.edition, each.source, each.shows) for each in found]
    columns = ("recipe", "programme", "edition", "source", "shows")
    screen.table(columns, rows, prose={"programme", "edition", "source", "shows"})
    screen.talk("Show one: registrar recipes NAME. Start from one: registrar init DIRECTORY --recipe NAME.")


def _show(screen: Screen, recipe: Recipe) -> None:
    if screen.is_json:
        screen.json({**_data(recipe), "files": recipe.files})
        return
    for name, text in recipe.files.items():
        screen.heading(f"# {recipe.name}/{name}")
        for line in text.splitlines():
            screen.line(line)
        screen.line()


def _data(recipe: Recipe) -> dict[str, str]:
    return {
        "name": recipe.name,
        "title": recipe.title,
        "edition": recipe.edition,
        "source": recipe.source,
        "shows": recipe.shows,
    }

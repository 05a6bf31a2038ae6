"""The recipes: published programmes as rule files to start from, each in a folder of its own under config/recipes/.

The head of a recipe's rules.yaml tells about it in comments: a title, then Edition, Source and Shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

DIRECTORY: Final = Path(__file__).parent / "recipes"
RULES: Final = "rules.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One recipe. files: its files by name, rules.yaml among them. edition, source, shows: as its head tells."""

    name: str
    title: str
    edition: str
    source: str
    shows: str
    files: dict[str, str]

    @property
    def rules(self) -> str:
        return self.files[RULES]


def recipes(directory: Path = DIRECTORY) -> list[Recipe]:
    """Return every recipe by name."""
    return [_read(path.parent) for path in sorted(directory.glob(f"*/{RULES}"))]


def _read(folder: Path) -> Recipe:
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
    title, told = _head(files[RULES])
    return Recipe(
        name=folder.name,
        title=title,
        edition=told.get("edition", ""),
        source=told.get("source", ""),
        shows=told.get("shows", ""),
        files=files,
    )


def _head(text: str) -> tuple[str, dict[str, str]]:
    """Return the title and what the head's comments tell; a line that begins no item goes on with the one before."""
    title, told, item = "", dict[str, str](), ""
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        words = line.removeprefix("#").strip()
        name, colon, rest = words.partition(": ")
        if colon and name.istitle() and " " not in name:
            item = name.lower()
            told[item] = rest
        elif item:
            told[item] = f"{told[item]} {words}".strip()
        else:
            title = f"{title} {words}".strip()
    return title, told

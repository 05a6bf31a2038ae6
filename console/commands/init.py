"""Write a first configuration into a directory, commented for admins; never over an existing file.

With a recipe, the rules are a published programme's, with its cases; what it needs of the mapping goes into salesforce.yaml.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from console.exit_codes import Exit
from console.screen import Screen

FILES: Final = ("registrar.yaml", "rules.yaml", "cases.yaml", "salesforce.yaml", "hubspot.yaml")
_MAPPING: Final = "mapping.yaml"  # of a recipe: what it asks of the Salesforce mapping
_MAPPED: Final = "salesforce.yaml"


def run(screen: Screen, directory: Path, recipe: str | None = None) -> Exit:
    """Write the files and say what to do next. Exit MISUSE when one is there already, or the directory cannot be used."""
    texts = _texts(screen, recipe)
    if texts is None:
        return Exit.MISUSE
    present = [name for name in texts if (directory / name).exists()]
    if present:
        screen.talk(f"{directory} already holds {', '.join(present)}; nothing was written. Choose another directory.")
        return Exit.MISUSE
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with (directory / name).open("x", encoding="utf-8") as stream:
                stream.write(text)
    except OSError as error:
        screen.talk(f"{error.filename or directory} cannot be written ({error.strerror}). Choose another directory.")
        return Exit.MISUSE
    for name in texts:
        screen.line(str(directory / name))
    first = f"  registrar rules test {directory}\n"
    screen.talk(
        "Next: fill in the addresses in registrar.yaml, set the secrets it names in the environment, then run\n"
        f"{first}  registrar doctor --dir {directory}"
    )
    return Exit.DONE


def _texts(screen: Screen, recipe: str | None) -> dict[str, str] | None:
    """Return the files' texts by name; None, with a word about it, for a recipe that does not exist."""
    import config

    defaults = Path(config.__file__).parent / "defaults"
    texts = {name: (defaults / name).read_text(encoding="utf-8") for name in FILES}
    if recipe is None:
        return texts
    from config.recipe import recipes
    from console.commands.recipes import unknown

    known = {each.name: each for each in recipes()}
    if recipe not in known:
        screen.talk(unknown(recipe, list(known)))
        return None
    files = dict(known[recipe].files)
    mapping = files.pop(_MAPPING, None)
    if mapping is not None:
        files[_MAPPED] = f"{texts[_MAPPED].rstrip()}\n\n{mapping}"
    return texts | files

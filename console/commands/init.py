"""Write a first configuration into a directory, commented for admins; never over an existing file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from console.exit_codes import Exit
from console.screen import Screen

FILES: Final = ("registrar.yaml", "rules.yaml", "salesforce.yaml", "hubspot.yaml")


def run(screen: Screen, directory: Path) -> Exit:
    """Write the files and say what to do next. Exit MISUSE when one is there already, or the directory cannot be used."""
    import config

    present = [name for name in FILES if (directory / name).exists()]
    if present:
        screen.talk(f"{directory} already holds {', '.join(present)}; nothing was written. Choose another directory.")
        return Exit.MISUSE
    defaults = Path(config.__file__).parent / "defaults"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            with (directory / name).open("x", encoding="utf-8") as stream:
                stream.write((defaults / name).read_text(encoding="utf-8"))
    except OSError as error:
        screen.talk(f"{error.filename or directory} cannot be written ({error.strerror}). Choose another directory.")
        return Exit.MISUSE
    for name in FILES:
        screen.line(str(directory / name))
    screen.talk(
        "Next: fill in the addresses in registrar.yaml, set the secrets it names in the environment, then run\n"
        f"  registrar doctor --dir {directory}"
    )
    return Exit.DONE

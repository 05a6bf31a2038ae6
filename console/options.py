"""What all commands share: the options they have in common, and the screen they speak on.

Typer reads these at import, so nothing heavy is imported here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from console.screen import Screen

Directory = Annotated[
    Path, typer.Option("--dir", "-d", envvar="REGISTRAR_DIR", help="Where registrar.yaml is.", show_default=True)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Connections = Annotated[
    list[str] | None, typer.Argument(help="Only these connections; default: all.", show_default=False)
]
HERE: Final = Path()
LOOKS: Final[dict[str, Any]] = {
    "no_args_is_help": True,
    "rich_markup_mode": None,  # saves a third of the start; nothing here is marked up
    "pretty_exceptions_enable": False,  # they would show local values, secrets among them
    "context_settings": {"help_option_names": ["-h", "--help"]},
}


@contextmanager
def screen_of(*, is_json: bool = False) -> Iterator[Screen]:
    """Give a command its screen, and tell in words what goes wrong in it."""
    from console.session import told

    screen = Screen(is_json=is_json)
    with told(screen):
        yield screen

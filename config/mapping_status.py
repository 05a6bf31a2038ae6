"""Read the status map of a stream: each registration status to a picklist value, and what a person's edit means."""

from __future__ import annotations

from typing import Final

from config.reading import Problems, known_keys, one_of, table, text
from config.source import Node, Table, is_null
from rules.cases import CommandKind
from rules.fields import CANONICAL, Stream
from rules.mapping import Place, StatusMap
from rules.records import Status

# "adopt" is what Registrar does at first contact; nobody types it.
_COMMANDS: Final = tuple(str(kind) for kind in CommandKind if kind is not CommandKind.ADOPT)
_STATUSES: Final = tuple(str(status) for status in Status)


def read_status(stream: Stream, node: Node, key: str, place: Place, problems: Problems) -> StatusMap | None:
    """Return the status map, or None where the stream has no status; notes every problem."""
    if "status" not in CANONICAL[stream]:
        problems.add(place, key, f"has no use here: {stream} carry no registration status.", "Remove it.")
        return None
    part = table(node, key, problems)
    known_keys(part, ("write", "commands"), key, problems)
    write = _write(part, key, place, problems)
    commands = _commands(part, stream, key, problems)
    return StatusMap(
        write=write,
        commands=commands,
        place=place,
        write_places=_entry_places(part, "write"),
        command_places=_entry_places(part, "commands"),
    )


def _entry_places(part: Table, name: str) -> dict[str, Place]:
    lines = part.items.get(name)
    return dict(lines.key_places) if isinstance(lines, Table) else {}


def _write(part: Table, key: str, place: Place, problems: Problems) -> dict[str, str]:
    if "write" not in part.items:
        problems.add(place, f"{key}.write", "is missing.", f"Give a CRM value for each of: {', '.join(_STATUSES)}.")
        return {}
    lines = table(part.items["write"], f"{key}.write", problems)
    known_keys(lines, _STATUSES, f"{key}.write", problems)
    missing = [name for name in _STATUSES if name not in lines.items]
    if missing:
        hint = "Each status needs a CRM value; several may share one."
        problems.add(part.key_places["write"], f"{key}.write", f"lacks {', '.join(missing)}.", hint)
    return _texts(lines, f"{key}.write", problems)


def _commands(part: Table, stream: Stream, key: str, problems: Problems) -> dict[str, str]:
    if "commands" not in part.items:
        return {}
    if stream is not Stream.SUBMISSIONS:
        hint = "Only the status of a submission is a command; elsewhere an edit is put back."
        problems.add(part.key_places["commands"], f"{key}.commands", "has no use here.", hint)
        return {}
    lines = table(part.items["commands"], f"{key}.commands", problems)
    commands = _texts(lines, f"{key}.commands", problems)
    for value, command in commands.items():
        if command not in _COMMANDS:
            at = lines.items[value].place
            problems.add(at, f"{key}.commands.{value}", f"is {command!r}.", one_of(_COMMANDS, command))
    return commands


def _texts(lines: Table, key: str, problems: Problems) -> dict[str, str]:
    found = {}
    for name, node in lines.items.items():
        at = f"{key}.{name}"
        if is_null(node):
            problems.add(node.place, at, "is empty; expected text.", 'A value that is called None is written "None".')
        elif (word := text(node, at, problems)) is not None:
            found[name] = word
    return found

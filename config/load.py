"""Load the configuration of one directory: registrar.yaml, rules.yaml and a mapping per connection.

Everything is read and checked before anything is used; one ConfigError carries the problems of all files. Nothing here
connects anywhere: whether logins work and fields exist is `registrar doctor`'s to find.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from config.check.looked_at import LookedAt
from config.check.mapped import check_types
from config.connection import Surroundings, read_connection, read_mapping
from config.ledger_url import read_ledger_url
from config.policy import read_policy
from config.reading import Problems, known_keys, table, text
from config.settings import ConnectionConfig, LogSettings, Settings, SyncSettings
from config.source import Listing, Node, Scalar, Table, find, parse_yaml, read_text, read_yaml
from config.typed import read_record
from config.words import check_languages, load_words
from rules.errors import ConfigError, Problem
from rules.mapping import ConnectionMap, Place
from rules.policy import Policy
from rules.wording import ENGLISH_CODE

MAIN_FILE: Final = "registrar.yaml"
RULES_FILE: Final = "rules.yaml"

_KEYS: Final = ("ledger", "rules", "shadow", "language", "connections", "sync", "log")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_NAME_LENGTH_MAX: Final = 40
_RESERVED: Final = frozenset({"ledger", "dir"})  # their variables mean something else
_SYNC_LIMITS: Final = {
    "sync.brake_share": (0.0, 1.0),
    "sync.lease_s": (5.0, 3600.0),
    "sync.sweep_every_passes": (1, 1_000_000),
    "sync.page_limit": (1, 10_000_000),
    "sync.decide_batch": (1, 100_000),
    "sync.push_batch": (1, 10_000),
    "sync.drift_rounds_max": (1, 1000),
    "sync.dead_letter_attempts": (1, 1000),
    "sync.verify_deadline_s": (1.0, 864_000.0),
    "sync.unknown_deadline_s": (1.0, 864_000.0),
    "sync.keep_log_days": (2, 36_500),  # the daily budget is counted from the calls of the last day
}


def load_settings(
    directory: Path, *, environ: Mapping[str, str], fields_path: Callable[[str], Path], is_lenient: bool = False
) -> Settings:
    """Return the settings of a directory.

    environ: where secrets and REGISTRAR_LEDGER_URL are looked up. fields_path: gives a connector kind's reference mapping
    (connectors.registry.fields_path). is_lenient: problems of the rules files alone are kept in the settings, because a
    ledger that has a policy goes on with it. Raises ConfigError with every problem of every file.
    """
    shown = _shown_in(directory)
    if not (directory / MAIN_FILE).is_file():
        problems = Problems()
        place = Place(file=shown(MAIN_FILE))
        problems.add(place, "", "does not exist.", f"Write a first configuration with: registrar init {directory}")
        problems.stop_if_any()
    root = read_yaml(directory / MAIN_FILE, name=shown(MAIN_FILE))
    problems = Problems()
    known_keys(root, _KEYS, "", problems)
    ledger_url = read_ledger_url(root.items.get("ledger"), directory=directory, environ=environ, problems=problems)
    sync = read_record(SyncSettings, _part(root, "sync"), "sync", problems, limits=_SYNC_LIMITS)
    log = read_record(LogSettings, _part(root, "log"), "log", problems)
    connections = _connections(root, directory, environ, fields_path, shown, problems)
    rules = _Rules.of(root, directory, shown, problems, is_lenient=is_lenient)
    rules = rules.fitted([each.mapping for each in connections], problems, is_lenient=is_lenient)
    policy = rules.policy
    shadow = _Rules.named(
        _named(root, "shadow", problems), root, "shadow", directory, shown, problems, is_lenient=is_lenient
    )
    words = load_words(directory, shown=shown, policy=policy if not rules.problems else None, problems=problems)
    check_languages(root, words, problems)
    language = text(root.items["language"], "language", problems) if "language" in root.items else None
    problems.stop_if_any(beside=rules.problems + shadow.problems)
    assert policy is not None  # or there would have been a problem
    return Settings(
        directory=directory,
        ledger_url=ledger_url,
        policy=policy,
        policy_source=rules.source,
        policy_problems=rules.problems,
        rules_path=rules.path,
        shadow=shadow.policy if not shadow.problems else None,
        shadow_problems=shadow.problems,
        connections=connections,
        sync=sync,
        log=log,
        language=language or ENGLISH_CODE,
        words=words,
        places=dict(_places(root)),
    )


def load_mappings(directory: Path, *, fields_path: Callable[[str], Path]) -> tuple[ConnectionMap, ...]:
    """Return the mappings of all connections; neither secrets nor the ledger are asked for.

    Raises ConfigError with every problem.
    """
    shown = _shown_in(directory)
    root = read_yaml(directory / MAIN_FILE, name=shown(MAIN_FILE))
    problems = Problems()
    part = table(_part(root, "connections"), "connections", problems)
    around = Surroundings(
        directory=directory, environ={}, fields_path=fields_path, names=tuple(part.items), shown=shown
    )
    read = [read_mapping(name, node, part.key_places[name], around, problems) for name, node in part.items.items()]
    problems.stop_if_any()
    return tuple(each for each in read if each is not None)


def rules_file(directory: Path) -> str:
    """Return the name of a directory's rule file: what registrar.yaml says, where there is one that says so."""
    if not (directory / MAIN_FILE).is_file():
        return RULES_FILE
    node = read_yaml(directory / MAIN_FILE).items.get("rules")
    return node.text if isinstance(node, Scalar) and not node.is_null else RULES_FILE


def _shown_in(directory: Path) -> Callable[[str], str]:
    """Return how messages call a file of the directory: as the user would open it from where they are."""
    return lambda name: str(directory / name)


def _part(root: Table, name: str) -> Node:
    return root.items.get(name, Table(place=root.place))


def _connections(
    root: Table,
    directory: Path,
    environ: Mapping[str, str],
    fields_path: Callable[[str], Path],
    shown: Callable[[str], str],
    problems: Problems,
) -> tuple[ConnectionConfig, ...]:
    part = table(_part(root, "connections"), "connections", problems)
    if not part.items:
        place = root.key_places.get("connections", root.place)
        problems.add(place, "connections", "names no connection.", "Describe at least one CRM.")
    around = Surroundings(
        directory=directory, environ=environ, fields_path=fields_path, names=tuple(part.items), shown=shown
    )
    found = []
    for name, node in part.items.items():
        place = part.key_places[name]
        _check_name(name, place, problems)
        one = read_connection(name, node, place, around, problems)
        if one is not None:
            found.append(one)
    return tuple(found)


def _check_name(name: str, place: Place, problems: Problems) -> None:
    if name in _RESERVED:
        problems.add(place, f"connections.{name}", "is a reserved name.", "Choose another.")
    elif not _NAME.fullmatch(name) or len(name) > _NAME_LENGTH_MAX:
        hint = "Use small letters, digits, - and _, starting with a letter."
        problems.add(place, f"connections.{name}", "is no usable name.", hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """One rules file. policy None: none is named, or there is a problem noted already."""

    policy: Policy | None = None
    source: str = ""
    path: Path | None = None
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(
        cls, root: Table, directory: Path, shown: Callable[[str], str], problems: Problems, *, is_lenient: bool
    ) -> _Rules:
        """Return the rules that decide. Leniently, the defaults stand in for a file with problems."""
        file: str | None = RULES_FILE
        if "rules" in root.items:
            file = text(root.items["rules"], "rules", problems)
        found = cls.named(file, root, "rules", directory, shown, problems, is_lenient=is_lenient)
        return replace(found, policy=Policy()) if found.problems else found

    @classmethod
    def named(
        cls,
        file: str | None,
        root: Table,
        key: str,
        directory: Path,
        shown: Callable[[str], str],
        problems: Problems,
        *,
        is_lenient: bool,
    ) -> _Rules:
        """Return the rules of one file; None: no file."""
        if file is None:
            return cls()
        path = directory / file
        try:
            if not path.exists() and (key != "rules" or key in root.items):
                raise ConfigError([_absent(root, key, file)])
            source = read_text(path, name=shown(file))
            return cls(policy=read_policy(source, shown(file)), source=source, path=path)
        except ConfigError as error:
            if is_lenient:
                return cls(path=path, problems=tuple(error.problems))
            problems.extend(error.problems)
            return cls()

    def fitted(self, mappings: Sequence[ConnectionMap], problems: Problems, *, is_lenient: bool) -> _Rules:
        """Return the rules as far as their own facts have the types that the mappings give them."""
        if self.policy is None or self.problems or self.path is None:
            return self
        root = parse_yaml(self.source, name=str(self.path))
        found = check_types(LookedAt(policy=self.policy, root=root, own=root), mappings)
        wrong = tuple(each.as_problem() for each in found)
        if not wrong:
            return self
        if is_lenient:
            return replace(self, policy=Policy(), problems=wrong)
        problems.extend(wrong)
        return self


def _named(root: Table, key: str, problems: Problems) -> str | None:
    return text(root.items[key], key, problems) if key in root.items else None


def _absent(root: Table, key: str, file: str) -> Problem:
    place = find(root, tuple(key.split(".")))
    hint = f"Correct the name, or take {RULES_FILE} from a directory that `registrar init` has written."
    message = f"names {file}, which is not there."
    return Problem(file=place.file, line=place.line, column=place.column, key=key, message=message, hint=hint)


def _places(node: Node, path: str = "") -> list[tuple[str, Place]]:
    """Return where each key stands, by its path."""
    if isinstance(node, Scalar | Listing):
        return []
    found = []
    for name, inner in node.items.items():
        key = f"{path}.{name}" if path else name
        found.append((key, node.key_places[name]))
        found += _places(inner, key)
    return found

"""The settings as plain values, checked and complete: what daemon.build() needs to put a daemon together.

config/load.py builds these from the files of one directory. Tests and the demo may build them directly; every default is
sound by itself. Secrets stand in ConnectionConfig.secrets only, which no repr shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from rules.errors import Problem
from rules.mapping import ConnectionMap, Place
from rules.policy import Policy
from rules.wording import ENGLISH, ENGLISH_CODE, Words


class LogFormat(StrEnum):
    AUTO = "auto"  # for people on a terminal, JSON elsewhere
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionConfig:
    """One CRM account.

    options: the kind's own settings, checked by its connector. secrets: resolved values by name. interval_s: pause between
    passes that found work; idle_interval_s: what it grows to while nothing happens. daily_share: the part of the CRM's
    daily allowance of calls that Registrar may use. language: of what is written there; None: the installation's.
    """

    name: str
    kind: str
    url: str
    mapping: ConnectionMap
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    interval_s: float = 60.0
    idle_interval_s: float = 300.0
    daily_share: float = 0.5
    is_paused: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """How passes behave: the brakes, the batches, the deadlines.

    brake_share: a pass that would write to more than this share of a connection's linked records stops and asks.
    brake_writes_max, brake_deletions_max: the same in absolute numbers. first_writes_max: the cap while a connection has
    written less than this in all its life. verify_deadline_s, unknown_deadline_s: how long a write may wait to be seen, or
    its outcome stay unknown, before a person is told. drift_rounds_max: how often a day a field is written back before it is
    frozen as a dispute. keep_log_days: how long passes, calls and events are kept; the ledger's entries are kept for ever.
    activation_changes_max: `registrar rules activate` stops when more live registrations than this would change.
    """

    brake_share: float = 0.5
    brake_writes_max: int = 1000
    brake_deletions_max: int = 100
    first_writes_max: int = 200
    lease_s: float = 60.0
    sweep_every_passes: int = 60
    page_limit: int = 10_000
    decide_batch: int = 500
    push_batch: int = 200
    drift_rounds_max: int = 3
    verify_deadline_s: float = 900.0
    dead_letter_attempts: int = 5
    unknown_deadline_s: float = 900.0
    keep_log_days: int = 400
    activation_changes_max: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    format: LogFormat = LogFormat.AUTO
    level: LogLevel = LogLevel.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything of one installation.

    directory: where its files are. ledger_url: an SQLAlchemy URL. places: where each key stands ("connections.hubspot.url"),
    for problems that only show later. words: by language, English always among them.

    policy: what the rules file says; the ledger knows what is in force. policy_source: its text; rules_path: where it is.
    policy_problems: why it could not be read, where the settings are good enough to go on without it. shadow: the policy
    that decides in the shadow; shadow_problems: why there is none although one is named.
    """

    directory: Path
    ledger_url: str = field(repr=False)  # may carry a password
    policy: Policy
    connections: tuple[ConnectionConfig, ...]
    policy_source: str = field(default="", repr=False)
    policy_problems: tuple[Problem, ...] = ()
    rules_path: Path | None = None
    shadow: Policy | None = field(default=None, repr=False)
    shadow_problems: tuple[Problem, ...] = ()
    sync: SyncSettings = SyncSettings()
    log: LogSettings = LogSettings()
    language: str = ENGLISH_CODE
    words: Mapping[str, Words] = field(default_factory=lambda: {ENGLISH_CODE: ENGLISH}, repr=False)
    places: Mapping[str, Place] = field(default_factory=dict, repr=False)

    def connection(self, name: str) -> ConnectionConfig | None:
        """Return the connection of that name, or None."""
        return next((each for each in self.connections if each.name == name), None)

    def words_of(self, connection: str | None = None) -> Words:
        """Return the words for what is written to a connection; None: for people at the command line."""
        found = self.connection(connection) if connection is not None else None
        return self.words[found.language if found is not None and found.language else self.language]

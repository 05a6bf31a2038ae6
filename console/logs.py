"""Configure structlog: for people on a terminal, one JSON object a line elsewhere, to stderr.

Redaction is the last processor before the renderer, so that nothing another processor adds slips past it: known secrets,
bearer tokens and mail addresses are blanked wherever they stand, and so is every field that names a secret or a person.
Records of the standard library's logging (APScheduler's, urllib3's) take the same way.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Collection, Mapping
from typing import Any, Final, TextIO
from urllib.parse import urlsplit

import orjson
import structlog
from structlog.typing import EventDict, Processor

from config.settings import LogFormat, LogSettings, Settings
from connectors.http import redact
from rules.fields import PERSONAL

_SECRETIVE: Final = re.compile(r"(?i)secret|token|password|authorization|cookie|private_key|api_key")
_NOISY: Final = ("alembic", "apscheduler", "urllib3", "hubspot", "simple_salesforce")
_DEPTH_MAX: Final = 6


def configure(log: LogSettings, *, secrets: Collection[str] = (), stream: TextIO | None = None) -> None:
    """Set up logging for this process. secrets: values that no line may show."""
    out = stream or sys.stderr
    is_console = log.format is LogFormat.CONSOLE or (log.format is LogFormat.AUTO and out.isatty())
    level = logging.getLevelNamesMapping()[log.level.upper()]
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: list[Processor] = [Redaction(secrets), _renderer(is_console, out)]
    structlog.configure(
        processors=[*before, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    _take_over_standard_logging(before, last, out, level)


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return every value in the settings that no text may show."""
    found = [value for connection in settings.connections for value in connection.secrets.values()]
    password = urlsplit(settings.ledger_url).password
    return (*found, password) if password else tuple(found)


class Redaction:
    """Blanks secrets and personal data in an event."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        self._secrets = tuple(secrets)

    def __call__(self, logger: Any, method: str, event: EventDict) -> EventDict:
        return {key: self._cleaned(key, value, 0) for key, value in event.items()}

    def _cleaned(self, key: str, value: Any, depth: int) -> Any:
        if _SECRETIVE.search(key):
            return "[secret]"
        if key in PERSONAL:
            return "[personal]"
        if value is None or isinstance(value, bool | int | float):
            return value
        if depth > _DEPTH_MAX:
            return "[deep]"
        if isinstance(value, Mapping):
            return {str(name): self._cleaned(str(name), each, depth + 1) for name, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._cleaned("", each, depth + 1) for each in value]
        return redact(str(value), self._secrets)


class Readable:
    """Tells a pass in one sentence, as `registrar log` does, and leaves every other event to the renderer given."""

    def __init__(self, rest: Processor) -> None:
        self._rest = rest

    def __call__(self, logger: Any, method: str, event: EventDict) -> Any:
        if event.get("event") not in ("pass_finished", "pass_failed") or "verdict" not in event:
            return self._rest(logger, method, event)
        from console.timeline import counts_text

        at, crm, verdict = str(event.get("timestamp", ""))[11:19], event.get("crm"), event["verdict"]
        if verdict == "complete" and not _has_news(event):
            return f"{at}  {crm}: nothing new"
        trouble = str(event["error"]).removeprefix(f"{crm}: ") if event.get("error") else None
        return f"{at}  {crm}: {verdict}: {counts_text(event)}" + (f"; {trouble}" if trouble else "")


def _has_news(counts: Mapping[str, Any]) -> bool:
    """Tell whether a pass received, decided or wrote anything."""
    pulled = counts.get("pull", {}).values()
    fresh = any(each.get("new") or each.get("changed") for each in pulled)
    happened = ("received", "changed", "commands", "drift", "gone")
    return fresh or any(counts.get(name) for name in happened) or bool(counts.get("writes", {}).get("planned"))


def _renderer(is_console: bool, out: TextIO) -> Processor:
    if is_console:
        return Readable(structlog.dev.ConsoleRenderer(colors=out.isatty()))
    return structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str).decode())


def _take_over_standard_logging(before: list[Processor], last: list[Processor], out: TextIO, level: int) -> None:
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NOISY:  # their info is our debug
        logging.getLogger(name).setLevel(max(level, logging.WARNING))

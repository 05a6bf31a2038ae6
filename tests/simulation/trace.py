"""What happened in one world, line by line, and a hash of all of it: two runs of one seed must give the same hash.

The daemon's own log events are lines of the trace, between what the CRMs, the people and the chaos did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import structlog

from connectors.port import Clock

# Fields that a reader of a trace can do without.
_DULL = frozenset({"elapsed_ms"})


class Trace:
    """The lines so far. clock: the world's true time, by which lines are stamped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hash = hashlib.sha256()
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        line = f"{self._clock.now():%d %H:%M:%S}  {text}"
        self.lines.append(line)
        self._hash.update(line.encode())

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()[:16]

    @contextmanager
    def logs(self) -> Iterator[None]:
        """Take the daemon's log, whole, into the trace."""
        structlog.configure(
            processors=[self._logged], wrapper_class=structlog.BoundLogger, cache_logger_on_first_use=False
        )
        try:
            yield
        finally:
            structlog.reset_defaults()

    def _logged(self, _logger: Any, level: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        name = event.pop("event")
        told = " ".join(f"{key}={_word(value)}" for key, value in event.items() if key not in _DULL)
        self.note(f"    {level:7} {name} {told}")
        raise structlog.DropEvent


def _word(value: object) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%S}" if isinstance(value, date | datetime) else str(value)

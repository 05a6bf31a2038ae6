"""API calls made against the least that could have done the job, pass by pass, by the formula of docs/limits.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.rows import RunRow
from rules.fields import Stream
from rules.mapping import ConnectionMap

# Rows a call can carry: pulling, writing with a condition or after a fresh read, reading fresh, looking afterwards,
# comparing keys.
_PULL: Final = {"salesforce": 2000, "hubspot": 200}
_WRITE: Final = {"salesforce": 25, "hubspot": 100}
_READ: Final = {"salesforce": 2000, "hubspot": 100}
_LOOK: Final = {"salesforce": 2000, "hubspot": 50}
_SWEEP: Final = {"salesforce": 2000, "hubspot": 100}
_LINKS: Final = 1000  # rows whose associations of one kind one call tells
_FREE: Final = frozenset({"login", "describe", "check"})  # once a day, whatever happens


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Calls of some passes over one connection. least: what the formula allows for the same rows seen and written."""

    connection: str
    passes: int
    calls: int
    least: int
    rows_seen: int
    rows_written: int

    @property
    def efficiency(self) -> float:
        return self.least / self.calls if self.calls else 1.0


def cost_of(mapping: ConnectionMap, runs: Iterable[RunRow], calls: Mapping[str, tuple[int, int]]) -> Cost:
    """Return the cost of these passes. calls: by purpose, (calls, cost)."""
    runs = list(runs)
    return Cost(
        connection=mapping.connection,
        passes=len(runs),
        calls=sum(count for purpose, (count, _) in calls.items() if purpose not in _FREE),
        least=sum(least_of(mapping, run.counts) for run in runs),
        rows_seen=sum(_seen(run.counts) for run in runs),
        rows_written=sum(_written(run.counts) for run in runs),
    )


def least_of(mapping: ConnectionMap, counts: Mapping[str, Any]) -> int:
    """Return the least calls for what one pass saw and wrote."""
    kind, written = mapping.kind, _written(counts)
    pulled = 0
    for name, each in counts.get("pull", {}).items():
        fields = mapping.streams[Stream(name)].fields.values()
        kinds = {field.association for field in fields if field.association is not None}
        pulled += max(1, _pages(each["seen"], _PULL[kind])) + len(kinds) * _pages(each["new"] + each["changed"], _LINKS)
    swept = _pages(int(counts.get("swept", 0)), _SWEEP[kind])
    return pulled + swept + _pages(written, _READ[kind]) + _pages(written, _WRITE[kind]) + _pages(written, _LOOK[kind])


def _pages(rows: int, size: int) -> int:
    return -(-rows // size)


def _seen(counts: Mapping[str, Any]) -> int:
    return sum(int(each["seen"]) for each in counts.get("pull", {}).values())


def _written(counts: Mapping[str, Any]) -> int:
    return int(counts.get("writes", {}).get("applied", 0))

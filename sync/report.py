"""What a pass did, in numbers that must add up: the tally that the steps write to, and the report that comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ledger.rows import IntakeCounts, Verdict
from rules.errors import InvariantError
from rules.fields import Stream, Values
from rules.records import CrmRef


class Skipped(StrEnum):
    """Why no pass was run at all."""

    LEASE_HELD = "lease_held"
    PAUSED = "paused"
    BLOCKED = "blocked"
    EXHAUSTED = "exhausted"


@dataclass(slots=True, kw_only=True)
class Writes:
    """The planned writes of a pass by what became of them; `planned` is the sum of the others."""

    planned: int = 0
    applied: int = 0
    refused: int = 0  # certainly not applied: tried again, or a dead letter
    unknown: int = 0  # read back before anything else
    postponed: int = 0  # the row changed or is too young: planned anew in the next pass

    def postpone_rest(self) -> None:
        """Count what was planned and not reached as postponed."""
        self.postponed += self.planned - self.applied - self.refused - self.unknown - self.postponed

    @property
    def is_sound(self) -> bool:
        return self.planned == self.applied + self.refused + self.unknown + self.postponed


@dataclass(slots=True, kw_only=True)
class Tally:
    """The counts of a pass while it runs. problems: what makes it partial, each a sentence for support."""

    pulled: dict[Stream, IntakeCounts] = field(default_factory=dict)
    swept: int = 0
    gone: int = 0
    resolved: int = 0
    received: int = 0
    decided: int = 0
    changed: int = 0  # decisions that changed something
    shadowed: int = 0  # decisions taken in the shadow, too
    disagreed: int = 0  # those of them that would have been others
    unregistered: int = 0  # opportunities found that name a partner and have no registration
    commands: int = 0
    waiting: int = 0  # claims left dirty for the next pass
    drift: int = 0
    frozen: int = 0
    dead: int = 0
    verified: int = 0
    writes: Writes = field(default_factory=Writes)
    problems: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, Any]:
        """Return the counts as plain values; raise InvariantError when they do not add up."""
        if not self.writes.is_sound:
            raise InvariantError(f"the writes of this pass do not add up: {self.writes}")
        return {
            "pull": {
                str(stream): {
                    "seen": each.seen,
                    "new": each.new,
                    "changed": each.changed,
                    "unchanged": each.unchanged,
                    "stale": each.stale,
                    "echo": each.echo,
                    "quarantined": each.quarantined,
                }
                for stream, each in self.pulled.items()
            },
            "swept": self.swept,
            "gone": self.gone,
            "resolved": self.resolved,
            "received": self.received,
            "decided": self.decided,
            "changed": self.changed,
            "shadowed": self.shadowed,
            "disagreed": self.disagreed,
            "unregistered": self.unregistered,
            "commands": self.commands,
            "waiting": self.waiting,
            "drift": self.drift,
            "frozen": self.frozen,
            "dead": self.dead,
            "verified": self.verified,
            "writes": {
                "planned": self.writes.planned,
                "applied": self.writes.applied,
                "refused": self.writes.refused,
                "unknown": self.writes.unknown,
                "postponed": self.writes.postponed,
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A write that the remote record's state forbids at present. why: the sentence of rules/locks.py."""

    registration_id: str
    ref: CrmRef
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassReport:
    """One pass over one connection. verdict is None when it was skipped.

    is_busy: something happened or is waiting, so that the next pass should come soon. resume_at: when the allowance is
    expected back. touched: connections with links that wait for a push because of this pass.
    """

    connection: str
    verdict: Verdict | None
    skipped: Skipped | None = None
    run_id: int | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    error: str | None = None
    started_at: datetime | None = None
    elapsed_ms: int = 0
    is_busy: bool = False
    resume_at: datetime | None = None
    touched: frozenset[str] = frozenset()

    @property
    def writes(self) -> int:
        """Return how many writes the CRM took."""
        return int(self.counts.get("writes", {}).get("applied", 0))

    @property
    def decisions(self) -> int:
        return int(self.counts.get("decided", 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWrite:
    """One write as `plan` shows it: which row, from what to what, and why."""

    connection: str
    registration_id: str
    ref: CrmRef
    stream: Stream
    before: Values
    values: Values
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be pushed now. braked: why nothing would be sent, by connection. held: what waits for the remote record."""

    writes: tuple[PlannedWrite, ...] = ()
    held: tuple[Held, ...] = ()
    braked: Mapping[str, str] = field(default_factory=dict)
    reports: tuple[PassReport, ...] = ()

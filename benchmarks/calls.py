"""API calls as made, against the least that the formula of docs/limits.md allows for the same rows.

Both CRMs stand in this process behind the real client libraries, on a simulated clock: what is counted are requests, not
time. Three situations: a pass over a quiet world, a pass after people changed rows, and the same with claims to answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import requests

from benchmarks import crms
from benchmarks.ours import config_of, mapping_of
from config.settings import Settings, SyncSettings
from daemon import Daemon, build
from ledger import intents, registrations, runs
from ledger.rows import Intent
from rules.policy import Policy
from sandbox.clock import SimClock
from sandbox.hubspot.portal import Portal
from sandbox.salesforce.org import Org
from sandbox.transport import WsgiAdapter, WsgiPool

KINDS: Final = ("salesforce", "hubspot")
_START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
_QUIET_S: Final = 7_200.0  # longer than every look-back but the hourly wide one of HubSpot
_IDLE_PASSES: Final = 10

# Rows that one call carries. A status is written after a fresh read; in Salesforce under a condition too, 25 to a call.
_PULL: Final = {"salesforce": 2000, "hubspot": 200}
_FRESH: Final = {"salesforce": 2000, "hubspot": 100}
_PUSH_STATUS: Final = {"salesforce": 25, "hubspot": 100}
_PUSH_PLAIN: Final = {"salesforce": 200, "hubspot": 100}
_LOOK: Final = {"salesforce": 2000, "hubspot": 50}
_LINKS: Final = 1000
_FREE: Final = frozenset({"login", "describe", "check"})
_LINKED: Final = ("opportunities", "submissions")  # HubSpot's streams that hold associations


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Calls of one or several passes. least: by purpose, what the formula allows; actual: what was made.

    Logins and descriptions of fields are made once in hours whatever happens, so they do not count for the efficiency.
    """

    kind: str
    what: str
    passes: int
    seen: int
    written: int
    least: Mapping[str, int]
    actual: Mapping[str, int]

    @property
    def efficiency(self) -> float:
        counted = sum(count for purpose, count in self.actual.items() if purpose not in _FREE)
        return sum(self.least.values()) / max(1, counted)


def count_calls(*, rows: int, changed: int, claims: int) -> list[Count]:
    """Return the counts of both CRMs. rows: on file in each; changed, claims: what people do before the busy passes."""
    with _staged(rows) as stage:
        for _ in range(3):
            stage.clock.advance(_QUIET_S)
            stage.daemon.run_once()
        found = [_idle(stage, kind) for kind in KINDS]
        stage.daemon.run_once()
        _edit(stage, changed)
        found += [_pass(stage, kind, "rows changed") for kind in KINDS]
        stage.clock.advance(_QUIET_S)
        stage.daemon.run_once()
        _edit(stage, changed)
        today = stage.clock.now().date()
        crms.submit_to_salesforce(stage.org, claims, today=today)
        crms.submit_to_hubspot(stage.portal, claims, first=claims, today=today)
        found += [_pass(stage, kind, "rows changed, claims answered") for kind in KINDS]
    return found


def _edit(stage: _Stage, changed: int) -> None:
    crms.edit_opportunities(stage.org, range(changed))
    crms.edit_deals(stage.portal, range(changed))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    clock: SimClock
    org: Org
    portal: Portal
    daemon: Daemon


@contextmanager
def _staged(rows: int) -> Iterator[_Stage]:
    clock = SimClock(_START)
    org, portal = crms.build_salesforce(rows, clock=clock), crms.build_hubspot(rows, clock=clock)
    session = requests.Session()
    session.mount("https://", WsgiAdapter(org.app, clock=clock))
    transports: dict[str, Any] = {"salesforce": session, "hubspot": WsgiPool(portal.app, clock=clock)}
    with TemporaryDirectory(prefix="registrar-bench-") as directory:
        settings = Settings(
            directory=Path(directory),
            ledger_url=f"sqlite:///{directory}/ledger.db",
            policy=Policy(hash="benchmark"),
            connections=(
                config_of(
                    "salesforce",
                    org.login,
                    url="https://vendor.my.salesforce.com",
                    mapping=mapping_of("salesforce"),
                    options={"bulk_threshold_rows": 10**9},
                ),
                config_of("hubspot", portal.login, url="https://api.hubapi.com", mapping=mapping_of("hubspot")),
            ),
            sync=SyncSettings(sweep_every_passes=1_000_000),
        )
        daemon = build(settings, clock=clock, transports=transports)
        try:
            yield _Stage(clock=clock, org=org, portal=portal, daemon=daemon)
        finally:
            daemon.close()


def _idle(stage: _Stage, kind: str) -> Count:
    """Count passes a minute apart in which nothing happens."""
    stage.clock.advance(_QUIET_S)
    stage.daemon.engine.tick(kind)
    counts = [_pass(stage, kind, "nothing happened") for _ in range(_IDLE_PASSES)]
    return Count(
        kind=kind,
        what="nothing happened",
        passes=len(counts),
        seen=sum(each.seen for each in counts),
        written=sum(each.written for each in counts),
        least=_sum(each.least for each in counts),
        actual=_sum(each.actual for each in counts),
    )


def _pass(stage: _Stage, kind: str, what: str) -> Count:
    stage.clock.advance(60.0)
    since = stage.clock.now()
    before = {each.intent_id for each in _intents(stage, kind)}
    done = stage.daemon.engine.tick(kind, is_approved=True)
    if done.verdict != "complete":
        raise RuntimeError(f"{kind}, {what}: {done.verdict}: {done.error} {done.problems}")
    with stage.daemon.ledger.read() as tx:
        actual = {purpose: count for purpose, (count, _) in runs.calls_since(tx, kind, since).items()}
    written = [each for each in _intents(stage, kind) if each.intent_id not in before]
    with_status = sum("status" in each.values for each in written)
    seen = {stream: each["seen"] for stream, each in done.counts["pull"].items()}
    return Count(
        kind=kind,
        what=what,
        passes=1,
        seen=sum(seen.values()),
        written=done.writes,
        least=least(kind, seen, status=with_status, plain=len(written) - with_status),
        actual=actual,
    )


def _intents(stage: _Stage, kind: str) -> list[Intent]:
    with stage.daemon.ledger.read() as tx:
        held = registrations.listing(tx, limit=100_000)
        found = [each for one in held for each in intents.of_registration(tx, one.registration_id)]
    return [each for each in found if each.ref.connection == kind]


def least(kind: str, seen: Mapping[str, int], *, status: int, plain: int) -> dict[str, int]:
    """Return the least calls by purpose of one pass, by the formula of docs/limits.md.

    seen: rows by stream. status, plain: rows to write with and without a status.
    """
    found = {
        "pull": sum(max(1, _pages(rows, _PULL[kind])) for rows in seen.values()),
        "read": _pages(status, _FRESH[kind]),
        "push": _pages(status, _PUSH_STATUS[kind]) + _pages(plain, _PUSH_PLAIN[kind]),
        "look": _pages(status, _LOOK[kind]),
    }
    if kind == "hubspot":
        found["push"] = _pages(status + plain, _PUSH_STATUS[kind])  # one batch takes both
        found["pull"] += sum(_pages(seen[stream], _LINKS) for stream in _LINKED if stream in seen)
        found["read"] += _pages(status, _LINKS)
    return {purpose: count for purpose, count in found.items() if count}


def _pages(rows: int, size: int) -> int:
    return -(-rows // size)


def _sum(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for counts in several:
        for purpose, count in counts.items():
            total[purpose] = total.get(purpose, 0) + count
    return total

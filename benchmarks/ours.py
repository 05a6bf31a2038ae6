"""One pass of Registrar over one CRM, measured: the real connector, the real intake, a real SQLite ledger.

`python -m benchmarks.ours '{"kind": ..., "url": ..., "login": ..., "database": ..., "streams": [...], "options": {...}}'`.
What is measured is the whole pass as the daemon runs it: login, pull, translate, gate, store, decide, verdict.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import report
from config.mapping import load_mapping
from config.settings import ConnectionConfig, LogFormat, LogSettings, Settings, SyncSettings
from connectors import registry
from console import logs
from daemon import Daemon, build, spare_startup
from ledger import runs
from rules.fields import Stream
from rules.mapping import ConnectionMap
from rules.policy import Policy

SECRETS: Final = {"salesforce": ("client_id", "client_secret"), "hubspot": ("access_token",)}


class UnpacedClock:
    """The machine's clock, on which no wait takes time: how long a CRM's limits make one wait is no cost of ours."""

    def __init__(self) -> None:
        self._skipped_s = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        self._skipped_s += seconds

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped_s


def mapping_of(kind: str, streams: Sequence[str] = ()) -> ConnectionMap:
    """Return the reference mapping; streams: only these, all when none is named."""
    mapping = load_mapping(kind, kind, defaults=registry.fields_path(kind))
    if not streams:
        return mapping
    return replace(mapping, streams={Stream(name): mapping.streams[Stream(name)] for name in streams})


def config_of(
    kind: str, login: Mapping[str, str], *, url: str, mapping: ConnectionMap, options: Mapping[str, Any] | None = None
) -> ConnectionConfig:
    """Return the connection as an admin would configure it, with the whole daily allowance."""
    return ConnectionConfig(
        name=kind,
        kind=kind,
        url=url,
        mapping=mapping,
        options=options or {},
        secrets={name: login[name] for name in SECRETS[kind]},
        daily_share=1.0,
    )


def daemon_of(plan: Mapping[str, Any]) -> Daemon:
    """Return the daemon of a plan, ready for its pass: opened ledger, built connector, no call made yet."""
    kind = plan["kind"]
    config = config_of(
        kind,
        plan["login"],
        url=plan["url"],
        mapping=mapping_of(kind, plan.get("streams", ())),
        options=plan.get("options", {}),
    )
    settings = Settings(
        directory=Path(plan["database"]).parent,
        ledger_url=f"sqlite:///{plan['database']}",
        policy=Policy(hash="benchmark"),
        connections=(config,),
        sync=SyncSettings(sweep_every_passes=1_000_000),
    )
    return build(settings, clock=UnpacedClock())


def one_pass(daemon: Daemon, kind: str) -> dict[str, Any]:
    """Run one pass and return what it did; raise RuntimeError when it did not end well."""
    done = daemon.engine.tick(kind, is_approved=True)
    if done.verdict != "complete":
        raise RuntimeError(f"{done.verdict}: {done.error} {done.problems}")
    pulled = done.counts["pull"]
    with daemon.ledger.read() as tx:
        calls = runs.calls_since(tx, kind, datetime(2000, 1, 1, tzinfo=UTC))
    return {
        "rows": sum(each["seen"] for each in pulled.values()),
        "new": sum(each["new"] for each in pulled.values()),
        "changed": sum(each["changed"] for each in pulled.values()),
        "received": done.counts["received"],
        "decided": done.counts["decided"],
        "writes": done.counts["writes"]["applied"],
        "calls": {purpose: count for purpose, (count, _) in calls.items()},
    }


def main() -> None:
    """Run the plan of the command line and print its figure."""
    plan = json.loads(sys.argv[1])
    logs.configure(LogSettings(format=LogFormat.JSON), stream=io.StringIO())
    daemon = daemon_of(plan)
    spare_startup()
    report(lambda: one_pass(daemon, plan["kind"]))
    daemon.close()


if __name__ == "__main__":
    main()

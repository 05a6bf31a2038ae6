"""One CRM of the benchmarks on loopback, in a process of its own, so that what is measured is its client alone.

`python -m benchmarks.server salesforce 100000` prints one JSON line with address and login and serves until its standard
input ends. Each line there is one order as JSON, answered by one JSON line when it is done:
{"claims": 50} submits registrations for the customers of the newest opportunities, {"edit": 1000} changes the newest ones.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import crms
from sandbox.clock import RealClock
from sandbox.salesforce.org import Org
from sandbox.serve import HttpServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A CRM that runs. login: what a client needs to get in."""

    kind: str
    rows: int
    url: str
    login: Mapping[str, str]
    process: subprocess.Popen[str]

    def plan(self, database: Path, *, streams: Sequence[str] = (), options: Mapping[str, Any] | None = None) -> str:
        """Return the plan of a pass over this CRM, for benchmarks.ours."""
        about = {"kind": self.kind, "url": self.url, "login": self.login, "database": str(database)}
        return json.dumps(about | {"streams": list(streams), "options": options or {}})

    def order(self, **what: int) -> Any:
        """Have something done in the CRM and wait for it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def serving(kind: str, rows: int) -> Iterator[Serving]:
    """Start a CRM with that many opportunities or deals, and end it afterwards."""
    command = [sys.executable, "-m", "benchmarks.server", kind, str(rows)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            about = json.loads(process.stdout.readline())
            yield Serving(kind=kind, rows=rows, url=about["url"], login=about["login"], process=process)
        finally:
            process.terminate()


def main() -> None:
    """Serve until the standard input ends."""
    kind, rows = sys.argv[1], int(sys.argv[2])
    clock = RealClock()
    build = crms.build_salesforce if kind == "salesforce" else crms.build_hubspot
    crm = build(rows, clock=clock)
    server = HttpServer(crm.app, clock=clock)
    _say({"url": server.url, "login": crm.login})
    for line in sys.stdin:
        assert isinstance(crm, Org), "only Salesforce takes orders"
        _say(_obey(crm, rows, json.loads(line)))
    server.close()


def _obey(org: Org, rows: int, order: Mapping[str, int]) -> dict[str, int]:
    newest = range(rows - 1, -1, -1)
    if "claims" in order:
        accounts = crms.accounts_of(org, newest[: order["claims"] * 40])[: order["claims"]]
        crms.submit_for_accounts(org, accounts, today=RealClock().now().date())
        return {"claims": len(accounts)}
    numbers = newest[: order["edit"]]
    crms.edit_opportunities(org, numbers)
    return {"edit": len(numbers)}


def _say(what: Mapping[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()

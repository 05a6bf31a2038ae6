"""A busy pass over a large ledger: 1,000 opportunities changed, some of them at customers of live claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Figure, in_process
from benchmarks.server import serving


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyPass:
    """first: the backfill that filled the ledger. quiet: a pass in which nothing had happened. busy: the one measured."""

    opportunities: int
    claims: int
    changed: int
    first: Figure
    quiet: Figure
    busy: Figure


def changed_rows_pass(opportunities: int, *, changed: int, claims: int) -> BusyPass:
    """Fill a ledger, let people change rows, and measure the pass that follows: our process alone."""
    with serving("salesforce", opportunities) as crm, TemporaryDirectory(prefix="registrar-bench-") as directory:
        plan = crm.plan(Path(directory) / "ledger.db")
        made: Mapping[str, int] = crm.order(claims=claims)
        first = in_process("benchmarks.ours", plan)
        quiet = in_process("benchmarks.ours", plan)
        crm.order(edit=changed)
        busy = in_process("benchmarks.ours", plan)
    return BusyPass(
        opportunities=opportunities, claims=made["claims"], changed=changed, first=first, quiet=quiet, busy=busy
    )

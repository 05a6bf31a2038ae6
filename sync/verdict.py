"""How a pass ended, in one word and in one report: what is stored with the run, logged and shown."""

from __future__ import annotations

from typing import Final

from ledger.rows import Verdict
from rules.errors import DealError
from sync.events import emit
from sync.passes import Pass
from sync.report import PassReport

PROBLEMS_MAX: Final = 50  # sentences kept with a run


def verdict_of(p: Pass, error: DealError | None) -> Verdict:
    """Return how a pass ended; anything that support should see makes it partial."""
    if error is not None:
        return Verdict.FAILED
    if p.braked:
        return Verdict.BRAKED
    writes = p.tally.writes
    return Verdict.PARTIAL if p.tally.problems or writes.refused or writes.unknown else Verdict.COMPLETE


def problems(p: Pass) -> dict[str, list[str]]:
    """Return what is stored of the problems with the run."""
    return {"problems": p.tally.problems[:PROBLEMS_MAX]} if p.tally.problems else {}


def report(p: Pass, verdict: Verdict, error: DealError | None) -> PassReport:
    """Return what a pass did, and tell it in one line of the log."""
    counts = p.tally.counts()
    writes = counts["writes"]
    moved = sum(each.new + each.changed for each in p.tally.pulled.values())
    told = PassReport(
        connection=p.name,
        verdict=verdict,
        run_id=p.run_id,
        counts=counts,
        problems=tuple(p.tally.problems),
        error=error.message if error is not None else "; ".join(p.braked) or None,
        started_at=p.started_at,
        elapsed_ms=round((p.clock.monotonic() - p.started_s) * 1000),
        is_busy=bool(moved or p.tally.changed or writes["planned"] or p.tally.waiting),
        resume_at=p.resume_at,
        touched=frozenset(p.touched),
    )
    emit(
        "pass_failed" if verdict is Verdict.FAILED else "pass_finished",
        pass_id=p.pass_id,
        crm=p.name,
        verdict=verdict,
        elapsed_ms=told.elapsed_ms,
        error=told.error,
        **{name: value for name, value in counts.items() if name != "pull" and value},
        pull={name: {key: n for key, n in each.items() if n} for name, each in counts["pull"].items()},
    )
    return told

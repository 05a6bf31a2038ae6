"""The demo's story: set up, work through some simulated days while people edit, let it become quiet, then check.

The sandbox's clock is given to the daemon, so days pass in seconds. Everything else is as in an installation: the same
configuration files, the same client libraries over HTTP, the same passes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from config.settings import LogLevel, LogSettings
from console import logs
from console.demo import show
from console.demo.agreement import Agreement, compare
from console.demo.cost import Cost, cost_of
from console.demo.stage import Stage, staged
from console.exit_codes import Exit
from console.screen import Screen
from ledger import runs
from ledger.rows import RunRow, Verdict
from sandbox.port import connect
from sync.report import PassReport

_ROUND: Final = timedelta(hours=1)
_SETTLE: Final = timedelta(minutes=20)  # beyond both look-backs' lag, so that every stamp is safely in the past
_QUIET_ROUNDS_MAX: Final = 6
_RUNS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line asked for. stay None: stay up on a terminal only."""

    days: int = 5
    seed: int = 1
    scale: float = 1.0
    ledger_url: str | None = None
    keep: Path | None = None
    stay: bool | None = None


def run(screen: Screen, wanted: Wanted) -> Exit:
    """Play the demo. DONE when both CRMs agree with the ledger and a last pass writes nothing, FINDINGS otherwise."""
    logs.configure(LogSettings(level=LogLevel.ERROR))
    started = time.perf_counter()
    screen.line("Setting up two simulated CRMs on loopback and a configuration as `registrar init` writes it ...")
    with staged(seed=wanted.seed, scale=wanted.scale, ledger_url=wanted.ledger_url, keep=wanted.keep) as stage:
        org, portal = stage.world.salesforce, stage.world.hubspot
        screen.line(
            f"  Salesforce: {org.count('Opportunity'):,} opportunities, {org.count('Account'):,} accounts; "
            f"HubSpot: {portal.count('deals'):,} deals, {portal.count('companies'):,} companies; "
            f"{stage.world.campaign.partners} partners, {stage.world.campaign.count} submissions in all"
        )
        begun = stage.clock.now()
        screen.line("First pass: reading both CRMs, taking over what people had decided before ...")
        _tell(screen, stage.clock.now(), stage.daemon.run_once())
        first_read_ended = stage.clock.now()
        _days(screen, stage, wanted.days)
        is_quiet = _become_quiet(screen, stage)
        is_good = _show(screen, stage, begun=begun, first_read_ended=first_read_ended) and is_quiet
        screen.line(f"Took {time.perf_counter() - started:.0f} s for {wanted.days} simulated days.")
        if wanted.keep is not None:
            screen.line(f"Configuration and ledger stay in {wanted.keep}.")
        _stay(screen, stage, wanted.stay)
    return Exit.DONE if is_good else Exit.FINDINGS


def _days(screen: Screen, stage: Stage, days: int) -> None:
    """Let people work, with a pass over both CRMs every hour."""
    screen.line(f"{days} simulated days, a pass over both CRMs every hour, while partners submit and people edit ...")
    for day in range(1, days + 1):
        acts = len(stage.world.people.acts)
        reports: list[PassReport] = []
        while stage.clock.now() < stage.world.campaign.start + timedelta(days=day):
            stage.clock.advance(_ROUND)
            reports += stage.daemon.run_once()
        screen.line(f"  day {day}: people did {len(stage.world.people.acts) - acts} things")
        _tell(screen, stage.clock.now(), reports)


def _tell(screen: Screen, now: datetime, reports: Sequence[PassReport]) -> None:
    """Print one line for each connection: its passes added up."""
    for name in dict.fromkeys(each.connection for each in reports):
        mine = [each for each in reports if each.connection == name]
        seen = sum(int(one["seen"]) for each in mine for one in each.counts.get("pull", {}).values())
        verdicts = sorted({str(each.verdict or each.skipped) for each in mine})
        screen.line(
            f"  {now:%a %H:%M} {name}: {len(mine)} pass{'es' if len(mine) > 1 else ''} ({', '.join(verdicts)}), "
            f"{seen:,} rows read, {sum(each.decisions for each in mine):,} cases decided, "
            f"{sum(each.writes for each in mine):,} rows written"
        )
        for problem in [text for each in mine for text in (*each.problems, *filter(None, [each.error]))][:3]:
            screen.line(f"    {problem}")


def _become_quiet(screen: Screen, stage: Stage) -> bool:
    """Have everybody stop, and return whether passes soon find nothing more to write."""
    screen.line("Everybody stops; passes go on until nothing is left to write ...")
    stage.world.people.is_still = True
    for number in range(1, _QUIET_ROUNDS_MAX + 1):
        stage.clock.advance(_SETTLE)
        reports = stage.daemon.run_once()
        written = sum(each.writes for each in reports)
        screen.line(f"  round {number}: {written:,} rows written")
        if not written and all(each.verdict is Verdict.COMPLETE for each in reports):
            return True
    return False


def _show(screen: Screen, stage: Stage, *, begun: datetime, first_read_ended: datetime) -> bool:
    """Print everything and return whether the CRMs agree with the ledger."""
    ledger = stage.daemon.ledger
    screen.line()
    show.outcomes(screen, ledger)
    screen.line()
    show.conflict(screen, ledger)
    screen.line()
    show.pushed(screen, ledger)
    screen.line()
    show.costs(screen, _costs(stage, begun=begun, first_read_ended=first_read_ended))
    screen.line()
    stores = {each.name: connect(stage.world, each.mapping) for each in stage.settings.connections}
    found = compare(stores, stage.settings, ledger)
    show.agreement(screen, found)
    screen.line(_verdict(found))
    return not found.differences


def _verdict(found: Agreement) -> str:
    if found.differences:
        return f"NOT in agreement: {len(found.differences):,} differences."
    return "Salesforce, HubSpot and the ledger agree."


def _costs(stage: Stage, *, begun: datetime, first_read_ended: datetime) -> list[tuple[str, Cost]]:
    """Return the cost of the first read and of the passes after it, by connection."""
    found: list[tuple[str, Cost]] = []
    with stage.daemon.ledger.read() as tx:
        for config in stage.settings.connections:
            passes: list[RunRow] = runs.listing(tx, _RUNS_MAX, connection=config.name)
            first = [each for each in passes if each.started_at < first_read_ended]
            later = [each for each in passes if each.started_at >= first_read_ended]
            total = runs.calls_since(tx, config.name, begun)
            after = runs.calls_since(tx, config.name, first_read_ended)
            before = {name: (count - after.get(name, (0, 0))[0], 0) for name, (count, _) in total.items()}
            found.append(("first read", cost_of(config.mapping, first, before)))
            found.append(("after", cost_of(config.mapping, later, after)))
    return found


def _stay(screen: Screen, stage: Stage, stay: bool | None) -> None:
    """Keep both CRMs up for a look, on a terminal or when asked, until Ctrl-C."""
    if not (screen.is_terminal if stay is None else stay):
        return
    screen.line(
        f"Both CRMs stay up: Salesforce at {stage.served.salesforce_url}, HubSpot at {stage.served.hubspot_url}. "
        "Ctrl-C ends."
    )
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        screen.line("Ended.")

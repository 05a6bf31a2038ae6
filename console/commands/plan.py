"""Show what a pass would write, field by field, and why; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.commands.passes import exit_of, unknown_connection
from console.exit_codes import Exit
from console.screen import Screen
from console.session import located, settings_of

if TYPE_CHECKING:
    from sync.report import Plan


def run(screen: Screen, directory: Path, connections: Sequence[str]) -> Exit:
    """Print the plan. Exit BRAKED when the brakes would stop it."""
    import daemon
    from config.settings import LogLevel, LogSettings
    from console.logs import configure, secrets_of

    settings = settings_of(directory)
    unknown = unknown_connection(settings, connections)
    if unknown is not None:
        screen.talk(unknown)
        return Exit.MISUSE
    configure(LogSettings(format=settings.log.format, level=LogLevel.WARNING), secrets=secrets_of(settings))

    with located(settings):
        running = daemon.build(settings)
    try:
        plan = _together([running.plan(name) for name in connections] if connections else [running.plan()])
    finally:
        running.close()
    if screen.is_json:
        screen.json(plan)
    else:
        _show(screen, plan)
    return Exit.BRAKED if plan.braked else exit_of(plan.reports)


def _together(plans: Sequence[Plan]) -> Plan:
    from sync.report import Plan

    return Plan(
        writes=tuple(write for each in plans for write in each.writes),
        braked={name: why for each in plans for name, why in each.braked.items()},
        reports=tuple(report for each in plans for report in each.reports),
    )


def _show(screen: Screen, plan: Plan) -> None:
    rows = [
        (
            each.connection,
            each.registration_id,
            str(each.ref),
            name,
            _word(each.before.get(name)),
            _word(value),
            each.why,
        )
        for each in plan.writes
        for name, value in each.values.items()
        if name != "rev"  # our own witness; it changes with every write
    ]
    screen.table(("connection", "registration", "record", "field", "is", "will be", "why"), rows)
    for connection, why in plan.braked.items():
        screen.talk(f"{connection}: the brakes would stop this: {why}")
    for report in plan.reports:
        for problem in (*([report.error] if report.error else []), *report.problems):
            screen.talk(f"{report.connection}: {problem}")
    records = len(plan.writes)
    screen.talk(f"{records} record{'' if records == 1 else 's'} would be written. No CRM was written to.")


def _word(value: Any) -> str:
    if value is None:
        return "(empty)"
    return "; ".join(value) if isinstance(value, list) else str(value)

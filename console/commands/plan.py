"""Show what a pass would write and why, summed up and field by field; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.commands.passes import exit_of, named, once_logs, troubles_of, unknown_connection
from console.exit_codes import Exit
from console.screen import Screen, counted, shortened
from console.session import located, settings_of

if TYPE_CHECKING:
    from config.settings import Settings
    from daemon import Daemon
    from ledger.engine import Ledger
    from rules.records import Registration
    from rules.wording import Words
    from sync.report import Plan

_VALUE_MAX: Final = 48  # of a field's value in the table; --json has all of it


def run(screen: Screen, directory: Path, connections: Sequence[str]) -> Exit:
    """Print the plan. Exit BRAKED when the brakes would stop it."""
    import daemon

    settings = settings_of(directory, is_lenient=True)
    unknown = unknown_connection(settings, connections)
    if unknown is not None:
        screen.talk(unknown)
        return Exit.MISUSE
    once_logs(settings)
    with located(settings):
        running = daemon.build(settings)
    try:
        plan = _together([running.plan(name) for name in connections] if connections else [running.plan()])
        known = _registrations(plan, running.ledger)
        words = _words(running, settings)
        troubles = [line for each in plan.reports for line in troubles_of(each, running.ledger)]
    finally:
        running.close()
    plan = replace(
        plan, writes=tuple(replace(each, why=_why(known.get(each.registration_id), words)) for each in plan.writes)
    )
    if screen.is_json:
        screen.json(plan)
    else:
        _show(screen, plan, known, troubles)
    return Exit.BRAKED if plan.braked else exit_of(plan.reports)


def _together(plans: Sequence[Plan]) -> Plan:
    from sync.report import Plan

    return Plan(
        writes=tuple(write for each in plans for write in each.writes),
        held=tuple(write for each in plans for write in each.held),
        braked={name: why for each in plans for name, why in each.braked.items()},
        reports=tuple(report for each in plans for report in each.reports),
    )


def _words(running: Daemon, settings: Settings) -> Words:
    from console.in_force import policy_in_force, words_of

    with running.ledger.read() as tx:
        return words_of(settings, policy_in_force(tx, settings, now=datetime.now(UTC)))


def _registrations(plan: Plan, ledger: Ledger) -> dict[str, Registration]:
    from ledger import registrations

    with ledger.read() as tx:
        return registrations.get_many(tx, {each.registration_id for each in plan.writes})


def _why(registration: Registration | None, words: Words) -> str:
    """Return the reason code that a registration stands at, with its sentence."""
    if registration is None:
        return ""
    told = words.support(registration.reason) or words.partner(registration.reason)
    return f"{registration.reason}: {told}" if told else registration.reason


def _show(screen: Screen, plan: Plan, known: Mapping[str, Registration], troubles: Sequence[str]) -> None:
    _show_summary(screen, plan, known)
    rows = [
        (
            each.connection,
            each.registration_id,
            f"{each.ref.object_name}/{each.ref.record_id}",
            name,
            shortened(_word(each.before.get(name)), _VALUE_MAX),
            shortened(_word(value), _VALUE_MAX),
            each.why,
        )
        for each in plan.writes
        for name, value in each.values.items()
        if name != "rev"  # our own witness; it changes with every write
    ]
    columns = ("connection", "registration", "record", "field", "is", "will be", "why")
    screen.table(columns, rows, title="Every field", prose={"is", "will be", "why"})
    held = [(each.registration_id, str(each.ref), each.why) for each in plan.held]
    screen.table(("registration", "record", "why"), held, title="Held back by the remote record's state", prose={"why"})
    for connection, why in plan.braked.items():
        screen.talk(f"{connection}: the brakes would stop this: {why.removeprefix(f'{connection}: ')}")
    told = {named(connection, why) for connection, why in plan.braked.items()}
    for line in troubles:
        if line not in told:
            screen.talk(line)
    screen.talk(f"{counted(len(plan.writes), 'record')} would be written. No CRM was written to.")


def _show_summary(screen: Screen, plan: Plan, known: Mapping[str, Registration]) -> None:
    groups = Counter(
        (each.connection, each.ref.object_name, str(holder.status), each.why)
        for each in plan.writes
        if (holder := known.get(each.registration_id)) is not None
    )
    rows = [(*group[:3], count, group[3]) for group, count in sorted(groups.items())]
    columns = ("connection", "object", "status", "records", "why")
    screen.table(columns, rows, title="What would be written", prose={"why"})


def _word(value: Any) -> str:
    if value is None:
        return "(empty)"
    return "; ".join(value) if isinstance(value, list) else str(value)

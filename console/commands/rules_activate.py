"""Put the rules file in force: checked, compared with what is in force, and stopped where too much would change.

The rules become another version in the ledger; open claims are decided by the version in force at the event that
`applies_by` names, registered ones keep the terms they have.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from console.exit_codes import Exit
from console.screen import Screen, counted, moment
from console.session import ledger_of, settings_of

if TYPE_CHECKING:
    from config.settings import Settings
    from ledger.engine import Ledger, Tx
    from rules.difference import Change
    from rules.policy import Policy

_SHOWN_MAX: Final = 20
_HASH_SHOWN: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How to activate. effective: first day; None: from now on. changes_max: None: as the settings say."""

    effective: str | None = None
    changes_max: int | None = None
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What an activation would change. live: registrations that have not ended; changes: those of them that differ."""

    decisions: int
    live: int
    changes: Sequence[Change]


def run(screen: Screen, directory: Path, wanted: Wanted) -> Exit:
    """Activate the rules file. Exit MISUSE for rules that cannot be used, UNCONFIRMED when too much would change."""
    from ledger import policies

    settings = settings_of(directory)
    now = datetime.now(UTC)
    since = _first_moment(wanted.effective, settings.policy.zone) if wanted.effective is not None else now
    if since is None:
        screen.talk(f"--effective {wanted.effective!r} is no day; write it like 2026-07-01.")
        return Exit.MISUSE
    if not _is_usable(screen, settings):
        return Exit.MISUSE
    with ledger_of(settings) as ledger:
        with ledger.read() as tx:
            active = policies.active(tx)
            if active is not None and active.hash == settings.policy.hash and wanted.effective is None:
                screen.talk(f"These rules ({_named(settings.policy)}) are in force already.")
                return Exit.DONE
            current = _readable(tx, settings, active.hash) if active is not None else None
            outlook = _outlook(screen, tx, current, settings.policy, now) if current is not None else None
        if outlook is not None and not _may_go_on(screen, settings, outlook, wanted):
            return Exit.UNCONFIRMED
        _activate(ledger, settings, since, now, is_first=active is None)
    _tell(screen, settings, outlook, since)
    return Exit.DONE


def _first_moment(day: str, zone: str) -> datetime | None:
    from rules.windows import end_of_day

    try:
        return end_of_day(date.fromisoformat(day) - timedelta(days=1), zone)
    except (ValueError, OverflowError):
        return None


def _is_usable(screen: Screen, settings: Settings) -> bool:
    """Tell whether the check finds no error; warnings are told and do not stop it."""
    from config.check.findings import Severity
    from config.check.run import check_rules
    from connectors import registry

    assert settings.rules_path is not None, settings.directory
    report = check_rules(settings.rules_path, fields_path=registry.fields_path)
    for each in report.findings:
        if each.severity is Severity.ERROR:
            screen.talk(str(each))
    if report.count(Severity.WARNING):
        told = counted(report.count(Severity.WARNING), "warning")
        screen.talk(f"{told}; `registrar rules check` tells them.")
    return report.is_usable


def _readable(tx: Tx, settings: Settings, policy_hash: str) -> Policy | None:
    """Return the rules of that hash; None where this Registrar cannot read them any more: then nothing is compared."""
    from console.in_force import shelf_of

    return shelf_of(settings).by_hash(tx, policy_hash)


def _outlook(screen: Screen, tx: Tx, current: Policy, new: Policy, now: datetime) -> Outlook:
    """Replay the past under both and keep what differs of registrations that have not ended."""
    from console.past import compare, count
    from ledger import registrations
    from rules.records import FINAL

    total = count(tx)
    found = compare(
        tx, current, new, now=now, progress=lambda done: screen.progress(f"{done:,} of {total:,} decisions replayed")
    )
    screen.progress_ended()
    changed = [each for each in found.changes if each.kinds]
    known = registrations.get_many(tx, [each.registration_id for each in changed])
    live = sum(number for status, number in registrations.counts_by_status(tx).items() if status not in FINAL)
    return Outlook(
        decisions=found.decisions,
        live=live,
        changes=[
            each for each in changed if (held := known.get(each.registration_id)) is None or held.status not in FINAL
        ],
    )


def _may_go_on(screen: Screen, settings: Settings, outlook: Outlook, wanted: Wanted) -> bool:
    """Show what would change, and ask where it is more than the limit."""
    _show(screen, outlook)
    limit = wanted.changes_max if wanted.changes_max is not None else settings.sync.activation_changes_max
    if wanted.is_confirmed or len(outlook.changes) <= limit:
        return True
    told = (
        f"{counted(len(outlook.changes), 'live registration')} would change; more than {limit:,} need a word of yours."
    )
    if not screen.is_json and screen.is_terminal and sys.stdin.isatty():
        import typer

        return typer.confirm(f"{told} Activate all the same?")
    screen.talk(f"{told} Nothing was activated. Look closer with `registrar rules diff`; then give --yes.")
    if screen.is_json:
        screen.json(_data(settings, outlook, None))
    return False


def _show(screen: Screen, outlook: Outlook) -> None:
    if screen.is_json:
        return
    rows = [
        (
            each.registration_id,
            each.partner,
            each.customer,
            str(each.amount) if each.amount is not None else None,
            ", ".join(each.kinds),
            each.old.status,
            each.new.status,
            each.new_clause,
        )
        for each in outlook.changes[:_SHOWN_MAX]
    ]
    columns = ("registration", "partner", "customer", "amount", "changes", "as in force", "by the new", "because")
    screen.table(
        columns, rows, title="Live registrations that would be decided otherwise", prose={"customer", "because"}
    )
    more = len(outlook.changes) - _SHOWN_MAX
    if more > 0:
        screen.line(f"and {more:,} more; `registrar rules diff` shows them all")
    screen.talk(
        f"{counted(outlook.decisions, 'decision')} replayed: {len(outlook.changes):,} of "
        f"{counted(outlook.live, 'live registration')} would have come out otherwise."
    )


def _activate(ledger: Ledger, settings: Settings, since: datetime, now: datetime, *, is_first: bool) -> None:
    from sync.policies import activate

    with ledger.begin() as tx:
        activate(
            tx,
            settings.policy,
            settings.policy_source,
            effective_from=None if is_first else since,
            actor=f"person:{getpass.getuser()}",
            now=now,
        )


def _tell(screen: Screen, settings: Settings, outlook: Outlook | None, since: datetime) -> None:
    if screen.is_json:
        screen.json(_data(settings, outlook, since))
        return
    screen.line(f"activated {_named(settings.policy)}, effective from {moment(since)}")
    screen.talk(
        f"A running daemon takes it up with its next pass. Claims are decided by the version in force at their "
        f"{settings.policy.applies_by}; what is registered keeps its terms."
    )


def _data(settings: Settings, outlook: Outlook | None, since: datetime | None) -> dict[str, object]:
    changes = outlook.changes if outlook is not None else ()
    return {
        "name": settings.policy.name,
        "version": settings.policy.version,
        "hash": settings.policy.hash,
        "is_activated": since is not None,
        "effective_from": since,
        "decisions": outlook.decisions if outlook is not None else 0,
        "live": outlook.live if outlook is not None else 0,
        "changes": [
            {
                "registration_id": each.registration_id,
                "partner": each.partner,
                "kinds": list(each.kinds),
                "old": each.old.status,
                "new": each.new.status,
                "because": each.new_clause,
            }
            for each in changes
        ],
    }


def _named(policy: Policy) -> str:
    return f"{policy.name} {policy.version} ({policy.hash[:_HASH_SHOWN]})"

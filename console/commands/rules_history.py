"""Every version of the rules that was activated: from when it holds, who activated it, how much it decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.exit_codes import Exit
from console.screen import Screen, moment
from console.session import ledger_of, settings_of

if TYPE_CHECKING:
    from ledger.engine import Tx

HASH_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One activation. effective_from None: from ever. decisions: made under these rules, whenever they were activated."""

    name: str
    version: str
    hash: str
    activated_at: datetime
    effective_from: datetime | None
    by: str
    decisions: int
    is_in_force: bool


def run(screen: Screen, directory: Path) -> Exit:
    """Print the versions, oldest first."""
    settings = settings_of(directory, is_lenient=True)
    with ledger_of(settings) as ledger, ledger.read() as tx:
        found = versions_of(tx, now=datetime.now(UTC))
    if screen.is_json:
        screen.json(found)
        return Exit.DONE
    rows = [
        (
            each.name,
            each.version,
            each.hash[:HASH_SHOWN],
            moment(each.effective_from) if each.effective_from is not None else "always",
            moment(each.activated_at),
            each.by,
            each.decisions,
            "in force" if each.is_in_force else "",
        )
        for each in found
    ]
    columns = ("rules", "version", "hash", "effective from", "activated", "by", "decisions", "")
    screen.table(columns, rows)
    if not found:
        screen.talk("No rules were activated yet; the first start of the daemon activates the rules file by itself.")
    candidate = settings.policy.hash
    if not settings.policy_problems and found and found[-1].hash != candidate:
        screen.talk(
            f"The rules file ({candidate[:HASH_SHOWN]}) is a candidate. What would it change: registrar rules diff. "
            "Put it in force: registrar rules activate."
        )
    return Exit.DONE


def versions_of(tx: Tx, *, now: datetime) -> list[VersionView]:
    """Return every activation, oldest first."""
    from ledger import policies

    rows = policies.history(tx)
    begun = [each for each in rows if each.effective_from is None or each.effective_from <= now]
    in_force = max(begun, key=lambda each: (_since(each.effective_from), each.seq)) if begun else None
    counts, actors = _decisions(tx), _actors(tx, [each.seq for each in rows])
    return [
        VersionView(
            name=each.name,
            version=each.version,
            hash=each.hash,
            activated_at=each.activated_at,
            effective_from=each.effective_from,
            by=actors.get(each.seq, ""),
            decisions=counts.get(each.hash, 0),
            is_in_force=each is in_force,
        )
        for each in rows
    ]


def _since(moment: datetime | None) -> float:
    return moment.timestamp() if moment is not None else float("-inf")


def _decisions(tx: Tx) -> Mapping[str, int]:
    from sqlalchemy import func, select

    from ledger.entry_types import DECISIONS
    from ledger.tables import entry

    counted = select(entry.c.policy_hash, func.count()).where(entry.c.type.in_(sorted(DECISIONS)))
    return {row[0]: row[1] for row in tx.execute(counted.group_by(entry.c.policy_hash))}


def _actors(tx: Tx, numbers: Sequence[int]) -> Mapping[int, str]:
    from sqlalchemy import select

    from ledger.tables import entry

    rows = tx.execute(select(entry.c.seq, entry.c.actor).where(entry.c.seq.in_(numbers)))
    return {row.seq: row.actor for row in rows}

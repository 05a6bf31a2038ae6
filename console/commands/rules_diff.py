"""`registrar rules diff`: the ledger replayed under two versions of the rules; what differs, by partner, region and money.

Each registration that comes out otherwise is told with the clause that each side went by at the first decision that parts
them. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.exit_codes import Exit
from console.screen import Screen, counted
from console.session import ledger_of, settings_of

if TYPE_CHECKING:
    from rules.difference import Change, Difference, Group
    from rules.policy import Policy

SHOWN_MAX: Final = 50
_HASH_SHOWN: Final = 12
_WHAT: Final[Mapping[str, str]] = {
    "status": "another status",
    "owner": "another owner",
    "window": "another end of protection",
    "rewards": "other rewards",
    "rank": "another rank",
    "exclusive": "exclusive or not",
}


def run(screen: Screen, directory: Path, old: str, new: str | None) -> Exit:
    """Replay and print what differs. Exit FINDINGS when something does, MISUSE for rules that nothing is called."""
    from console.past import UnknownRulesError, chosen, compare, count

    settings = settings_of(directory, is_lenient=True)
    now = datetime.now(UTC)
    with ledger_of(settings) as ledger, ledger.read() as tx:
        try:
            sides = chosen(tx, settings, old, now=now), chosen(tx, settings, new, now=now)
        except UnknownRulesError as error:
            screen.talk(str(error))
            return Exit.MISUSE
        total = count(tx)
        found = compare(
            tx, *sides, now=now, progress=lambda done: screen.progress(f"{done:,} of {total:,} decisions replayed")
        )
        screen.progress_ended()
    show(screen, found, *sides)
    return Exit.FINDINGS if found.changes else Exit.DONE


def show(screen: Screen, found: Difference, old: Policy, new: Policy, *, shown_max: int = SHOWN_MAX) -> None:
    """Print a comparison."""
    if screen.is_json:
        screen.json({"old": _policy(old), "new": _policy(new), **_as_data(found)})
        return
    screen.heading(f"{_called(old)} against {_called(new)}")
    _sum_up(screen, found)
    screen.table(("partner", *_GROUP), [_row(each) for each in found.by_partner[:shown_max]], title="By partner")
    screen.table(("region", *_GROUP), [_row(each) for each in found.by_region[:shown_max]], title="By region")
    screen.table(
        ("registration", "partner", "amount", "then", "now", "because, then", "because, now"),
        [_change(each) for each in found.changes[:shown_max]],
        title="Registrations",
        prose=("because, then", "because, now"),
    )
    if len(found.changes) > shown_max:
        screen.talk(f"{shown_max} of {len(found.changes):,} registrations shown, the largest first; --json gives all.")


_GROUP: Final = ("changed", "owner or status", "worth", "rewards")


def _sum_up(screen: Screen, found: Difference) -> None:
    decisions = counted(found.decisions, "decision")
    if not found.changes:
        screen.line(f"{decisions} replayed; nothing differs.")
        return
    lasting = sum(bool(each.kinds) for each in found.changes)
    screen.line(
        f"{decisions} replayed, {found.differing:,} differ; of {counted(found.registrations, 'registration')}, "
        f"{lasting:,} stand otherwise at the end."
    )
    if found.sections:
        screen.line(f"Settings that differ: {', '.join(found.sections)}.")
    for kind, number in sorted(found.kinds.items(), key=lambda pair: -pair[1]):
        screen.line(f"  {number:>8,}  {_WHAT[kind]}")


def _row(group: Group) -> Sequence[str | int]:
    return group.name, group.changes, group.owners, _money(group.amounts), _money(group.rewards, is_signed=True)


def _change(change: Change) -> Sequence[str | None]:
    old, new = _stands(change, is_new=False), _stands(change, is_new=True)
    amount = str(change.amount) if change.amount is not None else None
    return change.registration_id, change.partner, amount, old, new, change.old_clause, change.new_clause


def _stands(change: Change, *, is_new: bool) -> str:
    """Return how a registration stands at the end under one side, with what differs."""
    outcome = change.new if is_new else change.old
    words = [str(outcome.status)]
    if "owner" in change.kinds:
        words.append(f"owner {outcome.owner or 'nobody'}")
    if "window" in change.kinds and outcome.window_end is not None:
        words.append(f"until {outcome.window_end:%Y-%m-%d %H:%M}Z")
    if "rank" in change.kinds:
        words.append(f"rank {outcome.rank}")
    if "exclusive" in change.kinds:
        words.append("exclusive" if outcome.exclusive else "not exclusive")
    if "rewards" in change.kinds:
        words.append("; ".join(f"{each.rule} {each.state}" for each in outcome.rewards) or "no reward")
    return ", ".join(words)


def _money(amounts: Mapping[str, Decimal], *, is_signed: bool = False) -> str:
    sign = "+" if is_signed else ""
    return ", ".join(f"{amount:{sign},.2f} {currency}" for currency, amount in amounts.items()) or "-"


def _called(policy: Policy) -> str:
    return f"{policy.name} {policy.version} ({policy.hash[:_HASH_SHOWN]})"


def _policy(policy: Policy) -> dict[str, str]:
    return {"name": policy.name, "version": policy.version, "hash": policy.hash}


def _as_data(found: Difference) -> dict[str, Any]:
    return {
        "decisions": found.decisions,
        "differing": found.differing,
        "registrations": found.registrations,
        "settings": found.sections,
        "kinds": found.kinds,
        "by_partner": found.by_partner,
        "by_region": found.by_region,
        "changes": found.changes,
    }

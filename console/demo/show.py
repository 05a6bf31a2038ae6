"""Print what the demo did: outcomes with their reasons, one conflict explained, fields pushed, calls, agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from console.demo.agreement import Agreement
from console.demo.cost import Cost
from console.screen import Screen
from ledger import history, intents, registrations
from ledger.engine import Ledger, Tx
from ledger.rows import IntentState
from rules.explain import Audience, explain
from rules.reasons import reason_of
from rules.records import Registration

_PAGE: Final = 500
_CONFLICTS: Final = ("duplicate_registration", "existing_opportunity")  # families
_DIFFERENCES_MAX: Final = 20


def outcomes(screen: Screen, ledger: Ledger) -> None:
    """Print a line for each status and reason: how many, an example, and what the partner reads."""
    groups: dict[tuple[str, str], list[Registration]] = {}
    with ledger.read() as tx:
        for each in everything(tx):
            groups.setdefault((str(each.status), each.reason), []).append(each)
    rows = [
        (status, reason, len(some), some[0].registration_id, reason_of(reason, {}).partner)
        for (status, reason), some in sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1])))
    ]
    columns = ("status", "reason", "count", "example", "the partner reads")
    screen.table(columns, rows, title="Decisions", prose={"the partner reads"})


def conflict(screen: Screen, ledger: Ledger) -> None:
    """Explain one refused conflict, once for the partner and once for support."""
    with ledger.read() as tx:
        one = next(
            (
                each
                for each in everything(tx)
                if each.status == "refused" and reason_of(each.reason, {}).family in _CONFLICTS
            ),
            None,
        )
        if one is None:
            return
        decided = [entry for entry in history.entries_of(tx, one.registration_id) if entry.type == "decided"]
    data = decided[-1].data
    screen.heading(f"One conflict explained: {one.registration_id}, {one.customer_name}")
    for audience, head in ((Audience.PARTNER, "The partner reads:"), (Audience.SUPPORT, "Support reads:")):
        screen.line(head)
        for line in explain(data, audience=audience, registration=one):
            screen.line(f"  {line}")


def pushed(screen: Screen, ledger: Ledger) -> None:
    """Print how often each field was written, by CRM object."""
    counts: Counter[tuple[str, str, str]] = Counter()
    with ledger.read() as tx:
        for each in everything(tx):
            for intent in intents.of_registration(tx, each.registration_id):
                if intent.state in (IntentState.DONE, IntentState.VERIFY):
                    counts.update((intent.ref.connection, intent.ref.object_name, name) for name in intent.values)
    objects = sorted({(connection, name) for connection, name, _ in counts})
    rows = [
        (connection, name, ", ".join(f"{field} {count:,}" for field, count in _fields(counts, connection, name)))
        for connection, name in objects
    ]
    screen.table(("CRM", "object", "fields pushed"), rows, title="Pushed", prose={"fields pushed"})


def costs(screen: Screen, found: Iterable[tuple[str, Cost]]) -> None:
    """Print calls against the formula of docs/limits.md; above 1, a pass needed less than the formula allows."""
    rows = [
        (
            cost.connection,
            when,
            cost.passes,
            cost.rows_seen,
            cost.rows_written,
            cost.calls,
            cost.least,
            f"{cost.efficiency:.2f}",
        )
        for when, cost in found
    ]
    columns = ("CRM", "when", "passes", "rows seen", "rows written", "calls", "formula", "formula/calls")
    screen.table(columns, rows, title="API calls")


def agreement(screen: Screen, found: Agreement) -> None:
    """Print whether both CRMs equal the ledger, and every difference up to a limit."""
    screen.line(
        f"Compared {found.fields:,} fields of {found.rows:,} CRM rows with {found.registrations:,} registrations; "
        f"{found.submissions:,} submissions in the CRMs."
    )
    for text in found.differences[:_DIFFERENCES_MAX]:
        screen.line(f"  differs: {text}")
    if len(found.differences) > _DIFFERENCES_MAX:
        screen.line(f"  ... and {len(found.differences) - _DIFFERENCES_MAX} more")
    if found.frozen:
        screen.line(f"  {found.frozen} rows are frozen as disputes and wait for a person.")


def everything(tx: Tx) -> Iterable[Registration]:
    """Yield all registrations, newest first."""
    offset = 0
    while some := registrations.listing(tx, limit=_PAGE, offset=offset):
        yield from some
        offset += len(some)


def _fields(counts: Mapping[tuple[str, str, str], int], connection: str, name: str) -> Sequence[tuple[str, int]]:
    found = [
        (field, count)
        for (crm, object_name, field), count in counts.items()
        if (crm, object_name) == (connection, name)
    ]
    return sorted(found, key=lambda each: (-each[1], each[0]))

"""Show the sync log, narrowed to a registration, a record, a connection or a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from console.exit_codes import Exit
from console.screen import Screen, moment
from console.session import ledger_of, settings_of

if TYPE_CHECKING:
    from console.timeline import Scope
    from ledger.engine import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The filters as a person typed them."""

    registration: str | None = None
    ref: str | None = None
    connection: str | None = None
    since: str | None = None
    limit: int = 100


def run(screen: Screen, directory: Path, wanted: Wanted) -> Exit:
    """Print the lines, oldest first. Exit FINDINGS when a named registration or record is not known."""
    from config.reading import one_of
    from console.timeline import lines_of

    settings = settings_of(directory, is_lenient=True)
    names = [each.name for each in settings.connections]
    if wanted.connection is not None and wanted.connection not in names:
        screen.talk(f"there is no connection {wanted.connection!r}. {one_of(names, wanted.connection)}")
        return Exit.MISUSE
    since = parse_since(wanted.since, datetime.now(UTC)) if wanted.since is not None else None
    if wanted.since is not None and since is None:
        screen.talk(f'--since {wanted.since!r} is no time. Write 2026-03-01, 2026-03-01T12:00Z, "2 h" or "3 days".')
        return Exit.MISUSE
    with ledger_of(settings) as ledger, ledger.read() as tx:
        scope = _scope(tx, wanted, since)
        lines = lines_of(tx, scope) if scope is not None else None
    has_older = lines is not None and len(lines) > wanted.limit
    if lines is None:
        screen.talk(f"nothing in the ledger is called {wanted.registration or wanted.ref!r}.")
        return Exit.FINDINGS
    lines = lines[-wanted.limit :]
    if screen.is_json:
        screen.json(lines)
        return Exit.DONE
    rows = [(moment(each.at), each.event, each.connection, each.registration_id, each.text) for each in lines]
    screen.table(("time", "event", "connection", "registration", "what happened"), rows, prose={"what happened"})
    if has_older:
        screen.talk(f"There are older lines; these are the last {wanted.limit:,}. Give a larger --limit for more.")
    if not rows:
        screen.talk("no lines yet.")
    return Exit.DONE


def parse_since(text: str, now: datetime) -> datetime | None:
    """Return the instant that "2026-03-01", "2026-03-01T12:00Z", "2 h" or "3 days" means; None when it means nothing."""
    from config.values import span

    length = span(text)
    if length is not None:
        return now - (length.exact or timedelta(days=(length.days or 0) + 30 * (length.months or 0)))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _scope(tx: Tx, wanted: Wanted, since: datetime | None) -> Scope | None:
    """Return the scope; None when a named registration or record is not known."""
    from console.timeline import Scope, refs_named
    from ledger.registrations import find

    ids = refs = None
    if wanted.registration is not None:
        ids = [each.registration_id for each in find(tx, wanted.registration)]
        if not ids:
            return None
    if wanted.ref is not None:
        refs = refs_named(tx, wanted.ref)
        if not refs:
            return None
    return Scope(registration_ids=ids, refs=refs, connection=wanted.connection, since=since, limit=wanted.limit + 1)

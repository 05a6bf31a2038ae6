"""Pull: page after page of changed rows into the ledger, in one transaction with the cursor that follows them.

So an interruption at any point loses nothing and repeats at most what one transaction holds. Small pages are stored several
at a time: a CRM that gives a hundred rows a page would cost a commit for each hundred. What has been read for certain
(`covered_until`) moves only when a stream has been read to its end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from connectors.port import Page
from ledger import cursors
from ledger.engine import Tx
from ledger.rows import CursorRow, IntakeCounts
from rules.errors import DealError, PermanentError, RetryClass
from rules.fields import Stream
from sync.budget import Budget
from sync.events import emit
from sync.intake import take_in
from sync.passes import Pass

ROWS_TOGETHER: Final = 4000  # pages are gathered up to this many rows before they are stored


def pull(p: Pass, budget: Budget) -> None:
    """Read every stream to its end, or to the page limit of a pass.

    A stream that may not be read (object or field forbidden) is left with a problem in the tally, the others are read; any
    other error of the connector ends the pull.
    """
    for stream in p.connector.streams:
        try:
            _pull_stream(p, stream, budget)
        except PermanentError as error:
            if error.retry_class is not RetryClass.PERMISSION:
                raise
            p.tally.problems.append(f"{stream}: {error.message}")


def _pull_stream(p: Pass, stream: Stream, budget: Budget) -> None:
    with p.ledger.read() as tx:
        row = cursors.get(tx, p.name, stream)
    cursor = row.cursor if row is not None else None
    p.tally.pulled.setdefault(stream, IntakeCounts())
    gathered: Page | None = None
    for _ in range(p.settings.page_limit):
        try:
            budget.check()
            page = p.connector.pull(stream, cursor)
        except DealError:
            if gathered is not None:
                _store(p, stream, gathered)  # what came before the trouble need not come again
            raise
        gathered = page if gathered is None else _joined(gathered, page)
        if page.is_last or len(gathered.rows) >= ROWS_TOGETHER:
            _store(p, stream, gathered)
            gathered = None
        if page.is_last:
            return
        cursor = page.next
    if gathered is not None:
        _store(p, stream, gathered)
    p.tally.problems.append(f"{stream}: the page limit of a pass was reached; the next pass goes on from there")


def _joined(first: Page, then: Page) -> Page:
    """Return two pages that follow one another as one."""
    return replace(then, rows=[*first.rows, *then.rows], unreadable=[*first.unreadable, *then.unreadable])


def _store(p: Pass, stream: Stream, page: Page) -> None:
    """Take the rows in and move the cursor, in one transaction."""
    with p.begin() as tx:
        taken = take_in(p, tx, stream, page.rows, page.unreadable)
        _advance(p, tx, stream, page)
    p.tally.pulled[stream] += taken.counts
    if page.unreadable:
        p.tally.problems.append(f"{stream}: {len(page.unreadable)} rows were set aside, see `status`")
    if page.rows:
        emit(
            "page_pulled",
            pass_id=p.pass_id,
            crm=p.name,
            stream=stream,
            rows=len(page.rows),
            accepted=len(taken.accepted),
            dirty=taken.dirty,
        )


def _advance(p: Pass, tx: Tx, stream: Stream, page: Page) -> None:
    """Store where the next page starts; with the last page also how far the stream is covered, never less than before."""
    before = cursors.get(tx, p.name, stream)
    covered = before.covered_until if before is not None else None
    is_backfilled = before.is_backfilled if before is not None else False
    last_pull_at = before.last_pull_at if before is not None else None
    if page.is_last:
        is_backfilled, last_pull_at = True, p.now()
        if page.covered_until is not None:
            covered = page.covered_until if covered is None else max(covered, page.covered_until)
        emit("cursor_advanced", pass_id=p.pass_id, crm=p.name, stream=stream, covered_until=str(covered))
    cursors.save(
        tx,
        CursorRow(
            connection=p.name,
            stream=stream,
            cursor=page.next,
            covered_until=covered,
            is_backfilled=is_backfilled,
            last_pull_at=last_pull_at,
            last_sweep_at=before.last_sweep_at if before is not None else None,
        ),
    )

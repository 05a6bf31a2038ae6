"""Old lines of the sync log are forgotten; what anything else rests on is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from ledger import connections, events, lookups, runs
from ledger.engine import Ledger, Tx
from ledger.retention import prune
from ledger.rows import Verdict
from ledger.tables import call
from ledger.verify import verify
from tests.ledger.build import NOW, register

DAY = timedelta(days=1)


def passed(tx: Tx, connection: str, on: datetime) -> int:
    """One pass with one API call and one line in the log."""
    run_id = runs.start(tx, connection, now=on)
    runs.add_calls(tx, [{"connection": connection, "at": on, "purpose": "pull", "rows": 1, "cost": 1}])
    events.add(tx, "page_pulled", run_id=run_id, now=on)
    runs.finish(tx, run_id, Verdict.COMPLETE, {}, None, now=on)
    return run_id


def history(tx: Tx, days: int) -> None:
    for day in range(days):
        for name in ("hubspot", "salesforce"):
            connections.ensure(tx, name, name, now=NOW)
            passed(tx, name, NOW + day * DAY)


def test_lines_from_before_the_day_go_and_the_others_stay(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        history(tx, 10)
        before = NOW + 7 * DAY

        # 7 days of two connections: 14 calls, 14 lines and 14 passes, but for the first of each connection
        assert prune(tx, before=before) == 14 + 14 + 12
        assert prune(tx, before=before) == 0

        assert sorted(tx.execute(select(call.c.at)).scalars())[0] == before
        assert [each.at for each in events.listing(tx)][-1] == before
        assert sum(count for count, _ in runs.calls_since(tx, "hubspot", NOW).values()) == 3


def test_how_a_connection_began_and_how_it_is_stay_known(ledger: Ledger) -> None:
    """A connection paused for years still tells its last pass, and first contact never moves: adoption rests on it."""
    with ledger.begin() as tx:
        history(tx, 3)
        newest = runs.last(tx, "hubspot")

        prune(tx, before=NOW + 1_000 * DAY)

        assert runs.last(tx, "hubspot") == newest
        assert lookups.first_contact(tx, "hubspot") == NOW
        assert [each.started_at for each in runs.listing(tx, connection="salesforce")] == [NOW + 2 * DAY, NOW]
        assert events.listing(tx) == []


def test_an_empty_log_is_pruned_quietly(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        assert prune(tx, before=NOW) == 0


def test_nothing_of_the_proof_is_touched(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        register(tx, 1)
        history(tx, 3)
        prune(tx, before=NOW + 1_000 * DAY)

    assert verify(ledger).is_intact


def test_a_line_whose_clock_had_jumped_ahead_stops_it_only_for_a_while(ledger: Ledger) -> None:
    """Nothing newer than the day is ever deleted, whatever order the clock gave."""
    with ledger.begin() as tx:
        connections.ensure(tx, "hubspot", "hubspot", now=NOW)
        for day in (0, 30, 1, 2):
            passed(tx, "hubspot", NOW + day * DAY)

        prune(tx, before=NOW + 10 * DAY)
        assert NOW + 30 * DAY in [each.at for each in events.listing(tx)]

        prune(tx, before=NOW + 31 * DAY)
        assert events.listing(tx) == []

"""What a pass asks goes by index: a million opportunities must not slow it down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from ledger import (
    cursors,
    deadlines,
    dirty,
    history,
    inbox,
    intents,
    leases,
    links,
    lookups,
    match_index,
    quarantine,
    registrations,
    runs,
    snapshots,
)
from ledger.engine import Ledger
from ledger.rows import IntentState
from rules.fields import Stream
from tests.ledger.build import NOW, at, company_ref, linked, observed, opportunity_ref, register, submission_ref, write

# What the planner may walk from end to end: parameters, and tables with a row per connection or stream.
SMALL = ("json_each", "listed", "asked", "few", "anon_", "connection", "cursor", "lease", "source", "(subquery")


@pytest.fixture
def asked(memory: Ledger) -> Iterator[list[tuple[str, Any]]]:
    """Everything that is executed on the ledger from here on."""
    statements: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, statement: str, parameters: Any, _x: object, many: bool) -> None:
        statements.append((statement, parameters[0] if many else parameters))

    event.listen(memory._engine, "before_cursor_execute", note)
    yield statements
    event.remove(memory._engine, "before_cursor_execute", note)


def scans(ledger: Ledger, statements: list[tuple[str, Any]]) -> list[str]:
    """Return the full table scans that SQLite plans for these statements."""
    found = []
    for statement, parameters in list(statements):
        if not statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            continue
        with ledger.read() as tx:
            plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        for step in plan:
            words = step.detail.split()
            is_scan = words[0] == "SCAN" and not words[1].strip('"').startswith(SMALL)
            # Walking an index in order under a LIMIT reads no more rows than are returned.
            if is_scan and not ("USING" in words and "LIMIT" in statement):
                found.append(f"{step.detail}: {statement}")
    return found


def test_no_query_of_a_pass_scans_a_table(memory: Ledger, asked: list[tuple[str, Any]]) -> None:
    acme = company_ref(1)
    deal = observed(opportunity_ref(1), Stream.OPPORTUNITIES, {"name": "x", "rev": None}, company=acme)
    changed = observed(opportunity_ref(1), Stream.OPPORTUNITIES, {"name": "y", "rev": None}, company=acme, minutes=1)
    touched = observed(opportunity_ref(1), Stream.OPPORTUNITIES, {"name": "y", "rev": None}, company=acme, minutes=2)
    company = observed(acme, Stream.COMPANIES, {"name": "Acme"}, keys=("n:acme",))
    renamed = observed(acme, Stream.COMPANIES, {"name": "Acme 2"}, keys=("n:acme2",), minutes=1)
    with memory.begin() as tx:
        epoch = leases.acquire(tx, "salesforce", holder="a", ttl_s=60, now=NOW)
        assert epoch is not None
        leases.check(tx, "salesforce", epoch=epoch, now=NOW)
        for row in (deal, changed, touched, company, renamed):
            inbox.intake(tx, [row], run_id=1, now=NOW)
        id_ = register(tx, 1)
        link = linked(tx, id_, submission_ref(1))
        (planned,) = intents.plan(tx, [write(link)], now=NOW)
        intents.mark_sent(tx, [planned.intent_id], now=NOW, deadline_at=at(9))
        intents.settle(tx, planned.intent_id, IntentState.DONE, now=NOW)
        links.save(tx, link)
        links.mark_due(tx, [link.link_id])
        links.mark_due(tx, registration_id=id_)
        dirty.mark(tx, {submission_ref(1): "new"}, priority={}, now=NOW)
        dirty.clear(tx, submission_ref(1), 1)
        snapshots.mark_gone(tx, [opportunity_ref(9)], now=NOW)
        quarantine.clear(tx, [opportunity_ref(9)])
    with memory.read() as tx:
        refs = [submission_ref(1), opportunity_ref(1)]
        snapshots.get_many(tx, refs)
        for stream in (Stream.COMPANIES, Stream.SUBMISSIONS):
            match_index.candidates(tx, ["n:acme", "w:acme"], stream=stream)
        match_index.live_claims_touching(tx, ["n:acme"])
        match_index.on_file(tx, ["d:acme.com"])
        snapshots.merged_into(tx, [acme])
        snapshots.opportunities_of(tx, [acme])
        snapshots.submissions_of(tx, [acme])
        snapshots.children(tx, [acme])
        snapshots.cross_referring(tx, ["9001"])
        snapshots.by_email(tx, ["ann@vendor.example"])
        snapshots.by_partner_code(tx, ["P-1"])
        list(snapshots.ids_of(tx, "salesforce", Stream.OPPORTUNITIES))
        snapshots.count(tx, "salesforce", Stream.OPPORTUNITIES)
        dirty.take(tx, 100)
        dirty.take(tx, 100, before=NOW)
        registrations.get_many(tx, [id_])
        registrations.by_claims(tx, refs)
        registrations.live_by_key(tx, "k")
        registrations.by_key(tx, "k")
        history.head(tx)
        history.entries_of(tx, id_)
        links.by_ref(tx, refs)
        links.of_registrations(tx, [id_])
        links.due(tx, "salesforce", now=NOW, limit=100)
        links.count(tx, "salesforce")
        intents.open_(tx, "salesforce", [IntentState.SENT])
        intents.open_of_refs(tx, refs)
        intents.dead(tx, "salesforce")
        deadlines.due(tx, now=NOW, limit=100)
        quarantine.count(tx, "salesforce")
        cursors.all_(tx)
        runs.last(tx, "salesforce")
        runs.calls_since(tx, "salesforce", NOW)
        lookups.has_live(tx)
        lookups.live_claims_of_partners(tx, ["p"])
        lookups.live_claims_at(tx, [acme])
        lookups.match_keys_of(tx, refs)
        lookups.dirty_among(tx, refs)
        lookups.links_with_open_intent(tx, [link.link_id])
        lookups.written_links(tx, "salesforce")
        lookups.refusals_in_a_row(tx, link.link_id)
        lookups.values_written(tx, link.link_id, 1)
        lookups.first_contact(tx, "salesforce")

    assert scans(memory, asked) == []


def test_the_guard_sees_a_scan(memory: Ledger, asked: list[tuple[str, Any]]) -> None:
    with memory.read() as tx:
        registrations.counts_by_status(tx)

    assert scans(memory, asked) != []

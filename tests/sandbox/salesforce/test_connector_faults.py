"""The product's Salesforce connector in a bad world: whatever breaks, nothing is missed and no delivery tells a lie."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
import requests

from config.mapping import load_mapping
from connectors.port import ConnectionSettings, Connector, Outcome, Row, Write, WriteKind
from connectors.salesforce import FIELDS, build
from rules.errors import DealError, InvariantError
from rules.fields import Stream
from sandbox.clock import SimClock
from sandbox.faults import TRANSPORT, FaultKind, Faults
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.org import Org
from sandbox.transport import FaultyApp, WsgiAdapter
from tests.sandbox.salesforce.conftest import ACME, AMY, HOST, NOW, START, audit, opportunity

ROWS = 450
READ_RATES = {
    **dict.fromkeys(TRANSPORT, 0.01),
    FaultKind.RATE_LIMITED: 0.03,
    FaultKind.TOKEN_EXPIRED: 0.03,
    FaultKind.RESULTS_FEWER: 0.1,
    FaultKind.CURSOR_EXPIRED: 0.1,
    FaultKind.LATE_COMMIT: 0.2,
}
WRITE_RATES = {
    **dict.fromkeys(TRANSPORT, 0.015),
    FaultKind.RATE_LIMITED: 0.02,
    FaultKind.TOKEN_EXPIRED: 0.02,
    FaultKind.ROW_LOCKED: 0.02,
    FaultKind.ROW_INVALID: 0.02,
    FaultKind.FIELD_FORBIDDEN: 0.01,
    FaultKind.ROW_GONE: 0.01,
    FaultKind.RESULTS_FEWER: 0.05,
}


class World:
    """An org behind faults by chance, and a connector to it."""

    def __init__(self, seed: int, rates: dict[FaultKind, float], **options: Any) -> None:
        self.rng = Random(seed)
        self.clock = SimClock(NOW)
        self.faults = Faults(Random(seed + 1), rates)
        self.org = Org(clock=self.clock, faults=self.faults)
        self.org.seed("User", [{**audit(), "Id": AMY, "LastName": "Amy", "IsActive": True}])
        self.org.seed("Account", [{**audit(), "Id": ACME, "Name": "Acme", "OwnerId": AMY}])
        stamps = [START + timedelta(seconds=self.rng.randrange(4)) for _ in range(ROWS)]
        self.org.seed("Opportunity", [opportunity(n, at) for n, at in enumerate(stamps, 1)])
        self.session = requests.Session()
        app = FaultyApp(self.org.app, self.faults, "salesforce")
        self.session.mount("https://", WsgiAdapter(app, clock=self.clock))
        settings = ConnectionSettings(
            name="salesforce",
            kind="salesforce",
            url=HOST,
            options={"page_rows": 100, **options},
            secrets=self.org.login,
        )
        mapping = load_mapping("salesforce", "salesforce", defaults=FIELDS)
        self.connector: Connector = build(settings, mapping, clock=self.clock, transport=self.session)

    def edit(self) -> None:
        """Let a person change, add or delete something."""
        number = self.rng.randrange(1, ROWS + 1)
        record_id = make_id("006", number)
        row = self.org.get("Opportunity", record_id)
        if row is None or row["IsDeleted"]:
            return
        if self.rng.random() < 0.1:
            self.org.delete("Opportunity", record_id, by=AMY)
        elif self.rng.random() < 0.1:
            new = {"Name": "New", "StageName": "Prospecting", "CloseDate": "2026-12-31", "AccountId": ACME}
            self.org.create("Opportunity", new, by=AMY)
        else:
            self.org.update("Opportunity", record_id, {"Name": f"Edit {self.rng.random():.9f}"}, by=AMY)


@pytest.fixture
def worlds() -> Iterator[list[World]]:
    made: list[World] = []
    yield made
    for world in made:
        world.session.close()


def pull_pass(world: World, cursor: str | None, seen: dict[str, Row]) -> str:
    """Do one pass as sync/ does: keep what each page brought and go on from its cursor whatever fails."""
    while True:
        try:
            page = world.connector.pull(Stream.OPPORTUNITIES, cursor)
        except InvariantError:
            raise
        except DealError:
            world.clock.advance(30)
            continue
        for row in page.rows:
            known = seen.get(row.ref.record_id)
            if known is None or row.modified_at >= known.modified_at:
                seen[row.ref.record_id] = row
        cursor = page.next
        world.edit()
        if page.is_last:
            return cursor


@pytest.mark.parametrize("threshold", [20_000, 1])
@pytest.mark.parametrize("seed", range(8))
def test_no_change_is_missed_whatever_breaks(seed: int, threshold: int, worlds: list[World]) -> None:
    world = World(seed, READ_RATES, bulk_threshold_rows=threshold)
    worlds.append(world)
    seen: dict[str, Row] = {}
    cursor: str | None = None
    for _ in range(6):
        cursor = pull_pass(world, cursor, seen)
        for _ in range(world.rng.randrange(12)):
            world.edit()
            world.clock.advance(world.rng.randrange(60))
    world.faults.clear()
    for _ in range(2):
        world.clock.advance(500)
        world.rng = Random(0)
        cursor = pull_pass(world, cursor, seen)
    world.clock.advance(500)
    cursor = pull_pass(world, cursor, seen)

    stored = {row["Id"]: row for row in world.org.rows("Opportunity", include_deleted=True)}
    settled = {
        key: row for key, row in stored.items() if row["SystemModstamp"] < world.clock.now() - timedelta(seconds=60)
    }
    assert set(settled) <= set(seen), f"seed {seed}"
    for key, row in settled.items():
        assert seen[key].values["name"] == row["Name"], f"seed {seed}: {key}"
        assert seen[key].is_deleted == row["IsDeleted"], f"seed {seed}: {key}"


def writes_of(world: World, turn: int, modified: dict[str, datetime]) -> list[Write]:
    """Return a mixed lot: plain updates, conditional ones, creates."""
    made = []
    for number in world.rng.sample(range(1, ROWS + 1), 60):
        record_id = make_id("006", number)
        is_conditional = world.rng.random() < 0.3
        made.append(
            Write(
                key=f"{turn}-{number}",
                kind=WriteKind.UPDATE,
                stream=Stream.OPPORTUNITIES,
                record_id=record_id,
                external_id=None,
                values={"note": f"turn {turn}", "rev": turn},
                unmodified_since=modified[record_id] if is_conditional else None,
            )
        )
    world.rng.shuffle(made)
    return made


@pytest.mark.parametrize("seed", range(12))
def test_what_a_delivery_says_is_what_the_org_holds(seed: int, worlds: list[World]) -> None:
    world = World(seed, WRITE_RATES)
    worlds.append(world)
    outcomes: set[Outcome] = set()
    for turn in range(1, 9):
        rows = {row["Id"]: row for row in world.org.rows("Opportunity")}
        writes = writes_of(world, turn, {key: row["LastModifiedDate"] for key, row in rows.items()})
        world.clock.advance(5)
        try:
            deliveries = world.connector.push(writes)
        except InvariantError:
            raise
        except DealError:
            deliveries = []
        if not deliveries:
            held = [row for row in world.org.rows("Opportunity") if row["Registration_Rev__c"] == turn]
            assert not held, f"seed {seed}, turn {turn}: an error was raised although something was written"
        assert [each.key for each in deliveries] == [each.key for each in writes][: len(deliveries)]
        for write, delivery in zip(writes, deliveries, strict=False):
            row = world.org.get("Opportunity", str(write.record_id))
            assert row is not None
            is_applied = row["Registration_Rev__c"] == turn
            if delivery.outcome is not Outcome.UNKNOWN:
                says = f"seed {seed}: {write.key} {delivery.outcome} {delivery.error}"
                assert is_applied is (delivery.outcome is Outcome.APPLIED), says
            outcomes.add(delivery.outcome)

    assert Outcome.APPLIED in outcomes


@pytest.mark.parametrize("seed", range(6))
def test_repeated_creates_make_one_record(seed: int, worlds: list[World]) -> None:
    world = World(seed, WRITE_RATES)
    worlds.append(world)
    world.org.change_field("Opportunity", "Name", is_nillable=True)
    world.org.change_field("Opportunity", "StageName", is_nillable=True)
    world.org.change_field("Opportunity", "CloseDate", is_nillable=True)
    write = Write(
        key="create",
        kind=WriteKind.CREATE,
        stream=Stream.OPPORTUNITIES,
        record_id=None,
        external_id=f"REG-{seed}",
        values={"registration_id": f"REG-{seed}", "note": "x"},
    )
    for _ in range(12):
        try:
            world.connector.push([write])
        except InvariantError:
            raise
        except DealError:
            world.clock.advance(60)

    held = [row for row in world.org.rows("Opportunity") if row["Registration_Id__c"] == f"REG-{seed}"]
    assert len(held) == 1

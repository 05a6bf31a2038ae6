"""Random lives of records, generated and written ones, against a plain model: list, count and lagging search agree."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from random import Random
from typing import Any

import pytest

from sandbox.clock import SimClock
from sandbox.faults import Faults
from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import START, Client, ids, ms
from tests.sandbox.hubspot.test_generated_rows import Many

LAGS_S = (0.0, 0.0, 5.0, 30.0)
Shown = tuple[datetime, str | None]  # modification time and stage


class Model:
    """What the portal should hold, and what its index should show, without any cleverness."""

    def __init__(self, portal: Portal, clock: SimClock, rng: Random) -> None:
        self.portal = portal
        self.clock = clock
        self.rng = rng
        self.live: dict[str, Shown] = {row["id"]: _shown(row) for row in portal.rows("deals")}
        self.archived: set[str] = set()
        self.index = dict(self.live)
        self.pending: list[tuple[float, str, Shown | None]] = []

    def step(self) -> None:
        self.portal.records.index_lag_s = self.rng.choice(LAGS_S)
        act = self.rng.choice((self.create, self.update, self.update, self.archive, self.restore, self.merge))
        act()
        self.clock.advance(self.rng.choice((0, 0, 1, 7)))

    def create(self) -> None:
        stage = self.rng.choice(("closedwon", "closedlost"))
        self.write(self.portal.create("deals", {"dealname": "New", "dealstage": stage}, by="81"))

    def update(self) -> None:
        record = self.some(self.live)
        self.portal.update("deals", record, {"dealstage": self.rng.choice(("closedwon", "contractsent"))}, by="81")
        self.write(record)

    def archive(self) -> None:
        record = self.some(self.live)
        self.portal.archive("deals", record)
        self.archived.add(record)
        self.remove(record)

    def restore(self) -> None:
        if self.archived:
            record = self.some(self.archived)
            self.portal.restore("deals", record)
            self.archived.discard(record)
            self.write(record)

    def merge(self) -> None:
        first, second = self.rng.sample(sorted(self.live), 2)
        made = self.portal.merge("deals", first, second, by="81")
        self.remove(first)
        self.remove(second)
        self.write(made)

    def some(self, records: Iterable[str]) -> str:
        return self.rng.choice(sorted(records))

    def write(self, record: str) -> None:
        row = self.portal.get("deals", record)
        assert row is not None
        self.live[record] = _shown(row)
        self.later(record, self.live[record])

    def remove(self, record: str) -> None:
        del self.live[record]
        self.later(record, None)

    def later(self, record: str, shown: Shown | None) -> None:
        last = max((due for due, other, _ in self.pending if other == record), default=0.0)
        self.pending.append((max(last, self.clock.monotonic() + self.portal.records.index_lag_s), record, shown))

    def catch_up(self) -> None:
        due = [each for each in self.pending if each[0] <= self.clock.monotonic()]
        self.pending = [each for each in self.pending if each[0] > self.clock.monotonic()]
        for _, record, shown in sorted(due, key=lambda each: each[0]):
            if shown is None:
                self.index.pop(record, None)
            else:
                self.index[record] = shown

    def window(self, start: datetime, stop: datetime, stage: str | None) -> list[str]:
        self.catch_up()
        found = [
            record for record, (stamp, held) in self.index.items() if start <= stamp < stop and stage in (None, held)
        ]
        return sorted(found, key=int)


def _shown(row: dict[str, Any]) -> Shown:
    return row["updatedAt"], row["properties"]["dealstage"]


def walk(client: Client, start: datetime, stop: datetime, stage: str | None, limit: int) -> tuple[list[str], list[int]]:
    """Read a window by the walk over ids; return the ids and the totals told on the way."""
    seen: list[str] = []
    totals: list[int] = []
    while True:
        filters = [
            {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": ms(start)},
            {"propertyName": "hs_lastmodifieddate", "operator": "LT", "value": ms(stop)},
            {"propertyName": "hs_object_id", "operator": "GT", "value": seen[-1] if seen else "0"},
        ]
        if stage is not None:
            filters.append({"propertyName": "dealstage", "operator": "EQ", "value": stage})
        page = client.search("deals", filterGroups=[{"filters": filters}], limit=limit)[2]
        if not page["results"]:
            return seen, totals
        seen += ids(page)
        totals.append(page["total"])


@pytest.mark.parametrize("seed", range(6))
def test_random_lives_agree_with_a_plain_model(seed: int) -> None:
    rng = Random(seed)
    clock = SimClock(START)
    portal = Portal(clock=clock, faults=Faults(), seed=seed)
    portal.limits.switch_off()
    portal.seed_owners([{"id": "81", "email": "ada@vendor.example"}])
    many = Many(60)
    portal.seed_generated("deals", many, finders={"registration_id": lambda value: None})
    client = Client(portal, clock, Faults())
    model = Model(portal, clock, rng)

    for turn in range(120):
        model.step()
        if turn % 4:
            continue
        start = rng.choice((many.stamp(0), many.stamp(30), START))
        stop = rng.choice((many.stamp(45), START, clock.now(), datetime.max.replace(tzinfo=START.tzinfo, year=9000)))
        stage = rng.choice((None, "closedwon", "contractsent"))
        expected = model.window(start, stop, stage)
        seen, totals = walk(client, start, stop, stage, limit := rng.choice((3, 7, 50)))
        assert seen == expected, f"seed {seed}, turn {turn}"
        assert totals == [len(expected) - at for at in range(0, len(expected), limit)], f"seed {seed}, turn {turn}"

    assert [row["id"] for row in portal.rows("deals")] == sorted(model.live, key=int)
    assert portal.count("deals") == len(model.live)
    assert {row["id"] for row in portal.rows("deals", archived=True)} == model.archived

"""The shortcuts of the org against the long way round: random conditions, random writes; a failure prints its seed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from sandbox.clock import SimClock
from sandbox.faults import Faults
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.org import Org
from sandbox.salesforce.queries import Queries
from sandbox.salesforce.reference import build_objects
from sandbox.salesforce.soql.bind import bind, sorted_rows
from sandbox.salesforce.store import Store
from sandbox.salesforce.table import Position, Row, Table
from tests.sandbox.salesforce.conftest import ACME, NOW, START, audit, opportunity

SECONDS = 6  # few, so that many rows share a stamp
BASE = 40
NUMBERS = {make_id("006", 100 + number): number for number in range(BASE)}
OBJECTS = build_objects(["USD", "EUR"])


class Base:
    """A few generated rows under the written ones."""

    count = BASE

    def row(self, number: int) -> Mapping[str, Any]:
        return opportunity(100 + number, self.stamp(number))

    def record_id(self, number: int) -> str:
        return make_id("006", 100 + number)

    def number_of(self, record_id: str) -> int | None:
        return NUMBERS.get(record_id)

    def stamp(self, number: int) -> datetime:
        return START + timedelta(seconds=number * SECONDS // BASE)


def store_with_rows(rng: Random) -> Store:
    store = Store(OBJECTS, SimClock(NOW))
    store.tables["Account"].seed([{**audit(), "Id": ACME, "Name": "Acme"}])
    table = store.tables["Opportunity"]
    table.seed_generated(Base())
    for number in rng.sample(range(80, 160), 40):
        table.put(written(rng, number))
    return store


def written(rng: Random, number: int) -> Row:
    at = START + timedelta(seconds=rng.randrange(SECONDS))
    fields = {
        "Amount": rng.choice([None, 1.0, 2.0, 3.0]),
        "IsDeleted": rng.random() < 0.2,
        "Registration_Id__c": rng.choice([None, f"REG-{number}"]),
    }
    return {**OBJECTS["Opportunity"].blank, **opportunity(number, at), **fields}


def condition(rng: Random, depth: int = 0) -> str:
    """Return a random condition of the kinds that the planner knows, and of some that it does not."""
    stamp = (START + timedelta(seconds=rng.randrange(SECONDS))).strftime("%Y-%m-%dT%H:%M:%SZ")
    record_id = make_id("006", rng.randrange(75, 165))
    leaves = [
        f"SystemModstamp {rng.choice(['=', '<', '<=', '>', '>='])} {stamp}",
        f"Id {rng.choice(['=', '<', '<=', '>', '>='])} '{record_id}'",
        f"((SystemModstamp = {stamp} AND Id > '{record_id}') OR SystemModstamp > {stamp})",
        f"((SystemModstamp = {stamp} AND Id <= '{record_id}') OR SystemModstamp < {stamp})",
        f"Id IN ('{record_id}', '{make_id('006', 120)}')",
        f"Registration_Id__c IN ('reg-{rng.randrange(80, 160)}', 'REG-130')",
        f"Amount {rng.choice(['=', '!=', '>'])} 2",
        "Amount != null",
        "Account.Name = 'ACME'",
    ]
    if depth == 2 or rng.random() < 0.4:
        return rng.choice(leaves)
    parts = [f"({condition(rng, depth + 1)})" for _ in range(rng.randrange(2, 4))]
    text = f" {rng.choice(['AND', 'AND', 'OR'])} ".join(parts)
    return f"NOT ({text})" if rng.random() < 0.15 else text


@pytest.mark.parametrize("seed", range(40))
def test_the_planner_finds_what_testing_every_row_finds(seed: int) -> None:
    rng = Random(seed)
    store = store_with_rows(rng)
    queries = Queries(store)
    for _ in range(25):
        order = rng.choice(["SystemModstamp, Id", "Id", "Id DESC", "Amount NULLS LAST, Id", "SystemModstamp DESC, Id"])
        soql = f"SELECT Id FROM Opportunity WHERE {condition(rng)} ORDER BY {order}"  # noqa: S608
        bound = bind(store, soql)
        assert bound.test is not None
        include_deleted = rng.random() < 0.5
        wanted = [
            row
            for row in store.tables["Opportunity"].by_id()
            if bound.test(row) and (include_deleted or not row["IsDeleted"])
        ]
        expected = [row["Id"] for row in sorted_rows(wanted, bound)]

        page = queries.first_page(bound, include_deleted=include_deleted, page_rows=7)
        found = [row["Id"] for row in page.rows]
        while page.locator is not None:
            page = queries.more(page.locator)
            found += [row["Id"] for row in page.rows]

        assert found == expected, f"seed {seed}: {soql}"
        assert page.total == len(expected) == queries.count(bound, include_deleted=include_deleted), soql


@pytest.mark.parametrize("seed", range(20))
def test_the_indexes_agree_with_the_rows_after_any_writes(seed: int) -> None:
    rng = Random(seed)
    store = store_with_rows(rng)
    table = store.tables["Opportunity"]
    model = {row["Id"]: row for row in table.by_id()}
    now = NOW
    for _ in range(150):
        number = rng.randrange(80, 160)
        row = written(rng, number)
        draw = rng.random()
        if draw < 0.6:
            store.put(table, row)
            model[row["Id"]] = row
        elif draw < 0.7:
            now += timedelta(seconds=1)
            store.put(table, row, now)
            model[row["Id"]] = row
            table.settle(now)
        elif draw < 0.8 and not 100 <= number < 100 + BASE:
            table.remove(row["Id"])
            model.pop(row["Id"], None)
        else:
            with store.unit() as failures:
                store.put(table, row)
                store.put(table, written(rng, number))
                failures.append("taken back")

    check_table(table, model, f"seed {seed}")


def check_table(table: Table, model: dict[str, Row], seed: str) -> None:
    def place(row: Row) -> Position:
        return row["SystemModstamp"], row["Id"]

    in_order = sorted(model.values(), key=place)
    assert list(table.ordered()) == in_order, seed
    assert list(table.by_id()) == [model[key] for key in sorted(model)], seed
    assert list(table.ids()) == sorted(model), seed
    live = [row for row in in_order if not row["IsDeleted"]]
    low, high = place(in_order[10]), place(in_order[40])
    assert table.count(None, None, include_deleted=False) == len(live), seed
    assert table.count(low, high, include_deleted=True) == 31, seed
    assert table.count(low, high, include_deleted=False) == sum(low <= place(row) <= high for row in live), seed
    holders = {row["Registration_Id__c"]: row["Id"] for row in live if row["Registration_Id__c"]}
    assert {key: table.holder("Registration_Id__c", key) for key in holders} == holders, seed
    for row in in_order:
        key = row["Registration_Id__c"]
        if key and key not in holders:
            assert table.holder("Registration_Id__c", key) is None, seed


def test_the_same_seed_gives_the_same_login_and_another_seed_another(clock: SimClock) -> None:
    first, again, other = (Org(clock=clock, faults=Faults(), seed=seed) for seed in (1, 1, 2))

    assert first.login == again.login
    assert first.login["client_secret"] != other.login["client_secret"]

"""Random trouble on every call: no row is lost, and what is told about each write is true.

Every seed draws its own mix of faults. A failure prints the seed as the test's parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest

from connectors.port import Connector, Outcome
from rules.errors import DealError, TransientError
from rules.fields import Stream
from sandbox.faults import FaultKind, Faults
from tests.connectors.bench import Bench
from tests.connectors.conformance.words import LONG_AGO, number, update
from tests.connectors.hubspot.bench import HubSpotBench
from tests.connectors.salesforce.bench import SalesforceBench

SEEDS = range(12)
BENCHES: dict[str, Callable[[], Bench]] = {
    "salesforce": SalesforceBench,
    "hubspot": HubSpotBench,
    "hubspot dated": lambda: HubSpotBench(api="2026-09"),
}
TROUBLE = (
    FaultKind.TIMEOUT_BEFORE,
    FaultKind.TIMEOUT_AFTER,
    FaultKind.RESET_BEFORE,
    FaultKind.RESET_AFTER,
    FaultKind.RESET_MID_BODY,
    FaultKind.SERVER_ERROR,
    FaultKind.HTML_200,
    FaultKind.TRUNCATED_JSON,
    FaultKind.EMPTY_BODY,
    FaultKind.RATE_LIMITED,
    FaultKind.ROW_LOCKED,
    FaultKind.ROW_INVALID,
    FaultKind.RESULTS_REORDERED,
    FaultKind.RESULTS_FEWER,
    FaultKind.CURSOR_EXPIRED,
    FaultKind.OUT_OF_ORDER,
    FaultKind.INDEX_LAG,
    FaultKind.LATE_COMMIT,
)


def swarm(bench: Bench, rng: Random) -> None:
    """Switch on a random half of the faults, each at a rate of its own."""
    kinds = rng.sample(TROUBLE, k=len(TROUBLE) // 2)
    bench.faults._rng = Random(rng.random())
    bench.faults.rates.update({kind: rng.choice([0.01, 0.05, 0.15]) for kind in kinds})


def patiently(action: Callable[[], Any]) -> Any:
    """Return what the action returns, trying again as the daemon's next pass does."""
    for _ in range(200):
        try:
            return action()
        except TransientError:
            continue
    raise AssertionError("trouble that never ends")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", BENCHES)
def test_no_row_is_lost_whatever_happens_to_the_calls(kind: str, seed: int):
    rng, bench = Random(seed), BENCHES[kind]()
    record_ids = bench.seed_opportunities(130, stamp=LONG_AGO)
    connector = bench.connect()
    swarm(bench, rng)
    cursor: str | None = None
    seen: dict[str, tuple[Any, Any]] = {}

    def one_pass(cursor: str | None) -> str:
        while True:
            page = patiently(partial(connector.pull, Stream.OPPORTUNITIES, cursor))
            for row in page.rows:
                known = seen.get(row.ref.record_id)
                if known is None or row.modified_at >= known[0]:  # the ledger's gate
                    seen[row.ref.record_id] = (row.modified_at, row.values["amount"])
            cursor = page.next
            if page.is_last:
                assert cursor is not None
                return cursor

    expected = dict.fromkeys(record_ids, "1000")
    for _ in range(8):
        cursor = one_pass(cursor)
        bench.pass_time(rng.choice([5, 60, 300]))
        for record_id in rng.sample(record_ids, k=5):
            expected[record_id] = str(rng.randrange(1, 10**6))
            bench.edit(Stream.OPPORTUNITIES, record_id, amount=expected[record_id])
    bench.faults.clear()
    for _ in range(14):  # late rows have shown by now, and the hourly look back has been taken
        bench.pass_time(300)
        cursor = one_pass(cursor)

    assert {record_id: amount for record_id, (_, amount) in seen.items()} == expected


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", BENCHES)
def test_what_is_told_about_a_write_is_true(kind: str, seed: int):
    """Applied means that the CRM holds it, refused that it does not, and unknown promises nothing."""
    rng, bench = Random(seed), BENCHES[kind]()
    partner = bench.company("Partner")
    record_ids = [bench.submission(f"Customer {n}", partner=partner) for n in range(25)]
    connector = bench.connect()
    patiently(lambda: connector.pull(Stream.SUBMISSIONS, None))
    swarm(bench, rng)
    for rev in range(1, 8):
        writes = [update(each, {"rev": rev}, key=each) for each in rng.sample(record_ids, k=15)]

        deliveries = pushed(connector, writes, bench.faults)

        for delivery in deliveries:
            held = number(bench.held(Stream.SUBMISSIONS, delivery.key), "rev")
            if delivery.outcome is Outcome.APPLIED:
                assert held == rev
            elif delivery.outcome is Outcome.REFUSED:
                assert held != rev
                assert delivery.error is not None


def pushed(connector: Connector, writes: list[Any], faults: Faults) -> Any:
    """Push; an error raised for the whole push promises that nothing was sent."""
    try:
        return connector.push(writes)
    except DealError:
        return []

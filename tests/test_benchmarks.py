"""The benchmarks run, on sizes that prove nothing about speed: every measurement comes back with figures that add up."""

from __future__ import annotations

import pytest

import benchmarks.__main__ as program
from benchmarks import calls, expressions, tables
from benchmarks.backfill import Mode, backfill
from benchmarks.passes import changed_rows_pass


@pytest.mark.parametrize("mode", [Mode.SALESFORCE, Mode.HUBSPOT])
def test_both_sides_read_the_same_rows(mode: Mode) -> None:
    """A ratio means nothing unless the bare loop and ours read the same."""
    (found,) = backfill(mode, [300], runs=1)
    assert [found.bare[0].facts["rows"], found.ours[0].facts["new"]] == [300, 300]
    assert found.ratio > 0
    assert mode.value in tables.backfill([[found]])


def test_idle_passes_cost_what_the_formula_allows() -> None:
    """Counted at the CRMs' doors: no call is made that the formula does not know, and written claims are answered."""
    counts = calls.count_calls(rows=60, changed=40, claims=4)
    idle = [each for each in counts if each.what == "nothing happened"]
    assert [each.efficiency for each in idle] == [1.0, 1.0]
    assert all(each.written > 0 for each in counts if "answered" in each.what)
    assert "| salesforce" in tables.calls(counts)


@pytest.mark.parametrize(
    ("status", "plain", "expected"),
    [
        (0, 0, {"pull": 3}),
        (25, 0, {"pull": 3, "read": 1, "push": 1, "look": 1}),
        (26, 1, {"pull": 3, "read": 1, "push": 3, "look": 1}),
    ],
)
def test_the_formula_counts_batches(status: int, plain: int, expected: dict[str, int]) -> None:
    """Two pages of opportunities, one of accounts; statuses go 25 to a call, other values 200."""
    seen = {"companies": 0, "opportunities": 2001}
    assert calls.least("salesforce", seen, status=status, plain=plain) == expected


def test_busy_pass_sees_the_changed_rows() -> None:
    """The pass that is measured is the one in which something had happened."""
    done = changed_rows_pass(200, changed=20, claims=3)
    assert done.quiet.facts["changed"] == 0
    assert done.busy.facts["changed"] == 20
    assert "20 opportunities changed" in tables.busy_pass(done)


def test_both_readers_find_the_same() -> None:
    """The ten conditions mean the same to rule-engine as to us, or their ratio means nothing."""
    found = {what: expressions.WORK[what](400)()["found"] for what in ("ours", "facts", "rule-engine")}
    assert len(set(found.values())) == 1
    assert 0 < found["ours"] < 4_000


def test_quick_run_prints_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """`make bench-quick` prints and writes nothing."""
    before = program.RESULTS.read_bytes() if program.RESULTS.exists() else None
    assert program.main(["--quick", "--rows", "100", "--part", "decisions"]) == 0
    assert "## Decisions" in capsys.readouterr().out
    assert (program.RESULTS.read_bytes() if program.RESULTS.exists() else None) == before

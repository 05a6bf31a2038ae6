"""Measure everything and print it: `python -m benchmarks` (100,000 rows, recorded), `--quick` (10,000, printed only).

Each measurement runs in a process of its own. What is compared runs in turns, so that a busy moment of the machine meets
both sides; the ratio of a pair is taken before the median.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from benchmarks import tables
from benchmarks.backfill import Mode, backfill
from benchmarks.calls import count_calls
from benchmarks.matching import has_splink
from benchmarks.measure import Figure, in_process
from benchmarks.passes import changed_rows_pass
from config.settings import LogFormat, LogSettings
from console import logs

RESULTS: Final = Path(__file__).parent / "RESULTS.md"


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks and return 0."""
    options = _options(arguments)
    logs.configure(LogSettings(format=LogFormat.JSON), stream=io.StringIO())
    parts = [tables.machine()]
    _say(parts[0])
    for part in options.part:
        for table in _PARTS[part](options):
            _say(table)
            parts.append(table)
    if not options.quick and set(options.part) == set(_PARTS):
        RESULTS.write_text(tables.page(parts), encoding="utf-8")
        _say(f"Written to {RESULTS.name}.")
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure Registrar, as ratios in one run."
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, one run each, printed only")
    parser.add_argument("--rows", type=int, help="rows of the larger backfill (100000)")
    parser.add_argument("--runs", type=int, help="runs of each measurement (3)")
    parser.add_argument("--ledger-rows", type=int, help="opportunities in the ledger of the busy pass (1000000)")
    parser.add_argument(
        "--labelled", help="labelled records besides made-up ones: the prefix of left.jsonl ... truth.jsonl"
    )
    parser.add_argument("--part", action="append", choices=_PARTS, help="only this part; may be repeated")
    options = parser.parse_args(arguments)
    options.part = options.part or list(_PARTS)
    options.rows = options.rows or (10_000 if options.quick else 100_000)
    options.runs = options.runs or (1 if options.quick else 3)
    options.ledger_rows = options.ledger_rows or (20_000 if options.quick else 1_000_000)
    return options


def _backfill(options: argparse.Namespace) -> Iterator[str]:
    sizes = [max(1, options.rows // 10), options.rows]
    figures = [backfill(mode, sizes, runs=options.runs) for mode in Mode]
    yield tables.backfill(figures)
    yield tables.growth(figures)


def _calls(options: argparse.Namespace) -> Iterator[str]:
    changed = min(2_500, options.rows // 2)
    yield tables.calls(count_calls(rows=changed * 2, changed=changed, claims=min(120, options.rows // 10)))


def _decisions(options: argparse.Namespace) -> Iterator[str]:
    counts = {"rules": options.rows * 2, "claims": min(500, options.rows // 10)}
    rules, claims = (
        [in_process("benchmarks.decisions", what, str(count)) for _ in range(options.runs)]
        for what, count in counts.items()
    )
    yield tables.decisions(rules, claims)


def _expressions(options: argparse.Namespace) -> Iterator[str]:
    counts = {"ours": 2, "facts": 0.5, "explained": 0.1, "rule-engine": 0.1}  # as slow as each is
    figures: dict[str, list[Figure]] = {what: [] for what in counts}
    for _ in range(options.runs):
        for what, share in counts.items():
            figures[what].append(in_process("benchmarks.expressions", what, str(max(1, int(options.rows * share)))))
    yield tables.expressions(figures)


def _diff(options: argparse.Namespace) -> Iterator[str]:
    runs = 1 if options.quick else min(2, options.runs)
    figures = [in_process("benchmarks.replay", str(options.rows)) for _ in range(runs)]
    yield tables.diff(figures, decisions=options.rows)


def _pass(options: argparse.Namespace) -> Iterator[str]:
    changed = min(1_000, options.ledger_rows // 2)
    yield tables.busy_pass(changed_rows_pass(options.ledger_rows, changed=changed, claims=max(1, changed // 20)))


def _matching(options: argparse.Namespace) -> Iterator[str]:
    prefixes = ["", *([options.labelled] if options.labelled else [])]
    figures = {
        (prefix, what): in_process("benchmarks.matching", what, prefix)
        for prefix in prefixes
        for what in ("ours", "token_set")
    }
    speed = [in_process("benchmarks.matching", "speed") for _ in range(options.runs)]
    yield tables.matching(figures, speed, has_splink=has_splink())


def _index(options: argparse.Namespace) -> Iterator[str]:
    yield tables.index(in_process("benchmarks.index", str(options.ledger_rows), "500"))


_PARTS: Final[Mapping[str, Callable[[argparse.Namespace], Iterator[str]]]] = {
    "backfill": _backfill,
    "calls": _calls,
    "decisions": _decisions,
    "diff": _diff,
    "expressions": _expressions,
    "index": _index,
    "matching": _matching,
    "pass": _pass,
}


def _say(text: str) -> None:
    print(text, end="\n\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())

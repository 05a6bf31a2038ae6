"""Measure the matcher: how often it is right and how fast, beside a plain token-set ratio on the same records.

The labelled records are a made-up world of the tests, or three files that an option names (left, right and truth .jsonl
behind one prefix). Speed is measured on the command people run, over both processes: submissions a second against 20,000
records on file, reading and writing files included. `splink` is measured only where it is installed; it is no dependency.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory
from typing import Any, Final

from rapidfuzz import fuzz, process

from benchmarks.measure import report
from rules.matching.measure import Quality, Scored, quality
from rules.matching.pairs import Matcher, counted, partners_of, read_record
from rules.primitives.matching import Matching

ON_FILE: Final = 20_000
SUBMISSIONS: Final = 3_000
_SEED: Final = 4
_CUSTOMERS: Final = 1_500
_SHOWN_MIN: Final = 50.0  # ratios below are no pair worth a mention
_AUTO: Final = 95.0
_REVIEW: Final = 85.0
_PAUSE_S: Final = 0.1
Rows = list[dict[str, Any]]
Told = dict[tuple[Any, Any], Scored]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    left: Rows
    right: Rows
    truth: Rows


def labelled(prefix: str | None) -> Labelled:
    """Return the records behind a prefix, or a made-up world."""
    if prefix:
        return Labelled(**{name: _read(Path(f"{prefix}{name}.jsonl")) for name in ("left", "right", "truth")})
    from tests.rules.matching_world import World

    world = World(_SEED, _CUSTOMERS)
    truth = [
        {"left": left, "right": right, "customer": customer, "deal": deal}
        for (left, right), (customer, deal) in world.truth.items()
    ]
    return Labelled(left=world.left, right=world.right, truth=truth)


def has_splink() -> bool:
    return find_spec("splink") is not None


def _ours(records: Labelled) -> Told:
    partners = partners_of(records.left)
    left, right = ([read_record(row, partners) for row in rows] for rows in (records.left, records.right))
    counter = counted(right)
    matcher = Matcher(right, counter.keys, counter.records, counter.on_file(counted(left)), Matching())
    return {
        (pair.left, pair.right): Scored(score=pair.score, decision=pair.decision, deal_score=pair.deal_score)
        for record in left
        for pair in matcher.pairs(record)
    }


def _token_set(records: Labelled) -> Told:
    """Score every pair of names by rapidfuzz's token_set_ratio; 95 decides, 85 asks a person."""
    names = {row["id"]: str(row.get("company") or "").casefold() for row in records.right}
    told: Told = {}
    for row in records.left:
        name = str(row.get("company") or "").casefold()
        found = process.extract(name, names, scorer=fuzz.token_set_ratio, limit=None, score_cutoff=_SHOWN_MIN)
        for _, ratio, right in found:
            decision = "auto" if ratio >= _AUTO else "review" if ratio >= _REVIEW else "none"
            told[row["id"], right] = Scored(score=ratio / 100, decision=decision, deal_score=ratio / 100)
    return told


def _figures(records: Labelled, told: Told) -> Quality:
    customers = {(row["left"], row["right"]): row["customer"] for row in records.truth}
    deals = frozenset((row["left"], row["right"]) for row in records.truth if row["deal"])
    return quality(told, customers, deals, submissions=len(records.left))


def speed() -> Mapping[str, float]:
    """Return submissions a second of `registrar match pairs` against 20,000 records, and the memory of its processes."""
    with TemporaryDirectory(prefix="registrar-bench-") as directory:
        left, right = _many(Path(directory))
        command = ["-m", "console.cli", "match", "pairs", "--left", left, "--right", right, "--out", f"{directory}/out"]
        started, cpu = time.perf_counter(), _children_cpu_s()
        running = Popen([sys.executable, *command])
        peak = _peak_mb(running)
        wall_s, cpu_s = time.perf_counter() - started, _children_cpu_s() - cpu
    if running.returncode != 0:
        raise RuntimeError("registrar match pairs failed")
    return {"submissions": SUBMISSIONS / wall_s, "by_cpu": SUBMISSIONS / cpu_s, "peak_mb": peak}


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak_mb(running: Popen[bytes]) -> float:
    """Wait for a process and return the most memory that it and its children held at one time; Linux only, else 0."""
    peak = 0.0
    while running.poll() is None:
        peak = max(peak, _resident_mb(running.pid))
        time.sleep(_PAUSE_S)
    return peak


def _resident_mb(pid: int) -> float:
    place = Path(f"/proc/{pid}")
    try:
        found = re.search(r"VmRSS:\s+(\d+) kB", (place / "status").read_text())
        children = (place / f"task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    own = int(found[1]) / 1024 if found is not None else 0.0
    return own + sum(_resident_mb(int(child)) for child in children)


def _many(directory: Path) -> tuple[str, str]:
    """Write as many records as the aims speak of; worlds of different seeds follow one another."""
    from tests.rules.matching_world import World

    left: Rows = []
    right: Rows = []
    seed = _SEED
    while len(right) < ON_FILE or len(left) < SUBMISSIONS:
        seed += 1
        world = World(seed, _CUSTOMERS)
        left += [{**row, "id": f"{seed}-{row['id']}"} for row in world.left]
        right += [{**row, "id": f"{seed}-{row['id']}"} for row in world.right]
    files = {"left": left[:SUBMISSIONS], "right": right[:ON_FILE]}
    for name, rows in files.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (directory / name).write_text(text, encoding="utf-8")
    return str(directory / "left"), str(directory / "right")


def _read(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main() -> None:
    """Measure what the command line names and print its figure."""
    what, prefix = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    if what == "speed":
        report(speed)
        return
    records = labelled(prefix)
    matcher = {"ours": _ours, "token_set": _token_set}[what]
    report(lambda: {**asdict(_figures(records, matcher(records))), "submissions": len(records.left)})


if __name__ == "__main__":
    main()

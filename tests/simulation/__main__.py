"""Command line of the simulator: `make sim SEEDS=200`, or one seed with its trace."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from tempfile import TemporaryDirectory
from typing import Final

from tests.simulation.options import Options, draw
from tests.simulation.shrink import less, shrink
from tests.simulation.workplace import fast_directory, work_in
from tests.simulation.world import Result, play, play_seed

CHECKED_EVERY: Final = 50  # of so many seeds one is played twice, and must go the same way
_LINES: Final = 60  # of a failing world's trace, where not the whole is asked for


def main(arguments: list[str] | None = None) -> int:
    """Play the worlds asked for; return 1 when any of them went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="one world, with its whole trace")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--ring", type=int, choices=(1, 2), default=1, help="2: through the real client libraries")
    parser.add_argument("--less", nargs="+", default=[], help="with --seed: leave these out of the world")
    parser.add_argument(
        "--shrink", type=float, default=0, metavar="SECONDS", help="make failing worlds smaller, so long"
    )
    parser.add_argument("--hash", action="store_true", help="print the trace's hash only (used by the check itself)")
    asked = parser.parse_args(arguments)
    if asked.seed is not None:
        return _one(asked)
    return _many(range(asked.first, asked.first + asked.seeds), asked)


def _one(asked: argparse.Namespace) -> int:
    options = less(draw(asked.seed, ring=asked.ring), asked.less)
    result = play(options)
    if asked.hash:
        print(result.trace_hash)
        return 0
    print("\n".join(result.lines))
    print(f"seed {asked.seed}: {result.violation or 'all well'}; trace {result.trace_hash}")
    if result.violation is not None and asked.shrink:
        _tell_smaller(result, asked.shrink)
    return 1 if result.violation else 0


def _tell_smaller(result: Result, seconds: float) -> None:
    assert result.violation is not None
    _, words = shrink(result.options, result.violation, lambda each: play(each).violation, seconds=seconds)
    print(f"the same without {', '.join(words) or 'nothing'}:\n  {command(result.options, words)}")


def command(options: Options, words: Sequence[str] = ()) -> str:
    """Return the line that plays a world again."""
    ring = f" --ring {options.ring}" if options.ring != 1 else ""
    return f"python -m tests.simulation --seed {options.seed}{ring}" + (f" --less {' '.join(words)}" if words else "")


def _many(seeds: range, asked: argparse.Namespace) -> int:
    started = time.perf_counter()
    counts: Counter[str] = Counter()
    crossed: Counter[str] = Counter()
    crashed: Counter[str] = Counter()
    failed: list[Result] = []
    for number, result in enumerate(_played(seeds, asked.jobs, asked.ring), 1):
        if number % 25 == 0:
            print(f"{number} of {len(seeds)} worlds, {len(failed)} violations", file=sys.stderr, flush=True)
        counts += result.counts
        crossed += result.crossed
        crashed += result.crashed
        seed = result.options.seed
        is_checked = result.violation is None and seed % CHECKED_EVERY == 0 and asked.ring == 1
        if is_checked and (other := again(seed)) != result.trace_hash:
            result.violation = f"played twice, it went two ways: {result.trace_hash} and {other}"
        if result.violation is not None:
            failed.append(result)
            _tell(result)
            if asked.shrink:
                _tell_smaller(result, asked.shrink)
    took = time.perf_counter() - started
    _summary(crossed, crashed)
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()) if "simulated" not in name)
    hours = counts["simulated seconds"] / 3600
    print(
        f"{len(seeds)} worlds in {took:.0f} s ({len(seeds) / took:.1f} a second), {hours:,.0f} simulated hours: {told}"
    )
    print(f"violations: {len(failed)}" + "".join(f"\n  {command(each.options)}" for each in failed))
    return 1 if failed else 0


def again(seed: int) -> str:
    """Play a seed in another process, whose sets and dicts hash otherwise, and return the hash of its trace."""
    environ = {**os.environ, "PYTHONHASHSEED": str(seed % 1000 + 1)}
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(seed), "--hash"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.strip()


def _played(seeds: Iterable[int], jobs: int, ring: int) -> Iterator[Result]:
    play_one = partial(play_seed, ring=ring)
    if jobs <= 1:
        yield from map(play_one, seeds)
        return
    with TemporaryDirectory(prefix="sim-", dir=fast_directory()) as directory:
        context = multiprocessing.get_context("spawn")
        with context.Pool(jobs, initializer=work_in, initargs=(directory,)) as pool:
            yield from pool.imap_unordered(play_one, seeds, chunksize=2)


def _tell(result: Result) -> None:
    print("\n".join(result.lines[-_LINES:]))
    print(f"{command(result.options)}  ({result.options})\n  {result.violation}\n", flush=True)


def _summary(crossed: Counter[str], crashed: Counter[str]) -> None:
    print(f"{'seam':34} {'crossed':>9} {'crashed':>8}")
    for seam, count in sorted(crossed.items()):
        print(f"{seam:34} {count:9,} {crashed[seam]:8,}")


if __name__ == "__main__":
    sys.exit(main())

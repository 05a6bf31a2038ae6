"""Command line of the mutant table: `make mutants`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Final

from tests.mutants.catalogue import ALL
from tests.mutants.patching import Mutant
from tests.simulation.options import draw
from tests.simulation.shrink import label
from tests.simulation.world import play

_SEEDS_MAX: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """How a mutant fared. seed: of the world that found it, None when it survived. worlds: so many were played."""

    name: str
    seed: int | None
    found_by: str
    worlds: int
    took_s: float


def main(arguments: list[str] | None = None) -> int:
    """Hunt the mutants asked for; return 1 when any survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", nargs="+", default=None, help="names of mutants")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--budget", type=int, help="worlds for each, instead of its own budget")
    parser.add_argument("--seed", type=int, help="one world with the one mutant, with its trace")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--hunt", action="store_true", help="hunt here and print JSON (used by the runner itself)")
    asked = parser.parse_args(arguments)
    wanted = [each for each in ALL if asked.only is None or each.name in asked.only]
    if asked.seed is not None:
        return _show(wanted[0], asked.seed)
    if asked.hunt:
        print(json.dumps(asdict(hunt(wanted[0], first=asked.first, budget=asked.budget))))
        return 0
    survivors = 0
    print(f"{'bug':22} {'found at':>9} {'worlds':>7} {'by':9} what it is")
    with ThreadPoolExecutor(asked.jobs) as pool:
        for mutant, found in zip(wanted, pool.map(lambda each: _apart(each, asked), wanted), strict=True):
            seed = "survived" if found.seed is None else f"seed {found.seed}"
            print(f"{mutant.name:22} {seed:>9} {found.worlds:7} {found.found_by:9} {mutant.what}", flush=True)
            survivors += found.seed is None
    print(f"{len(wanted)} bugs, {survivors} survived")
    return 1 if survivors else 0


def hunt(mutant: Mutant, *, first: int = 0, budget: int | None = None) -> Hunt:
    """Plant a bug in this process and play worlds until an invariant finds it."""
    mutant.plant()
    started = time.perf_counter()
    worlds = 0
    for seed in _seeds(mutant, first, budget or mutant.budget):
        worlds += 1
        violation = play(draw(seed)).violation
        if violation is not None and _is_well_without(seed):
            took = time.perf_counter() - started
            return Hunt(name=mutant.name, seed=seed, found_by=label(violation), worlds=worlds, took_s=took)
    took = time.perf_counter() - started
    return Hunt(name=mutant.name, seed=None, found_by="", worlds=worlds, took_s=took)


def _is_well_without(seed: int) -> bool:
    """Tell whether a world comes right in a process without the bug, so that the bug is what was found."""
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(seed)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _seeds(mutant: Mutant, first: int, budget: int) -> Iterator[int]:
    fitting = (seed for seed in range(first, first + _SEEDS_MAX) if mutant.wants(draw(seed)))
    for _, seed in zip(range(budget), fitting, strict=False):
        yield seed


def _apart(mutant: Mutant, asked: argparse.Namespace) -> Hunt:
    """Hunt in a process of its own: nothing is ever repaired there."""
    command = [sys.executable, "-m", "tests.mutants", "--hunt", "--only", mutant.name, "--first", str(asked.first)]
    if asked.budget is not None:
        command += ["--budget", str(asked.budget)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{mutant.name} could not be hunted:\n{done.stderr}")
    return Hunt(**json.loads(done.stdout.splitlines()[-1]))


def _show(mutant: Mutant, seed: int) -> int:
    mutant.plant()
    result = play(draw(seed))
    print("\n".join(result.lines))
    print(f"{mutant.name} at seed {seed}: {result.violation or 'not found'}")
    return 1 if result.violation else 0


if __name__ == "__main__":
    sys.exit(main())

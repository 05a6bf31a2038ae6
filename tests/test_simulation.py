"""A short run of the simulator: whatever goes wrong around it, the engine ends with both CRMs as the ledger says.

`make sim SEEDS=1000` runs more of it. A seed that fails here is replayed, with its trace, by
`python -m tests.simulation --seed N`, and made smaller by `--shrink 60`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger import history
from ledger.engine import open_ledger
from tests.mutants.catalogue import ALL
from tests.mutants.patching import Mutant
from tests.simulation.__main__ import again
from tests.simulation.options import Options, draw
from tests.simulation.shrink import less, shrink
from tests.simulation.world import play

SEEDS = range(100, 110)
CLIENT_SEED = 4
DIFFERENTIAL_SEED = 100
# Where a death leaves most behind: between what was promised, what was done, and what is known of it.
DANGEROUS = (
    "pull/before call of pull", "pull/after call of pull", "pull/before commit", "pull/after commit",
    "reconcile/before commit", "reconcile/after commit", "plan/after commit",
    "push/after call of read", "push/before commit", "push/after commit", "push/before call of push",
    "push/after call of push", "resolve/after call of read", "resolve/after commit",
    "verify/after call of read", "verify/after commit", "sweep/after call of count", "sweep/after commit",
    "timers/after commit", "engine/before commit", "engine/after commit", "duty/after commit",
)  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_world_comes_right(seed: int) -> None:
    """Nothing that must never be is seen on the way, and in the end both CRMs agree with the ledger and rest."""
    result = play(draw(seed))

    assert result.violation is None, f"sim --seed {seed}: {result.violation}"
    assert result.counts["calls"] > 0


def test_world_comes_right_through_the_real_client_libraries() -> None:
    result = play(replace(draw(CLIENT_SEED, ring=2), submissions=3, rounds=3))

    assert result.violation is None, f"sim --ring 2 --seed {CLIENT_SEED}: {result.violation}"
    assert result.counts["writes"] > 0


def test_daemon_that_dies_once_at_every_seam_loses_nothing() -> None:
    """Every seam is reached, each is died at, and the world comes right all the same."""
    result = play(replace(_plain(5), dies_at_each=True, submissions=9, rounds=4, sweep_every=2))

    assert result.violation is None, result.violation
    assert set(DANGEROUS) <= result.crashed.keys()
    assert result.crossed.keys() == result.crashed.keys()


def test_a_seed_plays_the_same_world_again_in_another_process() -> None:
    """Nothing depends on the order of a set, on real time or on chance that no seed gave."""
    assert again(SEEDS[0]) == play(draw(SEEDS[0])).trace_hash


def test_postgresql_goes_the_same_way(postgresql_url: str) -> None:
    """Entry by entry, hash by hash: the trace holds everything that was logged and decided."""
    options = draw(DIFFERENTIAL_SEED)
    ledger = open_ledger(postgresql_url)
    try:
        on_postgresql = play(options, ledger=ledger)
        with ledger.read() as tx:
            head = history.head(tx)
    finally:
        ledger.close()
    on_sqlite = play(options)

    assert on_postgresql.violation is None
    assert on_postgresql.trace_hash == on_sqlite.trace_hash
    assert head[0] > 0


def test_failing_world_is_made_as_small_as_its_failure_allows() -> None:
    """What is left can be played again from the words alone."""
    first = next(options for options in map(draw, range(100)) if options.crash and len(options.faults) > 2)
    needed = next(iter(first.faults))

    def fails(options: Options) -> str | None:
        return "I4 a word is lost" if options.crash and needed in options.faults else "I1 something else"

    smallest, words = shrink(first, "I4 a word is lost", fails, seconds=5)

    assert smallest.crash and list(smallest.faults) == [needed]
    assert (smallest.submissions, smallest.rounds, smallest.is_busy) == (3, 1, False)
    assert less(draw(first.seed), words) == smallest


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_planted_bug_has_its_place_in_the_product(mutant: Mutant) -> None:
    """`make mutants` plants each and demands that it is found; here only that there is something to replace."""
    assert callable(mutant.original)
    assert any(mutant.wants(draw(seed)) for seed in range(200))


def _plain(seed: int) -> Options:
    return replace(draw(seed), recipe=None, next_recipe=None)

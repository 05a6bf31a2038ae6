"""What one seed's world is like: drawn once, printed with every violation.

Swarm testing: each seed draws which faults exist at all, and then how heavy they are. A world in which everything fails
finds less than many worlds in which a few things fail, because faults hide each other.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Final

from sandbox.faults import FaultKind
from sandbox.programme.scenarios import Crm
from tests.simulation import recipes

# Chance per call, least and most; drawn evenly on a logarithmic scale.
_CALLS: Final[Mapping[FaultKind, tuple[float, float]]] = {
    FaultKind.TIMEOUT_BEFORE: (0.003, 0.08),
    FaultKind.TIMEOUT_AFTER: (0.003, 0.15),
    FaultKind.RESET_BEFORE: (0.003, 0.08),
    FaultKind.RESET_AFTER: (0.003, 0.15),
    FaultKind.RESET_MID_BODY: (0.003, 0.08),
    FaultKind.SERVER_ERROR: (0.003, 0.08),
    FaultKind.HTML_200: (0.003, 0.05),
    FaultKind.TRUNCATED_JSON: (0.003, 0.08),
    FaultKind.RATE_LIMITED: (0.003, 0.05),
    FaultKind.TOKEN_EXPIRED: (0.003, 0.05),
    FaultKind.DAILY_LIMIT: (0.001, 0.01),
    FaultKind.REFRESH_REVOKED: (0.001, 0.01),
    FaultKind.RESULTS_FEWER: (0.02, 0.2),
}
# The same, where there is a wire.
_WIRE: Final[Mapping[FaultKind, tuple[float, float]]] = {
    FaultKind.EMPTY_BODY: (0.003, 0.05),
    FaultKind.SLOW_DRIP: (0.003, 0.05),
    FaultKind.RESULTS_REORDERED: (0.05, 0.5),
    FaultKind.CURSOR_EXPIRED: (0.01, 0.1),
}
# Chance per row or per reading of one object.
_ROWS: Final[Mapping[FaultKind, tuple[float, float]]] = {
    FaultKind.ROW_INVALID: (0.01, 0.1),
    FaultKind.ROW_LOCKED: (0.02, 0.3),
    FaultKind.DUPLICATE_VALUE: (0.01, 0.1),
    FaultKind.ROW_GONE: (0.01, 0.1),
    FaultKind.LATE_COMMIT: (0.02, 0.4),
    FaultKind.INDEX_LAG: (0.02, 0.4),
    FaultKind.STALE_READ: (0.01, 0.2),
}
# Chance per CRM and twenty minutes.
_PEOPLE: Final[Mapping[FaultKind, tuple[float, float]]] = {
    FaultKind.EDIT_BACK: (0.01, 0.15),
    FaultKind.TAMPER: (0.01, 0.15),
    FaultKind.DELETE: (0.005, 0.05),
    FaultKind.UNDELETE: (0.01, 0.1),
    FaultKind.MERGE: (0.005, 0.05),
    FaultKind.CLONE: (0.005, 0.05),
    FaultKind.MASS_UPDATE: (0.005, 0.05),
    FaultKind.TRANSFER: (0.01, 0.1),
    FaultKind.SAME_SECOND: (0.005, 0.05),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One world. Chances are per crossing of a seam.

    pause: the usual time between passes. skews: how far each CRM is ahead of our clock. holding: None for no holding
    period. protection: None for the policy's own.
    replica: another daemon's pass inside a call of ours. commit_lost: a commit whose outcome the daemon is not told. meddle:
    per write call, somebody types a status between our fresh read and our write. brake: brake_writes_max, where it is low.
    allowance: Salesforce's calls a day, where they are few. dies_at_each: the daemon dies once at every seam it reaches.
    is_busy: whether people work on deals that are nobody's story. recipe: the programme whose rules decide; next_recipe: the
    one that takes its place half-way.
    """

    seed: int
    submissions: int
    rounds: int
    pause: timedelta
    holding: timedelta | None
    protection: timedelta | None
    page_rows: int
    sweep_every: int
    skews: Mapping[Crm, timedelta]
    faults: Mapping[FaultKind, float]
    crash: float = 0.0
    commit_lost: float = 0.0
    replica: float = 0.0
    delay: float = 0.0
    jump: float = 0.0
    follows: Crm | None = None
    resists: Crm | None = None
    decides: bool = True  # whether channel managers decide what waits for them
    meddle: float = 0.0
    brake: int | None = None
    allowance: int | None = None
    dies_at_each: bool = False
    is_busy: bool = True
    recipe: str | None = None
    next_recipe: str | None = None
    ring: int = 1  # 2: through the real client libraries

    @property
    def is_undisturbed(self) -> bool:
        """Tell whether nobody interferes with a submission's story, so that it must end as planned whatever else fails."""
        mischief = self.faults.keys() & (_PEOPLE.keys() | {FaultKind.ROW_GONE})
        limits = self.meddle or self.brake or self.allowance or self.recipe
        return not (self.decides or mischief or self.follows or self.resists or self.protection or limits)

    @property
    def lasts(self) -> timedelta:
        """Return about how long the world is disturbed."""
        return self.pause * self.rounds

    def __str__(self) -> str:
        shown = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "faults"}
        words = [
            f"{name}={value}"
            for name, value in shown.items()
            if value not in (0.0, None, {}, False) or name == "is_busy"
        ]
        return " ".join(words + [f"{kind}={rate:.3f}" for kind, rate in self.faults.items()])


def draw(seed: int, *, ring: int = 1) -> Options:
    """Return the options of a seed; the same ones for ever. ring: 2 adds what only a wire can suffer from."""
    options = _under_rules(_draw(seed))
    if ring == 1 or not options.faults:
        return replace(options, ring=ring)
    rng = random.Random(f"wire {seed}")
    return replace(options, ring=ring, faults={**options.faults, **_some(rng, _WIRE.items(), 0.3)})


def _under_rules(options: Options) -> Options:
    """Put one world in five under a real programme's rules, and half of those under another's later."""
    rng = random.Random(f"rules {options.seed}")
    if rng.random() >= 0.2:
        return options
    first, then = rng.choice(recipes.names()), rng.choice(recipes.names())
    is_changed = first != then and rng.random() < 0.5
    return replace(options, recipe=first, next_recipe=then if is_changed else None, holding=None, protection=None)


def _draw(seed: int) -> Options:
    rng = random.Random(f"options {seed}")
    is_calm = rng.random() < 0.1  # no fault at all: what fails here is a plain bug
    return Options(
        seed=seed,
        submissions=rng.choice((3, 6, 9, 13, 19, 27)),
        rounds=rng.randrange(5, 14),
        pause=timedelta(seconds=_between(rng, 60, 4 * 3600)),
        holding=rng.choice((None, None, timedelta(hours=2), timedelta(hours=24))),
        protection=rng.choice((None, None, None, timedelta(hours=3), timedelta(hours=30))),
        page_rows=rng.choice((9, 40, 1000)),
        sweep_every=rng.choice((3, 10, 60)),
        skews={crm: timedelta(seconds=rng.choice((0, 0, -70, 45))) for crm in Crm},
        faults={} if is_calm else _faults(rng),
        crash=_maybe(rng, 0.6, 0.001, 0.03, is_calm=is_calm),
        commit_lost=_maybe(rng, 0.3, 0.001, 0.02, is_calm=is_calm),
        replica=_maybe(rng, 0.3, 0.005, 0.05, is_calm=is_calm),
        delay=_maybe(rng, 0.5, 0.01, 0.2, is_calm=is_calm),
        jump=_maybe(rng, 0.2, 0.02, 0.2, is_calm=is_calm),
        follows=rng.choice(list(Crm)) if rng.random() < 0.1 else None,
        resists=rng.choice(list(Crm)) if rng.random() < 0.1 else None,
        decides=rng.random() < 0.6,
        meddle=_maybe(rng, 0.3, 0.05, 0.6, is_calm=is_calm),
        brake=rng.choice((2, 5)) if rng.random() < 0.1 else None,
        allowance=rng.choice((50, 110)) if rng.random() < 0.1 else None,
        dies_at_each=rng.random() < 0.05 and not is_calm,
    )


def _faults(rng: random.Random) -> dict[FaultKind, float]:
    found: dict[FaultKind, float] = {}
    for group, share in ((_CALLS, 0.25), (_ROWS, 0.3), (_PEOPLE, 0.35)):
        if rng.random() < 0.25:
            continue
        found |= _some(rng, group.items(), share)
    return found


def _some(
    rng: random.Random, group: Iterable[tuple[FaultKind, tuple[float, float]]], share: float
) -> dict[FaultKind, float]:
    return {kind: _between(rng, *limits) for kind, limits in group if rng.random() < share}


def _maybe(rng: random.Random, share: float, least: float, most: float, *, is_calm: bool) -> float:
    exists, rate = rng.random() < share, _between(rng, least, most)
    return rate if exists and not is_calm else 0.0


def _between(rng: random.Random, least: float, most: float) -> float:
    return math.exp(rng.uniform(math.log(least), math.log(most)))

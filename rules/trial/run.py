"""Run a case under a policy and tell what is not as it expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rules.mapping import ConnectionMap
from rules.policy import Policy
from rules.trial.given import ClaimGiven
from rules.trial.rows import PRODUCT
from rules.trial.script import TrialCase, Verb
from rules.trial.verdict import Failure, compare
from rules.trial.world import World

_NO_MAPPINGS: Final[Mapping[str, ConnectionMap]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """How a case came out. checks: how many expectations were looked at."""

    case: TrialCase
    failures: tuple[Failure, ...]
    checks: int

    @property
    def is_passed(self) -> bool:
        return not self.failures


def run_case(
    case: TrialCase, policy: Policy, *, start: datetime, mappings: Mapping[str, ConnectionMap] = _NO_MAPPINGS
) -> TrialResult:
    """Let a case happen and compare. start: the time of cases that say none. mappings: of the CRMs that are written to."""
    begin = case.when[0].at if case.when else start
    world = World(policy, case.given, start=begin, product=_product(case), mappings=mappings)
    failures: list[Failure] = []
    checks = 0
    for event in case.when:
        if event.verb is Verb.THEN and isinstance(event.detail, tuple):
            world.run_until(event.at)
            expected = event.detail
        else:
            world.happen(event)
            continue
        checks += len(expected)
        for each in expected:
            failures.extend(compare(world, each))
    for each in case.then:
        failures.extend(compare(world, each))
    return TrialResult(case=case, failures=tuple(failures), checks=checks + len(case.then))


def _product(case: TrialCase) -> str:
    """Return the product that the case means where it does not say: the first it names."""
    return next(_products(case), PRODUCT)


def _products(case: TrialCase) -> Iterator[str]:
    claims = [*case.given.registrations, *(each.detail for each in case.when if isinstance(each.detail, ClaimGiven))]
    for claim in claims:
        yield from filter(None, (claim.product, *claim.products, *(line.product for line in claim.lines)))

"""Run every check over a rule file, or over a configuration directory with its mappings; needs no ledger and no login."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from config.check import (
    choices,
    conditions,
    mapped,
    names,
    order,
    programmes,
    requirements,
    rewards,
    sizes,
    times,
    unused,
    words,
)
from config.check.findings import Finding, Report, from_problems, in_order
from config.check.looked_at import LookedAt
from config.load import MAIN_FILE, load_mappings, rules_file
from config.overlay import overlaid
from config.policy import DEFAULTS_FILE, SET, load_policy
from config.rates import read_rates
from config.source import Listing, Table, name_of, read_yaml
from rules.errors import ConfigError
from rules.mapping import ConnectionMap
from rules.policy import Policy

FieldsPath = Callable[[str], Path]
Check = Callable[[LookedAt], Iterator[Finding]]

# Asked of the base and of each programme's policy.
CHECKS: Final[tuple[Check, ...]] = (
    conditions.check_conditions,
    conditions.check_together,
    conditions.check_inside_programme,
    requirements.check_together,
    requirements.check_twins,
    words.check_words,
    choices.check_lines,
    choices.check_cases,
    choices.check_bands,
    times.check_window,
    times.check_warnings,
    times.check_duty,
    times.check_extension,
    times.check_answer,
    times.check_after_end,
    order.check_ladder,
    order.check_ties,
    order.check_priority,
    order.check_second,
    rewards.check_receivers,
    rewards.check_limits,
    rewards.check_stacking,
    sizes.check_evidence,
    sizes.check_quotas,
    sizes.check_approval,
    sizes.check_currencies,
    sizes.check_sets,
    names.check_milestones,
    names.check_changes,
    unused.check_idle,
    unused.check_objections,
    unused.check_commands,
)
# Asked of the whole file once.
WHOLE: Final[tuple[Check, ...]] = (programmes.check_hidden, programmes.check_dates, programmes.check_dual_run)
# Asked where the mappings are known, of the base and of each programme's policy.
WITH_MAPPINGS: Final[tuple[Callable[[LookedAt, Sequence[ConnectionMap]], Iterator[Finding]], ...]] = (
    mapped.check_facts,
    mapped.check_settings,
    mapped.check_required,
    mapped.check_moves,
)


def check_rules(path: Path, *, fields_path: FieldsPath | None = None) -> Report:
    """Return everything that is wrong or doubtful about the rules.

    path: a rule file, or a configuration directory. fields_path: gives a connector kind's reference mapping; with it the
    mappings of a directory are checked, too, and the rules against them.
    """
    problems: list[Finding] = []
    mappings: Sequence[ConnectionMap] = ()
    file, shown = path, str(path)
    if path.is_dir():
        file, shown = path / rules_file(path), str(path / rules_file(path))
        if fields_path is not None and (path / MAIN_FILE).is_file():
            try:
                mappings = load_mappings(path, fields_path=fields_path)
            except ConfigError as error:
                problems += from_problems(error.problems)
    try:
        policy = load_policy(file, name=shown)
    except ConfigError as error:
        return Report(findings=in_order([*from_problems(error.problems), *problems]))
    problems += _rates(policy, file)
    findings = in_order([*problems, *findings_of(policy, read_yaml(file, name=shown), mappings)])
    return Report(findings=findings, policy=policy)


def findings_of(policy: Policy, root: Table, mappings: Sequence[ConnectionMap] = ()) -> Iterator[Finding]:
    """Yield what is found in a policy that could be read. mappings: of all connections; none where they are unknown."""
    base = LookedAt(policy=policy, root=root, own=root)
    overlays = list(_overlays(policy, root))
    for looked in (base, *overlays):
        for check in CHECKS:
            yield from check(looked)
        for with_mappings in WITH_MAPPINGS if mappings else ():
            yield from with_mappings(looked, mappings)
    for check in WHOLE:
        yield from check(base)
    yield from names.check_declared(base, overlays)
    if mappings:
        yield from mapped.check_types(base, mappings)


def against_mappings(policy: Policy, root: Table, mappings: Sequence[ConnectionMap]) -> tuple[Finding, ...]:
    """Return what a policy asks for and the mappings do not give: what `doctor` tells of the rules."""
    looked_at = (LookedAt(policy=policy, root=root, own=root), *_overlays(policy, root))
    return in_order(each for looked in looked_at for check in WITH_MAPPINGS for each in check(looked, mappings))


def _overlays(policy: Policy, root: Table) -> Iterator[LookedAt]:
    """Yield each programme's policy with the nodes it was read from."""
    bare = Table(
        place=root.place,
        items={name: node for name, node in root.items.items() if name != "programmes"},
        key_places={name: place for name, place in root.key_places.items() if name != "programmes"},
    )
    written = root.items.get("programmes")
    for programme in policy.programmes:
        node = written.items.get(programme.name) if isinstance(written, Table) else None
        if isinstance(written, Listing):
            node = next((each for each in written.items if name_of(each) == programme.name), None)
        over = node.items.get(SET) if isinstance(node, Table) else None
        if not isinstance(over, Table):
            continue  # it changes nothing
        merged = overlaid(Policy, bare, over, defaults=_defaults())
        assert isinstance(merged, Table), programme.name
        yield LookedAt(
            policy=programme.policy,
            root=merged,
            own=over,
            key=f"programmes.{programme.name}.{SET}",
            when=programme.when,
        )


@cache
def _defaults() -> Table:
    return read_yaml(DEFAULTS_FILE)


def _rates(policy: Policy, file: Path) -> Iterator[Finding]:
    """Yield what is wrong with the files of exchange rates that the policy and its programmes name."""
    policies = (policy, *(each.policy for each in policy.programmes))
    for name in dict.fromkeys(each.rates.file for each in policies if each.rates.file is not None):
        try:
            read_rates(file.parent / name, base=policy.currency, name=str(file.parent / name))
        except ConfigError as error:
            yield from from_problems(error.problems)

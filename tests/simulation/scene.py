"""What a seed's options amount to: the settings of the daemon, its policy, and the world around it."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import config
from config.mapping import load_mapping
from config.policy import load_policy
from config.settings import ConnectionConfig, Settings, SyncSettings
from connectors import registry
from rules.choice import Choice
from rules.mapping import ConnectionMap
from rules.policy import Policy
from rules.span import Span
from sandbox import workflows
from sandbox.faults import Faults
from sandbox.office import Habits
from sandbox.world import World, build_world
from tests.simulation.options import Options

BOTH: Final = ("salesforce", "hubspot")
SCALE: Final = 0.004  # some seventy companies and thirty opportunities
_SECRET: Final = "canary-5e1f-{}"


def settings_of(options: Options, directory: Path) -> Settings:
    return Settings(
        directory=directory,
        ledger_url=f"sqlite:///{directory / 'ledger.db'}",
        policy=_policy(options),
        connections=tuple(
            ConnectionConfig(
                name=name,
                kind=name,
                url="https://crm.example",
                mapping=reference(name),
                secrets={"password": _SECRET.format(name)},
                daily_share=0.9,
            )
            for name in BOTH
        ),
        sync=SyncSettings(sweep_every_passes=options.sweep_every),
    )


def world_of(options: Options) -> World:
    faults = Faults(random.Random(f"faults {options.seed}"), options.faults)
    world = build_world(
        seed=options.seed,
        scale=SCALE,
        submissions=options.submissions,
        lasts=options.lasts,
        faults=faults,
        habits=Habits(decides=options.decides),
    )
    for crm, skew in options.skews.items():
        world.clocks[crm].skew = skew
    if options.follows is not None:
        workflows.follow(world, options.follows)
    if options.resists is not None:
        workflows.resist(world, options.resists)
    return world


@cache
def reference(name: str) -> ConnectionMap:
    """Return the reference mapping of a connector, read once."""
    return load_mapping(name, name, defaults=registry.fields_path(name))


def _policy(options: Options) -> Policy:
    """Return the default policy with the seed's own spans."""
    policy = _default_policy()
    protection = policy.protection
    if options.protection is not None:
        warnings = (Span(exact=options.protection / 2),)
        protection = replace(protection, length=Choice.always(Span(exact=options.protection)), warnings_before=warnings)
    holding = Choice.always(Span(exact=options.holding)) if options.holding is not None else None
    name = f"holding {options.holding}, protection {options.protection}"
    return replace(policy, hash=name, holding=holding, protection=protection)


@cache
def _default_policy() -> Policy:
    return load_policy(Path(config.__file__).parent / "defaults" / "rules.yaml")

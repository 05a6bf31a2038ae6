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
from connectors.port import Clock, ConnectionSettings, Connector
from rules.choice import Choice
from rules.mapping import ConnectionMap
from rules.policy import Policy
from rules.span import Span
from sandbox import workflows
from sandbox.faults import Faults
from sandbox.office import Habits
from sandbox.programme.partners import partner_at
from sandbox.world import World, build_world
from tests.simulation import recipes
from tests.simulation.options import Options

BOTH: Final = ("salesforce", "hubspot")
SCALE: Final = 0.004  # some seventy companies and thirty opportunities
_SECRET: Final = "canary-5e1f-{}"


_CLIENTS: Final = {"salesforce": "https://vendor.my.salesforce.com", "hubspot": "https://api.hubapi.com"}
_LOGIN: Final = {"salesforce": ("client_id", "client_secret"), "hubspot": ("access_token",)}


def client(world: World, name: str, clock: Clock) -> Connector:
    """Return the product's own connector over the real client library, which ends in the CRM's app without a socket."""
    login = world.logins()[name]
    settings = ConnectionSettings(
        name=name, kind=name, url=_CLIENTS[name], secrets={key: login[key] for key in _LOGIN[name]}
    )
    return registry.build(settings, reference(name), clock=clock, transport=world.transports()[name])


def settings_of(options: Options, directory: Path) -> Settings:
    return Settings(
        directory=directory,
        ledger_url=f"sqlite:///{directory / 'ledger.db'}",
        policy=_policy(options),
        policy_source=recipes.source(options.recipe) if options.recipe is not None else "",
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
        sync=_sync(options),
    )


def _sync(options: Options) -> SyncSettings:
    plain = SyncSettings(sweep_every_passes=options.sweep_every)
    return plain if options.brake is None else replace(plain, brake_writes_max=options.brake)


def world_of(options: Options) -> World:
    faults = Faults(random.Random(f"faults {options.seed}"), options.faults)
    world = build_world(
        seed=options.seed,
        scale=SCALE,
        submissions=options.submissions,
        lasts=options.lasts,
        faults=faults,
        habits=_habits(options),
    )
    for crm, skew in options.skews.items():
        world.clocks[crm].skew = skew
    if options.allowance is not None:
        world.salesforce._limits.daily_limit = options.allowance
    if options.follows is not None:
        workflows.follow(world, options.follows)
    if options.resists is not None:
        workflows.resist(world, options.resists)
    return world


def partners(world: World) -> dict[str, str]:
    """Return the partners' names by their code."""
    campaign = world.campaign
    plans = [partner_at(campaign.seed, number) for number in range(campaign.partners)]
    return {each.code: each.name for each in plans}


def _habits(options: Options) -> Habits:
    if options.is_busy:
        return Habits(decides=options.decides)
    return Habits(
        edits=0, stage_moves=0, closings=0, direct_deals=0, renames=0, workflow_edits=0, decides=options.decides
    )


@cache
def reference(name: str) -> ConnectionMap:
    """Return the reference mapping of a connector, read once."""
    return load_mapping(name, name, defaults=registry.fields_path(name))


def _policy(options: Options) -> Policy:
    """Return the default policy with the seed's own spans."""
    if options.recipe is not None:
        return recipes.policy(options.recipe)
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

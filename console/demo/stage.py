"""Set the demo's scene: a world with both CRMs on loopback, a configuration as `init` writes it, and a daemon over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import config
from config.load import load_settings
from config.settings import Settings
from connectors.registry import fields_path
from daemon import Daemon, build
from sandbox.clock import SimClock
from sandbox.serve import Served, serve
from sandbox.world import World, build_world

_FILES = ("registrar.yaml", "rules.yaml", "salesforce.yaml", "hubspot.yaml")
_ADDRESSES = {"salesforce": "https://YOUR-DOMAIN.my.salesforce.com", "hubspot": "https://api.hubapi.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything the demo plays with. directory holds a real configuration and, by default, the ledger."""

    world: World
    clock: SimClock
    served: Served
    settings: Settings
    daemon: Daemon
    directory: Path


@contextmanager
def staged(*, seed: int, scale: float, ledger_url: str | None, keep: Path | None) -> Iterator[Stage]:
    """Build the stage, and take it down at the end. keep: a directory that stays; None: one that goes.

    Raises ConfigError, LedgerError or OSError as the commands do: the demo is set up like an installation.
    """
    with _directory(keep) as directory:
        world = build_world(seed=seed, scale=scale)
        assert isinstance(world.clock, SimClock)
        with serve(world) as served:
            urls = {"salesforce": served.salesforce_url, "hubspot": served.hubspot_url}
            _write(directory, urls)
            environ = _environ(world.logins())
            if ledger_url is not None:
                environ["REGISTRAR_LEDGER_URL"] = ledger_url
            settings = load_settings(directory, environ=environ, fields_path=fields_path)
            daemon = build(settings, clock=world.clock)
            try:
                yield Stage(
                    world=world,
                    clock=world.clock,
                    served=served,
                    settings=settings,
                    daemon=daemon,
                    directory=directory,
                )
            finally:
                daemon.close()


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with TemporaryDirectory(prefix="registrar-demo-") as made:
        yield Path(made)


def _write(directory: Path, urls: Mapping[str, str]) -> None:
    """Write what `registrar init` writes, with the sandbox's addresses filled in as an admin would."""
    defaults = Path(config.__file__).parent / "defaults"
    for name in _FILES:
        text = (defaults / name).read_text(encoding="utf-8")
        for kind, address in _ADDRESSES.items():
            text = text.replace(f"url: {address}", f"url: {urls[kind]}")
        (directory / name).write_text(text, encoding="utf-8")


def _environ(logins: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    salesforce, hubspot = logins["salesforce"], logins["hubspot"]
    return {
        "REGISTRAR_SALESFORCE_CLIENT_ID": str(salesforce["client_id"]),
        "REGISTRAR_SALESFORCE_CLIENT_SECRET": str(salesforce["client_secret"]),
        "REGISTRAR_HUBSPOT_ACCESS_TOKEN": str(hubspot["access_token"]),
    }

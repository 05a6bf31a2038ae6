"""The HubSpot connector's own settings, checked: every problem at once, before the first call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from connectors.http import checked_url
from connectors.hubspot.cursor import Lookback
from connectors.hubspot.meter import Pace
from connectors.hubspot.paths import NUMBERED, is_family
from connectors.port import ConnectionSettings
from rules.errors import ConfigError, Problem

HOST: Final = "https://api.hubapi.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings with their defaults.

    api: the path family. page_rows: rows of one page handed out, read in several calls. currency: of amounts in accounts
    that do not tell their own.
    """

    url: str
    api: str
    pace: Pace
    lookback: Lookback
    page_rows: int
    currency: str | None
    ca_bundle: str | None
    proxy: str | None


def read_options(settings: ConnectionSettings) -> Options:
    """Return the checked options of one connection; raise ConfigError with every problem."""
    parts = checked_url(settings.url or HOST, connection=settings.name)
    given = settings.options
    problems: list[Problem] = []

    def take(name: str, default: float, low: float, high: float) -> float:
        value = given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            problems.append(_problem(settings, name, f"{value!r} is not a number from {low:g} to {high:g}."))
            return default
        return value

    api = str(given.get("api") or given.get("api_version") or NUMBERED)
    if not is_family(api):
        hint = f'Write "{NUMBERED}", or a dated version such as "2026-09".'
        problems.append(_problem(settings, "api", f"{api!r} is no version of HubSpot's API.", hint))
    options = Options(
        url=f"{parts.scheme}://{parts.netloc}",
        api=api,
        pace=Pace(
            calls_per_10_s=take("calls_per_10_s", 0, 0, 1000) or None,
            searches_per_s=take("searches_per_s", 4, 0.1, 50),
            connect_s=take("connect_timeout_s", 5, 0.1, 600),
            read_s=take("read_timeout_s", 60, 0.1, 3600),
        ),
        lookback=Lookback(
            overlap=timedelta(minutes=take("lookback_minutes", 5, 0, 1440)),
            wide=timedelta(minutes=take("wide_lookback_minutes", 120, 0, 10_080)),
            wide_every=timedelta(minutes=take("wide_every_minutes", 60, 1, 10_080)),
            settle=timedelta(minutes=take("settle_minutes", 5, 0, 1440)),
        ),
        page_rows=int(take("page_rows", 1000, 1, 10_000)),
        currency=given.get("currency"),
        ca_bundle=given.get("ca_bundle"),
        proxy=given.get("proxy"),
    )
    if problems:
        raise ConfigError(problems)
    return options


def _problem(settings: ConnectionSettings, key: str, message: str, hint: str = "") -> Problem:
    return Problem(file=f"connection {settings.name}", line=0, column=0, key=key, message=message, hint=hint)

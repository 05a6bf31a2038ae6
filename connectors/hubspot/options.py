"""The HubSpot connector's own settings, checked: every problem at once, before the first call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from connectors.http import checked_url
from connectors.hubspot.cursor import Lookback
from connectors.hubspot.meter import Pace
from connectors.hubspot.paths import NUMBERED, is_family
from connectors.options import OptionReader
from connectors.port import ConnectionSettings

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
    given = OptionReader(settings)
    api = str(given.any("api") or NUMBERED)
    if not is_family(api):
        hint = f'Write "{NUMBERED}", or a dated version such as "2026-09".'
        given.problem("api", f"{api!r} is no version of HubSpot's API.", hint)
    options = Options(
        url=f"{parts.scheme}://{parts.netloc}",
        api=api,
        pace=Pace(
            calls_per_10_s=given.number("calls_per_10_s", 0, 0, 1000) or None,
            searches_per_s=given.number("searches_per_s", 4, 0.1, 50),
            connect_s=given.number("connect_timeout_s", 5, 0.1, 600),
            read_s=given.number("read_timeout_s", 60, 0.1, 3600),
        ),
        lookback=Lookback(
            overlap=timedelta(minutes=given.number("lookback_minutes", 5, 0, 1440)),
            wide=timedelta(minutes=given.number("wide_lookback_minutes", 120, 0, 10_080)),
            wide_every=timedelta(minutes=given.number("wide_every_minutes", 60, 1, 10_080)),
            settle=timedelta(minutes=given.number("settle_minutes", 5, 0, 1440)),
        ),
        page_rows=int(given.number("page_rows", 1000, 1, 10_000)),
        currency=given.text("currency"),
        ca_bundle=given.text("ca_bundle"),
        proxy=given.text("proxy"),
    )
    given.stop_if_any()
    return options

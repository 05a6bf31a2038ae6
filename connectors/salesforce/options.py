"""The Salesforce connector's own settings, checked: every problem at once, before the first call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from connectors.http import checked_url
from connectors.options import OptionReader
from connectors.port import ConnectionSettings

_VERSION: Final = re.compile(r"\d{2,3}\.0")
_PLACEHOLDER: Final = "your-domain"
_LOGIN_HOSTS: Final = frozenset({"login.salesforce.com", "test.salesforce.com"})
_NEEDED: Final = {
    "client_credentials": ("client_id", "client_secret"),
    "jwt_bearer": ("client_id", "username", "private_key"),
}


class Flow(StrEnum):
    """The logins that last: the password flows are off by default in new orgs and are being retired."""

    CLIENT_CREDENTIALS = "client_credentials"
    JWT_BEARER = "jwt_bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings with their defaults.

    url: scheme and host of the org's My Domain. audience: `aud` of the JWT. lookback: how long a row may take from its
    stamp to being visible. bulk_threshold_rows: a backfill of more rows goes by Bulk API 2.0. bulk_deadline_s: after it, a
    bulk job is given up for paging. call_s: the longest a whole answer may take, however steadily it trickles.
    """

    url: str
    flow: Flow
    audience: str
    api_version: str = "66.0"
    lookback: timedelta = timedelta(minutes=12)
    page_rows: int = 2000
    bulk_threshold_rows: int = 20_000
    bulk_page_rows: int = 5_000
    bulk_deadline_s: float = 3600.0
    connect_s: float = 10.0
    read_s: float = 120.0
    call_s: float = 600.0
    currency: str | None = None
    ca_bundle: str | None = None
    proxy: str | None = None


def read_options(settings: ConnectionSettings) -> Options:
    """Return the checked options of one connection; raise ConfigError with every problem."""
    parts = checked_url(settings.url, connection=settings.name)
    url = f"{parts.scheme}://{parts.netloc}"
    given = OptionReader(settings)
    _check_host(parts.hostname or "", given)
    version = str(given.any("api_version") or "66.0").removeprefix("v")
    if not _VERSION.fullmatch(version):
        given.problem("api_version", f"{version!r} is no API version.", 'Write "66.0".')
    options = Options(
        url=url,
        flow=_flow(settings, given),
        audience=given.text("audience") or url,
        api_version=version,
        lookback=timedelta(minutes=given.number("lookback_minutes", 12, 0, 1440)),
        page_rows=int(given.number("page_rows", 2000, 1, 2000)),
        bulk_threshold_rows=int(given.number("bulk_threshold_rows", 20_000, 0, 1e12)),
        bulk_page_rows=int(given.number("bulk_page_rows", 5_000, 1, 250_000)),
        bulk_deadline_s=60 * given.number("bulk_deadline_minutes", 60, 1, 1440),
        connect_s=given.number("connect_timeout_s", 10, 0.1, 600),
        read_s=given.number("read_timeout_s", 120, 0.1, 3600),
        call_s=given.number("call_timeout_s", 600, 0.1, 7200),
        currency=given.text("currency"),
        ca_bundle=given.text("ca_bundle"),
        proxy=given.text("proxy"),
    )
    given.stop_if_any()
    return options


def _check_host(host: str, given: OptionReader) -> None:
    """Note an address that no org can have: the placeholder of a new configuration, and the hosts where people log in."""
    hint = "Write the org's My Domain address, https://NAME.my.salesforce.com (Setup, My Domain)."
    if _PLACEHOLDER in host.lower():
        given.problem("url", "still holds the placeholder.", hint)
    elif host.lower() in _LOGIN_HOSTS:
        given.problem("url", f"is {host}, which does not serve these logins.", hint)


def _flow(settings: ConnectionSettings, given: OptionReader) -> Flow:
    """Return the login flow: as written, else as the secrets at hand suggest."""
    login = given.any("login")
    named = given.text("flow") or (login.get("flow") if isinstance(login, Mapping) else None)
    if named is None:
        named = Flow.JWT_BEARER if "private_key" in settings.secrets else Flow.CLIENT_CREDENTIALS
    name = str(named).replace("-", "_")
    if name not in _NEEDED:
        hint = "Write client_credentials or jwt_bearer."
        given.problem("login.flow", f"{name!r} is no login Registrar can use.", hint)
        return Flow.CLIENT_CREDENTIALS
    for secret in _NEEDED[name]:
        if not settings.secrets.get(secret):
            hint = "Or name another variable, or a file, under login:."
            given.problem(f"login.{secret}", f"is empty; {name} needs it.", hint)
    return Flow(name)

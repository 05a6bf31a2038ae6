"""Who may call: tokens, their scopes and their end; the exchange of a refresh token for an access token.

A portal has one static token (private app or service key) and one OAuth app. A token that does not look like one is turned
away by the edge with a web page and status 530, before anything else sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from re import compile as compile_pattern
from typing import Any, Final

from sandbox.hubspot import errors
from sandbox.hubspot.errors import Refusal

LIFETIME_S: Final = 1800
_LOOKS_RIGHT: Final = compile_pattern(r"[A-Za-z0-9._-]{20,}")


class Tokens:
    """The credentials of one portal. login: what a client is configured with, static and OAuth."""

    def __init__(self, rng: Random) -> None:
        def part(length: int) -> str:
            return "".join(rng.choices("0123456789abcdef", k=length))

        self._part = part
        self.login = {
            "access_token": f"pat-eu1-{part(8)}-{part(4)}-{part(4)}-{part(12)}",
            "client_id": f"{part(8)}-{part(4)}-{part(4)}-{part(12)}",
            "client_secret": f"{part(8)}-{part(4)}-{part(4)}-{part(12)}",
            "refresh_token": f"eu1-{part(4)}-{part(4)}-{part(4)}-{part(12)}",
        }
        self.is_uninstalled = False  # the OAuth app: its refresh token is then refused
        self._ends: dict[str, datetime] = {}

    def check(self, header: str, now: datetime) -> bool:
        """Return whether the call is an OAuth app's; raise Refusal for a token that is no good."""
        scheme, _, token = header.partition(" ")
        if not header or scheme.lower() != "bearer":
            raise errors.invalid_token()
        if not _LOOKS_RIGHT.fullmatch(token):
            raise errors.web_page(530, "Error 1016: origin DNS error")
        if token == self.login["access_token"]:
            return False
        ends_at = self._ends.get(token)
        if ends_at is None:
            raise errors.invalid_token()
        if now >= ends_at:
            raise errors.expired_token()
        return True

    def expire(self, header: str) -> None:
        """End an OAuth access token early; a static token is not touched."""
        token = header.partition(" ")[2]
        if token in self._ends:
            self._ends[token] = datetime.min.replace(tzinfo=self._ends[token].tzinfo)

    def rotate(self) -> str:
        """Replace the static token, as an admin does, and return the new one."""
        self.login["access_token"] = f"pat-eu1-{self._part(8)}-{self._part(4)}-{self._part(4)}-{self._part(12)}"
        return self.login["access_token"]

    def refresh(self, form: Mapping[str, str], now: datetime) -> dict[str, Any]:
        """Return a new access token; the refresh token stays as it is. Raises Refusal."""
        if form.get("grant_type") != "refresh_token":
            raise _bad("BAD_GRANT_TYPE", "missing or unknown grant type")
        if form.get("client_id") != self.login["client_id"]:
            raise _bad("BAD_CLIENT_ID", "missing or unknown client id")
        if form.get("client_secret") != self.login["client_secret"]:
            raise _bad("BAD_CLIENT_SECRET", "missing or invalid client secret")
        if self.is_uninstalled or form.get("refresh_token") != self.login["refresh_token"]:
            raise revoked()
        token = f"CEU{self._part(40)}"
        self._ends[token] = now + timedelta(seconds=LIFETIME_S)
        return {
            "token_type": "bearer",
            "refresh_token": self.login["refresh_token"],
            "access_token": token,
            "expires_in": LIFETIME_S,
        }


def revoked() -> Refusal:
    return _bad("BAD_REFRESH_TOKEN", "missing or invalid refresh token")


def _bad(status: str, message: str) -> Refusal:
    return Refusal(400, {"status": status, "message": message})

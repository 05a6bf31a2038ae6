"""Which token the calls carry: a static one (private app, service key) or one renewed by OAuth refresh.

A token is renewed by the clock, before `expires_in` has passed, because a 401 is no reliable sign of its age (HubSpot docs,
OAuth); yet tokens do die early, so a 401 EXPIRED_AUTHENTICATION renews it once more. The refresh token does not rotate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.port import Clock
from rules.errors import ConfigError, Problem

EXPIRY_MARGIN_S: Final = 120.0  # renewed this long before the token ends
_LIFETIME_S: Final = 1800.0  # where the answer does not tell (HubSpot docs: 30 minutes)
_REFRESH: Final = ("client_id", "client_secret", "refresh_token")


class Login:
    """The credentials of one connection.

    secrets: either `access_token`, or `client_id`, `client_secret` and `refresh_token`.
    """

    def __init__(self, secrets: Mapping[str, str], *, connection: str, clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock
        self._ends_at: float | None = None
        self.is_refreshed = "refresh_token" in secrets
        needed = _REFRESH if self.is_refreshed else ("access_token",)
        missing = [name for name in needed if not secrets.get(name)]
        if missing:
            raise ConfigError(
                [
                    Problem(
                        file=f"connection {connection}",
                        line=0,
                        column=0,
                        key=f"login.{name}",
                        message="is missing.",
                        hint="A private app or a service key has an access_token; OAuth needs client_id, client_secret and "
                        "refresh_token.",
                    )
                    for name in missing
                ]
            )

    @property
    def static_token(self) -> str | None:
        return None if self.is_refreshed else self._secrets["access_token"]

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return every value that no text may show."""
        return tuple(self._secrets.values())

    def is_due(self) -> bool:
        """Tell whether a new token is needed before the next call."""
        return self.is_refreshed and (self._ends_at is None or self._clock.monotonic() >= self._ends_at)

    def form(self) -> dict[str, str]:
        """Return the fields of the refresh request."""
        return {"grant_type": "refresh_token", **{name: self._secrets[name] for name in _REFRESH}}

    def accept(self, answer: Mapping[str, Any]) -> str:
        """Note the lifetime told by the token endpoint and return the token; raise ValueError when there is none."""
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise ValueError("no access_token in the answer")
        told = answer.get("expires_in")
        lifetime_s = float(told) if isinstance(told, int | float) and told > 0 else _LIFETIME_S
        self._ends_at = self._clock.monotonic() + max(lifetime_s - EXPIRY_MARGIN_S, lifetime_s / 2)
        return token

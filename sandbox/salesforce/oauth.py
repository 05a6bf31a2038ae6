"""The token endpoint and the sessions it opens: client credentials and JWT bearer, no refresh token.

A session ends when it has not been used for the org's time-out; nothing says so before a call is refused. Source:
Salesforce help, "OAuth 2.0 Client Credentials Flow", "OAuth 2.0 JWT Bearer Flow".
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.port import Clock
from sandbox.salesforce.errors import ApiError

JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SESSION_LIFE: Final = timedelta(hours=2)
ASSERTION_LIFE_MAX: Final = timedelta(minutes=5)
_LOGIN_HOSTS: Final = ("login.salesforce.com", "test.salesforce.com")


@lru_cache(maxsize=1)
def private_key() -> str:
    """Return the PEM key whose certificate the sandbox's app holds; made once per process, when first wanted."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@lru_cache(maxsize=1)
def _public_key() -> Any:
    loaded = serialization.load_pem_private_key(private_key().encode(), password=None)
    return loaded.public_key()


@dataclass(slots=True, kw_only=True)
class _Session:
    user_id: str
    expires_at: datetime


class OAuthError(Exception):
    """A refused login: an object, where every other error is a list."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.body = {"error": error, "error_description": description}


class Logins:
    """The connected app of one org and the sessions opened through it.

    life: the org's session time-out, sliding with use. is_open: False refuses every login, as when the app was revoked.
    is_opaque: tokens are long and do not spell the org's id, as JWT access tokens.
    """

    def __init__(self, clock: Clock, *, org_id: str, user_id: str, rng: Random) -> None:
        self._clock = clock
        self._rng = rng  # equal seeds give equal tokens: they open a simulated org only
        self.org_id = org_id
        self.user_id = user_id
        self.client_id = f"3MVG9{rng.getrandbits(200):050x}"
        self.client_secret = f"{rng.getrandbits(256):064X}"
        self.username = "integration@vendor.example"
        self.life = SESSION_LIFE
        self.is_open = True
        self.is_opaque = False
        self.count = 0
        self._sessions: dict[str, _Session] = {}

    def answer(self, body: bytes, headers: Mapping[str, str], origin: str) -> dict[str, Any]:
        """Return the token endpoint's answer; raise OAuthError for a login that is refused."""
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        self.count += 1
        grant = form.get("grant_type", "")
        flows: Mapping[str, Callable[[], None]] = {
            "client_credentials": lambda: self._check_client(form, headers, origin),
            JWT_GRANT: lambda: self._check_assertion(form.get("assertion", ""), origin),
        }
        if grant not in flows:
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        flows[grant]()
        if not self.is_open:
            raise OAuthError("invalid_grant", "no client credentials user enabled")
        return self._opened(origin)

    def user_of(self, authorization: str) -> str:
        """Return the user of a session; raise ApiError 401 when there is none any more."""
        kind, _, token = authorization.partition(" ")
        if not authorization:
            raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if kind.lower() not in ("bearer", "oauth"):
            raise ApiError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        session = self._sessions.get(token.strip())
        now = self._clock.now()
        if session is None or session.expires_at <= now:
            raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        session.expires_at = now + self.life
        return session.user_id

    def end_sessions(self) -> None:
        """End every session, as an administrator or a password change does."""
        self._sessions.clear()

    def _opened(self, origin: str) -> dict[str, Any]:
        now = self._clock.now()
        secret = f"{self._rng.getrandbits(384):096x}"
        token = f"eyJ{secret * 20}" if self.is_opaque else f"{self.org_id[:15]}!AQ{secret}"
        self._sessions[token] = _Session(user_id=self.user_id, expires_at=now + self.life)
        return {
            "access_token": token,
            "signature": f"{self._rng.getrandbits(256):064x}",
            "scope": "api",
            "instance_url": origin,
            "id": f"https://login.salesforce.com/id/{self.org_id}/{self.user_id}",
            "token_type": "Bearer",
            "issued_at": str(int(now.timestamp() * 1000)),
        }

    def _check_client(self, form: Mapping[str, str], headers: Mapping[str, str], origin: str) -> None:
        if urlsplit(origin).hostname in _LOGIN_HOSTS:
            raise OAuthError("invalid_grant", "request not supported on this domain")
        client_id, secret = form.get("client_id"), form.get("client_secret")
        kind, _, coded = headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(coded).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise OAuthError("invalid_client", "invalid client credentials") from None
        if client_id != self.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if secret != self.client_secret:
            raise OAuthError("invalid_client", "invalid client credentials")

    def _check_assertion(self, assertion: str, origin: str) -> None:
        try:
            # The times are compared with the sandbox's clock below, not with the machine's.
            unchecked = {"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False}
            claims = jwt.decode(assertion, _public_key(), algorithms=["RS256"], options=unchecked)  # type: ignore[arg-type]
        except jwt.PyJWTError:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        if claims.get("iss") != self.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if claims.get("sub") != self.username:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        audience = urlsplit(str(claims.get("aud", "")))
        if audience.hostname not in (urlsplit(origin).hostname, *_LOGIN_HOSTS):
            raise OAuthError("invalid_grant", "audience is invalid")
        now = self._clock.now().timestamp()
        try:
            ahead_s = float(claims.get("exp", 0)) - now  # simple-salesforce sends it as text
        except ValueError:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        if not 0 < ahead_s <= ASSERTION_LIFE_MAX.total_seconds():
            raise OAuthError("invalid_grant", "expired authorization code")

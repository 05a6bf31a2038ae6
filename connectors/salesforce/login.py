"""Log in to Salesforce by OAuth: client credentials or JWT bearer, on the org's own host.

The client library has logins of its own; ours are used because a session that the library renews repeats the call without
its extra headers (a conditional update would become an unconditional one), and may renew without end. Neither flow has a
refresh token: renewing means logging in again. Source: Salesforce help, "OAuth 2.0 Client Credentials Flow" and "OAuth 2.0
JWT Bearer Flow".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
import requests

from connectors.http import checked_url, is_loopback, retry_after_s
from connectors.salesforce.errors import call_error, read_fault
from connectors.salesforce.ids import known_id18
from connectors.salesforce.options import Flow, Options
from connectors.unanswered import is_unreached, unreached_words, why_unanswered
from rules.errors import ConfigError, PermanentError, RetryClass, TransientError

TOKEN_PATH: Final = "/services/oauth2/token"  # noqa: S105 - a path
JWT_LIFE_S: Final = 180  # Salesforce accepts three to five minutes
JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"

_HINTS: Final[Mapping[str, str]] = {
    "user hasn't approved": "Pre-authorise the integration user in the app's policies.",
    "request not supported on this domain": "Set url to the org's My Domain address; login hosts do not serve this flow.",
    "no client credentials user enabled": "Choose a run-as user in the app's client credentials flow.",
    "audience": "Set audience to the org's My Domain address.",
    "expired": "Set this machine's clock; Salesforce accepts a few minutes only.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login: the token, the host to talk to, and which org and user it stands for (15 and 18 characters).

    None: not told.
    """

    token: str = field(repr=False)
    instance_url: str
    org_id: str | None
    user_id: str | None


def log_in(
    http: requests.Session, options: Options, secrets: Mapping[str, str], *, connection: str, now: datetime
) -> Session:
    """Return a new session.

    now: the CRM's time as well as we know it; it dates the JWT. Raises PermanentError when the login is refused, and
    TransientError when the token endpoint does not answer properly.
    """
    form = _form(options, secrets, connection=connection, now=now)
    try:
        answer = http.post(options.url + TOKEN_PATH, data=form, allow_redirects=False)
    except requests.RequestException as error:
        raise _unreachable(error, options.url, connection) from None
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code == 200 and isinstance(body, dict) and body.get("access_token"):
        return _session(body, options, connection)
    raise _refused(answer, body, secrets, connection=connection, now=now)


def _form(options: Options, secrets: Mapping[str, str], *, connection: str, now: datetime) -> dict[str, str]:
    if options.flow is Flow.CLIENT_CREDENTIALS:
        return {
            "grant_type": "client_credentials",
            "client_id": secrets["client_id"],
            "client_secret": secrets["client_secret"],
        }
    claims = {
        "iss": secrets["client_id"],
        "sub": secrets["username"],
        "aud": options.audience,
        "exp": int(now.timestamp()) + JWT_LIFE_S,
    }
    try:
        assertion = jwt.encode(claims, secrets["private_key"], algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise PermanentError(  # without its cause, which may quote the key
            f"{connection}: the private key cannot be read. Give an unencrypted RSA key in PEM form, the one whose "
            "certificate the Salesforce app holds.",
            crm=connection,
        ) from None
    return {"grant_type": JWT_GRANT, "assertion": assertion}


def _session(body: Mapping[str, Any], options: Options, connection: str) -> Session:
    """Read the answer of the token endpoint, of which the token alone is sure to be there.

    The token begins with the org's id unless the org hands out JWTs; `id` ends with the ids of org and user.
    """
    token = str(body["access_token"])
    *_, org_told, user_told = ("", *str(body.get("id") or "").rstrip("/").split("/"))
    org_id = known_id18(token.partition("!")[0]) or known_id18(org_told)
    return Session(
        token=token,
        instance_url=_instance_url(body, options, connection),
        org_id=org_id[:15] if org_id is not None else None,
        user_id=known_id18(user_told),
    )


def _instance_url(body: Mapping[str, Any], options: Options, connection: str) -> str:
    """Return the address of all calls: as told, but a sandbox on this machine does not send us off it."""
    told = str(body.get("instance_url") or options.url)
    if is_loopback(urlsplit(options.url).hostname) and not is_loopback(urlsplit(told).hostname):
        return options.url
    try:
        parts = checked_url(told, connection=connection)
    except ConfigError:
        raise PermanentError(
            f"{connection}: the token endpoint of {urlsplit(options.url).hostname} gave a login for no usable host. Check "
            "that url is the org's My Domain address.",
            crm=connection,
        ) from None
    return f"{parts.scheme}://{parts.netloc}"


def _refused(
    answer: requests.Response, body: Any, secrets: Mapping[str, str], *, connection: str, now: datetime
) -> PermanentError | TransientError:
    status = answer.status_code
    pause_s = retry_after_s(answer.headers.get("Retry-After"), now=now)
    if not isinstance(body, dict) and status < 500 and status != 429:
        # A page instead of JSON: a maintenance or proxy page comes with 200, a wrong host with 4xx.
        if status < 400:
            return TransientError(
                f"{connection}: a page came instead of a login. If this persists, a proxy stands in between.",
                crm=connection,
                code=f"HTTP {status}",
            )
        return PermanentError(
            f"{connection}: no login service answers at this address (HTTP {status}). Set url to the org's My Domain "
            "address.",
            crm=connection,
            code=f"HTTP {status}",
        )
    fault = read_fault(body, status=status, secrets=secrets.values(), retry_after_s=pause_s)
    error = call_error(fault, connection=connection, what="login", is_write=False)
    if isinstance(error, TransientError):
        return error
    hint = next((hint for part, hint in _HINTS.items() if part in fault.text.lower()), fault.advice)
    said = f"{fault.code} ({fault.text})" if fault.text else fault.code
    return PermanentError(
        f"{connection}: the login was refused: {said}. {hint}",
        crm=connection,
        code=fault.code,
        retry_class=RetryClass.AUTH,
    )


def _unreachable(error: requests.RequestException, url: str, connection: str) -> PermanentError | TransientError:
    if isinstance(error, requests.exceptions.SSLError):
        return PermanentError(
            f"{connection}: the host's certificate is not trusted. Set ca_bundle to your own authority's file, or find "
            "out who answers in Salesforce's place.",
            crm=connection,
            code="TLS",
        )
    host = urlsplit(url).hostname
    words = (
        unreached_words(host, error)
        if is_unreached(error)
        else f"the login at {host} got no whole answer: {why_unanswered(error)}. It is tried again by itself."
    )
    return TransientError(f"{connection}: {words}", crm=connection, code="no answer")

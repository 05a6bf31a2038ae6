"""What the org tells of itself: sandbox or production, its time zone, its currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.salesforce import soql
from connectors.salesforce.client import Client
from rules.errors import PermanentError

# Asked for most first: an org with one currency, or a user with few rights, does not show the later ones.
_TRIES: Final = (
    ("Id", "IsSandbox", "TimeZoneSidKey", "DefaultCurrencyIsoCode"),
    ("Id", "IsSandbox", "TimeZoneSidKey"),
    ("Id", "IsSandbox"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """None: not told."""

    is_sandbox: bool | None = None
    time_zone: str | None = None
    currency: str | None = None


def read_organization(client: Client) -> Organization:
    """Return what the Organization record shows; the configured currency wins over the org's.

    Raises TransientError when the org does not answer, PermanentError when the login is refused.
    """
    for columns in _TRIES:
        query = soql.select(columns, "Organization", limit=1)
        try:
            answer = client.query(
                query, purpose="login", what="query Organization", object_name="Organization", include_deleted=False
            )
        except PermanentError as error:
            if error.code not in ("INVALID_FIELD", "INVALID_TYPE", "NOT_FOUND"):
                raise
            continue
        record = answer["records"][0] if answer["records"] else {}
        is_sandbox = record.get("IsSandbox")
        return Organization(
            is_sandbox=is_sandbox if isinstance(is_sandbox, bool) else None,
            time_zone=record.get("TimeZoneSidKey"),
            currency=client.options.currency or record.get("DefaultCurrencyIsoCode"),
        )
    return Organization(currency=client.options.currency)

"""What the org tells of itself: sandbox or production, its time zone, its currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.salesforce import soql
from connectors.salesforce.client import Client
from connectors.salesforce.ids import known_id18
from rules.errors import InvariantError, PermanentError, RetryClass

# Asked for most first: an org with one currency, or a user with few rights, does not show the later ones.
_TRIES: Final = (
    ("Id", "IsSandbox", "TimeZoneSidKey", "DefaultCurrencyIsoCode"),
    ("Id", "IsSandbox", "TimeZoneSidKey"),
    ("Id", "IsSandbox"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """None: not told."""

    org_id: str | None = None  # 15 characters
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
        except (PermanentError, InvariantError) as error:
            if error.retry_class is RetryClass.AUTH:
                raise
            continue
        record = answer["records"][0] if answer["records"] else {}
        is_sandbox = record.get("IsSandbox")
        org_id = known_id18(str(record.get("Id") or ""))
        return Organization(
            org_id=org_id[:15] if org_id is not None else None,
            is_sandbox=is_sandbox if isinstance(is_sandbox, bool) else None,
            time_zone=record.get("TimeZoneSidKey"),
            currency=client.options.currency or record.get("DefaultCurrencyIsoCode"),
        )
    return Organization(currency=client.options.currency)

"""The client library's api objects, built once and held: one connection pool, one token, one path family.

The library builds a new configuration and connection pool at every attribute access and a changed token does not reach
api objects that are held, so they are made here once, share the first one's pool, and get a new token together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.hubspot.paths import ACCOUNT_DETAILS, FamilyClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Apis:
    """hubspot-api-client's generated api objects, each bound to one path family."""

    objects: Any
    batch: Any
    search: Any
    associations: Any
    labels: Any
    owners: Any
    pipelines: Any
    properties: Any
    schemas: Any
    tokens: Any
    clients: tuple[Any, ...]

    def set_token(self, token: str) -> None:
        """Give every held api object the token; the library reads it anew for each call."""
        for client in self.clients:
            client.configuration.access_token = token

    def account_details(self, **options: Any) -> Any:
        """Ask for portal id, time zone and currency, on the library's raw call: it has no method for it."""
        raw = self.objects.api_client
        headers = {"Accept": raw.select_header_accept(["application/json", "*/*"])}
        return raw.call_api(ACCOUNT_DETAILS, "GET", {}, [], headers, auth_settings=["oauth2"], **options)


def build_apis(
    url: str, *, family: str, transport: Any | None, ca_bundle: str | None = None, proxy: str | None = None
) -> Apis:
    """Return the api objects for one address.

    transport: what takes the place of the library's urllib3.PoolManager; None keeps the library's own. The library's
    retries are off: it would sleep inside a call and repeat it unseen. ca_bundle: file with certificate authorities.
    """
    from hubspot import HubSpot

    client = HubSpot(host=url.rstrip("/"), retry=False, ssl_ca_cert=ca_bundle, proxy=proxy)
    clients: list[Any] = []

    def held(api: Any) -> Any:
        raw = api.api_client
        if clients or transport is not None:
            raw.rest_client.pool_manager = transport or clients[0].rest_client.pool_manager
        raw.set_default_header("Accept-Encoding", "gzip")  # else every page comes at five times its size
        clients.append(raw)
        return type(api)(api_client=FamilyClient(raw, family))

    crm = client.crm
    objects = held(crm.objects.basic_api)
    return Apis(
        objects=objects,
        batch=held(crm.objects.batch_api),
        search=held(crm.objects.search_api),
        associations=held(crm.associations.v4.batch_api),
        labels=held(crm.associations.v4.schema.definitions_api),
        owners=held(crm.owners.owners_api),
        pipelines=held(crm.pipelines.pipelines_api),
        properties=held(crm.properties.core_api),
        schemas=held(crm.schemas.core_api),
        tokens=held(client.oauth.tokens_api),
        clients=tuple(clients),
    )

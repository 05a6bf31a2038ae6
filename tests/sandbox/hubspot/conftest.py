"""A portal with a few records, and the real client library in front of it, without sockets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hubspot import HubSpot

from sandbox.clock import SimClock
from sandbox.faults import Faults
from sandbox.faulty import FaultyApp
from sandbox.hubspot.portal import Portal
from sandbox.transport import WsgiPool

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SUBMISSION = "p_partner_submission"
TIMEOUT = (5, 60)


class Client:
    """The real client library's api objects, built once; calls return (status, headers, parsed body)."""

    def __init__(
        self, portal: Portal, clock: SimClock, faults: Faults, *, token: str | None = None, family: str = "v3"
    ) -> None:
        self.family = family
        self._pool = WsgiPool(FaultyApp(portal.app, faults, "hubspot"), clock=clock)
        self._token = token or portal.login["access_token"]
        client = HubSpot(access_token=self._token, retry=False)
        crm = client.crm
        self.objects = self._held(crm.objects.basic_api)
        self.batch = self._held(crm.objects.batch_api)
        self.search_api = self._held(crm.objects.search_api)
        self.deals = self._held(crm.deals.basic_api)
        self.links = self._held(crm.associations.v4.basic_api)
        self.link_batch = self._held(crm.associations.v4.batch_api)
        self.labels = self._held(crm.associations.v4.schema.definitions_api)
        self.owners = self._held(crm.owners.owners_api)
        self.pipelines = self._held(crm.pipelines.pipelines_api)
        self.properties = self._held(crm.properties.core_api)
        self.schemas = self._held(crm.schemas.core_api)
        self.tokens = self._held(client.oauth.tokens_api)

    def _held(self, api: Any) -> Any:
        api.api_client.rest_client.pool_manager = self._pool
        if self.family == "v3":
            return api
        return type(api)(api_client=_Dated(api.api_client, self.family))

    @property
    def partial(self) -> int:
        """Return the status of a batch in which some inputs failed."""
        return 207 if self.family == "v3" else 200

    def ask(self, method: Any, *args: Any, **kwargs: Any) -> tuple[int, Any, Any]:
        """Call a method of the library for its raw answer; refusals come back instead of being raised."""
        try:
            response = method(*args, _preload_content=False, _request_timeout=TIMEOUT, **kwargs)
        except Exception as error:
            status, headers, body = getattr(error, "status", None), getattr(error, "headers", None), None
            if status is None:
                raise
            body = getattr(error, "body", None)
        else:
            status, headers, body = response.status, response.headers, response.data
        return status, headers, _parsed(body)

    def search(self, object_type: str, **body: Any) -> tuple[int, Any, Any]:
        return self.ask(self.search_api.do_search, object_type, body)

    def raw(self, method: str, path: str, body: Any = None, **fields: str) -> tuple[int, Any, Any]:
        """Make a call that the library has no method for, on the same connection."""
        headers = {"Authorization": f"Bearer {self._token}"}
        response = self._pool.request(
            method,
            f"https://api.hubapi.com{path}",
            body=None if body is None else json.dumps(body),
            fields=fields or None,
            headers=headers,
            timeout=60,
        )
        return response.status, response.headers, _parsed(response.data)


class _Dated:
    """The library's ApiClient, its numbered paths exchanged for those of one dated version."""

    def __init__(self, api_client: Any, date: str) -> None:
        self._api_client = api_client
        self._date = date

    def call_api(self, resource: str, *args: Any, **kwargs: Any) -> Any:
        return self._api_client.call_api(self.path(resource), *args, **kwargs)

    def path(self, resource: str) -> str:
        first, _, *rest = resource.strip("/").split("/")
        if first == "crm":
            return "/".join(["", "crm", rest[0], self._date, *rest[1:]])
        return "/".join(["", first, self._date, *rest])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api_client, name)


def _parsed(body: Any) -> Any:
    try:
        return json.loads(body) if body else body
    except ValueError:
        return body.decode() if isinstance(body, bytes) else body


def at(minutes: float) -> datetime:
    """Return an instant some minutes after (or before) the start."""
    return START + timedelta(minutes=minutes)


def ms(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def deal(number: int, *, minutes: float = -60.0, **properties: str | None) -> dict[str, Any]:
    """Return a seeded deal; ids ascend with the number."""
    stamp = at(minutes)
    values: dict[str, str | None] = {
        "dealname": f"Deal {number}",
        "pipeline": "default",
        "dealstage": "qualifiedtobuy",
        "amount": str(1000 + number),
        **properties,
    }
    return {
        "id": str(5_000_000_000 + number),
        "properties": values,
        "createdAt": stamp - timedelta(days=1),
        "updatedAt": stamp,
        "archived": False,
    }


@pytest.fixture
def clock() -> SimClock:
    return SimClock(START)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def portal(clock: SimClock, faults: Faults) -> Portal:
    portal = Portal(clock=clock, faults=faults)
    portal.seed_owners(
        [
            {"id": "81", "userId": 7001, "email": "Ada@vendor.example", "firstName": "Ada", "lastName": "Berg"},
            {"id": "82", "userId": 7002, "email": "old@vendor.example", "firstName": "Olaf", "archived": True},
        ]
    )
    portal.seed("deals", [deal(number) for number in range(1, 6)])
    portal.seed(
        "companies",
        [
            {
                "id": str(700 + number),
                "properties": {"name": f"Partner {number}", "partner_code": f"P-{number}", "is_partner": "true"},
                "createdAt": at(-9000),
                "updatedAt": at(-9000),
                "archived": False,
            }
            for number in range(1, 4)
        ],
    )
    return portal


@pytest.fixture
def client(portal: Portal, clock: SimClock, faults: Faults) -> Client:
    return Client(portal, clock, faults)


@pytest.fixture(params=["v3", "2026-03", "2026-09"])
def any_client(portal: Portal, clock: SimClock, faults: Faults, request: pytest.FixtureRequest) -> Client:
    """The client on each path family in turn."""
    return Client(portal, clock, faults, family=request.param)


def ids(answer: Any) -> list[str]:
    """Return the ids of a page or batch."""
    return [each["id"] for each in answer["results"]]


D1, D2, D3, D4, D5 = (str(5_000_000_000 + number) for number in range(1, 6))

"""A simulated portal and the HubSpot connector in front of it, through the real client library without sockets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from config.mapping import load_mapping
from connectors import registry
from connectors.port import ConnectionSettings, Connector
from rules.fields import Stream
from rules.mapping import ConnectionMap
from sandbox.clock import SkewedClock
from sandbox.faults import FaultKind
from sandbox.faulty import FaultyApp
from sandbox.hubspot.portal import Portal
from sandbox.transport import WsgiPool
from tests.connectors.bench import PAGE_ROWS, Bench, writable

URL = "https://api.hubapi.com"
FIELDS = registry.fields_path("hubspot")
PERSON = "81"
FIRST_DEAL = 5_000_000_000


def mapping() -> ConnectionMap:
    """Return the reference mapping, with what a create needs besides: written only where Registrar may create records."""
    reference = load_mapping("hubspot", "hubspot", defaults=FIELDS)
    return writable(reference, Stream.SUBMISSIONS, "partner", "customer_name")


class HubSpotBench(Bench):
    """portal: the simulated one. options: of the connections made from now on."""

    door = "hubspot"
    approved = "approved"
    pending = "new"
    late_fault = FaultKind.INDEX_LAG

    def __init__(self, *, api: str = "v3", skew_s: float = 0, **portal: Any) -> None:
        super().__init__()
        self.server_clock = SkewedClock(self.clock, timedelta(seconds=skew_s))
        self.portal = Portal(clock=self.server_clock, faults=self.faults, **portal)
        self.portal.seed_owners(
            [
                {"id": PERSON, "userId": 7001, "email": "ada@vendor.example", "firstName": "Ada", "lastName": "Berg"},
                {"id": "82", "userId": 7002, "email": "old@vendor.example", "firstName": "Olaf", "archived": True},
            ]
        )
        self.options: dict[str, Any] = {"page_rows": PAGE_ROWS, "api": api}
        self.mapping = mapping()
        self.url = URL
        self.seen: list[tuple[str, str, Any]] = []  # every request: method, address, time-out

    @property
    def calls(self) -> int:
        return self.portal.calls - self.portal.app.calls_by_route["POST token"]

    @property
    def secrets(self) -> Collection[str]:
        return tuple(self.portal.login.values())

    def connect(self, *, secrets: Mapping[str, str] | None = None) -> Connector:
        login = {"access_token": self.portal.login["access_token"]}
        settings = ConnectionSettings(
            name="hubspot",
            kind="hubspot",
            url=self.url,
            options=self.options,
            secrets=login if secrets is None else secrets,
        )
        return registry.build(settings, self.mapping, clock=self.clock, transport=self.pool())

    def oauth(self) -> dict[str, str]:
        """Return the secrets of an OAuth app."""
        return {name: self.portal.login[name] for name in ("client_id", "client_secret", "refresh_token")}

    def pool(self) -> WsgiPool:
        return _Watched(FaultyApp(self.portal.app, self.faults, "hubspot"), self)

    def company(self, name: str, **values: str) -> str:
        return self.portal.create("companies", {"name": name, **self._fields(Stream.COMPANIES, values)}, by=PERSON)

    def opportunity(self, name: str, *, customer: str | None = None, amount: str = "1000") -> str:
        links = [] if customer is None else [("companies", customer, "Primary")]
        return self.portal.create("deals", _deal(name, amount), by=PERSON, associations=links)

    def submission(self, customer_name: str, *, partner: str) -> str:
        properties = {"customer_name": customer_name, "submission_status": "new"}
        links = [("companies", partner, "Submitting partner")]
        return self.portal.create("p_partner_submission", properties, by=PERSON, associations=links)

    def seed_opportunities(self, count: int, *, stamp: datetime) -> list[str]:
        rows = [self.raw_opportunity(number, stamp) for number in range(1, count + 1)]
        self.portal.seed("deals", rows)
        return [row["id"] for row in rows]

    def seed_unreadable_opportunity(self) -> str:
        raw = self.raw_opportunity(999, self.clock.now() - timedelta(days=1))
        raw["properties"]["registration_rev"] = "1.5"
        self.portal.seed("deals", [raw])
        return str(raw["id"])

    def raw_opportunity(self, number: int, stamp: datetime) -> dict[str, Any]:
        return {
            "id": str(FIRST_DEAL + number),
            "properties": _deal(f"Deal {number}", "1000"),
            "createdAt": stamp,
            "updatedAt": stamp,
        }

    def edit(self, stream: Stream, record_id: str, **values: str | None) -> None:
        properties = {name: value or "" for name, value in self._fields(stream, values).items()}
        self.portal.update(self._object(stream), record_id, properties, by=PERSON)

    def delete(self, stream: Stream, record_id: str) -> None:
        self.portal.archive(self._object(stream), record_id)

    def undelete(self, stream: Stream, record_id: str) -> None:
        self.portal.restore(self._object(stream), record_id)

    def merge_companies(self, winner: str, loser: str) -> str:
        return self.portal.merge("companies", winner, loser, by=PERSON)

    def held(self, stream: Stream, record_id: str) -> Mapping[str, Any] | None:
        raw = self.portal.get(self._object(stream), record_id)
        if raw is None or raw["archived"]:
            return None
        held: dict[str, Any] = {}
        for field in self.mapping.streams[stream].fields.values():
            if field.crm_field is not None:
                held[field.name] = raw["properties"].get(field.crm_field)
            elif field.label is not None:
                linked = self.portal.associations(self._object(stream), record_id, str(field.association))
                held[field.name] = next((to_id for to_id, labels in linked if field.label in labels), None)
        return held

    def count(self, stream: Stream) -> int:
        return self.portal.count(self._object(stream))

    def revoke(self) -> None:
        self.portal.tokens.rotate()

    def spoil(self) -> Sequence[str]:
        deals = self.portal.records.type_of("deals").properties
        deals["registration_note"].is_read_only = True
        deals["registration_id"].is_unique = False
        del deals["amount"]
        submissions = self.portal.records.type_of("p_partner_submission").properties
        submissions["submission_status"].options = submissions["submission_status"].options[:1]
        links = self.portal.records.links
        kind = links.kind("p_partner_submission", "companies", "End customer")
        assert kind is not None
        links.undefine(kind)
        return ["deals.amount", "registration_note", "registration_id", "approved", "End customer"]

    def _object(self, stream: Stream) -> str:
        return self.mapping.streams[stream].object_name

    def _fields(self, stream: Stream, values: Mapping[str, str | None]) -> dict[str, Any]:
        fields = self.mapping.streams[stream].fields
        return {str(fields[name].crm_field): value for name, value in values.items()}


class _Watched(WsgiPool):
    """The way to the portal, with a record of what went over it."""

    def __init__(self, app: Any, bench: HubSpotBench) -> None:
        super().__init__(app, clock=bench.server_clock)
        self._bench = bench

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        self._bench.seen.append((method, url, more.get("timeout")))
        return super().request(method, url, *args, **more)


def _deal(name: str, amount: str) -> dict[str, str | None]:
    return {
        "dealname": name,
        "pipeline": "default",
        "dealstage": "qualifiedtobuy",
        "amount": amount,
        "closedate": "2026-09-30T00:00:00Z",
    }

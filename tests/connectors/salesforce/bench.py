"""A simulated org and the Salesforce connector in front of it, through the real client library without sockets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import requests

from config.mapping import load_mapping
from connectors import registry
from connectors.port import ConnectionSettings, Connector
from rules.fields import Stream
from rules.mapping import ConnectionMap
from sandbox.clock import SkewedClock
from sandbox.faults import FaultKind
from sandbox.faulty import FaultyApp
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.org import Org
from sandbox.transport import WsgiAdapter
from tests.connectors.bench import PAGE_ROWS, Bench, writable

URL = "https://vendor.my.salesforce.com"
FIELDS = registry.fields_path("salesforce")
PERSON = make_id("005", 7)


def mapping() -> ConnectionMap:
    """Return the reference mapping, with what a create needs besides: written only where Registrar may create records."""
    reference = load_mapping("salesforce", "salesforce", defaults=FIELDS)
    return writable(reference, Stream.SUBMISSIONS, "partner", "customer_name")


class SalesforceBench(Bench):
    """org: the simulated one. options: of the connections made from now on."""

    door = "salesforce"
    approved = "Approved"
    pending = "Submitted"
    late_fault = FaultKind.LATE_COMMIT
    has_conditional_write = True

    def __init__(self, *, skew_s: float = 0, **org: Any) -> None:
        super().__init__()
        self.server_clock = SkewedClock(self.clock, timedelta(seconds=skew_s))
        self.org = Org(clock=self.server_clock, faults=self.faults, **org)
        self.options: dict[str, Any] = {"page_rows": PAGE_ROWS}
        self.url = URL
        self.mapping = mapping()
        self.seen: list[tuple[str, str, dict[str, str]]] = []  # every request: method, address, headers

    @property
    def calls(self) -> int:
        return self.org.calls

    @property
    def login(self) -> dict[str, str]:
        """Return the secrets of the client credentials flow."""
        return {name: self.org.login[name] for name in ("client_id", "client_secret")}

    @property
    def secrets(self) -> Collection[str]:
        return (self.org.login["client_secret"], self.org.login["private_key"][40:80], f"{self.org.org_id[:15]}!")

    def connect(self, *, secrets: Mapping[str, str] | None = None) -> Connector:
        settings = ConnectionSettings(
            name="salesforce",
            kind="salesforce",
            url=self.url,
            options=self.options,
            secrets=self.login if secrets is None else secrets,
        )
        return registry.build(settings, self.mapping, clock=self.clock, transport=self.session())

    def session(self) -> requests.Session:
        session = requests.Session()
        adapter = _Watched(FaultyApp(self._answer, self.faults, "salesforce"), self)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.org.app(environ, start_response)  # whichever org is behind the address now

    def company(self, name: str, **values: str) -> str:
        return self.org.create("Account", {"Name": name, **self._fields(Stream.COMPANIES, values)}, by=PERSON)

    def opportunity(self, name: str, *, customer: str | None = None, amount: str = "1000") -> str:
        return self.org.create("Opportunity", _opportunity(name, customer, amount), by=PERSON)

    def submission(self, customer_name: str, *, partner: str) -> str:
        fields = {"Customer_Name__c": customer_name, "Partner_Account__c": partner, "Status__c": "Submitted"}
        return self.org.create("Deal_Registration__c", fields, by=PERSON)

    def seed_opportunities(self, count: int, *, stamp: datetime) -> list[str]:
        rows = [self.raw_opportunity(number, stamp) for number in range(1, count + 1)]
        self.org.seed("Opportunity", rows)
        return [row["Id"] for row in rows]

    def seed_unreadable_opportunity(self) -> str:
        row = {**self.raw_opportunity(999, self.clock.now() - timedelta(days=1)), "Registration_Rev__c": 1.5}
        self.org.seed("Opportunity", [row])
        return str(row["Id"])

    def raw_opportunity(self, number: int, stamp: datetime) -> dict[str, Any]:
        audit = {"CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp}
        who = {"CreatedById": PERSON, "LastModifiedById": PERSON, "OwnerId": PERSON}
        return {"Id": make_id("006", number), **audit, **who, **_opportunity(f"Deal {number}", None, "1000")}

    def edit(self, stream: Stream, record_id: str, **values: str | None) -> None:
        self.org.update(self._object(stream), record_id, self._fields(stream, values), by=PERSON)

    def delete(self, stream: Stream, record_id: str) -> None:
        self.org.delete(self._object(stream), record_id, by=PERSON)

    def undelete(self, stream: Stream, record_id: str) -> None:
        self.org.undelete(self._object(stream), record_id, by=PERSON)

    def merge_companies(self, winner: str, loser: str) -> str:
        self.org.merge("Account", winner, loser, by=PERSON)
        return winner

    def held(self, stream: Stream, record_id: str) -> Mapping[str, Any] | None:
        row = self.org.get(self._object(stream), record_id)
        if row is None or row.get("IsDeleted"):
            return None
        fields = self.mapping.streams[stream].fields.values()
        return {field.name: row.get(field.crm_field) for field in fields if field.crm_field is not None}

    def count(self, stream: Stream) -> int:
        return self.org.count(self._object(stream))

    def revoke(self) -> None:
        self.org.logins.end_sessions()
        self.org.logins.is_open = False

    def spoil(self) -> Sequence[str]:
        self.org.restrict("Opportunity", "Amount", hidden=True)
        self.org.restrict("Opportunity", "Registration_Note__c", read_only=True)
        self.org.change_field("Opportunity", "Registration_Id__c", is_unique=False)
        self.org.change_field("Deal_Registration__c", "Status__c", picklist=("Draft", "Submitted"))
        self.org.hide_object("Account")
        return ["Opportunity.Amount", "Registration_Note__c", "Registration_Id__c", "Approved", "Account"]

    def _object(self, stream: Stream) -> str:
        return self.mapping.streams[stream].object_name

    def _fields(self, stream: Stream, values: Mapping[str, str | None]) -> dict[str, Any]:
        fields = self.mapping.streams[stream].fields
        return {str(fields[name].crm_field): value for name, value in values.items()}


class _Watched(WsgiAdapter):
    """The way to the org, with a record of what went over it."""

    def __init__(self, app: Any, bench: SalesforceBench) -> None:
        super().__init__(app, clock=bench.server_clock)
        self._bench = bench

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        headers = {str(name): str(value) for name, value in request.headers.items()}
        self._bench.seen.append((str(request.method), str(request.url), headers))
        return super().send(request, *args, **more)


def _opportunity(name: str, customer: str | None, amount: str) -> dict[str, Any]:
    return {
        "Name": name,
        "StageName": "Prospecting",
        "CloseDate": "2026-09-30",
        "AccountId": customer,
        "Amount": float(amount),
    }

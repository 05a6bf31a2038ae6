"""An org, a few rows in it, and the real simple-salesforce logged in to it, without sockets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce

from sandbox.clock import SimClock
from sandbox.faults import Faults
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.org import Org
from sandbox.transport import WsgiAdapter

START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # when the seeded rows were saved
NOW = START + timedelta(hours=1)
HOST = "https://vendor.my.salesforce.com"
DATA = "/services/data/v66.0/"
AMY = make_id("005", 11)
BOB = make_id("005", 12)
ACME = make_id("001", 21)
PARTNER = make_id("001", 22)


def audit(at: datetime = START, by: str = AMY) -> dict[str, Any]:
    """Return the system fields of a row saved once."""
    return {
        "CreatedDate": at,
        "CreatedById": by,
        "LastModifiedDate": at,
        "LastModifiedById": by,
        "SystemModstamp": at,
        "IsDeleted": False,
    }


def opportunity(number: int, at: datetime = START, **fields: Any) -> dict[str, Any]:
    """Return a raw Opportunity row as a world seeds it."""
    row = {
        "Id": make_id("006", number),
        **audit(at),
        "Name": f"Deal {number}",
        "AccountId": ACME,
        "OwnerId": AMY,
        "StageName": "Prospecting",
        "Amount": 1000.0 * number,
        "CloseDate": "2026-06-30",
        "CurrencyIsoCode": "USD",
    }
    return row | fields


@dataclass
class Door:
    """One client's way in. sf: the real library; http: raw requests with the session's token."""

    org: Org
    clock: SimClock
    faults: Faults
    sf: Any  # its attributes are made as they are named
    http: requests.Session

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        url = HOST + (path if path.startswith("/") else DATA + path)
        return self.http.request(method, url, timeout=10, **more)

    def query(self, soql: str, **more: Any) -> requests.Response:
        return self.call("GET", "query", params={"q": soql}, **more)

    def refused(self, soql: str) -> dict[str, Any]:
        answer = self.query(soql)
        assert answer.status_code == 400, answer.text
        (error,) = answer.json()
        return dict(error)


@pytest.fixture
def clock() -> SimClock:
    return SimClock(NOW)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def org(clock: SimClock, faults: Faults) -> Org:
    org = Org(clock=clock, faults=faults)
    users = [(AMY, "Amy", True), (BOB, "Bob", False)]
    org.seed(
        "User",
        [
            {**audit(), "Id": key, "LastName": name, "Name": name, "Username": name, "Email": f"{name}@v.example"}
            | {"IsActive": is_active, "UserType": "Standard"}
            for key, name, is_active in users
        ],
    )
    accounts = [(ACME, "Acme", None), (PARTNER, "Partner GmbH", "P-1")]
    org.seed(
        "Account",
        [
            {**audit(), "Id": key, "Name": name, "OwnerId": AMY, "Partner_Code__c": code, "CurrencyIsoCode": "USD"}
            for key, name, code in accounts
        ],
    )
    return org


@pytest.fixture
def door(org: Org, clock: SimClock, faults: Faults) -> Iterator[Door]:
    session = requests.Session()
    session.mount("https://", WsgiAdapter(org.app, clock=clock))
    login = org.login
    sf = Salesforce(
        consumer_key=login["client_id"],
        consumer_secret=login["client_secret"],
        domain="vendor.my",
        version="66.0",
        session=session,
    )
    http = requests.Session()
    http.mount("https://", WsgiAdapter(org.app, clock=clock))
    http.headers["Authorization"] = f"Bearer {sf.session_id}"
    yield Door(org=org, clock=clock, faults=faults, sf=sf, http=http)
    session.close()
    http.close()

"""The yardstick: a bare loop of the client library that upserts the same rows into one SQLite table.

`python -m benchmarks.bare salesforce URL LOGIN_JSON DATABASE` (or hubspot). As a developer in a hurry would write it, with
nothing of ours: no mapping, no gate, no history, no retry.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import requests
from hubspot import Client
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

from benchmarks.measure import report

SALESFORCE_FIELDS: Final = (
    "Id", "SystemModstamp", "CreatedDate", "LastModifiedById", "IsDeleted", "Name", "AccountId", "StageName", "IsClosed",
    "IsWon", "Amount", "CurrencyIsoCode", "CloseDate", "Product_Line__c", "Type", "OwnerId", "Registered_Partner__c",
    "Registration_Id__c", "Registration_Status__c", "Registration_Note__c", "Registration_Protected_Until__c",
    "Registration_Rev__c",
)  # fmt: skip
HUBSPOT_FIELDS: Final = (
    "dealname", "dealstage", "hs_is_closed", "hs_is_closed_won", "amount", "deal_currency_code", "closedate",
    "product_line", "dealtype", "hubspot_owner_id", "salesforce_opportunity_id", "registered_partner", "registration_id",
    "registration_status", "registration_note", "registration_protected_until", "registration_rev",
    "hs_lastmodifieddate", "createdate", "hs_createdate", "hs_merged_object_ids",
)  # fmt: skip
_CHUNK: Final = 2000


def salesforce(url: str, login: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """Yield opportunities through simple-salesforce's own query loop, deleted ones included."""
    token = requests.post(
        f"{url}/services/oauth2/token",
        data={"grant_type": "client_credentials", **{name: login[name] for name in ("client_id", "client_secret")}},
        timeout=60,
    ).json()
    session = requests.Session()
    session.mount("https://", PlainAdapter())
    client = Salesforce(
        session_id=token["access_token"], instance_url=url.replace("http:", "https:"), session=session, version="66.0"
    )
    soql = f"SELECT {', '.join(SALESFORCE_FIELDS)} FROM Opportunity ORDER BY SystemModstamp, Id"
    for row in client.query_all_iter(soql, include_deleted=True):
        yield tuple(row[name] for name in SALESFORCE_FIELDS)


def hubspot(url: str, login: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """Yield deals with their companies through hubspot-api-client's list pages, raw; archived ones at the end."""
    api = Client.create(access_token=login["access_token"], host=url, retry=False).crm.deals.basic_api
    for archived in (False, True):
        after = None
        while True:
            answer = api.get_page(
                limit=100,
                after=after,
                properties=list(HUBSPOT_FIELDS),
                associations=["companies"],
                archived=archived,
                _preload_content=False,
            )
            data = json.loads(answer.data)
            for row in data["results"]:
                linked = row.get("associations", {}).get("companies", {}).get("results", [])
                companies = ";".join(each["id"] for each in linked)
                yield row["id"], companies, *(row["properties"].get(name) for name in HUBSPOT_FIELDS)
            after = data.get("paging", {}).get("next", {}).get("after")
            if after is None:
                break


def store(rows: Iterable[tuple[Any, ...]], columns: int, path: Path) -> dict[str, int]:
    """Upsert the rows into one table and return how many there were."""
    base = sqlite3.connect(path)
    base.execute("PRAGMA journal_mode=WAL")
    names = [f"c{number}" for number in range(columns)]
    base.execute(f"CREATE TABLE deal ({names[0]} TEXT PRIMARY KEY, {', '.join(names[1:])})")
    changes = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    upsert = f"INSERT INTO deal VALUES ({', '.join('?' * columns)}) ON CONFLICT ({names[0]}) DO UPDATE SET {changes}"
    count = 0
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            count += _write(base, upsert, chunk)
    count += _write(base, upsert, chunk)
    base.close()
    return {"rows": count}


def _write(base: sqlite3.Connection, upsert: str, chunk: list[tuple[Any, ...]]) -> int:
    with base:
        base.executemany(upsert, chunk)
    size = len(chunk)
    chunk.clear()
    return size


class PlainAdapter(HTTPAdapter):
    """simple-salesforce insists on https; the sandbox on loopback speaks http."""

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https:", "http:", 1)
        return super().send(request, *arguments, **options)


def main() -> None:
    """Run the loop named on the command line and print its figure."""
    kind, url, login_text, path = sys.argv[1:]
    login = json.loads(login_text)
    if kind == "salesforce":
        report(lambda: store(salesforce(url, login), len(SALESFORCE_FIELDS), Path(path)))
    else:
        report(lambda: store(hubspot(url, login), len(HUBSPOT_FIELDS) + 2, Path(path)))


if __name__ == "__main__":
    main()

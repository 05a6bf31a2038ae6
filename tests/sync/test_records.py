"""What a claim brings to its decision: every canonical field as a typed value, and the vendor's own fields as facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from config.mapping import load_mapping
from config.source import parse_yaml
from connectors import registry
from ledger.engine import Tx
from ledger.rows import Snapshot
from rules.fields import Stream
from rules.mapping import ConnectionMap
from rules.records import Claim, CrmRef, Line, Money, Opportunity, Proof, Request
from sync.records import Reader
from tests.sync.kit import House

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWN = """
streams:
  companies:
    fields:
      employees: {field: NumberOfEmployees, type: number}
      partner_type: Type
      certifications: Description
  opportunities:
    fields:
      forecast: {field: ExpectedRevenue, type: money}
      next_step: NextStep
  submissions:
    fields:
      kind: Kind__c
      origin: Origin__c
      programme: Programme__c
      region: Region__c
      division: Division__c
      units: Units__c
      lines: Lines__c
      is_tender: Tender__c
      tender_published_at: Published__c
      completed_at: Completed__c
      evidence: Evidence__c
      evidence_at: Confirmed__c
      evidence_on: Visited__c
      customer_choice: Choice__c
      distributor: {field: Distributor__c, target: companies}
      influencer_code: Influencer__c
      request: Request__c
      requested_at: Requested__c
      budget: {field: Budget__c, type: money}
      kickoff_on: {field: Kickoff__c, type: date}
      is_urgent: {field: Urgent__c, type: bool}
      sectors: {field: Sectors__c, type: texts}
      tender_no: {field: Tender_No__c, type: text}
"""
VALUES: dict[str, Any] = {
    "customer_name": "Wintermoor Logistics AG",
    "customer_country": "DE",
    "deal_name": "Depot 4",
    "amount": "20000",
    "currency": "EUR",
    "products": ["Analytics"],
    "channel": "Reseller",
    "kind": "special_pricing",
    "origin": "partner",
    "programme": "gold",
    "region": "north",
    "division": "rail",
    "units": "12.5",
    "lines": ['{"product":"Analytics","units":"10","amount":"1200"}', '{"sku":"S-1","amount":"50","currency":"USD"}'],
    "is_tender": True,
    "tender_published_at": "2026-02-01T09:00:00Z",
    "completed_at": "2026-02-03T09:00:00Z",
    "evidence": ["meeting", "quote"],
    "evidence_at": "2026-02-04T09:00:00Z",
    "evidence_on": "2026-01-30",
    "customer_choice": "P-2",
    "influencer_code": "P-2",
    "request": "extension",
    "requested_at": "2026-03-01T09:00:00Z",
    "budget": "50000",
    "kickoff_on": "2026-04-01",
    "is_urgent": False,
    "sectors": ["rail", "road"],
    "tender_no": "T-77",
}


def mapping() -> ConnectionMap:
    overrides = parse_yaml(OWN, name="salesforce.yaml")
    return load_mapping("salesforce", "salesforce", defaults=registry.fields_path("salesforce"), overrides=overrides)


def snapshot(stream: Stream, object_name: str, values: dict[str, Any]) -> Snapshot:
    return Snapshot(
        ref=CrmRef("salesforce", object_name, "a0B000000000001AAA"),
        stream=stream,
        created_at=NOW,
        modified_at=NOW,
        modified_by=None,
        rev=None,
        is_gone=False,
        merged_into=None,
        values=values,
        first_seen_at=NOW,
        seen_at=NOW,
    )


def house_of(tmp_path: Path) -> House:
    house = House(directory=tmp_path, door="port")
    house.passes()
    house.partner("P-2", "Elbtal Data AG")
    house.partner("P-3", "Hafen Distribution GmbH", only="salesforce")
    house.passes()
    return house


def reader_of(house: House, tx: Tx) -> Reader:
    config = house.config("salesforce")
    return Reader(tx=tx, configs={"salesforce": replace(config, mapping=mapping())})


def claim_of(house: House, **changes: Any) -> Claim:
    with house.ledger.read() as tx:
        return reader_of(house, tx).claim(snapshot(Stream.SUBMISSIONS, "Deal_Registration__c", {**VALUES, **changes}))


def test_claim_carries_what_programmes_ask_for(tmp_path: Path) -> None:
    house = house_of(tmp_path)
    claim = claim_of(house)

    assert (claim.kind, claim.origin, claim.channel, claim.programme) == (
        "special_pricing",
        "partner",
        "Reseller",
        "gold",
    )
    assert (claim.is_tender, claim.units) == (True, Decimal("12.5"))
    assert claim.tender_published_at == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert claim.completed_at == datetime(2026, 2, 3, 9, tzinfo=UTC)
    assert claim.request == Request(kind="extension", at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    on, confirmed_at = date(2026, 1, 30), datetime(2026, 2, 4, 9, tzinfo=UTC)
    assert claim.evidence == tuple(Proof(kind=each, on=on, confirmed_at=confirmed_at) for each in ("meeting", "quote"))
    assert claim.lines == (
        Line(product="Analytics", units=Decimal(10), amount=Money(amount=Decimal(1200), currency="EUR")),
        Line(sku="S-1", amount=Money(amount=Decimal(50), currency="USD")),
    )
    house.daemon.close()


def test_own_fields_are_typed_facts_and_named_ones_stand_beside_them(tmp_path: Path) -> None:
    house = house_of(tmp_path)
    claim = claim_of(house)

    assert dict(claim.facts) == {
        "region": "north",
        "division": "rail",
        "customer_choice": "P-2",
        "budget": Money(amount=Decimal(50000), currency="EUR"),
        "kickoff_on": date(2026, 4, 1),
        "is_urgent": False,
        "sectors": frozenset({"rail", "road"}),
        "tender_no": "T-77",
    }
    house.daemon.close()


def test_empty_fields_are_missing_own_ones_too(tmp_path: Path) -> None:
    house = house_of(tmp_path)
    claim = claim_of(house, tender_no=None, units=None, evidence=None)

    assert {"tender_no", "units", "evidence"} <= claim.missing
    assert not {"budget", "kind", "lines"} & claim.missing
    assert "tender_no" not in claim.facts and claim.units is None and claim.evidence == ()
    house.daemon.close()


def test_further_parties_are_known_by_row_or_by_code(tmp_path: Path) -> None:
    house = house_of(tmp_path)
    distributor = next(row["Id"] for row in house.org.rows("Account") if row["Partner_Code__c"] == "P-3")
    claim = claim_of(house, distributor=distributor, influencer_code="P-2", co_seller_code="P-404")

    assert {role: each.partner_id for role, each in claim.parties.items()} == {
        "distributor": "P-3",
        "influencer": "P-2",
    }
    house.daemon.close()


def test_opportunity_carries_its_next_step_last_activity_and_own_facts(tmp_path: Path) -> None:
    house = house_of(tmp_path)
    values = {
        "name": "Depot",
        "next_step": "demo",
        "last_activity_on": "2026-02-27",
        "forecast": "9",
        "currency": "USD",
    }
    with house.ledger.read() as tx:
        found: Opportunity = reader_of(house, tx).opportunity(snapshot(Stream.OPPORTUNITIES, "Opportunity", values))

    assert found.last_activity_on == date(2026, 2, 27)
    assert dict(found.facts) == {"next_step": "demo", "forecast": Money(amount=Decimal(9), currency="USD")}
    house.daemon.close()


def test_partner_and_customer_carry_type_certifications_and_own_facts(tmp_path: Path) -> None:
    house = house_of(tmp_path)
    row = snapshot(
        Stream.COMPANIES,
        "Account",
        {
            "name": "Elbtal",
            "partner_code": "P-9",
            "partner_type": "msp",
            "certifications": ["cloud"],
            "employees": "120",
            "segment": "smb",
            "last_activity_on": "2026-02-01",
        },
    )
    with house.ledger.read() as tx:
        reader = reader_of(house, tx)
        reader.known.rows[row.ref] = row
        partner, customer = reader.partner_of(row.ref), reader.company_customer(row)

    assert partner is not None and customer is not None
    assert (partner.type, partner.certifications) == ("msp", frozenset({"cloud"}))
    assert dict(partner.facts) == dict(customer.facts) == {"employees": Decimal(120)}
    assert (customer.segment, customer.last_activity_on) == ("smb", date(2026, 2, 1))
    house.daemon.close()

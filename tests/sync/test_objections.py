"""Objections by those who already work a deal: from a field, from objects of both CRMs, and from the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from config.mapping import load_mapping
from config.policy import read_policy
from config.source import parse_yaml
from connectors import registry
from rules.explain import Audience, explain
from rules.mapping import ConnectionMap
from rules.records import CrmRef, Status
from sync.objections import object_to
from tests.sync.kit import MANAGER, House

HELD = "name: held\nholding: 48 h\n"
SALESFORCE = """
streams:
  submissions: {fields: {objection_by: Description__c}}
  objections:
    object: Deal_Objection__c
    fields:
      submission: {field: Deal_Registration__c, target: submissions}
      by_partner: {field: Partner_Account__c, target: companies}
      by_user: {field: Objected_By__c, target: users}
      objected_at: Objected_At__c
      evidence: Evidence__c
"""
HUBSPOT = """
streams:
  objections:
    object: p_deal_objection
    fields:
      submission: {association: p_partner_submission, target: submissions}
      by_partner: {association: companies, target: companies}
      partner_code: partner_code
      objected_at: objected_at
      evidence: evidence
"""


def mapped(name: str, text: str) -> ConnectionMap:
    overrides = parse_yaml(text, name=f"{name}.yaml")
    return load_mapping(name, name, defaults=registry.fields_path(name), overrides=overrides)


def house_of(tmp_path: Path, door: str = "client", url: str = "") -> House:
    house = House(
        directory=tmp_path,
        url=url,
        door=door,
        source=HELD,
        policy=read_policy(HELD, "rules.yaml"),
        mappings={"salesforce": mapped("salesforce", SALESFORCE), "hubspot": mapped("hubspot", HUBSPOT)},
    )
    house.clock.advance(60)
    return house


def in_salesforce(house: House, ref: CrmRef, rival: dict[str, str]) -> None:
    fields = {
        "Deal_Registration__c": ref.record_id,
        "Partner_Account__c": rival["salesforce"],
        "Evidence__c": "Quote;Email",
    }
    house.org.create("Deal_Objection__c", fields, by=MANAGER["salesforce"])


def by_seller(house: House, ref: CrmRef, rival: dict[str, str]) -> None:
    fields = {"Deal_Registration__c": ref.record_id, "Objected_By__c": house.org.user_id}
    house.org.create("Deal_Objection__c", fields, by=MANAGER["salesforce"])


def in_hubspot(house: House, ref: CrmRef, rival: dict[str, str]) -> None:
    props = {"objection_name": "We work there", "partner_code": "P-2", "evidence": "quote"}
    links = [("p_partner_submission", ref.record_id, None)]
    house.portal.create("p_deal_objection", props, by=MANAGER["hubspot"], associations=links)


def in_a_field(house: House, ref: CrmRef, rival: dict[str, str]) -> None:
    house.edit(ref, Description__c="P-2")


def at_the_command_line(house: House, ref: CrmRef, rival: dict[str, str]) -> None:
    with house.ledger.begin() as tx:
        object_to(
            tx,
            house.registration(ref),
            by_partner="P-2",
            evidence=["quote"],
            actor="person:ada@vendor.example",
            now=house.clock.now(),
        )


@pytest.mark.parametrize(
    ("crm", "objects"),
    [
        ("salesforce", in_salesforce),
        ("salesforce", by_seller),
        ("hubspot", in_hubspot),
        ("salesforce", in_a_field),
        ("salesforce", at_the_command_line),
    ],
)
def test_objection_during_holding_brings_the_case_to_a_person(
    tmp_path: Path, crm: str, objects: Callable[[House, CrmRef, dict[str, str]], None]
) -> None:
    house = house_of(tmp_path)
    partner, rival = house.partner("P-1", "Nordwind Systems GmbH"), house.partner("P-2", "Elbtal Data AG")
    ref = house.submit(crm, "Wintermoor Logistics AG", partner)
    house.settle()
    before = house.status(ref)
    objects(house, ref, rival)
    house.settle()

    held = house.registration(ref)
    assert (before, held.status, held.reason) == (Status.HOLDING, Status.IN_REVIEW, "objection_raised")
    data = [entry for entry in house.entries(ref) if entry.type == "decided"][-1].data
    told = "\n".join(explain(data, audience=Audience.PARTNER, registration=held))
    assert "Elbtal" not in told and "P-2" not in told
    house.daemon.close()


def test_objection_after_holding_changes_nothing(tmp_path: Path, postgresql_url: str) -> None:
    house = house_of(tmp_path, door="port", url=postgresql_url)
    partner, rival = house.partner("P-1", "Nordwind Systems GmbH"), house.partner("P-2", "Elbtal Data AG")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.passes(3, pause_s=86_400)
    before = house.status(ref)
    in_salesforce(house, ref, rival)
    house.settle()

    assert before is house.status(ref) is Status.REGISTERED
    house.daemon.close()


def test_objection_that_is_taken_back_lets_the_holding_go_on(tmp_path: Path) -> None:
    house = house_of(tmp_path, door="port")
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    house.partner("P-2", "Elbtal Data AG")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.settle()
    in_a_field(house, ref, {})
    house.settle()
    reviewed = house.status(ref)
    house.edit(ref, Description__c=None)
    house.settle()

    assert (reviewed, house.status(ref)) == (Status.IN_REVIEW, Status.HOLDING)
    house.daemon.close()


def test_person_who_objects_is_a_hash_in_the_chain(tmp_path: Path) -> None:
    house = house_of(tmp_path, door="port")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()
    with house.ledger.begin() as tx:
        entry = object_to(
            tx,
            house.registration(ref),
            by_user="eva.meyer@vendor.example",
            actor="person:ada@vendor.example",
            now=house.clock.now(),
        )
    assert "meyer" not in str(entry) and "ada@" not in str(entry)
    house.daemon.close()


def test_objections_are_not_asked_for_where_none_are_mapped(tmp_path: Path) -> None:
    house = House(directory=tmp_path, door="port", policy=replace(read_policy(HELD, "rules.yaml")))
    reports = house.passes()
    assert all("objections" not in report.counts["pull"] for report in reports)
    house.daemon.close()

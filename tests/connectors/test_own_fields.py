"""Fields of the vendor's own and a deal's lines, through each real connector: selected, normalised, and checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from config.mapping import load_mapping
from config.source import parse_yaml
from connectors import registry
from connectors.port import Severity
from rules.fields import Stream
from sandbox.hubspot.schema import Property
from tests.connectors.bench import Bench, pull_all
from tests.connectors.hubspot.bench import HubSpotBench
from tests.connectors.salesforce.bench import SalesforceBench

OWN = {
    "tender_no": ("text", "string", "string"),
    "seats": ("number", "double", "number"),
    "audited": ("bool", "boolean", "bool"),
    "signed_on": ("date", "date", "date"),
    "met_at": ("instant", "datetime", "datetime"),
    "topics": ("texts", "multipicklist", "enumeration"),
    "budget": ("money", "currency", "number"),
}
TABLE = "product; units; amount\nAnalytics; 10; 12000,50"


class _Own:
    """A bench whose submissions carry the vendor's own fields, and how a person fills them in."""

    def __init__(self, bench: Bench, names: Callable[[str], str]) -> None:
        self.bench = bench
        self.names = names

    def map(self, **lines: str) -> None:
        fields = {name: f"{{field: {self.names(name)}, type: {type_}}}" for name, (type_, *_) in OWN.items()}
        fields |= {"lines": self.names("lines")} | lines
        text = "\n".join(f"      {name}: {line}" for name, line in fields.items())
        overrides = parse_yaml(f"streams:\n  submissions:\n    fields:\n{text}\n", name="crm.yaml")
        kind = self.bench.door
        bench: Any = self.bench
        bench.mapping = load_mapping(kind, kind, defaults=registry.fields_path(kind), overrides=overrides)

    def fill(self, record_id: str, **values: Any) -> None:
        bench: Any = self.bench
        told = {self.names(name): value for name, value in values.items()}
        if isinstance(bench, SalesforceBench):
            bench.org.update("Deal_Registration__c", record_id, told, by="005000000000007AAA")
        else:
            bench.portal.update("p_partner_submission", record_id, {k: str(v) for k, v in told.items()}, by="81")


def _salesforce() -> _Own:
    bench = SalesforceBench()
    for name, (_, type_, _) in OWN.items():
        more: dict[str, Any] = {"picklist": ("A", "B", "C")} if type_ == "multipicklist" else {}
        if type_ in ("string", "multipicklist"):
            more["length"] = 255
        if type_ in ("double", "currency"):
            more |= {"precision": 18, "scale": 2}
        more["is_nillable"] = type_ != "boolean"
        bench.org.change_field("Deal_Registration__c", f"{name}__c", type=type_, **more)
    bench.org.change_field("Deal_Registration__c", "lines__c", type="textarea", length=32000)
    return _Own(bench, lambda name: f"{name}__c")


def _hubspot() -> _Own:
    bench = HubSpotBench()
    for name, (_, _, type_) in OWN.items():
        field_type = {"enumeration": "checkbox", "bool": "booleancheckbox"}.get(type_, "text")
        options = [{"value": each, "label": each} for each in ("A", "B", "C")] if type_ == "enumeration" else []
        made = Property(name=f"own_{name}", label=name, type=type_, field_type=field_type)
        made.options = [_option(**each) for each in options]
        bench.portal.add_property("p_partner_submission", made)
    lines = Property(name="own_lines", label="Lines", type="string", field_type="textarea")
    bench.portal.add_property("p_partner_submission", lines)
    return _Own(bench, lambda name: f"own_{name}")


def _option(value: str, label: str) -> Any:
    from sandbox.hubspot.schema import Option

    return Option(value=value, label=label)


@pytest.fixture(params=[_salesforce, _hubspot], ids=["salesforce", "hubspot"])
def crm(request: pytest.FixtureRequest) -> _Own:
    found: _Own = request.param()
    return found


def test_own_fields_and_lines_travel_as_canonical_values(crm: _Own) -> None:
    crm.map()
    partner = crm.bench.company("Northwind", partner_code="P-1")
    record_id = crm.bench.submission("Acme", partner=partner)
    is_salesforce = crm.bench.door == "salesforce"
    crm.fill(
        record_id,
        tender_no=" T-7 ",
        seats=12.5,
        audited=True if is_salesforce else "true",
        signed_on="2026-03-01",
        met_at="2026-03-01T10:00:00.000Z",
        topics="B;A",
        budget=9000,
        lines=TABLE,
    )
    crm.bench.pass_time(600)
    rows, _, page = pull_all(crm.bench.connect(), Stream.SUBMISSIONS)

    assert not page.unreadable
    values = {name: rows[0].values[name] for name in (*OWN, "lines")}
    assert values == {
        "tender_no": "T-7",
        "seats": "12.5",
        "audited": True,
        "signed_on": "2026-03-01",
        "met_at": "2026-03-01T10:00:00Z",
        "topics": ["A", "B"],
        "budget": "9000",
        "lines": ['{"product":"Analytics","units":"10","amount":"12000.5"}'],
    }


def test_a_row_with_bad_lines_is_set_aside_with_advice(crm: _Own) -> None:
    crm.map()
    partner = crm.bench.company("Northwind", partner_code="P-1")
    record_id = crm.bench.submission("Acme", partner=partner)
    crm.fill(record_id, lines="Analytics, ten of them")
    crm.bench.pass_time(600)
    connector = crm.bench.connect()
    page = connector.pull(Stream.SUBMISSIONS, None)

    [error] = page.unreadable
    assert "cannot be read as lines: 'Analytics, ten of them' names no part of a line." in error.message
    assert "Begin with a header such as `product; units; amount`" in error.message
    assert record_id in error.ref


def test_doctor_tells_an_own_field_that_is_missing_or_of_another_type(crm: _Own) -> None:
    crm.map(
        lacking=f"{{field: {crm.names('nowhere')}, type: text}}",
        unfit=f"{{field: {crm.names('tender_no')}, type: bool}}",
        seats=f"{{field: {crm.names('seats')}, type: number}}",
        lines=crm.names("seats"),
    )
    found = [each for each in crm.bench.connect().check() if each.severity is Severity.ERROR]

    told = " ".join(each.message for each in found)
    assert "(for lacking) does not exist" in told
    assert "cannot be read as bool" in told
    assert "cannot be read as lines" in told
    assert all("crm.yaml:" in each.place for each in found), found


def test_a_personal_value_is_never_quoted(crm: _Own) -> None:
    crm.map(tender_no=f"{{field: {crm.names('tender_no')}, type: number, personal: true}}")
    partner = crm.bench.company("Northwind", partner_code="P-1")
    record_id = crm.bench.submission("Acme", partner=partner)
    crm.fill(record_id, tender_no="Ada Lovelace")
    crm.bench.pass_time(600)
    [error] = crm.bench.connect().pull(Stream.SUBMISSIONS, None).unreadable

    assert "Ada" not in error.message
    assert "cannot be read as decimal" in error.message

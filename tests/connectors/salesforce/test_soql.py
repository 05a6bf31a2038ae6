"""What is quoted means exactly the text it was made from, and no text becomes a part of the query."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.port import Connector
from connectors.salesforce import soql
from rules.errors import InvariantError
from rules.fields import FieldType, Stream
from rules.mapping import Compare, Condition, FieldMap, StreamMap
from tests.connectors.conformance.words import update
from tests.connectors.salesforce.bench import SalesforceBench

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEIRD = [
    "O'Reilly",
    'say "so"',
    "back\\slash",
    "tab\tand\nline",
    "x' OR Id != null OR Name = 'y",
    "100%_sure",
    "Zoë Müller ß",
    "漢字 and 🤝",
    "a+b&c=d#e?f",
]


@pytest.mark.parametrize("key", WEIRD)
def test_a_text_is_found_by_itself_and_nothing_else(bench: SalesforceBench, connector: Connector, key: str):
    partner = bench.company("Partner")
    record_id, other = (bench.submission(name, partner=partner) for name in ("A", "B"))
    connector.push([update(record_id, {"registration_id": key})])
    connector.push([update(other, {"registration_id": "REG-2026-00001"})])

    found = connector.read_by_external_id(Stream.SUBMISSIONS, [key, "nothing"])

    assert {each: row.ref.record_id if row else None for each, row in found.items()} == {
        key: record_id,
        "nothing": None,
    }


def test_the_keyset_walks_ties_by_id():
    assert soql.window(None, None) == []
    assert soql.window(AT, None) == ["SystemModstamp >= 2026-03-02T09:00:00Z"]
    assert soql.window(AT, (AT, "006A")) == [
        "((SystemModstamp = 2026-03-02T09:00:00Z AND Id > '006A') OR SystemModstamp > 2026-03-02T09:00:00Z)",
    ]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (FieldType.BOOL, "true", "F__c = true"),
        (FieldType.TEXT, "true", "F__c = 'true'"),
        (FieldType.INTEGER, "5", "F__c = 5"),
        (FieldType.DECIMAL, "5.5", "F__c = 5.5"),
        (FieldType.DATE, "2026-03-02", "F__c = 2026-03-02"),
        (FieldType.DATE, "TODAY", "F__c = 'TODAY'"),
        (FieldType.CHOICE, "It's", "F__c = 'It\\'s'"),
    ],
)
def test_a_filter_value_is_written_as_its_field_wants_it(kind: FieldType, value: str, expected: str):
    stream_map = StreamMap(
        stream=Stream.SUBMISSIONS,
        object_name="Deal__c",
        fields={"x": FieldMap(name="x", crm_field="F__c", type=kind)},
        where=(Condition(field="F__c", compare=Compare.EQUALS, values=(value,)),),
    )

    assert soql.filters(stream_map) == [expected]


@pytest.mark.parametrize("name", ["", "Name, Id", "Name FROM Account", "Näme", "a.b.c.d.e.f.g", "1st"])
def test_what_cannot_be_a_name_never_gets_into_a_query(name: str):
    with pytest.raises(InvariantError):
        soql.select(["Id"], name)

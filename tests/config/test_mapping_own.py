"""Fields of the vendor's own in a mapping: read with a type, told apart from misspelt canonical names."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from config.mapping import load_mapping
from config.source import parse_yaml
from connectors.registry import fields_path
from rules.errors import ConfigError
from rules.expression import Type
from rules.fields import FieldType, Stream
from rules.mapping import Access, FieldMap, StreamMap
from rules.records import Money
from rules.vendor_facts import fact_names, own_missing, own_values


def load(overrides: str, kind: str = "salesforce") -> dict[Stream, StreamMap]:
    part = parse_yaml(overrides, name="crm.yaml")
    return dict(load_mapping(kind, kind, defaults=fields_path(kind), overrides=part).streams)


def submissions(fields: str) -> StreamMap:
    return load(f"streams: {{submissions: {{fields: {{{fields}}}}}}}")[Stream.SUBMISSIONS]


def own(line: str) -> FieldMap:
    return submissions(f"x: {line}").fields["x"]


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return [str(each) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("text", FieldType.TEXT),
        ("number", FieldType.DECIMAL),
        ("bool", FieldType.BOOL),
        ("date", FieldType.DATE),
        ("instant", FieldType.INSTANT),
        ("texts", FieldType.CHOICES),
        ("money", FieldType.DECIMAL),
    ],
)
def test_each_type_travels_as_the_nearest_canonical_one(type_: str, kind: FieldType) -> None:
    field = own(f"{{field: X__c, type: {type_}}}")

    assert (field.crm_field, field.type, field.own, field.access) == ("X__c", kind, Type(type_), Access.READ)
    assert str(field.place).startswith("crm.yaml:1:")


def test_the_fact_is_named_by_its_stream() -> None:
    text = "{fields: {rating: {field: Rating, type: text}}}"
    streams = load(f"streams: {{opportunities: {text}, companies: {text}}}")

    assert [name for name, _ in fact_names(streams[Stream.OPPORTUNITIES])] == ["deal.rating"]
    assert [name for name, _ in fact_names(streams[Stream.COMPANIES])] == ["customer.rating", "partner.rating"]
    assert not list(fact_names(streams[Stream.SUBMISSIONS]))


def test_values_are_typed_as_conditions_see_them() -> None:
    stream_map = submissions(
        "grade: {field: A, type: text, values: {Gold: gold}}, seats: {field: B, type: number},"
        "audited: {field: C, type: bool}, signed_on: {field: D, type: date}, met_at: {field: E, type: instant},"
        "topics: {field: F, type: texts}, budget: {field: G, type: money}, spend: {field: H, type: money, currency: EUR},"
        "visitor: {field: I, type: text, personal: true}, empty: {field: J, type: text}"
    )
    told = {
        "grade": "gold", "seats": "12.5", "audited": False, "signed_on": "2026-03-02", "met_at": "2026-03-02T09:00:00Z",
        "topics": ["a", "b"], "budget": "100", "currency": "USD", "spend": "7", "visitor": "Ada", "empty": None,
    }  # fmt: skip

    assert own_values(stream_map, told) == {
        "grade": "gold",
        "seats": Decimal("12.5"),
        "audited": False,
        "signed_on": date(2026, 3, 2),
        "met_at": datetime(2026, 3, 2, 9, tzinfo=UTC),
        "topics": frozenset({"a", "b"}),
        "budget": Money(amount=Decimal(100), currency="USD"),
        "spend": Money(amount=Decimal(7), currency="EUR"),
        "visitor": True,
    }
    assert own_missing(stream_map, told) == {"empty"}
    assert own_values(stream_map, {}) == {}


def test_a_personal_field_is_only_there_or_not() -> None:
    field = own("{field: X__c, type: text, personal: true}")

    assert (field.own, field.fact_type, field.is_personal) == (Type.TEXT, Type.BOOL, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rival_bid: Tender__c", "fields.rival_bid: is not known here. A field of your own needs a type: "
         "rival_bid: {field: Tender__c, type: text}."),
        ("ammount: Amt__c", "Did you mean amount? A field of your own needs a type"),
        ("x: {field: X__c, type: string}", "x.type: is 'string'. Write one of: text, number, bool"),
        ("x: {field: X__c, type: whole}", "x.type: is 'whole'. Write one of: text, number, bool"),
        ("x: {type: text}", "fields.x: names no CRM field. Write {field: NAME, type: TYPE}."),
        ("x: {field: X__c, type: text, access: both}", "x.access: is not known here."),
        ("amount: {field: X__c, type: text}", "amount.type: is not yours to say: amount is known to Registrar."),
        ("Tender No: {field: X__c, type: text}", "is no usable name. Use small letters, digits and _"),
        ("email: {field: X__c, type: text}", "is a name that Registrar keeps for personal data."),
        ("x: {field: X__c, type: number, values: {a: b}}", "x.values: have no use on a number."),
        ("x: {field: X__c, type: number, currency: USD}", "x.currency: has no use on a number."),
        ("x: {field: X__c, type: money, currency: dollars}", "x.currency: is 'dollars', no currency code."),
        ("currency: null, x: {field: X__c, type: money}", "x: is money, and submissions map no currency."),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_what_to_write(line: str, said: str) -> None:
    found = problems_of(f"streams: {{submissions: {{fields: {{{line}}}}}}}")

    assert any(said in each for each in found), found


def test_nobody_asks_about_users_and_contacts() -> None:
    [problem] = problems_of("streams: {users: {fields: {x: {field: X__c, type: text}}}}")

    assert (
        "rules ask nothing about users. Map it in one of: submissions, opportunities, companies, partners." in problem
    )


BLOCKS = re.findall(
    r"```yaml\n(.*?)```", (Path(__file__).parents[2] / "docs" / "mapping.md").read_text("utf-8"), re.DOTALL
)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_examples_of_the_page_can_be_used(block: str) -> None:
    assert load(block)[Stream.SUBMISSIONS]

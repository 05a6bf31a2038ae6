"""Settings that differ from case to case, and conditions: each way of writing them, and what is wrong with each."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from config.bands import Band, band
from config.policy import read_policy
from config.values import money, percent, span
from config.written import span_text
from rules.choice import Choice
from rules.errors import ConfigError
from rules.records import Money
from rules.span import Span


class Case(dict[str, Any]):
    """Facts by name; what is not given is unknown."""

    def __missing__(self, name: str) -> None:
        return None

    def convert(self, amount: Money, currency: str, on: object) -> Money | None:
        return amount if amount.currency == currency else None


def usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def length(text: str) -> Choice[Span]:
    return read_policy(f"facts: {{deal.bid_no: text}}\nprotection:\n  length: {text}", "rules.yaml").protection.length


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        length(text)
    return [str(each) for each in caught.value.problems]


def test_one_value_asks_no_fact() -> None:
    assert length("90 days") == Choice.always(Span(days=90))
    assert length("90 days").is_constant


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("{by: partner.tier, gold: 120 days, else: 60 days}", {"partner.tier": "gold"}, 120),
        ("{by: partner.tier, gold: 120 days, else: 60 days}", {"partner.tier": "tin"}, 60),
        ("{by: partner.tier, gold: 120 days, else: 60 days}", {}, 60),
        ("{by: partner.tier, else: 60 days, gold: 120 days}", {"partner.tier": "gold"}, 120),
        ("{by: partner.tier, gold: 120 days}", {"partner.tier": "tin"}, None),
        ('{by: partner.tier, "gold, platinum": 120 days, else: 60 days}', {"partner.tier": "platinum"}, 120),
        ("{by: customer.country, NO: 120 days, else: 60 days}", {"customer.country": "NO"}, 120),
        ("{by: partner.tier, O'Neil: 120 days, else: 60 days}", {"partner.tier": "O'Neil"}, 120),
        (
            "{by: deal.products, Firewall: 120 days, else: 60 days}",
            {"deal.products": frozenset({"Firewall", "x"})},
            120,
        ),
        ("{by: deal.is_tender, true: 120 days, false: 60 days}", {"deal.is_tender": False}, 60),
        ("{by: deal.rank, 1: 120 days, else: 60 days}", {"deal.rank": Decimal(1)}, 120),
        ("{by: deal.bid_no, A-1: 120 days, else: 60 days}", {"deal.bid_no": "A-1"}, 120),
        ("{band: deal.units, 100..499: 60 days, 500..: 120 days}", {"deal.units": Decimal(499)}, 60),
        ("{band: deal.units, 100..499: 60 days, 500..: 120 days}", {"deal.units": Decimal(500)}, 120),
        ("{band: deal.units, 100..499: 60 days, 500..: 120 days}", {"deal.units": Decimal(99)}, None),
        ("{band: deal.units, 100..499: 60 days, else: 120 days}", {}, 120),
        ('{band: deal.amount, "..4,999.99": 60 days, "5,000..": 120 days}', {"deal.amount": usd("4999.99")}, 60),
        ("{band: deal.amount, 5000 USD..9999 USD: 120 days}", {"deal.amount": usd("9999")}, 120),
        ("[{when: deal.is_tender, then: 180 days}, {else: 90 days}]", {"deal.is_tender": True}, 180),
        ("[{when: deal.is_tender, then: 180 days}, {else: 90 days}]", {}, 90),
        ("[{when: {not: deal.is_tender}, then: 180 days}]", {"deal.is_tender": False}, 180),
    ],
)
def test_the_row_that_holds_gives_the_value(text: str, facts: dict[str, Any], expected: int | None) -> None:
    found = length(text).value(Case(facts))
    assert found == (None if expected is None else Span(days=expected))


def test_a_row_may_say_that_there_is_none_where_none_is_possible() -> None:
    policy = read_policy("holding: {by: partner.tier, gold: null, else: 24 h}", "r")
    assert policy.holding is not None
    assert policy.holding.value(Case({"partner.tier": "gold"})) is None
    assert policy.holding.value(Case({"partner.tier": "tin"})) == Span(exact=timedelta(hours=24))


def test_labels_are_the_lines_as_written() -> None:
    rows = length('{by: partner.tier, "gold, platinum": 120 days, else: 60 days}').rows
    assert [row.label for row in rows] == ["gold, platinum", "else"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{gold: 120 days}", "rules.yaml:3:11: protection.length: is a mapping without by or band"),
        (
            "{by: partner.teir, gold: 1 day}",
            "protection.length.by: is 'partner.teir', no fact. Did you mean partner.tier?",
        ),
        ("{by: partner.tier}", "protection.length: names a fact to choose by, but no values."),
        ("{by: partner.tier, gold: soon}", "protection.length.gold: is 'soon'; expected a length of time"),
        ("{by: partner.tier, gold: null}", "protection.length.gold: is empty; expected a length of time"),
        (
            '{by: partner.tier, gold: 1 day, "silver, Gold": 2 days}',
            "protection.length.silver, Gold: names 'Gold' twice.",
        ),
        ('{by: partner.tier, "gold,": 1 day}', "has nothing between two commas."),
        ("{by: deal.is_tender, maybe: 1 day}", "is no value of deal.is_tender, whose type is bool."),
        ("{by: deal.amount, 5: 1 day}", "is no value of deal.amount, whose type is money."),
        ("{band: partner.tier, 1..2: 1 day}", "has bands of partner.tier, which is no number and no money."),
        ("{band: deal.units, few: 1 day}", "protection.length.few: is no band of deal.units; expected a band such as"),
        ("{band: deal.units, 500..100: 1 day}", "protection.length.500..100: begins above its end."),
        ("{band: deal.units, 5 USD..: 1 day}", "is no band of deal.units"),
        ("{band: deal.amount, 5 USD..9 EUR: 1 day}", "is no band of deal.amount"),
        ("[]", "protection.length: is an empty list"),
        ("[90 days]", "protection.length[1]: is '90 days'; expected {when: a condition, then: a value}"),
        (
            "[{else: 90 days}, {when: deal.is_tender, then: 1 day}]",
            "protection.length[1]: holds always, so nothing after",
        ),
        ("[{when: deal.is_tendr, then: 1 day}]", "rules.yaml:3:19: protection.length[1].when: "),
        ("[{when: deal.is_tender, than: 1 day}]", "protection.length[1]: is a mapping; expected {when"),
    ],
)
def test_a_mistake_in_a_choice_is_told_at_its_line(text: str, expected: str) -> None:
    found = problems_of(text)
    assert any(expected in each for each in found), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("deal.units > 5", True),
        ("{all: [deal.units > 5, deal.is_tender]}", False),
        ("{any: [deal.units > 5, deal.is_tender]}", True),
        ("{not: deal.is_tender}", True),
        ("{all: [deal.units > 5, {not: {any: [deal.is_tender, deal.units > 100]}}]}", True),
        ("{all: [deal.units > 5 or deal.units < 2, deal.units > 1]}", True),
        ("{all: [deal.units > 5, partner.tier == 'gold']}", None),
    ],
)
def test_conditions_may_be_joined_by_all_any_and_not(text: str, expected: bool | None) -> None:
    gate = read_policy(f"gates: [{{name: a, require: {text}}}]", "r").gates[0]
    assert gate.require.test(Case({"deal.units": Decimal(7), "deal.is_tender": False})) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{al: [deal.is_tender]}", "gates.a.require.al: is not known here. Did you mean all?"),
        ("{all: [deal.is_tender], any: [deal.is_tender]}", "gates.a.require: needs exactly one of all, any and not."),
        ("{}", "gates.a.require: needs exactly one of all, any and not."),
        ("{all: []}", "gates.a.require.all: is a list; expected a list of conditions."),
        ("{all: deal.is_tender}", "gates.a.require.all: is 'deal.is_tender'; expected a list of conditions."),
        ("[deal.is_tender]", "gates.a.require: is a list; expected a condition"),
        ("{any: [deal.is_tender, deal.unitz > 5]}", "r:1:51: gates.a.require.any[2]: "),
        ("deal.units", "gates.a.require: "),
        ("null", "gates.a.require: is empty; expected a condition"),
    ],
)
def test_a_mistake_in_a_condition_is_told_at_its_column(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_policy(f"gates: [{{name: a, require: {text}}}]", "r")
    found = [str(each) for each in caught.value.problems]
    assert any(expected in each for each in found), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100..499", Band(low=Decimal(100), high=Decimal(499))),
        (" 100 .. 499 ", Band(low=Decimal(100), high=Decimal(499))),
        ("1,500..", Band(low=Decimal(1500), high=None)),
        ("..99", Band(low=None, high=Decimal(99))),
        ("7", Band(low=Decimal(7), high=Decimal(7))),
        ("EUR 5..", Band(low=Decimal(5), high=None, currency="EUR")),
        ("5..9.99 EUR", Band(low=Decimal(5), high=Decimal("9.99"), currency="EUR")),
        ("..", None),
        ("", None),
        ("1 2", None),
        ("1...2", None),
        ("1..2..3", None),
        ("9" * 30, None),
    ],
)
def test_bands(text: str, expected: Band | None) -> None:
    assert band(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90 days", Span(days=90)),
        ("2 weeks", Span(days=14)),
        ("3 years", Span(months=36)),
        ("90d", Span(days=90)),
        ("1 h", Span(exact=timedelta(hours=1))),
        ("0.5 h", Span(exact=timedelta(minutes=30))),
        ("3 business days", Span(working_days=3)),
        ("3 working days", Span(working_days=3)),
        ("48 Business Hours", Span(working=timedelta(hours=48))),
        ("48 business h", Span(working=timedelta(hours=48))),
        ("30 business minutes", Span(working=timedelta(minutes=30))),
        ("3 bd", Span(working_days=3)),
        ("48 bh", Span(working=timedelta(hours=48))),
        ("2 quarters", Span(months=6)),
        ("45 s", Span(exact=timedelta(seconds=45))),
        ("3 business weeks", None),
        ("1.5 business days", None),
        ("999999 business days", None),
        ("999999 h", None),
        ("٣ days", None),
        ("days", None),
    ],
)
def test_lengths_of_time(text: str, expected: Span | None) -> None:
    assert span(text) == expected
    if expected is not None:
        assert span(span_text(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10 %", 10), ("10%", 10), ("10", 10), ("0.5 %", Decimal("0.5")), ("100.1", None), ("-1", None)],
)
def test_percentages(text: str, expected: Any) -> None:
    assert percent(text) == expected


@pytest.mark.parametrize("text", ["5000 usd", "5,000", "USD", "5e3 USD", "5000 USDX", "５ USD", "-5 USD"])
def test_what_is_no_money(text: str) -> None:
    assert money(text) is None

"""A deal's lines out of one text field: JSON or a small table, the same canonical value either way, or advice."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.lines import LinesError, read_lines, typed_lines
from rules.numbers import Mark, mark_of, marks, number
from rules.records import Line, Money

TABLE = """\
Product; Quantity; Amount; Class
Analytics; 10; 12000.50; enterprise

Support;; 1200 EUR;
"""


def test_a_table_and_json_give_the_same_lines() -> None:
    as_json = """[
        {"product": "Analytics", "units": 10, "amount": 12000.50, "class": "enterprise"},
        {"product": "Support", "amount": "1200 EUR"}
    ]"""

    assert read_lines(TABLE) == read_lines(as_json)
    assert typed_lines(read_lines(TABLE), "USD") == (
        Line(
            product="Analytics",
            product_class="enterprise",
            units=Decimal(10),
            amount=Money(amount=Decimal("12000.5"), currency="USD"),
        ),
        Line(product="Support", amount=Money(amount=Decimal(1200), currency="EUR")),
    )


@pytest.mark.parametrize("separator", [";", "|", "\t"])
def test_the_header_says_what_separates_the_columns(separator: str) -> None:
    rows = [["sku", "units", "order", "part"], ["A-1", "60", "PO-1", "licence"], ["A-1", "40", "PO-2", "licence"]]
    found = typed_lines(read_lines("\n".join(separator.join(row) for row in rows)), None)

    assert found == (
        Line(sku="A-1", units=Decimal(60), order="PO-1", part="licence"),
        Line(sku="A-1", units=Decimal(40), order="PO-2", part="licence"),
    )


def test_a_decimal_comma_is_told_by_the_other_numbers() -> None:
    found = typed_lines(read_lines("product; units; amount\nA; 2,5; 1.234,50\nB; 1; 1.000"), "EUR")

    assert [line.units for line in found] == [Decimal("2.5"), Decimal(1)]
    assert [line.amount and line.amount.amount for line in found] == [Decimal("1234.5"), Decimal(1000)]


def test_a_decimal_is_taken_digit_for_digit() -> None:
    found = typed_lines(read_lines('[{"amount": 0.1}, {"amount": 12345678901234567890.01}]'), "USD")

    assert [line.amount and line.amount.amount for line in found] == [
        Decimal("0.1"),
        Decimal("12345678901234567890.01"),
    ]


@pytest.mark.parametrize("raw", ["", "  \n ", "[]", "product; units", "[{}]", []])
def test_what_holds_no_line_is_empty(raw: Any) -> None:
    assert read_lines(raw) is None


@pytest.mark.parametrize(
    ("raw", "message", "hint"),
    [
        ("Firewall; 10; 12000", "'Firewall' names no part of a line", "Begin with a header"),
        ("product; unitz\nA; 1", "'unitz' names no part", "Did you mean units?"),
        ("product; amount\nA; 1; 2", "line 2 has 3 columns and the header 2", "Give every column a name"),
        ("product; amount\nA; 1,234", "line 2: amount is '1,234', no clear number", "1200.50"),
        ("product; units\nA; many", "line 2: units is 'many'", "decimal point"),
        ("product; product\nA; B", "product is named twice", "Keep one"),
        ('[{"product": "A"', "it starts like JSON and is none", "Check brackets"),
        ("[1, 2]", "entry 1 is no object", "Write each line as"),
        ('[{"product": ["A"]}]', "entry 1: product is neither text nor a number", "one value"),
        ('[{"units": NaN}]', "entry 1: units is 'nan'", "decimal point"),
        ('[{"product": "\\ud800"}]', "characters that cannot be stored", "anew"),
        (12, "it is no text", "Begin with a header"),
        ("[" * 100_000, "it starts like JSON and is none", "Check brackets"),
    ],
)
def test_what_is_none_is_told_with_advice(raw: Any, message: str, hint: str) -> None:
    with pytest.raises(LinesError) as caught:
        read_lines(raw)

    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_more_lines_than_a_deal_has_are_refused() -> None:
    with pytest.raises(LinesError, match="more than 500 lines"):
        read_lines(json.dumps([{"product": "A"}] * 501))


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = read_lines(text)
    except LinesError as error:
        assert error.hint
    else:
        assert found is None or typed_lines(found, "USD")


@given(st.lists(st.fixed_dictionaries({"product": st.text("abc ;|", min_size=1), "units": st.integers(0, 10**9)})))
def test_canonical_lines_read_as_themselves(items: list[dict[str, Any]]) -> None:
    canonical = read_lines(json.dumps(items))

    assert read_lines([json.loads(each) for each in canonical or []]) == canonical


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234", {Mark.POINT, Mark.COMMA}),
        ("1.5", {Mark.POINT}),
        ("0,917", {Mark.COMMA}),
        ("1,234", {Mark.POINT, Mark.COMMA}),
        ("1.234,5", {Mark.COMMA}),
        ("1,234,567.8", {Mark.POINT}),
        ("1 234.5", {Mark.POINT}),
        ("12,34,56", set()),
        ("1e5", set()),
        ("", set()),
        ("9" * 50, set()),
    ],
)
def test_the_decimal_marks_that_a_number_allows(text: str, expected: set[Mark]) -> None:
    assert marks(text) == expected


def test_a_number_is_read_by_the_mark_of_its_table() -> None:
    assert mark_of(["1,234", "5,25", "7"]) is Mark.COMMA
    assert mark_of(["1,234", "7"]) is None
    assert mark_of(["1.5", "2,5"]) is None
    assert number("1,234", Mark.COMMA) == Decimal("1.234")
    assert number("1,234", Mark.POINT) == Decimal(1234)
    assert number("1,234") is None
    assert number("1.234") == Decimal("1.234")

"""Exchange rates from a CSV: any order, either decimal mark, and every bad line told with its number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from config.rates import PROBLEMS_MAX, policy_rates, read_rates
from rules.errors import ConfigError
from rules.policy import Policy
from rules.primitives.rates import RateRules
from rules.records import Money

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_csv(text: str) -> Path:
        path = tmp_path / "rates.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write_csv


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_rates(path, base="USD")
    return [str(each) for each in caught.value.problems]


def test_rates_are_read_in_any_order_of_lines_and_columns(write: Write) -> None:
    path = write(
        "\ufeffRate,Date,Currency,Source\n1.05,2026-02-01,EUR,ecb\n\n1.09,2026-01-15,EUR,\n1.3,2026-01-15,GBP,\n"
    )

    assert read_rates(path, base="USD") == {
        "EUR": ((date(2026, 1, 15), Decimal("1.09")), (date(2026, 2, 1), Decimal("1.05"))),
        "GBP": ((date(2026, 1, 15), Decimal("1.3")),),
    }


def test_a_semicolon_file_has_decimal_commas(write: Write) -> None:
    path = write("date;currency;rate\n2026-01-15;EUR;1,092\n2026-01-15;GBP;1,31\n2026-01-15;JPY;0,0064\n")

    assert read_rates(path, base="USD")["EUR"] == ((date(2026, 1, 15), Decimal("1.092")),)


def test_a_rate_that_could_be_two_numbers_is_refused(write: Write) -> None:
    [problem] = problems_of(write("date;currency;rate\n2026-01-15;IDR;1,234\n2026-01-15;EUR;2\n"))

    assert problem.startswith("rates.csv:2:1: rate: is '1,234'; expected a number")
    assert "one decimal mark" in problem


def test_every_bad_line_is_told(write: Write) -> None:
    lines = [
        "date,currency,rate",
        "15.01.2026,EUR,1.09",
        "2026-01-15,eur,1.09",
        "2026-01-15,EUR,0",
        "2026-01-15,EUR,about one",
        "2026-01-15,EUR,1,09",
        "2026-01-16,EUR,1.09",
        "2026-01-16,EUR,1.10",
        "2026-01-16,EUR,1.09",
        "2026-01-17,USD,1.2",
        "2026-01-17,USD,1",
    ]

    assert problems_of(write("\n".join(lines))) == [
        "rates.csv:2:1: date: is '15.01.2026'; expected a date such as 2026-12-25.",
        "rates.csv:3:1: currency: is 'eur', no currency code. Write EUR.",
        "rates.csv:4:1: rate: is '0'; expected a number above zero.",
        "rates.csv:5:1: rate: is 'about one'; expected a number such as 1.0921. "
        "Write it without thousands separators, with one decimal mark in the whole file.",
        "rates.csv:6:1: has 4 columns; the header has 3. Put a rate with a decimal comma in quotes.",
        "rates.csv:8:1: rate: is '1.10'; another line says 1.09 for EUR on 2026-01-16. Keep one of them.",
        "rates.csv:10:1: rate: is '1.2' for USD, the policy's own currency. Remove the line.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "date: is not among the columns"),
        ("2026-01-15,EUR,1.09\n", "Write the header date,currency,rate in the first line."),
        ("date,ccy,rates\n", "rate: is not among the columns. Rename the column rates."),
        ("date,currency,rate,rate\n", "rate: is given twice in the header"),
        ('date,currency,rate\n2026-01-15,EUR,"1.09\n', "is no CSV"),
        ("date,currency,rate\n2026-01-15,EUR," + "9" * 200_000 + "\n", "is no CSV"),
    ],
)
def test_a_file_of_another_shape_is_told(write: Write, text: str, said: str) -> None:
    assert any(said in each for each in problems_of(write(text))), problems_of(write(text))


def test_a_file_that_is_no_text_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    assert problems_of(path) == ["rates.csv: cannot be read (No such file or directory)."]
    path.write_bytes(b"date,currency,rate\n2026-01-15,EUR,1.09\xff\n")
    assert problems_of(path) == ["rates.csv:2:0: is no UTF-8 text. Save it as CSV in UTF-8."]


def test_a_file_full_of_mistakes_ends_in_a_bounded_list(write: Write) -> None:
    found = problems_of(write("date,currency,rate\n" + "no,no,no\n" * 10_000))

    assert len(found) <= 3 * PROBLEMS_MAX + 4
    assert found[-1].endswith("has more bad lines; they are not listed.")


def test_a_policy_has_its_fixed_rates_and_those_of_its_file(write: Write) -> None:
    path = write("date,currency,rate\n2026-01-15,EUR,1.09\n")
    rules = RateRules(fixed=(("GBP", Decimal("1.3")), ("EUR", Decimal(1))), file=path.name, max_age_days=30)
    rates = policy_rates(replace(Policy(), rates=rules), path.parent)

    assert rates.convert(Money(amount=Decimal(18_600), currency="EUR"), "USD", date(2026, 1, 20)) == Money(
        amount=Decimal("20274.00"), currency="USD"
    )
    assert rates.rate("GBP", date(1999, 1, 1)) == Decimal("1.3")
    assert rates.rate("EUR", date(1999, 1, 1)) == Decimal(1)  # before the file's first day
    assert rates.rate("EUR", date(2026, 6, 1)) is None  # the file's last rate is too old

"""Exchange rates: told by Salesforce and by a file, kept with when they were told, and what they mean for decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.policy import read_policy
from ledger import rates
from ledger.rows import RateRow
from rules.money import Rates
from rules.records import Status
from sync.rate_book import RateBook
from tests.sync.kit import START, House

EUROS = "name: euros\nholding: null\ncurrency: EUR\nthresholds: [{name: minimum, at_least: 10000 EUR}]\n"
DOLLARS = "name: dollars\nholding: null\nthresholds: [{name: minimum, at_least: 10000 USD}]\n"
T0 = datetime(2026, 3, 1, tzinfo=UTC)


def house_of(tmp_path: Path, source: str, **options: Any) -> House:
    policy = read_policy(source, "rules.yaml")
    return House(directory=tmp_path, policy=replace(policy, approval=policy.approval), source=source, **options)


@pytest.mark.parametrize("door", ["client", "port"])
def test_todays_rates_of_an_org_without_dated_ones_hold_whatever_the_day(tmp_path: Path, door: str) -> None:
    house = house_of(tmp_path, DOLLARS, door=door)
    house.passes()

    told = known(house, "salesforce")
    assert told["EUR"] == [(date.min, Decimal("1.08695652173913043"))]
    assert set(told) == {"EUR", "GBP", "JPY"}
    house.daemon.close()


@pytest.mark.parametrize("door", ["client", "port"])
def test_dated_rates_are_read_where_the_org_keeps_them(tmp_path: Path, door: str) -> None:
    house = house_of(tmp_path, DOLLARS, door=door, org_options={"has_dated_rates": True})
    house.org.set_rate("EUR", 0.8, since=date(2026, 1, 1))
    house.org.set_rate("EUR", 1.25, since=date(2026, 2, 1))
    house.passes()

    assert known(house, "salesforce") == {
        "EUR": [(date(2026, 1, 1), Decimal("1.25")), (date(2026, 2, 1), Decimal("0.8"))]
    }
    house.daemon.close()


def test_org_with_one_currency_is_not_asked(tmp_path: Path) -> None:
    house = house_of(tmp_path, DOLLARS, org_options={"currencies": ("USD",)})
    reports = house.passes(2)

    assert known(house, "salesforce") == {}
    assert all(not report.problems or "CurrencyIsoCode" in report.problems[0] for report in reports)
    house.daemon.close()


def test_rates_are_asked_for_once_a_day(tmp_path: Path) -> None:
    house = house_of(tmp_path, DOLLARS, door="port")
    house.passes(3)
    house.org.set_rate("EUR", 0.5)
    house.passes(1)
    before = known(house, "salesforce")["EUR"]
    house.passes(1, pause_s=86_400)

    assert (len(before), known(house, "salesforce")["EUR"][-1][1]) == (1, Decimal(2))
    house.daemon.close()


def test_amount_in_another_currency_is_weighed_at_the_orgs_rate(tmp_path: Path) -> None:
    """9,500 EUR at 0.92 are more than 10,000 USD; at 0.96 they are less."""
    outcomes = []
    for number, rate in enumerate((0.92, 0.96)):
        (directory := tmp_path / str(number)).mkdir()
        house = house_of(directory, DOLLARS, door="port")
        house.org.set_rate("EUR", rate)
        ref = house.submit(
            "salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"), amount="9500"
        )
        house.edit(ref, CurrencyIsoCode="EUR")
        house.settle()
        outcomes.append(house.status(ref))
        house.daemon.close()

    assert outcomes == [Status.REGISTERED, Status.REFUSED]


def test_corporate_currency_need_not_be_the_policys(tmp_path: Path) -> None:
    house = house_of(tmp_path, EUROS, door="port")
    house.org.set_rate("EUR", 0.5)
    ref = house.submit(
        "salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"), amount="19000"
    )
    house.settle()

    assert house.status(ref) is Status.REFUSED  # 9,500 EUR
    house.daemon.close()


def test_missing_rate_leads_to_a_person(tmp_path: Path) -> None:
    house = house_of(tmp_path, DOLLARS + "rates: {from_crm: false}\n", door="port")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.edit(ref, CurrencyIsoCode="GBP")
    house.settle()

    assert house.status(ref) is Status.IN_REVIEW
    house.daemon.close()


def test_file_beside_the_rules_is_read_again_when_it_changes_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("date,currency,rate\n2026-03-01,EUR,1.10\n")
    house = house_of(tmp_path, DOLLARS + "rates: {file: rates.csv, from_crm: false}\n", door="port")
    house.passes()
    path.write_text("date,currency,rate\n2026-03-01,EUR,abc\n")
    reports = house.passes()
    kept = known(house, "file:rates.csv")
    path.write_text("date,currency,rate\n2026-03-01,EUR,1.20\n2026-03-02,EUR,1.30\n")
    house.passes()

    assert kept == {"EUR": [(date(2026, 3, 1), Decimal("1.1"))]}
    assert any("rates.csv" in problem for report in reports for problem in report.problems)
    assert known(house, "file:rates.csv")["EUR"] == [
        (date(2026, 3, 1), Decimal("1.1")),
        (date(2026, 3, 1), Decimal("1.2")),
        (date(2026, 3, 2), Decimal("1.3")),
    ]
    house.daemon.close()


def test_correction_does_not_touch_what_was_granted(tmp_path: Path, postgresql_url: str) -> None:
    house = house_of(tmp_path, DOLLARS, door="port", url=postgresql_url)
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner, amount="9500")
    house.edit(ref, CurrencyIsoCode="EUR")
    house.settle()
    before = house.registration(ref)
    house.org.set_rate("EUR", 2.0)
    house.passes(2, pause_s=86_400)
    house.edit(ref, Description__c="a new word")  # it is decided anew
    house.settle()

    assert (before.status, house.registration(ref)) == (Status.REGISTERED, before)
    house.daemon.close()


def test_a_registration_counts_by_what_was_known_when_it_was_granted() -> None:
    policy = read_policy(DOLLARS, "rules.yaml")
    day = date(2026, 2, 27)
    book = RateBook(1, [told(day, "1.1", T0), told(day, "1.3", T0 + timedelta(days=2)), told(day, "9", T0, "GBP")])

    early, late = book.rates(policy, T0 + timedelta(days=1)), book.rates(policy, T0 + timedelta(days=3))

    assert (early.rate("EUR", day), late.rate("EUR", day)) == (Decimal("1.1"), Decimal("1.3"))
    assert early.rate("GBP", day) == late.rate("GBP", day) == Decimal(9)
    assert book.rates(policy, T0) is book.rates(policy, T0 + timedelta(hours=1))  # worked out once


def test_first_word_of_a_day_holds_even_for_what_was_decided_before_it_came() -> None:
    """It was missing then; a rate that comes later is no correction."""
    policy = read_policy(DOLLARS, "rules.yaml")
    day = date(2026, 2, 27)
    book = RateBook(1, [told(day, "1.1", T0)])
    assert book.rates(policy, T0 - timedelta(days=5)).rate("EUR", day) == Decimal("1.1")


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("", "2"),
        ("rates: {fixed: {EUR: 1.5}}\n", "1.5"),
        ("rates: {file: rates.csv}\n", "3"),
        ("rates: {from_crm: false}\n", None),
    ],
)
def test_configured_rates_come_before_the_crms(section: str, expected: str | None) -> None:
    day = date(2026, 2, 27)
    rows = [told(day, "2", T0, source="salesforce"), told(day, "3", T0, source="file:rates.csv")]
    found = RateBook(1, rows).rates(read_policy(DOLLARS + section, "rules.yaml"), T0).rate("EUR", day)
    assert found == (Decimal(expected) if expected is not None else None)


def test_crms_rates_hold_until_the_next_one_however_old() -> None:
    day = date(2024, 1, 1)
    rows = [told(day, "2", T0, source="salesforce"), told(day, "3", T0, "GBP", source="file:rates.csv")]
    found = RateBook(1, rows).rates(read_policy(DOLLARS + "rates: {file: rates.csv}\n", "rules.yaml"), T0)
    assert (found.rate("EUR", date(2026, 2, 27)), found.rate("GBP", date(2026, 2, 27))) == (Decimal(2), None)


def test_rates_of_no_source_are_none_at_all() -> None:
    assert RateBook(0, ()).rates(read_policy(DOLLARS, "rules.yaml"), T0) == Rates(by_currency={})


def told(
    day: date, value: str, at: datetime, currency: str = "EUR", *, source: str = "salesforce", base: str = "USD"
) -> RateRow:
    return RateRow(source=source, base=base, currency=currency, day=day, told_at=at, value=Decimal(value))


def known(house: House, source: str) -> dict[str, list[tuple[date, Decimal]]]:
    with house.ledger.read() as tx:
        rows = rates.of_source(tx, source)
    found: dict[str, list[tuple[date, Decimal]]] = {}
    for row in rows:
        assert row.told_at >= START
        found.setdefault(row.currency, []).append((row.day, row.value))
    return found

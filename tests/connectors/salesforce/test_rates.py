"""The org's exchange rates: dated ones, today's ones, and orgs that show none."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.salesforce import rates
from rules.fields import Stream
from tests.connectors.bench import pull_all
from tests.connectors.rewrite import Rewritten
from tests.connectors.salesforce.bench import SalesforceBench
from tests.connectors.salesforce.test_other_orgs import refused


def rewritten(bench: SalesforceBench) -> Rewritten:
    org = Rewritten(bench.org.app)
    app: Any = org
    bench.org.app = app
    return org


def test_dated_rates_are_units_of_the_corporate_currency_for_one_of_another() -> None:
    bench = SalesforceBench(has_dated_rates=True)
    bench.org.set_rate("EUR", 0.8, since=date(2026, 1, 1))
    bench.org.set_rate("GBP", 0.5, since=date(2026, 2, 1))

    told = bench.connect().rates(None)

    assert told is not None and told.base == "USD"
    assert dict(told.by_currency) == {
        "EUR": ((date(2026, 1, 1), Decimal("1.25")),),
        "GBP": ((date(2026, 2, 1), Decimal(2)),),
    }


def test_only_later_days_are_asked_for() -> None:
    bench = SalesforceBench(has_dated_rates=True)
    for day in (date(2026, 1, 1), date(2026, 2, 1)):
        bench.org.set_rate("EUR", 0.8, since=day)

    told = bench.connect().rates(date(2026, 1, 15))

    assert told is not None
    assert [day for day, _ in told.by_currency["EUR"]] == [date(2026, 2, 1)]


def test_many_rates_come_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "ROWS_MAX", 5)
    bench = SalesforceBench(has_dated_rates=True)
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(12)]
    for day in days:
        bench.org.set_rate("EUR", 0.8, since=day)
        bench.org.set_rate("GBP", 0.5, since=day)

    told = bench.connect().rates(None)

    assert told is not None
    assert {name: [day for day, _ in found] for name, found in told.by_currency.items()} == {"EUR": days, "GBP": days}


def test_first_rate_of_a_currency_begins_before_all_days() -> None:
    """Salesforce writes 0000-12-30, which is no date elsewhere."""
    bench = SalesforceBench(has_dated_rates=True)
    bench.org.set_rate("EUR", 0.8, since=date(2026, 1, 1))
    rewritten(bench).when(
        "FROM DatedConversionRate",
        lambda reply: reply.with_json(
            {**reply.json(), "records": [{**each, "StartDate": "0000-12-30"} for each in reply.json()["records"]]}
        ),
    )

    told = bench.connect().rates(None)

    assert told is not None and told.rate("EUR", date(1999, 1, 1)) == Decimal("1.25")


@pytest.mark.parametrize("code", ["INVALID_TYPE", "NOT_FOUND", "MALFORMED_QUERY", "INSUFFICIENT_ACCESS"])
def test_org_that_does_not_show_its_rates_has_none(code: str) -> None:
    bench = SalesforceBench()
    rewritten(bench).when("FROM CurrencyType", refused("400 Bad Request", code))

    assert bench.connect().rates(None) is None


def test_org_with_one_currency_is_not_asked() -> None:
    bench = SalesforceBench(currencies=("EUR",))
    connector = bench.connect()
    pull_all(connector, Stream.OPPORTUNITIES)
    connector.take_calls()

    assert connector.rates(None) is None
    assert not connector.take_calls()

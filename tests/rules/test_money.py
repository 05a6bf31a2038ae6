"""Dated rates: the latest known on a day, exact enough to compare."""

from datetime import date
from decimal import Decimal

from rules.money import Rates, fixed_rates
from rules.records import Money

DAY = date(2026, 3, 2)


def test_a_conversion_is_not_rounded_to_hundredths_before_it_is_compared():
    converted = fixed_rates({"EUR": Decimal("1.1")}).convert(
        Money(amount=Decimal("9090.91"), currency="EUR"), "USD", DAY
    )

    assert converted is not None
    assert converted.amount == Decimal("10000.001")


def test_a_rate_counts_from_its_day_until_it_is_too_old():
    rates = Rates(by_currency={"EUR": ((date(2026, 3, 1), Decimal("1.09")),)}, max_age_days=7)

    assert rates.rate("EUR", date(2026, 2, 28)) is None
    assert rates.rate("EUR", date(2026, 3, 8)) == Decimal("1.09")
    assert rates.rate("EUR", date(2026, 3, 9)) is None

"""Conditions and formulas in an admin's words, and what they come to."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from rules.expression import FUNCTIONS, Condition, Formula, Function
from rules.expression.wording import told
from rules.money import NO_RATES
from rules.records import Money
from rules.span import Span
from tests.rules.expressions import FACTS, TYPES, Known, eur, holds, usd, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n == 7", True),
        ("n > 7", False),
        ("5 < n <= 7", True),
        ("7 < n <= 9", False),
        ("n != 7 or k == 2.5", True),
        ("not (n == 7)", False),
        ("not n == 8 and n in {1, 7}", True),
        ("n in [1, 7] and n not in (2, 3)", True),
        ("n + k * 2 - 1 == 11", True),
        ("-n < 0 and +n > 0 and n - -1 == 8", True),
        ("n >= 1,000", False),
        ("1,000 + n == 1007", True),
        ("k == 250 %", True),
        ("0.1 + 0.2 == 0.3", True),
        ("tier == 'gold'", True),
        ("tier == 'GOLD' and tier != 'silver'", True),
        ("tier in {'silver', 'gold'}", True),
        ("tier not in {'silver', 'gold'}", False),
        ("country in {tier, 'de'}", True),
        ("'firewall' in products", True),
        ("'radar' not in products", True),
        ("tier in products", False),
        ("products == {'ENDPOINT', 'firewall'}", True),
        ("products != {'ENDPOINT'}", True),
        ("ok", True),
        ("not bad AND ok", True),
        ("ok == true and bad == False", True),
        ("ok != bad", True),
        ("(n > 5 if ok else n < 5)", True),
        ("(n > 5 if bad else n < 5)", False),
        ("true", True),
        ("day == 2026-03-01", True),
        ("2026-02-28 < day < 2026-03-02", True),
        ("day in {2026-03-01, 2026-04-01}", True),
        ("at < 2026-03-01T23:31Z", True),
        ("at == 2026-03-02T00:30+01:00", True),
        ("n\n  > 5\n  and ok", True),
    ],
)  # fmt: skip
def test_conditions(text: str, expected: bool) -> None:
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount >= 20,000 USD", True),
        ("amount > USD 20,000", False),
        ("amount >= 20000.00 USD", True),
        ("price >= 20,000 USD", True),  # 18,600 EUR at 1.09 are 20,274 USD
        ("20,000 USD <= price", True),
        ("price >= 20,274 USD and price <= 20,274 USD", True),
        ("price > amount", True),
        ("price >= 20,000 JPY", None),  # no rate
        ("price >= 1 EUR", True),  # needs none
        ("amount in {20,000 USD, 1 EUR}", True),
        ("amount in {5 USD, 1 JPY}", None),
        ("amount in {20,000 USD, 1 JPY}", True),
        ("amount not in {20,000 USD, 1 JPY}", False),
        ("amount + price == 40,274 USD", True),
        ("price - amount > 0 EUR", True),
        ("amount * 10 % == 2000 USD", True),
        ("2 * amount / 4 == 10000 USD", True),
        ("price / amount > 1.01", True),
        ("-amount < 0 USD", True),
        ("max(amount, price) == price", True),
        ("min(amount, price) == 20,000 USD", True),
    ],
)  # fmt: skip
def test_money_is_compared_across_currencies(text: str, expected: bool | None) -> None:
    assert holds(text) is expected


def test_money_of_one_currency_needs_no_rate() -> None:
    facts = Known(FACTS)
    facts.rates = NO_RATES

    assert Condition("amount >= 20,000 USD", TYPES).test(facts) is True
    assert Condition("price >= 20,000 USD", TYPES).test(facts) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # In Berlin, the policy's zone, 2026-03-01T23:30Z is the second of March.
        ("at == 2026-03-02", True),
        ("at > 2026-03-01", True),
        ("at <= 2026-03-01", False),
        ("at in {2026-03-02}", True),
        ("date(at) > day", True),
        ("at - day == 1 days", True),
        ("day + 90 days == 2026-05-30", True),
        ("day + 6 months == 2026-09-01", True),
        ("2026-01-31 + 1 month == 2026-02-28", True),
        ("2026-03-31 - 1 month == 2026-02-28", True),
        ("1 year + day == 2027-03-01", True),
        ("day - 2 weeks == 2026-02-15", True),
        ("at + 48 h == 2026-03-03T23:30Z", True),
        ("at + 60 days == 2026-04-30T22:30Z", True),  # the same time of day, an hour nearer after the clocks changed
        ("at - 30 min == 2026-03-01T23:00Z", True),
        ("now - at > 60 days", True),
        ("now - at > 61 days", False),
        ("60 days < now - at", True),
        ("closed_on - day <= 4 months", True),
        ("closed_on - day < 3 months", False),
        ("today - day > 2 months", False),
        ("today - day >= 2 months", True),
        ("at + 8 business hours == 2026-03-02T16:00Z", True),  # begins on Monday at 9
        ("at + 1 bd <= at + 3 business days", True),
        ("now - at >= 16 business hours", True),
        ("until - at == until - at", True),
        ("closed_on - day > at - now", True),
        ("1 days > 23 h", True),
        ("1 months > 30 days", None),  # a month has no fixed length
    ],
)  # fmt: skip
def test_dates_and_lengths_of_time(text: str, expected: bool | None) -> None:
    assert holds(text) is expected


KLEENE = {"ok": True, "bad": False, "maybe": None}


@pytest.mark.parametrize("left", KLEENE)
@pytest.mark.parametrize("right", KLEENE)
def test_unknown_follows_kleene(left: str, right: str) -> None:
    """false and unknown is false, true or unknown is true; all else that meets an unknown is unknown."""
    first, second = KLEENE[left], KLEENE[right]
    both = False if False in (first, second) else None if None in (first, second) else True
    either = True if True in (first, second) else None if None in (first, second) else False

    assert holds(f"{left} and {right}") is both
    assert holds(f"{left} or {right}") is either
    assert holds(f"ok and {left} and {right}") is both
    assert holds(f"bad or {left} or {right}") is either
    assert holds(f"not {left}") is (None if first is None else not first)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unknown_n > 5", None),
        ("5 > unknown_n + n", None),
        ("n / unknown_n == 1", None),
        ("unknown_tier == 'gold'", None),
        ("unknown_tier != 'gold'", None),
        ("unknown_tier in {'gold'}", None),
        ("unknown_tier not in {'gold'}", None),
        ("'gold' in unknown_products", None),
        ("any_of(unknown_products, {'a'})", None),
        ("tier in {unknown_tier, 'gold'}", True),
        ("tier in {unknown_tier, 'silver'}", None),
        ("unknown_amount > 5 USD", None),
        ("unknown_day + 5 days > day", None),
        ("unknown_n is unknown and n is known", True),
        ("unknown_n is not known and n is not unknown", True),
        ("known(n) and not known(unknown_n)", True),
        ("(unknown_n > 5) is unknown", True),
        ("n / (n - 7) == 1", None),
        ("first_known(unknown_n, n) == 7", True),
        ("coalesce(unknown_tier, 'none') == 'none'", True),
        ("(n if maybe else k) == 7", None),
        ("max(n, unknown_n) > 5", None),
    ],
)  # fmt: skip
def test_unknown_facts(text: str, expected: bool | None) -> None:
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n * 2", Decimal(14)),
        ("1 / 4", Decimal("0.25")),
        ("amount * 15 %", usd(3000)),
        ("amount if tier == 'gold' else 0 USD", usd(20_000)),
        ("money(n, 'eur')", eur(7)),
        ("convert(price, 'usd')", usd("20274.00")),
        ("convert(price, 'USD', at)", usd("20274.00")),
        ("convert(price, 'JPY')", None),
        ("currency(price)", "EUR"),
        ("min(n, k, 3)", Decimal("2.5")),
        ("max(day, closed_on)", date(2026, 6, 30)),
        ("abs(-n)", Decimal(7)),
        ("abs(0 USD - amount)", usd(20_000)),
        ("round(2.345, 2)", Decimal("2.35")),
        ("round(2.5)", Decimal(3)),
        ("round(price / 7, 2)", eur("2657.14")),
        ("round(n, 99)", None),
        ("round(n, 0.5)", None),
        ("floor(price / 1000 EUR)", Decimal(18)),
        ("ceil(k)", Decimal(3)),
        ("count(products)", Decimal(2)),
        ("count(products, {'firewall', 'radar'})", Decimal(1)),
        ("any_of(products, {'radar', 'firewall'})", True),
        ("any_of(products, 'radar')", False),
        ("all_of(products, {'Endpoint', 'FIREWALL'})", True),
        ("all_of(products, {'Endpoint', 'Radar'})", False),
        ("none_of(products, {'Radar'})", True),
        ("only_of(products, {'Endpoint', 'Firewall', 'Radar'})", True),
        ("only_of(products, {'Endpoint'})", False),
        ("contains(tier, 'OL')", True),
        ("contains(products, 'endpoint')", True),
        ("starts_with(tier, 'go')", True),
        ("ends_with(tier, 'LD')", True),
        ("lower(tier)", "gold"),
        ("length(tier)", Decimal(4)),
        ("days_between(day, closed_on)", Decimal(121)),
        ("days_between(closed_on, day)", Decimal(-121)),
        ("months_between(day, closed_on)", Decimal(3)),
        ("months_between(closed_on, day)", Decimal(-3)),
        ("months_between(2026-01-15, 2026-02-14)", Decimal(0)),
        ("within(day, 3 months)", True),
        ("within(day, 2 months)", False),  # exactly two months ago is outside
        ("within(closed_on, 2 months)", False),  # lies ahead
        ("within(at, 2 h, 2026-03-02T01:29Z)", True),
        ("within(at, 2 h, 2026-03-02T01:30Z)", False),
        ("within(day, 30 days, 2026-03-30)", True),
        ("within(day, 30 days, 2026-03-31)", False),
        ("year(at)", Decimal(2026)),
        ("month(at)", Decimal(3)),
        ("day(at)", Decimal(2)),
        ("hour(at)", Decimal(0)),
        ("weekday(day)", "sun"),
        ("quarter(day)", Decimal(1)),
        ("quarter(day, 2)", Decimal(1)),
        ("quarter(2026-01-31, 2)", Decimal(4)),
        ("quarter(day, 13)", None),
        ("quarter_start(day, 2)", date(2026, 2, 1)),
        ("quarter_start(2026-01-31, 2)", date(2025, 11, 1)),
        ("quarter_end(day)", date(2026, 3, 31)),
        ("quarter_end(2026-12-31, 2)", date(2027, 1, 31)),
        ("month_start(closed_on)", date(2026, 6, 1)),
        ("month_end(2028-02-01)", date(2028, 2, 29)),
        ("year_end(day)", date(2026, 12, 31)),
        ("amount_of()", usd("15090.00")),
        ("amount_of(products='firewall')", usd("10090.00")),
        ("amount_of(classes={'emerging'}, parts='licence')", usd(5000)),
        ("amount_of(skus={'none'})", usd(0)),
        ("units_of(skus={'F-1', 'F-2'})", Decimal(100)),
        ("units_of(parts='licence')", Decimal(65)),
        ("lines_of(products='Firewall')", Decimal(2)),
        ("amount_of(products=unknown_tier)", None),
        ("day - 10 days", date(2026, 2, 19)),
        ("closed_on - day", Span(days=121)),
    ],
)  # fmt: skip
def test_formulas(text: str, expected: Any) -> None:
    assert value(text) == expected


def test_lines_with_a_gap_have_no_sum() -> None:
    """A line without an amount, or in a currency without a rate, leaves the sum unknown."""
    lines = FACTS["deal.lines"]
    assert value("amount_of()", **{"deal.lines": ()}) is None
    assert Formula("amount_of()", TYPES).value(_no_rates()) is None
    assert value("units_of(products='Radar')", **{"deal.lines": lines[:2]}) == 0


def _no_rates() -> Known:
    facts = Known(FACTS)
    facts.rates = NO_RATES
    return facts


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_examples_of_the_reference(function: Function) -> None:
    """Every function's example is a sound expression over the built-in facts and gives what it says."""
    formula = Formula(function.example)

    if function.gives:
        assert told(formula.value(Known({**FACTS, "policy.zone": "UTC"}))) == function.gives
    assert function.name in formula.text
    assert function.doc.endswith(".")


def test_three_thousand_terms_are_read() -> None:
    assert holds(" and ".join(["n > 5"] * 3000)) is True
    assert holds(" or ".join(f"n == {number}" for number in range(8, 3008))) is False
    assert holds(f"n in {{{', '.join(map(str, range(3000)))}}}") is True


def test_numbers_stay_exact_at_any_size() -> None:
    large = "123456789012345678901234567890"

    assert value(f"{large} * {large} - {large} * {large} + 1") == 1
    assert holds(f"{large} + 0.000000000001 > {large}") is True


def test_a_number_that_is_none_is_unknown() -> None:
    """CRMs hold strange values; no comparison with one breaks a decision."""
    nothing = Decimal("NaN")

    assert holds("n > 5", n=nothing) is None
    assert holds("n + 1 > k", n=Decimal("sNaN")) is None
    assert holds("amount > 5 USD", amount=Money(amount=nothing, currency="USD")) is None


def test_equal_in_text_is_equal() -> None:
    assert Condition("n > 5", TYPES) == Condition("n > 5", TYPES)
    assert Condition("n > 5", TYPES) != Condition("n > 6", TYPES)
    assert len({Condition("n > 5", TYPES), Condition("n > 5", TYPES)}) == 1
    assert Condition("ok", TYPES) != Formula("ok", TYPES)


def test_conditions_go_to_other_processes() -> None:
    again = pickle.loads(pickle.dumps([Condition("n > 5", TYPES), Formula("n * 2", TYPES)]))  # noqa: S301

    assert again == [Condition("n > 5", TYPES), Formula("n * 2", TYPES)]
    assert again[0].test(FACTS) is True
    assert again[1].value(FACTS) == 14


def test_conditions_are_joined() -> None:
    first, second = Condition("n > 5", TYPES), Condition("ok or bad", TYPES)

    assert Condition.every([first, second]).test(FACTS) is True
    assert Condition.some([Condition.negation(first), second]).text == "(not (n > 5)) or (ok or bad)"
    assert Condition.every([first]) is first


def test_the_facts_a_condition_asks_for() -> None:
    assert Condition("n > 5 and tier in {country, 'x'}", TYPES).facts == {"n", "tier", "country"}


def test_instants_are_utc() -> None:
    assert value("2026-03-01T09:00+02:00") == datetime(2026, 3, 1, 7, tzinfo=UTC)

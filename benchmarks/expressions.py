"""Records a second through ten conditions on one core: the expression language, and rule-engine on the same conditions.

`python -m benchmarks.expressions ours 20000` asks every condition about that many records; `explained` has every one
explained clause by clause; `facts` takes them through whole cases, whose facts are worked out anew for each; `rule-engine`
is the independent implementation of our property tests. It has no money: its amounts are plain numbers, which flatters it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from benchmarks.measure import report
from rules.cases import Case
from rules.expression import Condition
from rules.money import fixed_rates
from rules.policy import Policy
from rules.records import Claim, CrmRef, Customer, Money, Partner, Standing
from rules.situation import Situation

_NOW: Final = datetime(2026, 3, 3, 12, tzinfo=UTC)
_RECORDS: Final = 200  # different ones, in turns
_RATE: Final = Decimal("1.09")

CONDITIONS: Final = (
    "deal.amount >= 20,000 USD",
    "deal.amount > 5,000 USD and deal.amount < 250,000 USD and deal.units >= 10",
    "partner.tier in {'gold', 'platinum', 'titanium'}",
    "customer.country in {'DE', 'AT', 'CH', 'FR', 'GB'} and partner.country == 'DE'",
    "deal.is_tender == false or deal.origin == 'partner'",
    "'Firewall' in deal.products or 'Endpoint' in deal.products",
    "deal.created_at >= 2026-01-01T00:00Z and deal.created_at < 2027-01-01T00:00Z",
    "not (deal.segment == 'public' and deal.units < 50)",
    "deal.units * 12 > 500 and deal.units <= 5000",
    "starts_with(deal.name, 'acme') or partner.standing == 'good'",
)
_FOR_RULE_ENGINE: Final = (
    "amount >= 20000",
    "amount > 5000 and amount < 250000 and units >= 10",
    "tier in ['gold', 'platinum', 'titanium']",
    "country in ['DE', 'AT', 'CH', 'FR', 'GB'] and partner_country == 'DE'",
    "is_tender == false or origin == 'partner'",
    "'Firewall' in products or 'Endpoint' in products",
    "created_at >= d'2026-01-01T00:00:00+00:00' and created_at < d'2027-01-01T00:00:00+00:00'",
    "not (segment == 'public' and units < 50)",
    "units * 12 > 500 and units <= 5000",
    "name.starts_with('acme') or standing == 'good'",
)


def claims() -> list[Claim]:
    """Return claims of all sizes, tiers, countries and products; every third in euros."""
    return [_claim(number) for number in range(_RECORDS)]


def _claim(number: int) -> Claim:
    created_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=7 * number)
    currency = "EUR" if number % 3 == 0 else "USD"
    return Claim(
        ref=CrmRef("salesforce", "Deal_Registration__c", f"a0B{number:012}AAA"),
        created_at=created_at,
        submitted_at=None,
        modified_at=created_at,
        partner=Partner(
            partner_id=f"PTR-{number % 7}",
            name="Alto Solutions",
            tier=("silver", "gold", "platinum")[number % 3],
            standing=Standing.GOOD,
            country=("DE", "FR")[number % 2],
        ),
        partner_ref=None,
        customer=Customer(
            name="Acme Works", country=("DE", "US", "FR")[number % 3], segment=("smb", "public")[number % 2]
        ),
        deal_name=f"{('Acme', 'Borealis')[number % 2]} - Analytics",
        amount=Money(amount=Decimal(1_000 + 700 * number), currency=currency),
        expected_close_on=date(2026, 6, 30),
        products=(("Firewall", "Endpoint", "Radar")[number % 3],),
        opportunity_ref=None,
        crm_status="Submitted",
        origin=("partner", "vendor")[number % 2],
        is_tender=number % 5 == 0,
        units=Decimal(number),
    )


class Record(dict[str, Any]):
    """Facts by name, worked out beforehand."""

    def convert(self, money: Money, currency: str, on: date | None) -> Money | None:
        raise AssertionError(money, currency, on)  # all amounts are in dollars already


def _record(situation: Situation) -> Record:
    names = sorted({name for text in CONDITIONS for name in Condition(text).facts})
    return Record({name: situation.facts[name] for name in names})


def _situations() -> list[Situation]:
    policy, rates = Policy(hash="benchmark"), fixed_rates({"EUR": _RATE})
    return [Situation(Case(claim=each, registration=None, rates=rates), policy, _NOW) for each in claims()]


def ours(count: int) -> Callable[[], Mapping[str, Any]]:
    """Return the work of asking every condition about so many records."""
    tests = [Condition(text).test for text in CONDITIONS]
    records = [_record(each) for each in _situations()]
    return lambda: _asked(count, records, lambda record: sum([test(record) is True for test in tests]))


def explained(count: int) -> Callable[[], Mapping[str, Any]]:
    """Return the same with every condition explained."""
    conditions = [Condition(text) for text in CONDITIONS]
    records = [_record(each) for each in _situations()]
    return lambda: _asked(count, records, lambda record: sum(len(each.explain(record)) for each in conditions))


def facts(count: int) -> Callable[[], Mapping[str, Any]]:
    """Return the same on whole cases: every fact is worked out anew from the records."""
    tests = [Condition(text).test for text in CONDITIONS]
    cases = [each.case for each in _situations()]
    policy = Policy(hash="benchmark")

    def ask(case: Case) -> int:
        view = Situation(case, policy, _NOW).facts
        return sum([test(view) is True for test in tests])

    return lambda: _asked(count, cases, ask)


def rule_engine(count: int) -> Callable[[], Mapping[str, Any]]:
    """Return the work of rule-engine, typed as ours is, on the same records."""
    from rule_engine import Context, Rule, type_resolver_from_dict
    from rule_engine import DataType as Kind

    kinds = {
        **dict.fromkeys(("amount", "units"), Kind.FLOAT),
        **dict.fromkeys(("tier", "country", "partner_country", "origin", "segment", "name", "standing"), Kind.STRING),
        "products": Kind.SET(Kind.STRING),
        "created_at": Kind.DATETIME,
        "is_tender": Kind.BOOLEAN,
    }
    context = Context(type_resolver=type_resolver_from_dict(kinds))
    rules = [Rule(text, context=context) for text in _FOR_RULE_ENGINE]
    records = [_plain(_record(each)) for each in _situations()]
    return lambda: _asked(count, records, lambda record: sum([rule.matches(record) for rule in rules]))


def _plain(record: Record) -> dict[str, Any]:
    """Return a record as rule-engine takes it: short names, numbers for money, one case of letters."""
    short = {name.partition(".")[2]: value for name, value in record.items()}
    plain = {**short, "country": record["customer.country"], "partner_country": record["partner.country"]}
    return {
        **plain,
        "amount": plain["amount"].amount,
        "products": set(plain["products"]),
        "name": plain["name"].lower(),
    }


def _asked(count: int, records: list[Any], ask: Callable[[Any], int]) -> dict[str, Any]:
    found = 0
    for number in range(count):
        found += ask(records[number % _RECORDS])
    return {"records": count, "found": found}


WORK: Final[Mapping[str, Callable[[int], Callable[[], Mapping[str, Any]]]]] = {
    "ours": ours,
    "explained": explained,
    "facts": facts,
    "rule-engine": rule_engine,
}


def main() -> None:
    """Measure what the command line names and print its figure."""
    report(WORK[sys.argv[1]](int(sys.argv[2])))


if __name__ == "__main__":
    main()

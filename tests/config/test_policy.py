"""rules.yaml: what an admin writes is what decisions obey, and every mistake is told at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import config
from config.policy import load_policy, policy_hash, policy_text
from rules.errors import ConfigError
from rules.policy import Action, Anchor, Policy, Priority, Span
from rules.records import Money, Standing

DEFAULT = Path(config.__file__).parent / "defaults" / "rules.yaml"


Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rules(text: str) -> Path:
        path = tmp_path / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_rules


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_policy(path)
    return [str(each) for each in caught.value.problems]


def test_the_default_file_says_what_the_defaults_are() -> None:
    policy = load_policy(DEFAULT)
    assert replace(policy, hash="") == Policy()


def test_an_empty_file_is_the_default_policy(write: Write) -> None:
    assert load_policy(write("")) == load_policy(DEFAULT)


def test_values_are_read_with_their_units(write: Write) -> None:
    policy = load_policy(
        write(
            """
            name: Gold programme
            currency: EUR
            zone: Europe/Berlin
            priority: submitted_at
            holding: 90 min
            calendar: {weekdays: [Sunday, mon], opens: "08:30", closes: "16:00", holidays: [2026-12-25]}
            intake: {minimum: 12000.50 EUR, minimum_is_strict: true, required_fields: [customer, amount]}
            standing: {refuse_when: [suspended, past_due], review_when: [], tiers: [NO, "1.10"]}
            existing_customer: {action: "off", lookback: 3 years}
            protection: {length: 26 weeks, anchor: submission, warnings_before: [30 days, 12 h], grace: 1 month}
            approval: {auto_below: null, answer_within: 16 h}
            matching: {same: 0.9}
            """
        )
    )
    assert (policy.name, policy.zone, policy.priority) == ("Gold programme", "Europe/Berlin", Priority.SUBMITTED_AT)
    assert policy.holding == Span(exact=timedelta(minutes=90))
    assert policy.calendar.weekdays == {0, 6}
    assert (policy.calendar.opens, policy.calendar.closes) == (time(8, 30), time(16))
    assert policy.calendar.holidays == {date(2026, 12, 25)}
    assert policy.intake.minimum == Money(amount=Decimal("12000.50"), currency="EUR")
    assert policy.intake.required_fields == ("customer", "amount")
    assert policy.standing.refuse_when == {Standing.SUSPENDED, Standing.PAST_DUE}
    assert policy.standing.tiers == {"NO", "1.10"}
    assert policy.existing_customer.action is Action.OFF
    assert policy.existing_customer.lookback == Span(months=36)
    assert policy.protection.length == Span(days=182)
    assert policy.protection.anchor is Anchor.SUBMISSION
    assert policy.protection.warnings_before == (Span(days=30), Span(exact=timedelta(hours=12)))
    assert policy.protection.grace == Span(months=1)
    assert policy.approval.auto_below is None
    assert policy.approval.answer_within == timedelta(hours=16)
    assert policy.matching.same == 0.9
    assert policy.matching.review == Policy().matching.review


def test_money_is_kept_exactly_as_written(write: Write) -> None:
    policy = load_policy(write("intake: {minimum: 99999999999999.999999 USD}"))
    assert policy.intake.minimum is not None
    assert policy.intake.minimum.amount == Decimal("99999999999999.999999")


def test_comments_and_order_do_not_make_another_policy(write: Write) -> None:
    first = load_policy(write("# ours\nzone: Europe/Paris\nname: x\n"))
    second = load_policy(write("name: x\nzone: Europe/Paris\nholding: 24 h\n"))
    assert first.hash == second.hash
    assert first.hash == policy_hash(second)
    assert load_policy(write("name: x\nzone: Europe/Paris\nholding: 25 h\n")).hash != first.hash


def test_the_text_of_a_policy_does_not_depend_on_the_process(write: Write) -> None:
    text = policy_text(load_policy(write("standing: {tiers: [c, a, b], refuse_when: [suspended], review_when: []}")))
    assert '"tiers":["a","b","c"]' in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("holdnig: 24 h", "rules.yaml:1:1: holdnig: is not known here. Did you mean holding?"),
        ("hash: abc", "rules.yaml:1:1: hash: is not known here."),
        ("holding: 24", "is '24'; expected a length of time such as \"90 days\""),
        ("holding: 24", 'Write "24 days", if you meant days.'),
        ("holding: 0 h", "expected a length of time"),
        ("holding: 1.5 days", "expected a length of time"),
        ("holding: 5 m", "expected a length of time"),  # minutes or months?
        ("holding: 9999 years", "expected a length of time"),
        ("holding: [1 h]", "holding: is a list; expected a length of time"),
        ("protection: {length: -90 days}", "protection.length: is '-90 days'"),
        ("protection: {extensions_max: many}", "is 'many'; expected a whole number from 0 to 1,000."),
        ("protection: {exclusive: no}", "protection.exclusive: is 'no'; expected true or false. Write false."),
        ("protection: {warnings_before: 3 days}", "protection.warnings_before: is '3 days'; expected a list"),
        ("protection: {warnings_before: [90 days]}", "holds 90 days, not less than the window (90 days)."),
        ("protection: {anchor: aproval}", "is 'aproval'. Did you mean approval?"),
        ("intake: {minimum: 5000}", "is '5000'; expected an amount and a currency such as \"5000 USD\"."),
        ("intake: {minimum: '5.000,00 EUR'}", "intake.minimum: is '5.000,00 EUR'"),
        ("intake: {minimum: NaN USD}", "intake.minimum: is 'NaN USD'"),
        ("intake: {minimum: 1e99 USD}", "intake.minimum: is '1e99 USD'"),
        ("intake: {minimum: 5000 EUR}", "is in EUR; the policy counts in USD."),
        ("intake: {required_fields: [amuont]}", "names 'amuont', no field of a submission. Did you mean amount?"),
        ("intake: {required_fields: amount}", "is 'amount'; expected a list"),
        ("currency: usd", "is 'usd', no currency code. Write USD."),
        ("zone: Europe/Berlni", "is 'Europe/Berlni', no time zone. Did you mean Europe/Berlin?"),
        ("zone: ../../etc/passwd", "no time zone."),
        ("zone: ''", "no time zone. Write an IANA name such as Europe/Berlin."),
        ("calendar: {weekdays: [funday]}", "is 'funday'. Write one of: mon, tue"),
        ("calendar: {weekdays: []}", "calendar.weekdays: is empty; no answer would ever be due."),
        ("calendar: {opens: 9}", "is '9'; expected a time of day"),
        ("calendar: {opens: '18:00'}", "calendar.closes: is 17:00, not after opens (18:00)."),
        ("calendar: {holidays: [2026-02-30]}", "is '2026-02-30'; expected a date such as 2026-12-25."),
        ("approval: {answer_within: 2 days}", 'expected working time such as "16 h"'),
        ("matching: {same: 1.5}", "matching.same: is '1.5'; expected a number from 0 to 1."),
        ("matching: {same: nan}", "matching.same: is 'nan'; expected a number from 0 to 1."),
        ("matching: {same: 0.3}", "matching.review: is 0.4, above same (0.3)."),
        ("standing: {refuse_when: [bad]}", "is 'bad'. Write one of: good, past_due, suspended, unknown."),
        ("standing: {refuse_when: [past_due]}", "standing.review_when: names past_due, as refuse_when does."),
        ("deal_key: {parts: [product]}", "deal_key.parts: lacks customer; every claim would be the same deal."),
        ("deal_key: {parts: [customer, color]}", "deal_key.parts: names 'color'. Write one of: customer, product."),
        ("direct: refuse", "direct: is 'refuse'; expected a mapping"),
        ("conflict: {duplicate: refuze}", "conflict.duplicate: is 'refuze'. Did you mean refuse?"),
        ("commands: {allowed: [{}]}", "commands.allowed: is a mapping; expected text."),
    ],
)
def test_a_mistake_is_told_in_words(write: Write, text: str, expected: str) -> None:
    found = problems_of(write(text))
    assert any(expected in each for each in found), found


def test_one_mistake_does_not_draw_others_after_it(write: Write) -> None:
    assert len(problems_of(write("matching: {same: high, review: low}"))) == 2
    assert len(problems_of(write("calendar: {weekdays: [funday]}"))) == 1


def test_all_mistakes_are_told_in_the_order_of_the_file(write: Write) -> None:
    found = problems_of(write("nmae: x\ncurrency: usd\nholding: soon\nmatching: {same: 2}\n"))
    assert [each.split(": ")[0] for each in found] == [
        "rules.yaml:1:1",
        "rules.yaml:2:11",
        "rules.yaml:3:10",
        "rules.yaml:4:18",
    ]

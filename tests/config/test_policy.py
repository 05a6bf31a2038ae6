"""rules.yaml: what an admin writes is what decisions obey, and every mistake is told at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import config
from config.policy import load_policy, policy_from_text, policy_hash, policy_text, read_policy
from rules.action import Action
from rules.choice import Choice
from rules.errors import ConfigError
from rules.policy import Policy
from rules.primitives.priority import Priority
from rules.primitives.window import Anchor
from rules.records import Money, Standing
from rules.span import Span

DEFAULT = Path(config.__file__).parent / "defaults" / "rules.yaml"

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rules(text: str) -> Path:
        path = tmp_path / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_rules


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_policy(text, "rules.yaml")
    return [str(each) for each in caught.value.problems]


def uncommented(text: str) -> str:
    """Return the default file with its examples in force."""
    return "\n".join(line.removeprefix("#: ").removeprefix("#:") for line in text.splitlines())


def test_the_default_file_says_what_the_defaults_are() -> None:
    policy = load_policy(DEFAULT)
    assert replace(policy, hash="") == Policy()


def test_the_examples_of_the_default_file_are_rules_as_they_stand() -> None:
    policy = read_policy(uncommented(DEFAULT.read_text(encoding="utf-8")), "rules.yaml")
    assert [each.name for each in policy.gates] == ["kickoff"]
    assert [each.name for each in policy.programmes] == ["public_sector"]
    assert policy.programmes[0].policy.protection.length == Choice.always(Span(days=180))


def test_an_empty_file_is_the_default_policy(write: Write) -> None:
    assert load_policy(write("")) == load_policy(DEFAULT)


def test_values_are_read_with_their_units() -> None:
    policy = read_policy(
        """
            name: Gold programme
            currency: EUR
            zone: Europe/Berlin
            priority: submitted_at
            holding: 90 min
            calendar: {weekdays: [Sunday, mon], opens: "08:30", closes: "16:00", holidays: [2026-12-25]}
            thresholds: [{name: least, at_least: 12000.50 EUR}]
            intake: {required_fields: [customer, amount]}
            standing: {refuse_when: [suspended, past_due], review_when: [], tiers: [NO, 1.10]}
            newness: {purchase: {action: off, within: 3 years}}
            protection: {length: 26 weeks, anchor: submission, warnings_before: [30 days, 12 h]}
            after_expiry: {grace: 1 month}
            answer: {within: 3 business days}
            approval: {auto_below: null}
            matching: {same: 0.9}
        """,
        "rules.yaml",
    )

    assert (policy.name, policy.currency, policy.zone) == ("Gold programme", "EUR", "Europe/Berlin")
    assert policy.priority is Priority.SUBMITTED_AT
    assert policy.holding == Choice.always(Span(exact=timedelta(minutes=90)))
    assert policy.calendar.weekdays == {6, 0}
    assert (policy.calendar.opens, policy.calendar.holidays) == (time(8, 30), {date(2026, 12, 25)})
    assert policy.thresholds[0].at_least == Choice.always(Money(amount=Decimal("12000.50"), currency="EUR"))
    assert policy.intake.required_fields == ("customer", "amount")
    assert policy.standing.refuse_when == {Standing.SUSPENDED, Standing.PAST_DUE}
    assert policy.standing.tiers == {"NO", "1.10"}
    assert policy.newness[0].action is Action.OFF
    assert policy.newness[0].within == Choice.always(Span(months=36))
    assert policy.protection.length == Choice.always(Span(days=182))
    assert policy.protection.anchor is Anchor.SUBMISSION
    assert policy.protection.warnings_before == (Span(days=30), Span(exact=timedelta(hours=12)))
    assert policy.after_expiry.grace == Span(months=1)
    assert policy.answer.within == Choice.always(Span(working_days=3))
    assert policy.approval.auto_below is None
    assert policy.matching.same == 0.9
    assert policy.matching.review == Policy().matching.review


def test_money_is_kept_exactly_as_written() -> None:
    policy = read_policy("thresholds: {least: {at_least: 99999999999999.999999 USD}}", "rules.yaml")
    least = policy.thresholds[0].at_least
    assert least == Choice.always(Money(amount=Decimal("99999999999999.999999"), currency="USD"))


def test_comments_and_order_do_not_make_another_policy() -> None:
    first = read_policy("# ours\nzone: Europe/Paris\nname: x\n", "a")
    second = read_policy("name: x\nzone: Europe/Paris\nholding: 24 h\n", "b")
    assert first.hash == second.hash
    assert first.hash == policy_hash(second)
    assert read_policy("name: x\nzone: Europe/Paris\nholding: 25 h\n", "c").hash != first.hash


def test_the_text_of_a_policy_does_not_depend_on_the_process() -> None:
    text = policy_text(read_policy("standing: {tiers: [c, a, b], refuse_when: [suspended], review_when: []}", "r"))
    assert '"tiers":["a","b","c"]' in text


def test_another_condition_makes_another_policy() -> None:
    first = read_policy("gates: {a: deal.units > 5}", "r")
    assert first.hash != read_policy("gates: {a: deal.units > 6}", "r").hash
    assert first.hash == read_policy("gates: [{name: a, require: deal.units > 5}]", "r").hash


def test_a_policy_is_the_same_from_its_text_in_the_ledger(write: Write) -> None:
    text = uncommented(DEFAULT.read_text(encoding="utf-8"))
    assert policy_from_text(text) == load_policy(write(text))


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
        ("holding: 3 business months", "expected a length of time"),
        ("after_expiry: {grace: [1 h]}", "after_expiry.grace: is a list; expected a length of time"),
        ("protection: {length: -90 days}", "protection.length: is '-90 days'"),
        ("extension: {max: many}", "is 'many'; expected a whole number from 0 to 1,000"),
        (
            "protection: {close_in_window: no}",
            "protection.close_in_window: is 'no'; expected true or false. Write false.",
        ),
        ("protection: {warnings_before: 3 days}", "protection.warnings_before: is '3 days'; expected a list"),
        ("protection: {anchor: aproval}", "is 'aproval'. Did you mean approval?"),
        ("protection: {anchor: fact}", "protection.anchor: is fact, but anchor_fact names none."),
        ("protection: {anchor_fact: deal.name}", "names deal.name, which is text; expected date or instant."),
        ("protection: {anchor_fact: deal.priced}", "names 'deal.priced', no fact. Did you mean deal.priced_at?"),
        (
            "thresholds: [{name: a, at_least: 5000}]",
            'is 5000, a bare number; the measure is the amount. Write "5000 USD"',
        ),
        ("thresholds: [{name: a, at_least: '5.000,00 EUR'}]", "thresholds.a.at_least: is '5.000,00 EUR'"),
        ("thresholds: [{name: a, at_least: NaN USD}]", "thresholds.a.at_least: is 'NaN USD'"),
        ("thresholds: [{name: a, at_least: 1e99 USD}]", "thresholds.a.at_least: is '1e99 USD'"),
        ("thresholds: [{name: a}]", "thresholds.a: does not say how much is enough."),
        (
            "thresholds: [{at_least: 5 USD}]",
            "rules.yaml:1:14: thresholds[1]: lacks name. Short name, shown in decisions.",
        ),
        ("gates: [{name: a, require: deal.units > 1}, {name: a, require: deal.units > 2}]", "gates: has 'a' twice."),
        ("gates: {a: {otherwise: review}}", "gates.a: lacks require. Must hold."),
        ("gates: {a: {require: deal.unitz > 1}}", "rules.yaml:1:22: gates.a.require: "),
        (
            "gates: {a: deal.units > 1, b: {require: deal.units > 1, reason: nope}}",
            "gates.b.reason: names 'nope', no reason",
        ),
        ("rewards: {rules: {a: {kind: rebate}}}", "rewards.rules.a: does not say how much."),
        ("rewards: {rules: {a: {percent: 101 %}}}", "is '101 %'; expected a percentage from 0 to 100"),
        ("rewards: {rules: {a: {percent: 5 %, points: 6}}}", "rewards.rules.a: says how much by percent and points."),
        ("rewards: {rules: {a: {percent: 5 %, base: deal.units}}}", "rewards.rules.a.base: "),
        (
            "protection: {phases: [{until: demo, within: 90 days}]}",
            "protection.phases.0.until: names 'demo', no milestone.",
        ),
        ("intake: {required_fields: [amuont]}", "names 'amuont', no field of a submission. Did you mean amount?"),
        ("intake: {required_fields: amount}", "is 'amount'; expected a list"),
        ("currency: usd", "is 'usd', no currency code. Write USD."),
        ("rates: {fixed: {EURO: 1.09}}", "rates.fixed.EURO: is no currency code."),
        ("rates: {fixed: {EUR: 0}}", "rates.fixed.EUR: is 0; expected a number above 0."),
        ("zone: Europe/Berlni", "is 'Europe/Berlni', no time zone. Did you mean Europe/Berlin?"),
        ("zone: ../../etc/passwd", "no time zone."),
        ("zone: ''", "no time zone. Write an IANA name such as Europe/Berlin."),
        ("calendar: {weekdays: [funday]}", "is 'funday'. Write one of: mon, tue"),
        ("calendar: {weekdays: []}", "calendar.weekdays: is empty; no answer would ever be due."),
        ("calendar: {opens: 9}", "is '9'; expected a time of day"),
        ("calendar: {opens: '18:00'}", "calendar.closes: is 17:00, not after opens (18:00)."),
        ("calendar: {holidays: [2026-02-30]}", "is '2026-02-30'; expected a date such as 2026-12-25."),
        ("calendar: {holidays: [2026-W52-5]}", "is '2026-W52-5'; expected a date such as 2026-12-25."),
        ("matching: {same: 1.5}", "matching.same: is '1.5'; expected a number from 0 to 1."),
        ("matching: {same: nan}", "matching.same: is 'nan'; expected a number from 0 to 1."),
        ("matching: {same: 0.2}", "matching.review: is 0.25, above same (0.2)."),
        ("standing: {refuse_when: [bad]}", "is 'bad'. Write one of: good, past_due, suspended, unknown."),
        ("standing: {refuse_when: [past_due]}", "standing.review_when: names past_due, as refuse_when does."),
        ("deal_key: {parts: [product]}", "deal_key.parts: lacks customer; every claim would be the same deal."),
        ("deal_key: {parts: [customer, color]}", "deal_key.parts: names 'color', no fact."),
        ("direct: refuse", "direct: is 'refuse'; expected a mapping"),
        ("precedence: {second: refuze}", "precedence.second: is 'refuze'. Did you mean refuse?"),
        ("gates: {a: party.tier is known}", 'There is no fact "party.tier". Did you mean "partner.tier"?'),
        ("tender: {action: wait}", "tender.action: is 'wait'. Write one of: refuse, return, review."),
        (
            "parties: {rules: [{role: owner}]}",
            "is 'owner'. Write one of: distributor, influencer, fulfiller, co_seller.",
        ),
        ("jurisdictions: {equal_access: [Norway]}", "names 'Norway', no country code."),
        ("quotas: {week: {counts: submissions}}", "quotas.week: lacks limit."),
        ("facts: {deal.amount: number}", "facts.deal.amount: is a fact that is there already."),
        ("facts: {tender: text}", "facts.tender: is no name for a fact. Write deal.x, partner.x or customer.x"),
        ("facts: {deal.x: txt}", "facts.deal.x.type: is 'txt'. Did you mean text?"),
        ("commands: {allowed: [{}]}", "commands.allowed: is a mapping; expected text."),
    ],
)
def test_a_mistake_is_told_in_words(text: str, expected: str) -> None:
    found = problems_of(text)
    assert any(expected in each for each in found), found


def test_one_mistake_does_not_draw_others_after_it() -> None:
    assert len(problems_of("matching: {same: high, review: low}")) == 2
    assert len(problems_of("calendar: {weekdays: [funday]}")) == 1
    assert len(problems_of("thresholds: {a: {at_least: much}}")) == 1


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    found = problems_of("nmae: x\ncurrency: usd\nholding: soon\nmatching: {same: 2}\n")
    assert [each.split(": ")[0] for each in found] == [
        "rules.yaml:1:1",
        "rules.yaml:2:11",
        "rules.yaml:3:10",
        "rules.yaml:4:18",
    ]


def test_amounts_that_nobody_wrote_are_in_the_policys_currency():
    policy = read_policy("currency: EUR\n", "rules.yaml")

    assert [str(each.at_least.value({})) for each in policy.thresholds] == ["5,000.00 EUR"]
    assert str(policy.approval.auto_below.value({})) == "250,000.00 EUR"


def test_amounts_that_were_written_stay_as_they_are():
    policy = read_policy(
        "currency: EUR\nrates: {fixed: {USD: 0.9}}\nthresholds: {least: {at_least: 7000 USD}}\n", "rules.yaml"
    )

    assert [str(each.at_least.value({})) for each in policy.thresholds] == ["7,000.00 USD"]

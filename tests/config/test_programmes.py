"""Programmes: what `set` lays over the rest of the file, and how its mistakes are told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from config.policy import policy_text, read_policy
from rules.choice import Choice
from rules.errors import ConfigError
from rules.events import Event
from rules.policy import Policy
from rules.records import Money
from rules.span import Span

BASE = """
name: ours
protection: {length: {by: partner.tier, gold: 120 days, else: 90 days}, anchor: submission}
thresholds:
  minimum: {at_least: 8000 USD, below: review}
  units: {measure: units, at_least: 10}
standing: {tiers: [gold, silver]}
rates: {fixed: {EUR: 1.09}}
gates:
  active: partner.tier is known
"""


def overlaid(text: str, base: str = BASE) -> Policy:
    """Return the policy of one programme. text: its set, as a flow mapping."""
    return read_policy(f"{base}\nprogrammes:\n  one:\n    set: {text}\n", "r").programmes[0].policy


def usd(amount: int) -> Choice[Money]:
    return Choice.always(Money(amount=Decimal(amount), currency="USD"))


def test_a_programme_without_set_is_the_rest_of_the_file() -> None:
    policy = read_policy(f"{BASE}\nprogrammes: [{{name: one}}]", "r")
    inner = policy.programmes[0].policy
    assert inner.thresholds == policy.thresholds
    assert inner.programmes == ()
    assert inner.hash == policy.hash


def test_mappings_merge_and_lists_replace() -> None:
    inner = overlaid("{protection: {anchor: approval}, standing: {tiers: [tin]}}")
    assert inner.protection.anchor == "approval"
    assert len(inner.protection.length.rows) == 2  # kept
    assert inner.standing.tiers == {"tin"}
    assert dict(inner.rates.fixed) == {"EUR": Decimal("1.09")}


def test_a_choice_is_replaced_as_a_whole() -> None:
    inner = overlaid("{protection: {length: {by: deal.region, north: 30 days}}}")
    assert [row.label for row in inner.protection.length.rows] == ["north"]
    assert overlaid("{protection: {length: 30 days}}").protection.length == Choice.always(Span(days=30))


def test_named_records_merge_by_name_when_written_as_a_mapping() -> None:
    inner = overlaid(
        "{thresholds: {minimum: {at_least: 20000 USD}}, gates: {active: {otherwise: review}, big: deal.units > 5}}"
    )
    assert [each.name for each in inner.thresholds] == ["minimum", "units"]
    assert inner.thresholds[0].at_least == usd(20_000)
    assert inner.thresholds[0].below == "review"  # kept
    assert [(each.name, each.otherwise) for each in inner.gates] == [("active", "review"), ("big", "refuse")]
    assert inner.gates[0].require.text == "partner.tier is known"


def test_named_records_of_a_list_merge_as_well() -> None:
    base = "thresholds: [{name: minimum, at_least: 8000 USD, below: review}]"
    inner = overlaid("{thresholds: {minimum: {at_least: 9000 USD}}}", base)
    assert inner.thresholds[0].at_least == usd(9_000)
    assert inner.thresholds[0].below == "review"


def test_a_list_of_named_records_replaces_them() -> None:
    inner = overlaid("{thresholds: [{name: other, at_least: 1 USD}]}")
    assert [each.name for each in inner.thresholds] == ["other"]
    assert overlaid("{thresholds: []}").thresholds == ()


def test_null_takes_a_named_record_out_and_empties_what_may_be_empty() -> None:
    inner = overlaid("{thresholds: {units: null}, holding: null, approval: {auto_below: null}}")
    assert [each.name for each in inner.thresholds] == ["minimum"]
    assert inner.holding is None
    assert inner.approval.auto_below is None


def test_what_the_file_does_not_write_is_there_with_its_defaults() -> None:
    inner = overlaid("{newness: {purchase: {same_product: true}}, thresholds: {minimum: null}}", "name: x")
    assert inner.newness[0].within == Choice.always(Span(months=12))
    assert inner.newness[0].same_product
    assert inner.thresholds == ()


def test_names_dates_and_conditions_of_programmes() -> None:
    policy = read_policy(
        """
        programmes:
          - name: spring
            when: deal.region == "EMEA"
            effective: {by: pricing, since: 2026-01-01, until: 2026-03-31, dual_run_until: 2026-04-30}
            set: {holding: 1 h}
          - name: rest
        """,
        "r",
    )
    spring = policy.programmes[0]
    assert (spring.name, spring.effective.by, spring.effective.since) == ("spring", Event.PRICING, date(2026, 1, 1))
    assert spring.when is not None
    assert policy.programmes[1].when is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{protection: {lenght: 5 days}}",
            "r:14:24: programmes.one.set.protection.lenght: is not known here. Did you mean",
        ),
        ("{protection: {length: soon}}", "r:14:32: programmes.one.set.protection.length: is 'soon'; expected a length"),
        ("{holdng: 1 h}", "programmes.one.set.holdng: is not known here. Did you mean holding?"),
        (
            "{facts: {deal.x: text}}",
            "programmes.one.set.facts: is the same for every programme. Write it outside of set.",
        ),
        ("{reasons: {}}", "programmes.one.set.reasons: is the same for every programme."),
        ("{currency: EUR}", "programmes.one.set.currency: is the same for every programme."),
        ("{zone: UTC}", "programmes.one.set.zone: is the same for every programme."),
        ("{matching: {}}", "programmes.one.set.matching: is the same for every programme."),
        ("{programmes: {one: {}}}", "programmes.one.set.programmes: is the same for every programme."),
        ("{version: 2}", "programmes.one.set.version: is the same for every programme."),
        ("{rates: {missing: pass}}", "programmes.one.set.rates: is the same for every programme."),
        ("{commands: {allowed: [x]}}", "programmes.one.set.commands: is the same for every programme."),
        ("{unregistered: {action: flag}}", "programmes.one.set.unregistered: is the same for every programme."),
        ("{thresholds: {unit: null}}", "programmes.one.set.thresholds.unit: "),
        (
            "{thresholds: {minimum: 3000 USD}}",
            "programmes.one.set.thresholds.minimum: is '3000 USD'; expected a mapping",
        ),
        ("{gates: {active: {reason: nope}}}", "programmes.one.set.gates.active.reason: names 'nope', no reason code."),
        ("[a]", "programmes.one.set: is a list; expected a mapping"),
        ("soon", "programmes.one.set: is 'soon'; expected a mapping"),
    ],
)
def test_a_mistake_in_set_has_its_own_line(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        overlaid(text)
    found = [str(each) for each in caught.value.problems]
    assert any(expected in each for each in found), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[{set: {}}]", "programmes[1]: lacks name."),
        ("[{name: a}, {name: a}]", "programmes: has 'a' twice."),
        ("{a: {sett: {}}}", "programmes.a.sett: is not known here. Did you mean set?"),
        ("{a: {when: deal.rgion == 'x'}}", "programmes.a.when: "),
        ("{a: 5}", "programmes.a: is '5'; expected a mapping"),
        ("5", "programmes: is '5'; expected a list"),
        (
            "{a: {effective: {since: 2026-02-01, until: 2026-01-01}}}",
            "programmes.a.effective.until: is 2026-01-01, before",
        ),
        ("{a: {effective: {since: 1 Jan 2026}}}", "programmes.a.effective.since: is '1 Jan 2026'; expected a date"),
        ("{a: {effective: {dual_run_until: 2026-01-01}}}", "programmes.a.effective.dual_run_until: is not after until"),
    ],
)
def test_a_mistake_in_a_programme_is_told_in_words(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_policy(f"programmes: {text}", "r")
    found = [str(each) for each in caught.value.problems]
    assert any(expected in each for each in found), found


def test_a_mistake_outside_is_told_once_however_many_programmes_there_are() -> None:
    with pytest.raises(ConfigError) as caught:
        read_policy("gates: {a: deal.unitz > 1}\nprogrammes: {a: {set: {gates: {b: deal.units > 1}}}, b: {}}", "r")
    assert len(caught.value.problems) == 1


def test_the_text_of_a_policy_holds_only_what_a_programme_makes_different() -> None:
    with_it = read_policy(f"{BASE}\nprogrammes: {{one: {{set: {{holding: 1 h}}}}}}", "r")
    assert len(policy_text(with_it)) < 1.2 * len(policy_text(read_policy(BASE, "r")))
    assert '"set":{"holding":' in policy_text(with_it)
    assert with_it.hash != read_policy(f"{BASE}\nprogrammes: {{one: {{set: {{holding: 2 h}}}}}}", "r").hash

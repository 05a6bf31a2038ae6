"""Files of cases: what may be written, and every mistake told with its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from config.cases import case_files, load_cases
from rules.errors import ConfigError
from rules.records import Money, Status
from rules.trial.given import ClaimGiven
from rules.trial.script import TrialCase, Verb
from tests.rules.build import utc

RULES = """
name: acme
version: "1"
zone: Europe/Berlin
facts:
  deal.tender_no: text
  deal.is_bid: bool
  deal.opened_on: date
  deal.kicked_off_at: instant
  deal.share: number
  deal.budget: money
  deal.tags: texts
"""


def case_of(tmp_path: Path, text: str, rules: str = RULES) -> TrialCase:
    """The one case of a file."""
    return written(tmp_path, f"cases:\n  it:\n{indented(text)}", rules)[0]


def written(tmp_path: Path, text: str, rules: str = RULES) -> tuple[TrialCase, ...]:
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    path = tmp_path / "cases.yaml"
    path.write_text(text, encoding="utf-8")
    return load_cases(path).cases


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip("\n").splitlines()) + "\n"


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        case_of(tmp_path, text)
    return [str(each) for each in caught.value.problems]


def test_times_are_those_of_the_policys_zone(tmp_path: Path) -> None:
    found = case_of(
        tmp_path,
        """
when:
  - {at: 2026-03-02 09:00, submit: A, tender_published_at: 2026-03-28}
  - {at: +1 h}
  - {at: +30 days}
  - {at: "2026-04-02T12:00:00Z"}
  - {withdraw: A}
then: {A: withdrawn}
""",
    )
    assert [each.at for each in found.when] == [
        utc("2026-03-02T08:00:00Z"),
        utc("2026-03-02T09:00:00Z"),
        utc("2026-04-01T08:00:00Z"),  # the same time on the wall, in summer
        utc("2026-04-02T12:00:00Z"),
        utc("2026-04-02T12:00:00Z"),
    ]
    said = found.when[0].detail
    assert isinstance(said, ClaimGiven)
    assert said.tender_published_at == utc("2026-03-27T23:00:00Z")


def test_facts_of_the_vendors_own_have_their_declared_types(tmp_path: Path) -> None:
    found = case_of(
        tmp_path,
        """
when:
  - submit: A
    facts:
      tender_no: 007
      is_bid: true
      opened_on: 2026-01-01
      kicked_off_at: 2026-01-01 12:00
      share: 2.5
      budget: 10 USD
      tags: [a, b]
then: {A: holding}
""",
    )
    said = found.when[0].detail
    assert isinstance(said, ClaimGiven)
    assert said.facts == {
        "tender_no": "007",
        "is_bid": True,
        "opened_on": date(2026, 1, 1),
        "kicked_off_at": utc("2026-01-01T11:00:00Z"),
        "share": Decimal("2.5"),
        "budget": Money(amount=Decimal(10), currency="USD"),
        "tags": frozenset({"a", "b"}),
    }


def test_a_status_alone_may_be_expected_and_null_is_told_from_silence(tmp_path: Path) -> None:
    found = case_of(tmp_path, "when: [{submit: A}, {submit: B}]\nthen: {A: holding, B: {owner: null}}")
    first, second = found.then
    assert first.status is Status.HOLDING
    assert first.said == frozenset({"status"})
    assert second.owner is None
    assert second.said == frozenset({"owner"})


def test_the_last_protected_day_and_an_exact_end(tmp_path: Path) -> None:
    found = case_of(tmp_path, "when: [{submit: A}]\nthen: {A: {until: 2026-06-01}}")
    assert found.then[0].until == utc("2026-06-01T22:00:00Z")
    found = case_of(tmp_path, "when: [{submit: A}]\nthen: {A: {until: 2026-06-01 12:00}}")
    assert found.then[0].until == utc("2026-06-01T10:00:00Z")


def test_rewards_in_short_and_at_length(tmp_path: Path) -> None:
    found = case_of(
        tmp_path,
        """
when: [{submit: A}]
then:
  A:
    rewards: {one: 10 %, two: 500 USD, three: 25 points, four: none, five: pending, six: {size: 5 %, to: x, state: lost}}
""",
    )
    rewards = found.then[0].rewards
    assert rewards is not None
    one, two, three, four, five, six = rewards
    assert one.percent == Decimal(10)
    assert three.points == Decimal(25)
    assert two.amount == Money(amount=Decimal(500), currency="USD")
    assert (four.given, five.state) == (False, "pending")
    assert (six.percent, six.partner, six.state) == (Decimal(5), "x", "lost")
    assert case_of(tmp_path, "when: [{submit: A}]\nthen: {A: {rewards: none}}").then[0].rewards == ()


def test_rates_by_day_or_for_good(tmp_path: Path) -> None:
    text = "given: {rates: {2026-03-02: {EUR: 1.09}, 2026-03-05: {EUR: 1.05}}}\nwhen: [{submit: A}]\nthen: {A: holding}"
    rates = case_of(tmp_path, text).given.rates
    assert rates is not None
    assert rates.rate("EUR", date(2026, 3, 3)) == Decimal("1.09")
    rates = case_of(tmp_path, "given: {rates: {EUR: 2}}\nwhen: [{submit: A}]\nthen: {A: holding}").given.rates
    assert rates is not None
    assert rates.rate("EUR", date(1999, 1, 1)) == 2


def test_a_case_may_lay_settings_over_the_rules(tmp_path: Path) -> None:
    text = "set: {zone: UTC, holding: null}\nwhen: [{at: 2026-03-02 09:00, submit: A}]\nthen: {A: registered}"
    found = case_of(tmp_path, text)
    assert found.policy is not None
    assert (found.policy.zone, found.policy.holding) == ("UTC", None)
    assert found.when[0].at == utc("2026-03-02T09:00:00Z")


def test_cases_as_a_list_with_names(tmp_path: Path) -> None:
    found = written(tmp_path, "cases:\n  - name: one\n    when: [{submit: A}]\n    then: {A: holding}\n")
    assert [each.name for each in found] == ["one"]


def test_a_file_of_cases_may_name_its_rules(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "strict.yaml").write_text("name: strict\nversion: '1'\n", encoding="utf-8")
    path = tmp_path / "cases" / "some.yaml"
    text = "rules: ../strict.yaml\ncases: {one: {when: [{submit: A}], then: {A: holding}}}\n"
    path.write_text(text, encoding="utf-8")
    assert load_cases(path).policy.name == "strict"
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    path.write_text(text.partition("\n")[2], encoding="utf-8")
    assert load_cases(path).policy.name == "acme"
    assert case_files(tmp_path) == [path]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("when: [{submit: A}]\nthen: {B: holding}", "names the submission 'B'"),
        ("when: [{submit: A}, {approve: a1}]\nthen: {A: holding}", "names the submission 'a1'"),
        ("when: [{submit: A}, {submit: A}]\nthen: {A: holding}", "'A' is submitted already"),
        ("when: [{submitt: A}]\nthen: {}", "Did you mean submit?"),
        ("when: [{submit: A, partnr: x}]\nthen: {A: holding}", "Did you mean partner?"),
        ("when: [{submit: A, amount: many}]\nthen: {A: holding}", "expected an amount and a currency"),
        ("when: [{at: soon, submit: A}]\nthen: {A: holding}", "expected a time such as"),
        ("when: [{at: 2026-03-02, submit: A}, {at: 2026-03-01}]\nthen: {A: holding}", "before the event above it"),
        ("when: [{submit: A}]\nthen: {A: holdign}", "Did you mean holding?"),
        ("when: [{submit: A}]\nthen: {A: {statuss: holding}}", "Did you mean status?"),
        ("when: [{submit: A, facts: {tendr_no: 1}}]\nthen: {A: holding}", "Did you mean tender_no?"),
        ("when: [{submit: A, facts: {is_bid: yes}}]\nthen: {A: holding}", "Write true."),
        ("given: {partners: {acme: {}}}\nwhen: [{submit: A, partner: acne}]\nthen: {A: holding}", "Did you mean acme?"),
        ("given: {customers: {x: {}}}\nwhen: [{submit: A, customer: y}]\nthen: {A: holding}", "names the customer 'y'"),
        ("when: [{submit: A, opportunity: o}]\nthen: {A: holding}", "names the opportunity 'o'"),
        ("when: [{submit: A, crm: sugar}]\nthen: {A: holding}", "names the connection 'sugar'"),
        ("when: [{submit: A}]", "expects nothing"),
        ("when: [{submit: A}]\nthen: {A: {rewards: {x: much}}}", "expected \"10 %\""),
        ("given: {rates: {EUR: high}}\nwhen: [{submit: A}]\nthen: {A: holding}", "expected a currency and a rate"),
        ("given: {registrations: {R: {partner: x}}, partners: {y: {}}}\nwhen: [{submit: A}]\nthen: {A: holding}",
         "names the partner 'x'"),
        ("set: {zone: Mars}\nwhen: [{submit: A}]\nthen: {A: holding}", "no time zone"),
        ("nonsense: 1\nwhen: [{submit: A}]\nthen: {A: holding}", "is not known here"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    found = problems(tmp_path, text)
    assert any(told in each for each in found), found
    assert all(each.startswith(("cases.yaml:", "rules.yaml:")) for each in found)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, "when: [{submit: A, amount: x, kinds: y}, {approv: A}]\nthen: {B: holding, A: fine}")
    assert len(found) == 5, found


def test_what_an_event_is_does_not_hang_on_the_order_of_its_words(tmp_path: Path) -> None:
    found = case_of(tmp_path, "when: [{partner: acme, customer: x, submit: A}]\nthen: {A: holding}")
    assert found.when[0].verb is Verb.SUBMIT


def test_a_file_without_cases(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cases"):
        written(tmp_path, "rules: rules.yaml\n")

"""`rules check` beyond the schema: what a policy says that can hardly be meant, each with code, place and advice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from config.check.codes import CODES
from config.check.findings import Finding, Report, Severity
from config.check.run import check_rules, findings_of
from config.load import load_settings
from config.policy import read_policy
from config.source import Listing, Node, Table, parse_yaml
from connectors import registry
from rules.errors import ConfigError, Problem

Write = Callable[[str], Path]
DEFAULTS = Path(config.__file__).parent / "defaults"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rules(text: str) -> Path:
        path = tmp_path / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_rules


def told(report: Report) -> str:
    return "\n".join(f"{each} [{each.code}]" for each in report.findings)


def only(report: Report) -> Finding:
    assert len(report.findings) == 1, told(report)
    return report.findings[0]


def test_the_defaults_give_nothing_to_say() -> None:
    report = check_rules(DEFAULTS / "rules.yaml")

    assert report.is_clean, told(report)
    assert not report.findings


def test_a_finding_has_place_code_and_advice(write: Write) -> None:
    path = write("gates:\n  big:\n    when: deal.units > 10 and deal.units < 5\n    require: partner.tier == 'gold'\n")
    found = only(check_rules(path))

    assert (found.severity, found.code, found.key) == (Severity.WARNING, "never_holds", "gates.big.when")
    assert str(found) == (
        f"{path}:3:5: warning: gates.big.when: never holds, so this is never asked. "
        "It says: deal.units > 10 and deal.units < 5"
    )


def test_the_report_as_data(write: Write) -> None:
    report = check_rules(write("name: north\nversion: '3'\nprecedence: {ladder: [origin]}\n"))
    data = report.as_data()

    assert (data["is_usable"], data["name"], data["version"]) == (True, "north", "3")
    assert (data["errors"], data["warnings"], data["notes"]) == (0, 2, 0)
    assert data["findings"][0].keys() == {"severity", "code", "file", "line", "column", "key", "message", "hint"}
    assert [each["code"] for each in data["findings"]] == ["no_ground", "tie"]
    assert data["findings"][0]["line"] == 3


def test_what_cannot_be_read_is_told_whole_and_nothing_else(write: Write) -> None:
    report = check_rules(write("holdin: 3 h\nprecedence: {ladder: [orign]}\ncurrency: dollars\n"))

    assert not report.is_usable
    assert report.policy is None
    assert [each.severity for each in report.findings] == [Severity.ERROR] * 3
    assert [(each.place.line, each.key) for each in report.findings] == [
        (1, "holdin"),
        (2, "precedence.ladder"),
        (3, "currency"),
    ]
    assert "Did you mean holding?" in told(report)


CASES = [
    # conditions
    ("gates: {a: {when: deal.is_tender, require: not deal.is_tender}}", "never_holds", "gates.a.require",
     "can never hold where deal.is_tender"),
    ("gates: {a: {when: deal.units > 10, require: deal.units > 5}}", "always_holds", "gates.a.require", "nobody fails"),
    ("tender: {rule: never, when: deal.units > 9, unless: deal.units < 3}", "never_holds", "tender.unless",
     "never holds where deal.units > 9; it excepts nothing."),
    ("gates: {a: deal.is_tender or not deal.is_tender}", "always_holds", "gates.a.require", "nobody fails"),
    ("rewards: {rules: [{name: a, percent: 5 %, when: deal.units < 2 and deal.units > 2}]}", "never_holds",
     "rewards.rules.a.when", "never asked"),
    ("approval: {automatic_when: deal.units > 9 and deal.units < 9}", "never_holds", "approval.automatic_when",
     "every claim goes to a person"),
    # requirements
    ("gates: {a: partner.tier == 'gold', b: partner.tier == 'silver'}", "demands_exclude", "gates.b.require",
     "cannot hold together with gate a"),
    ("{thresholds: {m: {at_least: 20000 USD}}, gates: {a: deal.amount < 20000 USD}}", "demands_exclude", "thresholds.m",
     "cannot hold together with gate a"),
    ("{tender: {rule: never}, gates: {a: deal.is_tender}}", "demands_exclude", "tender.rule", "with gate a"),
    ("{conversions: {kinds: {x: {require: partner.tier == 'gold'}}}, gates: {a: partner.tier != 'gold'}}", "demands_exclude",
     "conversions.kinds.x.require", "with gate a"),
    ("gates: {a: {require: deal.is_won, reason: gate_not_met}, b: deal.is_won}", "twin", "gates.b", "the same as a"),
    # words
    ("gates: {a: \"customer.country in {'DE', 'Norway'}\"}", "unknown_word", "gates.a.require", "'Norway', no country code"),
    ("{standing: {tiers: [gold]}, gates: {a: \"partner.tier in {'GOLD', 'golden'}\"}}", "unknown_word", "gates.a.require",
     "'golden'"),
    ("{conversions: {kinds: {special: {}}}, gates: {a: deal.kind == 'specail'}}", "unknown_word", "gates.a.require",
     "Did you mean special?"),
    # choices
    ("protection: {length: {band: deal.units, '0..99': 60 days, '101..': 90 days}}", "bands_gap",
     "protection.length.101..", "has a gap between '0..99' and '101..': 100 to 100."),
    ("protection: {length: {band: deal.units, '..100': 60 days, '100..': 90 days}}", "bands_overlap",
     "protection.length.100..", "'..100' and '100..' overlap"),
    ("rewards: {rules: [{name: a, percent: {band: deal.amount, '0..10000': 1 %, '10001..': 2 %}}]}", "bands_gap",
     "rewards.rules.a.percent.10001..", "between 10000 and 10001"),
    ("protection: {length: {by: partner.tier, gold: 90 days}}", "no_else", "protection.length", "Add a line else."),
    ("protection: {length: [{when: deal.units > 5, then: 9 days}, {when: deal.units > 7, then: 8 days}, {else: 7 days}]}",
     "shadowed", "protection.length[2]", "'deal.units > 7' is never reached"),
    ("holding: [{when: deal.units > 5 and deal.units < 2, then: 9 h}, {else: 7 h}]", "never_holds", "holding[1]",
     "never holds"),
    # programmes
    ("programmes: [{name: a, set: {holding: 1 h}}, {name: b, when: deal.is_tender}]", "shadowed", "programmes.b",
     "never applies: a, before it, applies to everything."),
    ("programmes: [{name: a, when: deal.units > 5}, {name: b, when: deal.units > 9}]", "shadowed", "programmes.b",
     "one of a decides"),
    ("programmes: [{name: a, effective: {until: 2026-03-31}}, {name: b, effective: {since: 2026-04-03}}]", "dates_gap",
     "programmes.b.effective.since", "from 2026-04-01 on no programme is in force"),
    ("programmes: [{name: a, effective: {until: 2026-03-31}}, {name: b, effective: {since: 2026-03-31}}]",
     "dates_overlap", "programmes.b.effective.since", "End a on 2026-03-30"),
    ("programmes: [{name: a, effective: {since: 2026-03-31}}, {name: b, effective: {since: 2026-05-31}}]", "shadowed",
     "programmes.b", "never applies"),
    ("programmes: [{name: a, when: deal.is_tender, effective: {dual_run: later}}]", "no_effect",
     "programmes.a.effective.dual_run", "without dual_run_until"),
    ("programmes: [{name: a, when: deal.is_tender, set: {gates: {g: {when: not deal.is_tender, require: deal.is_won}}}}]",
     "never_holds", "programmes.a.set.gates.g.when", "never holds in this programme"),
    ("programmes: [{name: a, when: deal.is_tender, set: {precedence: {ladder: [origin, first]}}}]", "no_ground",
     "programmes.a.set.precedence.ladder", "no origins are given"),
    # times
    ("{holding: 3 days, protection: {anchor: submission, length: 2 days, warnings_before: [1 day]}, answer: {within: 1 h}}",
     "window_too_short", "protection.length", "shorter than the claim is held before (3 days)"),
    ("{holding: 2 days, protection: {anchor: submission, length: 48 h, warnings_before: [1 day]}, answer: {within: 1 h}}",
     "window_too_short", "protection.length", "no longer than holding (2 days)"),
    ("{holding: 30 days, protection: {length: 20 days, warnings_before: [1 day]}}", "window_too_short",
     "protection.length", "shorter than the claim is held before (30 days)"),
    ("{protection: {anchor: submission, length: 2 days, warnings_before: [1 day]}, answer: {within: 16 business hours}}",
     "window_too_short", "protection.length", "answer.within (16 business h)"),
    ("protection: {length: 90 days, warnings_before: [3 months]}", "warning_too_long", "protection.warnings_before",
     "no less than a whole window (90 days)"),
    ("update_duty: {every: 7 days, warnings_before: [7 days]}", "warning_too_long", "update_duty.warnings_before",
     "the time between two updates (7 days)"),
    ("{protection: {length: 90 days}, update_duty: {every: 3 months}}", "never_due", "update_duty.every",
     "no update is ever due"),
    ("answer: {within: 8 h, escalations: [{after: 5 days, to: a}, {after: 3 days, to: b}]}", "escalation_order",
     "answer.escalations[2]", "earlier than the step before it (5 days)"),
    ("after_expiry: {grace: 5 days, cool_down: 7 days}", "grace_blocked", "after_expiry.grace", "no longer than cool_down"),
    ("after_expiry: {grace: 5 days, again: others}", "grace_blocked", "after_expiry.grace", "again: others forbids"),
    ("extension: {asked: before_end, late_by: 5 days}", "no_effect", "extension.late_by", "asked: before_end forbids"),
    # order
    ("precedence: {ladder: [score, first]}", "no_ground", "precedence.ladder", "no score is given"),
    ("precedence: {score: deal.units}", "no_effect", "precedence.score", "the ladder does not name score"),
    ("precedence: {ladder: [incumbent]}", "tie", "precedence.ladder", "Add first at its end, or write ties: review."),
    ("precedence: {ladder: [first, first]}", "no_effect", "precedence.ladder", "names first twice"),
    ("precedence: {ladder: [evidence, first]}", "no_ground", "precedence.ladder", "no evidence is asked for"),
    ("precedence: {ladder: []}", "tie", "precedence.ladder", "every two claims are tied"),
    ("precedence: {second: ranked, places: 1}", "no_second_place", "precedence.places", "needs at least 2"),
    ("precedence: {places: 3}", "no_effect", "precedence.places", "has no effect with second: refuse"),
    # rewards
    ("rewards: {rules: [{name: a, to: second, percent: 5 %}]}", "no_receiver", "rewards.rules.a.to", "nobody is second"),
    ("rewards: {rules: [{name: a, to: unregistered, points: 6}]}", "no_receiver", "rewards.rules.a.to",
     "no threshold has below: unneeded"),
    ("rewards: {rules: [{name: a, percent: 5 %, cap: 10 USD, floor: 20 USD}]}", "limits_exclude",
     "rewards.rules.a.floor", "above the cap (10.00 USD)"),
    ("rewards: {cap_percent: 10 %, rules: [{name: a, percent: 12.5 %}]}", "above_cap", "rewards.rules.a.percent",
     "up to 12.5 %"),
    ("rewards: {stacking: first, rules: [{name: a, percent: 5 %}, {name: b, percent: 9 %}]}", "shadowed",
     "rewards.rules.b", "never counts: a, before it, always does."),
    ("rewards: {within_group: sum, rules: [{name: a, percent: 5 %}]}", "no_effect", "rewards.within_group",
     "no reward names a group"),
    ("rewards: {rules: [{name: a, percent: 5 %, by_rank: [100 %, 50 %]}]}", "no_effect", "rewards.rules.a.by_rank",
     "all are first"),
    ("parties: {rules: [{role: distributor, share: 60 %}, {role: influencer, share: 50 %}]}", "shares_above_whole",
     "parties.rules", "110 %"),
    # sizes
    ("evidence: {visit: {kinds: [visit], at_least: 2}}", "never_met", "evidence.visit.at_least", "there are 1 kinds"),
    ("evidence: {visit: {kinds: [visit], at_least: 0}}", "always_met", "evidence.visit.at_least", "nothing is asked for"),
    ("quotas: {live: {limit: 5, per: week}}", "no_effect", "quotas.live.per", "counted as they are now"),
    ("approval: {auto_below: 5000 USD}", "never_automatic", "approval.auto_below", "(minimum): a person decides on all"),
    ("{rates: {from_crm: false, fixed: {EUR: 1.1}}, approval: {auto_below: 90000 CHF}}", "no_rate",
     "approval.auto_below", "is in CHF"),
    ("{rates: {from_crm: false}, gates: {a: deal.amount > 5 EUR}}", "no_rate", "gates.a.require", "compares with EUR"),
    ("direct: {deal_types: [Renewal], ignored_deal_types: [renewal]}", "contradiction", "direct.ignored_deal_types",
     "names 'renewal'"),
    # names
    ("protection: {milestones: [{name: a, stages: [X]}, {name: b, stages: [Y]}], phases: [{until: a, within: 30 days}]}",
     "unused", "protection.milestones.b", "is no phase's milestone"),
    ("protection: {milestones: [{name: a}], phases: [{until: a, within: 30 days}]}", "never_reached",
     "protection.milestones.a", "neither stages nor fact"),
    ("protection: {phases: [{within: 30 days}, {within: 30 days}]}", "never_reached", "protection.phases[1]",
     "the phases after it never begin"),
    ("conversions: {changes: [{source: a, target: a}]}", "no_effect", "conversions.changes[1]", "into itself"),
    # settings without effect
    ("extension: {length: null, max: 2}", "no_effect", "extension.max", "no extension is given"),
    ("update_duty: {overdue: expire}", "no_effect", "update_duty.overdue", "there is no duty"),
    ("approval: {is_automatic: false, automatic_when: deal.is_tender}", "no_effect", "approval.automatic_when",
     "every claim goes to a person"),
    ("intake: {wrong_channel: review}", "no_effect", "intake.wrong_channel", "any channel is taken"),
    ("objections: {by_partners: false, by_sellers: false}", "contradiction", "objections.is_open", "neither"),
    ("{holding: null, objections: {by_partners: false}}", "no_effect", "objections", "it is never held"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "key", "said"), CASES, ids=[f"{each[1]}-{each[2]}" for each in CASES])
def test_one_doubtful_thing_is_found(write: Write, text: str, code: str, key: str, said: str) -> None:
    report = check_rules(write(text))

    assert report.is_usable, told(report)
    found = [each for each in report.findings if (each.code, each.key) == (code, key)]
    assert len(found) == 1, told(report)
    assert said in str(found[0]), told(report)
    assert found[0].place.line == 1
    warnings = [each for each in report.findings if each.severity is Severity.WARNING]
    assert {each.code for each in warnings} == {code}, told(report)


@pytest.mark.parametrize(
    "text",
    [
        "protection: {length: {band: deal.units, '0..99': 60 days, '100..': 90 days}}",
        "protection: {length: {band: deal.units, '0..99.99': 60 days, '100..': 90 days}}",
        "rewards: {rules: [{name: a, percent: {by: partner.tier, gold: 5 %}}]}",
        "protection: {exclusive: {by: deal.is_tender, 'true': false, 'false': true}}",
        "programmes: [{name: a, effective: {until: 2026-03-31}}, {name: b, effective: {since: 2026-04-01}}]",
        "programmes: [{name: a, when: deal.is_tender}, {name: b, when: deal.units > 5}, {name: c}]",
        "programmes: [{name: a, effective: {until: 2026-03-31, dual_run_until: 2026-04-30}},"
        " {name: b, effective: {since: 2026-04-01}}]",
        "gates: {a: {when: true, require: partner.tier == 'gold'}}",
        "gates: {a: {when: deal.is_won, require: deal.units > 5}, b: {when: not deal.is_won, require: deal.units < 5}}",
        "gates: {a: {otherwise: review, require: deal.units > 5}, b: deal.units < 5}",
        "precedence: {ladder: [origin, first], origins: [partner, vendor]}",
        "precedence: {second: ranked, places: 3}",
        "{protection: {anchor: submission, length: 90 days}, holding: 24 h}",
        "{facts: {deal.bid: date}, protection: {ends_with: deal.bid}}",
        "{facts: {deal.branch: text}, deal_key: {parts: [customer, deal.branch]}}",
        "{facts: {partner.kickoff: bool}, parties: {rules: [{role: distributor, require: party.kickoff}]}}",
        "{facts: {deal.branch: text}, programmes: [{name: a, when: deal.branch == 'x'}]}",
        "update_duty: {every: 30 days}",
        "rates: {from_crm: false, fixed: {}}",
    ],
)
def test_what_may_well_be_meant_is_left_alone(write: Write, text: str) -> None:
    report = check_rules(write(text))

    assert report.is_clean, told(report)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("reasons: {dormant: {partner: Please call us., support: Dormant.}}", "reasons.dormant"),
        ("facts: {deal.bid: date}", "facts.deal.bid"),
        ("quotas: {live: {limit: {by: partner.tier, gold: 5, else: 0}}}", "quotas.live.limit"),
        ("protection: {exclusive: false}", "protection.exclusive"),
        ("commands: {allowed: []}", "commands.allowed"),
        ("priority: evidence_at", "priority"),
        ("{protection: {length: 30 days}, extension: {length: 60 days}}", "extension.length"),
    ],
)
def test_what_is_only_worth_a_look_is_a_note(write: Write, text: str, key: str) -> None:
    report = check_rules(write(text))

    assert report.is_clean, told(report)
    assert (only(report).severity, only(report).key) == (Severity.NOTE, key)


def test_what_the_base_says_is_not_told_again_for_each_programme(write: Write) -> None:
    text = "precedence: {ladder: [incumbent]}\nprogrammes: [{name: a, when: deal.is_tender, set: {holding: 1 h}}]\n"

    assert only(check_rules(write(text))).key == "precedence.ladder"


def test_a_bad_file_of_rates_is_told_with_its_lines(write: Write) -> None:
    path = write("rates: {file: rates.csv}")
    (path.parent / "rates.csv").write_text("date,currency,rate\n2026-01-01,EUR,zero\n", encoding="utf-8")
    report = check_rules(path)

    assert not report.is_usable
    assert str(only(report)).startswith(f"{path.parent / 'rates.csv'}:2:1: error: rate: is 'zero'")


def test_a_large_policy_is_checked_in_a_moment(write: Write) -> None:
    gate = "  g{0}: {{when: deal.units > {0}, require: deal.division != 'd{0}'}}\n"
    gates = "".join(gate.format(number) for number in range(500))
    tiers = "".join(f"    t{number}: {number + 1} days\n" for number in range(500))
    window = f"protection:\n  length:\n    by: partner.tier\n{tiers}    else: 9 days\n"
    report = check_rules(write(f"gates:\n{gates}{window}"))

    assert report.is_clean, told(report)[:2000]


@pytest.mark.parametrize("path", sorted((Path(config.__file__).parent / "recipes").glob("*/rules.yaml")), ids=str)
def test_a_recipe_gives_nothing_but_notes(path: Path) -> None:
    report = check_rules(path)

    assert report.is_clean, told(report)


def test_the_list_of_codes_promises_nothing_that_no_check_finds() -> None:
    modules = [path for path in (Path(config.__file__).parent / "check").glob("*.py") if path.name != "codes.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in modules)

    assert not [code for code in CODES if f'"{code}"' not in source]


@given(st.lists(st.sampled_from(CASES), min_size=2, max_size=6, unique=True))
def test_any_mixture_of_policies_is_checked_without_a_crash(cases: list[tuple[str, str, str, str]]) -> None:
    sections: dict[str, str] = {}
    for text, *_ in cases:
        bare = text[1:-1] if text.startswith("{") else text
        root = parse_yaml(f"{{{bare}}}", name="case")
        for name, node in root.items.items():
            sections.setdefault(name, as_flow(node))
    source = "\n".join(f"{name}: {value}" for name, value in sections.items())
    try:
        policy = read_policy(source, "mixed.yaml")
    except ConfigError as error:
        assert error.problems
    else:
        assert all(str(each) for each in findings_of(policy, parse_yaml(source, name="mixed.yaml")))


def as_flow(node: Node) -> str:
    """Return a node as YAML in one line, every text in quotes."""
    if isinstance(node, Table):
        return "{" + ", ".join(f'"{name}": {as_flow(each)}' for name, each in node.items.items()) + "}"
    if isinstance(node, Listing):
        return "[" + ", ".join(map(as_flow, node.items)) + "]"
    return node.text if node.is_plain and node.text in ("null", "true", "false") else json.dumps(node.text)


class Directory:
    """A configuration directory whose connections need neither address nor login to be checked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("registrar.yaml", "connections:\n  salesforce: {url: https://x.my.salesforce.com}\n  hubspot: {}\n")

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

    def check(self, rules: str) -> Report:
        self.write("rules.yaml", rules)
        return check_rules(self.path, fields_path=registry.fields_path)


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return Directory(tmp_path)


def test_the_defaults_fit_the_reference_mappings(directory: Directory) -> None:
    report = directory.check((DEFAULTS / "rules.yaml").read_text(encoding="utf-8"))

    assert report.is_clean, told(report)


@pytest.mark.parametrize(
    ("rules", "key", "said"),
    [
        ("tender: {rule: never}", "tender.rule", "needs to know which deals are tenders, which no connection maps"),
        ("gates: {a: deal.origin == 'partner'}", "gates.a.require", "Map streams.submissions.fields.origin"),
        ("thresholds: {a: {measure: units, at_least: 100}}", "thresholds.a", "fields.units (or lines)"),
        ("evidence: {visit: {kinds: [visit]}}", "evidence.visit", "the evidence shown"),
        ("parties: {rules: [{role: distributor}]}", "parties.rules", "distributor (or distributor_code)"),
        ("{facts: {deal.bid: date}, protection: {ends_with: deal.bid}}", "facts.deal.bid",
         "Map it: streams.submissions.fields.bid: {field: NAME, type: date}."),
        ("{facts: {partner.audited: bool}, gates: {a: partner.audited}}", "facts.partner.audited",
         "streams.companies.fields.audited"),
    ],
)  # fmt: skip
def test_what_no_connection_maps_is_told(directory: Directory, rules: str, key: str, said: str) -> None:
    found = only(directory.check(rules))

    assert (found.severity, found.code, found.key) == (Severity.WARNING, "not_mapped", key)
    assert said in str(found)


def test_a_fact_that_one_connection_maps_is_well(directory: Directory) -> None:
    directory.write(
        "hubspot.yaml", "streams: {submissions: {fields: {origin: deal_origin, bid: {field: bid, type: date}}}}"
    )

    assert directory.check(
        "{facts: {deal.bid: date}, protection: {ends_with: deal.bid}, gates: {a: deal.origin == 'partner'}}"
    ).is_clean


def test_a_required_field_is_asked_of_every_connection(directory: Directory) -> None:
    directory.write("hubspot.yaml", "streams: {submissions: {fields: {units: deal_units}}}")
    found = only(directory.check("intake: {required_fields: [partner, customer, units]}"))

    assert found.code == "required_not_mapped"
    assert "names units, which salesforce does not map: all its submissions would go back." in found.message


def test_a_status_that_no_move_leads_to_is_told(directory: Directory) -> None:
    moves = "{new: [in_review], in_review: [info_requested, rejected, withdrawn], info_requested: [new],"
    moves += " rejected: [], withdrawn: []}"
    directory.write("hubspot.yaml", f"streams: {{submissions: {{locks: {{moves: {moves}}}}}}}")
    found = only(directory.check(""))

    assert (found.code, found.key) == ("never_written", "streams.submissions.locks.moves")
    assert "'approved', which is to be written for registered, won." in found.message
    assert found.place.file.endswith("hubspot.yaml")


def test_types_that_differ_are_an_error_with_both_places(directory: Directory) -> None:
    directory.write(
        "salesforce.yaml", "streams:\n  submissions:\n    fields:\n      bid: {field: Bid__c, type: text}\n"
    )
    report = directory.check("facts:\n  deal.bid: date\nprotection: {ends_with: deal.bid}\n")

    assert not report.is_usable
    [error] = [each for each in report.findings if each.severity is Severity.ERROR]
    assert error.code == "fact_type"
    assert str(error).startswith(f"{directory.path / 'rules.yaml'}:2:3: error: facts.deal.bid: is date, as ")
    assert f"{directory.path / 'salesforce.yaml'}:4:7 maps it as text in salesforce" in str(error)


def test_a_personal_field_is_declared_as_bool(directory: Directory) -> None:
    directory.write(
        "salesforce.yaml", "streams: {submissions: {fields: {visitor: {field: V__c, type: text, personal: true}}}}"
    )

    assert directory.check("{facts: {deal.visitor: bool}, gates: {a: deal.visitor}}").is_clean
    report = directory.check("{facts: {deal.visitor: text}, gates: {a: deal.visitor is known}}")
    assert "Declare it as bool, or take personal: true out." in told(report)


@pytest.mark.parametrize("is_lenient", [False, True])
def test_types_that_differ_keep_the_rules_from_being_used(directory: Directory, is_lenient: bool) -> None:
    directory.write(
        "registrar.yaml", "ledger: 'sqlite:///x.db'\nconnections: {hubspot: {url: https://api.hubapi.com}}\n"
    )
    directory.write("hubspot.yaml", "streams: {submissions: {fields: {bid: {field: bid, type: text}}}}")
    directory.write("rules.yaml", "{facts: {deal.bid: date}, protection: {ends_with: deal.bid}}")
    problems: tuple[Problem, ...]
    try:
        problems = load_settings(
            directory.path, environ={}, fields_path=registry.fields_path, is_lenient=is_lenient
        ).policy_problems
    except ConfigError as error:
        assert not is_lenient
        problems = error.problems

    assert ["deal.bid" in each.key and "maps it as text in hubspot" in each.message for each in problems] == [True]


def test_mistakes_in_mappings_and_rules_are_told_in_one_run(directory: Directory) -> None:
    directory.write("hubspot.yaml", "streams: {submissions: {fields: {ammount: x}}}")
    report = directory.check("holdin: 1 h")

    assert [each.key for each in report.findings] == ["holdin", "streams.submissions.fields.ammount"]

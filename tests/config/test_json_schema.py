"""The exported JSON Schema: current, complete, and of one mind with the reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import config
from config.cases_schema import CASES_SCHEMA_FILE, cases_schema
from config.json_schema import SCHEMA_FILE, rules_schema, schema_text
from config.policy import read_policy
from config.shape import settings_of
from config.source import parse_yaml, plain
from rules.errors import ConfigError
from rules.policy import Policy
from tests.config.json_schema_kit import faults
from tests.config.test_policy import DEFAULT, uncommented

RECIPES = sorted((Path(config.__file__).parent / "recipes").glob("*/rules.yaml"))
CASE_FILES = sorted((Path(config.__file__).parent / "recipes").glob("*/cases.yaml"))
SCHEMA = rules_schema()
CASES = cases_schema()


def schema_faults(text: str) -> list[str]:
    data: Any = plain(parse_yaml(text, name="r"))
    return list(faults(data, SCHEMA, SCHEMA))


def test_the_exported_schema_is_current() -> None:
    """`make docs` was run after the last change of a setting."""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(SCHEMA)
    assert CASES_SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(CASES)


def test_the_schema_is_plain_json_with_words_for_every_section() -> None:
    assert json.loads(schema_text(SCHEMA)) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(SCHEMA["properties"]) == list(settings_of(Policy))
    assert all(each["description"] for each in SCHEMA["properties"].values())


def test_every_reference_leads_somewhere() -> None:
    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if "$ref" in part else set()
            return own.union(*(references(each) for each in part.values()))
        return set().union(*(references(each) for each in part)) if isinstance(part, list) else set()

    assert references(SCHEMA) == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}


@pytest.mark.parametrize("path", [DEFAULT, *RECIPES], ids=lambda path: f"{path.parent.name}")
def test_the_schema_accepts_the_defaults_and_every_recipe(path: Path) -> None:
    assert schema_faults(path.read_text(encoding="utf-8")) == []


def test_the_schema_accepts_the_examples_of_the_default_file() -> None:
    assert schema_faults(uncommented(DEFAULT.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "protection: {length: 90 days}",
        "protection: {length: {by: partner.tier, gold: 120 days, else: 60 days}}",
        "protection: {length: [{when: deal.is_tender, then: 180 days}, {else: 90 days}]}",
        "holding: {band: deal.units, 1..5: 2 h, 6..: null}",
        "holding: null",
        "version: 1.10",
        "standing: {tiers: [NO, 1.10]}",
        "calendar: {weekdays: [monday, tue]}",
        "rates: {fixed: {EUR: 1.09}}",
        "gates: {a: deal.units > 5, b: {require: {all: [deal.is_tender, {not: deal.is_won}]}}}",
        "gates: [{name: a, require: true}]",
        "quotas: {live: 25, week: {counts: submissions, per: week, limit: 35}}",
        "facts: {deal.tender_no: text}",
        "facts: [{name: deal.tender_no, type: text}]",
        "rewards: {rules: {a: {percent: 12.5}, b: {percent: 10 %}, c: {amount: 500 EUR}}}",
        "thresholds: {a: {measure: units, at_least: 100}, b: {at_least: EUR 100}}",
        "after_win: {lock: 48 business hours}",
        "programmes: {a: {when: deal.is_tender, set: {gates: {}, holding: null}}}",
        "appeals: null",
    ],
)
def test_reader_and_schema_accept_alike(text: str) -> None:
    read_policy(text, "r")
    assert schema_faults(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "holdng: 1 h",
        "hash: abc",
        "holding: 24",
        "protection: {lenght: 90 days}",
        "protection: {anchor: soon}",
        "protection: {length: {gold: 1 day}}",
        "protection: {length: [{when: deal.is_tender}]}",
        "gates: {a: {otherwise: review, whn: x}}",
        "gates: [{name: a}]",
        "gates: [{name: a, require: {al: []}}]",
        "matching: {same: 1.5}",
        "rewards: {rules: {a: {percent: 101}}}",
        "programmes: {a: {set: {currency: EUR}}}",
        "programmes: {a: {set: {protection: {x: 1}}}}",
        "calendar: {weekdays: [funday]}",
        "standing: {refuse_when: [bad]}",
    ],
)
def test_reader_and_schema_refuse_alike(text: str) -> None:
    with pytest.raises(ConfigError):
        read_policy(text, "r")
    assert schema_faults(text) != []


@pytest.mark.parametrize("path", CASE_FILES, ids=lambda path: f"{path.parent.name}")
def test_the_schema_of_cases_accepts_the_cases_of_every_recipe(path: Path) -> None:
    data = plain(parse_yaml(path.read_text(encoding="utf-8"), name="c"))
    assert list(faults(data, CASES, CASES)) == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "cases: {a: {whn: []}}",
        "cases: {a: {when: [{at: soon}]}}",
        "cases: {a: {when: [{submit: a, amuont: 5 USD}]}}",
        "cases: {a: {then: {a: {status: registred}}}}",
    ],
)
def test_the_schema_of_cases_refuses_what_is_no_case(text: str) -> None:
    data = plain(parse_yaml(text, name="c"))
    assert list(faults(data, CASES, CASES)) != []

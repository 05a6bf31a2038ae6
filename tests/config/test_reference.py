"""The rules reference: an example for every section, and all of them sound."""

from __future__ import annotations

import pytest

from config.json_schema import rules_schema
from config.policy import load_policy
from config.shape import settings_of
from config.source import parse_yaml, plain
from docs.rules_reference import EXAMPLES, rules_reference_page, section_examples
from rules.expression import FUNCTIONS
from rules.facts import FACTS
from rules.policy import Policy
from tests.config.json_schema_kit import faults


def test_the_examples_are_one_sound_policy() -> None:
    policy = load_policy(EXAMPLES)
    assert [each.name for each in policy.programmes] == ["winter"]
    schema = rules_schema()
    assert list(faults(plain(parse_yaml(EXAMPLES.read_text(encoding="utf-8"), name="r")), schema, schema)) == []


def test_every_section_has_an_example_in_the_order_of_the_page() -> None:
    assert list(section_examples()) == list(settings_of(Policy))


@pytest.mark.parametrize(
    "name", [*(f"`{each}`" for each in FACTS), *(f"`{each.signature}`" for each in FUNCTIONS.values())]
)
def test_the_page_has_every_fact_and_function(name: str) -> None:
    assert name in rules_reference_page("")

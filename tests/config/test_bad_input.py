"""Whatever stands in rules.yaml, it is read as it was meant or refused in words: nothing crashes, hangs or gets through."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.json_schema import rules_schema
from config.policy import load_policy, policy_hash, read_policy
from config.source import parse_yaml, plain
from docs.rules_reference import EXAMPLES
from rules.errors import ConfigError
from rules.policy import Policy
from tests.config.json_schema_kit import faults
from tests.config.test_choices import Case
from tests.config.test_policy import DEFAULT, uncommented

SCHEMA = rules_schema()
TEXT = uncommented(DEFAULT.read_text(encoding="utf-8"))
DATA: Any = plain(parse_yaml(EXAMPLES.read_text(encoding="utf-8"), name="r"))

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rules(data: bytes) -> Path:
        path = tmp_path / "rules.yaml"
        path.write_bytes(data)
        return path

    return write_rules


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_policy(path)
    return [str(each) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # aliases, which can grow a small file without bound
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "rules.yaml:2:8: an alias (*a) is not allowed here."),
        ("base: &b {length: 1 day}\nprotection:\n  <<: *b\n", "rules.yaml:3:7: an alias (*b) is not allowed here."),
        ("protection:\n  <<: {length: 1 day}\n", "rules.yaml:2:3: protection.<<: is not known here."),
        # the same key twice, however it is quoted
        ("name: a\n'name': b\n", "rules.yaml:2:1: 'name' is given twice; first on line 1. Keep one of them."),
        ("protection: {length: 1 day, length: 2 days}\n", "'length' is given twice; first on line 1."),
        # not the YAML of rules
        ("- a\n", "rules.yaml:1:1: expected a mapping (key: value lines) at the top."),
        ("name: x\n---\nname: y\n", "rules.yaml:2:1: a second document begins here; one file holds one document."),
        ("name: !!binary aGk=\n", "rules.yaml:1:7: a tag (tag:yaml.org,2002:binary) is not allowed here."),
        ("? {a: b}\n: c\n", "rules.yaml:1:3: a key must be plain text."),
        ("protection:\n\tlength: 1 day\n", "rules.yaml:2:1: cannot be read as YAML: while scanning for the next token"),
        (
            "gates: {a: deal.units in {1, 2}}\n",
            "put a value that itself holds a bracket, a comma or a colon in quotes.",
        ),
        ("name: x\x00y\n", "rules.yaml:1:8: cannot be read as YAML: special characters are not allowed."),
        # numbers
        (f"extension: {{max: {'9' * 6000}}}", "99...'; expected a whole number from 0 to 1,000,000,000."),
        (f"approval: {{auto_below: {'9' * 6000} USD}}", "99...'; expected an amount and a currency such as"),
        ("matching: {same: 1e999}", "is '1e999'; expected a number from 0 to 1."),
        ("matching: {same: .inf}", "is '.inf'; expected a number from 0 to 1."),
        ("extension: {max: 0x10}", "is '0x10'; expected a whole number"),
        ("extension: {max: 1_0}", "is '1_0'; expected a whole number from 0 to 1,000,000,000. Write 10."),
        ("extension: {max: ٣}", "is '٣'; expected a whole number"),
        ("update_duty: {least_change: ²%}", "is '²%'; expected a whole number"),
        ("rewards: {rules: {a: {percent: 150 %}}}", "is '150 %'; expected a percentage from 0 to 100"),
        ("rewards: {rules: {a: {percent: -5 %}}}", "is '-5 %'; expected a percentage from 0 to 100"),
        # dates
        ("calendar: {holidays: [25.12.2026]}", "is '25.12.2026'; expected a date such as 2026-12-25."),
        ("calendar: {opens: 8}", "is '8'; expected a time of day such as \"09:00\"."),
        # what names itself, or each other
        ("facts: {deal.a: deal.b, deal.b: deal.a}", "facts.deal.a.type: is 'deal.b'. Write one of: bool, number"),
        ("protection: {milestones: {a: {fact: b}, b: {fact: a}}}", "protection.milestones.a.fact: names 'b', no fact."),
        (
            "programmes: {a: {set: {programmes: {a: {}}}}}",
            "programmes.a.set.programmes: is the same for every programme.",
        ),
        ("programmes: {a: {when: deal.programme == a}}", "programmes.a.when: "),
        # too much
        (f"gates: {{a: {{require: {'{not: ' * 30}deal.is_tender{'}' * 30}}}}}", "is nested more than 20 levels deep."),
        ("".join(f"{' ' * n}a:\n" for n in range(50)), "is nested more than 20 levels deep."),
        (
            f"gates:\n  a: {'not ' * 3000}deal.is_tender",
            "gates.a.require: The expression is nested more than 100 deep.",
        ),
        (
            f"gates:\n  a: {'(' * 3000}deal.is_tender{')' * 3000}",
            "gates.a.require: Brackets are nested more than 40 deep.",
        ),
        (f"gates:\n  a: '{'x' * 300_000}'", "gates.a.require: The expression has 300,000 characters"),
        (f"{'x' * 10_000}: 1\n", "cannot be read as YAML"),
        (
            f"programmes: [{', '.join(f'{{name: p{n}}}' for n in range(201))}]",
            "programmes: holds 201 programmes; at most",
        ),
    ],
)
def test_bad_input_is_refused_in_words(write: Write, text: str, expected: str) -> None:
    found = problems_of(write(text.encode()))
    assert any(expected in each for each in found), found


def test_five_megabytes_of_rules_are_refused_unread(write: Write) -> None:
    big = "gates:\n" + "".join(f"  g{n}: deal.units > {n}\n" for n in range(220_000))
    found = problems_of(write(big.encode()))
    assert found == ["rules.yaml: is larger than 1,000,000 bytes. Split it, or check that it is the right file."]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings_are_refused_with_what_to_do(write: Write, encoding: str) -> None:
    found = problems_of(write("name: café\n".encode(encoding)))
    assert found[0].endswith("is not UTF-8 text. Save the file as UTF-8.")


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfname: caf\xc3\xa9\nversion: '2'\n",  # a byte-order mark, as Windows editors write it
        b"name: caf\xc3\xa9\r\nversion: '2'\r\n",
        b"name: caf\xc3\xa9\rversion: '2'\r",
        b"%YAML 1.1\n---\nname: caf\xc3\xa9\nversion: '2'\n...\n",
        b"name: &n caf\xc3\xa9\nversion: '2'\n",  # an anchor that nobody uses harms nobody
    ],
)
def test_what_editors_write_is_read(write: Write, data: bytes) -> None:
    policy = load_policy(write(data))
    assert (policy.name, policy.version) == ("café", "2")


def test_text_stays_as_written() -> None:
    """NO is a country, 1.10 is not 1.1, yes and 08 are text where text is wanted, dates may be quoted."""
    policy = read_policy(
        """
        version: 1.10
        jurisdictions: {equal_access: [NO, SE]}
        standing: {tiers: [yes, 08, 1e3, off, 12:30, true]}
        calendar: {holidays: ["2026-12-25", 2026-12-26]}
        protection: {length: {by: customer.country, NO: 30 days, else: 90 days}}
        """,
        "r",
    )
    assert policy.version == "1.10"
    assert policy.jurisdictions.equal_access == {"NO", "SE"}
    assert policy.standing.tiers == {"yes", "08", "1e3", "off", "12:30", "true"}
    assert len(policy.calendar.holidays) == 2
    assert policy.protection.length.value(Case({"customer.country": "NO"})) is not None


def test_an_expression_of_three_thousand_terms_is_read() -> None:
    terms = " or ".join(f"deal.units == {n}" for n in range(3000))
    gate = read_policy(f"gates:\n  a: {terms}\n", "r").gates[0]
    assert gate.require.test(Case({"deal.units": Decimal(2999)})) is True
    assert gate.require.test(Case({"deal.units": Decimal(3000)})) is False


def test_three_thousand_conditions_joined_by_any_are_read() -> None:
    lines = "".join(f"        - deal.units == {n}\n" for n in range(3000))
    gate = read_policy(f"gates:\n  a:\n    require:\n      any:\n{lines}", "r").gates[0]
    assert gate.require.test(Case({"deal.units": Decimal(2999)})) is True


def test_a_table_of_three_thousand_lines_is_read() -> None:
    lines = "".join(f"    t{n}: {n + 1} days\n" for n in range(3000))
    length = read_policy(f"protection:\n  length:\n    by: partner.tier\n{lines}", "r").protection.length
    assert len(length.rows) == 3000


def read_or_refused(text: str) -> Policy | None:
    """Return the policy, None where it was refused with problems that can be shown."""
    try:
        policy = read_policy(text, "r")
    except ConfigError as error:
        assert error.problems
        assert all(str(each) for each in error.problems)
        return None
    assert policy.hash == policy_hash(policy)
    return policy


MARKS = st.sampled_from(
    [*":{}[],-&*!|>'\"%@`#?\n\t ", "null", "~", "{}", "[]", "- ", "0", "9" * 40, "<<", "é", "\u2028", "💥"]
)
EXAMPLES_MAX = int(os.environ.get("FUZZ_EXAMPLES", "100"))
FUZZ = settings(max_examples=EXAMPLES_MAX, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    """Characters are put in, taken out and doubled, and lines change places, anywhere in the default file."""
    text = TEXT
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 30)))
        text = text[:start] + data.draw(st.one_of(MARKS, st.just(text[start:end] * 2), st.just(""))) + text[end:]
    read_or_refused(text)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text("xyzé💥 -:.'{}", max_size=8),
    st.sampled_from(
        ["refuse", "review", "off", "90 days", "3 business days", "5000 USD", "10 %", "2026-12-25", "09:00", "gold", "owner",
         "deal.amount > 5 USD", "partner.tier", "deal.units", "deal.priced_at", "deal.is_tender and partner.kickoff_done",
         "deal.amount * 0.5", "installed", "kickoff_missing", "first", "EUR", "UTC"]
    ),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["by", "band", "when", "then", "else", "all", "any", "not", "name", "set", "1..5"]),
                        inner, max_size=3),
    ),
    max_leaves=6,
)  # fmt: skip


@FUZZ
@given(st.data())
def test_a_wrong_value_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    """A value of an example is replaced by any other; what the reader then accepts, the schema accepts as well."""
    section = data.draw(st.sampled_from(list(DATA)))
    root = deepcopy({name: DATA[name] for name in (section, "facts", "reasons")})
    for _ in range(data.draw(st.integers(1, 2))):
        part: Any = root
        while True:
            keys = list(part) if isinstance(part, dict) else list(range(len(part)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(part[key], dict | list) or not part[key] or data.draw(st.integers(0, 3)) == 0:
                break
            part = part[key]
        part[key] = data.draw(VALUES)
    text = json.dumps(root)
    if read_or_refused(text) is not None:
        read = plain(parse_yaml(text, name="r"))
        assert list(faults(read, SCHEMA, SCHEMA)) == []

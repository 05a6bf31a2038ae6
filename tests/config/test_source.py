"""Reading YAML: text stays text, and what is dangerous or doubtful is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest

from config import source
from config.source import BYTES_MAX, parse_yaml, plain, read_yaml, words
from rules.errors import ConfigError


def problems_of(data: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(data, name="f.yaml")
    return [str(each) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("NO", "NO"),  # a country
        ("1.10", "1.10"),
        ("0012000.50", "0012000.50"),  # money, exactly as written
        ("12:30", "12:30"),
        ("2026-03-01", "2026-03-01"),
        ("yes", "yes"),
        ("'null'", "null"),
        ("~", None),
        ("null", None),
        ("", None),
        ("[NO, 'x', ~]", ["NO", "x", None]),
    ],
)
def test_scalars_stay_the_text_that_was_written(written: str, expected: Any) -> None:
    assert words(parse_yaml(f"key: {written}\n", name="f.yaml")) == {"key": expected}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("12", 12),
        ("-3", -3),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("NO", "NO"),
        ("'12'", "12"),
        ("12:30", "12:30"),
        ("~", None),
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
        ("{a: [1, x]}", {"a": [1, "x"]}),
    ],
)
def test_untyped_parts_are_read_as_yaml_1_2_reads_them(written: str, expected: Any) -> None:
    assert plain(parse_yaml(f"key: {written}\n", name="f.yaml")) == {"key": expected}


@pytest.mark.parametrize("data", ["", "# only a comment\n", "---\n", "\ufeff"])
def test_an_empty_file_is_an_empty_mapping(data: str) -> None:
    assert words(parse_yaml(data.encode(), name="f.yaml")) == {}


def test_aliases_are_refused_so_that_a_small_file_stays_small() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"

    found = problems_of(bomb)

    assert len(found) == 4
    assert found[0] == "f.yaml:2:8: an alias (*a) is not allowed here. Write the value out."


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: 'a' is given twice; first on line 1. Keep one of them."),
        ("a: !!python/object:os.system x\n", "f.yaml:1:4: a tag (tag:yaml.org,2002:python/object:os.system) is not"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here"),
        ("- a\n", "f.yaml:1:1: expected a mapping"),
        ("just text\n", "f.yaml:1:1: expected a mapping"),
        (
            "a: b: c\n",
            "f.yaml:1:5: cannot be read as YAML: mapping values are not allowed here. Put the value in quotes.",
        ),
        ("a: 'open\n", "f.yaml:2:1: cannot be read as YAML: while scanning a quoted scalar"),
        ("\ta: 1\n", "f.yaml:1:1: cannot be read as YAML"),
        ("a:\n  - x\n b: 1\n", "f.yaml:3:2: cannot be read as YAML"),
        ("? [a]\n: b\n", "f.yaml:1:3: a key must be plain text."),
        (b"a: x\nb: caf\xe9\n", "f.yaml:2:7: is not UTF-8 text. Save the file as UTF-8."),
        ("a: x\x01\n", "f.yaml:1:5: cannot be read as YAML: special characters are not allowed"),
        ("[" * 100_000, "f.yaml:1:21: is nested more than 20 levels deep."),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_place(data: str | bytes, expected: str) -> None:
    assert problems_of(data)[0].startswith(expected)


def test_several_problems_of_one_file_are_told_together() -> None:
    assert len(problems_of("a: 1\na: 2\nb: !x y\nc: *d\n")) == 3


def test_a_huge_file_is_refused_unread(tmp_path: Any) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (BYTES_MAX + 1))

    with pytest.raises(ConfigError, match="is larger than 1,000,000 bytes"):
        read_yaml(path)


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "NODES_MAX", 5)
    assert problems_of("a: [x, x, x, x]") == ["f.yaml:1:11: holds more than 5 values."]


def test_a_missing_file_and_a_folder_are_told_in_words(tmp_path: Any) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read \(No such file or directory\)"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_yaml(tmp_path)

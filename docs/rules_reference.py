"""The reference page of rules.yaml, made from the settings themselves, the catalogue of facts and the table of functions.

The examples stand in docs/rules-examples.yaml, one for each section. A new section needs no more than its dataclass and an
example there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from config.policy import ONE_FOR_ALL, SET, WEEKDAYS
from config.shape import Setting, is_record, is_union, item_of, naming_field, pair_of, settings_of, short_field
from config.written import written
from docs.rules_words import CONDITIONS, VALUES
from rules.choice import Choice
from rules.expression import FUNCTIONS, Condition, Formula, Function
from rules.facts import FACTS
from rules.policy import Policy
from rules.primitives.programmes import Programme
from rules.records import Money
from rules.span import Calendar, Span
from rules.values import Percent

EXAMPLES: Final = Path(__file__).parent / "rules-examples.yaml"

_WORDS: Final = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    Decimal: "number",
    Percent: "[percentage](#values)",
    Span: "[length of time](#values)",
    Money: "[amount](#values)",
    date: "date",
    time: "time of day",
    Condition: "[condition](#conditions)",
    Formula: "[expression](#conditions)",
}
_SPECIAL: Final[dict[tuple[type, str], tuple[str, Any]]] = {
    (Calendar, "weekdays"): (f"list of {', '.join(WEEKDAYS)}", list(WEEKDAYS[:5]))
}
_SECTION: Final = re.compile(r"^(?=\w+:)", re.MULTILINE)
_DEFAULT_MAX: Final = 90


def rules_reference_page(made: str) -> str:
    """Return the page. made: the line that tells that it is generated."""
    parts = [
        f"{made}# Rules reference\n\nEverything that `rules.yaml` can hold; a first programme step by step: "
        "[rules.md](rules.md). All lines are optional; what is missing has its default. Reason codes: "
        "[reasons.md](reasons.md). Editors check the file by [rules.schema.json](../config/schema/rules.schema.json).",
        _contents(),
        VALUES.rstrip(),
        CONDITIONS.rstrip(),
        *_sections(),
        _facts(),
        _functions(),
    ]
    return "\n\n".join(parts) + "\n"


def _contents() -> str:
    rows = [f"| [`{each.name}`](#{each.name}) | {_cell(each.doc)} |" for each in settings_of(Policy).values()]
    head = "| section | |\n|---|---|\n"
    more = (
        "\n\nBesides: [values](#values), [conditions](#conditions), [facts](#facts-of-a-case), [functions](#functions)."
    )
    return head + "\n".join(rows) + more


def _sections() -> Iterator[str]:
    examples = section_examples()
    shown: set[type] = set()
    for each in settings_of(Policy).values():
        item = item_of(each.type)
        record = each.type if is_record(each.type) else item if is_record(item) else None
        head = f"## {each.name}\n\n{each.doc}\n\n```yaml\n{examples[each.name]}\n```"
        if record is None:
            yield f"{head}\n\n{_kind_words(each)}; by default {_default(Policy, each)}."
            continue
        listed = f"\n\nA {'named ' if naming_field(item) else ''}list." if record is item else ""
        if listed and each.default:
            listed += f" By default {_default(Policy, each)}."
        if record is Programme:
            listed += f" {_set_words()}"
        yield f"{head}{listed}\n\n{_table(record)}"
        yield from _inner(record, each.name, shown)


def _inner(kind: type, path: str, shown: set[type]) -> Iterator[str]:
    """Yield the tables of records inside a record, each once."""
    for each in settings_of(kind).values():
        item = item_of(each.type)
        record = each.type if is_record(each.type) else item if is_record(item) else None
        if record is None or record in shown:
            continue
        shown.add(record)
        here = f"{path}.{each.name}"
        named = naming_field(item) if record is item else None
        listed = f"\n\nA {'named ' if named else ''}list." if record is item else ""
        yield f"### {here}\n\n{each.doc}{listed}\n\n{_table(record)}"
        yield from _inner(record, here, shown)


def _set_words() -> str:
    outside = ", ".join(f"`{name}`" for name in ONE_FOR_ALL)
    return (
        f"Under `{SET}` stand the sections that differ: mappings and named lists are merged with the rest of the file, "
        f"everything else replaces it, null takes a named entry out. The same for all programmes are {outside}."
    )


def _table(kind: type) -> str:
    rows = [
        f"| `{each.name}` | {_kind_words(each, kind)} | {_default(kind, each)} | {_cell(each.doc)} |"
        for each in settings_of(kind).values()
    ]
    if kind is Programme:
        rows.append(f"| `{SET}` | mapping | `{{}}` | The settings that differ. |")
    short = short_field(kind) if naming_field(kind) else None
    more = f"\n\nIn short: `name: {short}`." if short else ""
    return "| key | written | default | |\n|---|---|---|---|\n" + "\n".join(rows) + more


def _kind_words(setting: Setting, kind: type | None = None) -> str:
    special = _SPECIAL.get((kind, setting.name)) if kind is not None else None
    words = special[0] if special else _type_words(setting.type, setting.only)
    if setting.between is not None:
        words += f" from {setting.between[0]:g} to {setting.between[1]:g}"
    return f"{words} or null" if setting.is_nullable else words


def _type_words(kind: Any, only: tuple[StrEnum, ...] | None = None) -> str:
    if get_origin(kind) is Choice:
        return f"{_type_words(get_args(kind)[0])}, [by case](#values-that-differ-from-case-to-case)"
    if is_union(kind):
        return " or ".join(_type_words(each) for each in get_args(kind))
    pair = pair_of(kind)
    if pair is not None:
        return f"mapping of {_type_words(pair[0])} to {_type_words(pair[1])}"
    item = item_of(kind)
    if item is not None:
        return "[named list](#named-lists)" if naming_field(item) else f"list of {_type_words(item, only)}"
    if is_record(kind):
        return "mapping"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f"`{each}`" for each in only or kind)
    return _WORDS[kind]


def _default(kind: type, setting: Setting) -> str:
    if setting.is_required:
        return "**required**"
    if is_record(setting.type):
        return ""
    special = _SPECIAL.get((kind, setting.name))
    value = special[1] if special else written(setting.default)
    if isinstance(value, str):
        return f"`{value}`" if value else "empty"
    if pair_of(setting.type) is not None:
        value = dict(value)
    text = json.dumps(value, ensure_ascii=False).replace('"', "")
    return f"`{_cell(text)}`" if len(text) <= _DEFAULT_MAX else "see `config/defaults/rules.yaml`"


def _facts() -> str:
    rows = [f"| `{name}` | {fact.type} | {_cell(fact.doc)} | {fact.source} |" for name, fact in FACTS.items()]
    return (
        "## Facts of a case\n\nWhat conditions, tables and bands may ask. Your own are declared under [`facts`](#facts) and "
        "mapped in the connection's mapping.\n\n| fact | type | | from |\n|---|---|---|---|\n" + "\n".join(rows)
    )


def _functions() -> str:
    rows = [f"| `{each.signature}` | {_cell(each.doc)} | {_example(each)} |" for each in FUNCTIONS.values()]
    return "## Functions\n\n| function | | example |\n|---|---|---|\n" + "\n".join(rows)


def _example(function: Function) -> str:
    example = f"`{_cell(function.example)}`"
    return f"{example} gives `{function.gives}`" if function.gives else example


@cache
def section_examples() -> dict[str, str]:
    """Return the example of each section as it stands in the file."""
    parts = _SECTION.split(EXAMPLES.read_text(encoding="utf-8"))[1:]
    return {part.partition(":")[0]: part.rstrip() for part in parts}


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

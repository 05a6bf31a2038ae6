"""The JSON Schema of rules.yaml, made from the same dataclasses as its reader.

It serves editors: completion, words for each key, and mistakes underlined while typing. What the reader accepts, the schema
accepts; the reader knows more (types of expressions, names that refer to each other). `make docs` writes the file anew.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from config.choices import BAND, BY, ELSE, THEN, WHEN
from config.policy import ONE_FOR_ALL, SET, WEEKDAYS
from config.shape import Setting, is_record, is_union, item_of, naming_field, pair_of, settings_of, short_field
from config.written import written
from rules.choice import Choice
from rules.expression import Condition, Formula
from rules.facts import FACTS
from rules.policy import Policy
from rules.primitives.programmes import Programme
from rules.records import Money
from rules.span import Calendar, Span
from rules.values import Percent

SCHEMAS: Final = Path(__file__).parent / "schema"
SCHEMA_FILE: Final = SCHEMAS / "rules.schema.json"

Schema = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_NULL: Final[Schema] = {"type": "null"}
_NUMBER: Final = r"[0-9]+(\.[0-9]+)?"
_AMOUNT: Final = r"([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?"
_PLAIN: Final[Mapping[Any, Schema]] = {
    str: {"type": ["string", "number", "boolean"]},  # what is written without quotes stays its text
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0},
    float: {"type": "number", "minimum": 0},
    Decimal: {"type": ["number", "string"], "pattern": rf"^-?{_NUMBER}$", "examples": [100, 2.5]},
    Percent: {
        "type": ["number", "string"],
        "pattern": rf"^{_NUMBER}\s*%?$",
        "minimum": 0,
        "maximum": 100,
        "examples": ["10 %", 12.5],
    },
    Money: {
        "type": "string",
        "pattern": rf"^({_AMOUNT}\s*[A-Z]{{3}}|[A-Z]{{3}}\s*{_AMOUNT})$",
        "examples": ["5000 USD", "18600.50 EUR"],
    },
    Span: {
        "type": "string",
        "pattern": rf"^{_NUMBER}\s*([Bb]usiness\s+|[Ww]orking\s+)?[A-Za-z]+$",
        "examples": ["90 days", "12 months", "24 h", "30 min", "3 business days", "16 business h"],
    },
    date: {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": ["2026-12-25"]},
    time: {"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?$", "examples": ["09:00"]},
    Formula: {"type": ["string", "number"], "examples": ["deal.amount * 0.8"]},
}
_DAY_NAMES: Final = (*WEEKDAYS, "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# What a type alone does not tell.
_SPECIAL: Final[Mapping[tuple[type, str], Schema]] = {
    (Calendar, "weekdays"): {
        "type": ["array", "null"],
        "items": {"enum": list(_DAY_NAMES)},
        "default": list(WEEKDAYS[:5]),
    },
    (Policy, "currency"): {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["USD", "EUR"]},
    (Policy, "zone"): {"type": "string", "examples": ["UTC", "Europe/Berlin", "America/New_York"]},
}


def rules_schema() -> Schema:
    """Return the schema of rules.yaml."""
    found = Definitions()
    root = found.properties(Policy)
    return {
        "$schema": DRAFT,
        "title": "Registrar rules",
        "description": "Who may register which deal. Every line is optional.",
        **root,
        "$defs": dict(sorted(found.definitions.items())),
    }


def schema_text(schema: Schema) -> str:
    """Return a schema as its file holds it."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


class Definitions:
    """Schemas of types; those that are used by name are kept in `definitions`.

    special: schemas by setting, for what a type alone does not tell. types: schemas of further types.
    """

    def __init__(
        self, special: Mapping[tuple[type, str], Schema] = _SPECIAL, types: Mapping[Any, Schema] | None = None
    ) -> None:
        self.definitions: dict[str, Schema] = {}
        self._special = special
        self._types = {**_PLAIN, **(types or {})}

    def properties(self, kind: type, *, without: Collection[str] = (), is_partial: bool = False) -> Schema:
        """Return the schema of a record's mapping. is_partial: nothing must be written, as in a programme's `set`."""
        settings = [each for each in settings_of(kind).values() if each.name not in without]
        found = {each.name: self._setting(kind, each) for each in settings}
        if kind is Programme:
            found[SET] = self._kept("Set", lambda: self.properties(Policy, without=ONE_FOR_ALL, is_partial=True))
        needed = [each.name for each in settings if each.is_required]
        return {
            "type": "object",
            "properties": found,
            "additionalProperties": False,
            **({"required": needed} if needed and not is_partial else {}),
        }

    def _setting(self, kind: type, setting: Setting) -> Schema:
        found = self._special.get((kind, setting.name)) or self._type(setting.type, setting)
        told: Schema = {"description": setting.doc} if setting.doc else {}
        if not setting.is_required and not is_record(setting.type):
            told["default"] = written(setting.default)
        return {**told, **_or_null(found, setting.is_nullable)}

    def _type(self, kind: Any, setting: Setting | None = None) -> Schema:
        if kind in self._types and (setting is None or setting.between is None):
            return dict(self._types[kind])
        if get_origin(kind) is Choice:
            return self._choice(get_args(kind)[0])
        if is_union(kind):
            return {"anyOf": [self._type(each) for each in get_args(kind)]}
        if kind is Condition:
            return self._kept("Condition", self._condition)
        pair = pair_of(kind)
        if pair is not None:
            return {"type": ["object", "null"], "additionalProperties": self._type(pair[1])}
        item = item_of(kind)
        if item is not None:
            return self._several(item, setting)
        if is_record(kind):
            return self._kept(kind.__name__, lambda: _or_null(self.properties(kind), is_nullable=True))
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return {"enum": [str(each) for each in (setting and setting.only) or kind]}
        between = {} if setting is None or setting.between is None else _limits(setting.between)
        return {**self._types[kind], **between}

    def _several(self, item: Any, setting: Setting | None) -> Schema:
        listed: Schema = {"type": ["array", "null"], "items": self._type(item, setting)}
        naming = naming_field(item)
        if naming is None:
            return listed
        name = f"{item.__name__}ByName"
        return {"anyOf": [listed, self._kept(name, lambda: self._by_name(item, naming))]}

    def _by_name(self, item: type, naming: str) -> Schema:
        """Return the schema of named records written as a mapping; null takes one out."""
        one = self.properties(item, without=(naming,), is_partial=True)
        short = short_field(item)
        forms = [one, _NULL, *([self._type(settings_of(item)[short].type)] if short is not None else [])]
        return {"type": "object", "additionalProperties": {"anyOf": forms}}

    def _choice(self, kind: Any) -> Schema:
        names = [each.__name__ for each in (get_args(kind) if is_union(kind) else (kind,))]
        return self._kept(f"ChoiceOf{'Or'.join(name.capitalize() for name in names)}", lambda: self._forms(kind))

    def _forms(self, kind: Any) -> Schema:
        one = self._type(kind)
        row = {"anyOf": [one, _NULL]}
        fact = self._kept(
            "Fact", lambda: {"anyOf": [{"enum": list(FACTS)}, {"type": "string", "pattern": r"^\w+\.\w+$"}]}
        )
        by: Schema = {"type": "object", "properties": {BY: fact}, "required": [BY], "additionalProperties": row}
        bands: Schema = {
            "type": "object",
            "properties": {BAND: fact, ELSE: row},
            "required": [BAND],
            "patternProperties": {r"^[A-Z0-9.,\s]+$": row},
            "additionalProperties": False,
        }
        when: Schema = {
            "type": "object",
            "properties": {WHEN: self._type(Condition), THEN: row},
            "required": [WHEN, THEN],
            "additionalProperties": False,
        }
        last: Schema = {"type": "object", "properties": {ELSE: row}, "required": [ELSE], "additionalProperties": False}
        lines = {"type": "array", "minItems": 1, "items": {"anyOf": [when, last]}}
        return {"anyOf": [one, by, bands, lines]}

    def _condition(self) -> Schema:
        several = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Condition"}}
        joined = {"all": several, "any": several, "not": {"$ref": "#/$defs/Condition"}}
        forms: list[Schema] = [
            {"type": "object", "properties": {word: inner}, "required": [word], "additionalProperties": False}
            for word, inner in joined.items()
        ]
        text = {"type": ["string", "boolean"], "examples": ['partner.tier == "gold"', "deal.amount > 20000 USD"]}
        return {"anyOf": [text, *forms]}

    def _kept(self, name: str, make: Any) -> Schema:
        """Return a reference to a definition, which is made when it is first asked for."""
        if name not in self.definitions:
            self.definitions[name] = {}  # so that a type may hold itself
            self.definitions[name] = make()
        return {"$ref": f"#/$defs/{name}"}


def _or_null(found: Schema, is_nullable: bool) -> Schema:
    return {"anyOf": [found, _NULL]} if is_nullable else found


def _limits(between: tuple[float, float]) -> Schema:
    return {"minimum": between[0], "maximum": between[1]}

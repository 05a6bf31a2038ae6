"""The JSON Schema of files of cases, made from the records that config/cases.py reads them into (rules/trial/script.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from config.cases import DETAILS
from config.json_schema import DRAFT, SCHEMAS, Definitions, Schema
from rules.records import Facts
from rules.trial.given import ClaimGiven, Given, ProofGiven, RegistrationGiven
from rules.trial.script import Act, Expected, Verb

CASES_SCHEMA_FILE: Final = SCHEMAS / "cases.schema.json"

_TEXT: Final[Schema] = {"type": ["string", "number", "boolean"]}
_TIME: Final[Schema] = {
    "type": "string",
    "pattern": "^(\\+|[0-9]{4}-[0-9]{2}-[0-9]{2})",
    "examples": ["2026-03-02 09:00", "+ 3 days"],
}
_ANY_MAPPING: Final[Schema] = {"type": ["object", "null"]}


def cases_schema() -> Schema:
    """Return the schema of a file of cases."""
    found = _definitions()
    given = {**found.properties(Given), "description": "How things stand before anything happens."}
    then = _expected(found)
    found.definitions["Then"] = then
    found.definitions["Case"] = {
        "type": "object",
        "properties": {
            "name": {"description": "What it shows, where cases are a list.", **_TEXT},
            "given": given,
            "when": {
                "description": "What happens, in order.",
                "type": ["array", "null"],
                "items": {"anyOf": [_event(found, verb) for verb in Verb] + [_only({"at": _TIME})]},
            },
            "then": {"$ref": "#/$defs/Then"},
            "set": {"description": "Settings laid over the rules for this case.", "$ref": "rules.schema.json"},
        },
        "additionalProperties": False,
    }
    case: Schema = {"$ref": "#/$defs/Case"}
    return {
        "$schema": DRAFT,
        "title": "Registrar cases",
        "description": "Cases for `registrar rules test`.",
        **_only(
            {
                "rules": {"description": "The rules they try; by default the rules.yaml beside.", "type": "string"},
                "cases": {
                    "anyOf": [{"type": "array", "items": case}, {"type": "object", "additionalProperties": case}]
                },
            },
            required=["cases"],
        ),
        "$defs": dict(sorted(found.definitions.items())),
    }


def _definitions() -> Definitions:
    special: dict[tuple[type, str], Schema] = {
        (Given, "rates"): {"type": ["object", "null"], "examples": [{"EUR": 1.09}]},
        (Expected, "rewards"): {"type": ["object", "string"], "examples": [{"registration": "10 %"}, "none"]},
        (Expected, "due"): {"type": "object", "additionalProperties": _TIME},
    }
    found = Definitions(special, types={datetime: _TIME, Facts: _ANY_MAPPING})
    proof = {"anyOf": [{"type": "string"}, found.properties(ProofGiven)]}
    for kind in (ClaimGiven, RegistrationGiven):
        special[kind, "evidence"] = {"type": ["array", "null"], "items": proof}
    return found


def _event(found: Definitions, verb: Verb) -> Schema:
    """Return the schema of one kind of event: when, the verb with whom it is about, and what there is to say of it."""
    if verb is Verb.THEN:
        return _only({"at": _TIME, "then": {"$ref": "#/$defs/Then"}}, required=["then"])
    detail = found.properties(DETAILS.get(verb, Act), without=("name",), is_partial=True)
    return _only({"at": _TIME, verb: _TEXT, **_without(detail["properties"], verb)}, required=[str(verb)])


def _expected(found: Definitions) -> Schema:
    whole = found.properties(Expected, without=("name",), is_partial=True)
    return {
        "description": "How each submission then stands; its status alone, or more.",
        "type": ["object", "null"],
        "additionalProperties": {"anyOf": [{"type": "string"}, whole]},
    }


def _only(properties: dict[str, Any], *, required: list[str] | None = None) -> Schema:
    needed = {"required": required} if required else {}
    return {"type": "object", "properties": properties, "additionalProperties": False, **needed}


def _without(properties: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: each for key, each in properties.items() if key != name}

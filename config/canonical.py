"""A policy's values as canonical JSON: what its hash is taken over, and what the ledger remembers of it.

Comments, the order of lines and the way a value was written make no difference; conditions count by their text. A
programme holds only what it makes different, so that the text stays short.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from rules.choice import Choice
from rules.expression import Condition, Formula
from rules.policy import Policy
from rules.primitives.programmes import Programme

_HASH_LENGTH: Final = 32


def policy_hash(policy: Policy) -> str:
    """Return the name under which the ledger keeps this policy."""
    return sha256(policy_text(policy).encode()).hexdigest()[:_HASH_LENGTH]


def policy_text(policy: Policy) -> str:
    """Return the policy's values as canonical JSON."""
    values = {name: plain_value(value) for name, value in _values(policy).items() if name != "programmes"}
    values["programmes"] = [_programme(each, policy) for each in policy.programmes]
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain_value(value: Any) -> Any:
    """Return a setting's value as JSON can hold it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | Decimal | date | time):
        return str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Condition | Formula):
        return value.text
    if isinstance(value, Choice):
        return [[row.when.text if row.when is not None else None, plain_value(row.value)] for row in value.rows]
    if isinstance(value, frozenset):
        return sorted((plain_value(each) for each in value), key=str)
    if isinstance(value, tuple):
        return [plain_value(each) for each in value]
    assert is_dataclass(value), type(value)
    return {name: plain_value(each) for name, each in _values(value).items()}


def _programme(programme: Programme, base: Policy) -> dict[str, Any]:
    own, under = _values(programme.policy), _values(base)
    changed = {name: plain_value(value) for name, value in own.items() if name != "programmes" and value != under[name]}
    rest = {name: plain_value(value) for name, value in _values(programme).items() if name != "policy"}
    return {**rest, "set": changed}


def _values(record: Any) -> dict[str, Any]:
    return {each.name: getattr(record, each.name) for each in fields(record) if each.name != "hash"}

"""Three-way compare of one linked row's ledger-owned fields: what was agreed, what somebody edited, what must be written.

For each field there are three values: base (the last value both sides are known to have agreed on), observed (what the CRM
holds) and wanted (what the ledger says). All three are in the CRM's own vocabulary. Equality forgives what CRMs are known
to do to text, so that a CRM that rewrites our value does not look like a person. Pure; sync/drift.py acts on the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rules.fields import FieldType, Value, Values

# A CRM that cuts a long text at its field's length keeps a head of it; nobody types exactly that head by chance.
CUT_LENGTH_MIN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A ledger-owned value that somebody else changed: it equals neither the base nor what is wanted."""

    name: str
    base: Value
    observed: Value
    wanted: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """agreed: fields whose observed value is as wanted while the base is not: the new base. writes: what to set."""

    agreed: Values
    edits: tuple[Edit, ...]
    writes: Values


def compare(*, base: Values, observed: Values, wanted: Values, types: Mapping[str, FieldType]) -> Comparison:
    """Return what to do about each wanted field of one row.

    A field that the CRM does not show (absent in observed) is judged by the base alone. A field without a base was never
    agreed: what stands there is what people left before Registrar came, and no edit.
    """
    agreed: dict[str, Value] = {}
    edits: list[Edit] = []
    writes: dict[str, Value] = {}
    for name, value in wanted.items():
        kind = types.get(name, FieldType.TEXT)
        seen = observed[name] if name in observed else base.get(name)
        if is_same(seen, value, kind) and (name in observed or name in base):
            if name not in base or not is_same(base[name], value, kind):
                agreed[name] = value
            continue
        writes[name] = value
        if name in observed and name in base and not is_same(seen, base[name], kind):
            edits.append(Edit(name=name, base=base[name], observed=seen, wanted=value))
    return Comparison(agreed=agreed, edits=tuple(edits), writes=writes)


def is_same(left: Value, right: Value, kind: FieldType = FieldType.TEXT) -> bool:
    """Tell whether two canonical values mean the same after what CRMs do to them: trim, cut, lose fractions."""
    if left == right:
        return True
    if left in (None, "", []) or right in (None, "", []):
        return left in (None, "", []) and right in (None, "", [])
    if not isinstance(left, str) or not isinstance(right, str):
        return False
    if kind is FieldType.INSTANT:
        return left[:19] == right[:19]  # Salesforce keeps whole seconds
    if kind is FieldType.TEXT:
        left, right = " ".join(left.split()), " ".join(right.split())
        short, long = sorted((left, right), key=len)
        return left == right or (len(short) >= CUT_LENGTH_MIN and long.startswith(short))
    return False

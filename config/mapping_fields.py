"""Read the fields of a stream: canonical name to CRM field or association, with access, target and vocabularies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from config.mapping_own import check_money, is_own, read_own
from config.merge import expanded
from config.reading import Problems, choice, known_keys, nearest, one_of, shown, table, text
from config.source import Node, Scalar, Table
from rules.fields import CANONICAL, LEDGER_OWNED, FieldType, Stream
from rules.mapping import Access, FieldMap, Place
from rules.reasons import Family
from rules.records import Standing

_KEYS: Final = ("field", "association", "label", "target", "access", "values", "writes")
_CHOICES: Final = frozenset({FieldType.CHOICE, FieldType.CHOICES})
_DERIVED: Final = frozenset({"is_closed", "is_won", "cross_ref"})  # nobody sets these; the CRM tells them


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Which streams references may name. removed: taken out by the admin; references to them keep their id, unresolved."""

    mapped: frozenset[Stream]
    removed: frozenset[str]


def read_fields(
    stream: Stream, node: Node | None, key: str, place: Place, targets: Targets, problems: Problems
) -> dict[str, FieldMap]:
    """Return the mapped fields by canonical name, noting every problem.

    place: of the stream, for what is missing.
    """
    if node is None:
        problems.add(place, key, "is missing.", "Map canonical fields to the CRM's.")
        return {}
    lines = table(node, key, problems)
    canonical = CANONICAL[stream]
    found: dict[str, FieldMap] = {}
    for name, line in lines.items.items():
        path, at = f"{key}.{name}", lines.key_places[name]
        if name in canonical:
            one = _field(stream, name, line, path, at, targets, problems)
        elif is_own(line):
            one = read_own(stream, name, line, path, at, problems)
        else:
            one = None
            _unknown(name, line, canonical, path, at, problems)
        if one is not None:
            found[name] = one
    _check_written_twice(found, key, problems)
    check_money(stream, found, key, problems)
    return found


def _unknown(name: str, line: Node, canonical: Collection[str], key: str, place: Place, problems: Problems) -> None:
    near = nearest(name, canonical)
    hint = f"Did you mean {near}? " if near else ""
    crm_field = line.text if isinstance(line, Scalar) and not line.is_null else "NAME"
    hint += f"A field of your own needs a type: {name}: {{field: {crm_field}, type: text}}."
    problems.add(place, key, "is not known here.", hint)


def _field(
    stream: Stream, name: str, node: Node, key: str, place: Place, targets: Targets, problems: Problems
) -> FieldMap | None:
    part = table(expanded(node), key, problems)
    known_keys(_without_type(part, name, key, problems), _KEYS, key, problems)
    crm_field = _optional_text(part, "field", key, problems)
    association = _optional_text(part, "association", key, problems)
    label = _optional_text(part, "label", key, problems)
    if "field" in part.items and "association" in part.items:
        problems.add(place, key, "has both a field and an association; expected one of them.")
    if "field" not in part.items and "association" not in part.items:
        problems.add(place, key, f"is {shown(node)}; it names no CRM field.", "Write the CRM's API name of it.")
    if "label" in part.items and "association" not in part.items:
        problems.add(part.key_places["label"], f"{key}.label", "is for associations only.", "Remove it.")
    access = choice(part.items["access"], Access, f"{key}.access", problems) if "access" in part.items else Access.READ
    access = access or Access.READ
    _check_access(stream, name, access, key, part.key_places.get("access", place), problems)
    field_type = CANONICAL[stream][name]
    values, writes = _vocabularies(stream, name, field_type, part, key, problems)
    target = _target(name, field_type, part, key, place, targets, problems)
    if crm_field is None and association is None:
        return None
    return FieldMap(
        name=name,
        crm_field=crm_field,
        type=field_type,
        access=access,
        association=association,
        label=label,
        target=target,
        values=values,
        writes=writes,
        place=place,
    )


def _without_type(part: Table, name: str, key: str, problems: Problems) -> Table:
    """Return the part without a type, which only fields of the vendor's own have, noting that it stands there."""
    if "type" not in part.items:
        return part
    hint = "Remove it; or choose another name, if it is a field of your own."
    problems.add(part.key_places["type"], f"{key}.type", f"is not yours to say: {name} is known to Registrar.", hint)
    places = {each: place for each, place in part.key_places.items() if each != "type"}
    return Table(place=part.place, items=part.items, key_places=places)


def _optional_text(part: Table, name: str, key: str, problems: Problems) -> str | None:
    return text(part.items[name], f"{key}.{name}", problems) if name in part.items else None


def _check_access(stream: Stream, name: str, access: Access, key: str, place: Place, problems: Problems) -> None:
    if access is Access.READ or name in LEDGER_OWNED.get(stream, frozenset()):
        return
    if stream is Stream.OPPORTUNITIES and name not in _DERIVED:
        return  # needed where Registrar creates opportunities
    owned = ", ".join(sorted(LEDGER_OWNED.get(stream, frozenset()))) or f"nothing in {stream}"
    problems.add(place, f"{key}.access", f"is {access}, but Registrar writes only: {owned}.", "Write access: read.")


def _target(
    name: str, field_type: FieldType, part: Table, key: str, place: Place, targets: Targets, problems: Problems
) -> Stream | None:
    if "target" not in part.items:
        if field_type is FieldType.REF and name != "cross_ref":
            problems.add(place, key, "refers to another record and names no target.", one_of(sorted(targets.mapped)))
        return None
    at = part.items["target"].place
    if field_type is not FieldType.REF or name == "cross_ref":
        problems.add(at, f"{key}.target", f"has no use on a field of type {field_type}.", "Remove it.")
        return None
    target = choice(part.items["target"], Stream, f"{key}.target", problems)
    if target in targets.removed:
        return None
    if target is not None and target not in targets.mapped:
        hint = f"Map the stream {target}, or take the field out with {name}: null."
        problems.add(at, f"{key}.target", f"is {target}, which this connection does not map.", hint)
    return target


def _vocabularies(
    stream: Stream, name: str, field_type: FieldType, part: Table, key: str, problems: Problems
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return `values` (CRM to ours) and `writes` (ours to CRM), refusing each where nothing would use it."""
    is_owned = name in LEDGER_OWNED.get(stream, frozenset())
    values = _words(part, "values", key, problems)
    writes = _words(part, "writes", key, problems)
    if "values" in part.items and (field_type not in _CHOICES or is_owned):
        hint = "Put statuses under the stream's status:." if field_type is FieldType.STATUS else "Remove them."
        if is_owned and field_type in _CHOICES:
            hint = "Write writes: (ours to the CRM's) instead."
        problems.add(part.key_places["values"], f"{key}.values", f"have no use on {name}.", hint)
    if "writes" in part.items and not (field_type in _CHOICES and is_owned):
        problems.add(part.key_places["writes"], f"{key}.writes", f"have no use on {name}.", "Remove them.")
    if name == "reason":
        _check_families(part, writes, key, problems)
    if name == "partner_standing":
        known = [str(each) for each in Standing]
        lines = table(part.items["values"], f"{key}.values", Problems()) if "values" in part.items else None
        for crm_value, standing in values.items():
            if standing not in known and lines is not None:
                at = lines.items[crm_value].place
                problems.add(at, f"{key}.values.{crm_value}", f"is {standing!r}.", one_of(known, standing))
    return values, writes


def _check_families(part: Table, writes: Mapping[str, str], key: str, problems: Problems) -> None:
    """Note reason families that do not exist, and those for which the CRM would have no value."""
    known = (*(str(each) for each in Family), "*")
    for family in writes:
        if family not in known:
            at = table(part.items["writes"], key, problems).key_places[family]
            problems.add(at, f"{key}.writes.{family}", "is no reason family.", one_of(known, family))
    missing = [family for family in known if family not in writes and family != "*"]
    if writes and missing and "*" not in writes:
        place = part.key_places["writes"]
        problems.add(place, f"{key}.writes", f"lacks {', '.join(missing)}.", 'Add them, or "*" for every other one.')


def _words(part: Table, name: str, key: str, problems: Problems) -> dict[str, str]:
    if name not in part.items:
        return {}
    lines = table(part.items[name], f"{key}.{name}", problems)
    read = {word: text(node, f"{key}.{name}.{word}", problems) for word, node in lines.items.items()}
    return {word: value for word, value in read.items() if value is not None}


def _check_written_twice(fields: Mapping[str, FieldMap], key: str, problems: Problems) -> None:
    writers: dict[str, str] = {}
    for name, field in fields.items():
        if field.access is Access.READ or field.crm_field is None:
            continue
        other = writers.setdefault(field.crm_field, name)
        if other != name:
            message = f"is written to {field.crm_field}, as {other} is; they would overwrite each other."
            problems.add(field.place, f"{key}.{name}", message, "Give each a field of its own.")

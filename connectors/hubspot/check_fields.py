"""Judge one stream's mapping against its object's properties, association labels and pipelines; pure.

Source: HubSpot docs, properties, associations and pipelines guides; which facts matter is said at each check.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from connectors.hubspot.portal import LabelFact, PropertyFact, StageFact
from connectors.hubspot.translate import STAGES
from connectors.mapping import OPTIONAL
from connectors.port import Severity
from rules.fields import FieldType
from rules.mapping import Access, Compare, FieldMap, StatusMap, StreamMap

_TEXTUAL: Final = frozenset({"string", "enumeration", "phone_number"})
READABLE: Final[Mapping[FieldType, frozenset[str]]] = {
    FieldType.TEXT: _TEXTUAL | {"number", "bool"},
    FieldType.DECIMAL: frozenset({"number"}),
    FieldType.INTEGER: frozenset({"number"}),
    FieldType.BOOL: frozenset({"bool", "enumeration"}),
    FieldType.DATE: frozenset({"date", "datetime"}),
    FieldType.INSTANT: frozenset({"datetime", "date"}),
    FieldType.CHOICE: frozenset({"enumeration", "string"}),
    FieldType.CHOICES: frozenset({"enumeration", "string"}),
    FieldType.REF: frozenset({"string", "number", "enumeration"}),
    FieldType.LINES: frozenset({"string"}),
    FieldType.STATUS: frozenset({"enumeration", "string"}),
}
_PIPELINES: Final = frozenset({"pipeline", "hs_pipeline"})
_BY_STAGE: Final = frozenset({"is_closed", "is_won"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding that does not yet know its connection."""

    severity: Severity
    code: str
    message: str
    advice: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the account shows of one object. labels: by object type at the other end. pipelines: None where not asked."""

    properties: Mapping[str, PropertyFact]
    labels: Mapping[str, tuple[LabelFact, ...]]
    pipelines: Mapping[str, Mapping[str, StageFact]] | None


def stream_findings(stream_map: StreamMap, shown: Shown) -> Iterator[Found]:
    """Return what is wrong with one stream."""
    for field in stream_map.fields.values():
        if field.association is not None:
            yield from _label(stream_map, field, shown)
            continue
        fact = shown.properties.get(field.crm_field or "")
        if fact is None:
            yield _missing(stream_map, field, shown)
        else:
            yield from _property(stream_map, field, fact, shown)
    yield from _filter(stream_map, shown)
    if stream_map.writable():
        yield from _external_id(stream_map, shown)
        yield from _witness(stream_map, shown)


def _label(stream_map: StreamMap, field: FieldMap, shown: Shown) -> Iterator[Found]:
    assert field.association is not None, field
    where = f"{stream_map.object_name} to {field.association}"
    if field.label is None:
        if field.access is not Access.READ:
            yield _error(
                "label_needed",
                f"{field.name} is to be written to {where} without a label: whose link it is could not be told.",
                "Name an association label of your own, such as Registering partner.",
                field,
            )
        return
    known = {(each.label or "").casefold() for each in shown.labels.get(field.association, ())}
    if field.label.casefold() not in known:
        names = [each.label for each in shown.labels.get(field.association, ()) if each.label]
        yield _error(
            "label_missing",
            f"{where} has no association label {field.label!r} (for {field.name}).{_near(field.label, names)}",
            "Create the label (Settings, Objects, Associations), or correct the mapping.",
            field,
        )


def _missing(stream_map: StreamMap, field: FieldMap, shown: Shown) -> Found:
    is_optional = field.name in OPTIONAL.get(stream_map.stream, frozenset())
    return _found(
        Severity.WARNING if is_optional else Severity.ERROR,
        "field_missing",
        f"{stream_map.object_name}.{field.crm_field} (for {field.name}) does not exist."
        f"{_near(field.crm_field or '', shown.properties)}",
        "Create the property, or correct the mapping.",
        field,
    )


def _property(stream_map: StreamMap, field: FieldMap, fact: PropertyFact, shown: Shown) -> Iterator[Found]:
    where = f"{stream_map.object_name}.{fact.name}"
    is_by_stage = field.name in _BY_STAGE and fact.name in STAGES
    if fact.type and fact.type not in READABLE[field.type] and not is_by_stage:
        yield _error(
            "field_type",
            f"{where} is of type {fact.type}, which cannot be read as {field.type}.",
            f"Map a property of type {' or '.join(sorted(READABLE[field.type]))} to {field.name}.",
            field,
        )
    if field.access is not Access.READ and fact.is_read_only:
        yield _error(
            "field_not_writable",
            f"{where} is read-only, but {field.name} is to be written to it.",
            "Map a property that may be edited, or map it with access: read.",
            field,
        )
    yield from _words(stream_map, field, fact, shown, where)
    yield from _lock_words(stream_map, field, fact, shown, where)


def _words(stream_map: StreamMap, field: FieldMap, fact: PropertyFact, shown: Shown, where: str) -> Iterator[Found]:
    """Compare the property's options, or the pipelines' stages, with what we send and what we expect to read."""
    stages = {name: stage for each in (shown.pipelines or {}).values() for name, stage in each.items()}
    is_stage = fact.name in STAGES
    known: Collection[str] = stages if is_stage else fact.options
    if not known:
        return  # plain text, or options that live elsewhere
    status = stream_map.status if field.type is FieldType.STATUS else None
    sent = {*field.writes.values(), *(status.write.values() if status is not None else ())}
    if field.access is Access.READ:
        sent = set()
    kind = "stage" if is_stage else "option"
    for word in sorted(sent - set(known)):
        purpose = _for_status(status, word)
        yield _error(
            "option_missing",
            f"{where} has no {kind} {word!r}, which is to be written{purpose}.{_near(word, known)}",
            f"Add the {kind}, or correct the mapping; what counts is its internal value, not its label.",
            _written_at(field, status, word),
        )
    for word in sorted(each for each in sent if each in stages and is_stage and not stages[each].is_writable):
        yield _error(
            "stage_locked",
            f"{where}: the stage {word!r} does not take records from apps.",
            "Allow edits in the pipeline's settings, or correct the mapping.",
            _written_at(field, status, word),
        )
    expected = {*field.values, *(status.commands if status is not None else ())} - sent
    for word in sorted(expected - set(known)):
        yield _warning(
            "option_missing",
            f"{where} has no {kind} {word!r}, which the mapping expects.{_near(word, known)}",
            "Correct the mapping, if the value was renamed.",
            _written_at(field, status, word),
        )


def _lock_words(
    stream_map: StreamMap, field: FieldMap, fact: PropertyFact, shown: Shown, where: str
) -> Iterator[Found]:
    """Compare the options or stages with the words of `locks`: a misspelt state would lock nothing."""
    words = stream_map.locks.words(field.name) if stream_map.locks is not None else {}
    stages = {name for each in (shown.pipelines or {}).values() for name in each}
    is_stage = fact.name in STAGES
    known: Collection[str] = stages if is_stage else fact.options
    for word in sorted(words.keys() - set(known)) if known else ():
        yield _error(
            "lock_state_missing",
            f"{where} has no {'stage' if is_stage else 'option'} {word!r}, which `locks` name.{_near(word, known)}",
            "Name the internal value, not the label.",
            replace(field, place=words[word]),
        )


def _for_status(status: StatusMap | None, word: str) -> str:
    names = status.writers_of(word) if status is not None else ()
    return f" for the status {', '.join(names)}" if names else ""


def _written_at(field: FieldMap, status: StatusMap | None, word: str) -> FieldMap:
    """Return the field as it is to be blamed for a word: with the word's own line where it stands in the status map."""
    is_status = status is not None and word in (*status.write.values(), *status.commands)
    return replace(field, place=status.place_of(word)) if status is not None and is_status else field


def _filter(stream_map: StreamMap, shown: Shown) -> Iterator[Found]:
    for condition in stream_map.where:
        where = f"{stream_map.object_name}.{condition.field}"
        fact = shown.properties.get(condition.field)
        if fact is None:
            yield Found(
                severity=Severity.ERROR,
                code="filter_field",
                message=f"{where} in `where` does not exist.{_near(condition.field, shown.properties)}",
                advice="Filter on a property that exists.",
                place=str(stream_map.place),
            )
            continue
        if condition.compare in (Compare.IS_SET, Compare.IS_EMPTY):
            continue
        known: Collection[str] = fact.options
        if condition.field in _PIPELINES:
            known = shown.pipelines or ()
        elif condition.field in STAGES:
            known = {name for stages in (shown.pipelines or {}).values() for name in stages}
        for word in sorted(set(condition.values) - set(known)) if known else ():
            yield Found(
                severity=Severity.ERROR,
                code="filter_value",
                message=f"{where} in `where` never holds {word!r}.{_near(word, known)}",
                advice="Name the internal value or id, as the account has it; not the label.",
                place=str(stream_map.place),
            )


def _external_id(stream_map: StreamMap, shown: Shown) -> Iterator[Found]:
    """Only a unique property keeps a repeated create from making a second record; it cannot be made unique later."""
    name = stream_map.external_id
    fact = shown.properties.get(name or "")
    if name is None:
        code, message = "external_id_missing", f"{stream_map.object_name} has no external_id in the mapping."
    elif fact is None:
        code, message = "external_id_missing", f"{stream_map.object_name}.{name} does not exist."
    elif not fact.is_unique:
        code = "external_id_not_unique"
        message = f"{stream_map.object_name}.{name} does not demand unique values."
    else:
        return
    yield Found(
        severity=Severity.ERROR,
        code=code,
        message=message,
        advice="Create a single-line text property with unique values, and name it as external_id.",
        place=str(stream_map.place),
    )


def _witness(stream_map: StreamMap, shown: Shown) -> Iterator[Found]:
    """The write witness tells our own writes from a person's; without it two promises hold only in part."""
    field = stream_map.fields.get("rev")
    if field is None:
        yield Found(
            severity=Severity.WARNING,
            code="witness_missing",
            message=f"{stream_map.object_name} has no property mapped to rev: a lost answer is harder to settle.",
            advice="Create a number property and map it to rev with access: both.",
            place=str(stream_map.place),
        )
    elif field.access is Access.READ and shown.properties.get(field.crm_field or "") is not None:
        yield _error(
            "witness_unfit",
            f"{stream_map.object_name}.{field.crm_field} is the write witness but is mapped to be read only.",
            "Map it with access: both.",
            field,
        )


def _near(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f" The nearest is {near[0]}." if near else ""


def _error(code: str, message: str, advice: str, field: FieldMap) -> Found:
    return _found(Severity.ERROR, code, message, advice, field)


def _warning(code: str, message: str, advice: str, field: FieldMap) -> Found:
    return _found(Severity.WARNING, code, message, advice, field)


def _found(severity: Severity, code: str, message: str, advice: str, field: FieldMap) -> Found:
    return Found(severity=severity, code=code, message=message, advice=advice, place=str(field.place))

"""Judge one stream's mapping against the describe answer of its object; pure.

Source: Salesforce REST guide, "sObject Describe"; which properties matter is said at each check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from connectors.mapping import OPTIONAL
from connectors.port import Severity
from connectors.salesforce.schema import Field, ObjectSchema
from rules.fields import FieldType
from rules.mapping import Access, FieldMap, StatusMap, StreamMap

_TEXTUAL: Final = frozenset(
    {"string", "textarea", "picklist", "combobox", "email", "url", "phone", "id", "reference", "encryptedstring"}
)
_NUMERIC: Final = frozenset({"currency", "double", "percent", "int", "long"})
READABLE: Final[Mapping[FieldType, frozenset[str]]] = {
    FieldType.TEXT: _TEXTUAL | _NUMERIC | {"boolean"},
    FieldType.DECIMAL: _NUMERIC,
    FieldType.INTEGER: _NUMERIC,
    FieldType.BOOL: frozenset({"boolean"}),
    FieldType.DATE: frozenset({"date", "datetime"}),
    FieldType.INSTANT: frozenset({"datetime", "date"}),
    FieldType.CHOICE: frozenset({"picklist", "combobox", "string"}),
    FieldType.CHOICES: frozenset({"multipicklist", "picklist", "string", "textarea"}),
    FieldType.REF: frozenset({"reference", "id", "string"}),
    FieldType.LINES: frozenset({"textarea", "string"}),
    FieldType.STATUS: frozenset({"picklist", "combobox", "string"}),
}
OTHER_GRAIN: Final = {(FieldType.DATE, "datetime"), (FieldType.INSTANT, "date")}
LENGTHS: Final[Mapping[str, int]] = {"registration_id": 40, "note": 255, "partner_name": 80}
REV_DIGITS_MIN: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding that does not yet know its connection."""

    severity: Severity
    code: str
    message: str
    advice: str
    place: str = ""


def stream_findings(stream_map: StreamMap, described: ObjectSchema, currency: str | None) -> Iterator[Found]:
    """Return what is wrong with one stream. currency: the org's own, used where records carry none."""
    for field in stream_map.fields.values():
        if field.crm_field is None:
            continue
        shown = described.find(field.crm_field)
        if shown is None:
            yield _missing(stream_map, field, described, currency)
        elif "." not in field.crm_field:
            yield from _field(stream_map, field, shown)
    yield from _filter(stream_map, described)
    if stream_map.writable():
        yield from _external_id(stream_map, described)
        yield from _witness(stream_map, described)


def _missing(stream_map: StreamMap, field: FieldMap, described: ObjectSchema, currency: str | None) -> Found:
    where = f"{stream_map.object_name}.{field.crm_field}"
    if field.name == "currency":
        if currency is not None:
            return _warning(
                "currency_assumed",
                f"{where} does not exist: the org has one currency. Amounts count as {currency}.",
                "Nothing to do, if that is right.",
                field,
            )
        return _warning(
            "currency_unknown",
            f"{where} does not exist, and the org does not tell its currency.",
            "Set `currency` in this connection's options.",
            field,
        )
    near = get_close_matches(field.crm_field or "", [str(each["name"]) for each in described.fields.values()], n=1)
    hint = f" The nearest name is {near[0]}." if near else ""
    is_optional = field.name in OPTIONAL.get(stream_map.stream, frozenset())
    return _found(
        Severity.WARNING if is_optional else Severity.ERROR,
        "field_missing",
        f"{where} (for {field.name}) does not exist or is hidden from the integration user.{hint}",
        "Create the field or grant read access to it, or correct the mapping.",
        field,
    )


def _field(stream_map: StreamMap, field: FieldMap, shown: Field) -> Iterator[Found]:
    where = f"{stream_map.object_name}.{shown['name']}"
    kind = shown.get("type")
    if shown["name"] != field.crm_field:
        yield _error(
            "field_spelling",
            f"{field.crm_field} is spelt {shown['name']} in Salesforce.",
            "Write it the same way, capitals included.",
            field,
        )
    if kind is not None and kind not in READABLE[field.type]:
        yield _error(
            "field_type",
            f"{where} is of type {kind}, which cannot be read as {field.type}.",
            f"Map a field of type {' or '.join(sorted(READABLE[field.type]))} to {field.name}.",
            field,
        )
    elif (field.type, kind) in OTHER_GRAIN:
        yield _warning(
            "field_type",
            f"{where} is a {kind} and is read as {field.type}, counted in UTC.",
            f"Map a {'date' if field.type is FieldType.DATE else 'datetime'} field if hours matter.",
            field,
        )
    if field.access is not Access.READ:
        yield from _written(stream_map, field, shown, where)
    yield from _words(stream_map, field, shown, where)
    yield from _lock_words(stream_map, field, shown, where)


def _written(stream_map: StreamMap, field: FieldMap, shown: Field, where: str) -> Iterator[Found]:
    # updateable speaks for the integration user: false for formulas, system fields, and by field-level security.
    if shown.get("updateable") is False:
        reason = "is calculated" if shown.get("calculated") else "may not be edited by the integration user"
        yield _error(
            "field_not_writable",
            f"{where} {reason}, but {field.name} is to be written to it.",
            "Grant edit access to the field, or map it with access: read.",
            field,
        )
    needed = LENGTHS.get(field.name)
    length = shown.get("length")
    if needed is not None and isinstance(length, int) and 0 < length < needed:
        yield _warning(
            "field_too_short",
            f"{where} holds {length} characters; {field.name} may need {needed}.",
            f"Lengthen the field to {needed}.",
            field,
        )


def _words(stream_map: StreamMap, field: FieldMap, shown: Field, where: str) -> Iterator[Found]:
    """Compare picklist values with those we send and those we expect to read."""
    known = [str(each.get("value")) for each in shown.get("picklistValues") or () if each.get("active", True)]
    if not known or shown.get("type") not in ("picklist", "multipicklist", "combobox"):
        return
    status = stream_map.status if field.type is FieldType.STATUS else None
    sent = {*field.writes.values(), *(status.write.values() if status is not None else ())}
    if field.access is Access.READ:
        sent = set()
    for word in sorted(sent - set(known)):
        purpose = _for_status(status, word)
        near = get_close_matches(word, known, n=1)
        hint = f" The nearest value is {near[0]}." if near else ""
        # An unrestricted picklist takes any text: a misspelling would be stored without a word.
        is_restricted = shown.get("restrictedPicklist")
        lacks = "has no active value" if is_restricted else "does not list"
        yield _found(
            Severity.ERROR if is_restricted else Severity.WARNING,
            "picklist_value_missing",
            f"{where} {lacks} {word!r}, which is to be written{purpose}.{hint}",
            "Add the value, or correct the mapping.",
            _written_at(field, status, word),
        )
    expected = {*field.values, *(status.commands if status is not None else ())} - sent
    for word in sorted(expected - set(known)):
        yield _warning(
            "picklist_value_missing",
            f"{where} has no active value {word!r}, which the mapping expects.",
            "Correct the mapping, if the value was renamed.",
            _written_at(field, status, word),
        )


def _lock_words(stream_map: StreamMap, field: FieldMap, shown: Field, where: str) -> Iterator[Found]:
    """Compare the picklist with the words of `locks`: a misspelt state would lock nothing, a misspelt move forbid all."""
    locks = stream_map.locks
    words = locks.words(field.name) if locks is not None else {}
    known = [str(each.get("value")) for each in shown.get("picklistValues") or ()]  # a record may keep a retired one
    for word in sorted(words.keys() - set(known)) if known else ():
        near = get_close_matches(word, known, n=1)
        hint = f" The nearest value is {near[0]}." if near else ""
        yield _error(
            "lock_state_missing",
            f"{where} has no value {word!r}, which `locks` name.{hint}",
            "Name the states as Salesforce stores them.",
            replace(field, place=words[word]),
        )
    if locks is not None and field.name == locks.name and shown.get("calculated"):
        yield _warning(
            "lock_state_calculated",
            f"{where} is calculated: a change of it is seen only when the record itself is saved.",
            "Name a stored field in `locks`, if the formula reads other records.",
            field,
        )


def _for_status(status: StatusMap | None, word: str) -> str:
    names = status.writers_of(word) if status is not None else ()
    return f" for the status {', '.join(names)}" if names else ""


def _written_at(field: FieldMap, status: StatusMap | None, word: str) -> FieldMap:
    """Return the field as it is to be blamed for a word: with the word's own line where it stands in the status map."""
    is_status = status is not None and word in (*status.write.values(), *status.commands)
    return replace(field, place=status.place_of(word)) if status is not None and is_status else field


def _filter(stream_map: StreamMap, described: ObjectSchema) -> Iterator[Found]:
    for condition in stream_map.where:
        shown = described.find(condition.field)
        where = f"{stream_map.object_name}.{condition.field}"
        problem = None
        if shown is None:
            problem = f"{where} in `where` does not exist or is hidden from the integration user."
        elif "." not in condition.field and not shown.get("filterable", True):
            problem = f"{where} in `where` cannot be filtered on (its type is {shown.get('type')})."
        if problem is not None:
            yield Found(
                severity=Severity.ERROR,
                code="filter_field",
                message=problem,
                advice="Filter on a field that exists and is filterable.",
                place=str(stream_map.place),
            )


def _external_id(stream_map: StreamMap, described: ObjectSchema) -> Iterator[Found]:
    """Only a field that is both External ID and Unique keeps a repeated create from making a second record."""
    name = stream_map.external_id
    if name is None:
        code, message = "external_id_missing", f"{stream_map.object_name} has no external_id in the mapping."
    else:
        shown = described.find(name)
        if shown is None:
            code, message = "external_id_missing", f"{stream_map.object_name}.{name} does not exist or is hidden."
        elif not (shown.get("externalId") and shown.get("unique")):
            code = "external_id_not_unique"
            message = f"{stream_map.object_name}.{name} is not marked both External ID and Unique."
        else:
            return
    yield Found(
        severity=Severity.ERROR,
        code=code,
        message=message,
        advice="Create a text field of 40 characters with External ID and Unique, and name it as external_id.",
        place=str(stream_map.place),
    )


def _witness(stream_map: StreamMap, described: ObjectSchema) -> Iterator[Found]:
    """The write witness tells our own writes from a person's; without it two promises hold only in part."""
    field = stream_map.fields.get("rev")
    shown = described.find(field.crm_field) if field is not None and field.crm_field is not None else None
    if field is None:
        yield Found(
            severity=Severity.WARNING,
            code="witness_missing",
            message=f"{stream_map.object_name} has no field mapped to rev: a lost answer to a write is harder to settle.",
            advice="Create a number field (18, 0) and map it to rev with access: both.",
            place=str(stream_map.place),
        )
    elif shown is not None and (shown.get("scale") or int(shown.get("precision") or 18) < REV_DIGITS_MIN):
        yield _error(
            "witness_unfit",
            f"{stream_map.object_name}.{field.crm_field} cannot hold whole numbers of 9 digits.",
            "Make it a number field (18, 0).",
            field,
        )


def _error(code: str, message: str, advice: str, field: FieldMap) -> Found:
    return _found(Severity.ERROR, code, message, advice, field)


def _warning(code: str, message: str, advice: str, field: FieldMap) -> Found:
    return _found(Severity.WARNING, code, message, advice, field)


def _found(severity: Severity, code: str, message: str, advice: str, field: FieldMap) -> Found:
    return Found(severity=severity, code=code, message=message, advice=advice, place=str(field.place))

"""Raw rows of one stream to canonical rows, and canonical values to what HubSpot takes; pure once built.

Every value HubSpot gives is text or null, and an empty property comes as null, as "", or not at all: all three are "empty"
here, because the properties asked for are filled in before the mapping reads them. What the row's envelope needs (creation
and modification time, merged ids) is asked for besides the mapped properties.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, time, tzinfo
from decimal import Decimal
from typing import Any, Final

from connectors.hubspot.associations import Links
from connectors.hubspot.cursor import to_ms
from connectors.hubspot.portal import PropertyFact, StageFact
from connectors.mapping import Reader, compile_reader, converter, parse_instant, to_crm
from connectors.port import Row, Write
from rules.errors import RecordError
from rules.fields import LEDGER_OWNED, FieldType, Value
from rules.mapping import Access, Compare, Condition, FieldMap, StreamMap
from rules.records import CrmRef

_ID_DIGITS_MAX: Final = 18
MERGED_IDS: Final = "hs_merged_object_ids"
_DEAL_CURRENCY: Final = "deal_currency_code"  # empty where the account has one currency only
_OUTCOMES: Final = ("is_closed", "is_won")
STAGES: Final = frozenset({"dealstage", "hs_pipeline_stage"})  # properties that hold the id of a pipeline's stage
_CLOSED: Final = frozenset({"hs_is_closed", "hs_is_closed_won"})
_CONTACTS: Final = frozenset({"contacts", "contact", "0-1"})


class Translator:
    """Reads and writes the rows of one stream.

    zone, currency: the account's, for dates stored as instants and for amounts without a currency. find_stage: gives
    what the account says of a pipeline's stage, for rows that do not tell themselves whether they are closed or won.
    """

    def __init__(
        self,
        stream_map: StreamMap,
        *,
        connection: str,
        zone: tzinfo,
        currency: str | None,
        find_stage: Callable[[str], StageFact | None],
    ) -> None:
        self.stream_map = stream_map
        self._connection = connection
        self._zone = zone
        self._currency = currency if _reads(stream_map, "currency", _DEAL_CURRENCY) else None
        self._find_stage = find_stage
        self._flags = [name for name in _OUTCOMES if _reads_any(stream_map, name, _CLOSED | STAGES)]
        by_stage = {name for name in _OUTCOMES if _reads_any(stream_map, name, STAGES)}
        plain = replace(
            stream_map, fields={name: each for name, each in stream_map.fields.items() if name not in by_stage}
        )
        self._read: Reader = compile_reader(plain, connection=connection, normalise_ref=record_id_text, zone=zone)
        owned = LEDGER_OWNED.get(stream_map.stream, frozenset())
        self.mapped = tuple(
            dict.fromkeys(
                each.crm_field
                for each in stream_map.fields.values()
                if each.crm_field is not None and (each.access is not Access.WRITE or each.name in owned)
            )
        )
        self.stamp = "lastmodifieddate" if stream_map.object_name in _CONTACTS else "hs_lastmodifieddate"
        filters = (each.field for each in stream_map.where)
        # Whether a deal is closed also follows from its stage, so an account may lack the properties that say so.
        given = _CLOSED if STAGES.intersection(self.mapped) else frozenset()
        self.needed = tuple(dict.fromkeys([*(each for each in self.mapped if each not in given), *filters]))
        envelope = (self.stamp, "createdate", "hs_createdate", MERGED_IDS)
        self.properties = tuple(dict.fromkeys([*self.mapped, *self.needed, *envelope]))
        self._empty: dict[str, Any] = dict.fromkeys(self.properties)

    def row(self, raw: Mapping[str, Any], links: Links, *, without: Collection[str] = ()) -> Row:
        """Return the row; raise RecordError where a value, the id or the modification time cannot be read.

        without: properties and links to leave out, as if they had not been asked for.
        """
        record_id = str(raw.get("id") or "")
        properties = {**self._empty, **(raw.get("properties") or {}), **links}
        for key in without:
            properties.pop(key, None)
        values = self._read(properties, record_id)
        if self._currency is not None and values.get("currency") is None and values.get("amount") is not None:
            values["currency"] = self._currency
        if any(values.get(name) is None for name in self._flags):
            self._outcome(values, properties)
        rev = values.get("rev")
        return Row(
            ref=CrmRef(self._connection, self.stream_map.object_name, record_id),
            stream=self.stream_map.stream,
            created_at=self._instant(raw, record_id, self._created(raw, properties)),
            modified_at=self.modified_at(raw),
            values=values,
            rev=rev if isinstance(rev, int) else None,
            is_deleted=raw.get("archived") is True,
        )

    def modified_at(self, raw: Mapping[str, Any]) -> datetime:
        """Return when the row changed last, its archiving included; raise RecordError where that is not told."""
        record_id = str(raw.get("id") or "")
        told = (raw.get("properties") or {}).get(self.stamp) or raw.get("updatedAt")
        modified = self._instant(raw, record_id, told)
        archived = self._instant(raw, record_id, raw.get("archivedAt"))
        if modified is None:
            raise self._bad_envelope(record_id, "has no modification time")
        return modified if archived is None else max(modified, archived)

    def merged_away(self, row: Row, raw: Mapping[str, Any]) -> list[Row]:
        """Return a tombstone for each record that was merged into this one; nothing else tells of them."""
        return [
            Row(
                ref=CrmRef(self._connection, self.stream_map.object_name, each),
                stream=row.stream,
                created_at=None,
                modified_at=row.modified_at,
                values={},
                is_deleted=True,
                merged_into=row.ref.record_id,
            )
            for each in merged_ids(raw)
            if each != row.ref.record_id
        ]

    def matches(self, raw: Mapping[str, Any]) -> bool:
        """Tell whether the row belongs to the stream: all conditions of `where` hold."""
        properties = raw.get("properties") or {}
        return all(_holds(each, properties.get(each.field)) for each in self.stream_map.where)

    def to_properties(self, write: Write, facts: Mapping[str, PropertyFact], *, ref: str) -> dict[str, Any]:
        """Return what to write, by property name; links stay ids under their field key. Everything HubSpot takes is text.

        Raises RecordError for a value that cannot be written.
        """

        def encode(field: FieldMap, value: Value) -> str | None:
            if field.association is not None:
                return None if value is None else str(value)
            fact = facts.get(field.crm_field or "")
            return self._text(field, value, fact.type if fact is not None else None)

        return to_crm(self.stream_map, write.values, encode=encode, ref=ref)

    def canonical(self, name: str, raw: str | None) -> str | None:
        """Return one past value of a field in canonical form, as text; unreadable ones as they were."""
        if raw is None or raw == "":
            return None
        field = self.stream_map.fields[name]
        is_raw = name in LEDGER_OWNED.get(self.stream_map.stream, frozenset())
        try:
            value = converter(field, normalise_ref=record_id_text, zone=self._zone, is_raw=is_raw)(raw)
        except (ValueError, TypeError, ArithmeticError):
            return raw
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            return ";".join(value)
        return None if value is None else str(value)

    def _text(self, field: FieldMap, value: Value, crm_type: str | None) -> str:
        """Return a canonical value as HubSpot's text; "" clears, null is not documented to."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            return ";".join(value)
        text = str(value)
        if field.type is FieldType.DATE and crm_type == "datetime":
            midnight = datetime.combine(datetime.fromisoformat(text).date(), time.min, tzinfo=self._zone)
            return str(to_ms(midnight))
        if field.type is FieldType.INSTANT and crm_type == "date":
            return parse_instant(text).astimezone(self._zone).date().isoformat()
        if field.type in (FieldType.DECIMAL, FieldType.INTEGER):
            Decimal(text)
        return text

    def _outcome(self, values: dict[str, Value], properties: Mapping[str, Any]) -> None:
        """Say of a row whether it is closed and won, by its stage where the row does not tell; no stage is an open one."""
        stage_id = next((str(properties[each]) for each in STAGES if properties.get(each)), None)
        stage = self._find_stage(stage_id) if stage_id is not None else None
        for name in self._flags:
            if values.get(name) is None:
                values[name] = stage is not None and (stage.is_closed if name == "is_closed" else stage.is_won)

    def _created(self, raw: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:
        """Return when the record came to be; `createdate` is a plain property that importers set, so it comes last."""
        return properties.get("hs_createdate") or raw.get("createdAt") or properties.get("createdate")

    def _instant(self, raw: Mapping[str, Any], record_id: str, text: Any) -> datetime | None:
        if text is None or text == "":
            return None
        if not record_id:
            raise self._bad_envelope("?", "came without an id")
        try:
            return parse_instant(str(text))
        except ValueError:
            raise self._bad_envelope(record_id, "carries an unreadable time of creation or modification") from None

    def _bad_envelope(self, record_id: str, what: str) -> RecordError:
        return RecordError(
            f"{self._connection} {self.stream_map.object_name} {record_id}: the row {what}; it is set aside.",
            crm=self._connection,
            ref=str(CrmRef(self._connection, self.stream_map.object_name, record_id)),
            code="BAD_ROW",
        )


def is_record_id(text: str) -> bool:
    """Tell whether a text can be a record id: a number of 64 bits, without which HubSpot refuses a whole batch."""
    return text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS_MAX


def record_id_text(text: str) -> str:
    """Return a record id in its one spelling; raise ValueError for what is none."""
    if not is_record_id(text):
        raise ValueError("a HubSpot record id is a number")
    return text


def merged_ids(raw: Mapping[str, Any]) -> list[str]:
    """Return the ids of the records merged into this one."""
    told = (raw.get("properties") or {}).get(MERGED_IDS)
    return [each.strip() for each in told.split(";") if each.strip()] if isinstance(told, str) else []


def pushed_down(conditions: tuple[Condition, ...]) -> list[dict[str, str]]:
    """Return the search filters that hold for every row the conditions let through.

    Only equality is left to the search: its inequality and lists treat empty values and case in ways of their own.
    """
    return [
        {"propertyName": each.field, "operator": "EQ", "value": each.values[0]}
        for each in conditions
        if each.compare in (Compare.EQUALS, Compare.IN) and len(each.values) == 1
    ][:3]


def _holds(condition: Condition, raw: Any) -> bool:
    value = str(raw) if raw not in (None, "") else None
    match condition.compare:
        case Compare.EQUALS | Compare.IN:
            return value in condition.values
        case Compare.NOT_EQUALS | Compare.NOT_IN:
            return value not in condition.values
        case Compare.IS_SET:
            return value is not None
        case Compare.IS_EMPTY:
            return value is None


def _reads(stream_map: StreamMap, name: str, crm_field: str) -> bool:
    return _reads_any(stream_map, name, frozenset({crm_field}))


def _reads_any(stream_map: StreamMap, name: str, crm_fields: frozenset[str]) -> bool:
    field = stream_map.fields.get(name)
    return field is not None and field.crm_field in crm_fields

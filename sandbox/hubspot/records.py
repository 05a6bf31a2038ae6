"""The rules for writing records, whoever writes: people, workflows or a call of the API.

Checks values against the schema, keeps unique values unique, knows stages and owners, and tells workflows of each write.
Storage is table.py's, values are values.py's, the wire is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from connectors.port import Clock
from sandbox.faults import FaultKind, Faults
from sandbox.hubspot import errors, reference, reference_links, values
from sandbox.hubspot.errors import Problem
from sandbox.hubspot.history import API, source_of
from sandbox.hubspot.links import Links
from sandbox.hubspot.merging import absorb, join
from sandbox.hubspot.rows import Properties, Row
from sandbox.hubspot.schema import LinkType, ObjectType, Owner, Pipeline, Property
from sandbox.hubspot.stages import calculate, check_stage, is_closed_to_api
from sandbox.hubspot.table import Table

DOOR = "hubspot"
_ACTIVITIES = frozenset({"notes", "tasks"})
_LATE = frozenset({FaultKind.INDEX_LAG, FaultKind.LATE_COMMIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write, for workflows. changes: stored values by property; is_new: the record was just created."""

    object_type: str
    record_id: str
    changes: Mapping[str, str | None]
    by: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An admin's validation rule; /2026-09/ paths and later enforce it, older ones do not.

    check: takes all values as they would be; returns the property that is wrong and what is wrong with it, or None.
    """

    object_type: str
    check: Callable[[Mapping[str, str | None]], tuple[str, str] | None]


Hook = Callable[[Change], None]


class Records:
    """All records of a portal. index_lag_s: how long a search takes to see a write."""

    def __init__(self, *, clock: Clock, faults: Faults, portal_id: int, zone: ZoneInfo, currency: str) -> None:
        self.clock = clock
        self.faults = faults
        self.portal_id = portal_id
        self.zone = zone
        self.currency = currency
        self.index_lag_s = 0.0
        self.merges_make_new_ids = True
        self.links_page = 500  # links a page of an association read holds
        self.link_caps: dict[tuple[str, str, int], int] = {}
        self.owners: dict[str, Owner] = {}
        self.pipelines: dict[str, list[Pipeline]] = reference_links.pipelines()
        self.links = Links(reference_links.link_types())
        self.hooks: list[Hook] = []
        self.rules: list[Rule] = []
        self.types: list[ObjectType] = []
        self._types_by_name: dict[str, ObjectType] = {}
        self._tables: dict[str, Table] = {}
        self._changes: list[Change] = []
        self._is_settling = False
        self._turn = 0
        for each in reference.object_types(portal_id):
            self.add_type(each)

    def add_type(self, object_type: ObjectType) -> None:
        self.types.append(object_type)
        self._types_by_name.update({name.lower(): object_type for name in object_type.names})
        self._tables[object_type.name] = Table(object_type, self._calculate, self._delay(object_type.name))

    def type_of(self, name: str) -> ObjectType:
        """Return an object type by any of its names; raise Refusal for an unknown one."""
        found = self._types_by_name.get(name.lower())
        if found is None:
            raise errors.unknown_type(name)
        return found

    def table(self, name: str) -> Table:
        return self._tables[self.type_of(name).name]

    def now_ms(self) -> int:
        return values.to_ms(self.clock.now())

    def next_turn(self) -> int:
        """Return a number that differs from call to call."""
        self._turn += 1
        return self._turn

    def has_owner(self, owner_id: str) -> bool:
        owner = self.owners.get(owner_id)
        return owner is not None and not owner.is_archived

    def create(self, table: Table, given: Mapping[str, Any], *, by: str, enforce: bool = False) -> Row:
        """Check and add a record; raise Refusal with everything that is wrong."""
        written = self.check_create(table, given, by=by, enforce=enforce)
        source = source_of(by, self.owners)
        row = table.insert({**written, "hs_object_source": source.type}, now_ms=self.now_ms(), source=source)
        self._note(table, row, written, by, is_new=True)
        return row

    def update(self, table: Table, row: Row, given: Mapping[str, Any], *, by: str, enforce: bool = False) -> Row:
        """Check and write properties of a live record; raise Refusal with everything that is wrong."""
        written = self.check_update(table, row, given, by=by, enforce=enforce)
        return self.write(table, row, written, by=by)

    def check_create(
        self, table: Table, given: Mapping[str, Any], *, by: str = API, enforce: bool = False
    ) -> Properties:
        """Return the stored form of a new record's values; raise Refusal when it could not be created."""
        written = self.checked(table, given, before=None, by=by)
        # What a form demands of a person is not modelled: only the API's own demands are.
        missing = [name for name in table.type.required if given.get(name) in (None, "")] if by == API else []
        if missing:
            raise errors.required(missing, self.portal_id)
        self._check_rules(table, written, enforce=enforce)
        self.check_unique(table, written, own=None)
        return written

    def check_update(
        self, table: Table, row: Row, given: Mapping[str, Any], *, by: str = API, enforce: bool = False
    ) -> Properties:
        """Return the stored form of what is written; raise Refusal when it could not be."""
        written = self.checked(table, given, before=row, by=by)
        self._check_rules(table, {**row.properties, **written}, enforce=enforce)
        self.check_unique(table, written, own=row)
        return written

    def write(self, table: Table, row: Row, written: Properties, *, by: str) -> Row:
        """Write checked values."""
        after = table.change(row, written, now_ms=self.now_ms(), source=source_of(by, self.owners))
        self._note(table, after, written, by, is_new=False)
        return after

    def checked(self, table: Table, given: Mapping[str, Any], *, before: Row | None, by: str) -> Properties:
        """Return the stored form of what is written; raise Refusal naming every property that is wrong."""
        problems: list[Problem] = []
        written: Properties = {}
        for name, value in given.items():
            prop = table.type.live_property(name)
            if prop is None:
                problems.append(errors.missing_property(name))
            elif prop.is_read_only:
                problems.append(errors.read_only(name))
            else:
                self._take(prop, value, before, written, problems)
        if table.type.stage_property is not None and not problems:
            problems += check_stage(table.type, self.pipelines.get(table.type.name, []), before, written)
            if by == API and is_closed_to_api(table.type, self.pipelines.get(table.type.name, []), written):
                raise errors.invalid_request("This stage is not writable by integrations.")
        if problems:
            raise errors.invalid_properties(problems, self.portal_id)
        return written

    def check_unique(self, table: Table, written: Properties, *, own: Row | None) -> None:
        """Raise Refusal when another live record holds one of the unique values."""
        for name, value in written.items():
            if value is None or not table.type.is_unique(name):
                continue
            holder = table.holder(name, value)
            if holder is None or (own is not None and holder == own.id):
                continue
            if table.type.name == "contacts" and name == "email":
                raise errors.conflict("Contact already exists.", str(holder))
            own_id = own.key if own is not None else "new"
            raise errors.conflicting_unique(name, value, table.type.type_id, own_id, str(holder), self.portal_id)

    def archive(self, table: Table, row: Row) -> None:
        table.archive(row, now_ms=self.now_ms())

    def merge(self, table: Table, winner: Row, loser: Row, *, by: str) -> Row:
        """Merge two records into one and return that."""
        source = source_of(by, self.owners)
        way = join if self.merges_make_new_ids else absorb
        row = way(table, self.links, winner, loser, now_ms=self.now_ms(), source=source)
        self._note(table, row, row.properties, by, is_new=True)
        return row

    def link(self, kind: LinkType, from_id: int, to_id: int, *, by: str) -> None:
        """Link two records. A note or task that is logged on a record moves that record's modification time."""
        self.links.add(kind, from_id, to_id)
        if kind.from_type in _ACTIVITIES:
            table = self._tables[kind.to_type]
            row = table.find(to_id)
            if row is not None:
                self.write(table, row, {}, by=by)

    def settle(self) -> None:
        """Let workflows act on the writes since the last time; what they write themselves starts no workflow."""
        if self._is_settling:
            return
        self._is_settling = True
        try:
            changes, self._changes = self._changes, []
            for change in changes:
                for hook in tuple(self.hooks):
                    hook(change)
        finally:
            self._changes.clear()
            self._is_settling = False

    def _take(
        self, prop: Property, value: Any, before: Row | None, written: Properties, problems: list[Problem]
    ) -> None:
        text = values.as_text(value)
        if text is None:
            # What a null does is undocumented, so it is not taken; the empty string is what clears a property.
            raise errors.malformed()
        held = before.properties.get(prop.name) if before is not None else None
        try:
            written[prop.name] = values.clean(prop, text, before=held, references=self)
        except values.ValueRefusedError as error:
            problems.append(Problem(name=prop.name, code=error.code, message=error.message))

    def _check_rules(self, table: Table, properties: Mapping[str, str | None], *, enforce: bool) -> None:
        if not enforce:
            return
        found = [rule.check(properties) for rule in self.rules if self.type_of(rule.object_type) is table.type]
        problems = [Problem(name=each[0], code="REQUIRED_PROPERTY", message=each[1]) for each in found if each]
        if problems:
            raise errors.invalid_properties(problems, self.portal_id)

    def _note(self, table: Table, row: Row, changes: Properties, by: str, *, is_new: bool) -> None:
        if self.hooks and not self._is_settling:
            change = Change(object_type=table.type.name, record_id=row.key, changes=dict(changes), by=by, is_new=is_new)
            self._changes.append(change)

    def _calculate(self, object_type: ObjectType, properties: Properties) -> None:
        calculate(object_type, self.pipelines.get(object_type.name, ()), properties, self.currency)

    def _delay(self, object_name: str) -> Callable[[str], int]:
        def delay_ms(record_id: str) -> int:
            lag_s = self.index_lag_s
            fault = self.faults.draw(DOOR, "INDEX", f"/{object_name}/{record_id}", _LATE)
            if fault is not None:
                told = fault.options.get("lag_s", fault.options.get("delay_s"))
                lag_s = max(lag_s, float(told) if told is not None else 1.0 + 120.0 * fault.roll)
            return int(lag_s * 1000)

        return delay_ms

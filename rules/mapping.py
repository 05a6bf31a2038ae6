"""A connection's mapping as plain values: which CRM object and fields feed each stream, and how statuses translate.

config/ builds these from YAML (connectors/<kind>/fields.yaml is the default, the admin's file overrides it) and reports
every problem with file, line and column; connectors/mapping.py reads and writes rows with them. Nothing here knows a CRM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from rules.expression import Type
from rules.fields import PERSONAL, FieldType, Stream


class Access(StrEnum):
    READ = "read"
    WRITE = "write"  # written, never read back as a fact
    BOTH = "both"


class Compare(StrEnum):
    """How a filter condition compares a CRM field."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    NOT_IN = "not_in"
    IS_SET = "is_set"
    IS_EMPTY = "is_empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a mapping was written, for messages: `salesforce.yaml:12`."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.file else "defaults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One filter condition on a CRM field; the conditions of a stream are joined by AND."""

    field: str
    compare: Compare
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """One canonical field and its CRM side: a field, or an association with a label.

    values: CRM value -> canonical value for choices that are facts; a CRM value that is not in it is kept as it is.
    writes: our value -> CRM value for choices the ledger owns (reason codes); "*" is the value for every other one.
    Ledger-owned fields are always read back raw: they are compared in the CRM's own vocabulary.
    target: for references, the stream whose rows the id names. own: for a field of the vendor's own, the type that its
    fact has in conditions; None for a canonical field. currency: of an own field of money, where the row does not tell
    it. hides: the admin says that its values name or reach a person; a condition is told only whether there is one.
    """

    name: str  # canonical, or the vendor's own
    crm_field: str | None
    type: FieldType
    access: Access = Access.READ
    association: str | None = None  # HubSpot object type on the other end, e.g. "companies"
    label: str | None = None  # association label, e.g. "Submitting partner"; None: unlabelled / primary
    target: Stream | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    writes: Mapping[str, str] = field(default_factory=dict)
    own: Type | None = None
    currency: str | None = None
    hides: bool = False
    place: Place = Place()

    @property
    def is_personal(self) -> bool:
        """Tell whether its values are kept out of logs, errors, plans and stored cases."""
        return self.hides or self.name in PERSONAL

    @property
    def fact_type(self) -> Type | None:
        """Return the type that conditions see; None for a canonical field, whose facts Registrar names itself."""
        return Type.BOOL if self.own is not None and self.hides else self.own


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMap:
    """Our statuses to the CRM's picklist values (many to one), and back to what a person's edit means.

    write: registration status -> CRM value. commands: CRM value -> command ("approve", "refuse", "return", "withdraw",
    "extend", "reopen"); a CRM value in neither is an unknown status and is reported. write_places, command_places: where
    each entry stands.
    """

    write: Mapping[str, str]
    commands: Mapping[str, str] = field(default_factory=dict)
    place: Place = Place()
    write_places: Mapping[str, Place] = field(default_factory=dict)
    command_places: Mapping[str, Place] = field(default_factory=dict)

    def writers_of(self, word: str) -> tuple[str, ...]:
        """Return the statuses that are written as this CRM value."""
        return tuple(status for status, value in self.write.items() if value == word)

    def place_of(self, word: str) -> Place:
        """Return the line that a CRM value comes from; of several the admin's own, else that of the map."""
        places = [self.write_places[name] for name in self.writers_of(word) if name in self.write_places]
        places += [self.command_places[word]] if word in self.command_places else []
        own = [each for each in places if each.file == self.place.file]
        return next(iter(own or places), self.place)


LOCK_STATE: Final = "lock_state"  # the name of the state in a row, where it stands in a field of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """What the remote record's own state machine allows (primitive 24).

    name: under which a row's values tell the state: "status", or LOCK_STATE. states: what may be written in each, "*": in
    every other one; a state not named allows everything. moves: from each status word to those it may become; a word that
    is not named may become any. Words are the CRM's own; an empty state is "".
    """

    name: str = "status"
    states: Mapping[str, frozenset[str]] = field(default_factory=dict)
    moves: Mapping[str, frozenset[str]] = field(default_factory=dict)
    place: Place = Place()
    state_places: Mapping[str, Place] = field(default_factory=dict)
    move_places: Mapping[str, Place] = field(default_factory=dict)

    def words(self, name: str) -> dict[str, Place]:
        """Return the CRM's words that are expected of a field, by its name in rows, each with its line."""
        found = {word: self.state_places.get(word, self.place) for word in self.states if name == self.name}
        if name == "status":
            found |= {word: self.move_places.get(source, self.place)
                      for source, targets in self.moves.items() for word in (source, *sorted(targets))}  # fmt: skip
        return {word: place for word, place in found.items() if word not in ("", "*")}


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMap:
    stream: Stream
    object_name: str  # Salesforce: API name; HubSpot: object type name or id
    fields: Mapping[str, FieldMap]  # by canonical name
    where: tuple[Condition, ...] = ()
    status: StatusMap | None = None
    locks: Locks | None = None
    external_id: str | None = None  # CRM field with a unique index that holds our registration id
    place: Place = Place()

    def writable(self) -> dict[str, FieldMap]:
        """Return the fields Registrar may write, by canonical name."""
        return {name: each for name, each in self.fields.items() if each.access is not Access.READ}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionMap:
    """All streams of one connection."""

    connection: str
    kind: str
    streams: Mapping[Stream, StreamMap]

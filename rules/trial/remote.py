"""The remote side of a trial: the submission's own row, what Registrar writes there, and what its state holds up.

A write goes as one or not at all. One that is held stays due, and goes as soon as the row's state lets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.desired import desired
from rules.fields import Stream, Value
from rules.locks import held_by, is_refusal
from rules.mapping import ConnectionMap, StreamMap
from rules.records import Registration
from rules.trial.script import Write


@dataclass(slots=True)
class RemoteRow:
    """One submission's row as its CRM holds it. held: why a write is held; writes: how many have gone."""

    values: dict[str, Value] = field(default_factory=dict)
    held: str | None = None
    writes: int = 0

    @property
    def write(self) -> Write:
        """Return how what Registrar has to write stands."""
        if self.held is None:
            return Write.DONE
        return Write.REFUSED if is_refusal(self.held) else Write.WAITS


class Remote:
    """The rows of submissions, by the names that the case uses. mappings: by connection; without one nothing is written."""

    def __init__(self, mappings: Mapping[str, ConnectionMap], *, zone: str) -> None:
        self._mappings = mappings
        self._zone = zone
        self.rows: dict[str, RemoteRow] = {}

    def edit(self, name: str, crm: str, fields: Mapping[str, str]) -> None:
        """Let somebody else change a row; fields by the CRM's own names."""
        by_field = self._by_field(crm)
        row = self.rows.setdefault(name, RemoteRow())
        for crm_field, value in fields.items():
            row.values[by_field.get(crm_field, crm_field)] = value

    def push(self, name: str, registration: Registration) -> None:
        """Write what the row lacks, as far as its state allows it."""
        stream_map = self._stream(registration.claim_ref.connection)
        if stream_map is None:
            return
        row = self.rows.setdefault(name, RemoteRow())
        wanted = desired(registration, stream_map=stream_map, zone=self._zone, partner=None, base=row.values)
        lacking = {key: value for key, value in wanted.items() if row.values.get(key) != value}
        row.held = held_by(stream_map, row.values, lacking)
        if lacking and row.held is None:
            row.values.update(lacking)
            row.writes += 1

    def shown(self, name: str, crm: str) -> dict[str, Value]:
        """Return a row by the CRM's own names."""
        names = {ours: theirs for theirs, ours in self._by_field(crm).items()}
        row = self.rows.get(name)
        return {} if row is None else {names.get(key, key): value for key, value in row.values.items()}

    def _by_field(self, crm: str) -> dict[str, str]:
        stream_map = self._stream(crm)
        if stream_map is None:
            return {}
        return {each.crm_field: name for name, each in stream_map.fields.items() if each.crm_field is not None}

    def _stream(self, crm: str) -> StreamMap | None:
        mapping = self._mappings.get(crm)
        return mapping.streams.get(Stream.SUBMISSIONS) if mapping is not None else None

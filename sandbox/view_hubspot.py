"""One mapped stream of a sandbox portal: which rows there are, as Rows.

Searches see the index as it lags, everything else the store. Rows are made by the real connector's own translator, with
links as they stand in the portal. Writing is left to save_hubspot.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from heapq import merge
from itertools import islice
from typing import Any, Final
from zlib import crc32

from connectors.hubspot.cursor import to_ms
from connectors.hubspot.portal import StageFact
from connectors.hubspot.translate import Translator, merged_ids
from connectors.mapping import field_key
from connectors.port import Change, Row
from rules.errors import RecordError
from rules.fields import LEDGER_OWNED
from rules.mapping import Access, FieldMap, StreamMap
from sandbox.hubspot.history import APP_ID
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.rows import Row as Version
from sandbox.hubspot.table import Table

Raw = dict[str, Any]

PRIMARY: Final = "Primary"
_LAST: Final = 1 << 62
_LOCKED: Final = 423


class HubspotView:
    """One stream. The portal is entered under its own lock."""

    def __init__(self, portal: Portal, stream_map: StreamMap, connection: str) -> None:
        # This door is a part of the sandbox: it works inside the portal, where the API's resources do.
        self._records, self._lock = portal.records, portal.lock
        self._portal = portal
        self.connection = connection
        self.map = stream_map
        self.object_name = stream_map.object_name
        self.target_of = {field_key(each): each for each in stream_map.fields.values() if each.association is not None}
        self.translator = Translator(
            stream_map,
            connection=connection,
            zone=portal.records.zone,
            currency=portal.records.currency,
            find_stage=self._stage,
        )

    @cached_property
    def fingerprint(self) -> str:
        """Return a short hash of what is read: when the mapping changes, the stream is read anew."""
        fields = sorted(f"{each.name}={field_key(each)}" for each in self.map.fields.values())
        where = [f"{each.field} {each.compare} {','.join(each.values)}" for each in self.map.where]
        return hashlib.sha256("\n".join([self.object_name, *where, *fields]).encode()).hexdigest()[:12]

    def page(self, after: str | None, *, archived: bool, limit: int) -> list[Raw]:
        """Return up to `limit` rows of the complete list behind an id, in the order of ids."""
        with self._lock:
            view = self.table.archived if archived else self.table.live
            return [_raw(row) for row in islice(view.rows(int(after or 0) + 1), limit)]

    def window(self, start: datetime, stop: datetime, after: str | None, *, limit: int, is_stale: bool) -> list[Raw]:
        """Return up to `limit` rows that the index has as modified in [start, stop), behind an id, in the order of ids."""
        with self._lock:
            table, low = self.table, int(after or 0) + 1
            table.index.catch_up(self._records.now_ms())
            view, times = table.index.view, (to_ms(start), to_ms(stop))
            written = (each for each in view.written_in(*times) if each >= low)
            made, _ = view.generated_in(*times, low, _LAST)
            return [_raw(self._shown(row_id, is_stale=is_stale)) for row_id in islice(merge(written, made), limit)]

    def find(self, record_id: str, *, is_stale: bool = False) -> Raw | None:
        """Return a row fresh from the store, archived ones too; a merged one as its survivor."""
        if not record_id.isdigit():
            return None
        with self._lock:
            table = self.table
            row_id = table.resolve(int(record_id))
            row = table.find(row_id) or table.archived.get(row_id)
            if row is None:
                return None
            return _raw(table.previous(row) if is_stale and not row.is_archived else row)

    def holder(self, key: str) -> Raw | None:
        """Return the live row that holds an external id."""
        assert self.map.external_id is not None, self.object_name
        with self._lock:
            row_id = self.table.holder(self.map.external_id, key.strip())
            row = self.table.find(row_id) if row_id is not None else None
            return None if row is None else _raw(row)

    def count(self) -> int | None:
        """Return how many live rows the index has; None where the stream has a filter."""
        if self.map.where:
            return None
        with self._lock:
            self.table.index.catch_up(self._records.now_ms())
            return len(self.table.index.view)

    def rows(self, raws: Sequence[Raw]) -> tuple[list[Row], list[RecordError]]:
        """Return the rows of this stream, tombstones of what was merged into them, and an error for each unreadable one."""
        rows: list[Row] = []
        unreadable: list[RecordError] = []
        for raw in raws:
            if not self.translator.matches(raw):
                continue
            try:
                row = self.translator.row(self._asked(raw), self._links(raw))
            except RecordError as error:
                unreadable.append(error)
                continue
            rows.append(row)
            rows += self.translator.merged_away(row, raw) if merged_ids(raw) else ()
        return rows, unreadable

    def partial_row(self, raw: Raw) -> Row:
        """Return a row without the values that cannot be read."""
        without: set[str] = set()
        while True:
            try:
                return self.translator.row(self._asked(raw), self._links(raw), without=without)
            except RecordError as error:
                without.add(str(error.field))

    def history(self, record_id: str, name: str, find_owner: Callable[[int], str | None]) -> list[Change]:
        """Return the values of one canonical field, newest first; links and unmapped fields have none."""
        field = self.map.fields.get(name)
        raw = self.find(record_id)
        if field is None or field.crm_field is None or raw is None or raw["archived"] or raw["id"] != record_id:
            return []
        entries = self._portal.history(self.object_name, record_id, field.crm_field)
        return [self._change(record_id, name, each, find_owner) for each in entries]

    def _change(
        self, record_id: str, name: str, entry: Mapping[str, Any], find_owner: Callable[[int], str | None]
    ) -> Change:
        is_ours = entry["sourceId"] == APP_ID
        user = entry.get("updatedByUserId")
        by = f"{entry['sourceType']}:{entry['sourceId']}"
        if user is not None:
            by = find_owner(user) or f"user:{user}"
        return Change(
            record_id=record_id,
            field=name,
            value=self.translator.canonical(name, entry["value"]),
            at=datetime.fromisoformat(entry["timestamp"]),
            by=None if is_ours else by,
            by_us=is_ours,
        )

    def _links(self, raw: Raw) -> dict[str, list[str]]:
        """Return the links of a row by field key; those of an archived one are gone with it."""
        if raw["archived"]:
            return {}
        records, source, linked = self._records, self.table.type.name, {}
        with self._lock:
            for association, target in self._targets.items():
                live = records.table(target).live
                found = records.links.of(source, int(raw["id"]), target)
                labels = {kind.key: kind.label for kind in records.links.kinds(source, target)} if found else {}
                linked[association] = [
                    (str(other), [label for key in found[other] if (label := labels[key]) is not None])
                    for other in sorted(found)
                    if live.has(other)
                ]
        return {key: self._chosen(linked[str(field.association)], field) for key, field in self._read_links}

    def _chosen(self, linked: Sequence[tuple[str, list[str]]], field: FieldMap) -> list[str]:
        """Return the ids linked under a label; without one the primary ones, then those without a label.

        A company that a label of ours has linked is neither, though HubSpot may have made it the primary one.
        """
        if field.label is not None:
            return [other for other, labels in linked if field.label in labels]
        mapped = self.target_of.values()
        known = [each for each in mapped if each.association == field.association and each.label]
        labelled = {each.label for each in known}
        ours = {each.label for each in known if each.access is not Access.READ}
        others = [(other, labels) for other, labels in linked if not ours & set(labels)]
        primary = [other for other, labels in others if PRIMARY in labels]
        return primary + [other for other, labels in others if PRIMARY not in labels and not labelled & set(labels)]

    def _asked(self, raw: Raw) -> Raw:
        """Return a raw row with the properties that would have been asked for."""
        held: Mapping[str, Any] = raw["properties"]
        return {**raw, "properties": {name: held.get(name) for name in self.translator.properties}}

    def _shown(self, row_id: int, *, is_stale: bool) -> Version:
        """Return the version that a search shows of a match; some of those that lag show the store's."""
        table = self.table
        row = table.index.view.get(row_id)
        assert row is not None, row_id
        if is_stale:
            return table.previous(row)
        newer = table.find(row_id) if table.index.lags_for(row_id) else None
        share = self._portal.app.searches.fresh_share
        return newer if newer is not None and crc32(row.key.encode()) % 1000 < share * 1000 else row

    def _stage(self, stage_id: str) -> StageFact | None:
        pipelines: Collection[Any] = self._records.pipelines.get(self.table.type.name, ())
        for stage in (stage for pipeline in pipelines for stage in pipeline.stages):
            if stage.id == stage_id:
                is_closed = stage.metadata.get("isClosed") == "true"
                is_won = is_closed and stage.metadata.get("probability") == "1.0"
                return StageFact(is_closed=is_closed, is_won=is_won, is_writable=True)
        return None

    @property
    def table(self) -> Table:
        """Return the portal's rows of this object."""
        return self._records.table(self.object_name)

    @cached_property
    def _targets(self) -> dict[str, str]:
        """Return the portal's name of each object that links are read to, by the mapping's."""
        named = {str(field.association) for _, field in self._read_links}
        return {each: self._records.type_of(each).name for each in sorted(named)}

    @cached_property
    def _read_links(self) -> list[tuple[str, FieldMap]]:
        owned = LEDGER_OWNED.get(self.map.stream, frozenset())
        every = self.target_of.items()
        return [(key, each) for key, each in every if each.access is not Access.WRITE or each.name in owned]


def _raw(row: Version) -> Raw:
    raw = {
        "id": row.key,
        "properties": row.properties,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
        "archived": row.is_archived,
    }
    return raw if row.archived_at is None else {**raw, "archivedAt": row.archived_at}

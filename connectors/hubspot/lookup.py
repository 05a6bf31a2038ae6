"""Read rows by what they are, not by when they changed: by id, by our external id, and all keys for the sweep.

Everything here asks the store (batch read, get, list), never the search, whose index lags. What a batch read does not show
may be merged away or archived: a second look tells which, before anything is called gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from connectors.hubspot.client import understood
from connectors.hubspot.records import Raw
from connectors.hubspot.source import Source
from connectors.hubspot.translate import Translator, is_record_id, merged_ids
from connectors.mapping import EPOCH
from connectors.port import Row, Stamp
from rules.errors import PermanentError, RecordError

PURPOSE: Final = "read"
SINGLES_MAX: Final = 25  # so many missing rows are asked for one by one before the archive is looked through


def read_by_id(source: Source, record_ids: Sequence[str], *, owned_only: bool = False) -> dict[str, Row | None]:
    """Return the rows by the id asked for; None: neither there nor archived, or not visible.

    owned_only: links that the ledger does not own are left out, which spares a call for each kind of them.

    An archived row comes with is_deleted. A merged one comes as its survivor.
    """
    source.prepare()
    wanted = [each for each in dict.fromkeys(record_ids) if is_record_id(each)]
    found = _live(source, wanted)
    missing = [each for each in wanted if each not in found]
    if len(missing) > SINGLES_MAX:
        found |= _archived(source, missing)
        missing = [each for each in missing if each not in found]
    found |= _singly(source, missing)
    found |= _archived(source, [each for each in missing if each not in found])
    by_own_id = {str(raw["id"]): raw for raw in found.values()}
    partial = source.partial_rows(list(by_own_id.values()), purpose=PURPOSE, owned_only=owned_only)
    rows = {row.ref.record_id: row for row in partial}
    return {asked: rows[str(found[asked]["id"])] if asked in found else None for asked in record_ids}


def read_by_external_id(source: Source, keys: Sequence[str]) -> dict[str, Row | None]:
    """Return the live rows that hold these external ids, by the key asked for."""
    name = source.stream_map.external_id
    if name is None:
        raise PermanentError(
            f"{source.client.connection}: {source.stream_map.stream} has no external_id in the mapping. Name the unique "
            "property that holds the registration id.",
            crm=source.client.connection,
            object_name=source.object_name,
        )
    source.prepare()
    properties = tuple(dict.fromkeys([*source.properties, name]))
    raws = source.records.batch(keys, properties, id_property=name, purpose=PURPOSE)
    rows = source.partial_rows(raws, purpose=PURPOSE)
    held = {_key(raw, name): row for raw, row in zip(raws, rows, strict=True)}
    return {key: held.get(key.strip().casefold()) for key in keys}


def stamps(source: Source, cursor: str | None) -> tuple[Iterable[Stamp], str | None]:
    """Return one page of all ids of the stream, live ones first and then archived ones, and the cursor of the next page."""
    source.prepare()
    list_name, _, after = (cursor or "live:").partition(":")
    is_archived = list_name == "archived"
    filters = (each.field for each in source.stream_map.where)
    properties = tuple(dict.fromkeys([source.translator.stamp, *filters]))
    found = source.records.page(properties, after=after or None, archived=is_archived, purpose="sweep")
    with understood(source.records.call("sweep")):
        page = list(_stamps(source, found.rows))
    if found.after is not None:
        return page, f"{list_name}:{found.after}"
    return page, None if is_archived else "archived:"


def _stamps(source: Source, raws: Sequence[Raw]) -> Iterator[Stamp]:
    translator = source.translator
    for raw in raws:
        if translator.matches(raw):
            yield Stamp(
                record_id=str(raw["id"]),
                modified_at=_modified_at(translator, raw),
                is_deleted=raw.get("archived") is True,
            )


def _modified_at(translator: Translator, raw: Raw) -> datetime:
    """Return when a row changed last; long ago where that is not told, since what counts here is that the row is there."""
    try:
        return translator.modified_at(raw)
    except RecordError:
        return EPOCH


def _live(source: Source, ids: Sequence[str]) -> dict[str, Raw]:
    """Return the live rows by the id asked for; a row that tells of a merge answers for the ids merged into it."""
    found: dict[str, Raw] = {}
    raws = source.records.batch(ids, source.properties, purpose=PURPOSE)
    for raw in raws:
        for each in merged_ids(raw):
            found.setdefault(each, raw)
    return found | _by_id(raws)


def _singly(source: Source, ids: Iterable[str]) -> dict[str, Raw]:
    """Return rows asked for one by one, which alone follows a merge: the answer then carries another id."""
    rows = {each: source.records.single(each, source.properties, purpose=PURPOSE) for each in ids}
    return {asked: raw for asked, raw in rows.items() if raw is not None}


def _archived(source: Source, ids: Sequence[str]) -> dict[str, Raw]:
    if not ids:
        return {}
    raws = source.records.batch(ids, source.properties, archived=True, purpose=PURPOSE)
    return _by_id([{**raw, "archived": True} for raw in raws])


def _by_id(raws: Iterable[Raw]) -> dict[str, Raw]:
    return {str(raw["id"]): raw for raw in raws if raw.get("id")}


def _key(raw: Mapping[str, object], name: str) -> str:
    properties = raw.get("properties")
    value = properties.get(name) if isinstance(properties, Mapping) else None
    return str(value or "").strip().casefold()

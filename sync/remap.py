"""Follow a changed mapping: what was read or written under the old one is read again and looked at anew.

The mapping a connection was last worked with is kept in the ledger as one fingerprint per stream. Where what is read has
changed, the stream's next pull starts from the beginning; whatever has changed, every linked row is compared again, so that
a new word for a status reaches the rows that were in agreement under the old one. The brakes watch over it as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from ledger import connections, cursors, links
from rules.fields import Stream
from rules.mapping import FieldMap, Locks, StreamMap
from sync.events import emit
from sync.passes import Pass, remember


def follow_mapping(p: Pass) -> None:
    """Compare the mapping with that of the last pass, and have done again what it touches."""
    now = {str(stream): fingerprints(one) for stream, one in p.config.mapping.streams.items()}
    with p.begin() as tx:
        before = connections.mapping_of(tx, p.name)
        if before == now:
            return
        connections.remember_mapping(tx, p.name, now)
        if before is None:
            return  # first contact
        again = [name for name, (read, _) in now.items() if name in before and before[name][0] != read]
        for name in again:
            row = cursors.get(tx, p.name, Stream(name))
            if row is not None:
                cursors.save(tx, replace(row, cursor=None))
        links.mark_all_due(tx, p.name)
        remember(p, tx, "mapping_changed", streams=sorted(_changed(before, now)), read_again=again)
    emit("mapping_changed", pass_id=p.pass_id, crm=p.name, streams=sorted(_changed(before, now)), read_again=again)


def fingerprints(stream_map: StreamMap) -> list[str]:
    """Return two hashes: of what is read from the CRM, and of how our words are written there."""
    read = {
        "object": stream_map.object_name,
        "where": [[each.field, str(each.compare), list(each.values)] for each in stream_map.where],
        "fields": {name: _read(field) for name, field in sorted(stream_map.fields.items())},
    }
    status = stream_map.status
    written = {
        "external_id": stream_map.external_id,
        "fields": {name: [str(field.access), dict(field.writes)] for name, field in sorted(stream_map.fields.items())},
        "status": [dict(status.write), dict(status.commands)] if status is not None else None,
        "locks": _locks(stream_map.locks),
    }
    return [_hash(read), _hash(written)]


def _read(field: FieldMap) -> list[Any]:
    target = str(field.target) if field.target is not None else None
    return [field.crm_field, str(field.type), field.association, field.label, target, dict(field.values)]


def _locks(locks: Locks | None) -> Any:
    if locks is None:
        return None
    sides = (locks.states, locks.moves)
    return [locks.name, *({word: sorted(names) for word, names in side.items()} for side in sides)]


def _hash(value: object) -> str:
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    return {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}

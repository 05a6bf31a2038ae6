"""Joining two records into one with a new id: values, history, links and the ids that lead there from now on."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.hubspot.history import Source
from sandbox.hubspot.links import Links
from sandbox.hubspot.rows import Properties, Row
from sandbox.hubspot.table import Table


def join(table: Table, links: Links, winner: Row, loser: Row, *, now_ms: int, source: Source) -> Row:
    """Return the record that continues both: the winner's values, the loser's where the winner has none."""
    kept: Properties = {name: value for name, value in loser.properties.items() if value is not None}
    kept |= {name: value for name, value in winner.properties.items() if value is not None}
    kept["hs_merged_object_ids"] = ";".join(each for row in (winner, loser) for each in _past_ids(row))
    first = min((winner, loser), key=lambda row: row.created_ms)
    kept[table.type.created_property] = first.properties[table.type.created_property]
    row_id = table.new_id()
    for each in (winner, loser):
        table.merge_away(each, row_id, now_ms=now_ms)
    row = table.insert(kept, now_ms=now_ms, source=source, row_id=row_id, created_ms=first.created_ms)
    for each in (winner, loser):
        table.history.merge(row, each)
        links.move(table.type.name, each.id, row.id)
    return row


def _past_ids(row: Row) -> Sequence[str]:
    past = row.properties.get("hs_merged_object_ids")
    return [row.key, *(past.split(";") if past else ())]

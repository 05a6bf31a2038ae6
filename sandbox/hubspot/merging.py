"""Joining two records into one: values, history, links and the ids that lead there from now on.

As a rule the result has a new id; HubSpot only says that it may, so the older way is here too: the winner goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.hubspot.history import Source
from sandbox.hubspot.links import Links
from sandbox.hubspot.rows import Properties, Row
from sandbox.hubspot.table import Table


def join(table: Table, links: Links, winner: Row, loser: Row, *, now_ms: int, source: Source) -> Row:
    """Return a new record that continues both."""
    first = min((winner, loser), key=lambda row: row.created_ms)
    kept = _joined(winner, loser)
    kept["hs_merged_object_ids"] = ";".join([*_ids(winner), *_ids(loser)])
    kept[table.type.created_property] = first.properties[table.type.created_property]
    row_id = table.new_id()
    for each in (winner, loser):
        table.merge_away(each, row_id, now_ms=now_ms)
    row = table.insert(kept, now_ms=now_ms, source=source, row_id=row_id, created_ms=first.created_ms)
    for each in (winner, loser):
        table.history.merge(row, each)
        links.move(table.type.name, each.id, row.id)
    return row


def absorb(table: Table, links: Links, winner: Row, loser: Row, *, now_ms: int, source: Source) -> Row:
    """Return the winner, which continues both under its own id."""
    kept = _joined(winner, loser)
    kept["hs_merged_object_ids"] = ";".join([*_ids(winner)[1:], *_ids(loser)])
    table.merge_away(loser, winner.id, now_ms=now_ms)
    row = table.change(winner, kept, now_ms=now_ms, source=source)
    links.move(table.type.name, loser.id, row.id)
    return row


def _joined(winner: Row, loser: Row) -> Properties:
    """Return the winner's values, the loser's where the winner has none."""
    kept: Properties = {name: value for name, value in loser.properties.items() if value is not None}
    return kept | {name: value for name, value in winner.properties.items() if value is not None}


def _ids(row: Row) -> Sequence[str]:
    """Return a record's id and those that were merged into it."""
    past = row.properties.get("hs_merged_object_ids")
    return [row.key, *(past.split(";") if past else ())]

"""The owners of a sandbox portal as Rows: they come whole each time, since no listing of them tells what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.hubspot.translate import record_id_text
from connectors.mapping import compile_reader, parse_instant
from connectors.port import Row
from rules.mapping import StreamMap
from rules.records import CrmRef
from sandbox.hubspot.about import owners_page
from sandbox.hubspot.paths import locate
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.request import Call


class OwnersView:
    """All owners, the active ones first."""

    def __init__(self, portal: Portal, stream_map: StreamMap, connection: str) -> None:
        self._portal = portal
        self._map = stream_map
        self._connection = connection
        self._read = compile_reader(stream_map, connection=connection, normalise_ref=record_id_text)

    def rows(self) -> list[Row]:
        """Return every owner."""
        return [self._row(raw) for archived in ("false", "true") for raw in self._listed(archived)]

    def _listed(self, archived: str) -> list[dict[str, Any]]:
        place = locate(["crm", "v3", "owners"])
        assert place is not None, "owners have a path"
        query = {"archived": [archived], "limit": ["500"]}
        call = Call(method="GET", place=place, url="", query=query, body=b"", fault=None)
        data = owners_page(self._portal.records, call).data
        assert data is not None, "a page has a body"
        return list(data["results"])

    def _row(self, raw: Mapping[str, Any]) -> Row:
        teams = [each["name"] for each in raw["teams"]]
        offered = {
            **raw,
            "name": " ".join(filter(None, (raw["firstName"], raw["lastName"]))),
            "isActive": not raw["archived"],
            "team": teams[0] if teams else None,
            "teams": teams,
        }
        return Row(
            ref=CrmRef(self._connection, self._map.object_name, raw["id"]),
            stream=self._map.stream,
            created_at=parse_instant(raw["createdAt"]),
            modified_at=parse_instant(raw["updatedAt"]),
            values=self._read(offered, raw["id"]),
        )

"""A first read of many rows, Registrar's against the bare loop's, in turns on one server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.measure import Figure, in_process
from benchmarks.server import Serving, serving


class Mode(StrEnum):
    """How rows are read. Above 20,000 rows Registrar leaves Salesforce's pages for a bulk job by itself."""

    SALESFORCE = "Salesforce"
    SALESFORCE_PAGED = "Salesforce, by pages only"
    HUBSPOT = "HubSpot"


_KIND: Final = {Mode.SALESFORCE: "salesforce", Mode.SALESFORCE_PAGED: "salesforce", Mode.HUBSPOT: "hubspot"}
_OPTIONS: Final[dict[Mode, dict[str, Any]]] = {Mode.SALESFORCE_PAGED: {"bulk_threshold_rows": 10**9}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """The runs of one size, bare and ours in pairs."""

    mode: Mode
    rows: int
    bare: Sequence[Figure]
    ours: Sequence[Figure]

    @property
    def ratios(self) -> list[float]:
        """Return ours against bare, pair by pair, in wall time."""
        return [ours.wall_s / bare.wall_s for ours, bare in zip(self.ours, self.bare, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)


def backfill(mode: Mode, sizes: Sequence[int], *, runs: int) -> list[Backfill]:
    """Return the figures of one way of reading, by size."""
    found = []
    for rows in sizes:
        bare, ours = [], []
        with serving(_KIND[mode], rows) as crm, TemporaryDirectory(prefix="registrar-bench-") as directory:
            for run in range(runs):
                bare.append(_bare(crm, Path(directory) / f"bare-{run}.db"))
                ours.append(_ours(crm, Path(directory) / f"ours-{run}.db", mode))
        found.append(Backfill(mode=mode, rows=rows, bare=bare, ours=ours))
    return found


def _bare(crm: Serving, path: Path) -> Figure:
    figure = in_process("benchmarks.bare", crm.kind, crm.url, json.dumps(crm.login), str(path))
    assert figure.facts["rows"] == crm.rows, figure
    return figure


def _ours(crm: Serving, path: Path, mode: Mode) -> Figure:
    figure = in_process("benchmarks.ours", crm.plan(path, streams=["opportunities"], options=_OPTIONS.get(mode, {})))
    assert figure.facts["new"] == crm.rows, figure
    return figure

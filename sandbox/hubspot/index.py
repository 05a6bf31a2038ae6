"""The search index: what a search sees of one object type, late by as much as it lags.

With no lag it shares the store's versions. A version that is to show later waits here; until then the index holds the one
before it, so that a search misses a new record, finds a deleted one, and matches an edited one on its old values.
"""

from __future__ import annotations

from heapq import heappop, heappush

from sandbox.hubspot.rows import Row
from sandbox.hubspot.view import View


class Index:
    """A lagging view of the live rows. Times in epoch milliseconds."""

    def __init__(self) -> None:
        self.view = View(has_times=True)
        self._waiting: list[tuple[int, int, int, Row | None]] = []
        self._booked = 0
        self._last_due: dict[int, int] = {}

    def note(self, row_id: int, row: Row | None, *, due_ms: int, now_ms: int) -> None:
        """Take in a new version, or None for a record that is gone, to be seen from `due_ms` on.

        Versions of one record show in the order in which they were written.
        """
        due = max(due_ms, self._last_due.get(row_id, 0))
        if due <= now_ms:
            self._show(row_id, row)
            return
        self._booked += 1
        self._last_due[row_id] = due
        heappush(self._waiting, (due, self._booked, row_id, row))

    def catch_up(self, now_ms: int) -> None:
        """Show what has become due."""
        while self._waiting and self._waiting[0][0] <= now_ms:
            due, _, row_id, row = heappop(self._waiting)
            if self._last_due.get(row_id) == due:
                del self._last_due[row_id]
            self._show(row_id, row)

    def lags_for(self, row_id: int) -> bool:
        """Tell whether newer versions of this record are still waiting."""
        return row_id in self._last_due

    def _show(self, row_id: int, row: Row | None) -> None:
        if row is None:
            self.view.drop(row_id)
        else:
            self.view.put(row)

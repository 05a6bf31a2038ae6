"""The daemon's seams, wrapped: calls of a CRM, transactions and sleeps cross here, by name, and may be disturbed.

A seam's name tells the stage that made it and what it is: `push/before call of read`, `reconcile/after commit`. Whoever
disturbs may let time pass, raise Crash, or let another daemon run; never while a write transaction is open, but for a crash.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePath
from types import FrameType
from typing import Any, Final

from connectors.port import Clock, Connector, Page, Write
from ledger.engine import Ledger, Tx
from tests.sync.seams import Crash

__all__ = ["Crash", "Disturb", "Process", "SimClock", "SimConnector", "SimLedger"]

# stage ("push"), moment ("before call of read"), whether a write transaction is open
Disturb = Callable[[str, str, bool], None]
# what is about to be written: somebody may be quicker
Meddle = Callable[[Sequence[Write]], None]

CALLS: Final = ("identify", "pull", "read", "read_by_external_id", "push", "history", "stamps", "count", "rates")
# Modules that only pass a crossing on; the stage is the one that called them.
_PASSED: Final = frozenset({"passes", "lease", "events"})


class CallInTransactionError(AssertionError):
    """A CRM was called while a write transaction was open: a slow CRM would hold the ledger locked."""


class Process:
    """One daemon's process. open: its write transactions. A dead one can do nothing any more, not even clean up."""

    def __init__(self) -> None:
        self.open = 0
        self.is_dead = False

    def check(self) -> None:
        if self.is_dead:
            raise Crash


@contextmanager
def dying(process: Process) -> Iterator[None]:
    """Note that the process dies when a Crash comes by: what its clean-up code still tries is done by nobody."""
    try:
        yield
    except Crash:
        process.is_dead = True
        raise


class SimConnector:
    """A connector whose calls are seams. delivered: rows that pulls have handed over, by stream.

    meddle: told of each write, after everything was read for it and before the CRM gets it. covered: how far each stream
    of this connection has been read to its end, as the CRM said, over all daemons' lives.
    """

    def __init__(
        self, inner: Connector, disturb: Disturb, meddle: Meddle, covered: MutableMapping[tuple[str, str], datetime]
    ) -> None:
        self._inner = inner
        self._disturb = disturb
        self._meddle = meddle
        self._covered = covered
        self.process = Process()
        self.delivered: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in CALLS:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self.process.check()
            if self.process.open:
                raise CallInTransactionError(f"{self._inner.name}.{name} was called inside a write transaction")
            at = stage()
            self._cross(at, f"before call of {name}")
            if name == "push":
                self._meddle(args[0])
            answer = found(*args, **kwargs)
            if isinstance(answer, Page):
                self._note(str(args[0]), answer)
            self._cross(at, f"after call of {name}")
            return answer

        return call

    def _note(self, stream: str, page: Page) -> None:
        self.delivered[stream] += len(page.rows) + len(page.unreadable)
        if page.is_last and page.covered_until is not None:
            place = (self._inner.name, stream)
            self._covered[place] = max(page.covered_until, self._covered.get(place, page.covered_until))

    def _cross(self, at: str, moment: str) -> None:
        with dying(self.process):
            self._disturb(at, moment, False)


class SimLedger:
    """A ledger whose transactions are seams: before they begin, before and after they commit, before they read."""

    def __init__(self, inner: Ledger, disturb: Disturb, process: Process) -> None:
        self.inner = inner
        self._disturb = disturb
        self._process = process
        self.dialect = inner.dialect
        self.url = inner.url

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        at = stage()
        self._cross(at, "before begin")
        with self.inner.begin() as tx:
            self._process.open += 1
            try:
                yield tx
                self._cross(at, "before commit")
            finally:
                self._process.open -= 1
        self._cross(at, "after commit")

    @contextmanager
    def read(self) -> Iterator[Tx]:
        self._cross(stage(), "before read")
        with self.inner.read() as tx:
            yield tx

    def close(self) -> None:
        self.inner.close()

    def _cross(self, at: str, moment: str) -> None:
        self._process.check()
        with dying(self._process):
            self._disturb(at, moment, bool(self._process.open))


class SimClock:
    """Our own clock, which may be set wrong; the world's goes on. Its sleeps are seams."""

    def __init__(self, inner: Clock, disturb: Disturb) -> None:
        self._inner = inner
        self._disturb = disturb

    def now(self) -> datetime:
        return self._inner.now()

    def monotonic(self) -> float:
        return self._inner.monotonic()

    def sleep(self, seconds: float) -> None:
        self._disturb("clock", "before sleep", False)
        self._inner.sleep(seconds)


def stage() -> str:
    """Return the module of sync/ on whose behalf a seam is crossed."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        path = PurePath(frame.f_code.co_filename)
        if path.parent.name == "sync" and "tests" not in path.parts and path.stem not in _PASSED:
            return path.stem
        frame = frame.f_back
    return "daemon"

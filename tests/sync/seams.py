"""The engine's seams, wrapped: every connector call and every transaction passes here and may be disturbed.

A disturbance is a function that is told the seam ("salesforce.push", "begin") and the stage ("before", "after"). It may
let people act, let time pass, or raise Crash, which no code of the product catches: the stack unwinds, an open transaction
rolls back, and the process is as good as dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from connectors.port import Connector
from ledger.engine import Ledger, Tx

Disturb = Callable[[str, str], None]

CALLS = ("identify", "pull", "read", "push", "history", "stamps", "count", "rates")


class Crash(BaseException):
    """The process dies here."""


class SeamConnector:
    """A connector whose calls are disturbed. pushed: how many writes went through."""

    def __init__(self, inner: Connector, disturb: Disturb) -> None:
        self._inner = inner
        self._disturb = disturb
        self.pushed = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in CALLS:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._disturb(f"{self._inner.name}.{name}", "before")
            answer = found(*args, **kwargs)
            if name == "push":
                self.pushed += len(answer)
            self._disturb(f"{self._inner.name}.{name}", "after")
            return answer

        return call


class SeamLedger:
    """A ledger whose write transactions are disturbed before they begin, before they commit and after."""

    def __init__(self, inner: Ledger, disturb: Disturb) -> None:
        self._inner = inner
        self._disturb = disturb
        self.dialect = inner.dialect
        self.url = inner.url

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        self._disturb("begin", "before")
        with self._inner.begin() as tx:
            yield tx
            self._disturb("commit", "before")
        self._disturb("commit", "after")

    @contextmanager
    def read(self) -> Iterator[Tx]:
        with self._inner.read() as tx:
            yield tx

    def close(self) -> None:
        self._inner.close()


class Once:
    """Do something at the first crossing of one seam, or at its n-th."""

    def __init__(self, seam: str, stage: str, act: Callable[[], None], *, number: int = 1) -> None:
        self._seam = (seam, stage)
        self._act = act
        self._left = number

    def __call__(self, seam: str, stage: str) -> None:
        if (seam, stage) == self._seam and self._left > 0:
            self._left -= 1
            if self._left == 0:
                self._act()

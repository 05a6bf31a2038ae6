"""The line to a CRM at the connector-port door: where calls are counted, and lost, delayed or refused by the plan of faults.

A call here is a function to run. What any server can do to it (time-outs, resets, unreadable answers) and what the CRM says
to a call as a whole (too fast, no allowance left, login revoked) happens in the line; what concerns single rows is left to
the two ports (port_salesforce.py, port_hubspot.py). Reads are tried again as the real connectors do, writes never are.
"""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import Final, TypeVar

from connectors.port import CallRecord, Clock
from rules.errors import PermanentError, RetryClass, TransientError
from sandbox.faults import TRANSPORT, Fault, FaultKind, Faults

READ_TRIES: Final = 3
TIMEOUT_S: Final = 60.0
_PAUSE_S: Final = 2.0
_RATE_PAUSE_S: Final = 10.0

_WHOLE: Final = frozenset(
    {FaultKind.RATE_LIMITED, FaultKind.DAILY_LIMIT, FaultKind.TOKEN_EXPIRED, FaultKind.REFRESH_REVOKED}
)
_NOT_APPLIED: Final = frozenset({FaultKind.TIMEOUT_BEFORE, FaultKind.RESET_BEFORE})
_BY_OPTION: Final = frozenset({FaultKind.SERVER_ERROR, FaultKind.HTML_200})
_SLOW: Final = frozenset({FaultKind.TIMEOUT_BEFORE, FaultKind.TIMEOUT_AFTER, FaultKind.SLOW_DRIP})
_CODES: Final = {FaultKind.SERVER_ERROR: "HTTP 500", FaultKind.HTML_200: "HTTP 200"}

Rows = TypeVar("Rows", bound=Sized)


class Line:
    """One connection's way to its CRM. count: tells the CRM's own counter of each call."""

    def __init__(self, name: str, door: str, *, faults: Faults, clock: Clock, count: Callable[[], None]) -> None:
        self.name = name
        self.door = door
        self._faults = faults
        self._clock = clock
        self._count = count
        self._calls: list[CallRecord] = []

    def read(self, path: str, purpose: str, ask: Callable[[], Rows], *, method: str = "GET") -> Rows:
        """Return what `ask` returns, tried again a few times where the answer does not come."""
        for attempt in range(1, READ_TRIES):
            try:
                return self._call(method, path, purpose, ask, is_write=False)
            except TransientError as error:
                if error.retry_class is not RetryClass.TRANSIENT:
                    raise
                self._clock.sleep(_PAUSE_S * attempt)
        return self._call(method, path, purpose, ask, is_write=False)

    def write(self, method: str, path: str, apply: Callable[[], Rows]) -> Rows:
        """Return what `apply` returns; raise TransientError with outcome_unknown where the answer does not come."""
        return self._call(method, path, "push", apply, is_write=True)

    def draw(self, method: str, path: str, kinds: frozenset[FaultKind]) -> Fault | None:
        """Return a fault that a port itself applies."""
        return self._faults.draw(self.door, method, path, kinds)

    def take_calls(self) -> list[CallRecord]:
        calls, self._calls = self._calls, []
        return calls

    def _call(self, method: str, path: str, purpose: str, run: Callable[[], Rows], *, is_write: bool) -> Rows:
        fault = self._faults.draw(self.door, method, path, TRANSPORT | _WHOLE)
        while fault is not None and fault.kind in (FaultKind.RATE_LIMITED, FaultKind.TOKEN_EXPIRED):
            # Both are refused before anything is done, and are over after a pause or a new login.
            self._note(purpose, status=429 if fault.kind is FaultKind.RATE_LIMITED else 401, rows=0)
            if fault.kind is FaultKind.RATE_LIMITED:
                self._clock.sleep(float(fault.options.get("retry_after_s") or _RATE_PAUSE_S))
            fault = self._faults.draw(self.door, method, path, TRANSPORT | _WHOLE)
        if fault is None:
            rows = run()
            self._note(purpose, status=200, rows=len(rows))
            return rows
        if fault.kind in _WHOLE:
            raise self._refused(fault, purpose)
        is_applied = fault.kind not in _NOT_APPLIED
        if fault.kind in _BY_OPTION:
            is_applied = bool(fault.options.get("applied", False))
        if is_applied and is_write:
            run()
        if fault.kind in _SLOW:
            self._clock.sleep(TIMEOUT_S)
        self._note(purpose, status=None, rows=0)
        raise TransientError(
            f"{self.name}: no readable answer came ({fault.kind.value}).",
            crm=self.name,
            outcome_unknown=is_write,
            code=_CODES.get(fault.kind, fault.kind.value),
        )

    def _refused(self, fault: Fault, purpose: str) -> TransientError | PermanentError:
        if fault.kind is FaultKind.DAILY_LIMIT:
            self._note(purpose, status=403, rows=0)
            message = f"{self.name}: the daily allowance of calls is used up."
            return TransientError(message, crm=self.name, retry_class=RetryClass.EXHAUSTED, code="DAILY_LIMIT")
        self._note(purpose, status=400, rows=0)
        message = f"{self.name}: the login was revoked. Log in anew."
        return PermanentError(message, crm=self.name, code="REFRESH_REVOKED")

    def _note(self, purpose: str, *, status: int | None, rows: int) -> None:
        self._count()
        record = CallRecord(
            connection=self.name, purpose=purpose, at=self._clock.now(), status=status, rows=rows, cost=1, elapsed_ms=0
        )
        self._calls.append(record)

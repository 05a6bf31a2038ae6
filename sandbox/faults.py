"""What can go wrong in the sandbox, by hand or by chance.

A fault is drawn by whoever can apply it: the transport middleware (sandbox/transport.py) for what any server can do to a
call, a CRM's own app for what only that CRM says, people (sandbox/people.py) for what people do. Each names the kinds it
can apply, so a planned fault waits for the first call that fits. Drawing is thread-safe and, for one rng, deterministic.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class FaultKind(StrEnum):
    """The closed list of faults, grouped by who applies them."""

    # Any server: applied by FaultyApp and by the connector-port door.
    TIMEOUT_BEFORE = "timeout_before"  # no answer, nothing applied
    TIMEOUT_AFTER = "timeout_after"  # applied, no answer
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    RESET_MID_BODY = "reset_mid_body"
    SERVER_ERROR = "server_error"  # options: status (500, 502, 503), applied (bool)
    HTML_200 = "html_200"  # an HTML page where JSON was due; options: status, applied
    TRUNCATED_JSON = "truncated_json"
    EMPTY_BODY = "empty_body"  # status as it was, body gone
    SLOW_DRIP = "slow_drip"  # options: pause_s between pieces, pieces

    # What only the CRM itself says: applied by the CRM's app.
    RATE_LIMITED = "rate_limited"  # options: retry_after_s, shape (the CRM's own variants)
    DAILY_LIMIT = "daily_limit"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a fault's name
    REFRESH_REVOKED = "refresh_revoked"
    FIELD_FORBIDDEN = "field_forbidden"  # options: field
    ROW_INVALID = "row_invalid"  # options: message, field
    ROW_LOCKED = "row_locked"  # options: by_approval (Salesforce: locked until the approval ends)
    DUPLICATE_VALUE = "duplicate_value"
    ROW_GONE = "row_gone"
    RESULTS_REORDERED = "results_reordered"
    RESULTS_FEWER = "results_fewer"
    CURSOR_EXPIRED = "cursor_expired"

    # Time and visibility: applied where rows are stored and searched.
    LATE_COMMIT = "late_commit"  # options: delay_s; the stamp is older than the moment it becomes visible
    INDEX_LAG = "index_lag"  # options: lag_s
    STALE_READ = "stale_read"
    OUT_OF_ORDER = "out_of_order"

    # People and platform: applied by people.
    EDIT_BACK = "edit_back"  # an edit, then the old value again
    TAMPER = "tamper"  # an edit of a field the ledger owns
    DELETE = "delete"
    UNDELETE = "undelete"
    MERGE = "merge"
    CLONE = "clone"  # a copy that carries our marker fields
    MASS_UPDATE = "mass_update"  # every stamp moves
    TRANSFER = "transfer"  # record owner changes
    SAME_SECOND = "same_second"  # two partners register one deal in one second in both CRMs


TRANSPORT: Final = frozenset(
    {
        FaultKind.TIMEOUT_BEFORE,
        FaultKind.TIMEOUT_AFTER,
        FaultKind.RESET_BEFORE,
        FaultKind.RESET_AFTER,
        FaultKind.RESET_MID_BODY,
        FaultKind.SERVER_ERROR,
        FaultKind.HTML_200,
        FaultKind.TRUNCATED_JSON,
        FaultKind.EMPTY_BODY,
        FaultKind.SLOW_DRIP,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault to apply now. roll: a number in [0, 1) for whatever varies (where to cut, which status)."""

    kind: FaultKind
    roll: float = 0.5
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Plan:
    kind: FaultKind
    door: str | None
    match: str | None
    skip: int
    count: int | None
    options: Mapping[str, Any]

    def fits(self, door: str, call: str, kinds: frozenset[FaultKind]) -> bool:
        return self.kind in kinds and self.door in (None, door) and (self.match is None or self.match in call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A fault that was applied, for traces and tests. call: "METHOD /path?query"."""

    door: str
    call: str
    fault: Fault


class Faults:
    """The faults planned by hand and the chance of random ones.

    rates: chance per drawing of each kind, 0 to 1. Without an rng there are planned faults only.
    """

    def __init__(self, rng: random.Random | None = None, rates: Mapping[FaultKind, float] | None = None) -> None:
        if rates and rng is None:
            raise ValueError("random faults need an rng: pass Faults(random.Random(seed), rates)")
        self._rng = rng
        self.rates: dict[FaultKind, float] = dict(rates or {})
        self._plans: list[_Plan] = []
        self.drawn: list[Drawn] = []
        self._lock = threading.Lock()

    def plan(
        self,
        kind: FaultKind,
        *,
        door: str | None = None,
        match: str | None = None,
        count: int | None = 1,
        skip: int = 0,
        **options: Any,
    ) -> None:
        """Plan a fault for the next calls that fit, after letting `skip` of them pass.

        door: "salesforce" or "hubspot", None for either. match: substring of "METHOD /path?query" (decoded). count: how
        many calls, None for every one until clear(). options: what the kind takes, see FaultKind.
        """
        with self._lock:
            self._plans.append(_Plan(kind=kind, door=door, match=match, skip=skip, count=count, options=options))

    def clear(self) -> None:
        """Forget every planned fault and every rate: from now on the world is well-behaved."""
        with self._lock:
            self._plans.clear()
            self.rates.clear()

    @property
    def is_quiet(self) -> bool:
        """Tell whether nothing is planned and nothing can happen by chance."""
        return not self._plans and not self.rates

    def draw(self, door: str, method: str, path: str, kinds: Iterable[FaultKind]) -> Fault | None:
        """Return the fault to apply to this call, out of the kinds the caller can apply, or None.

        A planned fault that fits is used up first, in planning order; else chance decides.
        """
        if self.is_quiet:
            return None
        able = kinds if isinstance(kinds, frozenset) else frozenset(kinds)
        call = f"{method} {path}"
        with self._lock:
            fault = self._planned(door, call, able) or self._by_chance(able)
            if fault is not None:
                self.drawn.append(Drawn(door=door, call=call, fault=fault))
            return fault

    def _planned(self, door: str, call: str, kinds: frozenset[FaultKind]) -> Fault | None:
        for plan in self._plans:
            if not plan.fits(door, call, kinds):
                continue
            if plan.skip > 0:
                plan.skip -= 1
                continue
            if plan.count is not None:
                plan.count -= 1
                if plan.count <= 0:
                    self._plans.remove(plan)
            return Fault(kind=plan.kind, options=plan.options)
        return None

    def _by_chance(self, kinds: frozenset[FaultKind]) -> Fault | None:
        if self._rng is None:
            return None
        # One number per drawing, laid along the rates in declaration order: sets have no order of their own.
        left = self._rng.random()
        for kind in FaultKind:
            rate = self.rates.get(kind, 0.0) if kind in kinds else 0.0
            if left < rate:
                return Fault(kind=kind, roll=left / rate)
            left -= rate
        return None

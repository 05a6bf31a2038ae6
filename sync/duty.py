"""A daemon's duty: of all daemons over one ledger, one is at work, and the others know it.

Passes are fenced by leases of their own; this one keeps two daemons from taking turns, each at the full price in API calls.
It is a lease too, renewed while the daemon lives. What a process of this machine held that is gone is given up for it.
"""

from __future__ import annotations

import os
import socket
from typing import Final

from connectors.port import Clock
from ledger import leases
from ledger.engine import Ledger
from ledger.rows import LeaseRow

NAME: Final = "daemon"


def holder_name(token: str) -> str:
    """Return this process's name in the leases: host, process, and a token that no other start has."""
    return f"{socket.gethostname()}:{os.getpid()}:{token}"


class Duty:
    """The duty of one daemon. ttl_s: how long it lasts without renewal."""

    def __init__(self, ledger: Ledger, *, holder: str, ttl_s: float, clock: Clock) -> None:
        self._ledger = ledger
        self._holder = holder
        self._ttl_s = ttl_s
        self._clock = clock
        self._epoch: int | None = None

    @property
    def renew_every_s(self) -> float:
        return self._ttl_s / 3

    def take(self) -> LeaseRow | None:
        """Take the duty, or renew it; return who has it instead, None when it is ours."""
        now = self._clock.now()
        with self._ledger.begin() as tx:
            renewed = self._epoch is not None and leases.renew(
                tx, NAME, holder=self._holder, epoch=self._epoch, ttl_s=self._ttl_s, now=now
            )
            if renewed:
                return None
            self._epoch = leases.acquire(tx, NAME, holder=self._holder, ttl_s=self._ttl_s, now=now)
            return leases.get(tx, NAME) if self._epoch is None else None

    def give_up(self) -> None:
        """Let another daemon take over at once."""
        if self._epoch is None:
            return
        with self._ledger.begin() as tx:
            leases.release(tx, NAME, holder=self._holder, epoch=self._epoch, now=self._clock.now())
        self._epoch = None


def bury_dead(ledger: Ledger, *, clock: Clock) -> None:
    """End the leases of processes of this machine that are no more, so that a restart need not wait for them."""
    with ledger.begin() as tx:
        for row in leases.running(tx, now=clock.now()):
            if _is_dead(row.holder):
                leases.release(tx, row.name, holder=row.holder, epoch=row.epoch, now=clock.now())


def _is_dead(holder: str) -> bool:
    host, _, rest = holder.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False

"""The right to run passes: one holder per name, checked inside every transaction, renewed while work goes on.

The epoch is a fencing token: a daemon that slept past its lease finds another epoch at its next transaction and stops with
LeaseLostError before anything of its is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connectors.port import Clock
from ledger import leases
from ledger.engine import Ledger, Tx
from ledger.errors import LeaseLostError

RENEW_SHARE = 1 / 3  # of the lease's time, after which it is renewed


@dataclass(slots=True, kw_only=True)
class Lease:
    """One lease as held. Not shared between threads."""

    name: str
    holder: str
    epoch: int
    ttl_s: float
    clock: Clock
    renewed_s: float  # clock.monotonic() of the last renewal

    def check(self, tx: Tx) -> None:
        """Raise LeaseLostError unless the lease is still ours, in this transaction; renew it when a third is over."""
        now = self.clock.now()
        try:
            leases.check(tx, self.name, epoch=self.epoch, now=now)
        except LeaseLostError:
            self._take_again(tx, now)
            return
        if self.clock.monotonic() - self.renewed_s < self.ttl_s * RENEW_SHARE:
            return
        if not leases.renew(tx, self.name, holder=self.holder, epoch=self.epoch, ttl_s=self.ttl_s, now=now):
            raise LeaseLostError(f"The lease of {self.name} was lost; this pass stores nothing more.")
        self.renewed_s = self.clock.monotonic()

    def _take_again(self, tx: Tx, now: datetime) -> None:
        """Take the lease again when it ran out, during one long call, without anybody having had it meanwhile.

        The epoch tells: each holder gets a higher one. Raises LeaseLostError when another daemon came.
        """
        row = leases.get(tx, self.name)
        # One below ours: we took it again in a transaction that was rolled back.
        if row is not None and row.holder == self.holder and row.epoch in (self.epoch, self.epoch - 1):
            epoch = leases.acquire(tx, self.name, holder=self.holder, ttl_s=self.ttl_s, now=now)
            if epoch == row.epoch + 1:
                self.epoch = epoch
                self.renewed_s = self.clock.monotonic()
                return
        raise LeaseLostError(f"Another daemon has taken the lease of {self.name}; this pass stores nothing more.")


def acquire(ledger: Ledger, name: str, *, holder: str, ttl_s: float, clock: Clock) -> Lease | None:
    """Return the lease, or None while another holder has it."""
    with ledger.begin() as tx:
        epoch = leases.acquire(tx, name, holder=holder, ttl_s=ttl_s, now=clock.now())
    if epoch is None:
        return None
    return Lease(name=name, holder=holder, epoch=epoch, ttl_s=ttl_s, clock=clock, renewed_s=clock.monotonic())


def release(ledger: Ledger, lease: Lease) -> None:
    """Give the lease back, so that another daemon need not wait for its end."""
    with ledger.begin() as tx:
        leases.release(tx, lease.name, holder=lease.holder, epoch=lease.epoch, now=lease.clock.now())

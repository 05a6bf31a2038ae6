"""Exchange rates into the ledger: told by the CRMs once a day, and by a file beside the rules whenever it changes.

Reading them never fails a pass: those known before go on, and a person is told. What they mean for a decision is said in
sync/rate_book.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from ledger import counters
from ledger import rates as store
from ledger.codec import from_micros, to_micros
from rules.errors import ConfigError, TransientError
from rules.policy import Policy
from sync.events import emit
from sync.passes import Pass
from sync.rate_book import FILE

ASK_EVERY: Final = timedelta(hours=20)
LOOK_BACK: Final = timedelta(days=35)  # corrections of older days are met at the next first contact only

Dated = Mapping[str, Sequence[tuple[date, Decimal]]]
ReadFile = Callable[[Path, str], Dated]  # a file and the policy's currency -> rates; raises ConfigError


class RateFiles:
    """The rate files that policies name, each read when it has changed. directory: where the rules are."""

    def __init__(self, directory: Path | None, read: ReadFile) -> None:
        self._directory = directory
        self._read = read
        self._seen: dict[tuple[str, str], tuple[int, int] | None] = {}

    def refresh(self, p: Pass, policies: Iterable[Policy]) -> None:
        """Store what the files of these policies tell anew."""
        wanted = {(each.rates.file, each.currency) for each in policies if each.rates.file is not None}
        for name, base in sorted(wanted):
            if self._directory is None:
                continue
            path = self._directory / name
            stamp = _stamp(path)
            if self._seen.get((name, base), ()) == stamp:
                continue
            self._seen[name, base] = stamp
            try:
                told = self._read(path, base)
            except ConfigError as error:
                emit("rates_rejected", pass_id=p.pass_id, file=name, error=str(error))
                p.tally.problems.append(f"{name}: exchange rates cannot be read; those known before go on. {error}")
                continue
            with p.begin() as tx:
                added = store.store(tx, f"{FILE}{name}", base, told, now=p.now())
            emit("rates_read", pass_id=p.pass_id, file=name, added=added)


def ask_crm(p: Pass, policies: Iterable[Policy]) -> None:
    """Ask the CRM for its rates, once a day, where it keeps any and a policy wants them."""
    if not p.connector.capabilities.has_rates or not any(each.rates.from_crm for each in policies):
        return
    asked = f"rates:{p.name}"
    with p.ledger.read() as tx:
        last = counters.get(tx, asked)
    if last is not None and p.now() - from_micros(last) < ASK_EVERY:
        return
    since = (p.now() - LOOK_BACK).date() if last is not None else None
    try:
        told = p.connector.rates(since)
    except TransientError as error:
        emit("rates_rejected", pass_id=p.pass_id, crm=p.name, error=error.message)
        return  # asked again in the next pass
    with p.begin() as tx:
        counters.put(tx, asked, to_micros(p.now()))
        added = store.store(tx, p.name, told.base, told.by_currency, now=p.now()) if told is not None else 0
    if told is not None:
        emit("rates_read", pass_id=p.pass_id, crm=p.name, added=added)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size

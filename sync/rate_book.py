"""Exchange rates as decisions use them: which source counts, and what was known of a day at a moment. Pure.

Which sources count is the policy's: its fixed rates and its file first, a CRM's own for currencies that those do not name. A
rate that is corrected later holds for what is decided from then on; a registration goes on by what was known when it was
granted or ended.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Final

from ledger import rates as store
from ledger.engine import Tx
from ledger.rows import RateRow
from rules.money import Rates
from rules.policy import Policy
from rules.records import OPEN, Registration

FILE: Final = "file:"
_DIGITS: Final = 28


@dataclass(slots=True)
class RateBook:
    """All rates of the ledger as of one version of them; answers per policy and moment, each worked out once."""

    version: int
    rows: Sequence[RateRow]
    _corrected: list[datetime] = field(init=False)
    _made: dict[tuple[str, int], Rates] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places = [(each.source, each.base, each.currency, each.day) for each in self.rows]
        again = {
            row.told_at
            for row, before, place in zip(self.rows[1:], places, places[1:], strict=False)
            if before == place
        }
        self._corrected = sorted(again)

    def rates(self, policy: Policy, known_at: datetime) -> Rates:
        """Return the rates by which a policy counts, as they were known at an instant."""
        corrections = bisect_right(self._corrected, known_at)
        key = (policy.hash, corrections)
        if key not in self._made:
            until = self._corrected[corrections] if corrections < len(self._corrected) else None
            self._made[key] = _rates(policy, _as_known(self.rows, until))
        return self._made[key]


def read_book(tx: Tx, before: RateBook | None) -> RateBook:
    """Return the rates as the ledger has them; `before` itself while nothing was added."""
    version = store.version(tx)
    if before is not None and before.version == version:
        return before
    return RateBook(version, store.all_(tx) if version else ())


def known_at(registration: Registration, now: datetime) -> datetime:
    """Return as of when a registration counts its rates: what it was granted, refused or ended by stays."""
    if registration.status in OPEN or registration.status_since is None:
        return now
    return registration.status_since


def _as_known(rows: Sequence[RateRow], until: datetime | None) -> list[RateRow]:
    """Return one rate for each day: the last word before an instant, else the first one that came later."""
    found: dict[tuple[str, str, str, date], RateRow] = {}
    for row in rows:
        place = (row.source, row.base, row.currency, row.day)
        if place not in found or until is None or row.told_at < until:
            found[place] = row
    return list(found.values())


def _rates(policy: Policy, rows: Sequence[RateRow]) -> Rates:
    rules = policy.rates
    fixed = {currency: ((date.min, value),) for currency, value in rules.fixed}
    own = _of(rows, source=f"{FILE}{rules.file}", base=policy.currency) if rules.file is not None else {}
    configured = {
        name: tuple(sorted({**dict(fixed.get(name, ())), **own.get(name, {})}.items()))
        for name in fixed.keys() | own.keys()
    }
    crm: dict[str, tuple[tuple[date, Decimal], ...]] = {}
    if rules.from_crm:
        for source, base in sorted({(row.source, row.base) for row in rows if not row.source.startswith(FILE)}):
            told = _based(_of(rows, source=source, base=base), base, policy.currency)
            crm = {**{name: tuple(sorted(days.items())) for name, days in told.items()}, **crm}
    return Rates(
        base=policy.currency,
        by_currency={**crm, **configured},
        max_age_days=rules.max_age_days,
        ageless=frozenset(crm.keys() - configured.keys()),
    )


def _of(rows: Sequence[RateRow], *, source: str, base: str) -> dict[str, dict[date, Decimal]]:
    found: dict[str, dict[date, Decimal]] = {}
    for row in rows:
        if row.source == source and row.base == base:
            found.setdefault(row.currency, {})[row.day] = row.value
    return found


def _based(told: Mapping[str, Mapping[date, Decimal]], base: str, wanted: str) -> dict[str, dict[date, Decimal]]:
    """Return rates to one currency as rates to another, by what a day knows of both; {} where nothing ties the two."""
    if base == wanted:
        return {name: dict(days) for name, days in told.items()}
    anchor = sorted(told.get(wanted, {}).items())
    if not anchor:
        return {}
    found: dict[str, dict[date, Decimal]] = {base: {day: _ratio(Decimal(1), value) for day, value in anchor}}
    for name, days in told.items():
        if name == wanted:
            continue
        moments = sorted({*days, *(day for day, _ in anchor)})
        both = ((day, _latest(sorted(days.items()), day), _latest(anchor, day)) for day in moments)
        found[name] = {day: _ratio(one, other) for day, one, other in both if one is not None and other is not None}
    return found


def _latest(days: Sequence[tuple[date, Decimal]], day: date) -> Decimal | None:
    place = bisect_right(days, day, key=lambda pair: pair[0])
    return days[place - 1][1] if place else None


def _ratio(one: Decimal, other: Decimal) -> Decimal:
    with localcontext(prec=_DIGITS):
        return one / other if other > 0 else Decimal(0)


def no_book() -> RateBook:
    """Return a book without any rate."""
    return RateBook(0, ())

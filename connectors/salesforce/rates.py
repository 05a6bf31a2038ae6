"""The org's exchange rates, where it works in several currencies.

An org with advanced currency management keeps dated rates (DatedConversionRate); any other only today's (CurrencyType),
which then hold whatever the day. Both give units of a currency for one unit of the corporate one. Source: Object reference,
"CurrencyType", "DatedConversionRate".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Final

from connectors.mapping import date_value, decimal_value
from connectors.salesforce import soql
from connectors.salesforce.client import Client
from rules.errors import InvariantError, PermanentError, RetryClass
from rules.money import Rates

ROWS_MAX: Final = 2000  # what one answer gives in any case
_ALWAYS: Final = date.min
_BEFORE_ALL: Final = "0000"  # a currency's first rate begins on 0000-12-30, which is no day of any calendar here
_DIGITS: Final = 18


def read_rates(client: Client, since: date | None) -> Rates | None:
    """Return the rates to the corporate currency; None where the org has one currency, or shows none.

    since: dated rates of earlier days are left out. Raises TransientError when the org does not answer.
    """
    current = _query(client, "CurrencyType", ("IsoCode", "ConversionRate", "IsCorporate"), ("IsActive = true",))
    base = next((str(each["IsoCode"]) for each in current or () if each.get("IsCorporate") is True), None)
    if current is None or base is None:
        return None
    dated = _dated(client, since)
    if dated is not None:
        return Rates(base=base, by_currency=_by_currency(dated, base))
    return Rates(base=base, by_currency=_by_currency([{**each, "StartDate": None} for each in current], base))


def _dated(client: Client, since: date | None) -> list[Mapping[str, Any]] | None:
    """Return the dated rates, page by page along their days; None where the org keeps none."""
    found: list[Mapping[str, Any]] = []
    start = since
    while True:
        conditions = (f"StartDate >= {start.isoformat()}",) if start is not None else ()
        columns = ("IsoCode", "StartDate", "ConversionRate")
        page = _query(client, "DatedConversionRate", columns, conditions, order="StartDate,IsoCode", limit=ROWS_MAX)
        if page is None:
            return None
        found += page
        last = _day(page[-1]) if page else None
        if len(page) < ROWS_MAX or last is None or last == start:
            return found
        start = last  # the last day comes again, whole


def _query(
    client: Client,
    object_name: str,
    columns: Sequence[str],
    conditions: Sequence[str],
    *,
    order: str = "IsoCode",
    limit: int | None = None,
) -> list[Mapping[str, Any]] | None:
    """Return the rows; None where the org does not have the object, or the integration user may not see it.

    Rates are good to have: whatever the refusal is called, not knowing them stops nothing but a login that is refused.
    """
    query = soql.select(columns, object_name, conditions, order=order, limit=limit)
    try:
        answer = client.query(
            query, purpose="rates", what=f"query {object_name}", object_name=object_name, include_deleted=False
        )
    except (PermanentError, InvariantError) as error:
        if error.retry_class is RetryClass.AUTH:
            raise
        return None
    return list(answer["records"])


def _by_currency(rows: Sequence[Mapping[str, Any]], base: str) -> dict[str, tuple[tuple[date, Decimal], ...]]:
    found: dict[str, dict[date, Decimal]] = {}
    for row in rows:
        rate = decimal_value(row.get("ConversionRate"))
        currency = row.get("IsoCode")
        if not isinstance(currency, str) or currency == base or rate is None or Decimal(rate) <= 0:
            continue
        day = _day(row) or _ALWAYS
        with localcontext(prec=_DIGITS):
            found.setdefault(currency, {})[day] = 1 / Decimal(rate)
    return {currency: tuple(sorted(days.items())) for currency, days in sorted(found.items())}


def _day(row: Mapping[str, Any]) -> date | None:
    told = row.get("StartDate")
    if told is None or str(told).startswith(_BEFORE_ALL):
        return None
    text = date_value(told)
    return date.fromisoformat(text) if text is not None else None

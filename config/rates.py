"""Read exchange rates from a CSV file: one line for a day and a currency, in any order, under a header.

    date,currency,rate
    2026-01-02,EUR,1.0921

A rate is units of the policy's currency for one unit of the other. The separator is the header's: comma, semicolon or tab;
the decimal mark is the one that all rates of the file allow. Every line that cannot be read is told with its number.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from config.reading import Problems, nearest
from config.values import day, is_currency
from rules.mapping import Place
from rules.money import Rates, fixed_rates
from rules.numbers import Mark, mark_of, number
from rules.policy import Policy

BYTES_MAX: Final = 50_000_000
PROBLEMS_MAX: Final = 100
_COLUMNS: Final = ("date", "currency", "rate")
_SEPARATORS: Final = (";", "\t", ",")
_SHOWN_MAX: Final = 30

Dated = tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file as text. number: counted from 1."""

    number: int
    date: str
    currency: str
    rate: str


def read_rates(path: Path, *, base: str, name: str | None = None) -> dict[str, Dated]:
    """Return the rates of a file by currency, oldest first.

    base: the policy's currency. name: how messages call the file. Raises ConfigError with every bad line.
    """
    shown = name or path.name
    problems = Problems()
    lines = list(_lines(_text(path, shown), shown, problems))
    mark = mark_of(line.rate for line in lines)
    found: dict[str, dict[date, Decimal]] = {}
    bad = 0
    for line in lines:
        bad += not _take(line, found, base, mark, shown, problems)
        if bad > PROBLEMS_MAX:
            problems.add(Place(file=shown, line=line.number, column=1), "", "has more bad lines; they are not listed.")
            break
    problems.stop_if_any()
    return {currency: tuple(sorted(days.items())) for currency, days in sorted(found.items())}


def policy_rates(policy: Policy, directory: Path) -> Rates:
    """Return the rates that the configuration itself gives: the fixed ones, and those of the file beside the rules.

    Raises ConfigError for a file that cannot be read. What the CRMs tell is added by who pulls it.
    """
    rules = policy.rates
    fixed = fixed_rates(dict(rules.fixed), base=policy.currency)
    dated = read_rates(directory / rules.file, base=policy.currency, name=rules.file) if rules.file else {}
    return Rates(base=policy.currency, by_currency=joined(fixed.by_currency, dated), max_age_days=rules.max_age_days)


def joined(one: Mapping[str, Dated], other: Mapping[str, Dated]) -> dict[str, Dated]:
    """Return rates of two sources as one; of the same day the second's count."""
    names = sorted(one.keys() | other.keys())
    return {name: tuple(sorted({**dict(one.get(name, ())), **dict(other.get(name, ()))}.items())) for name in names}


def _text(path: Path, shown: str) -> str:
    problems = Problems()
    try:
        with path.open("rb") as stream:
            data = stream.read(BYTES_MAX + 1)
    except OSError as error:
        problems.add(Place(file=shown), "", f"cannot be read ({error.strerror or 'input/output error'}).")
        problems.stop_if_any()
        raise
    if len(data) > BYTES_MAX:
        problems.add(Place(file=shown), "", f"is larger than {BYTES_MAX:,} bytes.", "Check that it is the right file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.add(Place(file=shown, line=line), "", "is no UTF-8 text.", "Save it as CSV in UTF-8.")
        text = ""
    problems.stop_if_any()
    return text


def _lines(text: str, shown: str, problems: Problems) -> Iterator[_Line]:
    """Return the lines under the header, noting those of another shape."""
    first = text.split("\n", 1)[0]
    separator = next((each for each in _SEPARATORS if each in first), ",")
    rows = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    try:
        header = [cell.strip().casefold() for cell in next(rows, [])]
        places = _columns(header, shown, problems)
        if places is None:
            return
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                message = f"has {len(row)} columns; the header has {len(header)}."
                hint = (
                    "Put a rate with a decimal comma in quotes." if separator == "," and len(row) > len(header) else ""
                )
                problems.add(Place(file=shown, line=rows.line_num, column=1), "", message, hint)
                continue
            cells = [row[place].strip() for place in places]
            yield _Line(rows.line_num, *cells)
    except csv.Error as error:
        problems.add(Place(file=shown, line=rows.line_num, column=1), "", f"is no CSV: {error}.")


def _columns(header: Sequence[str], shown: str, problems: Problems) -> list[int] | None:
    """Return where the three columns stand."""
    missing = [name for name in _COLUMNS if name not in header]
    place = Place(file=shown, line=1, column=1)
    for name in missing:
        near = nearest(name, [each for each in header if each not in _COLUMNS])
        hint = f"Rename the column {near}." if near else "Write the header date,currency,rate in the first line."
        problems.add(place, name, "is not among the columns.", hint)
    for name in {each for each in header if each in _COLUMNS and header.count(each) > 1}:
        problems.add(place, name, "is given twice in the header.", "Keep one of the columns.")
    return None if missing else [header.index(name) for name in _COLUMNS]


def _take(
    line: _Line, found: dict[str, dict[date, Decimal]], base: str, mark: Mark | None, shown: str, problems: Problems
) -> bool:
    """Add one line's rate, or note what is wrong with it; tell whether it is sound."""
    place = Place(file=shown, line=line.number, column=1)
    when, rate = day(line.date), number(line.rate, mark)
    is_code = is_currency(line.currency)
    if when is None:
        problems.add(place, "date", f"is {_cut(line.date)}; expected a date such as 2026-12-25.")
    if not is_code:
        near = line.currency.upper()
        hint = f"Write {near}." if is_currency(near) else 'Write an ISO 4217 code such as "EUR".'
        problems.add(place, "currency", f"is {_cut(line.currency)}, no currency code.", hint)
    if rate is None:
        hint = "Write it without thousands separators, with one decimal mark in the whole file."
        problems.add(place, "rate", f"is {_cut(line.rate)}; expected a number such as 1.0921.", hint)
        return False
    if when is None or not is_code:
        return False
    if rate <= 0:
        problems.add(place, "rate", f"is {_cut(line.rate)}; expected a number above zero.")
        return False
    if line.currency == base:
        if rate != 1:
            message = f"is {_cut(line.rate)} for {base}, the policy's own currency."
            problems.add(place, "rate", message, "Remove the line.")
        return rate == 1
    known = found.setdefault(line.currency, {}).setdefault(when, rate)
    if known != rate:
        message = f"is {_cut(line.rate)}; another line says {known} for {line.currency} on {when}."
        problems.add(place, "rate", message, "Keep one of them.")
    return known == rate


def _cut(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "...")

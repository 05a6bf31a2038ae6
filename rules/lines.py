"""A deal's lines out of one text field: a JSON list, or a small table with a header; and back to typed lines.

    product; units; amount; class            [{"product": "Analytics", "units": 10, "amount": 12000},
    Analytics; 10; 12000; enterprise          {"product": "Support", "amount": "1200 USD", "part": "maintenance"}]

The canonical value is a list of text, one JSON object for each line with its filled parts in a fixed order, so that two
values are equal exactly when they mean the same. What cannot be read is a LinesError with advice for who typed it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from rules.numbers import Mark, mark_of, number
from rules.records import Line, Money

LINES_MAX: Final = 500
_PARTS: Final = ("product", "sku", "class", "part", "order", "units", "amount")
_NUMBERS: Final = frozenset({"units", "amount"})
_ALIASES: Final[Mapping[str, str]] = {
    "quantity": "units",
    "qty": "units",
    "unit": "units",
    "products": "product",
    "product_class": "class",
    "product_line": "product",
    "product_number": "sku",
    "price": "amount",
    "total": "amount",
    "po": "order",
}
_SEPARATORS: Final = (";", "|", "\t")
_MONEY: Final = re.compile(r"(?:([A-Z]{3})\s*)?(.*?)(?:\s*([A-Z]{3}))?", re.DOTALL)
_HEADER_HINT: Final = (
    "Begin with a header such as `product; units; amount`, one line for each product below it; or write a JSON list."
)


class LinesError(ValueError):
    """A text that is no list of lines. hint: what to write instead; neither quotes more than one cell."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def read_lines(raw: Any) -> list[str] | None:
    """Return the canonical lines of a raw value, None for an empty one; raise LinesError for what is neither."""
    if isinstance(raw, list):
        return _canonical(_from_items(raw)) or None
    if not isinstance(raw, str):
        raise LinesError("it is no text", _HEADER_HINT)
    text = raw.strip()
    if not text:
        return None
    if text[0] in "[{":
        return _canonical(_from_json(text)) or None
    return _canonical(_from_table(text)) or None


def typed_lines(value: object, currency: str | None) -> tuple[Line, ...]:
    """Return the lines of a canonical value. currency: the deal's, for amounts without one of their own."""
    if not isinstance(value, list):
        return ()
    return tuple(_line(json.loads(each), currency) for each in value)


def _line(data: Mapping[str, str], currency: str | None) -> Line:
    amount = data.get("amount")
    units = data.get("units")
    return Line(
        product=data.get("product"),
        sku=data.get("sku"),
        product_class=data.get("class"),
        part=data.get("part"),
        order=data.get("order"),
        units=Decimal(units) if units is not None else None,
        amount=Money(amount=Decimal(amount), currency=data.get("currency") or currency or "") if amount else None,
    )


def _from_json(text: str) -> list[dict[str, str]]:
    try:
        items = json.loads(text, parse_float=str, parse_int=str)  # digits as typed: no amount goes through a float
    except (ValueError, RecursionError):
        raise LinesError(
            "it starts like JSON and is none", 'Check brackets, quotes and commas: [{"product": "A"}]'
        ) from None
    return _from_items(items if isinstance(items, list) else [items])


def _from_items(items: Sequence[Any]) -> list[dict[str, str]]:
    found = []
    for place, item in enumerate(items, start=1):
        if not isinstance(item, Mapping):
            raise LinesError(f"entry {place} is no object", 'Write each line as {"product": ..., "amount": ...}.')
        names = _names([str(name) for name in item])
        cells = {}
        for name, cell in zip(names, item.values(), strict=True):
            if isinstance(cell, bool | list | dict):
                raise LinesError(
                    f"entry {place}: {name} is neither text nor a number", "Write one value for each name."
                )
            cells[name] = "" if cell is None else str(cell)
        found.append(_row(cells, f"entry {place}", mark=None))
    return found


def _from_table(text: str) -> list[dict[str, str]]:
    rows = [line for line in text.splitlines() if line.strip()]
    separator = next((each for each in _SEPARATORS if each in rows[0]), ";")
    names = _names([cell.strip() for cell in rows[0].split(separator)])
    table = []
    for place, row in enumerate(rows[1:], start=2):
        cells = [cell.strip() for cell in row.split(separator)]
        while len(cells) > len(names) and not cells[-1]:
            cells.pop()
        if len(cells) > len(names):
            message = f"line {place} has {len(cells)} columns and the header {len(names)}"
            raise LinesError(message, "Give every column a name in the first line.")
        table.append((place, dict(zip(names, cells, strict=False))))
    bare = [_MONEY.fullmatch(cells.get(name, "")) for _, cells in table for name in _NUMBERS]
    mark = mark_of(found[2] for found in bare if found is not None)
    return [_row(cells, f"line {place}", mark=mark) for place, cells in table]


def _names(words: Sequence[str]) -> list[str]:
    """Return the canonical names of the columns."""
    names = []
    for word in words:
        plain = "_".join(word.strip().casefold().split())
        name = _ALIASES.get(plain, plain)
        if name == "currency" or name in _PARTS:
            names.append(name)
            continue
        near = get_close_matches(name, _PARTS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(_PARTS)}, currency. {_HEADER_HINT}"
        raise LinesError(f"{word.strip()[:40]!r} names no part of a line", hint)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise LinesError(f"{twice} is named twice", "Keep one of the columns.")
    return names


def _row(cells: Mapping[str, str], where: str, *, mark: Mark | None) -> dict[str, str]:
    """Return the filled cells of one line, numbers as plain decimals."""
    row = {name: " ".join(cell.split()) for name, cell in cells.items() if cell.strip()}
    if "amount" in row:
        found = _MONEY.fullmatch(row["amount"])
        assert found is not None, row["amount"]  # any text is one
        before, row["amount"], after = found.groups()
        if currency := before or after:
            row["currency"] = currency
    for name in _NUMBERS & row.keys():
        value = number(row[name], mark)
        if value is None:
            hint = "Write it without thousands separators, with a decimal point: 1200.50"
            raise LinesError(f"{where}: {name} is {row[name][:40]!r}, no clear number", hint)
        row[name] = _plain(value)
    return row


def _canonical(rows: Iterable[Mapping[str, str]]) -> list[str]:
    order = (*_PARTS, "currency")
    filled = [{name: row[name] for name in order if name in row} for row in rows]
    found = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in filled if row]
    if len(found) > LINES_MAX:
        raise LinesError(f"it has more than {LINES_MAX} lines", "Sum up what belongs together.")
    if any(not each.isprintable() for each in found):
        raise LinesError(
            "it holds characters that cannot be stored", "Type the names anew, without special characters."
        )
    return found


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text

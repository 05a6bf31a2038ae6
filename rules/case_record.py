"""A case as plain data for the ledger's entry, and back: what was decided on replays exactly, under any policy.

The data is JSON as it stands and small: what is empty or has its default is left out. Names and types are those of the
records, so a new field of a record is stored without a line here; one that is gone is passed over on reading. Rates are
left out (they are handed in at the replay); of why two records matched, only the names stay. A command's free words are
dropped. Whoever stores the data puts a pseudonym where it names a person (ledger/people.py).
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

from rules.cases import Case, Command, Evidence
from rules.fields import CANONICAL, LEDGER_OWNED, Stream
from rules.money import Rates
from rules.records import Claim, CrmRef, Money

Convert = Callable[[Any], Any]

_LEFT_OUT: Final[Mapping[type, frozenset[str]]] = {Case: frozenset({"rates"})}
_AS_IT_STANDS: Final = frozenset({"memory"})  # JSON already
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_FIELDS: Final = CANONICAL[Stream.SUBMISSIONS].keys() - LEDGER_OWNED[Stream.SUBMISSIONS]


def case_data(case: Case) -> dict[str, Any]:
    """Return the case as JSON-able data."""
    return cast("dict[str, Any]", _of(Case)[0](_without_words(case)))


def case_from(data: Mapping[str, Any], *, rates: Rates | None = None) -> Case:
    """Return the case that the data tells. rates: the exchange rates to decide by."""
    case = cast(Case, _of(Case)[1](data))
    return case if rates is None else replace(case, rates=rates)


def _without_words(case: Case) -> Case:
    return replace(case, command=_coded(case.command), proposal=_coded(case.proposal))


def _coded(command: Command | None) -> Command | None:
    """Return a command with its reason where that is a code; a person's free words are left out."""
    if command is None:
        return None
    is_code = command.reason is not None and _CODE.fullmatch(command.reason) is not None
    return replace(command, reason=command.reason if is_code else None)


@cache
def _of(kind: Any) -> tuple[Convert, Convert]:
    """Return how values of a type are written and read."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        write, read = _of(next(each for each in inner if each is not types.NoneType))
        return (lambda value: None if value is None else write(value)), (
            lambda data: None if data is None else read(data)
        )
    if origin is tuple:
        write, read = _of(inner[0])
        return (lambda value: [write(each) for each in value]), (lambda data: tuple([read(each) for each in data]))
    if origin is frozenset:
        write, read = _of(inner[0])
        return (lambda value: sorted(write(each) for each in value)), (lambda data: frozenset(map(read, data)))
    if origin is not None and issubclass(origin, Mapping):
        write, read = (_fact, _read_fact) if inner[1] is Any else _of(inner[1])
        return (lambda value: {name: write(each) for name, each in value.items()}), (
            lambda data: {name: read(each) for name, each in data.items()}
        )
    return _PLAIN[kind] if kind in _PLAIN else _of_class(kind)


def _of_class(kind: Any) -> tuple[Convert, Convert]:
    if is_dataclass(kind):
        return _of_record(cast(type, kind))
    if issubclass(kind, StrEnum):
        return str, kind
    assert kind in (bool, int, float), kind
    return _same, _same


def _of_record(kind: type) -> tuple[Convert, Convert]:
    hints, left_out = get_type_hints(kind), _LEFT_OUT.get(kind, frozenset())
    known = [each for each in fields(cast(Any, kind)) if each.name not in left_out]
    plain = {each.name for each in known} & _AS_IT_STANDS
    codecs = {each.name: (_same, _same) if each.name in plain else _of(hints[each.name]) for each in known}
    defaults = {each.name: _default(each) for each in known}
    writers = [(name, write, defaults[name]) for name, (write, _) in codecs.items()]
    readers = {name: read for name, (_, read) in codecs.items()}
    blank = {each.name: _blank(hints[each.name]) for each in known if _default(each) is MISSING}

    def write_record(value: Any) -> dict[str, Any]:
        data = {}
        for name, write, default in writers:
            held = getattr(value, name)
            if held is default or held == default or (default is MISSING and (held is None or held == ())):
                continue
            data[name] = write(held)
        return data

    def read_record(data: Mapping[str, Any]) -> Any:
        given = dict(blank)
        for name, each in data.items():
            read = readers.get(name)
            if read is not None:
                given[name] = read(each)
        return kind(**given)

    return (_claim_writer(write_record), _claim_reader(read_record)) if kind is Claim else (write_record, read_record)


def _claim_writer(write: Convert) -> Convert:
    """Tell what a claim leaves empty by the shorter of two lists: what is missing, or what is there."""

    def write_claim(claim: Claim) -> dict[str, Any]:
        data = cast("dict[str, Any]", write(claim))
        if len(claim.missing & _FIELDS) > len(_FIELDS) // 2:
            data["missing"] = sorted(claim.missing - _FIELDS)
            data["present"] = sorted(_FIELDS - claim.missing)
        return data

    return write_claim


def _claim_reader(read: Convert) -> Convert:
    def read_claim(data: Mapping[str, Any]) -> Any:
        claim = read(data)
        if "present" not in data:
            return claim
        return replace(claim, missing=claim.missing | (_FIELDS - frozenset(data["present"])))

    return read_claim


def _default(each: Any) -> Any:
    if each.default_factory is not MISSING:
        return each.default_factory()
    return each.default


def _blank(kind: Any) -> Any:
    """Return what a field without default holds where it was left out."""
    return () if get_origin(kind) is tuple else None


def _fact(value: Any) -> Any:
    """Write one fact of the vendor's own: text, truth values and sets as they are, the rest with a letter for its type."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (frozenset, tuple)):
        return sorted(value)
    for letter, kind in _LETTERS.items():
        if type(value) is kind:
            return {letter: _of(cast(Any, kind))[0](value)}
    raise TypeError(f"A fact cannot be {type(value).__name__}.")


def _read_fact(data: Any) -> Any:
    if isinstance(data, list):
        return frozenset(data)
    if isinstance(data, dict):
        ((letter, value),) = data.items()
        return _of(cast(Any, _LETTERS[letter]))[1](value)
    return data


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _money(value: Money) -> str:
    return f"{value.amount} {value.currency}"


def _read_money(data: str) -> Money:
    amount, _, currency = data.partition(" ")
    return Money(amount=Decimal(amount), currency=currency)


def _same(value: Any) -> Any:
    return value


_PLAIN: Final[Mapping[Any, tuple[Convert, Convert]]] = {
    str: (_same, _same),
    Any: (_same, _same),
    Decimal: (str, Decimal),
    datetime: (_instant, datetime.fromisoformat),
    date: (date.isoformat, date.fromisoformat),
    CrmRef: (str, CrmRef.parse),
    Money: (_money, _read_money),
    Evidence: (attrgetter("name"), lambda name: Evidence(name=name, weight=0.0, detail="")),
}
_LETTERS: Final[Mapping[str, type]] = {"n": Decimal, "m": Money, "t": datetime, "d": date, "i": int}

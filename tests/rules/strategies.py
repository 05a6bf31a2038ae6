"""Any record of the rules, made from the types of its fields."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from rules.cases import Case, Command, Decision, Due, Evidence
from rules.money import NO_RATES
from rules.records import CrmRef, Money

WORDS: Final = st.text("abcdefghij ÄöÆ語-_.,", max_size=12)
NAMES: Final = st.sampled_from(["alpha", "beta_2", "gamma"])
NUMBERS: Final = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-10_000, max_value=10_000)
INSTANTS: Final = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda each: each.replace(tzinfo=UTC)
)
DATES: Final = st.dates(date(2000, 1, 1), date(2100, 1, 1))
MONEY: Final = st.builds(Money, amount=NUMBERS, currency=st.sampled_from(["USD", "EUR", ""]))
REFS: Final = st.builds(
    CrmRef, st.sampled_from(["salesforce", "hubspot"]), st.just("Deal"), st.text("A1b", min_size=1, max_size=4)
)
FACTS: Final = st.dictionaries(
    NAMES,
    st.one_of(WORDS, st.booleans(), NUMBERS, MONEY, INSTANTS, DATES, st.frozensets(WORDS, max_size=3), st.none()),
    max_size=3,
)
MEMORY: Final = st.dictionaries(
    NAMES, st.one_of(WORDS, st.integers(0, 10**6), st.lists(WORDS, max_size=2), st.none()), max_size=2
)
_PLAIN: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: WORDS,
    bool: st.booleans(),
    int: st.integers(0, 9),
    float: st.floats(0, 1),
    Decimal: NUMBERS,
    datetime: INSTANTS,
    date: DATES,
    CrmRef: REFS,
    Money: MONEY,
}
# What a type alone does not tell.
_PARTS: Final[dict[type, dict[str, st.SearchStrategy[Any]]]] = {
    Case: {"rates": st.just(NO_RATES)},
    Evidence: {"weight": st.just(0.0), "detail": st.just("")},
    Due: {"kind": st.sampled_from(["holding_over", "window_end", "warning"])},
    Decision: {
        "extra": st.fixed_dictionaries(
            {},
            optional={
                "extension_count": st.integers(0, 3),
                "missing": st.lists(NAMES, max_size=2),
                "holding_ends_at": INSTANTS.map(datetime.isoformat),
            },
        )
    },
    Command: {"reason": st.none() | st.just("below_minimum"), "source": st.just("command line")},
}


@cache
def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return every value of a type; cases come without rates, and evidence has a name only, as they are stored."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.none() | any_of(next(each for each in inner if each is not types.NoneType))
    if origin is tuple:
        return st.lists(any_of(inner[0]), max_size=2).map(tuple)
    if origin is frozenset:
        return st.frozensets(any_of(inner[0]), max_size=3)
    if origin is not None and issubclass(origin, Mapping):
        return FACTS if inner[1] is Any else st.dictionaries(NAMES, any_of(inner[1]), max_size=2)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    assert is_dataclass(kind), kind
    hints = get_type_hints(kind)
    parts = {each.name: any_of(hints[each.name]) for each in fields(kind)}
    if "memory" in parts:
        parts["memory"] = MEMORY
    return st.builds(cast("type[Any]", kind), **{**parts, **_PARTS.get(cast(type, kind), {})})

"""A stored case is the case again, holds nothing personal, and stays small."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.case_record import case_data, case_from
from rules.cases import Case, Command, CommandKind, Match, Objection
from rules.decide import decide
from rules.money import NO_RATES, fixed_rates
from rules.records import CrmRef, Money
from tests.rules.build import POLICY, case, claim, registration, rival, usd, utc

WORDS = st.text("abcdefghij ÄöÆ語-_.,", max_size=12)
NAMES = st.sampled_from(["alpha", "beta_2", "gamma"])
REFS = st.builds(CrmRef, st.sampled_from(["salesforce", "hubspot"]), st.just("Deal"), st.text("A1b", min_size=1))
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001
DATES = st.dates(date(2000, 1, 1), date(2100, 1, 1))
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-10_000, max_value=10_000)
MONEY = st.builds(Money, amount=NUMBERS, currency=st.sampled_from(["USD", "EUR", ""]))
FACTS = st.dictionaries(
    NAMES,
    st.one_of(WORDS, st.booleans(), NUMBERS, MONEY, INSTANTS, DATES, st.frozensets(WORDS, max_size=3), st.none()),
    max_size=3,
)
MEMORY = st.dictionaries(NAMES, st.one_of(WORDS, st.integers(), st.lists(WORDS, max_size=2), st.none()), max_size=2)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
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


@cache
def _of(kind: Any) -> st.SearchStrategy[Any]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.none() | _of(next(each for each in inner if each is not types.NoneType))
    if origin is tuple:
        return st.lists(_of(inner[0]), max_size=2).map(tuple)
    if origin is frozenset:
        return st.frozensets(_of(inner[0]), max_size=3)
    if origin is not None and issubclass(origin, Mapping):
        return FACTS if inner[1] is Any else st.dictionaries(NAMES, _of(inner[1]), max_size=2)
    if is_dataclass(kind) and kind not in PLAIN:
        hints = get_type_hints(kind)
        parts = {each.name: _of(hints[each.name]) for each in fields(kind)}
        if kind is Case:
            parts["rates"] = st.just(NO_RATES)
        if kind is Match:
            parts["evidence"] = st.just(())  # why two records matched is not stored
        if kind is Command:
            parts["reason"] = st.none() | st.just("below_minimum")
        if "memory" in parts:
            parts["memory"] = MEMORY
        return st.builds(cast("type[Any]", kind), **parts)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    return PLAIN[kind]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_of(Case))
def test_a_stored_case_is_the_case_again(found: Case) -> None:
    assert case_from(json.loads(json.dumps(case_data(found)))) == found


def test_a_stored_case_is_decided_alike() -> None:
    earlier = claim("2026-03-01T10:00:00Z", number=2)
    found = case(claim(), rivals=(rival(earlier, registration(earlier)),))
    again = case_from(json.loads(json.dumps(case_data(found))))
    now = utc("2026-03-05T10:00:00Z")
    assert decide(again, POLICY, now) == decide(found, POLICY, now)


def test_rates_are_handed_in_again() -> None:
    rates = fixed_rates({"EUR": Decimal("1.09")})
    found = case(claim(), rates=rates)
    assert case_from(case_data(found)).rates is NO_RATES
    assert case_from(case_data(found), rates=rates) == found


def test_persons_stand_as_hashes_and_free_words_are_dropped() -> None:
    command = Command(
        kind=CommandKind.REFUSE,
        actor="jane.doe@vendor.example",
        at=utc("2026-03-03T10:00:00Z"),
        source="command line",
        reason="Jane told me on the phone",
    )
    objection = Objection(at=command.at, source="command line", by_user="joe@vendor.example")
    told = replace(claim(), deal_name="Ask jane.doe@vendor.example", facts={"contact": "joe@vendor.example"})
    text = json.dumps(case_data(case(told, command=command, objections=(objection,))))
    for word in ("jane", "Jane", "joe", "phone", "@"):
        assert word not in text


def test_a_code_as_reason_is_kept() -> None:
    command = Command(
        kind=CommandKind.REFUSE, actor="005", at=utc("2026-03-03T10:00:00Z"), source="x", reason="too_late"
    )
    again = case_from(case_data(case(claim(), command=command)))
    assert again.command == command


def test_what_is_empty_takes_no_room() -> None:
    data = case_data(case(claim(), coverage=()))
    assert data.keys() == {"claim", "registration"}
    assert "parties" not in data["claim"]
    assert "facts" not in data["claim"]


def test_a_field_of_a_later_or_earlier_version_is_passed_over() -> None:
    found = case(claim())
    data = case_data(found)
    data["no_longer_known"] = 1
    data["claim"]["no_longer_known"] = {"x": "y"}
    assert case_from(data) == found


def test_a_fact_of_no_known_type_is_refused() -> None:
    with pytest.raises(TypeError, match="timedelta"):
        case_data(case(replace(claim(), facts={"x": timedelta(1)})))


def test_amounts_keep_their_digits() -> None:
    found = case(claim(amount=usd("20000.10")), counts={"live": 3})
    again = case_from(json.loads(json.dumps(case_data(found))))
    assert str(again.claim.amount) == "20,000.10 USD"
    assert again.counts == {"live": 3}

"""A stored case is the case again, holds nothing personal, and stays small."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from rules.case_record import case_data, case_from
from rules.cases import Case, Command, CommandKind
from rules.decide import decide
from rules.money import NO_RATES, fixed_rates
from tests.rules.build import POLICY, case, claim, registration, rival, usd, utc
from tests.rules.strategies import any_of


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_of(Case))
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


def test_free_words_are_dropped() -> None:
    """Names are the ledger's to hide (ledger/people.py); what a person wrote to another is not kept at all."""
    command = Command(
        kind=CommandKind.REFUSE,
        actor="005A",
        at=utc("2026-03-03T10:00:00Z"),
        source="command line",
        reason="Jane told me on the phone",
    )
    text = json.dumps(case_data(case(claim(), command=command, proposal=command)))
    for word in ("Jane", "phone"):
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

"""Decisions as data and in words: they replay, hold no personal data, and tell a partner nothing of a rival."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from rules.cases import Command, CommandKind, StepResult, Terms
from rules.decide import decide, ladder_of
from rules.explain import Audience, Provenance, explain
from rules.reasons import REASONS, Family
from rules.record import decision_data, decision_from
from rules.records import CrmRef, Customer, Reward, Status, Window
from rules.wording import ENGLISH, Outcome
from tests.rules.build import (
    CONTOSO,
    POLICY,
    RELATED,
    applied,
    case,
    claim,
    found,
    opportunity,
    partner,
    read_until,
    registered,
    registration,
    rival,
    usd,
    utc,
)

MINE = claim("2026-03-02T10:00:00Z")
SOON = utc("2026-03-02T10:05:00Z")
OTHER = claim(
    "2026-03-01T10:00:00Z",
    number=2,
    partner=partner(CONTOSO, name="Contoso Resellers"),
    amount=usd(77_777),
    products=("Quantum Suite",),
)
RIVALS = (rival(OTHER, registered(OTHER, start="2026-03-01T12:00:00Z")),)
DIRECT = found(opportunity("2026-02-01T09:00:00Z", name="Contoso secret deal", amount=usd(66_666)))
AFTER = opportunity("2026-03-20T09:00:00Z", partner_id=CONTOSO)

CASES = {
    "held": (case(MINE), SOON),
    "registered": (case(MINE), utc("2026-03-05T00:00:00Z")),
    "duplicate": (case(MINE, rivals=RIVALS), SOON),
    "related": (case(MINE, rivals=(replace(RIVALS[0], customer_match=RELATED),)), SOON),
    "direct": (case(MINE, opportunities=(DIRECT,)), SOON),
    "incomplete": (case(replace(MINE, amount=None)), SOON),
    "waiting": (case(MINE, rivals=RIVALS, coverage=read_until("2026-03-01T00:00:00Z")), SOON),
    "earlier undecided": (case(MINE, rivals=(rival(OTHER, None),)), SOON),
    "unknown partner": (case(replace(MINE, partner=None)), SOON),
    "flagged": (
        case(MINE, registered(MINE, start="2026-03-03T00:00:00Z"), opportunities=(found(AFTER),)),
        utc("2026-03-21T00:00:00Z"),
    ),
    "proposal": (
        case(
            MINE,
            command=Command(
                kind=CommandKind.APPROVE,
                actor="ann@vendor.example",
                at=SOON,
                source="hubspot status",
                reason="call Ann",
            ),
        ),
        SOON,
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_decision_replays_from_its_data(name):
    """Through JSON text and back nothing is lost but what must not be kept."""
    told, now = CASES[name]
    data = json.loads(json.dumps(decision_data(decide(told, POLICY, now))))

    again = decision_from(data)

    assert decision_data(again) == data
    if name != "proposal":
        assert again == decide(told, POLICY, now)


def test_reward_and_window_survive_the_round_trip():
    decision = replace(
        decide(*CASES["held"][:1], POLICY, SOON),
        terms=Terms(
            partner_id=None,
            exclusive=False,
            window=Window(start=SOON, end=utc("2026-06-01T00:00:00Z")),
            rank=2,
            rewards=(
                Reward(rule="new", kind="rebate", role="owner", partner_id="P", amount=usd("12.50")),
                Reward(rule="lead", kind="points", role="influencer", points=Decimal(6), state="pending"),
            ),
            programme="strategic",
            kind="deal",
        ),
    )

    assert decision_from(decision_data(decision)) == decision


def test_entry_holds_no_free_words():
    told, now = CASES["proposal"]

    text = json.dumps(decision_data(decide(told, POLICY, now)))

    assert "call Ann" not in text


@pytest.mark.parametrize("name", list(CASES))
def test_partner_is_told_nothing_of_a_rival(name):
    """Neither who, nor what, nor for how much, nor any other record's id."""
    told, now = CASES[name]
    lines = "\n".join(explain(decision_data(decide(told, POLICY, now)), audience=Audience.PARTNER))

    assert lines
    for secret in ("Contoso", CONTOSO, "Quantum", "77,777", "66,666", "REG-2026-a02", "006A", "a02", "secret"):
        assert secret not in lines


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("held", "is complete and is being checked"),
        ("registered", "registered and protected. Protected until 2026-06-03."),
        ("duplicate", "already registered"),
        ("direct", "already working on this deal"),
        ("incomplete", "Missing: amount."),
        ("unknown partner", "setting up your partner account"),
    ],
)
def test_partner_wording(name, expected):
    told, now = CASES[name]

    assert expected in " ".join(explain(decision_data(decide(told, POLICY, now)), audience=Audience.PARTNER))


def test_support_is_told_every_rule_in_order_with_sources_and_times():
    told, now = CASES["duplicate"]
    lines = explain(decision_data(decide(told, POLICY, now)), audience=Audience.SUPPORT)
    text = "\n".join(lines)

    assert (
        "refused: Another partner's earlier claim for the same deal holds it. [duplicate_registration, by rule]"
        in lines[0]
    )
    assert text.index("complete:") < text.index("threshold.minimum:") < text.index("first_claim:")
    assert "amount = 20,000.00 USD  from salesforce/Deal_Registration__c/a01, read as of 2026-03-02 10:00:00Z" in text
    assert "rival.status = registered  from REG-2026-a02, read as of 2026-03-01 12:00:00Z" in text
    assert "first_claim: REG-2026-a02, submitted 2026-03-01 10:00:00Z, was first and is registered   <- decides" in text


def test_auditor_is_told_also_where_the_decision_stands_in_the_chain():
    told, now = CASES["duplicate"]
    data = decision_data(decide(told, POLICY, now))
    where = Provenance(seq=7, at=now, hash="h7", prev_hash="h6", actor="rule", policy_hash="p1", policy="acme 3")

    lines = explain(data, audience=Audience.AUDITOR, provenance=where)

    support = explain(data, audience=Audience.SUPPORT)
    assert lines[: len(support)] == support
    assert "Entry 7 of the chain, 2026-03-02 10:05:00Z, by rule." in lines
    assert [each.strip() for each in lines[len(support) + 1 :]][:3] == [
        "hash h7",
        "rests on h6",
        "policy p1 (acme 3)",
    ]


def test_decision_that_changed_nothing_tells_what_holds():
    held = applied(registration(MINE), decide(case(MINE, rivals=RIVALS), POLICY, SOON))
    again = decide(case(MINE, held, rivals=RIVALS), POLICY, SOON)

    lines = explain(decision_data(again), audience=Audience.SUPPORT, registration=held)

    assert lines[0].startswith("Nothing changed. Another partner's earlier claim")


def test_last_protected_day_is_told_in_the_policys_zone():
    window = Window(start=SOON, end=utc("2026-06-03T07:00:00Z"))  # midnight in Los Angeles

    told = Outcome(status=Status.REGISTERED, reason="approved_automatically", window=window)

    assert ENGLISH.note(told, zone="America/Los_Angeles").endswith("2026-06-02.")


def test_every_reason_has_words_and_a_known_family():
    assert len(REASONS) == len(set(REASONS))
    for code, reason in REASONS.items():
        assert code == reason.code
        assert reason.support.endswith(".")
        assert isinstance(reason.family, Family)
        assert "rival" not in reason.partner.lower()
        assert "competitor" not in reason.partner.lower()


def test_every_reason_and_flag_used_in_decisions_is_in_the_list():
    for told, now in CASES.values():
        decision = decide(told, POLICY, now)
        codes = {each.reason for each in (*decision.transitions, *decision.waits)} | {
            each.code for each in decision.flags
        }
        assert codes <= REASONS.keys()


def test_clean_claim_is_asked_every_rule_of_the_ladder():
    decision = decide(*CASES["held"][:1], POLICY, SOON)

    asked = [each.rule.partition(".")[0] for each in decision.steps]
    ladder = ladder_of(POLICY)
    assert [each.partition(".")[0] for each in asked[: len(ladder)]] == [name for name, _ in ladder]
    assert all(each.result in (StepResult.PASSED, StepResult.SKIPPED) for each in decision.steps[: len(ladder)])


def test_status_is_never_moved_without_a_reason_from_the_list():
    everyone = replace(MINE, customer=Customer(name="Acme", ref=CrmRef("salesforce", "Account", "1")))
    decision = decide(case(everyone), POLICY, utc("2026-08-01T00:00:00Z"))

    assert [each.status for each in decision.transitions] == [Status.REGISTERED]
    assert all(each.reason in REASONS for each in decision.transitions)

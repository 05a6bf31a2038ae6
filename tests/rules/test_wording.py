"""Words for people: templates, languages, and what a partner must never read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from config.mapping import load_mapping
from connectors.registry import fields_path
from rules.desired import desired
from rules.fields import Stream
from rules.reasons import REASONS, Family, Reason, reason_of
from rules.records import Reward, Status
from rules.wording import (
    ENGLISH,
    PHRASES,
    PLACEHOLDERS,
    TOLD,
    TOLD_NAMES,
    Outcome,
    Texts,
    Words,
    filled,
    outcome_of,
    placeholders,
)
from tests.rules.build import NORTHWIND, claim, registered, registration

GERMAN = Words(
    language="de",
    texts={"below_minimum": Texts(partner="Der Wert liegt unter {limit}. Bitte prüfen.")},
    fields={"amount": "Betrag"},
    phrases={
        "missing": "Es fehlt: {missing}.",
        "in_review": "Wir prüfen das.",
        "protected_until": "Bis {protected_until}.",
    },
    date_form="%d.%m.%Y",
)
DORMANT = Reason(code="partner_dormant", partner="You have not sold with us for a year.", support="No sale in a year.")


def refused(reason: str, **changes: object) -> Outcome:
    return Outcome(**{"status": Status.REFUSED, "reason": reason, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Held by {count} of {limit}. Sorry.", "Held by 3 of 25. Sorry."),
        ("Free from {free_from}. Sorry.", "Sorry."),
        ("{free_from}", ""),
        ("No placeholder", "No placeholder"),
        ("已满 {count}。从 {free_from} 起可再登记。谢谢。", "已满 3。谢谢。"),
        ("Version 1.5 of {limit} stays one sentence.", "Version 1.5 of 25 stays one sentence."),
    ],
)
def test_sentence_without_its_value_is_left_out(template, expected):
    assert filled(template, {"count": "3", "limit": "25"}) == expected


def test_value_that_looks_like_a_placeholder_stays_text():
    assert filled("For {customer}.", {"customer": "{limit} Ltd", "limit": "25"}) == "For {limit} Ltd."


def test_every_built_in_template_uses_known_placeholders():
    templates = [text for each in REASONS.values() for text in (each.partner, each.support, each.advice)]

    assert {name for text in templates for name in placeholders(text)} <= PLACEHOLDERS.keys()


def test_quota_is_told_with_its_numbers():
    told = refused("capacity_reached", told={"count": 25, "limit": 25})

    assert ENGLISH.note(told) == "Your limit of registrations is reached. 25 of 25 are used."
    assert ENGLISH.note(refused("capacity_reached")) == "Your limit of registrations is reached."


def test_admin_words_come_before_the_built_in_ones():
    assert GERMAN.note(refused("below_minimum", told={"limit": "5,000.00 USD"})) == (
        "Der Wert liegt unter 5,000.00 USD. Bitte prüfen."
    )
    assert GERMAN.note(refused("own_repeat")) == REASONS["own_repeat"].partner


def test_missing_fields_and_days_are_told_in_the_language():
    held = registered(claim(), start="2026-03-01T12:00:00Z")

    assert "Es fehlt: Betrag, meeting note." in GERMAN.note(
        replace(refused("missing_fields"), status=Status.RETURNED, missing=("deal.amount", "meeting_note"))
    )
    assert GERMAN.note(outcome_of(held)).endswith("Bis 30.05.2026.")


@pytest.mark.parametrize("code", ["below_minimum", "duplicate_registration", "minimum_doubtful", "gate_not_met"])
def test_claim_in_review_is_not_told_as_decided(code):
    """A rule may send to review under the code it refuses with; the partner must not read a refusal."""
    assert GERMAN.note(Outcome(status=Status.IN_REVIEW, reason=code)) == "Wir prüfen das."


def test_appeal_and_research_have_words_of_their_own_in_review():
    assert "appeal" in ENGLISH.note(Outcome(status=Status.IN_REVIEW, reason="appeal_opened"))
    assert "takes a little longer" in ENGLISH.note(Outcome(status=Status.IN_REVIEW, reason="research_started"))


def test_admins_own_code_needs_only_two_texts():
    words = ENGLISH.under([DORMANT])

    assert words.note(refused("partner_dormant")) == DORMANT.partner
    assert words.support("partner_dormant") == DORMANT.support
    assert words.family("partner_dormant") is Family.OTHER


def test_admin_may_reword_a_built_in_code_in_the_rules():
    own = replace(REASONS["below_minimum"], partner="Too small.")

    assert ENGLISH.under([own]).note(refused("below_minimum")) == "Too small."


def test_code_of_a_former_policy_still_has_words():
    assert reason_of("was_once_known", {}).partner
    assert "channel manager" in ENGLISH.note(refused("was_once_known"))


@pytest.mark.parametrize("code", ["duplicate_registration", "direct_deal_open", "outranked", "customer_locked"])
def test_policy_may_hide_that_someone_else_was_first(code):
    words = ENGLISH.under([], tells_conflict=False)

    assert words.note(refused(code)) == PHRASES["concealed"]
    assert words.family(code) is Family.OTHER


def test_own_repeat_is_told_even_then():
    assert ENGLISH.under([], tells_conflict=False).note(refused("own_repeat")) == REASONS["own_repeat"].partner


def test_only_numbers_amounts_and_days_are_taken_from_what_rules_leave():
    """Whatever a rule remembers by mistake, a name cannot reach the partner."""
    told = refused(
        "cool_down", told={"free_from": "Contoso Resellers", "limit": "PTR-CONTOSO", "count": "REG-2026-00007"}
    )

    note = ENGLISH.note(told)

    assert "Contoso" not in note
    assert "REG-" not in note
    assert "from 2026-03-09 on" in ENGLISH.note(refused("cool_down", told={"free_from": "2026-03-09"}))
    assert set(TOLD_NAMES) <= PLACEHOLDERS.keys()


def test_only_the_partners_own_rewards_are_told():
    mine = Reward(rule="a", kind="discount", role="owner", partner_id=NORTHWIND, percent=Decimal(10))
    other = Reward(rule="b", kind="fee", role="influencer", partner_id="PTR-CONTOSO", percent=Decimal(7))
    held = registration(claim(), Status.REGISTERED, rewards=(mine, other), memory={TOLD: {}})
    words = replace(ENGLISH, texts={"approved_automatically": Texts(partner="You get {rewards}.")})

    assert words.note(outcome_of(held)) == "You get 10 % discount."


def test_note_in_the_crm_is_in_the_connections_words():
    stream_map = load_mapping("salesforce", "salesforce", defaults=fields_path("salesforce")).streams[
        Stream.SUBMISSIONS
    ]
    held = registration(claim(), Status.REFUSED, reason="below_minimum", memory={TOLD: {"limit": "5,000.00 USD"}})

    values = desired(held, stream_map=stream_map, zone="UTC", partner=None, base={}, words=GERMAN)

    assert values["note"] == "Der Wert liegt unter 5,000.00 USD. Bitte prüfen."


def test_reason_in_the_crm_hides_a_conflict_where_the_policy_does():
    stream_map = load_mapping("salesforce", "salesforce", defaults=fields_path("salesforce")).streams[
        Stream.SUBMISSIONS
    ]
    held = registration(claim(), Status.REFUSED, reason="duplicate_registration")

    told = [
        desired(
            held, stream_map=stream_map, zone="UTC", partner=None, base={}, words=ENGLISH.under([], tells_conflict=each)
        )
        for each in (True, False)
    ]

    assert told[0]["reason"] != told[1]["reason"]
    assert told[1]["note"] == PHRASES["concealed"]

"""`explain`: everything for support, and for the partner only what a partner may read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.record import record
from rules.records import CrmRef
from tests.console.conftest import CLAIM, decided, received


@pytest.mark.parametrize(
    "name", ["REG-2026-00001", "reg-2026-00001", CLAIM.record_id, CLAIM.record_id[:15], str(CLAIM), "kerlund"]
)
def test_a_registration_is_found_by_any_of_its_names(registrar: Any, history: Any, name: str) -> None:
    done = registrar("explain", name)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("REG-2026-00001  in_review  (above_automatic_limit)")


def test_support_reads_steps_facts_sources_and_writes(registrar: Any, history: Any) -> None:
    done = registrar("explain", "REG-2026-00001")

    for expected in (
        "customer Åkerlund & Söner AB; product Storage",
        "partner P-1001; submission salesforce/Deal_Registration__c/a0B5e00000Abc12EAB",
        "amount 300,000.00 USD",
        "claim_received  [rule, policy 0123456789ab]",
        "automatic_limit: amount 300,000.00 USD >= 250,000.00 USD   <- decides",
        f"amount = 300000 USD  from {CLAIM}, read as of ",
        "Waits: waiting for hubspot: never read",
        "salesforce/Opportunity/0065e00000Xyz99EAA",
        "status = Under Review",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION: Amount needs a quote",
    ):
        assert expected in done.stdout, expected


def test_a_partner_reads_dates_and_words_and_nothing_else(registrar: Any, history: Any) -> None:
    rival = {"code": "answer_overdue", "ref": "hubspot/deals/42", "detail": "rival Nordwind AG, 99,000 USD"}
    with history.begin() as tx:
        record(tx, [decided("REG-2026-00001", flags=[rival])])

    done = registrar("explain", "REG-2026-00001", "--audience", "partner")

    assert done.exit_code == 0
    assert "We are looking at your registration in person" in done.stdout
    for hidden in ("salesforce/", "hubspot", "automatic_limit", "250,000", "P-1001", "policy", "rule", "Nordwind"):
        assert hidden not in done.stdout, hidden


def test_a_partners_view_as_json_holds_no_more(registrar: Any, history: Any) -> None:
    told = json.loads(registrar("explain", "REG-2026-00001", "-a", "partner", "--json").stdout)
    assert set(told) == {"registration_id", "status", "said"}
    assert "automatic" not in json.dumps(told)


def test_a_decision_that_moves_nothing_is_told_to_the_partner_only_while_it_is_the_latest(
    registrar: Any, history: Any
) -> None:
    with history.begin() as tx:
        record(tx, [decided("REG-2026-00001", transitions=[]), decided("REG-2026-00001", transitions=[])])

    said = json.loads(registrar("explain", "REG-2026-00001", "-a", "partner", "--json").stdout)["said"]

    assert len(said) == 2


def test_the_story_as_json_holds_entries_links_and_writes(registrar: Any, history: Any) -> None:
    told = json.loads(registrar("explain", "REG-2026-00001", "--json").stdout)
    assert [each["type"] for each in told["entries"]] == ["claim_received", "decided"]
    assert told["registration"]["claim_ref"] == str(CLAIM)
    assert [each["state"] for each in told["intents"]] == ["done", "dead"]
    assert len(told["links"]) == 2


def test_what_is_unknown_or_ambiguous_is_told(registrar: Any, history: Any) -> None:
    other = CrmRef("hubspot", "p_deal_registration", "78")
    with history.begin() as tx:
        record(tx, [received("REG-2026-00002", other)])

    unknown = registrar("explain", "REG-2026-99999")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "no registration is called 'REG-2026-99999'" in unknown.stderr

    several = registrar("explain", "Åkerlund")
    assert several.exit_code == 1
    assert "2 registrations fit 'Åkerlund'" in several.stderr
    assert "REG-2026-00002" in several.stdout

    wrong = registrar("explain", "REG-2026-00001", "--audience", "partners")
    assert wrong.exit_code == 2
    assert "Did you mean partner?" in wrong.stderr

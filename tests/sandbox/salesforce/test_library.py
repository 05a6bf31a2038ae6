"""What simple-salesforce 1.12.10 does by itself, seen against the org: the reasons for the connector's own login and calls.

When one of these fails after an upgrade of the library, the connector may get simpler; nothing of ours is broken.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
import requests
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from sandbox.faults import FaultKind
from sandbox.salesforce.ids import make_id
from sandbox.transport import FaultyApp, WouldHangError, WsgiAdapter
from tests.sandbox.salesforce.conftest import AMY, Door, opportunity

DEAL = make_id("006", 1)
LONG_AGO = {"If-Unmodified-Since": "Mon, 02 Mar 2026 08:00:00 GMT"}
NEW = {"Name": "New", "StageName": "Prospecting", "CloseDate": "2026-09-30"}


@pytest.fixture(autouse=True)
def rows(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(1)])


def test_a_failed_condition_is_a_general_error_with_status_412(door: Door) -> None:
    with pytest.raises(SalesforceGeneralError) as failed:
        door.sf.Opportunity.update(DEAL, {"Name": "x"}, headers=LONG_AGO)

    assert failed.value.status == 412


def test_the_condition_is_lost_when_the_library_logs_in_again(door: Door) -> None:
    """The reason for keeping the login in our own hands: a write that had to be refused is applied."""
    door.org.logins.end_sessions()

    assert door.sf.Opportunity.update(DEAL, {"Name": "x"}, headers=LONG_AGO) == 204


def test_bulk_calls_never_log_in_again(door: Door) -> None:
    bulk = door.sf.bulk2
    door.org.logins.end_sessions()

    with pytest.raises(Exception, match="INVALID_SESSION_ID"):
        list(bulk.Opportunity.query("SELECT Id FROM Opportunity", wait=0))


def test_a_call_without_a_timeout_would_wait_for_ever(door: Door) -> None:
    door.faults.plan(FaultKind.TIMEOUT_BEFORE)
    session = requests.Session()
    session.mount("https://", WsgiAdapter(FaultyApp(door.org.app, door.faults, "salesforce"), clock=door.clock))
    door.sf.session = session

    with pytest.raises(WouldHangError):
        door.sf.query("SELECT Id FROM Opportunity")
    session.close()


def test_an_unquoted_key_is_cut_at_a_question_mark(door: Door) -> None:
    assert door.sf.Opportunity.upsert("Registration_Id__c/a?b", NEW) == 201

    assert door.org.find("Opportunity", "Registration_Id__c", "a") is not None
    assert door.org.find("Opportunity", "Registration_Id__c", "a?b") is None


def test_a_key_with_a_space_is_not_found_by_custom_id(door: Door) -> None:
    door.org.update("Opportunity", DEAL, {"Registration_Id__c": "a b"}, by=AMY)

    with pytest.raises(SalesforceResourceNotFound):
        door.sf.Opportunity.get_by_custom_id("Registration_Id__c", "a b")


def test_numbers_of_a_row_are_floats_and_decimals_cannot_be_sent(door: Door) -> None:
    assert isinstance(door.sf.Opportunity.get(DEAL)["Amount"], float)
    with pytest.raises(TypeError, match="Decimal"):
        door.sf.Opportunity.update(DEAL, {"Amount": Decimal("1.5")})


def test_a_misspelt_object_fails_only_when_it_is_called(door: Door) -> None:
    misspelt = door.sf.Oportunity

    with pytest.raises(SalesforceResourceNotFound):
        misspelt.get(DEAL)


def test_usage_is_told_after_queries_and_lost_after_row_calls(door: Door) -> None:
    door.sf.query("SELECT Id FROM Opportunity")
    told = door.sf.api_usage["api-usage"]
    door.sf.Opportunity.update(DEAL, {"Name": "x"})

    assert (told.used, told.total) == (door.org.calls - 1, door.org.daily_limit)
    assert door.sf.api_usage["api-usage"] == told


def test_a_duplicate_field_in_a_query_is_refused_and_its_error_quotes_the_query(door: Door) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        door.sf.query("SELECT Id, Id FROM Opportunity WHERE Name = 'secret words'")

    assert "secret" in str(refused.value)

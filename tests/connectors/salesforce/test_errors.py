"""Salesforce's errors, wherever they stand, become one of our errors with the right class."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.salesforce.errors import call_error, read_fault, row_error
from rules.errors import DealError, InvariantError, PermanentError, RecordError, RetryClass, TransientError

USED_UP = "TotalRequests Limit exceeded."
AT_ONCE = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
MATCHED = {"matchResults": [{"matchRecords": [{"record": {"Id": "0065g00000ABCDE"}}]}]}
TAKEN = "duplicate value found: X duplicates value on record with id: 0065g00000ABCDE"


def row(code: str, message: str = "", *fields: str) -> DealError:
    errors = [{"statusCode": code, "message": message, "fields": list(fields)}]
    return row_error(read_fault(errors), connection="salesforce", ref="salesforce/Opportunity/006A")


def limited(message: str) -> dict[str, str]:
    return {"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": message}


def call(status: int, body: Any, *, is_write: bool = False) -> DealError:
    fault = read_fault(body, status=status)
    return call_error(fault, connection="salesforce", what="query Opportunity", is_write=is_write)


@pytest.mark.parametrize(
    ("code", "kind", "retry_class"),
    [
        ("UNABLE_TO_LOCK_ROW", TransientError, RetryClass.LOCKED),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", RecordError, RetryClass.VALIDATION),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", RecordError, RetryClass.VALIDATION),
        ("REQUIRED_FIELD_MISSING", RecordError, RetryClass.VALIDATION),
        ("STRING_TOO_LONG", RecordError, RetryClass.VALIDATION),
        ("DUPLICATE_VALUE", RecordError, RetryClass.DUPLICATE),
        ("ENTITY_IS_LOCKED", RecordError, RetryClass.HELD),
        ("ENTITY_IS_DELETED", RecordError, RetryClass.GONE),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", PermanentError, RetryClass.PERMISSION),
        ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", RecordError, RetryClass.PERMISSION),
        ("ALL_OR_NONE_OPERATION_ROLLED_BACK", TransientError, RetryClass.LOCKED),
        ("SOMETHING_NEW_IN_SPRING_30", RecordError, RetryClass.VALIDATION),
    ],
)
def test_a_rows_error_has_its_class(code: str, kind: type[DealError], retry_class: RetryClass):
    found = row(code)

    assert type(found) is kind
    assert (found.code, found.retry_class) == (code, retry_class)


def test_a_flow_that_tripped_over_a_lock_is_a_lock():
    found = row("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "execution of AfterUpdate caused by: UNABLE_TO_LOCK_ROW")

    assert found.retry_class is RetryClass.LOCKED


def test_a_broken_reference_is_the_rows_own_when_it_names_a_field_and_else_the_row_is_gone():
    assert row("INVALID_CROSS_REFERENCE_KEY", "", "AccountId").retry_class is RetryClass.VALIDATION
    assert row("INVALID_CROSS_REFERENCE_KEY").retry_class is RetryClass.GONE


@pytest.mark.parametrize(
    ("status", "body", "kind", "retry_class"),
    [
        (401, [{"errorCode": "INVALID_SESSION_ID"}], PermanentError, RetryClass.AUTH),
        (401, "not even JSON", PermanentError, RetryClass.AUTH),
        (403, [limited(USED_UP)], TransientError, RetryClass.EXHAUSTED),
        (403, [limited(AT_ONCE)], TransientError, RetryClass.THROTTLED),
        (400, [{"errorCode": "MALFORMED_QUERY"}], InvariantError, RetryClass.BUG),
        (
            400,
            [{"errorCode": "INVALID_FIELD", "message": "No such column 'X__c'"}],
            PermanentError,
            RetryClass.PERMISSION,
        ),
        (400, {"error": "invalid_grant", "error_description": "x"}, PermanentError, RetryClass.AUTH),
        (404, [{"errorCode": "NOT_FOUND"}], PermanentError, RetryClass.PERMISSION),
        (403, "<html>Forbidden by a proxy</html>", TransientError, RetryClass.TRANSIENT),
        (403, "", TransientError, RetryClass.TRANSIENT),
        (403, '[{"message":"TotalReq', TransientError, RetryClass.TRANSIENT),
        (400, '[{"message":"', TransientError, RetryClass.TRANSIENT),
        (410, "gone", PermanentError, RetryClass.AUTH),
        (414, "<html>", PermanentError, RetryClass.BUG),
        (500, [{"errorCode": "UNKNOWN_EXCEPTION"}], TransientError, RetryClass.TRANSIENT),
        (502, "<html>", TransientError, RetryClass.TRANSIENT),
        (503, "<html>", TransientError, RetryClass.TRANSIENT),
    ],
)
def test_a_calls_error_has_its_class(status: int, body: Any, kind: type[DealError], retry_class: RetryClass):
    found = call(status, body)

    assert type(found) is kind
    assert found.retry_class is retry_class


def test_a_server_error_leaves_a_write_unknown():
    lost, limited = call(500, "", is_write=True), call(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}], is_write=True)

    assert isinstance(lost, TransientError)
    assert isinstance(limited, TransientError)
    assert (lost.outcome_unknown, limited.outcome_unknown) == (True, False)


@pytest.mark.parametrize(
    "body",
    [
        {"errorCode": "DUPLICATE_VALUE", "message": TAKEN},
        {"errorCode": "DUPLICATES_DETECTED", "duplicateResut": MATCHED},
        {"errorCode": "DUPLICATES_DETECTED", "duplicateResult": MATCHED},
    ],
)
def test_the_record_in_the_way_is_named_in_its_long_form(body: dict[str, Any]):
    existing_id = read_fault([body], status=400).existing_id

    assert existing_id is not None
    assert (existing_id[:15], len(existing_id)) == ("0065g00000ABCDE", 18)


def test_salesforces_words_are_kept_without_what_they_quote():
    found = row("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Ada says 'my secret deal', ask ada@acme.example\nsoon")

    assert "my secret deal" not in found.message
    assert "ada@acme.example" not in found.message
    assert "soon" in found.message
    assert "lovelace" not in row("STRING_TOO_LONG", "Email: data value too large: lovelace").message


@pytest.mark.parametrize(
    "body",
    [
        None,
        5,
        [None],
        ["text"],
        [{"errorCode": None, "message": None, "fields": None}],
        [{"errorCode": ["X"], "message": {"a": 1}, "fields": "abc"}],
        [{"errorCode": "X", "fields": 5}],
        [{"duplicateResult": {"matchResults": [None, {"matchRecords": [None, {"record": {"Id": "x"}}]}]}}],
    ],
)
@pytest.mark.parametrize("status", [300, 400, 403, 404, 503])
def test_no_body_makes_the_reading_of_errors_fail(status: int, body: Any):
    assert isinstance(call(status, body), DealError)
    assert read_fault(body, status=status).existing_id is None

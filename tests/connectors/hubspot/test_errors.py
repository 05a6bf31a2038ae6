"""HubSpot's error bodies, each field of which may be missing, become one of our errors with the right class."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hubspot.errors import Call, error_of, row_error
from connectors.hubspot.faults import read_fault
from rules.errors import DealError, InvariantError, PermanentError, RecordError, RetryClass, TransientError

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
READ = Call(connection="hubspot", object_name="deals", purpose="pull")
WRITE = Call(connection="hubspot", object_name="deals", purpose="push", is_write=True)

INVALID = {
    "status": "error",
    "message": 'Property values were not valid: [{"isValid":false,"message":"x was not one of the allowed options",'
    '"error":"INVALID_OPTION","name":"registration_status","portalId":1}]',
    "correlationId": "6b1a",
    "category": "VALIDATION_ERROR",
}


def error(status: int, body: Any, call: Call = WRITE, **headers: str) -> DealError:
    raw = body if isinstance(body, str) else orjson.dumps(body)
    return error_of(status, headers, read_fault(raw), call=call, now=NOW, zone=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("status", "body", "kind", "retry_class", "code"),
    [
        (400, INVALID, RecordError, RetryClass.VALIDATION, "INVALID_OPTION"),
        (
            400,
            {
                "category": "VALIDATION_ERROR",
                "errors": [{"code": "INVALID_DATE", "context": {"propertyName": ["closedate"]}}],
            },
            RecordError,
            RetryClass.VALIDATION,
            "INVALID_DATE",
        ),
        (400, {"message": "There was a problem with the request."}, InvariantError, RetryClass.BUG, "HTTP 400"),
        (
            400,
            {"message": "Unable to infer object type from: p_nothing"},
            PermanentError,
            RetryClass.PERMISSION,
            "HTTP 400",
        ),
        (
            400,
            {"message": "Unable to perform upsert by non-unique 0-3 property deal_key in portal ID 7"},
            PermanentError,
            RetryClass.PERMISSION,
            "HTTP 400",
        ),
        (401, {"category": "INVALID_AUTHENTICATION"}, PermanentError, RetryClass.AUTH, "INVALID_AUTHENTICATION"),
        (401, "", PermanentError, RetryClass.AUTH, "HTTP 401"),
        (403, "<html>Forbidden by a proxy</html>", TransientError, RetryClass.TRANSIENT, "HTTP 403"),
        (403, '{"status":"error","category":"MISS', TransientError, RetryClass.TRANSIENT, "HTTP 403"),
        (400, '{"status":"error","mess', TransientError, RetryClass.TRANSIENT, "HTTP 400"),
        (403, {"category": "MISSING_SCOPES"}, PermanentError, RetryClass.PERMISSION, "MISSING_SCOPES"),
        (404, {"message": "resource not found"}, RecordError, RetryClass.GONE, "HTTP 404"),
        (404, "<html>404</html>", PermanentError, RetryClass.PERMISSION, "HTTP 404"),
        (409, {"category": "CONFLICT"}, RecordError, RetryClass.DUPLICATE, "CONFLICT"),
        (414, "<html>", InvariantError, RetryClass.BUG, "HTTP 414"),
        (423, {}, TransientError, RetryClass.LOCKED, "HTTP 423"),
        (477, {}, TransientError, RetryClass.EXHAUSTED, "HTTP 477"),
        (500, {"category": "INTERNAL_ERROR"}, TransientError, RetryClass.TRANSIENT, "INTERNAL_ERROR"),
        (502, "<html>Bad Gateway</html>", TransientError, RetryClass.TRANSIENT, "HTTP 502"),
        (504, "", TransientError, RetryClass.TRANSIENT, "HTTP 504"),
        (524, "<html>", TransientError, RetryClass.TRANSIENT, "HTTP 524"),
        (301, "", PermanentError, RetryClass.AUTH, "HTTP 301"),
        (429, "error code: 1015", TransientError, RetryClass.THROTTLED, "HTTP 429"),
    ],
)
def test_each_refusal_has_its_class(status: int, body: Any, kind: type[DealError], retry_class: RetryClass, code: str):
    found = error(status, body)

    assert type(found) is kind
    assert (found.retry_class, found.code) == (retry_class, code)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524])
def test_a_server_error_leaves_a_write_unknown_and_a_read_repeatable(status: int):
    write, read = error(status, "<html>", WRITE), error(status, "<html>", READ)

    assert isinstance(write, TransientError)
    assert isinstance(read, TransientError)
    assert (write.outcome_unknown, read.outcome_unknown) == (True, False)


@pytest.mark.parametrize("status", [429, 423, 477])
def test_a_refusal_to_take_the_call_is_certain(status: int):
    found = error(status, {})

    assert isinstance(found, TransientError)
    assert not found.outcome_unknown


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"message": "Contact already exists. Existing ID: 123", "category": "CONFLICT"}, "123"),
        ({"message": "taken", "category": "CONFLICT", "context": {"existingId": ["77"]}}, "77"),
        ({"category": "CONFLICT"}, None),
    ],
)
def test_the_record_in_the_way_is_named(body: dict[str, Any], expected: str | None):
    found = error(409, body)

    assert isinstance(found, RecordError)
    assert found.existing_id == expected


@pytest.mark.parametrize("place", ["errors", "top"])
def test_missing_scopes_are_named(place: str):
    context = {"requiredGranularScopes": ["crm.objects.deals.write"]}
    body: dict[str, Any] = {"category": "MISSING_SCOPES"}
    body |= {"errors": [{"context": context}]} if place == "errors" else {"context": context}

    assert "crm.objects.deals.write" in error(403, body).message


def test_hubspots_own_words_are_not_repeated_because_they_quote_the_record():
    body = {"message": 'Email "ada@acme.example" of Ada Lovelace is invalid', "category": "VALIDATION_ERROR"}

    assert "Ada" not in error(400, body).message
    assert "Ada" not in error(409, body | {"category": "CONFLICT"}).message


def test_a_row_of_a_207_names_property_record_and_reason():
    fault = read_fault(orjson.dumps(INVALID))

    found = row_error(fault, call=WRITE, ref="hubspot/deals/7")

    assert (found.ref, found.field, found.code) == ("hubspot/deals/7", "registration_status", "INVALID_OPTION")
    assert "6b1a" in found.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "message", "category", "errors", "context", "code", "policyName", "in", "name"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(status=st.integers(300, 599), body=JSON | st.binary(max_size=40))
def test_no_body_makes_the_reading_of_errors_fail(status: int, body: Any):
    raw = body if isinstance(body, bytes) else orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS, default=str)

    found = error_of(status, {}, read_fault(raw), call=WRITE, now=NOW, zone=UTC)

    assert isinstance(found, DealError)
    assert found.retry_class is not None

"""Whatever JSON comes in, the portal answers as HubSpot would: it never breaks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.clock import SimClock
from sandbox.faults import Faults
from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import D1, START, Client, deal

WORDS = [
    *("filterGroups", "filters", "propertyName", "operator", "value", "values", "highValue", "sorts", "limit", "after"),
    *("properties", "inputs", "id", "idProperty", "objectWriteTraceId", "associations", "to", "from", "types"),
    *("associationCategory", "associationTypeId", "options", "name", "EQ", "IN", "BETWEEN", "amount", "deals", "NaN"),
    *("hs_lastmodifieddate", "hs_object_id", "registration_id", "1e999999", "5000000001", "701"),
]

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(WORDS)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=12,
)
CALLS = [
    ("POST", "/crm/v3/objects/deals"),
    ("PATCH", f"/crm/v3/objects/deals/{D1}"),
    ("POST", "/crm/v3/objects/deals/search"),
    *(("POST", f"/crm/v3/objects/deals/batch/{each}") for each in ("read", "create", "update", "upsert", "archive")),
    *(
        ("POST", f"/crm/associations/2026-09/deals/companies/batch/{each}")
        for each in ("read", "create", "archive", "labels/archive", "associate/default")
    ),
    ("PUT", f"/crm/v4/objects/deals/{D1}/associations/companies/701"),
    ("POST", "/crm/v3/properties/deals"),
]


@pytest.fixture(scope="module")
def shared() -> Client:
    clock, faults = SimClock(START), Faults()
    portal = Portal(clock=clock, faults=faults)
    portal.limits.switch_off()
    portal.seed("deals", [deal(number) for number in range(1, 4)])
    return Client(portal, clock, faults)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    call=st.sampled_from(CALLS), key=st.sampled_from(["inputs", "filterGroups", "properties", None]), body=json_values
)
def test_any_json_gets_an_answer(shared: Client, call: tuple[str, str], key: str | None, body: Any) -> None:
    method, path = call
    told = body if key is None else {key: body, "properties": body if key == "properties" else {}}
    status, _, answer = shared.raw(method, path, told)

    assert status in (200, 201, 204, 207, 400, 404, 409), json.dumps(told)
    if status >= 400:
        assert answer["message"]


@pytest.mark.parametrize("after", ["²", "-1", "1.5", "9" * 30])
def test_odd_digits_are_no_cursor(shared: Client, after: str) -> None:
    assert shared.ask(shared.objects.get_page, "deals", after=after)[0] == 400

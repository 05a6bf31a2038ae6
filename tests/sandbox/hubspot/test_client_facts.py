"""Facts about the client library itself that the connector is built on (facts 6 to 10): seen through the portal."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import hubspot.crm.companies
import hubspot.crm.deals
import pytest
from hubspot import HubSpot
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from sandbox.clock import SimClock
from sandbox.faults import FaultKind, Faults
from sandbox.faulty import FaultyApp
from sandbox.hubspot.portal import Portal
from sandbox.transport import WouldHangError, WsgiPool
from tests.sandbox.hubspot.conftest import D1, Client


@pytest.fixture
def library(portal: Portal) -> Any:
    return HubSpot(access_token=portal.login["access_token"], retry=False)


def held(api: Any, portal: Portal, clock: SimClock, faults: Faults, retries: Any = False) -> Any:
    app = FaultyApp(portal.app, faults, "hubspot")
    api.api_client.rest_client.pool_manager = WsgiPool(app, clock=clock, retries=retries)
    return api


def test_the_library_never_times_out_by_itself(library: Any, portal: Portal, clock: SimClock, faults: Faults) -> None:
    deals = held(library.crm.deals.basic_api, portal, clock, faults)
    faults.plan(FaultKind.TIMEOUT_BEFORE)

    with pytest.raises(WouldHangError):
        deals.get_by_id(D1)


def test_the_default_retries_repeat_a_lost_get_three_times_unseen(
    library: Any, portal: Portal, clock: SimClock, faults: Faults
) -> None:
    deals = held(library.crm.deals.basic_api, portal, clock, faults, retries=Retry(3))
    faults.plan(FaultKind.RESET_AFTER, count=3)

    assert deals.get_by_id(D1, _request_timeout=5).id == D1
    assert portal.calls == 4


def test_a_lost_post_is_not_repeated(library: Any, portal: Portal, clock: SimClock, faults: Faults) -> None:
    deals = held(library.crm.deals.basic_api, portal, clock, faults, retries=Retry(3))
    faults.plan(FaultKind.RESET_AFTER)
    properties = {"dealname": "New", "pipeline": "default", "dealstage": "closedwon"}

    with pytest.raises(HTTPError):
        deals.create({"properties": properties, "associations": []}, _request_timeout=5)
    assert portal.count("deals") == 6, "the answer was lost, the deal was made"


def test_an_empty_body_becomes_a_model_of_nothing(
    library: Any, portal: Portal, clock: SimClock, faults: Faults
) -> None:
    deals = held(library.crm.deals.basic_api, portal, clock, faults)
    faults.plan(FaultKind.EMPTY_BODY, count=2)

    assert deals.get_by_id(D1, _request_timeout=5).id is None
    page = deals.get_page(_request_timeout=5)
    assert (page.results, page.paging) == (None, None)


def test_each_package_has_an_exception_of_its_own(
    library: Any, portal: Portal, clock: SimClock, faults: Faults
) -> None:
    companies = held(library.crm.companies.basic_api, portal, clock, faults)

    with pytest.raises(hubspot.crm.companies.ApiException) as caught:
        companies.get_by_id("99", _request_timeout=5)
    assert caught.value.status == 404
    assert not isinstance(caught.value, hubspot.crm.deals.ApiException)


def test_a_connection_lost_is_no_api_exception(library: Any, portal: Portal, clock: SimClock, faults: Faults) -> None:
    deals = held(library.crm.deals.basic_api, portal, clock, faults)
    faults.plan(FaultKind.RESET_BEFORE)

    with pytest.raises(HTTPError) as caught:
        deals.get_by_id(D1, _request_timeout=5)
    assert not isinstance(caught.value, hubspot.crm.deals.ApiException)


def test_models_carry_what_the_portal_answers(library: Any, portal: Portal, clock: SimClock, faults: Faults) -> None:
    batch = held(library.crm.deals.batch_api, portal, clock, faults)
    body = {"inputs": [{"id": D1}, {"id": "99"}], "properties": ["dealname"]}
    answer, status, _ = batch.read_with_http_info(body, _request_timeout=5)

    assert status == 207
    assert answer.results[0].properties["dealname"] == "Deal 1"
    assert answer.errors[0].context["ids"] == ["99"]
    assert answer.results[0].updated_at.isoformat().startswith("2026-03-02T08:00:00")


def test_a_capital_true_is_what_the_library_sends(client: Client, faults: Faults) -> None:
    faults.plan(FaultKind.RATE_LIMITED, match="archived=True")

    assert client.ask(client.objects.get_page, "deals", archived=True)[0] == 429


def test_urllib3_is_not_the_version_that_breaks_the_library() -> None:
    assert importlib.metadata.version("urllib3") != "2.6.0"

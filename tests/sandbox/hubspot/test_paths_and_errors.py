"""Path families, unknown paths, malformed requests, and what the edge says instead of HubSpot."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sandbox.hubspot.portal import Portal, Rule
from tests.sandbox.hubspot.conftest import D1, Client


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v3/objects/deals",
        "/crm/objects/2026-03/deals",
        "/crm/objects/2026-09/deals",
        "/crm/v3/objects/0-3",
        f"/crm/objects/2026-09/deals/{D1}",
        f"/crm/v4/objects/deals/{D1}/associations/companies",
        f"/crm/objects/2026-09/deals/{D1}/associations/companies",
        "/crm/v4/associations/deals/companies/labels",
        "/crm/associations/2026-09/deals/companies/labels",
        "/crm/v3/properties/deals",
        "/crm/properties/2026-09/deals/amount",
        "/crm/v3/pipelines/deals",
        "/crm/pipelines/2026-09/deals/default/stages",
        "/crm/v3/owners/",
        "/crm/owners/2026-09",
        "/crm/owners/2026-09/81",
        "/crm/v3/schemas",
        "/crm-object-schemas/v3/schemas",
        "/crm-object-schemas/2026-09/schemas",
        "/account-info/2026-03/details",
    ],
)
def test_numbered_and_dated_paths_lead_to_the_same_portal(client: Client, path: str) -> None:
    assert client.raw("GET", path)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v5/objects/deals",
        "/crm/objects/2025-09/deals",
        "/crm/objects/v3/deals",
        "/crm/v3/associations/deals/companies/labels",
        "/crm/v3/objects",
        f"/crm/v3/objects/deals/{D1}/associations/companies",
        f"/crm/v4/objects/deals/{D1}",
        "/crm/v3/objects/deals/batch/read",
        "/",
    ],
)
def test_an_unknown_path_is_a_404_with_a_web_page(client: Client, path: str) -> None:
    status, headers, body = client.raw("GET", path)

    assert status == 404
    assert headers["Content-Type"].startswith("text/html")
    assert "<html>" in body


def test_both_oauth_paths_give_tokens(any_client: Client, portal: Portal) -> None:
    login = {name: portal.login[name] for name in ("client_id", "client_secret", "refresh_token")}
    answer = any_client.ask(any_client.tokens.create, grant_type="refresh_token", **login)
    wrong = any_client.ask(any_client.tokens.create, grant_type="refresh_token", **{**login, "client_secret": "no"})

    assert (answer[0], wrong[0], wrong[2]["status"]) == (200, 400, "BAD_CLIENT_SECRET")


def test_the_path_of_2026_09_enforces_admin_rules_and_older_ones_do_not(any_client: Client, portal: Portal) -> None:
    def reason_when_rejected(values: Mapping[str, str | None]) -> tuple[str, str] | None:
        if values.get("registration_status") == "rejected" and not values.get("registration_note"):
            return "registration_note", "A note is required when a registration is rejected"
        return None

    portal.add_rule(Rule(object_type="deals", check=reason_when_rejected))
    body = {"properties": {"registration_status": "rejected"}}
    status, _, answer = any_client.ask(any_client.objects.update, "deals", D1, body)

    if any_client.family == "2026-09":
        assert status == 400
        assert answer["errors"][0]["context"]["propertyName"] == ["registration_note"]
    else:
        assert status == 200


def test_admin_rules_hold_for_batches_and_creation_too(client: Client, portal: Portal) -> None:
    portal.add_rule(
        Rule(object_type="deals", check=lambda values: None if values.get("amount") else ("amount", "Fill in"))
    )
    properties = {"dealname": "New", "pipeline": "default", "dealstage": "closedwon"}

    made = client.raw("POST", "/crm/objects/2026-09/deals", {"properties": properties})
    batch = {"inputs": [{"id": D1, "properties": {"amount": ""}}]}

    assert made[0] == 400
    assert client.raw("POST", "/crm/objects/2026-09/deals/batch/update", batch)[0] == 400
    assert client.raw("POST", "/crm/v3/objects/deals", {"properties": properties})[0] == 201


def test_an_id_in_the_path_may_hold_a_slash(client: Client, portal: Portal) -> None:
    portal.update("deals", D1, {"registration_id": "REG/1"}, by="81")

    assert client.ask(client.objects.get_by_id, "deals", "REG/1", id_property="registration_id")[2]["id"] == D1


def test_a_list_of_properties_that_is_too_long_is_a_414_with_a_web_page(client: Client) -> None:
    names = [f"property_number_{number}" for number in range(900)]
    status, _, body = client.ask(client.objects.get_page, "deals", properties=names)

    assert status == 414
    assert "<html>" in str(body)


@pytest.mark.parametrize("after", ["next", "MTIz"])
def test_a_cursor_that_is_none_is_a_plain_400(any_client: Client, after: str) -> None:
    status, _, body = any_client.ask(any_client.objects.get_page, "deals", after=after)

    assert status == 400
    assert body["message"].startswith("Cannot deserialize value of type")
    assert "category" not in body


@pytest.mark.parametrize("body", [None, [], {}, {"inputs": {}}, {"inputs": [1]}])
def test_a_batch_without_inputs_is_refused(client: Client, body: object) -> None:
    assert client.raw("POST", "/crm/v3/objects/deals/batch/read", body)[0] == 400


def test_every_answer_carries_a_correlation_id(client: Client) -> None:
    good = client.ask(client.objects.get_by_id, "deals", D1)[1]
    _, headers, body = client.ask(client.objects.get_by_id, "deals", "99")

    assert len(good["X-HubSpot-Correlation-Id"]) == 32
    assert headers["X-HubSpot-Correlation-Id"] == body["correlationId"]

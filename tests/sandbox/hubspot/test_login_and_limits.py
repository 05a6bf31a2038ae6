"""Tokens, scopes and limits: who is let in, who has to wait, and how differently HubSpot says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.clock import SimClock
from sandbox.faults import FaultKind, Faults
from sandbox.hubspot.limits import Shape
from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import D1, SUBMISSION, Client

OAUTH = ("client_id", "client_secret", "refresh_token")


def read(client: Client) -> tuple[int, Any, Any]:
    return client.ask(client.objects.get_by_id, "deals", D1)


def refresh(client: Client, login: dict[str, str]) -> tuple[int, Any, Any]:
    form = {name: login[name] for name in OAUTH}
    return client.ask(client.tokens.create, grant_type="refresh_token", **form)


@pytest.mark.parametrize(
    "token, status",
    [
        ("pat-eu1-00000000-0000-0000-000000000000", 401),
        ("short", 530),
        ("pat-eu1-0000 0000-0000-0000-000000000000", 530),
        ('"pat-eu1-00000000-0000-0000-000000000000"', 530),
    ],
)
def test_a_wrong_token_is_401_and_a_malformed_one_530(
    portal: Portal, clock: SimClock, faults: Faults, token: str, status: int
) -> None:
    answer = read(Client(portal, clock, faults, token=token))

    assert answer[0] == status
    if status == 401:
        assert answer[2]["category"] == "INVALID_AUTHENTICATION"
    else:
        assert "<html>" in str(answer[2])


def test_an_oauth_token_ends_after_its_time_and_is_renewed(any_client: Client, portal: Portal, clock: SimClock) -> None:
    status, _, answer = refresh(any_client, portal.login)
    client = Client(portal, clock, Faults(), token=answer["access_token"])

    assert (status, answer["expires_in"], answer["token_type"]) == (200, 1800, "bearer")
    assert answer["refresh_token"] == portal.login["refresh_token"], "refresh tokens do not rotate"
    assert read(client)[0] == 200
    clock.advance(1800)
    expired = read(client)
    assert (expired[0], expired[2]["category"]) == (401, "EXPIRED_AUTHENTICATION")


def test_an_uninstalled_app_cannot_refresh(client: Client, portal: Portal) -> None:
    portal.tokens.is_uninstalled = True
    status, _, body = refresh(client, portal.login)

    assert (status, body["status"]) == (400, "BAD_REFRESH_TOKEN")


def test_tokens_die_in_the_middle_of_a_run(client: Client, portal: Portal, clock: SimClock, faults: Faults) -> None:
    oauth = Client(portal, clock, faults, token=refresh(client, portal.login)[2]["access_token"])
    faults.plan(FaultKind.TOKEN_EXPIRED)

    assert [read(oauth)[0], read(oauth)[0]] == [401, 401], "it stays dead until it is renewed"
    assert read(Client(portal, clock, faults, token=refresh(client, portal.login)[2]["access_token"]))[0] == 200


def test_a_revoked_refresh_token_by_fault(client: Client, portal: Portal, faults: Faults) -> None:
    faults.plan(FaultKind.REFRESH_REVOKED)

    assert [refresh(client, portal.login)[0] for _ in range(2)] == [400, 200]


def test_a_rotated_static_token_replaces_the_old_one(client: Client, portal: Portal, clock: SimClock) -> None:
    fresh = portal.tokens.rotate()

    assert read(client)[0] == 401
    assert read(Client(portal, clock, Faults(), token=fresh))[0] == 200


def test_a_missing_scope_is_named(any_client: Client, portal: Portal) -> None:
    portal.app.scopes = frozenset({"crm.objects.deals.read"})
    status, _, body = any_client.ask(any_client.objects.update, "deals", D1, {"properties": {"amount": "1"}})

    assert (status, body["category"]) == (403, "MISSING_SCOPES")
    assert body["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.deals.write"]
    assert read(any_client)[0] == 200, "the token itself is still good"
    assert any_client.ask(any_client.objects.get_page, SUBMISSION)[0] == 403
    assert any_client.ask(any_client.owners.get_page)[0] == 403


def test_answers_tell_the_limits_but_not_those_of_searches_and_associations(client: Client) -> None:
    _, headers, _ = read(client)
    search = client.search("deals")[1]
    links = client.ask(client.link_batch.get_page, "deals", "companies", {"inputs": [{"id": D1}]})[1]

    assert headers["X-HubSpot-RateLimit-Max"] == "190"
    assert headers["X-HubSpot-RateLimit-Remaining"] == "189"
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert headers["X-HubSpot-RateLimit-Daily-Remaining"] == "624999"
    assert not [name for each in (search, links) for name in each if "RateLimit" in name]


def test_oauth_apps_are_not_told_the_daily_limit(client: Client, portal: Portal, clock: SimClock) -> None:
    oauth = Client(portal, clock, Faults(), token=refresh(client, portal.login)[2]["access_token"])
    _, headers, _ = read(oauth)

    assert headers["X-HubSpot-RateLimit-Max"] == "110"
    assert "X-HubSpot-RateLimit-Daily" not in headers


def test_the_burst_limit_rolls_over_ten_seconds(client: Client, portal: Portal, clock: SimClock) -> None:
    portal.limits.burst = 3
    assert [read(client)[0] for _ in range(4)] == [200, 200, 200, 429]
    status, headers, body = read(client)

    assert status == 429
    assert "Retry-After" not in headers
    assert body["errorType"] == "RATE_LIMIT"
    assert body["policyName"] == "TEN_SECONDLY_ROLLING"
    assert body["message"] == "You have reached your ten_secondly_rolling limit."
    assert "category" not in body
    clock.advance(10)
    assert read(client)[0] == 200


def test_searches_have_a_limit_of_their_own_by_the_second(client: Client, clock: SimClock, portal: Portal) -> None:
    portal.limits.burst = 1
    assert [client.search("deals")[0] for _ in range(6)] == [200] * 5 + [429]
    status, _, body = client.search("deals")

    assert (status, body["category"]) == (429, "RATE_LIMITS")
    assert body["message"] == "You have reached your secondly limit."
    assert "policyName" not in body
    assert read(client)[0] == 200, "searches do not count for the ten seconds"
    clock.advance(1)
    assert client.search("deals")[0] == 200


def test_associations_have_a_burst_of_their_own(client: Client, portal: Portal) -> None:
    portal.limits.associations_burst = 1
    body = {"inputs": [{"id": D1}]}

    answers = [client.ask(client.link_batch.get_page, "deals", "companies", body)[0] for _ in range(2)]

    assert answers == [207, 429]
    assert read(client)[0] == 200


def test_the_daily_limit_ends_at_midnight_of_the_account(client: Client, portal: Portal, clock: SimClock) -> None:
    portal.limits.daily = 2
    assert [read(client)[0] for _ in range(3)] == [200, 200, 429]
    body = read(client)[2]
    assert body["policyName"] == "DAILY"
    assert "daily" in body["message"]

    midnight = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)  # Europe/Berlin is an hour ahead in March
    clock.advance(midnight - clock.now() - timedelta(seconds=1))
    assert read(client)[0] == 429
    clock.advance(1)
    assert read(client)[0] == 200


def test_limits_can_be_switched_off(client: Client, portal: Portal) -> None:
    portal.limits.switch_off()

    assert {client.search("deals")[0] for _ in range(30)} == {200}
    assert {read(client)[0] for _ in range(300)} == {200}


@pytest.mark.parametrize(
    "shape, word", [(Shape.BURST, "ten_secondly"), (Shape.DAILY, "daily"), (Shape.SEARCH, "secondly")]
)
@pytest.mark.parametrize("retry_after_s", [None, 7, 20_000])
def test_a_429_comes_in_three_shapes_with_and_without_retry_after(
    client: Client, faults: Faults, shape: Shape, word: str, retry_after_s: int | None
) -> None:
    faults.plan(FaultKind.RATE_LIMITED, door="hubspot", shape=shape.value, retry_after_s=retry_after_s)
    status, headers, body = read(client)

    assert status == 429
    assert word in body["message"]
    assert headers.get("Retry-After") == (None if retry_after_s is None else str(retry_after_s))


def test_a_daily_limit_by_fault(client: Client, faults: Faults) -> None:
    faults.plan(FaultKind.DAILY_LIMIT)

    assert read(client)[2]["policyName"] == "DAILY"


def test_an_account_on_the_move_answers_477_with_seconds_to_wait(any_client: Client, portal: Portal) -> None:
    portal.app.migrating_s = 3600
    status, headers, _ = read(any_client)

    assert (status, headers["Retry-After"]) == (477, "3600")


def test_the_portal_counts_its_calls(client: Client, portal: Portal) -> None:
    read(client)
    client.search("deals")
    client.search("deals", limit=999)

    assert portal.calls == 3
    assert portal.app.calls_by_route == {"GET object get": 1, "POST search": 2}

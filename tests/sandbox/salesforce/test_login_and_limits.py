"""Facts of crm/salesforce.md §1, §2 and §5: logins, sessions, versions, limits."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
import requests
import time_machine
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from sandbox.faults import FaultKind
from sandbox.transport import WsgiAdapter
from tests.sandbox.salesforce.conftest import DATA, HOST, Door

TOKEN = "/services/oauth2/token"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def test_client_credentials_answer_has_the_org_in_the_token_and_no_expiry(door: Door) -> None:
    login = door.org.login
    form = {
        "grant_type": "client_credentials",
        "client_id": login["client_id"],
        "client_secret": login["client_secret"],
    }

    answer = door.call("POST", TOKEN, data=form).json()

    assert answer["access_token"].startswith(door.org.org_id[:15] + "!")
    assert answer["instance_url"] == HOST
    assert answer["id"].endswith(f"/{door.org.org_id}/{login['user_id']}")
    assert "expires_in" not in answer
    assert "refresh_token" not in answer


def test_a_wrong_secret_is_an_object_with_error_and_description(door: Door) -> None:
    form = {"grant_type": "client_credentials", "client_id": door.org.login["client_id"], "client_secret": "no"}

    answer = door.call("POST", TOKEN, data=form)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client"
    assert answer.json()["error_description"]


def test_the_password_flow_is_not_offered(door: Door) -> None:
    answer = door.call("POST", TOKEN, data={"grant_type": "password", "username": "a", "password": "b"})

    assert answer.json()["error"] == "unsupported_grant_type"


def jwt_login(door: Door) -> Salesforce:
    """Log in as simple-salesforce does it by itself: its assertion is dated by the machine's clock, `exp` as text."""
    login = door.org.login
    session = requests.Session()
    session.mount("https://", WsgiAdapter(door.org.app, clock=door.clock))
    return Salesforce(
        username=login["username"],
        consumer_key=login["client_id"],
        privatekey=login["private_key"],
        domain="vendor.my",
        instance_url="vendor.my",
        version="66.0",
        session=session,
    )


def test_the_librarys_own_jwt_login_works_while_the_clocks_agree(door: Door) -> None:
    with time_machine.travel(door.clock.now(), tick=False):
        assert jwt_login(door).query("SELECT Id FROM Organization")["totalSize"] == 1
    with (
        time_machine.travel(door.clock.now() + timedelta(minutes=10), tick=False),
        pytest.raises(SalesforceAuthenticationFailed, match="expired"),
    ):
        jwt_login(door)


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({}, None),
        ({"aud": "https://login.salesforce.com"}, None),
        ({"aud": "https://elsewhere.example"}, "audience"),
        ({"exp": -1}, "expired"),
        ({"exp": 900}, "expired"),
        ({"sub": "nobody@vendor.example"}, "user hasn't approved this consumer"),
    ],
)
def test_jwt_bearer_checks_audience_expiry_and_user(claims: dict[str, object], error: str | None, door: Door) -> None:
    login = door.org.login
    now = int(door.clock.now().timestamp())
    given = {"iss": login["client_id"], "sub": login["username"], "aud": HOST, "exp": 180} | claims
    given["exp"] = now + int(str(given["exp"]))
    assertion = jwt.encode(given, login["private_key"], algorithm="RS256")

    answer = door.call("POST", TOKEN, data={"grant_type": JWT_GRANT, "assertion": assertion})

    if error is None:
        assert answer.status_code == 200
    else:
        assert answer.json()["error"] == "invalid_grant"
        assert error in answer.json()["error_description"]


def test_a_jwt_of_another_key_is_refused(door: Door) -> None:
    assertion = jwt.encode({"iss": door.org.login["client_id"]}, "x" * 32, algorithm="HS256")

    answer = door.call("POST", TOKEN, data={"grant_type": JWT_GRANT, "assertion": assertion})

    assert answer.json()["error"] == "invalid_grant"


def test_a_session_ends_when_unused_and_slides_when_used(door: Door) -> None:
    for _ in range(3):
        door.clock.advance(timedelta(minutes=90))
        assert door.call("GET", "limits").status_code == 200
    door.clock.advance(timedelta(hours=2))

    answer = door.call("GET", "limits")

    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_other_authorization_headers_are_not_sessions(door: Door) -> None:
    basic = door.call("GET", "limits", headers={"Authorization": "Basic abc"})
    unknown = door.call("GET", "limits", headers={"Authorization": "Bearer 00D!x"})

    assert (basic.status_code, basic.json()[0]["errorCode"]) == (401, "INVALID_AUTH_HEADER")
    assert (unknown.status_code, unknown.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


def test_the_library_logs_in_again_after_a_401(door: Door) -> None:
    door.clock.advance(timedelta(hours=3))

    assert door.sf.query("SELECT Id FROM Organization")["totalSize"] == 1
    assert door.org.logins.count == 2


def test_a_planned_expired_token_hits_one_call(door: Door) -> None:
    door.faults.plan(FaultKind.TOKEN_EXPIRED, match="query")

    assert door.query("SELECT Id FROM Organization").status_code == 401
    assert door.query("SELECT Id FROM Organization").status_code == 401  # until somebody logs in again
    assert door.sf.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_a_revoked_login_is_invalid_grant(door: Door) -> None:
    door.faults.plan(FaultKind.REFRESH_REVOKED)

    answer = door.call("POST", TOKEN, data={"grant_type": "client_credentials"})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_versions_need_no_login_and_name_the_newest_last(door: Door) -> None:
    answer = requests.Session()
    answer.mount("https://", WsgiAdapter(door.org.app))

    versions = answer.get(f"{HOST}/services/data", timeout=5).json()

    assert versions[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert [each["label"] for each in versions[-4:-1]] == ["Winter '26", "Spring '26", "Summer '26"]


@pytest.mark.parametrize(("version", "status"), [("v29.0", 410), ("v40.0", 200), ("v99.0", 404), ("66.0", 404)])
def test_retired_versions_are_gone_and_future_ones_not_found(version: str, status: int, door: Door) -> None:
    assert door.call("GET", f"/services/data/{version}/limits").status_code == status


def test_every_answer_tells_the_usage_and_limits_agree(door: Door) -> None:
    door.org.daily_limit = 5000
    before = door.org.calls

    header = door.query("SELECT Id FROM User").headers["Sforce-Limit-Info"]
    told = door.call("GET", "limits").json()["DailyApiRequests"]

    assert header == f"api-usage={before + 1}/5000"
    assert told == {"Max": 5000, "Remaining": 5000 - before - 2}
    assert door.org.calls == before + 2


def test_the_allowance_refuses_everything_until_the_day_has_rolled(door: Door) -> None:
    door.org.daily_limit = door.org.calls + 1
    door.query("SELECT Id FROM User")

    refused = door.query("SELECT Id FROM User")
    door.clock.advance(timedelta(hours=25))

    assert refused.status_code == 403
    assert refused.json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert refused.json()[0]["message"] == "TotalRequests Limit exceeded."
    assert door.sf.query("SELECT Id FROM User")["done"]


def test_a_planned_daily_limit_hits_one_call(door: Door) -> None:
    door.faults.plan(FaultKind.DAILY_LIMIT, match="query")

    assert door.query("SELECT Id FROM User").json()[0]["message"] == "TotalRequests Limit exceeded."
    assert door.query("SELECT Id FROM User").status_code == 200


def test_the_concurrency_limit_has_the_same_code_and_another_message(door: Door) -> None:
    door.faults.plan(FaultKind.RATE_LIMITED)

    answer = door.query("SELECT Id FROM User")

    assert answer.status_code == 403
    assert answer.json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert "Concurrent" in answer.json()[0]["message"]


def test_a_long_address_is_414_and_long_headers_431_in_html(door: Door) -> None:
    long = door.query("SELECT Id FROM User WHERE Name = '" + "x" * 17000 + "'")
    headers = door.query("SELECT Id FROM User", headers={"X-Padding": "x" * 16300})

    assert long.status_code == 414
    assert long.headers["Content-Type"].startswith("text/html")
    assert headers.status_code == 431


def test_an_unknown_resource_or_object_is_not_found(door: Door) -> None:
    for path in ("nothing", "sobjects/Oportunity/describe", DATA + "sobjects/Oportunity/x"):
        answer = door.call("GET", path)
        assert answer.status_code == 404
        assert answer.json()[0]["errorCode"] == "NOT_FOUND"


def test_record_counts_need_no_query(door: Door) -> None:
    counts = door.call("GET", "limits/recordCount", params={"sObjects": "Account,User,Nothing"}).json()

    assert counts == {"sObjects": [{"name": "Account", "count": 2}, {"name": "User", "count": 3}]}

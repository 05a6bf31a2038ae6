"""`status`: how fresh, what is registered, and all that does not go on by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from console.queries import status_of
from ledger import cursors, links
from ledger.record import record
from rules.fields import Stream
from rules.reasons import REASONS
from tests.console.conftest import NOW, cursor, decided


def test_status_shows_everything_that_waits_for_a_person(registrar: Any, history: Any) -> None:
    done = registrar("status")

    assert done.exit_code == 1
    for expected in (
        "hubspot     blocked",
        "hubspot: the login is refused; renew the token",
        "in_review  1",
        "waiting for hubspot: never read",
        "REG-2026-00001  Åkerlund & Söner AB  above_automatic_limit  300,000.00 USD",
        "hubspot/p_deal_registration/77  unreadable  amount ('a lot') cannot be read as decimal",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION: Amount needs a quote",
        "3 entries",
    ):
        assert expected in done.stdout, (expected, done.stdout)
    assert "\x1b" not in done.stdout


def test_status_as_json_is_one_document_with_all_of_it(registrar: Any, history: Any) -> None:
    told = json.loads(registrar("status", "--json").stdout)

    assert told["needs_a_person"] is True
    assert told["registrations"] == {"in_review": 1}
    assert told["quarantine"][0]["ref"] == "hubspot/p_deal_registration/77"
    assert told["dead_letters"][0]["ref"] == "salesforce/Opportunity/0065e00000Xyz99EAA"
    salesforce = told["connections"][0]
    assert (salesforce["name"], salesforce["is_fresh"]) == ("salesforce", True)
    assert salesforce["last_run"]["verdict"] == "complete"
    assert told["waits"][0]["reason"] == "waiting_for_connection"


def test_a_new_ledger_is_told_as_never_read(registrar: Any, ledger: Any) -> None:
    done = registrar("status")

    assert done.exit_code == 1
    assert "salesforce  stale" in done.stdout or "salesforce  new" in done.stdout
    assert "never" in done.stdout


def test_a_connection_is_stale_after_three_of_its_idle_intervals(history: Any, directory: Any) -> None:
    from console.session import settings_of

    configs = settings_of(directory, environ={}).connections
    with history.read() as tx:
        fresh = status_of(tx, configs, ledger="x", now=NOW + timedelta(seconds=900))
        stale = status_of(tx, configs, ledger="x", now=NOW + timedelta(seconds=901))
    assert [each.is_fresh for each in fresh.connections] == [True, True]
    assert [each.is_fresh for each in stale.connections] == [False, False]


def test_a_connection_is_covered_up_to_its_slowest_stream(history: Any, directory: Any) -> None:
    from console.session import settings_of

    slow = replace(cursor("salesforce", Stream.COMPANIES), covered_until=NOW - timedelta(hours=3))
    with history.begin() as tx:
        cursors.save(tx, slow)
    with history.read() as tx:
        view = status_of(tx, settings_of(directory, environ={}).connections, ledger="x", now=NOW)
    assert view.connections[0].covered_until == NOW - timedelta(hours=3)


def test_what_a_decision_shows_to_a_person_is_in_the_status(registrar: Any, history: Any) -> None:
    """A direct deal under protection, a proposal nobody answered: the registration stays as it is, so nothing else tells."""
    flags = [
        {"code": "window_ends_soon", "ref": None, "detail": "protected until 2026-06-01"},
        {
            "code": "command_not_allowed",
            "ref": None,
            "detail": "hubspot registration_status = rejected, by an unknown person",
        },
    ]
    with history.begin() as tx:
        record(tx, [decided("REG-2026-00001", flags=flags)])

    done = registrar("status")
    told = json.loads(registrar("status", "--json").stdout)

    assert "hubspot registration_status = rejected, by an unknown person" in done.stdout
    assert [each["code"] for each in told["flags"]] == ["command_not_allowed", "window_ends_soon"]
    assert told["flags"][0]["advice"] == REASONS["command_not_allowed"].advice
    assert told["flagged"] == 1


def test_a_record_that_is_no_longer_written_is_in_the_status(registrar: Any, history: Any) -> None:
    with history.begin() as tx:
        (link, *_) = links.of_registration(tx, "REG-2026-00001")
        links.save(tx, replace(link, is_frozen=True, drift_rounds=4))

    assert "others keep changing it back" in registrar("status").stdout
    assert json.loads(registrar("status", "--json").stdout)["frozen"][0]["drift_rounds"] == 4


def test_a_window_that_ends_soon_goes_on_by_itself(history: Any) -> None:
    """It is shown, but is no reason for an alarm."""
    with history.begin() as tx:
        record(tx, [decided("REG-2026-00001", flags=[{"code": "window_ends_soon", "ref": None, "detail": "soon"}])])
        view = status_of(tx, (), ledger="x", now=NOW)

    quiet = replace(view, dead_letters=(), quarantine=())
    assert quiet.flags
    assert not quiet.needs_a_person

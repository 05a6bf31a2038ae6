"""The command line against both CRMs on loopback: checked, pulled, decided, written, explained."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger import connections, leases
from ledger.engine import open_ledger
from sandbox.clock import RealClock
from sandbox.serve import serve
from sandbox.world import World, build_world
from tests.console.conftest import NOW

Environ = dict[str, str]


@pytest.fixture
def world() -> World:
    return build_world(seed=3, scale=0.01, submissions=25, start=datetime.now(UTC), clock=RealClock())


@pytest.fixture
def environ(world: World, directory: Path) -> Iterator[Environ]:
    """Both CRMs on loopback, the configuration pointing at them, and their secrets in the environment."""
    with serve(world) as served:
        main = directory / "registrar.yaml"
        before, after = main.read_text(encoding="utf-8").split("  hubspot:\n")
        before = before.replace("http://127.0.0.1:9", served.salesforce_url)
        after = after.replace("http://127.0.0.1:9", served.hubspot_url)
        main.write_text(f"{before}  hubspot:\n{after}", encoding="utf-8")
        logins = world.logins().items()
        yield {f"REGISTRAR_{crm}_{name}".upper(): value for crm, login in logins for name, value in login.items()}


def test_from_doctor_to_explanation(registrar: Any, environ: Environ) -> None:
    """What a new user does, in order: check, look at the plan, run a pass, look at the results; the second pass is quiet."""
    checked = registrar("doctor", environ=environ)
    assert checked.exit_code == 0, checked.stdout
    assert "account 26112007 answers" in checked.stdout

    planned = json.loads(registrar("plan", "--json", environ=environ).stdout)
    assert planned["writes"]

    done = registrar("sync", "--until-quiet", "--json", environ=environ)
    assert done.exit_code == 0, done.stdout + done.stderr
    reports = json.loads(done.stdout)
    assert sum(report["counts"]["writes"]["applied"] for report in reports) >= len(planned["writes"])
    assert all(report["verdict"] == "complete" for report in reports)

    told = registrar("status", "--json", environ=environ)
    assert told.exit_code == 0, told.stdout
    status = json.loads(told.stdout)
    assert sum(status["registrations"].values()) >= 5
    assert all(each["is_fresh"] for each in status["connections"])
    assert all(each["calls_day"] > 0 for each in status["connections"])

    explained = registrar("explain", "reg-2026-00001", environ=environ)
    assert explained.exit_code == 0
    assert "Rules in the order they were asked:" in explained.stdout
    assert "Writes" in explained.stdout

    assert registrar("verify", environ=environ).exit_code == 0
    quiet = json.loads(registrar("sync", "--once", "--json", environ=environ).stdout)
    assert sum(report["counts"]["writes"]["applied"] for report in quiet) == 0


def test_no_secret_is_in_any_output(registrar: Any, environ: Environ, directory: Path) -> None:
    main = directory / "registrar.yaml"
    main.write_text(main.read_text(encoding="utf-8").replace("level: info", "level: debug"), encoding="utf-8")
    secrets = [value for name, value in environ.items() if "SECRET" in name or "TOKEN" in name]
    assert secrets

    for words in (["doctor"], ["sync", "--once"], ["plan", "--json"], ["status", "--json"], ["log", "--json"]):
        done = registrar(*words, environ=environ)
        for secret in secrets:
            assert secret not in done.stdout + done.stderr, words


def test_the_brakes_stop_a_pass_until_a_person_approves(registrar: Any, environ: Environ, directory: Path) -> None:
    main = directory / "registrar.yaml"
    text = main.read_text(encoding="utf-8").replace("first_writes_max: 200", "first_writes_max: 1")
    main.write_text(text, encoding="utf-8")

    registrar("sync", "--once", environ=environ)
    braked = registrar("sync", "--once", "salesforce", environ=environ)
    assert braked.exit_code == 3, braked.stdout + braked.stderr
    assert "braked" in braked.stdout
    assert braked.stdout.count("first writes are planned, more than first_writes_max (1)") == 1
    assert "salesforce: salesforce" not in braked.stdout
    wanted = int(re.search(r"salesforce: (\d+) first writes are planned", braked.stdout)[1])  # type: ignore[index]

    for after in ("sync", "plan"):
        status = registrar("status", environ=environ)
        assert f"salesforce: braked, nothing was written: {wanted} first writes" in status.stdout, after
        assert "`registrar plan`; then approve them with `registrar sync --once --approve`" in status.stdout
        told = json.loads(registrar("status", "--json", environ=environ).stdout)
        assert told["connections"][0]["open_writes"] == wanted, after

        planned = registrar("plan", "salesforce", environ=environ)
        assert planned.exit_code == 3
        assert planned.stderr.count("the brakes would stop this") == 1
        assert planned.stderr.count("first writes are planned") == 2  # the log's event, and in words

    assert registrar("sync", "--once", "--approve", "salesforce", environ=environ).exit_code == 0
    registrar("sync", "--until-quiet", "--approve", environ=environ)
    told = json.loads(registrar("status", "--json", environ=environ).stdout)
    assert [each["open_writes"] for each in told["connections"]] == [0, 0]


def test_a_lost_ledger_is_told_once_and_not_row_by_row(registrar: Any, environ: Environ, directory: Path) -> None:
    registrar("sync", "--until-quiet", environ=environ)
    for each in directory.glob("ledger.db*"):
        each.unlink()

    planned = registrar("plan", "salesforce", environ=environ)
    told = planned.stderr.replace('"error":"', "")

    assert planned.exit_code == 1
    assert re.search(
        r"^salesforce: \d of \d rows carry ids that this ledger does not know\. Is this", told, re.MULTILINE
    )
    assert not re.search(r"^salesforce/.*which this ledger does not know", told, re.MULTILINE)
    assert "that this ledger does not know. Is this the right ledger?" in registrar("status", environ=environ).stdout


def test_the_plan_is_summed_up_and_says_why(registrar: Any, environ: Environ) -> None:
    planned = registrar("plan", environ=environ)

    summary, _, fields = planned.stdout.partition("Every field")
    assert "What would be written" in summary
    assert re.search(r"salesforce  Deal_Registration__c  \w+ +\d+ +\w+: [A-Z]", summary), summary
    assert re.search(r"salesforce  REG-\S+  Deal_Registration__c/\S+  status .* \w+: [A-Z]", fields), fields


def test_a_quiet_pass_for_cron_prints_nothing(registrar: Any, environ: Environ) -> None:
    registrar("sync", "--until-quiet", environ=environ)
    done = registrar("sync", "--once", "--quiet", environ=environ)

    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_a_single_pass_logs_only_what_went_wrong(registrar: Any, environ: Environ) -> None:
    done = registrar("sync", "--once", environ=environ)

    assert "pass_finished" not in done.stderr
    assert "rows seen" in done.stdout


def test_a_lease_held_elsewhere_ends_with_4(registrar: Any, environ: Environ, directory: Path) -> None:
    ledger = open_ledger(f"sqlite:///{directory / 'ledger.db'}")
    with ledger.begin() as tx:
        for name in ("salesforce", "hubspot"):
            assert leases.acquire(tx, name, holder="another:1", ttl_s=600, now=NOW) is not None

    done = registrar("sync", "--once", environ=environ)

    assert done.exit_code == 4
    assert "lease_held" in done.stdout
    assert "hubspot: another:1 (host:process) works on this connection until" in done.stdout
    assert json.loads(registrar("status", "--json", environ=environ).stdout)["lease_holder"]["hubspot"] == "another:1"
    ledger.close()


def test_a_refused_login_stops_that_connection_and_the_other_goes_on(registrar: Any, environ: Environ) -> None:
    wrong = environ | {"REGISTRAR_SALESFORCE_CLIENT_SECRET": "not-the-secret"}

    done = registrar("sync", "--once", "--json", environ=wrong)

    assert done.exit_code == 1
    verdicts = {report["connection"]: report["verdict"] for report in json.loads(done.stdout)}
    assert verdicts["salesforce"] == "failed"
    assert verdicts["hubspot"] == "complete"
    assert "not-the-secret" not in done.stdout + done.stderr

    status = registrar("status", environ=wrong)
    assert status.exit_code == 1
    assert "blocked" in status.stdout


def test_doctor_finds_a_refused_login(registrar: Any, environ: Environ) -> None:
    done = registrar("doctor", "salesforce", environ=environ | {"REGISTRAR_SALESFORCE_CLIENT_SECRET": "not-the-secret"})
    assert done.exit_code == 1
    assert "[login_refused]" in done.stdout
    assert "not-the-secret" not in done.stdout + done.stderr


def test_doctor_finds_what_the_mapping_has_and_the_crm_has_not_with_file_and_line(
    registrar: Any, environ: Environ, directory: Path
) -> None:
    mapping = """\
streams:
  submissions:
    fields:
      amount: Amuont__c
      note: {field: Decision_Memo__c}
    status:
      write: {won: Victorious}
"""
    (directory / "salesforce.yaml").write_text(mapping, encoding="utf-8")
    (directory / "hubspot.yaml").write_text("streams: {companies: {fields: {domain: dommain}}}\n", encoding="utf-8")

    done = registrar("doctor", environ=environ)

    assert done.exit_code == 1
    for expected in (
        "salesforce.yaml:4:7",
        "Amuont__c",
        "salesforce.yaml:5:7",
        "salesforce.yaml:7:15: ",
        "'Victorious', which is to be written for the status won.",
        "hubspot.yaml:1:32",
        "dommain",
    ):
        assert expected in done.stdout, expected + done.stdout


def test_doctor_holds_the_crms_against_the_ledger(registrar: Any, environ: Environ, directory: Path) -> None:
    """Partners that one CRM does not know, and an account that is not the one the ledger was kept with."""
    registrar("sync", "--once", environ=environ)
    ledger = open_ledger(f"sqlite:///{directory / 'ledger.db'}")
    with ledger.begin() as tx:
        connections.remember_account(tx, "salesforce", "00D000000000001")
    ledger.close()

    done = registrar("doctor", "--json", environ=environ)

    assert done.exit_code == 1
    found = {each["code"]: each["message"] for each in json.loads(done.stdout)}
    assert "partners of other CRMs are not known here: PTR-" in found["partner_unknown_here"]
    assert "the ledger was kept with 00D000000000001" in found["account_changed"]

"""A configured directory, a ledger with a short history in it, and the command line as a user calls it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from console.cli import app
from console.commands import init
from console.screen import Screen
from ledger import connections, cursors, intents, links, policies, quarantine, runs
from ledger.engine import open_ledger
from ledger.record import record
from ledger.rows import (
    ConnectionState,
    CursorRow,
    IntentState,
    LinkRole,
    NewEntry,
    NewIntent,
    QuarantineRow,
    Verdict,
)
from rules.fields import Stream
from rules.policy import Policy
from rules.records import CrmRef

NOW = datetime.now(UTC).replace(microsecond=0)
CLAIM = CrmRef("salesforce", "Deal_Registration__c", "a0B5e00000Abc12EAB")
BROKEN = CrmRef("hubspot", "p_deal_registration", "77")
SECRETS = {
    "REGISTRAR_SALESFORCE_CLIENT_ID": "3MVG9",
    "REGISTRAR_SALESFORCE_CLIENT_SECRET": "canary-secret-one",
    "REGISTRAR_HUBSPOT_ACCESS_TOKEN": "canary-secret-two",
}
POLICY = Policy(hash="0123456789abcdef0123456789abcdef")

Registrar = Callable[..., Any]


@pytest.fixture(autouse=True)
def quiet_logging() -> Iterator[None]:
    """Give back the process's logging as it was; commands configure it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory as `init` writes it, with addresses of this machine where nobody listens."""
    target = tmp_path / "conf"
    init.run(Screen(), target)
    main = target / "registrar.yaml"
    text = main.read_text(encoding="utf-8")
    for address in ("https://YOUR-DOMAIN.my.salesforce.com", "https://api.hubapi.com"):
        text = text.replace(address, "http://127.0.0.1:9")
    main.write_text(text, encoding="utf-8")
    return target


@pytest.fixture
def registrar(directory: Path) -> Registrar:
    """Run the command line in the directory; returns exit_code, stdout and stderr."""

    def run(*words: str, environ: Mapping[str, str] = SECRETS) -> Any:
        env = {"REGISTRAR_DIR": str(directory), "REGISTRAR_DEBUG": "", "COLUMNS": "200", **environ}
        return CliRunner().invoke(app, list(words), env=env)

    return run


@pytest.fixture
def ledger(directory: Path) -> Iterator[Any]:
    """An empty ledger in the directory."""
    opened = open_ledger(f"sqlite:///{directory / 'ledger.db'}")
    yield opened
    opened.close()


@pytest.fixture
def history(ledger: Any) -> Any:
    """The ledger with something in it."""
    fill(ledger)
    return ledger


def fill(ledger: Any) -> None:
    """Write one registration in review, one written row, one given up, one row set aside, one failed pass."""
    with ledger.begin() as tx:
        for name in ("salesforce", "hubspot"):
            connections.ensure(tx, name, name, now=NOW)
            streams = ("users", "companies", "opportunities", "submissions")
            for stream in streams:
                cursors.save(tx, cursor(name, Stream(stream)))
        policies.activate(tx, POLICY.hash, name=POLICY.name, version=POLICY.version, text="", now=NOW)
        record(tx, [received("REG-2026-00001", CLAIM), decided("REG-2026-00001")])
        link = links.add(tx, "REG-2026-00001", CLAIM, Stream.SUBMISSIONS, LinkRole.SUBMISSION, now=NOW)
        other = links.add(
            tx,
            "REG-2026-00001",
            CrmRef("salesforce", "Opportunity", "0065e00000Xyz99EAA"),
            Stream.OPPORTUNITIES,
            LinkRole.OPPORTUNITY,
            now=NOW,
        )
        done, dead = intents.plan(tx, [planned(link), planned(other)], now=NOW)
        intents.mark_sent(tx, [done.intent_id, dead.intent_id], now=NOW, deadline_at=NOW + timedelta(minutes=5))
        intents.settle(tx, done.intent_id, IntentState.DONE, now=NOW)
        message = "FIELD_CUSTOM_VALIDATION_EXCEPTION: Amount needs a quote"
        intents.settle(tx, dead.intent_id, IntentState.DEAD, error_code="X", error_message=message, now=NOW)
        quarantine.put(tx, [unreadable()], now=NOW)
        run_id = runs.start(tx, "salesforce", now=NOW - timedelta(minutes=2))
        runs.finish(tx, run_id, Verdict.COMPLETE, counts(), None, now=NOW - timedelta(minutes=1))
        run_id = runs.start(tx, "hubspot", now=NOW - timedelta(minutes=2))
        runs.finish(tx, run_id, Verdict.FAILED, counts(), "the login is refused", now=NOW - timedelta(minutes=1))
        connections.set_state(tx, "hubspot", ConnectionState.BLOCKED, "the login is refused; renew the token", now=NOW)


def counts() -> dict[str, Any]:
    return {
        "pull": {"submissions": {"seen": 3, "new": 1, "changed": 0, "unchanged": 2}},
        "decided": 1,
        "writes": {"planned": 2, "applied": 1, "refused": 1, "unknown": 0, "postponed": 0},
    }


def cursor(connection: str, stream: Stream) -> CursorRow:
    return CursorRow(
        connection=connection,
        stream=stream,
        cursor="c",
        covered_until=NOW - timedelta(minutes=15),
        is_backfilled=True,
        last_pull_at=NOW,
        last_sweep_at=None,
    )


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def received(registration_id: str, ref: CrmRef) -> NewEntry:
    data = {
        "claim_ref": str(ref),
        "customer_name": "Åkerlund & Söner AB",
        "product": "Storage",
        "priority_at": text(NOW),
        "partner_id": "P-1001",
        "deal_key": f"k:{registration_id}",
        "amount": {"amount": "300000", "currency": "USD"},
    }
    return NewEntry(
        registration_id=registration_id, type="claim_received", at=NOW, actor="rule", policy_hash=POLICY.hash, data=data
    )


def decided(
    registration_id: str, status: str = "in_review", reason: str = "above_automatic_limit", **more: Any
) -> NewEntry:
    step = {
        "rule": "automatic_limit",
        "result": "failed",
        "text": "amount 300,000.00 USD >= 250,000.00 USD",
        "facts": [{"name": "amount", "value": "300000 USD", "source": str(CLAIM), "at": text(NOW)}],
    }
    data = {
        "transitions": [{"status": status, "reason": reason, "at": text(NOW), "actor": "rule"}],
        "terms": {
            "partner_id": "P-1001",
            "exclusive": False,
            "window": None,
            "rank": 1,
            "rewards": [],
            "programme": "",
            "kind": None,
        },
        "deal_key": f"k:{registration_id}",
        "priority_at": text(NOW),
        "steps": [step],
        "deciding": "automatic_limit",
        "waits": [{"reason": "waiting_for_connection", "detail": "waiting for hubspot: never read", "until": None}],
        "flags": [],
        "links": [],
        "deadlines": [],
        "proposal": None,
        "extra": {},
        "memory": {},
        **more,
    }
    return NewEntry(
        registration_id=registration_id, type="decided", at=NOW, actor="rule", policy_hash=POLICY.hash, data=data
    )


def planned(link: Any) -> NewIntent:
    return NewIntent(
        link_id=link.link_id,
        registration_id=link.registration_id,
        ref=link.ref,
        stream=link.stream,
        rev=1,
        values={"status": "Under Review", "rev": 1},
        prior={},
    )


def unreadable() -> QuarantineRow:
    return QuarantineRow(
        ref=BROKEN,
        stream=Stream.SUBMISSIONS,
        code="unreadable",
        message="amount ('a lot') cannot be read as decimal",
        field="amount",
        first_at=NOW,
        last_at=NOW,
        count=1,
    )

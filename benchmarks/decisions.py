"""Decisions a second on one core: the rules alone, and whole claims through reconcile on a SQLite ledger.

`python -m benchmarks.decisions rules 20000` decides one simple case again and again; `... claims 500` lets a pass answer
that many new submissions: pulled, case gathered from the ledger, decided, recorded in the chain and projected, one
transaction each, writes planned.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, Final

from benchmarks import crms
from benchmarks.measure import report
from benchmarks.ours import config_of, mapping_of
from config.settings import LogFormat, LogSettings, Settings, SyncSettings
from console import logs
from daemon import build, spare_startup
from rules.cases import Case, Coverage
from rules.decide import decide
from rules.policy import Policy
from rules.records import Claim, CrmRef, Customer, Money, Partner, Registration, Standing, Status
from sandbox.clock import SimClock
from sandbox.faults import Faults
from sandbox.port import connect
from sync.report import Plan

_NOW: Final = datetime(2026, 3, 3, 12, tzinfo=UTC)
_POLICY: Final = Policy(hash="benchmark")
_OPPORTUNITIES: Final = 5_000


def simple_case() -> Case:
    """Return a complete claim in its holding period, without rivals, both CRMs read past it."""
    created_at = _NOW - timedelta(hours=30)
    claim = Claim(
        ref=CrmRef("salesforce", "Deal_Registration__c", "a0B000000000001AAA"),
        created_at=created_at,
        submitted_at=None,
        modified_at=created_at,
        partner=Partner(partner_id="PTR-0001", name="Alto Solutions", standing=Standing.GOOD),
        partner_ref=None,
        customer=Customer(name="Acme Works GmbH", domain="acme-works.de", country="DE"),
        deal_name="Acme Works - Analytics",
        amount=Money(amount=Decimal(20_000), currency="USD"),
        expected_close_on=date(2026, 6, 30),
        products=("Analytics",),
        opportunity_ref=None,
        crm_status="Submitted",
    )
    registration = Registration(
        registration_id="REG-2026-00001",
        claim_ref=claim.ref,
        partner_id="PTR-0001",
        deal_key="",
        customer_name=claim.customer.name,
        product="Analytics",
        status=Status.RECEIVED,
        reason="received",
        exclusive=True,
        priority_at=created_at,
        created_at=created_at,
        status_since=created_at,
    )
    read = tuple(Coverage(connection=name, covered_until=_NOW, last_pull_at=_NOW) for name in ("hubspot", "salesforce"))
    return Case(claim=claim, registration=registration, rivals=(), opportunities=(), coverage=read)


def _rules(count: int) -> dict[str, Any]:
    case = simple_case()
    for _ in range(count):
        decision = decide(case, _POLICY, _NOW)
    return {"decisions": count, "status": str(decision.transitions[-1].status if decision.transitions else "none")}


def _claims(count: int, directory: Path) -> None:
    """Let a pass answer that many submissions, as far as its plan: pulled over the connector port, decided, not pushed."""
    clock = SimClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    org = crms.build_salesforce(_OPPORTUNITIES, clock=clock)
    world: Any = SimpleNamespace(
        salesforce=org, faults=Faults(), clock=clock, clocks={"salesforce": clock, "hubspot": clock}
    )
    mapping = mapping_of("salesforce")
    settings = Settings(
        directory=directory,
        ledger_url=f"sqlite:///{directory / 'ledger.db'}",
        policy=_POLICY,
        connections=(config_of("salesforce", org.login, url="https://vendor.my.salesforce.com", mapping=mapping),),
        sync=SyncSettings(sweep_every_passes=1_000_000),
    )
    daemon = build(settings, clock=clock, connectors={"salesforce": connect(world, mapping)})
    daemon.engine.tick("salesforce")
    crms.submit_to_salesforce(org, count, today=clock.now().date())
    clock.advance(60.0)
    spare_startup()
    report(lambda: _answered(daemon.engine.plan("salesforce"), count))
    daemon.close()


def _answered(plan: Plan, count: int) -> dict[str, Any]:
    (done,) = plan.reports
    assert done.counts["received"] == count, done
    return {"claims": count, "decided": done.decisions, "planned_writes": len(plan.writes)}


def main() -> None:
    """Measure what the command line names and print its figure."""
    what, count = sys.argv[1], int(sys.argv[2])
    logs.configure(LogSettings(format=LogFormat.JSON), stream=io.StringIO())
    if what == "rules":
        report(lambda: _rules(count))
        return
    with TemporaryDirectory(prefix="registrar-bench-") as directory:
        _claims(count, Path(directory))


if __name__ == "__main__":
    main()

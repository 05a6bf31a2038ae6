"""A vendor with a Salesforce org and a HubSpot portal, small enough to know every record, and a daemon between them.

The daemon is the product's own, over the real client libraries without sockets or over the connector port, and can be thrown
away and built again from its file at any moment, as after a crash. People act through the two CRMs themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from config.mapping import load_mapping
from config.policy import read_policy
from config.settings import ConnectionConfig, Settings, SyncSettings
from connectors import registry
from connectors.port import Connector
from daemon import Daemon, build
from ledger import history, intents, links, quarantine, registrations, snapshots
from ledger.engine import Ledger
from ledger.rows import Entry, Intent, Link, Snapshot
from rules.choice import Choice
from rules.fields import Stream
from rules.mapping import ConnectionMap
from rules.policy import Policy
from rules.records import CrmRef, Registration, Status
from rules.span import Span
from sandbox.clock import SimClock
from sandbox.faults import Faults
from sandbox.faulty import FaultyApp
from sandbox.hubspot.portal import Portal
from sandbox.port import connect
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.org import Org
from sandbox.transport import WsgiAdapter, WsgiPool
from sync.policies import activate
from sync.report import PassReport
from tests.sync.seams import Disturb, SeamConnector, SeamLedger

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SUBMISSION = {"salesforce": "Deal_Registration__c", "hubspot": "p_partner_submission"}
DEAL = {"salesforce": "Opportunity", "hubspot": "deals"}
MANAGER = {"salesforce": make_id("005", 7), "hubspot": "81"}
STATUS = {"salesforce": "Status__c", "hubspot": "submission_status"}
WORD = {
    "salesforce": {"approve": "Approved", "refuse": "Rejected", "review": "Under Review", "new": "Submitted"},
    "hubspot": {"approve": "approved", "refuse": "rejected", "review": "in_review", "new": "new"},
}
BOTH = ("salesforce", "hubspot")

# No holding: a clean claim is registered as soon as both CRMs have been read past it.
QUICK = Policy(name="quick", hash="quick", holding=None)
# The seconds after which both CRMs have been read past anything that happened before (look-backs included).
SETTLED_S = 1800.0


@dataclass(slots=True, kw_only=True)
class House:
    """Both CRMs, the clock, and the daemon at work."""

    directory: Path
    policy: Policy = QUICK
    source: str = ""  # the policy's text, where the ledger must be able to read it again
    shadow: Policy | None = None
    org_options: Mapping[str, Any] = field(default_factory=dict)
    sync: SyncSettings = field(default_factory=SyncSettings)
    url: str = ""
    clock: SimClock = field(default_factory=lambda: SimClock(START))
    faults: Faults = field(default_factory=Faults)
    disturb: Disturb | None = None  # told of every seam that the daemon built next will cross
    daily_share: float = 0.5
    door: str = "client"  # "port": the CRMs at the connector port, without the client libraries: ten times faster
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    refs: list[CrmRef] = field(default_factory=list)  # what a test wants to find again
    mappings: dict[str, ConnectionMap] = field(default_factory=dict)  # where it is not the reference
    org: Org = field(init=False)
    portal: Portal = field(init=False)
    daemon: Daemon = field(init=False)

    def __post_init__(self) -> None:
        self.url = self.url or f"sqlite:///{self.directory / 'ledger.db'}"
        self.org = Org(clock=self.clock, faults=self.faults, **self.org_options)
        self.portal = Portal(clock=self.clock, faults=self.faults)
        self.portal.seed_owners(
            [{"id": "81", "userId": 7001, "email": "ada@vendor.example", "firstName": "Ada", "lastName": "Berg"}]
        )
        self.start()

    def start(self, holder: str = "one") -> Daemon:
        """Build the daemon anew from what is on disk, as a new process would."""
        self.daemon = self.another(holder)
        return self.daemon

    def another(self, holder: str) -> Daemon:
        """Return one more daemon on the same ledger."""
        settings = Settings(
            directory=self.directory,
            ledger_url=self.url,
            policy=self.policy,
            policy_source=self.source,
            shadow=self.shadow,
            connections=tuple(self.config(name) for name in BOTH),
            sync=self.sync,
        )
        ports = {name: self.port(name) for name in BOTH} if self.door == "port" else None
        built = build(settings, clock=self.clock, transports=self.transports(), connectors=ports, holder=holder)
        if self.disturb is None:
            return built
        connectors: dict[str, Any] = {
            name: SeamConnector(connector, self._cross) for name, connector in built.connectors.items()
        }
        seams: Any = SeamLedger(built.ledger, self._cross)
        return build(settings, clock=self.clock, connectors=connectors, ledger=seams, holder=holder)

    def _cross(self, seam: str, stage: str) -> None:
        if self.disturb is not None:
            self.disturb(seam, stage)

    def config(self, name: str) -> ConnectionConfig:
        login = self.org.login if name == "salesforce" else self.portal.login
        wanted = ("client_id", "client_secret") if name == "salesforce" else ("access_token",)
        return ConnectionConfig(
            name=name,
            kind=name,
            url="https://vendor.my.salesforce.com" if name == "salesforce" else "https://api.hubapi.com",
            mapping=self.mapping(name),
            secrets={key: login[key] for key in wanted},
            options=self.options.get(name, {}),
            daily_share=self.daily_share,
        )

    def port(self, name: str) -> Connector:
        world: Any = SimpleNamespace(
            salesforce=self.org,
            hubspot=self.portal,
            faults=self.faults,
            clock=self.clock,
            clocks=dict.fromkeys(BOTH, self.clock),
        )
        return connect(world, self.mapping(name))

    def transports(self) -> dict[str, Any]:
        import requests

        session = requests.Session()
        adapter = WsgiAdapter(FaultyApp(self.org.app, self.faults, "salesforce"), clock=self.clock)
        session.mount("https://", adapter)
        pool = WsgiPool(FaultyApp(self.portal.app, self.faults, "hubspot"), clock=self.clock)
        return {"salesforce": session, "hubspot": pool}

    # -- the daemon at work

    def tick(self, name: str, *, pause_s: float = 60.0, **options: Any) -> PassReport:
        """Let time pass, then run one pass over one connection."""
        self.clock.advance(pause_s)
        return self.daemon.engine.tick(name, **options)

    def passes(self, count: int = 1, *, pause_s: float = 60.0, **options: Any) -> list[PassReport]:
        """Run passes over both connections."""
        reports: list[PassReport] = []
        for _ in range(count):
            self.clock.advance(pause_s)
            reports += self.daemon.run_once(**options)
        return reports

    def settle(self, *, rounds: int = 3) -> list[PassReport]:
        """Run passes until both CRMs have been read past everything that happened before, and decided on it."""
        return self.passes(rounds, pause_s=SETTLED_S)

    @property
    def ledger(self) -> Ledger:
        return self.daemon.ledger

    # -- people and partners

    def partner(self, code: str, name: str, *, standing: str | None = None, only: str | None = None) -> dict[str, str]:
        """Put a partner on file, in both CRMs by default, and return its record ids."""
        made: dict[str, str] = {}
        if only in (None, "salesforce"):
            fields = {"Name": name, "Partner_Code__c": code, "Partner_Standing__c": _label(standing) or "Good"}
            made["salesforce"] = self.org.create("Account", fields, by=MANAGER["salesforce"])
        if only in (None, "hubspot"):
            props = {"name": name, "partner_code": code, "partner_standing": standing or "good", "is_partner": "true"}
            made["hubspot"] = self.portal.create("companies", props, by=MANAGER["hubspot"])
        return made

    def company(self, crm: str, name: str, *, domain: str | None = None) -> str:
        if crm == "salesforce":
            return self.org.create("Account", {"Name": name, "Domain__c": domain}, by=MANAGER[crm])
        return self.portal.create("companies", {"name": name, "domain": domain or ""}, by=MANAGER[crm])

    def submit(self, crm: str, customer: str, partner: Mapping[str, str], **values: Any) -> CrmRef:
        """Let a partner submit a complete registration for a customer; values: canonical names, as text."""
        told: dict[str, Any] = {
            "domain": "-".join(customer.lower().split()[:2]) + ".com",
            "deal": f"{customer} renewal",
            "amount": "20000",
            "close_on": "2026-06-30",
            "product": "Analytics",
            "status": WORD[crm]["new"],
            "customer_id": None,
            "opportunity": None,
        } | values
        if crm == "salesforce":
            fields = {
                "Customer_Name__c": customer,
                "Customer_Domain__c": told["domain"],
                "Customer_Country__c": "DE",
                "Deal_Name__c": told["deal"],
                "Amount__c": float(told["amount"]) if told["amount"] else None,
                "CurrencyIsoCode": "USD",
                "Expected_Close_Date__c": told["close_on"],
                "Products__c": told["product"],
                "Status__c": told["status"],
                "Partner_Account__c": partner.get(crm),
                "Customer_Account__c": told["customer_id"],
                "Opportunity__c": told["opportunity"],
            }
            fields = {name: value for name, value in fields.items() if value is not None}
            return self.ref(crm, self.org.create(SUBMISSION[crm], fields, by=MANAGER[crm]))
        props = {
            "customer_name": customer,
            "customer_domain": told["domain"],
            "customer_country": "DE",
            "deal_name": told["deal"],
            "amount": told["amount"] or "",
            "currency": "USD",
            "expected_close_date": told["close_on"],
            "products": told["product"],
            "submission_status": told["status"],
        }
        associations = [("companies", partner[crm], "Submitting partner")] if crm in partner else []
        if told["customer_id"]:
            associations.append(("companies", told["customer_id"], "End customer"))
        made = self.portal.create(SUBMISSION[crm], props, by="form:partner", associations=associations)
        return self.ref(crm, made)

    def opportunity(self, crm: str, name: str, customer_id: str, **fields: Any) -> CrmRef:
        """Let somebody open a deal; fields: in the CRM's own names."""
        if crm == "salesforce":
            given = {
                "Name": name,
                "StageName": "Prospecting",
                "CloseDate": "2026-06-30",
                "AccountId": customer_id,
            } | fields
            return CrmRef(crm, DEAL[crm], self.org.create(DEAL[crm], given, by=MANAGER[crm]))
        stage = {"dealname": name, "pipeline": "default", "dealstage": "appointmentscheduled"} | fields
        links = [("companies", customer_id, "Primary")]
        return CrmRef(crm, DEAL[crm], self.portal.create(DEAL[crm], stage, by=MANAGER[crm], associations=links))

    def edit(self, ref: CrmRef, *, by: str | None = None, **fields: Any) -> None:
        """Let a person change a record; fields: in the CRM's own names."""
        who = by or MANAGER[ref.connection]
        if ref.connection == "salesforce":
            self.org.update(ref.object_name, ref.record_id, fields, by=who)
        else:
            self.portal.update(ref.object_name, ref.record_id, fields, by=who)

    def command(self, ref: CrmRef, what: str) -> None:
        """Let the channel manager set the status of a submission."""
        self.edit(ref, **{STATUS[ref.connection]: WORD[ref.connection][what]})

    def delete(self, ref: CrmRef) -> None:
        if ref.connection == "salesforce":
            self.org.delete(ref.object_name, ref.record_id, by=MANAGER["salesforce"])
        else:
            self.portal.archive(ref.object_name, ref.record_id, by=MANAGER["hubspot"])

    # -- what is where

    def ref(self, crm: str, record_id: str) -> CrmRef:
        return CrmRef(crm, SUBMISSION[crm], record_id)

    def held(self, ref: CrmRef) -> dict[str, Any]:
        """Return what the CRM holds of a record."""
        if ref.connection == "salesforce":
            found = self.org.get(ref.object_name, ref.record_id)
            assert found is not None, ref
            return found
        raw = self.portal.get(ref.object_name, ref.record_id)
        assert raw is not None, ref
        return dict(raw["properties"])

    def registration(self, ref: CrmRef) -> Registration:
        with self.ledger.read() as tx:
            found = registrations.by_claim(tx, ref)
        assert found is not None, f"{ref} has no registration"
        return found

    def status(self, ref: CrmRef) -> Status:
        return self.registration(ref).status

    def registrations(self) -> list[Registration]:
        with self.ledger.read() as tx:
            return registrations.listing(tx, limit=10_000)

    def entries(self, ref: CrmRef) -> list[Entry]:
        with self.ledger.read() as tx:
            return history.entries_of(tx, self.registration(ref).registration_id)

    def links(self, ref: CrmRef) -> list[Link]:
        with self.ledger.read() as tx:
            return links.by_ref(tx, [ref]).get(ref, [])

    def intents(self, ref: CrmRef) -> list[Intent]:
        """Return the writes to a submission, oldest first."""
        with self.ledger.read() as tx:
            found = intents.of_registration(tx, self.registration(ref).registration_id)
        return [each for each in found if each.ref == ref]

    def quarantined(self) -> dict[str, str]:
        """Return the rows set aside and why."""
        with self.ledger.read() as tx:
            return {str(each.ref): each.code for each in quarantine.listing(tx)}

    def disturbed(self, disturb: Disturb) -> None:
        """Start the daemon anew with its seams disturbed from now on."""
        self.daemon.close()
        self.disturb = disturb
        self.start()

    def mapping(self, name: str) -> ConnectionMap:
        return self.mappings.get(name) or reference(name)

    def remap(self, name: str, stream: Stream, *, without: str | None = None, **words: str) -> None:
        """Start the daemon anew with the reference mapping changed: a field less, or other words for statuses."""
        reference_map = reference(name)
        old = reference_map.streams[stream]
        assert old.status is not None
        fields = {key: each for key, each in old.fields.items() if key != without}
        changed = replace(old, fields=fields, status=replace(old.status, write={**old.status.write, **words}))
        self.mappings[name] = replace(reference_map, streams={**reference_map.streams, stream: changed})
        self.daemon.close()
        self.start()

    def activate(self, source: str, *, since: datetime | None = None) -> Policy:
        """Let a person activate a policy at the command line."""
        policy = read_policy(source, "rules.yaml")
        with self.ledger.begin() as tx:
            activate(tx, policy, source, effective_from=since, actor="person:ada", now=self.clock.now())
        return policy

    def snapshot(self, ref: CrmRef) -> Snapshot:
        """Return what the ledger knows of a row."""
        with self.ledger.read() as tx:
            return snapshots.get_many(tx, [ref])[ref]

    def calm(self) -> None:
        """Start the daemon anew, undisturbed."""
        self.daemon.close()
        self.disturb = None
        self.start()


@cache
def reference(name: str) -> ConnectionMap:
    """Return the reference mapping of a connector, read once."""
    return load_mapping(name, name, defaults=registry.fields_path(name))


def held_back(policy: Policy = QUICK, hours: float = 24) -> Policy:
    """Return the policy with a holding period."""
    return replace(policy, hash=f"holding-{hours}", holding=Choice.always(Span(exact=timedelta(hours=hours))))


def _label(standing: str | None) -> str | None:
    return {"good": "Good", "past_due": "Past Due", "suspended": "Suspended", None: None}[standing]

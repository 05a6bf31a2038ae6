"""What must hold in every world, looked at from outside: the ledger's file, the CRMs' own stores, and what people did.

Numbers in the messages are those of docs/reliability.md. Nothing here asks the daemon what it thinks it did.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, text

from config.settings import Settings
from connectors.port import Connector
from console.demo.agreement import compare
from ledger import history, intents, quarantine, registrations, verify
from ledger.engine import Ledger, Tx
from ledger.rows import Verdict
from ledger.tables import metadata
from rules.records import CrmRef
from sandbox.desks import Kind
from sandbox.world import World
from sync.report import PassReport
from tests.simulation.trace import Trace

_OWN_WORDS = re.compile(r": (note|reason|protected_until|partner_name) is ")
UNKNOWN_DELETION = "the ledger does not know"  # as console/demo/agreement.py words it


class ViolationError(AssertionError):
    """Something that must never be was seen."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the oracle knows of the world. made: submissions that people or partners made, by connection."""

    world: World
    settings: Settings
    trace: Trace
    acts_read: int = 0
    made: set[CrmRef] = field(default_factory=set)
    cloned: set[CrmRef] = field(default_factory=set)
    head: tuple[int, str] | None = None
    stamps: dict[str, int] = field(default_factory=dict)
    revs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for crm, desk in self.world.people.office.desks.items():
            object_name = desk.screens.objects[Kind.SUBMISSION]
            self.made |= {CrmRef(crm.value, object_name, each) for each in desk.screens.submission_ids()}

    def read_acts(self) -> None:
        acts = self.world.people.acts
        for act in acts[self.acts_read :]:
            ref = CrmRef(act.door.value, act.object_name, act.record_id)
            if act.what in ("submitted", "cloned"):
                self.made.add(ref)
            if act.what == "cloned":
                self.cloned.add(ref)
        self.acts_read = len(acts)


def check_step(seen: Seen, ledger: Ledger, *, is_thorough: bool) -> None:
    """Look for what must never be, at any moment."""
    seen.read_acts()
    with ledger.read() as tx:
        _one_holder_a_deal(tx)
        _each_claim_once(seen, tx)
        _one_open_intent_a_link(tx)
        _nothing_runs_backwards(seen, tx)
    _one_row_an_id(seen)
    if is_thorough:
        _chain(seen, ledger)


def check_end(seen: Seen, ledger: Ledger) -> None:
    """Look for what must not be left when all is quiet."""
    _chain(seen, ledger)
    with ledger.read() as tx:
        for name in (each.name for each in seen.settings.connections):
            left = intents.open_(tx, name)
            _deny(left, f"I13 writes of unknown outcome are left in {name}: {left[:3]}")
        strange = {each.ref for each in quarantine.listing(tx)} - seen.cloned
        _deny(strange, f"I4 rows set aside that are no clones: {sorted(map(str, strange))}")
    _no_secret(seen, ledger)


def check_counts(reports: Sequence[PassReport], delivered: Mapping[str, Counter[str]]) -> None:
    """I12: each pass that read to the end has counted every row that was handed to it."""
    for name, rows in delivered.items():
        mine = [each for each in reports if each.connection == name]
        if not mine or any(each.verdict not in (Verdict.COMPLETE, Verdict.PARTIAL) for each in mine):
            continue
        counted: Counter[str] = Counter()
        for each in mine:
            for stream, counts in each.counts["pull"].items():
                counted[stream] += counts["seen"]
        _deny(+counted != +rows, f"I12 {name}: rows delivered {dict(rows)}, counted {dict(counted)}")


def check_calm_report(report: PassReport) -> None:
    """With faults off no pass fails, and none is kept from running."""
    is_well = report.verdict in (Verdict.COMPLETE, Verdict.PARTIAL)
    _deny(
        not is_well, f"I8 a calm pass over {report.connection} ended {report.verdict or report.skipped}: {report.error}"
    )


def disagreements(seen: Seen, ledger: Ledger, ports: Mapping[str, Connector]) -> list[str]:
    """Return where a CRM holds something else than the ledger says, and submissions that nobody registered."""
    seen.read_acts()
    with ledger.read() as tx:
        aside = {str(each.ref).split("/")[-1] for each in quarantine.listing(tx) if each.ref in seen.cloned}
    found = compare(ports, seen.settings, ledger).differences
    if seen.settings.policy_source:  # its words, and what it clears, are its own
        found = [each for each in found if not _OWN_WORDS.search(each)]
    return [each for each in found if not any(f"submission {record_id}:" in each for record_id in aside)]


def _one_holder_a_deal(tx: Tx) -> None:
    live = "exclusive AND status IN ('registered', 'suspended')"
    query = f"SELECT deal_key FROM registration WHERE {live} GROUP BY deal_key HAVING count(*) > 1"  # noqa: S608
    keys = tx.execute(text(query)).scalars().all()
    _deny(keys, f"I1 deals with two holders: {keys}")


def _each_claim_once(seen: Seen, tx: Tx) -> None:
    """I6, I11: a submission has one registration at most, and only submissions that somebody made have one."""
    all_ = registrations.listing(tx, limit=10_000)
    claims = Counter(each.claim_ref for each in all_)
    doubled = [str(ref) for ref, count in claims.items() if count > 1]
    _deny(doubled, f"I6 submissions with two registrations: {doubled}")
    phantoms = sorted(str(ref) for ref in claims.keys() - seen.made)
    _deny(phantoms, f"I11 registrations of what nobody submitted: {phantoms}")
    received = Counter(each.registration_id for each in history.all_entries(tx) if each.type == "claim_received")
    odd = {each.registration_id: received[each.registration_id] for each in all_ if received[each.registration_id] != 1}
    _deny(odd, f"I6 registrations received not once: {odd}")


def _one_open_intent_a_link(tx: Tx) -> None:
    query = "SELECT link_id FROM intent WHERE state IN ('planned','sent','verify') GROUP BY link_id HAVING count(*) > 1"
    doubled = tx.execute(text(query)).scalars().all()
    _deny(doubled, f"I13 links with two writes under way: {doubled}")


def _nothing_runs_backwards(seen: Seen, tx: Tx) -> None:
    """I15: no known row is replaced by an older version, and no witness number is handed out twice."""
    told = tx.execute(text("SELECT ref, modified_at FROM snapshot"))
    stamps: dict[str, int] = {row.ref: row.modified_at for row in told}
    older = sorted(ref for ref, at in stamps.items() if at < seen.stamps.get(ref, at))
    _deny(older, f"I15 rows that went back to an older version: {older}")
    found = tx.execute(text("SELECT registration_id || ' ' || ref AS link, rev FROM link"))
    revs: dict[str, int] = {row.link: row.rev for row in found}
    back = sorted(link for link, rev in revs.items() if rev < seen.revs.get(link, rev))
    _deny(back, f"I15 witness numbers that went back: {back}")
    seen.stamps, seen.revs = stamps, revs


def _one_row_an_id(seen: Seen) -> None:
    """I3: no two live submissions of one CRM carry one registration id, clones by people apart."""
    for crm, desk in seen.world.people.office.desks.items():
        object_name = desk.screens.objects[Kind.SUBMISSION]
        holders: dict[str, str] = {}
        for record_id in sorted(desk.screens.submission_ids()):
            row = desk.get(Kind.SUBMISSION, record_id)
            told = row["registration_id"] if row is not None else None
            if not told or CrmRef(crm.value, object_name, record_id) in seen.cloned:
                continue
            _deny(told in holders, f"I3 {crm}: {told} stands on {holders.get(told)} and {record_id}")
            holders[told] = record_id


def _chain(seen: Seen, ledger: Ledger) -> None:
    """I5: the chain verifies, follows what it was before, and the projections are its replay."""
    report = verify.verify(ledger, known_head=seen.head)
    _deny(report.problems, f"I5 {list(report.problems)[:5]}")
    seen.head = (report.entries, report.head_hash)


def _no_secret(seen: Seen, ledger: Ledger) -> None:
    """I14: no login stands in the ledger or in anything that was logged."""
    secrets = [each for config in seen.settings.connections for each in config.secrets.values()]
    with ledger.read() as tx:
        rows = [str(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(select(table))]
    for place, texts in (("ledger", rows), ("log", seen.trace.lines)):
        told = [each for each in texts if any(secret in each for secret in secrets)]
        _deny(told, f"I14 a secret stands in the {place}: {told[:1]}")


def _deny(is_wrong: object, message: str) -> None:
    if is_wrong:
        raise ViolationError(message)

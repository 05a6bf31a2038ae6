"""Promises that each hold over a stretch of time, held against what was really done and read.

The brakes, the budget, freshness before an answer, the holding period, deadlines, and that the ledger tells of every value
it saw somebody change, and of no other. Freshness is judged by what the CRMs' answers themselves covered, not by the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from config.settings import Settings
from ledger import deadlines, history, links, registrations, snapshots
from ledger.engine import Ledger, Tx
from ledger.rows import Entry
from rules.fields import Stream
from rules.records import OPEN, CrmRef, Registration, Status
from sandbox.desks import Act, Desk, Kind
from sandbox.world import World
from sync.report import PassReport
from tests.simulation.options import Options
from tests.simulation.oracle import ViolationError

Covered = Mapping[tuple[str, str], datetime]

# Calls that no budget is asked before: a login, reads of what a write has left open, tries again after a lost answer.
SLACK_CALLS: Final = 25
OVERDUE: Final = timedelta(minutes=40)  # one calm round
_OWNED: Final = ("status", "protected_until")
GRANTED: Final = "approved_automatically"
_SECOND: Final = "duplicate_registration"
ASKED_AGAIN: Final = "wait_over"  # no deadline: what waits for a connection is looked at in every pass


@dataclass(slots=True, kw_only=True)
class Promises:
    """What was kept so far. seq: the last entry that was looked at."""

    options: Options
    world: World
    settings: Settings
    seq: int = 0
    acts_read: int = 0
    acts: dict[CrmRef, list[Act]] = field(default_factory=dict)

    def check_step(self, ledger: Ledger, covered: Covered) -> None:
        self._read_acts()
        with ledger.read() as tx:
            fresh = list(history.all_entries(tx, self.seq))
            for entry in fresh:
                self.seq = max(self.seq, entry.seq)
                if entry.type == "decided" and entry.registration_id is not None:
                    registration = registrations.get(tx, entry.registration_id)
                    assert registration is not None, entry
                    self._answered_fresh(entry, registration, covered)
                    self._held_long_enough(entry, registration)
                elif entry.type == "drift_found":
                    self._typed_by_somebody(entry)
        self._within_budget()

    def check_brakes(self, reports: Sequence[PassReport]) -> None:
        """P12: no pass that nobody approved writes more than the brakes allow."""
        most = self.settings.sync.brake_writes_max
        for each in reports:
            if each.writes > most:
                raise ViolationError(f"P12 {each.connection}: {each.writes} rows written, the brakes allow {most}")

    def check_end(self, ledger: Ledger, *, now: datetime) -> None:
        self._read_acts()
        with ledger.read() as tx:
            due = deadlines.due(tx, now=now - OVERDUE, limit=10_000)
            overdue = [each for each in due if each.kind != ASKED_AGAIN]
            if overdue:
                raise ViolationError(f"P10 deadlines that came and went: {overdue[:5]}")
            _deletions_are_answered(tx)
            for ref, acts in self.acts.items():
                self._tampering_is_told(tx, ref, acts)

    def _answered_fresh(self, entry: Entry, registration: Registration, covered: Covered) -> None:
        """Nothing is granted, or refused as second, by rule before every CRM has been read past the claim's own time."""
        if self.options.jump or self.options.dies_at_each or any(self.options.skews.values()):
            return  # the clocks differ: which time is past which cannot be told from here
        answers = [
            each
            for each in entry.data["transitions"]
            if each["actor"] == "rule"
            and ((each["status"] == Status.REGISTERED and each["reason"] == GRANTED) or each["reason"] == _SECOND)
        ]
        if not answers:
            return
        for config in self.settings.connections:
            for stream in (Stream.SUBMISSIONS, Stream.OPPORTUNITIES):
                until = covered.get((config.name, stream.value))
                if until is None or until < registration.priority_at:
                    raise ViolationError(
                        f"P7 {registration.registration_id} was answered ({answers[0]['status']}) at {entry.at}, "
                        f"but {stream} of {config.name} had been read to {until} only; it came {registration.priority_at}"
                    )

    def _held_long_enough(self, entry: Entry, registration: Registration) -> None:
        """Nothing is granted by rule before its holding period is over."""
        holding = self.options.holding
        if holding is None or self.options.jump:
            return
        for each in entry.data["transitions"]:
            at = datetime.fromisoformat(each["at"])
            is_grant = each["status"] == Status.REGISTERED and each["reason"] == GRANTED and each["actor"] == "rule"
            if is_grant and min(at, entry.at) < registration.priority_at + holding:
                raise ViolationError(
                    f"P7 {registration.registration_id}, submitted {registration.priority_at}, was registered at {at}, "
                    f"within its holding period of {holding}"
                )

    def _typed_by_somebody(self, entry: Entry) -> None:
        """I9: no edit is told of that nobody made."""
        ref = CrmRef.parse(str(entry.data["ref"]))
        desk = self._desk(ref)
        if ref.object_name != desk.screens.objects[Kind.SUBMISSION] or self.options.resists is not None:
            return
        typed = self.acts.get(ref, [])
        for name in _OWNED:
            told = entry.data["fields"].get(name)
            if told is None:
                continue
            raw = desk.screens.fields[Kind.SUBMISSION][name]
            values = {str(each.after[raw]) for each in typed if raw in each.after}
            if str(told["observed"]) not in values and not any(each.what == "cloned" for each in typed):
                raise ViolationError(f"I9 {ref}: {name} = {told['observed']} is told as an edit, and nobody typed it")

    def _tampering_is_told(self, tx: Tx, ref: CrmRef, acts: Sequence[Act]) -> None:
        """I10: a changed value of ours that the ledger saw, while it knew what it had agreed on, stands in its history."""
        desk = self._desk(ref)
        raw = desk.screens.fields[Kind.SUBMISSION]["protected_until"]
        told = [each for each in acts if each.what == "tampered" and raw in each.after]
        link = next(iter(links.by_ref(tx, [ref]).get(ref, [])), None)
        if not told or link is None or link.is_frozen or link.is_gone:
            return
        act, value = told[-1], str(told[-1].after[raw])
        known = snapshots.get_many(tx, [ref]).get(ref)
        seen = [*snapshots.versions(tx, ref), *([known] if known is not None else [])]
        first = next((each for each in seen if str(each.values.get("protected_until")) == value), None)
        entries = history.entries_of(tx, link.registration_id)
        received = next((each.at for each in entries if each.type == "claim_received"), None)
        if first is None or received is None or received > act.at or known is None or known.is_gone:
            return
        if value not in set(_observed(entries, "protected_until")) and link.base.get("protected_until") != value:
            raise ViolationError(f"I10 {ref}: {value}, typed at {act.at}, was seen and overwritten without a word")

    def _within_budget(self) -> None:
        """P9: our calls stay within our share of the account's allowance."""
        limits = self.world.salesforce._limits
        config = next(each for each in self.settings.connections if each.name == "salesforce")
        if self.options.allowance is None or limits.daily_limit != self.options.allowance:
            return
        if limits.used > limits.daily_limit * config.daily_share + SLACK_CALLS:
            raise ViolationError(
                f"P9 {limits.used} of {limits.daily_limit} calls used, our share is {config.daily_share}"
            )

    def _read_acts(self) -> None:
        acts = self.world.people.acts
        for act in acts[self.acts_read :]:
            self.acts.setdefault(CrmRef(act.door.value, act.object_name, act.record_id), []).append(act)
        self.acts_read = len(acts)

    def _desk(self, ref: CrmRef) -> Desk:
        return next(desk for crm, desk in self.world.people.office.desks.items() if crm.value == ref.connection)


def _deletions_are_answered(tx: Tx) -> None:
    """I2: no claim stays open whose row the ledger knows to be gone."""
    still_open = [each for each in registrations.listing(tx, limit=10_000) if each.status in OPEN]
    known = snapshots.get_many(tx, [each.claim_ref for each in still_open])
    for each in still_open:
        row = known.get(each.claim_ref)
        if row is not None and row.is_gone and row.merged_into is None:
            raise ViolationError(f"I2 {each.registration_id} is {each.status}, but {each.claim_ref} is gone")


def _observed(entries: Sequence[Entry], name: str) -> Iterator[str]:
    for entry in entries:
        if entry.type in ("drift_found", "drift_frozen") and name in entry.data["fields"]:
            yield str(entry.data["fields"][name]["observed"])

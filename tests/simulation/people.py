"""What people did, held against what the ledger knows of it and made of it.

Every status that a person typed must be known, none may be known that nobody typed, and where nobody interferes each story
ends as the partner's programme says, whatever calls, passes and processes failed on the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ledger import history, links, registrations, snapshots
from ledger.engine import Ledger, Tx
from ledger.rows import Entry
from rules.fields import Stream
from rules.records import CrmRef, Registration, Status
from sandbox.desks import Act, Desk, Kind
from sandbox.programme.scenarios import Expected, Scenario
from sandbox.world import World
from tests.simulation.oracle import ViolationError
from tests.simulation.scene import reference

_WAITING: Final = frozenset({Status.RECEIVED, Status.HOLDING, Status.IN_REVIEW})


def check_commands(world: World, ledger: Ledger) -> None:
    """I4, I9: the ledger knows the last status that a person typed on each submission, and none that nobody typed."""
    with ledger.read() as tx:
        for desk in world.people.office.desks.values():
            for record_id, typed in _status_acts(world, desk).items():
                ref = CrmRef(desk.door.value, desk.screens.objects[Kind.SUBMISSION], record_id)
                registration = registrations.by_claim(tx, ref)
                if registration is None:
                    continue
                entries = history.entries_of(tx, registration.registration_id)
                _no_phantom(desk, ref, typed, entries)
                _last_is_known(tx, desk, ref, typed[-1], entries)


def check_outcomes(world: World, ledger: Ledger, *, now: datetime) -> None:
    """Each submission's story has ended as its plan expects, as far as it has been told by now."""
    office = world.people.office
    with ledger.read() as tx:
        for crm, desk in office.desks.items():
            for number, record_id in office.submissions[crm].items():
                plan = world.campaign.plan(number)
                if plan.expected is None:
                    continue
                ref = CrmRef(crm.value, desk.screens.objects[Kind.SUBMISSION], record_id)
                registration = registrations.by_claim(tx, ref)
                assert registration is not None, ref
                expected = _told_so_far(world, plan.scenario, plan.expected, record_id)
                if not _is_as(expected, registration, now):
                    found = f"{registration.status}: {registration.reason}"
                    raise ViolationError(f"I6 {ref} ({plan.scenario}) should be {expected}, but is {found}")


def _told_so_far(world: World, scenario: Scenario, expected: Expected, record_id: str) -> Expected:
    """Return what is to be expected while what the partner does later may not have been done yet."""
    done = {act.what for act in world.people.acts if act.record_id == record_id}
    if scenario is Scenario.CORRECTED and "completed" not in done:
        return Expected.RETURNED
    if scenario is Scenario.WITHDRAWN and "withdrawn" not in done:
        return Expected.REGISTERED
    return expected


def _is_as(expected: Expected, registration: Registration, now: datetime) -> bool:
    status = registration.status
    if expected is Expected.WAITING:
        return status in _WAITING
    ends_at = registration.holding_ends_at
    if status is Status.HOLDING and ends_at is not None and ends_at > now:
        return expected in (Expected.REGISTERED, Expected.IN_REVIEW, Expected.REFUSED)
    return status.value == expected.value


def _status_acts(world: World, desk: Desk) -> dict[str, list[Act]]:
    """Return the status edits by people at one CRM, oldest first, by submission."""
    field = desk.screens.fields[Kind.SUBMISSION]["status"]
    found: dict[str, list[Act]] = {}
    for act in world.people.acts:
        if act.door is desk.door and act.object_name == desk.screens.objects[Kind.SUBMISSION] and field in act.after:
            if act.before.get(field) == act.after[field]:
                continue  # what stood there was typed again: no CRM keeps that
            found.setdefault(act.record_id, []).append(act)
    return found


def _no_phantom(desk: Desk, ref: CrmRef, typed: list[Act], entries: list[Entry]) -> None:
    field = desk.screens.fields[Kind.SUBMISSION]["status"]
    made = Counter(str(act.after[field]) for act in typed)
    taken = Counter(word for entry in entries if entry.type == "command_received" for word in [_word(entry)])
    if odd := taken - made:
        raise ViolationError(f"I9 {ref}: commands that nobody gave: {dict(odd)}; typed: {dict(made)}")


def _last_is_known(tx: Tx, desk: Desk, ref: CrmRef, act: Act, entries: list[Entry]) -> None:
    field = desk.screens.fields[Kind.SUBMISSION]["status"]
    word = str(act.after[field])
    received = next((each.at for each in entries if each.type == "claim_received"), None)
    link = next((each for each in links.by_ref(tx, [ref]).get(ref, [])), None)
    snapshot = snapshots.get_many(tx, [ref]).get(ref)
    is_beyond = link is None or link.is_frozen or link.is_gone or snapshot is None or snapshot.is_gone
    if is_beyond or received is None or act.at < received:
        return
    row = desk.get(Kind.SUBMISSION, ref.record_id)
    if row is not None and row["status"] == word:
        return
    status_map = reference(desk.door.value).streams[Stream.SUBMISSIONS].status
    is_command = status_map is not None and word in status_map.commands
    if word not in set(_known_words(entries, is_command=is_command)):
        raise ViolationError(f"I4 {ref}: {act.what} at {act.at:%d %H:%M:%S} ({word}) is lost")


def _known_words(entries: list[Entry], *, is_command: bool) -> Iterator[str]:
    """Yield the words that the ledger knows somebody typed; of a word that commands something, as a command only."""
    for entry in entries:
        if entry.type == "command_received":
            yield _word(entry)
        elif not is_command and entry.type in ("drift_found", "drift_frozen"):
            status = entry.data["fields"].get("status")
            if status is not None:
                yield str(status["observed"])


def _word(entry: Entry) -> str:
    return str(entry.data["source"]).rpartition(" = ")[2]

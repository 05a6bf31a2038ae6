"""What people do that an integration must survive: the people's faults of sandbox/faults.py, one function each.

Each finds something to do it to, preferably a submission that carries a registration, and does nothing when there is
nothing yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sandbox.desks import Desk, Kind
from sandbox.faults import Fault, FaultKind
from sandbox.office import Office, same_second
from sandbox.programme.scenarios import Crm
from sandbox.programme.vendor import ACTIVE_SELLERS, CHANNEL_MANAGERS, OPERATIONS

Mischief = Callable[[Office, Desk, Fault, datetime], None]

_TOUCHED: Final = 200  # deals that a mass update saves anew, where the fault does not say how many


def do(office: Office, desk: Desk, fault: Fault, now: datetime) -> None:
    """Do one fault's mischief at one CRM."""
    _DEEDS[fault.kind](office, desk, fault, now)


def _edit_back(office: Office, desk: Desk, fault: Fault, now: datetime) -> None:
    record_id = _submission(office, desk, fault)
    row = desk.get(Kind.SUBMISSION, record_id) if record_id is not None else None
    if record_id is None or row is None:
        return
    who = office.rng.choice(CHANNEL_MANAGERS)
    for amount in (77_700, row["amount"]):
        desk.edit(Kind.SUBMISSION, record_id, {"amount": amount}, who=who, what="edited_back")


def _tamper(office: Office, desk: Desk, fault: Fault, now: datetime) -> None:
    record_id = _submission(office, desk, fault)
    if record_id is not None:
        until = now.date() + timedelta(days=400 + office.rng.randrange(50))
        values = {"protected_until": until}
        desk.edit(Kind.SUBMISSION, record_id, values, who=office.rng.choice(ACTIVE_SELLERS), what="tampered")


def _delete(office: Office, desk: Desk, fault: Fault, now: datetime) -> None:
    record_id = _submission(office, desk, fault)
    if record_id is not None:
        desk.delete(Kind.SUBMISSION, record_id, who=office.rng.choice(ACTIVE_SELLERS))


def _undelete(office: Office, desk: Desk, fault: Fault, now: datetime) -> None:
    known = office.submissions[desk.door].values()
    gone = [each for each in known if desk.screens.is_deleted(Kind.SUBMISSION, each)]
    if gone:
        desk.restore(Kind.SUBMISSION, office.rng.choice(gone), who=OPERATIONS)


def _merge(office: Office, desk: Desk, fault: Fault, now: datetime) -> None:
    desk.merge_companies(office.company(desk), office.company(desk), who=OPERATIONS)


def _clone(office: Office, desk: Desk, fault: Fault, now: datetime) -> None:
    record_id = _submission(office, desk, fault)
    if record_id is not None:
        desk.copy(record_id, who=office.rng.choice(ACTIVE_SELLERS))


def _mass_update(office: Office, desk: Desk, fault: Fault, now: datetime) -> None:
    deals = office.on_file[desk.door].deals
    wanted = min(deals.count, int(fault.options.get("rows", _TOUCHED)))
    for number in range(deals.count - wanted, deals.count):
        values = {"description": f"Reviewed on {now.date()}"}
        desk.edit(Kind.DEAL, deals.record_id(number), values, who=None, what="mass_updated")
    for record_id in list(office.submissions[desk.door].values()):
        desk.edit(Kind.SUBMISSION, record_id, {}, who=None, what="mass_updated")


def _transfer(office: Office, desk: Desk, fault: Fault, now: datetime) -> None:
    record_id = _submission(office, desk, fault)
    if record_id is not None:
        values = {"owner": office.rng.choice(CHANNEL_MANAGERS)}
        desk.edit(Kind.SUBMISSION, record_id, values, who=OPERATIONS, what="transferred")


def _same_second(office: Office, desk: Desk, fault: Fault, now: datetime) -> None:
    before = sum(number >= office.campaign.count for number in office.submissions[Crm.SALESFORCE])
    for plan in same_second(office, before):
        office.submit(plan)


def _submission(office: Office, desk: Desk, fault: Fault) -> str | None:
    """Return the submission to do it to: the one the fault names, else some registered one, else any, else None."""
    if "record_id" in fault.options:
        return str(fault.options["record_id"])
    ids = list(office.submissions[desk.door].values())
    rows = [(each, desk.get(Kind.SUBMISSION, each)) for each in ids]
    registered = [each for each, row in rows if row is not None and row["registration_id"]]
    live = [each for each, row in rows if row is not None]
    return office.rng.choice(registered or live) if live else None


_DEEDS: Final[Mapping[FaultKind, Mischief]] = {
    FaultKind.EDIT_BACK: _edit_back,
    FaultKind.TAMPER: _tamper,
    FaultKind.DELETE: _delete,
    FaultKind.UNDELETE: _undelete,
    FaultKind.MERGE: _merge,
    FaultKind.CLONE: _clone,
    FaultKind.MASS_UPDATE: _mass_update,
    FaultKind.TRANSFER: _transfer,
    FaultKind.SAME_SECOND: _same_second,
}
KINDS: Final = frozenset(_DEEDS)

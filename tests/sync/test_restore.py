"""A ledger that was restored from yesterday: it notices, stops before it does harm, and is taken up again when told to."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from console.commands.passes import exit_of
from console.exit_codes import Exit
from ledger import backup
from ledger.rows import Verdict
from ledger.verify import verify
from rules.records import CrmRef, Status
from tests.sync.kit import BOTH, QUICK, STATUS, House

Held = Mapping[CrmRef, Mapping[str, Any]]


def held(house: House, *refs: CrmRef) -> Held:
    return {ref: dict(house.held(ref)) for ref in refs}


def back_up(house: House, name: str = "yesterday.db") -> Path:
    file = house.directory / name
    backup.backup(house.ledger, file)
    return file


def restore(house: House, file: Path) -> None:
    """Lose the ledger, and bring the backup back as `registrar restore` does."""
    lose(house)
    backup.restore(file, house.url, now=house.clock.now())
    house.start()


def lose(house: House) -> None:
    house.daemon.close()
    for path in house.directory.glob("ledger.db*"):
        path.unlink()


@pytest.fixture
def partner(house: House) -> dict[str, str]:
    return house.partner("P-1", "Nordwind Systems GmbH")


@pytest.mark.parametrize("is_plain_copy", [False, True], ids=["restore", "plain_copy"])
@pytest.mark.parametrize("crm", BOTH)
def test_restored_ledger_stops_and_touches_no_crm(
    house: House, partner: dict[str, str], crm: str, is_plain_copy: bool
) -> None:
    """One claim was decided after the backup, in either CRM: its witness is ahead, even where a file was just copied."""
    ref = house.submit(crm, "Wintermoor Logistics AG", partner)
    house.passes(1)
    file = back_up(house)
    house.settle()
    assert house.status(ref) is Status.REGISTERED
    if is_plain_copy:
        lose(house)
        shutil.copyfile(file, house.directory / "ledger.db")
        house.start()
    else:
        restore(house, file)
    before = held(house, ref)

    for _ in range(3):
        reports = house.passes(1, pause_s=1800)
        told = " ".join(each.error or "" for each in reports)

        assert exit_of(reports) is Exit.BRAKED
        assert str(ref) in told
        assert "registrar sync --readopt" in told
        assert held(house, ref) == before
        assert house.passes(1, is_approved=True)[0].verdict is Verdict.BRAKED  # an approval of writes is not enough
    assert house.daemon.plan().writes == ()


def test_claim_registered_after_the_backup_stops_the_pass_by_its_id(house: House, partner: dict[str, str]) -> None:
    first = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.settle()
    file = back_up(house)
    late = house.submit("salesforce", "Ostsee Werft GmbH", partner)
    house.settle()
    id_ = house.registration(late).registration_id
    restore(house, file)
    before = held(house, first, late)

    reports = house.passes(2)

    assert exit_of(reports) is Exit.BRAKED
    assert f"{id_} on {late}" in " ".join(each.error or "" for each in reports)
    assert held(house, first, late) == before
    assert house.quarantined() == {}


def test_readopted_decisions_stay_as_the_crm_shows_them(house: House, partner: dict[str, str]) -> None:
    """Granted, refused and newly received after the backup: ids, statuses and windows are taken over, nothing is written."""
    granted = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    refused = house.submit("hubspot", "Ostsee Werft GmbH", partner)
    house.passes(1)
    file = back_up(house)
    house.settle()
    house.command(refused, "refuse")
    late = house.submit("hubspot", "Alpenblick Hotels AG", partner)
    house.settle()
    ids = {ref: house.registration(ref).registration_id for ref in (granted, refused, late)}
    statuses = {ref: house.status(ref) for ref in ids}
    ends = {ref: window_end(house, ref) for ref in (granted, late)}
    assert set(statuses.values()) == {Status.REGISTERED, Status.REFUSED}
    restore(house, file)
    before = held(house, *ids)
    house.passes(1)

    house.passes(1, is_readopting=True)
    assert held(house, *ids) == before
    reports = house.settle()

    assert exit_of(reports[-2:]) is Exit.DONE
    assert {ref: house.registration(ref).registration_id for ref in ids} == ids
    assert {ref: house.status(ref) for ref in ids} == statuses
    assert {ref: window_end(house, ref) for ref in ends} == ends
    assert {ref: {**each, **_stamps(before[ref])} for ref, each in held(house, *ids).items()} == before
    assert verify(house.ledger).is_intact


def window_end(house: House, ref: CrmRef) -> datetime:
    window = house.registration(ref).window
    assert window is not None, ref
    return window.end


def _stamps(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("SystemModstamp", "LastModifiedDate", "LastModifiedById", "hs_lastmodifieddate")
    return {name: row[name] for name in names if name in row}


def test_readopted_ledger_goes_on_with_ids_and_writes_of_its_own(house: House, partner: dict[str, str]) -> None:
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.passes(1)
    file = back_up(house)
    lost = house.submit("salesforce", "Ostsee Werft GmbH", partner)
    house.settle()
    given = {house.registration(each).registration_id for each in (ref, lost)}
    restore(house, file)
    house.passes(1)
    house.passes(1, is_readopting=True)
    house.settle()

    fresh = house.submit("salesforce", "Alpenblick Hotels AG", partner)
    house.command(ref, "review")
    house.settle()

    assert house.registration(fresh).registration_id not in given
    assert house.status(fresh) is Status.REGISTERED
    assert house.held(fresh)[STATUS["salesforce"]] == "Approved"
    assert len(house.registrations()) == 3


def test_ledger_restored_without_loss_goes_on_once_all_crms_were_read(house: House, partner: dict[str, str]) -> None:
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.settle()
    restore(house, back_up(house))

    first = house.tick("salesforce")
    assert (first.verdict, "Waiting for hubspot" in (first.error or "")) == (Verdict.BRAKED, True)
    house.tick("hubspot")

    assert exit_of(house.passes(1)) is Exit.DONE
    assert house.status(ref) is Status.REGISTERED


def test_witness_typed_by_a_person_is_no_reason_to_stop(house: House, partner: dict[str, str]) -> None:
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.settle()
    house.edit(ref, Registration_Rev__c=77)

    assert exit_of(house.settle()) is not Exit.BRAKED


def test_ledger_begun_anew_sets_the_rows_of_another_aside(house: House, partner: dict[str, str]) -> None:
    """No restore: a first contact with rows of a ledger that is gone is told row by row, as ever."""
    refs = [
        house.submit("salesforce", f"Customer {name} GmbH", partner) for name in ("Ahorn", "Birke", "Buche", "Eiche")
    ]
    house.settle()
    lose(house)
    house.start()

    house.passes(1)

    assert house.quarantined() == {str(ref): "unknown_registration" for ref in refs}


def test_restored_postgresql_ledger_stops_and_goes_on_when_readopted(
    tmp_path: Path, postgresql_url: str, postgresql: Any
) -> None:
    """The same on PostgreSQL: the backup is poured into a new database."""
    house = House(directory=tmp_path, policy=QUICK, url=postgresql_url, door="port")
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.passes(1)
    file = back_up(house)
    house.settle()
    assert house.status(ref) is Status.REGISTERED
    before = held(house, ref)
    house.daemon.close()
    name = postgresql.create_database()
    house.url = postgresql.url(name)
    backup.restore(file, house.url, now=house.clock.now())
    house.start()

    assert exit_of(house.passes(1)) is Exit.BRAKED
    house.passes(1, is_readopting=True)
    assert held(house, ref) == before
    house.settle()

    assert house.status(ref) is Status.REGISTERED
    assert verify(house.ledger).is_intact
    house.daemon.close()
    postgresql.drop_database(name)

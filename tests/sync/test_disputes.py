"""A dispute between two registrations is open while both live, and closed when one of them ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import conflicts
from ledger.verify import verify
from rules.records import CrmRef, Status
from tests.sync.kit import MANAGER, House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(directory=tmp_path, door="port")
    built.clock.advance(60)
    yield built
    built.daemon.close()


def open_disputes(house: House) -> list[str]:
    with house.ledger.read() as tx:
        return [each.registration_id for each in conflicts.open_(tx)]


def test_merged_submissions_are_a_dispute_until_one_registration_ends(house: House) -> None:
    """HubSpot merges two submissions that are both registered; a person then refuses one of the two."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    first = house.submit("hubspot", "Wintermoor Logistics AG", partner)
    second = house.submit("hubspot", "Greifenstein Optik GmbH", partner)
    house.settle()
    both = sorted(house.registration(each).registration_id for each in (first, second))
    assert {house.status(first), house.status(second)} == {Status.REGISTERED}

    survivor = house.portal.merge(first.object_name, first.record_id, second.record_id, by=MANAGER["hubspot"])
    house.settle()
    assert open_disputes(house) == both

    house.command(CrmRef("hubspot", first.object_name, survivor), "refuse")
    house.settle()
    assert open_disputes(house) == []
    assert verify(house.ledger).is_intact

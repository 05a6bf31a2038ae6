"""What a case file gathers: the rivals that real decisions name."""

from __future__ import annotations

from console.commands.casefile import rivals_of
from rules.records import Status
from tests.sync.kit import House


def test_both_sides_of_a_conflict_name_each_other(house: House) -> None:
    """Two partners claim one deal, in two CRMs; a third claim is another customer's."""
    first = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.clock.advance(3600)
    second = house.submit("hubspot", "Wintermoor Logistics AG", house.partner("P-2", "Ostwind Systems GmbH"))
    house.submit("hubspot", "Alpenblick Hotels AG", house.partner("P-3", "Westwind Systems GmbH"))
    house.settle()
    ids = {ref: house.registration(ref).registration_id for ref in (first, second)}

    assert house.status(first) is Status.REGISTERED
    assert rivals_of(house.entries(second)) - {ids[second]} == {ids[first]}

"""Persons over a whole run: in the CRMs, at the command line, in free text; never in the chain, and erasable."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from ledger import erasure
from ledger.history import all_entries
from ledger.tables import metadata
from ledger.verify import verify
from rules.cases import Command, CommandKind
from rules.records import CrmRef, Status
from sync.objections import object_to
from sync.orders import Order
from tests.sync.kit import BOTH, House

CANARY = "zora.canary@vendor.example"


def chain(house: House) -> str:
    with house.ledger.read() as tx:
        return "\n".join(map(repr, all_entries(tx))).casefold()


def everything(house: House) -> str:
    with house.ledger.read() as tx:
        rows = [repr(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(select(table))]
    return "\n".join(rows).casefold()


def order(house: House, ref: CrmRef, kind: CommandKind, actor: str) -> None:
    registration = house.registration(ref)
    command = Command(kind=kind, actor=actor, at=house.clock.now(), source="command line", is_allowed=True)
    given = Order(
        registration_id=registration.registration_id,
        ref=registration.claim_ref,
        command=replace(command, reason=f"{actor} told me so"),
    )
    assert house.daemon.engine.order(given)


@pytest.mark.parametrize("crm", BOTH)
def test_no_person_reaches_the_chain_and_an_erased_one_is_nowhere(house: House, crm: str) -> None:
    """A partner writes an address into the deal's name, somebody objects, a reviewer decides twice, by address."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit(crm, "Wintermoor Logistics AG", partner, deal=f"Renewal, ask {CANARY}")
    rival = house.submit(crm, "Wintermoor Logistics AG", house.partner("P-2", "Ostwind Systems GmbH"))
    house.settle()
    with house.ledger.begin() as tx:
        object_to(tx, house.registration(rival), by_user=CANARY, actor=f"person:{CANARY}", now=house.clock.now())
    order(house, rival, CommandKind.REFUSE, CANARY)
    order(house, ref, CommandKind.RETURN, CANARY.upper())
    house.settle()
    assert house.status(rival) is not Status.REGISTERED
    assert "canary" in everything(house)
    before = chain(house)
    assert "canary" not in before and "@" not in before

    with house.ledger.begin() as tx:
        done = erasure.erase(tx, (CANARY,))
    assert len(done.pseudonyms) == 1
    assert done.pseudonyms[0] in before
    assert "canary" not in everything(house)
    assert verify(house.ledger).is_intact
    assert chain(house) == before


def test_a_decision_that_names_a_person_is_not_made_again_and_again(house: House) -> None:
    """What was recorded under a pseudonym is recognised when it is decided anew."""
    ref = house.submit(
        "salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"), deal=f"Ask {CANARY}"
    )
    house.settle()
    order(house, ref, CommandKind.RETURN, CANARY)
    house.settle()
    count = len(house.entries(ref))

    house.settle()
    house.passes(1, sweep_now=True)

    assert len(house.entries(ref)) == count

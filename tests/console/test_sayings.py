"""`registrar match same`, `different`, `related` and `forget`: a reviewer's word at the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import verdicts
from rules.cases import Sameness
from rules.records import CrmRef
from tests.sync.kit import House


@pytest.fixture
def house(directory: Path) -> Iterator[House]:
    built = House(directory=directory, door="port")
    built.clock.advance(60)
    yield built
    built.daemon.close()


def said(house: House, ref: CrmRef) -> list[Sameness]:
    with house.ledger.read() as tx:
        return [each.verdict for each in verdicts.touching(tx, (ref,))]


def test_a_word_is_entered_and_taken_back(registrar: Any, house: House) -> None:
    claim = house.submit("hubspot", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    account = CrmRef("salesforce", "Account", house.company("salesforce", "Wintermoor Holding"))
    house.settle()
    name = house.registration(claim).registration_id

    done = registrar("match", "related", name, account.record_id, "--by", "ada")

    assert done.exit_code == 0, done.stderr
    assert f"{claim} and {account}: are related" in done.stdout
    assert "1 claim will be decided anew" in done.stderr
    assert said(house, claim) == said(house, account) == [Sameness.RELATED]
    assert registrar("match", "forget", str(account), str(claim)).exit_code == 0
    assert said(house, claim) == []
    assert registrar("match", "forget", str(account), str(claim)).exit_code == 1


def test_what_nobody_knows_and_one_record_twice_are_refused(registrar: Any, house: House) -> None:
    account = CrmRef("salesforce", "Account", house.company("salesforce", "Wintermoor Holding"))
    house.settle(rounds=1)

    assert registrar("match", "same", str(account), "REG-2026-00099").exit_code == 2
    assert registrar("match", "same", str(account), account.record_id).exit_code == 2
    assert registrar("match", "same", str(account), "a/b/c/d").exit_code == 2
    assert said(house, account) == []


def test_rows_said_to_be_one_partner_share_an_identity_without_a_key(registrar: Any, house: House) -> None:
    north = {"salesforce": house.partner("P-1", "Nordwind Systems GmbH", only="salesforce")["salesforce"]}
    north["hubspot"] = house.portal.create("companies", {"name": "Nordwind", "is_partner": "true"}, by="81")
    house.settle(rounds=1)

    done = registrar(
        "match", "same", f"salesforce/Account/{north['salesforce']}", f"hubspot/companies/{north['hubspot']}"
    )

    assert done.exit_code == 0, done.stderr
    claim = house.submit("hubspot", "Wintermoor Logistics AG", north)
    house.settle()
    assert house.registration(claim).partner_id == "P-1"

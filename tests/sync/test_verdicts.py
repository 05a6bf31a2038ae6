"""A reviewer's word beats the score, and a company is known by what it was called before."""

from __future__ import annotations

from rules.cases import Sameness
from rules.records import CrmRef, Status
from sync.sayings import record_called, say
from tests.sync.kit import House

NORTH = ("P-1", "Nordwind Systems GmbH")
SOUTH = ("P-2", "Sonnental Consulting GmbH")


def companies(house: House, *told: tuple[str, str]) -> list[CrmRef]:
    """Put customers on file, known to the ledger."""
    made = [house.company("salesforce", name, domain=domain) for name, domain in told]
    house.settle(rounds=1)
    return [CrmRef("salesforce", "Account", each) for each in made]


def tell(house: House, one: CrmRef, other: CrmRef, verdict: Sameness | None) -> int:
    configs = {each.name: each for each in house.daemon.settings.connections}
    with house.ledger.begin() as tx:
        refs = [record_called(tx, str(each), configs) for each in (one, other)]
        return say(tx, refs[0], refs[1], verdict, actor="person:ada", now=house.clock.now())


def submitted(
    house: House, one: CrmRef, other: CrmRef, names: tuple[str, str], domains: tuple[str, str]
) -> list[Status]:
    """Let two partners submit one deal each; return what became of them."""
    north, south = house.partner(*NORTH), house.partner(*SOUTH)
    first = house.submit("salesforce", names[0], north, customer_id=one.record_id, domain=domains[0])
    house.clock.advance(30)
    second = house.submit("salesforce", names[1], south, customer_id=other.record_id, domain=domains[1])
    house.settle()
    return [house.status(first), house.status(second)]


def test_customers_said_to_be_the_same_are_one(house: House) -> None:
    names, domains = ("Wintermoor Logistics AG", "Greifenstein Optik GmbH"), ("wintermoor.example", "greifen.example")
    one, other = companies(house, *zip(names, domains, strict=True))
    tell(house, one, other, Sameness.SAME)

    assert submitted(house, one, other, names, domains) == [Status.REGISTERED, Status.REFUSED]


def test_customers_said_to_be_different_are_two_however_alike(house: House) -> None:
    names, domains = ("Wintermoor Logistics AG",) * 2, ("wintermoor.com",) * 2
    one, other = companies(house, *zip(names, domains, strict=True))
    tell(house, one, other, Sameness.DIFFERENT)

    assert submitted(house, one, other, names, domains) == [Status.REGISTERED, Status.REGISTERED]


def test_a_word_marks_the_claims_that_it_concerns(house: House) -> None:
    names, domains = ("Wintermoor Logistics AG", "Greifenstein Optik GmbH"), ("wintermoor.com", "greifenstein.com")
    one, other = companies(house, *zip(names, domains, strict=True))
    submitted(house, one, other, names, domains)

    assert tell(house, one, other, Sameness.RELATED) == 2
    assert tell(house, one, other, None) == 2


def test_a_deal_registered_under_the_old_domain_holds_after_the_customer_has_a_new_one(house: House) -> None:
    """S06: registered for one domain, the account has another by now: both find it, and the window stays as it is."""
    (account,) = companies(house, ("Exampleworks AG", "exampleworks.com"))
    north, south = house.partner(*NORTH), house.partner(*SOUTH)
    first = house.submit(
        "salesforce", "Exampleworks AG", north, customer_id=account.record_id, domain="exampleworks.com"
    )
    house.settle()
    window = house.registration(first).window
    house.edit(account, Name="Brightline AG", Domain__c="brightline.com")
    house.settle(rounds=1)
    second = house.submit("hubspot", "Brightline AG", south, domain="brightline.com")
    third = house.submit("hubspot", "Exampleworks AG", south, domain="exampleworks.com", deal="Another try")
    house.settle()

    assert house.status(first) is Status.REGISTERED
    assert house.registration(first).window == window
    assert Status.REGISTERED not in (house.status(second), house.status(third))

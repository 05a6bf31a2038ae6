"""Is it the same customer, and the same deal? Names as people write them, domains that say nothing, related companies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.cases import Sameness
from rules.matching.countries import country_code
from rules.matching.customers import match_customers
from rules.matching.deals import match_deals
from rules.matching.domains import FREE_MAIL, SITES, DomainKind, kind_of, registrable, stem
from rules.matching.keys import KEYS_MAX, customer_identity, customer_keys
from rules.matching.legal_forms import BACK, FRONT
from rules.matching.normalise import normalise
from rules.primitives.matching import Matching
from rules.records import CrmRef, Customer, Money
from tests.rules.build import claim, opportunity, usd


def customer(name: str, domain: str | None = None, country: str | None = None, **changes) -> Customer:
    return Customer(name=name, domain=domain, country=country, **changes)


def sameness(left: Customer, right: Customer, **options) -> str:
    return match_customers(left, right, **options).sameness.value


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Acme Works GmbH", "ACME WORKS G.m.b.H."),
        ("Müller Maschinenbau GmbH & Co. KG", "Mueller Maschinenbau"),
        ("Müller Maschinenbau", "Muller Maschinenbau AG"),
        ("Łódź Meble Sp. z o.o.", "Lodz Meble Spółka z o.o."),
        ("Bjørkholm Bygg AS", "Bjorkholm Bygg"),
        ("Ashbury Manufacturing Inc.", "Ashbury Mfg, Incorporated"),
        ("Harbrook Research Ltd", "Harbrook R&D Limited"),
        ("Smith & Sons Ltd", "Smith and Sons Limited"),
        ("DataWorks Inc", "Data-Works, Inc."),
        ("Data Works Inc", "Dataworks LLC"),
        ("Works Acme", "Acme Works"),
        ("株式会社フジワカ製作所", "Fujiwaka Seisakusho K.K."),
        ("株式会社フジワカ製作所", "フジワカ製作所㈱"),
        ("新立信物流股份有限公司", "Xinlixin Logistics Co., Ltd."),
        ("ООО Севмаш", "Sevmash OOO"),
        ("Θερμοδομή Ενέργεια Α.Ε.", "Thermodomi Energeia S.A."),
        ("Acme Works GmbH [DO NOT USE]", "Acme Works - Munich office"),
        ("Northgate Foods LLC dba FreshBox", "Northgate Foods"),
        ("Acmé  Works", "Acme Works"),
        ("Acme Works", "Acme Wroks"),  # a typo
    ],
)
def test_same_name_and_domain_is_the_same_customer(left, right):
    """Two kinds of evidence, name and own domain, decide by themselves."""
    assert sameness(customer(left, "acme-works.de", "DE"), customer(right, "acme-works.de", "Germany")) == "same"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # a name alone never decides
        (customer("Acme Works GmbH"), customer("Acme Works GmbH"), {"review"}),
        (customer("Acme Works GmbH", country="DE"), customer("Acme Works", country="DE"), {"review"}),
        # a domain alone never decides
        (customer("", "acme.com"), customer("", "acme.com"), {"review"}),
        (customer("Acme Works", "acme.com"), customer("", "acme.com"), {"review"}),
        (customer("Acme Works", "acme.com"), customer("Globex Trading", "acme.com"), {"related"}),
        # the same name in another country with another domain is another customer, or a person looks
        (customer("Titan Bau", "titan.de", "DE"), customer("Titan Bau", "titanbau.at", "AT"), {"different", "review"}),
        (customer("Ashbury", "ashbury.com"), customer("Westcombe", "westcombe.com"), {"different"}),
        # words left over
        (customer("Acme Logistics", "acme.com"), customer("Acme Insurance", "acme.com"), {"related"}),
        (customer("Acme", "acme.com"), customer("Acme Holding", "acme.com"), {"related"}),
        (customer("Acme France SAS", "acme.com", "FR"), customer("Acme GmbH", "acme.com", "DE"), {"related"}),
        (
            customer("Sanremi University", "sanremi.edu"),
            customer("Sanremi University - Faculty of Law", "sanremi.edu"),
            {"related"},
        ),
        (customer("Tire Town #4308", "tiretown.com"), customer("Tire Town #4312", "tiretown.com"), {"related"}),
        (customer("Orion Fund II", "orion.com"), customer("Orion Fund III", "orion.com"), {"related"}),
        # common words prove little
        (customer("Kingsley Packaging", "kp.com"), customer("Kingsley Solutions", "ks.com"), {"different"}),
    ],
)
def test_what_is_not_enough_for_the_same(left, right, expected):
    assert sameness(left, right) in expected
    assert sameness(right, left) in expected


def test_records_tied_in_the_crm():
    """One CRM record is the same customer whatever it is called; a parent is related, never the same."""
    account = CrmRef("salesforce", "Account", "001A")
    parent = CrmRef("salesforce", "Account", "001P")

    assert sameness(customer("Acme", ref=account), customer("Renamed Ltd", ref=account)) == "same"
    assert (
        sameness(customer("Acme Works", "acme.com", parent=parent), customer("Acme Works", "acme.com", ref=parent))
        == "related"
    )
    assert (
        sameness(customer("Acme", "acme.com", parent=parent), customer("Acme", "acme.com", parent=parent)) == "related"
    )


def test_domain_with_many_holders_says_little():
    """A domain that many differently named customers share is a provider's or a group's."""
    left, right = customer("Acme Works", "bigtelco.net"), customer("Acme Works Ltd", "bigtelco.net")

    assert sameness(left, right) == "same"
    assert sameness(left, right, holders={"bigtelco.net": 40}) == "review"


def test_admin_may_add_domains_that_identify_nobody():
    rules = Matching(shared_domains=frozenset({"campus.example"}))

    assert (
        sameness(customer("Acme Works", "campus.example"), customer("Acme Works", "campus.example"), rules=rules)
        == "review"
    )


@pytest.mark.parametrize(
    "domain", ["gmail.com", "t-online.de", "facebook.com", "example.com", "wordpress.com", "test.com"]
)
def test_shared_domain_never_makes_the_same(domain):
    assert sameness(customer("Acme Works GmbH", domain, "DE"), customer("Acme Works", domain, "DE")) == "review"
    assert sameness(customer("Ashbury", domain), customer("Westcombe", domain)) == "different"


words = st.sampled_from(
    [
        "Acme",
        "Works",
        "Müller",
        "GmbH",
        "Ltd",
        "株式会社",
        "製作所",
        "Holding",
        "France",
        "Logistics",
        "#12",
        "&",
        "Ashbury",
    ]
)
spoken = st.lists(words, max_size=5).map(" ".join) | st.text(max_size=12)
domains = st.sampled_from(
    [None, "acme.com", "acme.de", "www.acme.co.uk", "gmail.com", "facebook.com", "n/a", "http://", "example.com"]
)
customers = st.builds(customer, spoken, domains, st.sampled_from([None, "DE", "Germany", "FR", "??"]))


@settings(max_examples=400, deadline=None)
@given(left=customers, right=customers)
def test_matching_is_symmetric_and_its_terms_add_up(left, right):
    """The answer is the same with the sides swapped, and the same a second time."""
    one, other = match_customers(left, right), match_customers(right, left)

    assert one.sameness == other.sameness
    assert one.score == pytest.approx(other.score)
    assert sorted(each.name for each in one.evidence) == sorted(each.name for each in other.evidence)
    assert 0.0 <= one.score <= 1.0


@settings(max_examples=400, deadline=None)
@given(left=spoken, right=spoken, domain=st.sampled_from(sorted(FREE_MAIL | SITES)))
def test_never_the_same_on_a_shared_domain(left, right, domain):
    assert sameness(customer(left, domain, "DE"), customer(right, domain, "DE")) != "same"


@settings(max_examples=200, deadline=None)
@given(of=customers)
def test_keys_are_few_and_stable(of):
    keys = customer_keys(of)

    assert len(keys) <= KEYS_MAX
    assert len(set(keys)) == len(keys)
    assert customer_keys(of) == keys
    assert customer_identity(of)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (customer("Müller Bau GmbH"), customer("Mueller Bau")),
        (customer("Acme", "www.acme.com"), customer("Unlike Name", "https://shop.acme.com/x")),
        (customer("株式会社フジワカ製作所"), customer("Fujiwaka Seisakusho")),
        (customer("Data Works"), customer("Dataworks")),
        (customer("Ashbury Logistics"), customer("Ashbury Logistics GmbH", "gmx.de")),
    ],
)
def test_records_of_one_customer_share_a_key(left, right):
    assert set(customer_keys(left)) & set(customer_keys(right))


def test_shared_domains_give_no_key():
    assert not any(key.startswith("d:") for key in customer_keys(customer("Acme", "gmail.com")))
    assert customer_keys(customer("", "n/a")) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("www.shop.acme.co.uk/path?x=1", "acme.co.uk"),
        ("HTTPS://Acme.COM:8080", "acme.com"),
        ("sales@mail.acme.de", "acme.de"),
        ("https://user@acme.de/login@home", "acme.de"),
        ("acme.example", "acme.example"),
        ("//acme.fr", "acme.fr"),
        ("acme", None),
        ("http://", None),
        ("192.168.1.1", None),
        ("-", None),
        ("", None),
        (None, None),
    ],
)
def test_registrable_domain(text, expected):
    assert registrable(text) == expected


def test_domain_kinds_and_stems():
    assert kind_of("acme.com") is DomainKind.OWN
    assert kind_of("gmail.com") is DomainKind.SHARED
    assert kind_of(None) is DomainKind.NONE
    assert stem("acme-works.co.uk") == stem("acmeworks.com") == "acmeworks"


def test_legal_forms_tell_countries():
    assert normalise("Acme GmbH").countries >= {"DE", "AT"}
    assert normalise("株式会社アサイワ").countries == {"JP"}
    assert normalise("Acme Pty Ltd").countries >= {"AU"}
    assert normalise("GmbH").forms[0].words == ("gmbh",)  # nothing but a form keeps its word
    assert all(BACK) and all(FRONT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("de", "DE"), ("Deutschland", "DE"), ("U.S.A.", "US"), ("UK", "GB"), ("Atlantis", None), (None, None)],
)
def test_country_codes(text, expected):
    assert country_code(text) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Sameness.SAME),
        ({"product_line": "Storage"}, Sameness.DIFFERENT),
        ({"product_line": "platform"}, Sameness.SAME),
        ({"product_line": None}, Sameness.REVIEW),
        ({"product_line": "Platform Suite", "amount": usd(90_000)}, Sameness.REVIEW),
        ({"product_line": "Platform Suite"}, Sameness.SAME),  # date and amount agree closely
        ({"close_on": None, "amount": None}, Sameness.SAME),  # missing is neutral
        ({"close_on": date(2026, 12, 31)}, Sameness.SAME),
        ({"close_on": date(2027, 2, 28)}, Sameness.REVIEW),
        ({"close_on": date(2027, 6, 30)}, Sameness.REVIEW),  # a renewal a year later
        ({"close_on": date(2027, 6, 30), "amount": usd(900_000)}, Sameness.DIFFERENT),
        ({"amount": Money(amount=Decimal(20_000), currency="JPY")}, Sameness.SAME),  # not comparable: neutral
    ],
)
def test_same_deal(changes, expected):
    match = match_deals(claim(), opportunity("2026-03-01T00:00:00Z", **changes))

    assert match.sameness is expected


def test_same_deal_between_two_claims_is_symmetric():
    one, other = claim(products=("Platform", "Storage")), claim(number=2, products=("storage",), amount=None)

    assert match_deals(one, other).sameness is Sameness.SAME
    assert match_deals(one, other).score == pytest.approx(match_deals(other, one).score)


def test_identity_of_a_customer():
    assert customer_identity(customer("Acme", "https://www.acme.com/")) == "d:acme.com"
    assert customer_identity(customer("Acme Works GmbH", "gmail.com", "DE")) == "n:acmeworks:de"
    assert customer_identity(customer("", None, ref=CrmRef("salesforce", "Account", "1"))) == "r:salesforce/Account/1"

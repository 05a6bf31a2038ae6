"""The programme is the same for the same seed, has everything a channel programme has, and costs no memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.programme import hubspot_rows, salesforce_rows
from sandbox.programme.customers import customer_at
from sandbox.programme.deals import Span, deal_at, opportunity_at
from sandbox.programme.partners import PartnerStanding, partner_at
from sandbox.programme.scenarios import CYCLE, FOLLOWERS, Crm, Expected, Scenario
from sandbox.programme.submissions import Campaign
from sandbox.programme.vendor import USERS, Role
from sandbox.programme.words import FREE_MAIL, GROUP_DOMAINS
from sandbox.salesforce.ids import checked

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CUSTOMERS, OPPORTUNITIES, DEALS = 3_000, 5_000, 2_000


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return Campaign(seed=1, count=500, partners=60, customers=CUSTOMERS, start=START, lasts=timedelta(days=10))


def sources(seed=1, scale=1):
    opportunities = salesforce_rows.Opportunities(seed, OPPORTUNITIES * scale, CUSTOMERS * scale, START)
    return [
        salesforce_rows.Accounts(seed, CUSTOMERS * scale, START),
        opportunities,
        hubspot_rows.Companies(seed, CUSTOMERS * scale, START),
        hubspot_rows.Deals(seed, DEALS * scale, opportunities.span, CUSTOMERS * scale, START),
    ]


def test_a_row_is_the_same_whenever_and_in_whatever_order_it_is_asked_for():
    for first, again, other in zip(sources(), sources(), sources(seed=2), strict=True):
        numbers = range(0, first.count, 37)
        rows = [first.row(number) for number in numbers]

        assert rows == [again.row(number) for number in reversed(numbers)][::-1]
        assert rows != [other.row(number) for number in numbers]


def test_ids_and_stamps_ascend_with_the_number_and_lead_back_to_it():
    for source in sources():
        ids = [source.record_id(number) for number in range(source.count)]
        stamps = [source.stamp(number) for number in range(source.count)]

        assert ids == sorted(ids)
        assert stamps == sorted(stamps) and stamps[-1] < START
        assert [source.number_of(each) for each in ids] == list(range(source.count))
        assert source.number_of(source.record_id(source.count)) is None
        assert source.number_of("no id") is None


def test_salesforce_ids_carry_the_right_check_characters():
    for prefix in ("001", "005", "006", "a0B"):
        made = salesforce_rows.record_id(prefix, 4711)

        assert made == checked(made[:15])


def test_many_rows_share_one_stamp():
    """As after a nightly job: more than a page of rows with an equal stamp, at a larger scale more than 10,000."""
    stamps = Counter(map(Span(count=200_000, start=START).stamp, range(200_000)))

    assert max(stamps.values()) > 10_000


def test_every_fourth_hubspot_deal_is_a_salesforce_opportunity():
    opportunities, deals = Span(count=OPPORTUNITIES, start=START), Span(count=DEALS, start=START)
    plans = [deal_at(1, number, deals, opportunities, CUSTOMERS) for number in range(DEALS)]
    twins = [plan for plan in plans if plan.twin is not None]

    assert len(twins) == DEALS // 4
    assert sum(plan.is_cross_referenced for plan in twins) == len(twins) // 2
    for plan in twins:
        told = opportunity_at(1, plan.twin, opportunities, CUSTOMERS)
        assert (told.customer, told.product, told.stage) == (plan.customer, plan.product, plan.stage)


def test_deals_hang_on_customers_that_their_crm_knows():
    accounts, opportunities, companies, deals = sources()

    for number in range(0, opportunities.count, 3):
        assert accounts.number_of(opportunities.row(number)["AccountId"]) is not None
    for number in range(0, deals.count, 3):
        ((company, kinds),) = deals.links(deals.record_id(number))
        assert companies.number_of(company) is not None
        assert kinds == ("Primary",)


def test_customers_have_the_traps_that_fool_matchers():
    plans = [customer_at(1, number) for number in range(CUSTOMERS)]
    subsidiaries = [plan for plan in plans if plan.parent is not None]

    assert len({plan.name for plan in plans}) > 0.99 * CUSTOMERS
    assert len(subsidiaries) > 200
    assert any(plan.domain == plans[plan.parent].domain for plan in subsidiaries)
    assert {plan.domain for plan in plans} >= {*FREE_MAIL, *GROUP_DOMAINS, None}
    assert sum(not plan.name.isascii() for plan in plans) > 300
    assert sum(plan.name != plan.respelled for plan in plans) > CUSTOMERS / 3
    assert {plan.in_both for plan in plans} == {plan.in_salesforce for plan in plans} == {True, False}


def test_partners_are_of_all_kinds():
    partners = [partner_at(1, number) for number in range(60)]

    assert len({partner.code for partner in partners}) == len({partner.name for partner in partners}) == 60
    assert {partner.standing for partner in partners} == set(PartnerStanding)
    assert len({partner.tier for partner in partners}) == 4
    assert len({partner.territory for partner in partners}) == 3
    assert {(partner.in_salesforce, partner.in_hubspot) for partner in partners} == {
        (True, True),
        (True, False),
        (False, True),
    }


def test_the_vendor_has_sellers_channel_managers_and_people_who_left():
    assert {user.role for user in USERS} == set(Role)
    assert 0 < sum(not user.is_active for user in USERS) < len(USERS)
    assert len({user.email for user in USERS}) == len(USERS)


def test_every_scenario_is_told_in_both_crms(campaign):
    told = Counter((plan.scenario, plan.crm) for plan in map(campaign.plan, range(campaign.count)))

    assert set(told) == {(scenario, crm) for scenario in Scenario for crm in Crm}
    assert {plan.expected for plan in map(campaign.plan, range(campaign.count))} == {*Expected, None}


def test_one_cycle_of_submissions_tells_every_scenario(campaign):
    assert {campaign.plan(number).scenario for number in range(CYCLE)} == set(Scenario)


def test_a_follower_comes_later_from_another_partner_for_the_same_deal(campaign):
    followers = [plan for plan in map(campaign.plan, range(campaign.count)) if plan.scenario in FOLLOWERS]

    for plan in followers:
        first = campaign.plan(plan.rival)
        assert first.partner != plan.partner
        assert (first.customer, first.products) == (plan.customer, plan.products)
        assert first.at < plan.at
        assert (first.crm is plan.crm) == (plan.scenario is not Scenario.DUPLICATE_ACROSS)
        assert (plan.dated_at < first.dated_at) == (plan.scenario is Scenario.LATE)


def test_one_submission_in_five_is_there_before_the_start_and_the_others_come_in_order(campaign):
    plans = [campaign.plan(number) for number in range(campaign.count)]
    coming = [plan.at for plan in plans if not plan.is_history]

    assert coming == sorted(coming)
    assert coming[0] > START and coming[-1] < START + campaign.lasts
    assert all(plan.at < START for plan in plans if plan.is_history)
    assert sum(plan.number < campaign.count // 5 for plan in plans) == 100


def test_no_two_stories_share_a_customer(campaign):
    plans = [campaign.plan(number) for number in range(campaign.count)]

    assert len({plan.customer.number for plan in plans}) == len({plan.story for plan in plans})
    assert min(plan.customer.number for plan in plans) >= CUSTOMERS


def test_scanning_a_million_rows_keeps_no_memory():
    source = salesforce_rows.Opportunities(1, 1_000_000, 600_000, START)
    for number in range(0, 1_000_000, 100):  # fills the customers' cache
        source.row(number)
    tracemalloc.start()
    for number in range(25, 1_000_000, 100):
        source.row(number)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert grown < 12_000_000

"""A world is what its seed says, has what a channel programme has, and is there at once."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter
from datetime import timedelta

import pytest

from sandbox.faults import FaultKind, Faults
from sandbox.programme import hubspot_rows, salesforce_rows
from sandbox.programme.scenarios import CYCLE, Crm, Expected, Scenario
from sandbox.world import START, World, build_world


def everything(world: World) -> list[dict]:
    org, portal = world.salesforce, world.hubspot
    rows = [row for name in ("User", "Account", "Opportunity", "Deal_Registration__c") for row in org.rows(name)]
    rows += [row for name in ("companies", "deals", "p_partner_submission") for row in portal.rows(name)]
    links = [portal.associations("deals", row["id"], "companies") for row in portal.rows("deals")]
    return [*rows, *links]


def test_the_same_seed_is_the_same_world_before_and_after_a_busy_week():
    faults = [(FaultKind.TAMPER, None), (FaultKind.MERGE, "hubspot"), (FaultKind.CLONE, "salesforce")]
    worlds = [build_world(seed=seed, scale=0.02) for seed in (4, 4, 5)]
    before = [everything(world) for world in worlds]
    for world in worlds:
        for kind, door in faults:
            world.faults.plan(kind, door=door)
        world.clock.advance(timedelta(days=7))
    after = [everything(world) for world in worlds]

    assert before[0] == before[1] != before[2]
    assert after[0] == after[1] != after[2]
    assert list(worlds[0].people.acts) == list(worlds[1].people.acts)
    assert before[0] != after[0]


def test_how_time_is_advanced_does_not_change_what_happens():
    whole, stepped = build_world(scale=0.02), build_world(scale=0.02)

    whole.clock.advance(timedelta(days=3))
    for _ in range(72 * 4):
        stepped.clock.advance(timedelta(minutes=15))

    assert list(whole.people.acts) == list(stepped.people.acts)
    assert everything(whole) == everything(stepped)


def test_at_scale_one_the_numbers_are_those_promised():
    world = build_world()
    org, portal = world.salesforce, world.hubspot
    stories = [world.campaign.plan(number) for number in range(world.campaign.count)]

    assert world.campaign.customers == 3_000
    assert world.campaign.count == 500
    assert world.campaign.partners == 60
    assert 5_000 <= org.count("Opportunity") < 5_100
    assert 2_000 <= portal.count("deals") < 2_100
    assert org.count("Account") > 2_400 + 60
    assert portal.count("companies") > 2_100 + 60
    history = Counter(plan.crm for plan in stories if plan.is_history)
    assert org.count("Deal_Registration__c") == history[Crm.SALESFORCE] > 40
    assert portal.count("p_partner_submission") == history[Crm.HUBSPOT] > 40


def test_a_partner_has_one_code_in_both_crms_and_none_where_it_is_unknown():
    world = build_world(scale=0.2)
    codes = [
        {row["Partner_Code__c"] for row in world.salesforce.rows("Account") if row["Partner_Code__c"]},
        {code for row in world.hubspot.rows("companies") if (code := row["properties"].get("partner_code"))},
    ]

    assert codes[0] & codes[1]
    assert codes[0] - codes[1] and codes[1] - codes[0]


def test_adopted_registrations_carry_what_people_granted_but_no_registration_id():
    world = build_world(scale=0.1)
    adopted = [row for row in world.salesforce.rows("Deal_Registration__c") if row["Status__c"] == "Approved"]

    assert adopted
    for row in adopted:
        assert row["Protected_Until__c"] > START.date().isoformat()
        assert row["Decision_Date__c"] < START
        assert row["Registration_Id__c"] is None


def test_stories_find_on_file_what_they_are_about():
    world = build_world(scale=0.02, submissions=2 * CYCLE)
    for plan in map(world.campaign.plan, range(world.campaign.count)):
        holder = plan.crm.other if plan.scenario is Scenario.DIRECT_ACROSS else plan.crm
        deal = _story_deal(world, holder, plan.story)
        match plan.scenario:
            case Scenario.DIRECT | Scenario.DIRECT_ACROSS:
                assert deal == ("open", "nobody")
            case Scenario.EXISTING_CUSTOMER:
                assert deal == ("won", "nobody")
            case Scenario.OWN_OPPORTUNITY if plan.crm is Crm.HUBSPOT:
                assert deal == ("open", "partner")
            case Scenario.OWN_OPPORTUNITY:
                assert deal is not None
            case Scenario.CLEAN:
                assert deal is None


def test_a_tiny_world_can_tell_every_story():
    world = build_world(scale=0.02, submissions=CYCLE)
    plans = [world.campaign.plan(number) for number in range(CYCLE)]

    assert {plan.scenario for plan in plans} == set(Scenario)
    assert {plan.expected for plan in plans} >= set(Expected)
    world.clock.advance(timedelta(days=11))
    assert world.salesforce.count("Deal_Registration__c") + world.hubspot.count("p_partner_submission") == CYCLE


def test_a_large_world_costs_next_to_no_memory():
    """Forty times the rows: partners, submissions and stories grow a little, what is on file not at all."""
    build_world(scale=1)  # fills the customers' cache
    tracemalloc.start()
    world = build_world(scale=40, submissions=24)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert world.salesforce.count("Opportunity") > 200_000
    assert grown < 6_000_000


def test_logins_are_data_and_differ_by_crm():
    logins = build_world(scale=0.02).logins()

    assert set(logins) == {"salesforce", "hubspot"}
    assert {"client_id", "client_secret", "username", "private_key"} <= set(logins["salesforce"])
    assert "access_token" in logins["hubspot"]
    assert json.loads(json.dumps(logins)) == logins


@pytest.mark.parametrize("door", ["salesforce", "hubspot"])
def test_transport_faults_stand_in_front_of_both_apps(door):
    faults = Faults()
    world = build_world(scale=0.02, faults=faults)
    faults.plan(FaultKind.SERVER_ERROR, door=door, status=503)

    if door == "salesforce":
        answers = [world.salesforce_session().get("https://x/services/data", timeout=5).status_code for _ in range(2)]
    else:
        pool = world.hubspot_pool()
        answers = [pool.request("GET", "https://x/crm/v3/owners", timeout=5).status for _ in range(2)]

    assert answers[0] == 503 != answers[1]


def _story_deal(world: World, crm: Crm, story: int) -> tuple[str, str] | None:
    """Return whether the story's deal on file is open or won, and whom it names."""
    if crm is Crm.SALESFORCE:
        row = world.salesforce.get("Opportunity", salesforce_rows.story_opportunity_id(story))
        if row is None:
            return None
        return "won" if row["IsWon"] else "open", "partner" if row["Registered_Partner__c"] else "nobody"
    deal_id = hubspot_rows.story_deal_id(story)
    row = world.hubspot.get("deals", deal_id)
    if row is None:
        return None
    labels = {label for _, found in world.hubspot.associations("deals", deal_id, "companies") for label in found}
    is_won = row["properties"]["hs_is_closed_won"] == "true"
    return "won" if is_won else "open", "partner" if "Registering partner" in labels else "nobody"

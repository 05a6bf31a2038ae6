"""People act at their own moments, under their own names, and leave a log of what they did."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from sandbox.clock import SimClock
from sandbox.desks import Kind
from sandbox.faults import FaultKind, Faults
from sandbox.office import Habits
from sandbox.programme.scenarios import CYCLE, Crm, Scenario
from sandbox.salesforce.rules import ValidationRule
from sandbox.world import START, World, build_world

QUIET = Habits(edits=0, stage_moves=0, closings=0, direct_deals=0, renames=0, workflow_edits=0, decides=False)
SUBMISSIONS = {Crm.SALESFORCE: "Deal_Registration__c", Crm.HUBSPOT: "p_partner_submission"}


@pytest.fixture
def world() -> World:
    return build_world(scale=0.02, submissions=2 * CYCLE, lasts=timedelta(days=4), habits=QUIET)


def acts(world: World, what: str):
    return [act for act in world.people.acts if act.what == what]


def number_of(world: World, scenario: Scenario, crm: Crm) -> int:
    plans = map(world.campaign.plan, range(world.campaign.count))
    return next(plan.number for plan in plans if (plan.scenario, plan.crm) == (scenario, crm) and not plan.is_history)


def test_partners_submit_at_the_planned_moment_in_the_planned_crm(world):
    world.clock.advance(timedelta(days=5))

    for crm in Crm:
        for number, record_id in world.people.office.submissions[crm].items():
            plan = world.campaign.plan(number)
            assert plan.crm is crm
            if not plan.is_history:
                assert created_at(world, crm, record_id).replace(microsecond=0) == plan.at.replace(microsecond=0)
    assert sum(map(len, world.people.office.submissions.values())) == world.campaign.count


def created_at(world: World, crm: Crm, record_id: str):
    if crm is Crm.SALESFORCE:
        return world.salesforce.get(SUBMISSIONS[crm], record_id)["CreatedDate"]
    return world.hubspot.get(SUBMISSIONS[crm], record_id)["createdAt"]


def test_a_hubspot_submission_is_linked_to_partner_and_customer_by_label(world):
    world.clock.advance(timedelta(days=5))
    links = Counter(
        label
        for record_id in world.people.office.submissions[Crm.HUBSPOT].values()
        for _, labels in world.hubspot.associations(SUBMISSIONS[Crm.HUBSPOT], record_id, "companies")
        for label in labels
    )

    assert links["Submitting partner"] == len(world.people.office.submissions[Crm.HUBSPOT])
    assert 0 < links["End customer"] < links["Submitting partner"]


@pytest.mark.parametrize("crm", list(Crm))
def test_stories_go_on_after_the_submission(world, crm):
    """The incomplete one is completed, the withdrawn one taken back, the seller's deal opened days later."""
    numbers = {
        scenario: number_of(world, scenario, crm)
        for scenario in (Scenario.CORRECTED, Scenario.WITHDRAWN, Scenario.DIRECT_LATER, Scenario.OPPORTUNITY_AFTER)
    }
    world.clock.advance(timedelta(days=9))
    desk, known = world.people.office.desks[crm], world.people.office.submissions[crm]

    corrected = desk.get(Kind.SUBMISSION, known[numbers[Scenario.CORRECTED]])
    assert corrected["amount"] and corrected["close_on"]
    withdrawn = desk.get(Kind.SUBMISSION, known[numbers[Scenario.WITHDRAWN]])
    assert withdrawn["status"].lower() == "withdrawn"
    opened = {act.at for act in acts(world, "deal_opened") if act.door is crm}
    at = world.campaign.at
    assert at(numbers[Scenario.DIRECT_LATER]) + timedelta(days=3) in opened
    assert at(numbers[Scenario.OPPORTUNITY_AFTER]) + timedelta(hours=30) in opened


def test_channel_managers_decide_what_waits_for_them_under_their_own_names():
    world = build_world(scale=0.02, submissions=CYCLE, habits=Habits())
    waiting, words = {}, {Crm.SALESFORCE: "Under Review", Crm.HUBSPOT: "in_review"}
    for crm, known in world.people.office.submissions.items():
        screens = world.people.office.desks[crm].screens
        for number, record_id in known.items():
            fields = screens.fields[Kind.SUBMISSION]
            values = {fields["status"]: words[crm], fields["registration_id"]: f"REG-2026-{number:05d}"}
            screens.update(Kind.SUBMISSION, record_id, values, who=None)
            waiting[record_id] = world.campaign.plan(number)
    complete = {key for key, plan in waiting.items() if plan.amount is not None}

    world.clock.advance(timedelta(hours=3))
    assert not acts(world, "approved")
    world.clock.advance(timedelta(hours=40))

    decided = {act.record_id: act for act in [*acts(world, "approved"), *acts(world, "rejected")]}
    assert complete <= set(decided)
    for act in decided.values():
        assert act.who is not None
        assert set(act.before.values()) & set(words.values())


def test_sellers_work_on_deals_and_leave_stories_alone():
    world = build_world(scale=0.05, lasts=timedelta(days=2), submissions=CYCLE)
    before = {crm: story_rows(world, crm) for crm in Crm}
    world.people.habits = Habits(decides=False)
    world.clock.advance(timedelta(hours=4))

    done = Counter((act.door, act.what) for act in world.people.acts)
    assert all(done[crm, "deal_edited"] for crm in Crm)
    assert all(done[crm, "stage_moved"] for crm in Crm)
    assert {crm: story_rows(world, crm) for crm in Crm} == before


def story_rows(world: World, crm: Crm):
    desk = world.people.office.desks[crm]
    return [
        desk.get(Kind.SUBMISSION, record_id)
        for number, record_id in world.people.office.submissions[crm].items()
        if world.campaign.plan(number).is_history
        and world.campaign.plan(number).scenario not in (Scenario.WITHDRAWN, Scenario.CORRECTED)
    ]


def test_nobody_acts_while_people_are_still_and_all_catch_up_afterwards(world):
    world.people.is_still = True
    world.clock.advance(timedelta(days=5))
    assert not world.people.acts

    world.people.is_still = False
    world.clock.advance(1)
    assert len(acts(world, "submitted")) == sum(
        not world.campaign.plan(number).is_history for number in range(world.campaign.count)
    )


def test_an_act_knows_what_was_there_before(world):
    world.clock.advance(timedelta(days=5))
    act = acts(world, "withdrawn")[0]

    assert act.before != act.after
    assert set(act.before) == set(act.after)
    assert START < act.at <= START + timedelta(days=5)


def test_what_the_crm_refuses_is_noted_and_the_day_goes_on(world):
    """A rule of the org refuses the partner's correction; nobody else is held up."""
    rule = ValidationRule(
        object_name="Deal_Registration__c", is_broken=lambda row: row["Amount__c"] == 77_700, message="No such amount."
    )
    world.salesforce.validation_rules.append(rule)
    record_id = next(iter(world.people.office.submissions[Crm.SALESFORCE].values()))

    plan_and_tick(world, FaultKind.EDIT_BACK, Crm.SALESFORCE, record_id=record_id)

    assert acts(world, "edited_back_refused")[0].record_id == record_id
    assert len(acts(world, "edited_back")) == 1  # the second edit, back to what it was


def test_without_a_simulated_clock_people_act_when_told():
    class Stopped:
        def now(self):
            return START

        def sleep(self, seconds):
            raise AssertionError("nobody sleeps here")

        def monotonic(self):
            return 0.0

    world = build_world(scale=0.02, submissions=CYCLE, clock=Stopped(), habits=QUIET)
    assert not world.people.acts

    world.people.act(START + timedelta(days=11))

    assert acts(world, "submitted")


def plan_and_tick(world: World, kind: FaultKind, crm: Crm, **options) -> None:
    world.faults.plan(kind, door=crm.value, **options)
    world.clock.advance(timedelta(minutes=21))


@pytest.mark.parametrize("crm", list(Crm))
def test_mischief_is_done_when_it_is_planned(world, crm):
    """Each kind of people's fault changes what it says, in the CRM it was planned for."""
    desk, object_name = world.people.office.desks[crm], SUBMISSIONS[crm]
    number, record_id = next(iter(world.people.office.submissions[crm].items()))

    plan_and_tick(world, FaultKind.TAMPER, crm, record_id=record_id)
    assert desk.get(Kind.SUBMISSION, record_id)["protected_until"] > "2027"
    plan_and_tick(world, FaultKind.EDIT_BACK, crm, record_id=record_id)
    there, back = acts(world, "edited_back")
    assert (there.record_id, there.before) == (record_id, back.after)
    plan_and_tick(world, FaultKind.TRANSFER, crm, record_id=record_id)
    assert acts(world, "transferred")[0].record_id == record_id
    plan_and_tick(world, FaultKind.CLONE, crm, record_id=record_id)
    copied = acts(world, "cloned")[0].record_id
    assert (
        desk.get(Kind.SUBMISSION, copied)["protected_until"] == desk.get(Kind.SUBMISSION, record_id)["protected_until"]
    )
    plan_and_tick(world, FaultKind.DELETE, crm, record_id=record_id)
    assert desk.get(Kind.SUBMISSION, record_id) is None
    plan_and_tick(world, FaultKind.UNDELETE, crm)
    assert desk.get(Kind.SUBMISSION, record_id) is not None
    plan_and_tick(world, FaultKind.MERGE, crm)
    assert acts(world, "merged")
    plan_and_tick(world, FaultKind.MASS_UPDATE, crm, rows=5)
    assert len({act.at for act in acts(world, "mass_updated")}) == 1
    assert world.campaign.plan(number).crm is crm
    assert {act.object_name for act in acts(world, "cloned")} == {object_name}


def test_two_partners_submit_one_deal_in_the_same_second_in_both_crms(world):
    plan_and_tick(world, FaultKind.SAME_SECOND, Crm.SALESFORCE)
    plan_and_tick(world, FaultKind.SAME_SECOND, Crm.HUBSPOT)

    pairs = Counter()
    for crm, known in world.people.office.submissions.items():
        for number, record_id in known.items():
            if number >= world.campaign.count:
                pairs[created_at(world, crm, record_id)] += 1
    assert list(pairs.values()) == [2, 2]


def test_mischief_by_chance_follows_its_rates_and_its_seed():
    def run():
        faults = Faults(random.Random(3), {FaultKind.TAMPER: 0.2, FaultKind.DELETE: 0.05})
        world = build_world(scale=0.02, faults=faults, clock=SimClock(START), habits=QUIET)
        world.clock.advance(timedelta(days=2))
        return [(act.at, act.what, act.record_id) for act in world.people.acts]

    first = run()
    assert first == run()
    assert sum(what == "tampered" for _, what, _ in first) > 20
    assert any(what == "deleted" for _, what, _ in first)

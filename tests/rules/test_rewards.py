"""Who is paid what: sizes, places, parts, stacking, caps, conditions of payment, splits; kept as agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rules.choice import Choice, Row
from rules.decide import decide
from rules.expression import Condition, Formula, Type
from rules.measures import Lines
from rules.money import fixed_rates
from rules.policy import FactRule
from rules.primitives.jurisdictions import Jurisdictions
from rules.primitives.parties import Parties, PartyRule
from rules.primitives.precedence import Precedence, Second
from rules.primitives.rewards import Need, RewardKind, RewardRule, Rewards, worth
from rules.primitives.thresholds import Shortfall
from rules.records import Line, Money, Proof, Status
from rules.roles import Role
from rules.situation import Situation
from rules.span import Span
from rules.stacking import Stacking
from rules.values import Percent
from tests.rules.build import (
    CONTOSO,
    NORTHWIND,
    POLICY,
    applied,
    case,
    claim,
    flags,
    found,
    lived,
    minimum,
    opportunity,
    partner,
    registered,
    registration,
    rival,
    statuses,
    usd,
    utc,
)

NOW = utc("2026-03-02T10:05:00Z")
OWN = (FactRule(name="deal.is_verified", type=Type.BOOL),)


def percent(number):
    return Choice.always(Percent(Decimal(number)))


def points(number):
    return Choice.always(Decimal(number))


def policy(*rules, **changes):
    section = {
        name: changes.pop(name)
        for name in ("stacking", "within_group", "chosen_by", "cap", "floor", "cap_percent")
        if name in changes
    }
    return replace(POLICY, holding=None, facts=OWN, rewards=Rewards(rules=rules, **section), **changes)


def rule(name="discount", **changes):
    return RewardRule(name=name, **changes)


def given(decision):
    """The rewards as (rule, whom, how much, state)."""
    return [(each.rule, str(each.role), _size(each), each.state) for each in decision.terms.rewards]


def _size(reward):
    if reward.points is not None:
        return reward.points
    if reward.amount is not None:
        return reward.amount.amount
    return reward.percent if reward.percent is not None else reward.entitlement


def ask(rules, of=None, now=NOW, held=None, **changes):
    return decide(case(of, held, **changes), rules, now)


# How large


@pytest.mark.parametrize(
    ("tier", "expected"),
    [("Silver", 8), ("gold", 10), ("Platinum", 12), ("registered", None), (None, None)],
)
def test_percent_by_tier_of_the_licence_part_only(tier, expected):
    """Veeam: 8, 10, 12 % of the licences, not of maintenance."""
    by_tier = Choice(
        tuple(
            Row(Percent(Decimal(number)), Condition(f"partner.tier == '{name}'"), name)
            for name, number in (("silver", 8), ("gold", 10), ("platinum", 12))
        )
    )
    rules = policy(rule(percent=by_tier, lines=Lines(parts=frozenset({"licence"}))))
    lines = (Line(part="Licence", amount=usd(15_000)), Line(part="maintenance", amount=usd(5_000)))
    decision = ask(rules, claim(partner=partner(tier=tier), lines=lines))

    if expected is None:
        assert decision.terms.rewards == ()
    else:
        (reward,) = decision.terms.rewards
        assert (reward.percent, reward.amount, reward.partner_id) == (expected, usd(150 * expected), NORTHWIND)


@pytest.mark.parametrize(("units", "expected"), [(100, 5), (499, 5), (500, 8), (1_499, 8), (1_500, 10), (5_000, 12)])
def test_percent_by_band_of_units(units, expected):
    bands = Choice(
        (
            Row(Percent(Decimal(5)), Condition("deal.units >= 100 and deal.units <= 499")),
            Row(Percent(Decimal(8)), Condition("deal.units >= 500 and deal.units <= 1499")),
            Row(Percent(Decimal(10)), Condition("deal.units >= 1500 and deal.units <= 4999")),
            Row(Percent(Decimal(12)), Condition("deal.units >= 5000")),
        )
    )

    (reward,) = ask(policy(rule(percent=bands)), claim(units=Decimal(units))).terms.rewards
    assert reward.percent == expected


def test_amount_points_and_what_is_not_money():
    rules = policy(
        rule("spiff", kind=RewardKind.FEE, amount=Choice.always(usd(500))),
        rule("points", kind=RewardKind.POINTS, points=points(20)),
        rule("help", kind=RewardKind.SUPPORT, entitlement="a pre-sales engineer for ten days"),
    )

    assert given(ask(rules)) == [
        ("spiff", "owner", 500, "granted"),
        ("points", "owner", 20, "granted"),
        ("help", "owner", "a pre-sales engineer for ten days", "granted"),
    ]


def test_base_may_be_worked_out():
    rules = policy(rule(percent=percent(10), base=Formula("deal.amount - 5000 USD", wanted=frozenset({Type.MONEY}))))

    assert given(ask(rules)) == [("discount", "owner", 1_500, "granted")]


def test_percent_stands_alone_where_the_part_is_not_known():
    (reward,) = ask(policy(rule(percent=percent(10), lines=Lines(parts=frozenset({"licence"}))))).terms.rewards

    assert (reward.percent, reward.amount) == (10, None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cap": usd(1_500)}, 1_500),
        ({"floor": usd(2_500)}, 2_500),
        ({"cap": Money(amount=Decimal(1_000), currency="EUR")}, 1_090),
        ({"cap": usd(3_000), "floor": usd(100)}, 2_000),
    ],
)
def test_cap_and_floor_of_a_reward(changes, expected):
    decision = ask(policy(rule(percent=percent(10), **changes)), rates=fixed_rates({"EUR": Decimal("1.09")}))

    assert given(decision) == [("discount", "owner", expected, "granted")]


# How several add up


NEW = rule("new customer", points=points(25), when=Condition("customer.is_new"))
EMERGING = rule("emerging", points=points(15), when=Condition("deal.kind == 'emerging'"))


@pytest.mark.parametrize(
    ("stacking", "expected"),
    [
        (Stacking.MAX, [("new customer", 25)]),  # the highest only: 25, not 40
        (Stacking.SUM, [("emerging", 15), ("new customer", 25)]),
        (Stacking.FIRST, [("emerging", 15)]),
    ],
)
def test_stacking(stacking, expected):
    decision = ask(policy(EMERGING, NEW, stacking=stacking), claim(kind="emerging"))

    assert [(each.rule, each.points) for each in decision.terms.rewards] == expected


def test_highest_of_equals_is_the_first_and_what_cannot_be_compared_stays():
    rules = policy(
        rule("a", points=points(15)),
        rule("b", points=points(15)),
        rule("money", percent=percent(1)),
        rule("help", entitlement="an engineer"),
        stacking=Stacking.MAX,
    )

    assert [each.rule for each in ask(rules).terms.rewards] == ["a", "money", "help"]


def test_rewards_of_one_group_exclude_each_other_and_groups_add_up():
    rules = policy(
        rule("base", percent=percent(10), group="base"),
        rule("gold", percent=percent(14), group="base"),
        rule("registration", percent=percent(8), group="registration"),
    )

    assert [each.rule for each in ask(rules).terms.rewards] == ["gold", "registration"]
    summed = replace(rules, rewards=replace(rules.rewards, within_group=Stacking.SUM, stacking=Stacking.MAX))
    assert [each.rule for each in ask(summed).terms.rewards] == ["base", "gold"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("upfront", [("help", "granted"), ("discount", "granted")]),
        ("Back-end", [("help", "granted"), ("rebate", "granted")]),
        (None, [("help", "granted"), ("discount", "pending"), ("rebate", "pending")]),
    ],
)
def test_partner_elects_one_group(choice, expected):
    """Lenovo: upfront discount or back-end rebate, never both; pending until the partner has said which."""
    rules = policy(
        rule("help", entitlement="an engineer"),
        rule("discount", percent=percent(5), group="upfront"),
        rule("rebate", kind=RewardKind.REBATE, percent=percent(6), group="back-end"),
        stacking=Stacking.CHOICE,
        chosen_by="deal.reward_choice",
    )
    decision = ask(rules, claim(facts={"reward_choice": choice} if choice else {}))

    assert [(each.rule, each.state) for each in decision.terms.rewards] == expected


def test_election_made_later_counts():
    rules = policy(
        rule("discount", percent=percent(5), group="upfront"),
        rule("rebate", percent=percent(6), group="back-end"),
        stacking=Stacking.CHOICE,
        chosen_by="deal.reward_choice",
    )
    held = applied(registration(claim()), ask(rules))
    chosen = claim(facts={"reward_choice": "back-end"})

    assert given(ask(rules, chosen, held=held, now=utc("2026-03-10T00:00:00Z"))) == [
        ("rebate", "owner", 1_200, "granted")
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cap_percent": Percent(Decimal(15))}, [(10, 2_000), (5, 1_000)]),
        ({"cap": usd(2_500)}, [(10, 2_000), (8, 500)]),
        ({"floor": usd(4_000)}, [(10, 2_400), (8, 1_600)]),
    ],
)
def test_cap_and_floor_of_one_party(changes, expected):
    decision = ask(policy(rule("a", percent=percent(10)), rule("b", percent=percent(8)), **changes))

    assert [(each.percent, each.amount.amount) for each in decision.terms.rewards] == expected


# To whom


OWNERS = rule("owner", percent=percent(10))
HALF = rule("by place", percent=percent(10), by_rank=(Percent(Decimal(100)), Percent(Decimal(50))))


def test_second_place_gets_half_and_the_third_nothing():
    rules = policy(HALF, OWNERS, precedence=Precedence(second=Second.RANKED, places=3))
    first = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    held = registered(first, start="2026-03-01T12:00:00Z")
    decision = ask(rules, rivals=(rival(first, held),), now=NOW)
    assert statuses(decision) == [Status.REGISTERED]
    assert decision.terms.rank == 2
    assert given(decision) == [("by place", "second", 1_000, "granted")]

    other = claim("2026-03-01T11:00:00Z", number=3, partner=partner("PTR-THIRD"))
    third = ask(
        rules,
        rivals=(
            rival(first, held),
            rival(other, replace(registered(other, start="2026-03-01T12:00:00Z"), rank=2, exclusive=False)),
        ),
    )
    assert third.terms.rank == 3
    assert third.terms.rewards == ()


def test_equal_access_gives_everyone_the_reward_of_the_first():
    rules = policy(HALF, jurisdictions=Jurisdictions(equal_access=frozenset({"DE"})))
    first = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    decision = ask(rules, rivals=(rival(first, registered(first, start="2026-03-01T12:00:00Z", exclusive=False)),))

    assert not decision.terms.exclusive
    assert [each.percent for each in decision.terms.rewards] == [10]


def test_loser_is_consoled_and_paid_once_the_deal_is_won():
    consolation = rule("consolation", kind=RewardKind.FEE, to=Role.LOSER, amount=Choice.always(usd(250)))
    first = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    decision = ask(policy(OWNERS, consolation), rivals=(rival(first, registered(first, start="2026-03-01T12:00:00Z")),))

    assert statuses(decision) == [Status.REFUSED]
    assert given(decision) == [("consolation", "loser", 250, "granted")]
    assert (
        ask(policy(OWNERS, consolation, thresholds=minimum(usd(90_000)))).terms.rewards == ()
    )  # refused on its own merits


def test_deal_too_small_to_need_registration_gets_its_points_all_the_same():
    """Check Point: under 20,000 six points without registration; refused where the policy grants nothing."""
    small = rule("small deal", kind=RewardKind.POINTS, to=Role.UNREGISTERED, points=points(6))
    deal = claim(amount=usd(18_000))

    granted = ask(policy(small, thresholds=minimum(usd(20_000), below=Shortfall.UNNEEDED)), deal)
    assert given(granted) == [("small deal", "unregistered", 6, "granted")]
    assert given(ask(policy(small, thresholds=minimum(usd(20_000))), deal)) == []


PARTIES = {"influencer": partner("PTR-INF"), "fulfiller": partner("PTR-FUL")}


def test_influence_is_paid_whoever_holds_the_deal():
    influence = rule("influence", kind=RewardKind.FEE, to=Role.INFLUENCER, percent=percent(3))
    fulfilment = rule("fulfilment", to=Role.FULFILLER, percent=percent(4))
    rules = policy(OWNERS, influence, fulfilment)
    mine = claim(parties=PARTIES)
    won = ask(rules, mine)
    assert [(each.rule, each.partner_id) for each in won.terms.rewards] == [
        ("owner", NORTHWIND), ("influence", "PTR-INF"), ("fulfilment", "PTR-FUL")
    ]  # fmt: skip

    first = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    refused = ask(rules, mine, rivals=(rival(first, registered(first, start="2026-03-01T12:00:00Z")),))
    assert given(refused) == [("influence", "influencer", 600, "granted")]


def test_owners_reward_is_split():
    split = Parties(rules=(PartyRule(role=Role.FULFILLER, share=Percent(Decimal(40))),))
    decision = ask(policy(OWNERS, parties=split), claim(parties=PARTIES))

    assert [(each.role, each.partner_id, each.percent, each.amount) for each in decision.terms.rewards] == [
        (Role.OWNER, NORTHWIND, 6, usd(1_200)),
        (Role.FULFILLER, "PTR-FUL", 4, usd(800)),
    ]
    assert [each.percent for each in ask(policy(OWNERS, parties=split)).terms.rewards] == [10]


def test_of_several_registered_partners_only_the_one_that_closes_is_paid():
    rules = policy(OWNERS, parties=Parties(closer_only=True), precedence=Precedence(second=Second.CO_SELL, places=5))
    other = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    live = registered(other, start="2026-03-01T12:00:00Z", exclusive=False)
    first = ask(rules, rivals=(rival(other, live),))
    assert given(first) == [("owner", "owner", 2_000, "pending")]

    held = applied(registration(claim()), first)
    theirs = replace(live, status=Status.WON, ended_at=NOW)
    after = ask(rules, held=held, rivals=(rival(other, theirs),), now=utc("2026-03-10T00:00:00Z"))
    assert [(each.state, each.reason) for each in after.terms.rewards] == [("lost", "reward_lost")]


# Paid when


def booked(close_on, created="2026-03-02T12:00:00Z", **changes):
    values = {
        "is_closed": True,
        "is_won": True,
        "close_on": date.fromisoformat(close_on),
        "modified": f"{close_on}T12:00:00Z",
    }
    return found(opportunity(created, **{**values, **changes}))


@pytest.mark.parametrize(
    ("approved", "closed", "expected"),
    [
        ("2026-03-31T10:00:00Z", "2026-03-31", ("granted", None)),
        ("2026-04-01T10:00:00Z", "2026-03-31", ("lost", "reward_lost")),  # approved a day after the quarter's end
    ],
)
def test_rebate_needs_the_registration_before_the_quarter_ends(approved, closed, expected):
    """GitLab: registered one day after the quarter in which the deal was booked: no rebate for that quarter."""
    in_time = Need(require=Condition("date(deal.approved_at) <= quarter_end(deal.closed_on)"), is_final=True)
    rules = policy(rule("rebate", kind=RewardKind.REBATE, percent=percent(2), needs=(in_time,)))
    first = ask(rules, now=utc(approved))
    assert [each.state for each in first.terms.rewards] == ["pending"]

    held = applied(registration(claim()), first)
    won = ask(rules, held=held, opportunities=(booked(closed),), now=utc("2026-04-02T00:00:00Z"))
    assert statuses(won) == [Status.WON]
    assert [(each.state, each.reason) for each in won.terms.rewards] == [expected]


def test_payment_waits_for_its_conditions_and_is_granted_when_they_hold():
    """Commission only after close, with documents verified."""
    verified = Need(require=Condition("deal.is_verified", {"deal.is_verified": Type.BOOL}))
    rules = policy(rule("commission", percent=percent(15), needs=(Need(require=Condition("deal.is_won")), verified)))
    first = ask(rules)
    assert given(first) == [("commission", "owner", 3_000, "pending")]
    held = applied(registration(claim()), first)
    assert not ask(rules, held=held, now=utc("2026-03-05T00:00:00Z")).transitions

    won = ask(rules, held=held, opportunities=(booked("2026-03-10"),), now=utc("2026-03-11T00:00:00Z"))
    assert [(each.state, each.reason) for each in won.terms.rewards] == [("pending", "reward_pending")]
    ended = applied(held, won)
    known = booked("2026-03-10")
    later = ask(
        rules,
        claim(facts={"is_verified": True}),
        held=ended,
        opportunities=(replace(known, is_linked=True),),
        now=utc("2026-03-20T00:00:00Z"),
    )
    assert given(later) == [("commission", "owner", 3_000, "granted")]


def test_terms_stand_as_agreed_until_the_deal_is_won():
    """A tier lost after registration takes nothing away; the reward of a won deal is of what it was won with."""
    by_tier = Choice((Row(Percent(Decimal(10)), Condition("partner.tier == 'gold'")), Row(Percent(Decimal(5)))))
    rules = policy(rule(percent=by_tier))
    gold = claim(partner=partner(tier="gold"))
    held = applied(registration(gold), ask(rules, gold))
    assert [each.percent for each in held.rewards] == [10]

    silver = ask(rules, claim(partner=partner(tier="silver")), held=held, now=utc("2026-03-10T00:00:00Z"))
    assert [each.percent for each in silver.terms.rewards] == [10]

    won = ask(
        rules,
        gold,
        held=held,
        opportunities=(booked("2026-03-10", amount=usd(30_000)),),
        now=utc("2026-03-11T00:00:00Z"),
    )
    assert [(each.percent, each.amount) for each in won.terms.rewards] == [(10, usd(3_000))]


def test_reward_that_becomes_due_later_is_given():
    rules = policy(OWNERS, rule("extra", points=points(5), when=Condition("'reference' in deal.evidence")))
    held = applied(registration(claim()), ask(rules))
    assert [each.rule for each in held.rewards] == ["owner"]
    shown = ask(rules, claim(evidence=(Proof(kind="reference"),)), held=held, now=utc("2026-03-10T00:00:00Z"))
    assert [each.rule for each in shown.terms.rewards] == ["owner", "extra"]


def test_registration_that_runs_out_forfeits_its_reward():
    rules = policy(OWNERS)
    held = applied(registration(claim()), ask(rules))
    over = ask(rules, held=held, now=utc("2026-12-01T00:00:00Z"))

    assert statuses(over) == [Status.EXPIRED]
    assert [(each.state, each.reason) for each in over.terms.rewards] == [("lost", "reward_lost")]
    again = ask(rules, held=applied(held, over), now=utc("2026-12-02T00:00:00Z"))
    assert again.terms == over.terms
    assert again.memory == over.memory


def test_revenue_share_lasts_three_years_from_the_win():
    rules = policy(rule("share", kind=RewardKind.COMMISSION, percent=percent(20), lasts=Span(months=36)))
    held = applied(registration(claim()), ask(rules))
    assert [each.until for each in held.rewards] == [None]
    won = ask(rules, held=held, opportunities=(booked("2026-03-10"),), now=utc("2026-03-11T00:00:00Z"))

    assert [each.until for each in won.terms.rewards] == [date(2029, 3, 10)]


def test_rewards_are_told_in_the_explanation():
    decision = ask(policy(rule("discount", percent=percent(10), needs=(Need(require=Condition("deal.is_won")),))))

    assert [each.text for each in decision.steps if each.rule == "reward.discount"] == [
        "discount of 10 % = 2,000.00 USD to owner PTR-NORTHWIND; waits: deal.is_won"
    ]


def test_worth_compares_two_programmes():
    small, large = policy(rule(percent=percent(5))), policy(rule(percent=percent(8)))

    assert worth(Situation(case(), small, NOW)) < worth(Situation(case(), large, NOW))


def test_no_rewards_without_rules_and_before_a_decision():
    assert ask(replace(POLICY, holding=None)).terms.rewards == ()
    assert decide(case(), replace(policy(OWNERS), holding=POLICY.holding), NOW).terms.rewards == ()


def test_amounts_in_two_currencies_are_compared_and_capped_by_the_rates():
    rules = policy(
        rule("euros", kind=RewardKind.FEE, amount=Choice.always(Money(amount=Decimal(1_000), currency="EUR"))),
        rule("dollars", kind=RewardKind.FEE, amount=Choice.always(usd(1_050))),
        stacking=Stacking.MAX,
        cap=usd(545),
    )
    (reward,) = ask(rules, rates=fixed_rates({"EUR": Decimal("1.09")})).terms.rewards

    assert (reward.rule, reward.amount) == ("euros", Money(amount=Decimal(500), currency="EUR"))


def test_reward_of_which_nothing_is_left_is_left_out_and_told():
    decision = ask(policy(rule("a", percent=percent(10)), rule("b", percent=percent(8)), cap=usd(2_000)))

    assert [each.rule for each in decision.terms.rewards] == ["a"]
    assert any(each.rule == "rewards" and each.text.endswith(": b") for each in decision.steps)


TIERED = Choice(
    (Row(Percent(Decimal(8)), Condition("partner.tier == 'gold'"), "gold"), Row(Percent(Decimal(5)))),
)
LARGE = rule("large", percent=percent(3), when=Condition("deal.amount > 50000 USD"))
VERIFIED = rule("verified", percent=percent(3), when=Condition("deal.is_verified", {"deal.is_verified": Type.BOOL}))


def risen(**changes):
    """A deal of 20,000 USD registered by a silver partner that is gold by now, and what else has changed."""
    silver = claim(partner=partner(tier="silver"))
    rules = policy(rule(percent=TIERED), LARGE, VERIFIED)
    _, held = lived(registration(silver), silver, rules, "2026-03-02T10:05:00Z")
    return lived(held, replace(silver, partner=partner(tier="gold"), **changes), rules, "2026-03-03T10:05:00Z")[0]


def test_reward_that_becomes_due_later_changes_nothing_of_those_agreed():
    """The verified deal brings its 3 %; the discount stays at the 5 % of the tier at registration."""
    assert given(risen(facts={"is_verified": True})) == [
        ("discount", "owner", Decimal(1_000), "granted"),
        ("verified", "owner", Decimal(600), "granted"),
    ]


def test_amount_that_nobody_accepted_brings_no_reward():
    """Three times the amount typed into a registered deal: a person is asked, and nothing is paid for it meanwhile."""
    decision = risen(amount=usd(60_000))

    assert given(decision) == [("discount", "owner", Decimal(1_000), "granted")]
    assert flags(decision) == ["deal_changed"]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"stacking": Stacking.MAX}, [("discount", Decimal(1_000))]),
        ({"cap": usd(1_200)}, [("discount", Decimal(1_000)), ("verified", Decimal(200))]),
        ({"cap_percent": Percent(Decimal(6))}, [("discount", Decimal(1_000)), ("verified", Decimal(200))]),
    ],
)
def test_reward_that_becomes_due_later_is_held_against_those_agreed(section, expected):
    rules, deal = policy(rule(percent=percent(5)), VERIFIED, **section), claim()
    _, held = lived(registration(deal), deal, rules, "2026-03-02T10:05:00Z")

    decision, _ = lived(held, replace(deal, facts={"is_verified": True}), rules, "2026-03-03T10:05:00Z")

    assert [(name, size) for name, _, size, _ in given(decision)] == expected

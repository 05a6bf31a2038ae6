"""Changes of a registered deal: another kind, more products, another amount, another customer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from rules.action import Action
from rules.cases import Command, CommandKind
from rules.choice import Choice, Row
from rules.expression import Condition
from rules.primitives.conversion import Conversion, Conversions, Kind, Requests
from rules.primitives.window import Protection
from rules.records import Customer, Request, Standing, Status
from rules.span import Span
from tests.rules.build import (
    CONTOSO,
    POLICY,
    claim,
    flags,
    lived,
    partner,
    reasons,
    registered,
    rival,
    usd,
    utc,
)

PROJECT = replace(claim("2026-02-28T10:00:00Z"), kind="project")
SPECIAL = replace(PROJECT, kind="special pricing")
HELD = registered(PROJECT, start="2026-03-01T10:00:00Z", kind="project")  # until the end of 30 May
KINDS = (Kind(name="project"), Kind(name="special pricing", exclusive=False))
LENGTHS = Choice((Row(Span(days=30), Condition("deal.kind == 'special pricing'")), Row(Span(days=90))))
AT = "2026-03-21T09:00:00Z"


def policy(action: Action = Action.OFF, kinds=KINDS, requests: Requests | None = None, **changes: Any):
    change = Conversion(source="project", target="special pricing", action=action, **changes)
    conversions = Conversions(kinds=kinds, changes=(change,), requests=requests or Requests())
    return replace(POLICY, conversions=conversions, protection=Protection(length=LENGTHS))


def asking(of, kind: str, at: str = AT):
    return replace(of, request=Request(kind=kind, at=utc(at)))


def begun(rules, of=PROJECT):
    return lived(HELD, of, rules, "2026-03-02T00:00:00Z")[1]


def approve(at: str, **changes: Any) -> Command:
    return Command(
        kind=CommandKind.APPROVE, at=utc(at), source="command line", **{"actor": "005A", "is_allowed": True, **changes}
    )


@pytest.mark.parametrize(
    ("retroactive", "end"),
    [
        (True, "2026-04-01T00:00:00Z"),  # 30 days from 1 March, as if it had been that kind all along
        (False, "2026-04-21T00:00:00Z"),  # 30 days from the change
    ],
)
@pytest.mark.parametrize("of", [SPECIAL, asking(SPECIAL, "conversion")])
def test_conversion_takes_over_the_other_kinds_terms(retroactive, end, of):
    rules = policy(is_retroactive=retroactive)

    decision, held = lived(begun(rules), of, rules, AT)

    assert reasons(decision) == ["conversion_done"]
    assert (held.kind, held.exclusive) == ("special pricing", False)
    assert held.window is not None
    assert held.window.start == HELD.window.start
    assert held.window.end == utc(end)
    assert held.status is Status.REGISTERED


def test_retroactive_conversion_whose_window_is_over_ends_with_it():
    rules = policy(is_retroactive=True)

    decision, _ = lived(begun(rules), SPECIAL, rules, "2026-04-10T00:00:00Z")

    assert [(each.status, each.reason, each.at) for each in decision.transitions] == [
        (Status.REGISTERED, "conversion_done", utc("2026-04-10T00:00:00Z")),
        (Status.EXPIRED, "window_ended", utc("2026-04-10T00:00:00Z")),
    ]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (policy(Action.REVIEW), "conversion_requested"),
        (policy(Action.REFUSE), "conversion_refused"),
        (policy(when=Condition("deal.amount < 10000 USD")), "conversion_refused"),
        (policy(when=Condition("partner.tier == 'gold'")), "conversion_requested"),  # the tier is not known
        (
            policy(kinds=(KINDS[0], replace(KINDS[1], require=Condition("deal.amount > 50000 USD")))),
            "conversion_refused",
        ),
    ],
)
@pytest.mark.parametrize("of", [SPECIAL, asking(SPECIAL, "conversion")])
def test_conversion_that_the_policy_does_not_do_by_itself_is_shown(rules, code, of):
    decision, held = lived(begun(rules), of, rules, AT)

    assert not decision.transitions
    assert flags(decision) == [code]
    assert (held.kind, held.window) == ("project", HELD.window)


def test_person_accepts_a_conversion_by_approving_once_more():
    rules, of = policy(Action.REVIEW), replace(asking(SPECIAL, "conversion"), modified_at=utc(AT))
    _, held = lived(begun(rules), of, rules, AT)

    early, _ = lived(held, of, rules, "2026-03-22T09:05:00Z", command=approve("2026-03-20T09:00:00Z"))
    assert not early.transitions  # a word given before the change does not mean it
    done, held = lived(held, of, rules, "2026-03-22T09:05:00Z", command=approve("2026-03-22T09:00:00Z"))

    assert reasons(done) == ["conversion_done"]
    assert held.kind == "special pricing"
    assert flags(lived(held, of, rules, "2026-03-23T09:05:00Z")[0]) == []


def test_conversion_never_gives_one_deal_to_two_partners():
    """What was shared cannot become exclusive while another partner holds the deal."""
    kinds = (Kind(name="special pricing", exclusive=False), Kind(name="project", exclusive=True))
    conversions = Conversions(
        kinds=kinds, changes=(Conversion(source="special pricing", target="project", action=Action.OFF),)
    )
    rules = replace(POLICY, conversions=conversions)
    shared = replace(HELD, kind="special pricing", exclusive=False)
    other = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    rivals = (rival(other, registered(other, start="2026-03-05T10:00:00Z")),)
    _, held = lived(shared, SPECIAL, rules, "2026-03-02T00:00:00Z", rivals=rivals)

    decision, held = lived(held, PROJECT, rules, AT, rivals=rivals)

    assert "deal_is_held" in flags(decision)
    assert (held.kind, held.exclusive) == ("special pricing", False)


def test_kind_is_free_text_where_the_policy_names_none():
    _, held = lived(HELD, PROJECT, POLICY, "2026-03-02T00:00:00Z")
    decision, held = lived(held, SPECIAL, POLICY, AT)

    assert not flags(decision)
    assert held.kind == "project"


CHANGED = {
    "amount": {"amount": usd(30_000)},
    "products": {"products": ("Analytics", "Platform")},
    "units": {"units": Decimal(50)},
    "customer": {"customer": Customer(name="Other Works", domain="other-works.de", country="DE")},
}


@pytest.mark.parametrize("part", sorted(CHANGED))
def test_change_after_registration_is_noticed_and_changes_no_terms(part):
    held = begun(POLICY)
    of = replace(PROJECT, **CHANGED[part])

    decision, after = lived(held, of, POLICY, AT)

    assert not decision.transitions
    assert flags(decision) == ["deal_changed"]
    assert part in decision.flags[0].detail
    assert (after.deal_key, after.window) == (HELD.deal_key, HELD.window)
    assert not flags(lived(after, PROJECT, POLICY, AT)[0])  # set right again
    accepted, after = lived(after, of, POLICY, AT, command=approve(AT))
    assert not flags(accepted)
    assert not flags(lived(after, of, POLICY, "2026-03-22T09:05:00Z")[0])


@pytest.mark.parametrize(
    ("kind", "part", "other"),
    [("reprice", "amount", "products"), ("addendum", "products", "amount"), ("addendum", "units", "amount")],
)
def test_addendum_and_reprice_are_done_reviewed_or_refused(kind, part, other):
    of = asking(replace(PROJECT, **CHANGED[part]), kind)
    for action, code in ((Action.REVIEW, "conversion_requested"), (Action.REFUSE, "conversion_refused")):
        rules = policy(requests=Requests(**{kind: action}))
        decision, held = lived(begun(rules), of, rules, AT)
        assert (reasons(decision), flags(decision)) == ([], [code])
        assert flags(lived(held, of, rules, "2026-03-22T09:05:00Z")[0]) == [code]  # until it is answered

    rules = policy(requests=Requests(**{kind: Action.OFF}))
    decision, held = lived(begun(rules), of, rules, AT)
    assert (reasons(decision), flags(decision)) == (["conversion_done"], [])
    silent, _ = lived(begun(rules), replace(PROJECT, **CHANGED[part]), rules, AT)
    assert not flags(silent)
    assert flags(lived(begun(rules), replace(PROJECT, **CHANGED[other]), rules, AT)[0]) == ["deal_changed"]


def test_addendum_of_a_suspended_registration_leaves_it_suspended():
    bad = partner(standing=Standing.SUSPENDED)
    rules = policy(requests=Requests(addendum=Action.OFF))
    _, held = lived(begun(rules), replace(PROJECT, partner=bad), rules, "2026-03-05T00:00:00Z")

    decision, held = lived(
        held, replace(asking(replace(PROJECT, **CHANGED["units"]), "addendum"), partner=bad), rules, AT
    )

    assert (held.status, held.reason) == (Status.SUSPENDED, "standing_lost")
    assert not flags(decision)

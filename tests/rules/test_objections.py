"""Those who already work the deal may speak up while it is held; then a person decides."""

from dataclasses import replace

import pytest

from rules.cases import Objection
from rules.decide import decide
from rules.primitives.objections import Objections
from rules.records import Proof, Status
from rules.span import Span
from tests.rules.build import CONTOSO, POLICY, case, claim, read_until, reasons, statuses, utc

DURING = utc("2026-03-02T18:00:00Z")
AFTER = utc("2026-03-03T12:00:00Z")
READ = read_until("2026-03-03T11:59:00Z")


def objection(at: str = "2026-03-02T15:00:00Z", **changes: object) -> Objection:
    values = {"by_partner": CONTOSO, "source": "salesforce/Objection__c/a1", "evidence": ("meeting",), **changes}
    return Objection(at=utc(at), **values)  # type: ignore[arg-type]


def decided(*objections: Objection, rules: Objections = Objections(), now=DURING, **changes: object):  # noqa: B008
    return decide(case(claim(**changes), objections=objections, coverage=READ), replace(POLICY, objections=rules), now)


def test_an_objection_during_holding_goes_to_a_person_with_both_sides_evidence():
    decision = decided(objection(), evidence=(Proof(kind="budget"),))

    assert reasons(decision) == ["objection_raised"]
    step = next(each for each in decision.steps if each.rule == "objection")
    assert step.text == "partner PTR-CONTOSO objects and shows meeting; the claim shows budget"


@pytest.mark.parametrize(
    ("raised", "rules"),
    [
        (objection("2026-03-03T11:00:00Z"), Objections()),
        (objection(), Objections(is_open=False)),
        (objection(), Objections(by_partners=False)),
        (objection(by_partner=None, by_user="005A"), Objections(by_sellers=False)),
        (objection(by_partner="PTR-NORTHWIND"), Objections()),
    ],
)
def test_an_objection_that_is_not_heard_changes_nothing(raised, rules):
    assert statuses(decided(raised, rules=rules, now=AFTER)) == [Status.REGISTERED]


def test_an_objection_may_come_later_where_the_policy_says_so():
    late = objection("2026-03-03T11:00:00Z")

    assert reasons(decided(late, rules=Objections(after_holding=Span(days=2)), now=AFTER)) == ["objection_raised"]

"""The world of a trial: what happens in a case reaches the rules as it does in a CRM."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.case_values import Clock
from config.cases import load_cases
from connectors.registry import fields_path
from rules.trial.run import TrialResult, run_case
from rules.trial.world import UnsettledError, World

RULES = "name: acme\nversion: '1'\nholding: null\nthresholds:\n  - {name: least, at_least: 5000 USD}\n"


def tried(tmp_path: Path, case: str, rules: str = RULES, mapping: str = "") -> TrialResult:
    """One case, run under some rules."""
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    if mapping:
        (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
    path = tmp_path / "cases.yaml"
    lines = "\n".join(f"    {line}" for line in case.strip("\n").splitlines())
    path.write_text(f"cases:\n  it:\n{lines}\n", encoding="utf-8")
    file = load_cases(path, fields_path=fields_path)
    (found,) = file.cases
    start = Clock(file.policy.zone).begin
    return run_case(found, found.policy or file.policy, start=start, mappings=file.mappings)


CASES = {
    "what is left out does not matter": """
when: [{submit: A}]
then: {A: {status: registered, owner: partner, until: 2026-05-31, exclusive: true, rank: 1, waits: [], rewards: none}}
""",
    "a partner's record changes": """
given: {partners: {acme: {standing: good}}}
when:
  - {submit: A}
  - {at: +1 day, partner: acme, standing: suspended}
  - then: {A: {status: suspended, reason: standing_lost}}
  - {at: +1 day, partner: acme, standing: good}
then: {A: registered}
""",
    "what is missing is asked for, and completed": """
when:
  - {submit: A, empty: [amount, expected_close_on]}
  - then: {A: {status: returned, missing: [amount, expected_close_on], told: [amount]}}
  - {at: +1 h, change: A, amount: 9000 USD, expected_close_on: 2026-06-30}
then: {A: registered}
""",
    "the deadlines between two events fall due in their order": """
set: {protection: {length: 10 days}}
given: {partners: {acme: {}, borg: {}}}
when:
  - {at: 2026-03-02 09:00, submit: A, partner: acme}
  - {at: 2026-03-20 09:00, submit: B, partner: borg}
then: {A: {status: expired, until: 2026-03-12}, B: {status: registered, owner: borg}}
""",
    "a connection that is not read is waited for": """
when:
  - {at: 2026-03-02 09:00, unread: hubspot}
  - {at: +1 min, submit: A}
  - then: {A: {waits: [waiting_for_connection]}}
  - {at: +1 h, read: hubspot}
then: {A: registered}
""",
    "a connection that was never read": """
given: {unread: [hubspot]}
when: [{submit: A}]
then: {A: {waits: [waiting_for_connection]}}
""",
    "direct sales works it": """
given: {opportunities: {ours: {created: 2026-02-01}}}
when: [{submit: A}]
then: {A: {status: refused, reason: direct_deal_open, explained: [ours]}}
""",
    "an opportunity becomes the registration's own and is won": """
when:
  - {submit: A}
  - {at: +1 day, opportunity: sale, partner: partner, stage: Proposal}
  - then: {A: {opportunities: [sale]}}
  - {at: +1 day, opportunity: sale, closed: won}
then: {A: {status: won, reason: deal_won}}
""",
    "a past purchase counts by its day": """
given: {opportunities: {bought: {closed: won, closed_on: 2025-09-01}}}
when: [{submit: A}]
then: {A: {status: refused, reason: purchase_within_lookback}}
""",
    "a person refuses with a reason, and reopens": """
when:
  - {submit: A}
  - {at: +1 h, refuse: A, reason: below_minimum}
  - then: {A: {status: refused, reason: below_minimum}}
  - {at: +1 h, reopen: A}
then: {A: in_review}
""",
    "who may not command only proposes": """
when:
  - {submit: A, amount: 900000 USD}
  - {at: +1 h, approve: A, allowed: false}
  - then: {A: {status: in_review, flags: [command_not_allowed], unflagged: [deal_is_held]}}
  - {at: +1 h, approve: A, until: 2026-12-31}
then: {A: {status: registered, until: 2026-12-31}}
""",
    "a submission is deleted while it is open, and is back": """
set: {holding: 24 h}
when:
  - {submit: A}
  - {at: +1 h, delete: A}
  - then: {A: {status: withdrawn, reason: submission_gone}}
  - {at: +1 h, restore: A}
then: {A: {status: holding, due: {holding_over: 2026-03-03 09:00}}}
""",
    "somebody objects during holding and is not named": """
set: {holding: 24 h}
given: {partners: {acme: {}, borg: {}}}
when:
  - {submit: A, partner: acme}
  - {at: +1 h, object: A, partner: borg, evidence: [meeting]}
then: {A: {status: in_review, reason: objection_raised, never_told: [borg], explained: [borg objects]}}
""",
    "registrations that exist already hold their deals": """
given:
  partners: {acme: {}, borg: {}}
  registrations: {R: {partner: acme, since: 2026-02-10, until: 2026-04-30}}
when: [{at: 2026-03-02 09:00, submit: A, partner: borg}]
then: {R: {status: registered, until: 2026-04-30, owner: acme}, A: {status: refused, reason: duplicate_registration}}
""",
    "two CRMs and a customer typed by hand": """
given: {partners: {acme: {}, borg: {}}, customers: {Alba Stores: {domain: alba-stores.com}}}
when:
  - {submit: A, partner: acme, customer: Alba Stores}
  - {at: +1 h, submit: B, crm: hubspot, partner: borg, customer_name: Alba Stores Inc., customer_domain: www.alba-stores.com}
then: {A: registered, B: {status: refused, reason: duplicate_registration}}
""",
    "a subsidiary is related": """
given: {partners: {acme: {}, borg: {}}, customers: {Corvin Group: {}, Mills: {parent: Corvin Group}}}
when: [{submit: A, partner: acme, customer: Corvin Group}, {at: +1 h, submit: B, partner: borg, customer: Mills}]
then: {A: registered, B: {status: in_review, reason: related_customer}}
""",
    "an opportunity without a registration is listed": """
when: [{at: 2026-03-02 09:00, opportunity: deal, partner: acme}, {then: {deal: {found: ignore}}}, {at: +2 days}]
then: {deal: {found: flag}}
""",
    "an opportunity without a registration is registered": """
set: {unregistered: {action: register}}
when: [{at: 2026-03-02 09:00, opportunity: deal, partner: acme, amount: 9000 USD, closed_on: 2026-06-30}, {at: +2 days}]
then: {deal: {found: register, status: registered, owner: acme}}
""",
    "an opportunity without a registration waits for a person": """
set: {unregistered: {action: review}}
when:
  - {at: 2026-03-02 09:00, opportunity: deal, partner: acme, amount: 9000 USD, closed_on: 2026-06-30}
  - {at: +2 days}
  - then: {deal: in_review}
  - {approve: deal}
then: {deal: registered}
""",
}


@pytest.mark.parametrize("name", CASES)
def test_a_case_comes_out_as_it_says(tmp_path: Path, name: str) -> None:
    result = tried(tmp_path, CASES[name])
    assert result.failures == ()
    assert result.checks > 0


@pytest.mark.parametrize(
    ("expected", "key", "wanted", "got"),
    [
        ("refused", "status", "refused", "registered"),
        ("{owner: null}", "owner", "nothing", "partner"),
        ("{until: 2026-06-01}", "until", "2026-06-01 (to the end of the day, UTC)",
         "2026-05-31 (to the end of the day, UTC)"),
        ("{until: 2026-06-01 12:00}", "until", "2026-06-01 12:00 (UTC)", "2026-05-31 (to the end of the day, UTC)"),
        ("{until: null}", "until", "nothing", "2026-05-31 (to the end of the day, UTC)"),
        ("{exclusive: false}", "exclusive", "false", "true"),
        ("{waits: [holding]}", "waits", "holding", "nothing"),
        ("{flags: [window_ends_soon]}", "flags", "window_ends_soon", "rival_deal_during_protection"),
        ("{due: {window_end: 2026-06-02}}", "due window_end", "2026-06-02 00:00 (UTC)", "2026-06-01 00:00 (UTC)"),
        ("{rewards: {fee: 10 %}}", "reward fee", "10 %", "none"),
        ("{opportunities: [x]}", "opportunities", "x", "nothing"),
        ("{told: [rubbish]}", "told", "rubbish", None),
        ("{never_told: [registered]}", "never_told", "not registered", None),
        ("{explained: [rubbish]}", "explained", "rubbish", "the explanation below"),
        ("{write: done}", "write", "done", "nothing: no mapping stands beside the rules"),
    ],
)  # fmt: skip
def test_a_difference_is_told_with_both_sides_and_why(
    tmp_path: Path, expected: str, key: str, wanted: str, got: str | None
) -> None:
    case = f"when: [{{submit: A}}, {{at: +1 h, opportunity: x, partner: somebody}}]\nthen: {{A: {expected}}}"
    (failure,) = tried(tmp_path, case).failures
    assert (failure.claim, failure.key, failure.expected) == ("A", key, wanted)
    assert got is None or failure.got == got
    assert failure.place.line == 4
    assert any("threshold.least" in each for each in failure.steps)


def test_what_was_never_submitted_is_told(tmp_path: Path) -> None:
    case = "when: [{opportunity: deal, partner: acme}]\nthen: {deal: {status: registered, found: register}}"
    assert [(each.key, each.got) for each in tried(tmp_path, case).failures] == [
        ("found", "ignore"),
        ("status", "no registration (ignore)"),
    ]


def test_a_write_goes_whole_once_the_rows_state_lets_it(tmp_path: Path) -> None:
    mapping = "streams:\n  submissions:\n    locks:\n      field: Review__c\n      states: {Locked: none}\n"
    case = """
when:
  - {submit: A}
  - {remote: A, fields: {Review__c: Locked}}
  - {at: +1 h, withdraw: A}
  - then: {A: {write: waits, write_told: [Locked], remote: {Status__c: Approved}}}
  - {at: +1 h, remote: A, fields: {Review__c: Free}}
then: {A: {write: done, remote: {Status__c: Withdrawn}}}
"""
    assert tried(tmp_path, case, mapping=mapping).failures == ()


def test_claims_that_never_settle_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "_decide", lambda self, row, command=None: True)
    with pytest.raises(UnsettledError, match="still change one another"):
        tried(tmp_path, "when: [{submit: A}]\nthen: {A: registered}")

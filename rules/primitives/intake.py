"""What a submission must bring, and through which door."""

from __future__ import annotations

from dataclasses import dataclass

from rules.action import Action, Unknown
from rules.cases import StepResult, Wait
from rules.expression import Condition
from rules.matching.keys import UNKNOWN
from rules.records import Claim
from rules.setting import required, setting
from rules.situation import WAITING_FOR_PARTNER, Kind, Situation, Verdict, passed, skipped
from rules.verdicts import outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsWhen:
    """Further fields that are required in some cases."""

    when: Condition = required("Where this holds ...")
    fields: tuple[str, ...] = required("... these fields are required, too.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a submission must bring."""

    required_fields: tuple[str, ...] = setting(
        ("partner", "customer", "deal_name", "amount", "expected_close_on", "products"),
        "Fields that must be filled in; else the claim goes back. customer and partner are met by whatever tells who it is. "
        "Facts may be named too, the vendor's own among them: deal.units, deal.tender_no, customer.employees.",
    )
    required_when: tuple[FieldsWhen, ...] = setting((), "Fields that are required in some cases only.")
    channels: frozenset[str] = setting(
        frozenset[str](), "Doors that submissions may come through (deal.channel); empty: any."
    )
    wrong_channel: Action = setting(
        Action.REFUSE,
        "A submission through another door: refuse, return, review.",
        only=(Action.REFUSE, Action.RETURN, Action.REVIEW),
    )
    unknown_channel: Unknown = setting(
        Unknown.REVIEW, "A submission that does not tell its door: refuse, return, review, pass."
    )


def complete(situation: Situation) -> Verdict:
    """Required fields are filled in; else the claim goes back to the partner."""
    missing = missing_fields(situation)
    if not missing:
        return passed("all required fields are filled in")
    text = "missing: " + ", ".join(missing)
    facts = tuple(situation.claim_fact(name, "") for name in missing)
    situation.extra["missing"] = list(missing)
    return Verdict(Kind.RETURN, text, facts, "missing_fields")


def missing_fields(situation: Situation) -> tuple[str, ...]:
    """Return the required fields that the submission leaves empty, in the policy's order."""
    rules = situation.policy.intake
    missing = [name for name in rules.required_fields if _is_missing(name, situation)]
    for further in rules.required_when:
        if further.when.test(situation.facts):
            missing += [name for name in further.fields if name not in missing and _is_missing(name, situation)]
    return tuple(missing)


def channel(situation: Situation) -> Verdict:
    """The submission came through a door that the policy admits."""
    rules, door = situation.policy.intake, situation.claim.channel
    if not rules.channels:
        return skipped("every channel is admitted")
    fact = situation.claim_fact("deal.channel", door or "")
    if door is None:
        text = "the channel of the submission is not known"
        return outcome(
            rules.unknown_channel, text, (fact,), reason="wrong_channel", doubt="channel_doubtful", is_unknown=True
        )
    if door.casefold() in {each.casefold() for each in rules.channels}:
        return passed(f"channel {door} is admitted", fact)
    text = f"channel {door} is not among {', '.join(sorted(rules.channels))}"
    return outcome(rules.wrong_channel, text, (fact,), reason="wrong_channel", doubt="channel_doubtful")


def partner_known(situation: Situation) -> Verdict:
    """The submitting company is known as a partner; else the claim waits."""
    partner = situation.partner
    if partner is not None:
        return passed(f"partner {partner.partner_id} is known")
    ref = situation.claim.partner_ref
    detail = f"{ref} is not known as a partner" if ref is not None else "the submission's partner is not known"
    wait = Wait(reason=WAITING_FOR_PARTNER, detail=detail)
    return Verdict(Kind.WAIT, detail, (), WAITING_FOR_PARTNER, StepResult.UNKNOWN, wait)


def _is_missing(name: str, situation: Situation) -> bool:
    """Tell whether a required field or fact is empty."""
    if "." in name:
        value = situation.facts[name]
        return value is None or value == "" or value == frozenset()
    if name == "customer":
        return situation.customer_id() == UNKNOWN  # "N/A" or "tbd" tells nothing
    return _is_empty(situation.claim, name)


def _is_empty(claim: Claim, name: str) -> bool:
    """Tell whether a field of the submission is empty. The partner is met by whatever tells who is meant."""
    match name:
        case "partner":
            return claim.partner is None and claim.partner_ref is None and "partner_code" in claim.missing
        case "amount":
            return claim.amount is None
        case "products":
            return not claim.products
        case "expected_close_on":
            return claim.expected_close_on is None
        case "deal_name":
            return not (claim.deal_name or "").strip()
        case _:
            return name in claim.missing

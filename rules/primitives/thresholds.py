"""Least amounts, units and parts of a deal (primitive 3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from rules.action import Unknown
from rules.cases import Fact
from rules.choice import Choice
from rules.expression import Condition
from rules.measures import Lines, Per, amount_fact, amount_of, greatest_amount, greatest_units, selected, told, units_of
from rules.records import Money
from rules.setting import required, setting
from rules.situation import Kind, Situation, Verdict
from rules.verdicts import holds, in_order, outcome, unasked, unasked_by

NOT_NEEDED: Final = "registration_not_needed"


class Measure(StrEnum):
    """What is measured."""

    AMOUNT = "amount"
    UNITS = "units"


class Shortfall(StrEnum):
    """What a deal below the threshold meets."""

    REFUSE = "refuse"
    REVIEW = "review"
    RETURN = "return"
    UNNEEDED = "unneeded"  # it needs no registration: closed as such, rewards for it are granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One least size that a deal must have."""

    name: str = required("Short name, shown in decisions.")
    measure: Measure = setting(Measure.AMOUNT, "amount or units.")
    per: Per = setting(
        Per.DEAL,
        "deal, order (the greatest order counts), sku or sku_in_order. A deal without lines is one order of one product.",
    )
    lines: Lines | None = setting(None, "Only a part of the deal counts; null: the whole.")
    at_least: Choice[Money | Decimal] | None = setting(
        None, "The least that is enough: an amount, or a number of units."
    )
    more_than: Choice[Money | Decimal] | None = setting(None, "Exactly this is too little. Write this or at_least.")
    when: Condition | None = setting(None, "Asked only where this holds.")
    unless: Condition | None = setting(None, "Met instead where this holds, for example by an enterprise product.")
    below: Shortfall = setting(Shortfall.REFUSE, "refuse, return, review, or unneeded (no registration is needed).")
    unknown: Unknown = setting(
        Unknown.REVIEW,
        "What an unknown size leads to: refuse, return, review, pass. (An amount without an exchange rate: "
        "see rates.missing.)",
    )
    reason: str = setting("below_minimum", "Reason code of a refusal or return.")


def large_enough(situation: Situation) -> Verdict:
    """The deal reaches every threshold."""
    return in_order(situation, "threshold", situation.policy.thresholds, _reaches, none="no minimum is set")


def _reaches(threshold: Threshold, situation: Situation) -> Verdict:
    name = threshold.name
    not_asked = unasked_by(threshold.when, situation, clause=name)
    if not_asked is not None:
        return not_asked
    is_strict = threshold.at_least is None
    least = situation.pick(threshold.more_than if is_strict else threshold.at_least)
    if least is None:
        return unasked("no minimum is set for this case", clause=name)
    verdict = _compare(threshold, least, situation, is_strict=is_strict)
    return verdict if verdict.kind is Kind.PASS or threshold.unless is None else _unless(threshold, verdict, situation)


def _compare(threshold: Threshold, least: Money | Decimal, situation: Situation, *, is_strict: bool) -> Verdict:
    """Compare the deal's size with the least, an amount in the least's own currency."""
    size, facts = _size(threshold, least, situation)
    if size is None:
        return _unknown(threshold, least, situation)
    number, limit = (
        (size.amount, least.amount) if isinstance(size, Money) and isinstance(least, Money) else (size, least)
    )
    assert isinstance(number, Decimal), number
    assert isinstance(limit, Decimal), limit
    what = _what(threshold, least)
    if number > limit if is_strict else number >= limit:
        return holds(f"{what} {told(size)} {'>' if is_strict else '>='} {told(least)}", facts, clause=threshold.name)
    return _below(threshold, f"{what} {told(size)} {'<=' if is_strict else '<'} {told(least)}", facts)


def _size(
    threshold: Threshold, least: Money | Decimal, situation: Situation
) -> tuple[Money | Decimal | None, tuple[Fact, ...]]:
    if isinstance(least, Money):
        return _amount(threshold, least.currency, situation)
    return _units(threshold, situation)


def _amount(threshold: Threshold, currency: str, situation: Situation) -> tuple[Money | None, tuple[Fact, ...]]:
    if threshold.lines is None and threshold.per is Per.DEAL:
        amount = amount_of(situation, currency)
        return amount, () if amount is None else (amount_fact(situation, amount),)
    lines = selected(situation, threshold.lines)
    amount = None if lines is None else greatest_amount(lines, threshold.per, situation, currency)
    return amount, () if amount is None else (situation.claim_fact(f"deal.lines ({threshold.name})", str(amount)),)


def _units(threshold: Threshold, situation: Situation) -> tuple[Decimal | None, tuple[Fact, ...]]:
    if threshold.lines is None and threshold.per is Per.DEAL:
        units, name = units_of(situation), "deal.units"
    else:
        lines = selected(situation, threshold.lines)
        units = None if lines is None else greatest_units(lines, threshold.per)
        name = f"deal.lines ({threshold.name})"
    return units, () if units is None else (situation.claim_fact(name, told(units)),)


def _what(threshold: Threshold, least: Money | Decimal) -> str:
    """Return what is measured, in words."""
    what = "amount" if isinstance(least, Money) else "number of units"
    what = what if threshold.lines is None else f"{what} of {threshold.name}"
    return what if threshold.per is Per.DEAL else f"{what} per {str(threshold.per).replace('_', ' ')}"


def _below(threshold: Threshold, text: str, facts: tuple[Fact, ...]) -> Verdict:
    if threshold.below is Shortfall.UNNEEDED:
        return Verdict(Kind.REFUSE, f"{text}; it needs no registration", facts, NOT_NEEDED, clause=threshold.name)
    return outcome(
        threshold.below, text, facts, reason=threshold.reason, doubt="minimum_doubtful", clause=threshold.name
    )


def _unknown(threshold: Threshold, least: Money | Decimal, situation: Situation) -> Verdict:
    """Say that the size is not known, or has no exchange rate."""
    stated = situation.stated_amount()
    facts: tuple[Fact, ...] = ()
    text = f"the {_what(threshold, least)} is not known"
    leads_to, doubt = threshold.unknown, "amount_unknown" if isinstance(least, Money) else "fact_unknown"
    reason = threshold.reason
    if isinstance(least, Money) and stated is not None and amount_of(situation, least.currency) is None:
        text = f"no rate from {stated.currency} to {least.currency} for {stated}"
        leads_to, doubt = situation.policy.rates.missing, "rate_missing"
        reason = doubt  # how large the deal is, nobody knows
        facts = (situation.claim_fact("amount", str(stated)),)
    return outcome(leads_to, text, facts, reason=reason, doubt=doubt, clause=threshold.name, is_unknown=True)


def _unless(threshold: Threshold, verdict: Verdict, situation: Situation) -> Verdict:
    """Take what meets the threshold instead of the size. It has to be shown: where it is unknown, the size decides."""
    assert threshold.unless is not None
    if threshold.unless.test(situation.facts):
        return holds(f"{verdict.text}, but {threshold.unless.text}", verdict.facts, clause=threshold.name)
    return verdict

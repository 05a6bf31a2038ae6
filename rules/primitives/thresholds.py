"""Least amounts, units and parts of a deal (primitive 3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rules.action import Unknown
from rules.choice import Choice
from rules.expression import Condition
from rules.records import Money
from rules.setting import required, setting


class Measure(StrEnum):
    """What is measured."""

    AMOUNT = "amount"
    UNITS = "units"


class Per(StrEnum):
    """Over what it is measured."""

    DEAL = "deal"
    ORDER = "order"  # the greatest single order must reach it
    SKU = "sku"  # the greatest single product number must reach it


class Shortfall(StrEnum):
    """What a deal below the threshold meets."""

    REFUSE = "refuse"
    REVIEW = "review"
    RETURN = "return"
    UNNEEDED = "unneeded"  # it needs no registration: closed as such, rewards for it are granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Which lines of the deal count; an empty filter takes them all."""

    products: frozenset[str] = setting(frozenset[str](), "Only these products or product lines.")
    classes: frozenset[str] = setting(frozenset[str](), "Only these product classes.")
    skus: frozenset[str] = setting(frozenset[str](), "Only these product numbers.")
    parts: frozenset[str] = setting(frozenset[str](), "Only these parts of the price: licence, maintenance ...")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One least size that a deal must have."""

    name: str = required("Short name, shown in decisions.")
    measure: Measure = setting(Measure.AMOUNT, "amount or units.")
    per: Per = setting(Per.DEAL, "deal, order (the greatest order counts) or sku.")
    lines: Lines | None = setting(None, "Only a part of the deal counts; null: the whole.")
    at_least: Choice[Money | Decimal] | None = setting(
        None, "The least that is enough: an amount, or a number of units."
    )
    more_than: Choice[Money | Decimal] | None = setting(None, "Exactly this is too little. Write this or at_least.")
    when: Condition | None = setting(None, "Asked only where this holds.")
    unless: Condition | None = setting(None, "Met instead where this holds, for example by an enterprise product.")
    below: Shortfall = setting(Shortfall.REFUSE, "refuse, return, review, or unneeded (no registration is needed).")
    unknown: Unknown = setting(Unknown.REVIEW, "What an unknown size leads to: refuse, return, review, pass.")
    reason: str = setting("below_minimum", "Reason code of a refusal or return.")

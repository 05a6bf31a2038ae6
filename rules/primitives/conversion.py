"""Kinds of registration and changes from one to another: conversion, addendum, reprice (primitive 22)."""

from __future__ import annotations

from dataclasses import dataclass

from rules.action import Action
from rules.expression import Condition
from rules.setting import required, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of registration (the fact deal.kind)."""

    name: str = required("As the submission names it.")
    require: Condition | None = setting(None, "Who may register this kind: for example partner.tier in {'gold'}.")
    exclusive: bool | None = setting(None, "null: as the protection says.")
    reason: str = setting("kind_not_open", "Reason code where `require` does not hold.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One change of kind that a registration may make."""

    source: str = required("The kind it was.")
    target: str = required("The kind it becomes.")
    is_retroactive: bool = setting(False, "Takes effect from the registration's own start, not from now.")
    action: Action = setting(Action.REVIEW, "off (done without a person), review, refuse.")
    when: Condition | None = setting(None, "Possible only where this holds.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """What a partner may ask for on a registration."""

    addendum: Action = setting(
        Action.REVIEW, "More products or units on the same registration: off (done), review, refuse."
    )
    reprice: Action = setting(Action.REVIEW, "Another amount: off (done), review, refuse.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversions:
    """Kinds and what may become of them."""

    kinds: tuple[Kind, ...] = setting((), "The kinds there are; empty: one kind, whatever the submission says.")
    changes: tuple[Conversion, ...] = setting((), "Which kind may become which.")
    requests: Requests = setting(Requests(), "Addendum and reprice.")

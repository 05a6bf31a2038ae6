"""What each value of a policy allows and all together do not: names that nothing bears, settings that exclude each other.

Only what no decision could make sense of is refused here, so that it never comes into force. What is merely doubtful (rules
that can never fire, gaps between bands, ties) is found by `registrar rules check`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from config.reading import Problems, nearest, one_of
from config.shape import is_record, naming_field, settings_of
from config.source import Table, find
from config.values import is_currency
from rules.expression import Type
from rules.facts import FACTS
from rules.fields import CANONICAL, Stream
from rules.lookbacks import FactKind
from rules.policy import Policy
from rules.primitives.thresholds import Measure, Threshold
from rules.primitives.window import Anchor
from rules.reasons import REASONS
from rules.records import Money
from rules.stacking import Stacking

Types = Mapping[str, Type]
Steps = tuple[str | int, ...]

_OWN_FACTS: Final = ("deal.", "partner.", "customer.")
_DATES: Final = (Type.DATE, Type.INSTANT)
_KEY_PARTS: Final = ("customer", "entity", "domain", "product")
_HOW_MUCH: Final = ("percent", "amount", "points", "entitlement")


def check_policy(policy: Policy, root: Table, key: str, types: Types, problems: Problems) -> None:
    """Note what makes no sense.

    key: where the policy stands, for programmes; empty for the file itself. types: of all facts.
    """
    checks = _Checks(policy, root, key, types, problems)
    checks.settings()
    checks.names()
    checks.facts()
    checks.records()


@dataclass(frozen=True, slots=True)
class _Checks:
    policy: Policy
    root: Table
    key: str
    types: Types
    problems: Problems

    def wrong(self, where: str | Steps, message: str, hint: str = "") -> None:
        steps = tuple(where.split(".")) if isinstance(where, str) else where
        path = ".".join(str(step) for step in steps)
        key = f"{self.key}.{path}" if self.key else path
        if self.problems.has(key) or self.problems.has(path):
            return  # what could not be read has its default here; saying more would only confuse
        self.problems.add(find(self.root, steps), key, message, hint)

    def settings(self) -> None:
        policy = self.policy
        if policy.matching.review > policy.matching.same:
            self.wrong("matching.review", f"is {policy.matching.review:g}, above same ({policy.matching.same:g}).")
        opens, closes = policy.calendar.opens, policy.calendar.closes
        if opens >= closes:
            self.wrong("calendar.closes", f"is {closes:%H:%M}, not after opens ({opens:%H:%M}).")
        if not policy.calendar.weekdays:
            self.wrong("calendar.weekdays", "is empty; no answer would ever be due.", "Name at least one day.")
        for standing in sorted(policy.standing.refuse_when & policy.standing.review_when):
            self.wrong("standing.review_when", f"names {standing}, as refuse_when does.", "Keep it in one of them.")
        for currency, rate in policy.rates.fixed:
            if not is_currency(currency):
                self.wrong(
                    ("rates", "fixed", currency), "is no currency code.", 'Write an ISO 4217 code such as "EUR".'
                )
            elif rate <= 0:
                self.wrong(("rates", "fixed", currency), f"is {rate}; expected a number above 0.")
        for country in sorted(policy.jurisdictions.equal_access):
            if not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
                hint = "Write two capital letters, such as NO."
                self.wrong("jurisdictions.equal_access", f"names {country!r}, no country code.", hint)

    def names(self) -> None:
        submission = tuple(CANONICAL[Stream.SUBMISSIONS])
        required = [("intake.required_fields", name) for name in self.policy.intake.required_fields]
        required += [
            ("intake.required_when", name) for each in self.policy.intake.required_when for name in each.fields
        ]
        for path, name in required:
            if name not in submission and self.types.get(name) is None:
                self.wrong(path, f"names {name!r}, no field of a submission.", one_of(submission, name))
        codes = {*REASONS, *(each.code for each in self.policy.reasons)}
        for steps, name, value in _walk(self.policy, ()):
            if name == "reason" and isinstance(value, str) and value not in codes:
                near = nearest(value, codes)
                hint = f"Did you mean {near}?" if near else "Declare it under reasons: with its words."
                self.wrong(steps, f"names {value!r}, no reason code.", hint)
        self._kinds()

    def _kinds(self) -> None:
        kinds = [each.name for each in self.policy.conversions.kinds]
        for place, change in enumerate(self.policy.conversions.changes):
            for name in ("source", "target"):
                value = getattr(change, name)
                if kinds and value not in kinds:
                    self.wrong(
                        ("conversions", "changes", place, name), f"names {value!r}, no kind.", one_of(kinds, value)
                    )

    def facts(self) -> None:
        """Check the facts that settings name, and those that the vendor declares."""
        for fact in self.policy.facts:
            if fact.name in FACTS:
                self.wrong(
                    ("facts", fact.name), "is a fact that is there already.", "Take another name, or leave it out."
                )
            elif not fact.name.startswith(_OWN_FACTS) or not fact.name.partition(".")[2].isidentifier():
                hint = "Write deal.x, partner.x or customer.x, x being a word of letters, digits and _."
                self.wrong(("facts", fact.name), "is no name for a fact.", hint)
        for part in self.policy.deal_key.parts:
            if part not in _KEY_PARTS:
                self._fact("deal_key.parts", part, (Type.TEXT,), known=_KEY_PARTS)
        if not {"customer", "entity", "domain"} & set(self.policy.deal_key.parts):
            self.wrong("deal_key.parts", "lacks customer; every claim would be the same deal.")
        for name in self.policy.update_duty.meaningful:
            self._fact("update_duty.meaningful", name)
        self._fact("protection.anchor_fact", self.policy.protection.anchor_fact, _DATES)
        self._fact("rewards.chosen_by", self.policy.rewards.chosen_by, (Type.TEXT,))
        for milestone in self.policy.protection.milestones:
            self._fact(("protection", "milestones", milestone.name, "fact"), milestone.fact, _DATES)
        for lookback in self.policy.newness:
            self._fact(("newness", lookback.name, "fact"), lookback.fact, _DATES)

    def _fact(
        self, path: str | Steps, name: str | None, kinds: Collection[Type] = (), *, known: Collection[str] = ()
    ) -> None:
        kind = self.types.get(name) if name is not None else None
        if name is None or (kind is not None and (not kinds or kind in kinds)):
            return
        if kind is not None:
            self.wrong(path, f"names {name}, which is {kind}; expected {' or '.join(kinds)}.")
            return
        near = nearest(name, [*known, *self.types])
        hint = f"Did you mean {near}?" if near else "Declare it under facts:, or take one of docs/rules-reference.md."
        self.wrong(path, f"names {name!r}, no fact.", hint)

    def records(self) -> None:
        """Check settings of one record that need or exclude each other."""
        for threshold in self.policy.thresholds:
            self._threshold(threshold, ("thresholds", threshold.name))
        for reward in self.policy.rewards.rules:
            given = [name for name in _HOW_MUCH if getattr(reward, name) is not None]
            if len(given) != 1:
                message = f"says how much by {' and '.join(given)}." if given else "does not say how much."
                self.wrong(("rewards", "rules", reward.name), message, f"Write exactly one of {', '.join(_HOW_MUCH)}.")
        for lookback in self.policy.newness:
            if lookback.of is FactKind.FACT and lookback.fact is None:
                self.wrong(
                    ("newness", lookback.name), "looks back for a fact but names none.", "Write fact: and its name."
                )
        if self.policy.rewards.stacking is Stacking.CHOICE and self.policy.rewards.chosen_by is None:
            self.wrong("rewards.stacking", "is choice, but chosen_by does not name the fact that tells the choice.")
        self._protection()

    def _threshold(self, threshold: Threshold, path: Steps) -> None:
        given = [each for each in (threshold.at_least, threshold.more_than) if each is not None]
        if len(given) != 1:
            message = "has both at_least and more_than." if given else "does not say how much is enough."
            self.wrong(path, message, "Write at_least or more_than.")
            return
        name = "at_least" if threshold.at_least is not None else "more_than"
        for row in given[0].rows:
            if threshold.measure is Measure.AMOUNT and isinstance(row.value, Decimal):
                hint = f'Write "{row.value} {self.policy.currency}", or measure: units.'
                self.wrong((*path, name), f"is {row.value}, a bare number; the measure is the amount.", hint)
            elif threshold.measure is Measure.UNITS and isinstance(row.value, Money):
                self.wrong(
                    (*path, name), f"is {row.value}; the measure is units.", "Write a number, or measure: amount."
                )

    def _protection(self) -> None:
        protection = self.policy.protection
        if protection.anchor is Anchor.FACT and protection.anchor_fact is None:
            self.wrong("protection.anchor", "is fact, but anchor_fact names none.")
        known = [each.name for each in protection.milestones]
        for place, phase in enumerate(protection.phases):
            if phase.until is not None and phase.until not in known:
                message = f"names {phase.until!r}, no milestone."
                hint = one_of(known, phase.until) or "Describe it under milestones."
                self.wrong(("protection", "phases", place, "until"), message, hint)
        for programme in self.policy.programmes:
            effective, path = programme.effective, ("programmes", programme.name, "effective")
            if effective.since and effective.until and effective.until < effective.since:
                self.wrong((*path, "until"), f"is {effective.until}, before since ({effective.since}).")
            if effective.dual_run_until and (effective.until is None or effective.dual_run_until <= effective.until):
                self.wrong((*path, "dual_run_until"), "is not after until, the last day in force.")


def _walk(record: Any, path: Steps) -> Iterator[tuple[Steps, str, Any]]:
    """Yield (path, setting, value) of all settings of a record and of those inside it, programmes apart."""
    kind: type = type(record)
    for name in settings_of(kind):
        value, here = getattr(record, name), (*path, name)
        yield here, name, value
        if name == "programmes":
            continue
        if is_record(type(value)):
            yield from _walk(value, here)
        elif isinstance(value, tuple):
            for place, each in enumerate(value):
                if is_record(type(each)):
                    naming = naming_field(type(each))
                    yield from _walk(each, (*here, getattr(each, naming) if naming else place))

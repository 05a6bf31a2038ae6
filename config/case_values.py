"""Read what cases are made of: times in the policy's zone, facts by their declared types, rates by day, rewards in short."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from config import values
from config.reading import Problems, flag, listing, one_of, shown, table, text
from config.source import Node, Scalar, Table, is_null
from rules.expression import Type
from rules.facts import TYPES
from rules.money import Rates
from rules.policy import Policy
from rules.records import Money
from rules.trial.script import RewardExpected
from rules.windows import end_of_day

START: Final = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - on the wall of the policy's zone; a Monday
INSTANT_EXPECTED: Final = 'a time such as "2026-03-02 09:00" in the policy\'s zone, or a day'
_AFTER: Final = re.compile(r"\+\s*(.+)")
_STATES: Final = ("granted", "pending", "lost")
_POINTS: Final = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s*(?:points?)?", re.ASCII)
_PERCENT: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%", re.ASCII)


class Clock:
    """Reads times on the wall of the policy's zone, and keeps the time of the event before."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._name = zone
        self._last: datetime | None = None

    @property
    def begin(self) -> datetime:
        """Return the time of a case that says none."""
        return START.replace(tzinfo=self._zone).astimezone(UTC)

    def start(self, zone: str) -> None:
        """Begin a case, on the wall of its zone."""
        self._zone, self._name, self._last = ZoneInfo(zone), zone, None

    def go_on(self, node: Node | None, key: str, problems: Problems) -> datetime:
        """Return an event's time: as written, so long after the event before, or the same."""
        last = self._last or self.begin
        at = last
        if node is not None:
            found = self._after(node, last) or self.instant(node, key, problems)
            if found is not None and self._last is not None and found < last:
                problems.add(node.place, key, f"is {shown(node)}, before the event above it.", "Write events in order.")
            at = max(found or last, last) if self._last is not None else (found or last)
        self._last = at
        return at

    def instant(self, node: Node, key: str, problems: Problems) -> datetime | None:
        """Return an instant; a day alone means its first."""
        found = self._read(node)
        if found is None:
            problems.add(node.place, key, f"is {shown(node)}; expected {INSTANT_EXPECTED}.")
        return found

    def end(self, node: Node, key: str, problems: Problems) -> datetime | None:
        """Return the end of a protection: after a day that is its last, or exactly."""
        day = values.day(node.text) if isinstance(node, Scalar) else None
        return end_of_day(day, self._name) if day is not None else self.instant(node, key, problems)

    def _read(self, node: Node) -> datetime | None:
        try:
            local = datetime.fromisoformat(node.text.strip()) if isinstance(node, Scalar) else None
        except ValueError:
            return None
        if local is None:
            return None
        return (local if local.tzinfo is not None else local.replace(tzinfo=self._zone)).astimezone(UTC)

    def _after(self, node: Node, last: datetime) -> datetime | None:
        """Return the time so long after the event before: days on the wall, hours exactly."""
        found = _AFTER.fullmatch(node.text.strip()) if isinstance(node, Scalar) else None
        span = values.span(found[1]) if found is not None else None
        if span is None or span.is_working:
            return None
        if span.exact is not None:
            return last + span.exact
        local = last.astimezone(self._zone)
        days = span.days if span.days is not None else 30 * (span.months or 0)
        return (local.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=self._zone).astimezone(UTC)


def read_facts(
    node: Node, key: str, problems: Problems, *, policy: Policy, subject: str, clock: Clock
) -> dict[str, Any]:
    """Return facts by name, without the subject in front, typed as the policy declares them."""
    types = {**TYPES, **{each.name: each.type for each in policy.facts}}
    known = {name.removeprefix(f"{subject}."): kind for name, kind in types.items() if name.startswith(f"{subject}.")}
    part = table(node, key, problems)
    found = {}
    for name, each in part.items.items():
        if name not in known:
            problems.add(
                part.key_places[name], f"{key}.{name}", "is no fact of this policy.", one_of(sorted(known), name)
            )
        elif not is_null(each):
            value = _typed(known[name], each, f"{key}.{name}", problems, clock)
            if value is not None:
                found[name] = value
    return found


def _typed(kind: Type, node: Node, key: str, problems: Problems, clock: Clock) -> Any:
    if kind is Type.BOOL:
        return flag(node, key, problems)
    if kind is Type.INSTANT:
        return clock.instant(node, key, problems)
    if kind is Type.TEXTS:
        return frozenset(
            word for each in listing(node, key, problems) if (word := text(each, key, problems)) is not None
        )
    if kind not in _PHRASES:
        return text(node, key, problems)
    wanted = _PHRASES[kind]
    value = values.PHRASES[wanted][0](node.text) if isinstance(node, Scalar) else None
    if value is None:
        problems.add(node.place, key, f"is {shown(node)}; expected {values.PHRASES[wanted][1]}.")
    return value


_PHRASES: Final[dict[Type, Any]] = {Type.NUMBER: Decimal, Type.MONEY: Money, Type.DATE: date}


def read_rates(node: Node, key: str, problems: Problems, base: str) -> Rates:
    """Return exchange rates: by currency, or by day and currency."""
    part = table(node, key, problems)
    found: dict[str, list[tuple[date, Decimal]]] = {}
    for name, each in part.items.items():
        day = values.day(name)
        rates = each if day is not None else Table(place=each.place, items={name: each}, key_places=part.key_places)
        for currency, rate in table(rates, f"{key}.{name}", problems).items.items():
            number = values.decimal(rate.text) if isinstance(rate, Scalar) else None
            if number is None or not values.is_currency(currency):
                problems.add(
                    rate.place, f"{key}.{name}", f"is {shown(rate)}; expected a currency and a rate: EUR: 1.09."
                )
            else:
                found.setdefault(currency, []).append((day or date.min, number))
    return Rates(
        base=base,
        by_currency={currency: tuple(sorted(pairs)) for currency, pairs in found.items()},
        max_age_days=36_600,
    )


def read_rewards(node: Node, key: str, problems: Problems) -> tuple[RewardExpected, ...]:
    """Return rewards by rule; none alone means that there is none."""
    if isinstance(node, Scalar) and node.text == "none":
        return ()
    found = []
    part = table(node, key, problems)
    for rule, each in part.items.items():
        reward = _reward_of(each, rule, f"{key}.{rule}", problems)
        if reward is not None:
            found.append(reward)
    return tuple(found)


def _reward_of(node: Node, rule: str, key: str, problems: Problems) -> RewardExpected | None:
    if not isinstance(node, Table):
        return _reward(node, rule, key, problems)
    known = ("size", "to", "state")
    for name, place in node.key_places.items():
        if name not in known:
            problems.add(place, f"{key}.{name}", "is not known here.", one_of(known, name))
    size = _reward(node.items["size"], rule, f"{key}.size", problems) if "size" in node.items else None
    partner = text(node.items["to"], f"{key}.to", problems) if "to" in node.items else None
    state = text(node.items["state"], f"{key}.state", problems) if "state" in node.items else None
    return RewardExpected(
        rule=rule,
        partner=partner,
        state=state or (size.state if size is not None else None),
        percent=size.percent if size is not None else None,
        amount=size.amount if size is not None else None,
        points=size.points if size is not None else None,
    )


def _reward(node: Node, rule: str, key: str, problems: Problems) -> RewardExpected | None:
    word = node.text.strip() if isinstance(node, Scalar) else ""
    if word in ("none", "given"):
        return RewardExpected(rule=rule, given=word == "given")
    if word in _STATES:
        return RewardExpected(rule=rule, state=word)
    percent, points, amount = _PERCENT.fullmatch(word), _POINTS.fullmatch(word), values.money(word)
    if percent is not None:
        return RewardExpected(rule=rule, percent=Decimal(percent[1]))
    if amount is not None:
        return RewardExpected(rule=rule, amount=amount)
    if points is not None:
        return RewardExpected(rule=rule, points=Decimal(points[1]))
    expected = '"10 %", "500 USD", "25 points", given, pending, lost or none'
    problems.add(node.place, key, f"is {shown(node)}; expected {expected}.")
    return None

"""Read rules.yaml into the policy that decisions obey (rules/policy.py), refusing what makes no sense.

Names, types and defaults are those of the policy's dataclasses. Checked besides, all at once: zone and currency exist,
thresholds are in order, sets do not contradict each other, required fields are fields. The hash is taken over the values,
not over the text: a comment or the order of lines does not make another policy.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date, time, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo, available_timezones

from config.reading import Problems, listing, nearest, one_of, shown
from config.source import Node, Scalar, Table, find, read_yaml
from config.typed import read_record
from config.values import is_currency
from rules.fields import CANONICAL, Stream
from rules.policy import Policy, Span

_LIMITS: Final = {
    "matching.same": (0.0, 1.0),
    "matching.review": (0.0, 1.0),
    "protection.extensions_max": (0.0, 1000.0),
}
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DEAL_PARTS: Final = ("customer", "product")
_HASH_LENGTH: Final = 32


class Wrong(Protocol):
    """Notes one problem about a key path."""

    def __call__(self, path: str, message: str, hint: str = "") -> None: ...


def load_policy(path: Path, *, name: str | None = None) -> Policy:
    """Return the policy of a rules.yaml.

    name: how messages call the file. Raises ConfigError with every problem.
    """
    root = read_yaml(path, name=name)
    problems = Problems()
    policy = read_record(
        Policy,
        root,
        "",
        problems,
        limits=_LIMITS,
        hidden=frozenset({"hash"}),
        special={"calendar.weekdays": _weekdays, "zone": _zone, "currency": _currency},
    )
    _check(policy, root, problems)
    problems.stop_if_any()
    return replace(policy, hash=policy_hash(policy))


def policy_hash(policy: Policy) -> str:
    """Return the name under which the ledger keeps this policy."""
    return sha256(policy_text(policy).encode()).hexdigest()[:_HASH_LENGTH]


def policy_text(policy: Policy) -> str:
    """Return the policy's values as canonical JSON: what the ledger remembers of it."""
    return json.dumps(asdict(replace(policy, hash="")), default=_plain, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value, key=str)
    if isinstance(value, timedelta):
        return value.total_seconds()
    assert isinstance(value, Decimal | date | time), type(value)
    return str(value)


def _check(policy: Policy, root: Table, problems: Problems) -> None:
    """Note what each value allows and all together do not."""

    def wrong(path: str, message: str, hint: str = "") -> None:
        if path in problems.keys:
            return  # what could not be read has its default here; saying more would only confuse
        problems.add(find(root, tuple(path.split("."))), path, message, hint)

    if policy.matching.review > policy.matching.same:
        wrong("matching.review", f"is {policy.matching.review:g}, above same ({policy.matching.same:g}).")
    if policy.calendar.opens >= policy.calendar.closes:
        wrong("calendar.closes", f"is {policy.calendar.closes:%H:%M}, not after opens ({policy.calendar.opens:%H:%M}).")
    if not policy.calendar.weekdays:
        wrong("calendar.weekdays", "is empty; no answer would ever be due.", "Name at least one day.")
    for standing in sorted(policy.standing.refuse_when & policy.standing.review_when):
        wrong("standing.review_when", f"names {standing}, as refuse_when does.", "Keep it in one of them.")
    _check_names(policy, wrong)
    _check_money(policy, wrong)
    _check_windows(policy, wrong)


def _check_names(policy: Policy, wrong: Wrong) -> None:
    submission = tuple(CANONICAL[Stream.SUBMISSIONS])
    for field in policy.intake.required_fields:
        if field not in submission:
            wrong("intake.required_fields", f"names {field!r}, no field of a submission.", one_of(submission, field))
    for part in policy.deal_key.parts:
        if part not in _DEAL_PARTS:
            wrong("deal_key.parts", f"names {part!r}.", one_of(_DEAL_PARTS, part))
    if "customer" not in policy.deal_key.parts:
        wrong("deal_key.parts", "lacks customer; every claim would be the same deal.")


def _check_money(policy: Policy, wrong: Wrong) -> None:
    for path, amount in (
        ("intake.minimum", policy.intake.minimum),
        ("approval.auto_below", policy.approval.auto_below),
    ):
        if amount is not None and amount.currency != policy.currency:
            wrong(
                path, f"is in {amount.currency}; the policy counts in {policy.currency}.", "Write it in that currency."
            )


def _check_windows(policy: Policy, wrong: Wrong) -> None:
    length = policy.protection.length
    for before in policy.protection.warnings_before:
        if _rough(before) >= _rough(length):
            wrong("protection.warnings_before", f"holds {before}, not less than the window ({length}).")


def _rough(span: Span) -> timedelta:
    """Return a span's least length, good for comparing magnitudes."""
    return span.exact or timedelta(days=(span.days or 0) + 28 * (span.months or 0))


def _weekdays(node: Node, key: str, problems: Problems) -> frozenset[int] | None:
    found = set()
    for item in listing(node, key, problems):
        word = item.text.strip().lower()[:3] if isinstance(item, Scalar) else ""
        if word in _WEEKDAYS:
            found.add(_WEEKDAYS.index(word))
        else:
            problems.add(item.place, key, f"is {shown(item)}.", one_of(_WEEKDAYS))
    return frozenset(found)


def _zone(node: Node, key: str, problems: Problems) -> str | None:
    word = node.text.strip() if isinstance(node, Scalar) else ""
    try:
        ZoneInfo(word)
    except (ValueError, OSError, KeyError):
        near = nearest(word, available_timezones()) if word else None
        hint = f"Did you mean {near}?" if near else "Write an IANA name such as Europe/Berlin."
        problems.add(node.place, key, f"is {shown(node)}, no time zone.", hint)
        return None
    return word


def _currency(node: Node, key: str, problems: Problems) -> str | None:
    word = node.text.strip() if isinstance(node, Scalar) else ""
    if not is_currency(word):
        hint = f"Write {word.upper()}." if is_currency(word.upper()) else 'Write an ISO 4217 code such as "USD".'
        problems.add(node.place, key, f"is {shown(node)}, no currency code.", hint)
        return None
    return word

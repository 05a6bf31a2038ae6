"""Does a submission stand as the case says? Every difference is told with what was expected and what came instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from rules.cases import Decision
from rules.explain import Audience, explain
from rules.mapping import Place
from rules.record import decision_data
from rules.records import Money, Reward
from rules.trial.script import Expected, RewardExpected
from rules.trial.world import World
from rules.wording import ENGLISH

_NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One thing that is not as expected. at: the virtual time. steps: the explanation for support."""

    claim: str
    key: str
    expected: str
    got: str
    at: datetime
    place: Place
    steps: tuple[str, ...] = ()


def compare(world: World, expected: Expected) -> Iterator[Failure]:
    """Yield what is not as expected of one submission."""
    if expected.name not in world.book:
        yield from _unregistered(world, expected)
        return
    differences = [
        *_plain(world, expected),
        *_listed(world, expected),
        *_words(world, expected),
        *_written(world, expected),
    ]
    if not differences:
        return
    steps = tuple(support_lines(world, expected.name))
    for key, wanted, got in differences:
        yield Failure(
            claim=expected.name, key=key, expected=wanted, got=got, at=world.now, place=expected.place, steps=steps
        )


def _unregistered(world: World, expected: Expected) -> Iterator[Failure]:
    """Yield what is not as expected of something that has no registration: an opportunity, at most."""
    got = str(world.found(expected.name)) if expected.name in world.rows.deals else "never submitted"
    wanted = {"found": str(expected.found)} if expected.found is not None else {}
    wanted |= {each: str(getattr(expected, each)) for each in sorted(expected.said - {"found"})}
    for key, value in wanted.items():
        if key != "found" or value != got:
            told = got if key == "found" else f"no registration ({got})"
            yield Failure(claim=expected.name, key=key, expected=value, got=told, at=world.now, place=expected.place)


def support_lines(world: World, name: str) -> Sequence[str]:
    """Return for support why a submission came to stand as it does, and what was decided since."""
    account = world.account(name)
    lines = _explained(world, name, Audience.SUPPORT, account.moved or account.last)
    if account.moved is not None and account.last is not account.moved:
        lines = [*lines, "Since then:", *_explained(world, name, Audience.SUPPORT, account.last)]
    return lines


def _partner_lines(world: World, name: str) -> Sequence[str]:
    return _explained(world, name, Audience.PARTNER, world.account(name).last)


Difference = tuple[str, str, str]


def _plain(world: World, expected: Expected) -> Iterator[Difference]:
    held, zone = world.account(expected.name).registration, world.policy.zone
    got: Mapping[str, Any] = {
        "status": held.status,
        "reason": held.reason,
        "owner": held.partner_id,
        "exclusive": held.exclusive,
        "rank": held.rank,
        "programme": held.programme,
        "kind": held.kind,
        "extensions": held.extension_count,
        "until": held.window.end if held.window is not None else None,
        "missing": held.missing,
    }
    if expected.name in world.rows.deals:
        got = {**got, "found": world.found(expected.name)}
    for key, value in got.items():
        wanted = getattr(expected, key)
        if key in expected.said and not _is_same(wanted, value):
            told: Callable[[Any], str] = _told
            if key == "until":
                told = lambda each: _told_end(each, zone)  # noqa: E731
            yield key, told(wanted), told(value)


def _listed(world: World, expected: Expected) -> Iterator[Difference]:
    account = world.account(expected.name)
    decision = account.last
    waits = tuple(each.reason for each in decision.waits) if decision is not None else ()
    flags = {each.code for each in decision.flags} if decision is not None else set()
    if expected.waits is not None and set(expected.waits) != set(waits):
        yield "waits", _told(expected.waits), _told(waits)
    if expected.flags is not None and not expected.flags <= flags:
        yield "flags", _told(sorted(expected.flags)), _told(sorted(flags))
    if expected.unflagged & flags:
        yield "unflagged", f"not {_told(sorted(expected.unflagged))}", _told(sorted(flags))
    if expected.opportunities is not None:
        tied = tuple(sorted(name for name, row in world.rows.deals.items() if row.ref in account.linked))
        if tuple(sorted(expected.opportunities)) != tied:
            yield "opportunities", _told(expected.opportunities), _told(tied)
    due = {each.kind: each.at for each in reversed(account.deadlines)}
    for kind, at in expected.due:
        if due.get(kind) != at:
            yield f"due {kind}", _told_at(at, world.policy.zone), _told_at(due.get(kind), world.policy.zone)
    if expected.rewards is not None:
        yield from _rewards(expected.rewards, account.registration.rewards)


def _words(world: World, expected: Expected) -> Iterator[Difference]:
    partner = " ".join(_partner_lines(world, expected.name)) if expected.told or expected.never_told else ""
    for words in expected.told:
        if words.casefold() not in partner.casefold():
            yield "told", words, partner
    for words in expected.never_told:
        if words.casefold() in partner.casefold():
            yield "never_told", f"not {words}", partner
    if expected.explained:
        support = "\n".join(support_lines(world, expected.name))
        for words in expected.explained:
            if words.casefold() not in support.casefold():
                yield "explained", words, "the explanation below"


def _written(world: World, expected: Expected) -> Iterator[Difference]:
    """Yield what is not as expected of the submission's row in the CRM."""
    if expected.write is None and not expected.remote and not expected.write_told:
        return
    row = world.remote.rows.get(expected.name)
    held = (row.held or "") if row is not None else "no mapping stands beside the rules"
    if expected.write is not None and (row is None or row.write is not expected.write):
        yield "write", expected.write, f"{row.write if row is not None else _NOTHING}: {held}"
    shown = world.remote.shown(expected.name, world.account(expected.name).registration.claim_ref.connection)
    for name, value in expected.remote:
        if str(shown.get(name)) != value:
            yield f"remote {name}", value, _told(shown.get(name))
    for words in expected.write_told:
        if words.casefold() not in held.casefold():
            yield "write_told", words, held or _NOTHING


def _rewards(expected: Sequence[RewardExpected], rewards: Sequence[Reward]) -> Iterator[Difference]:
    if not expected:
        if any(each.state != "lost" for each in rewards):
            yield "rewards", "none", "; ".join(map(_told_reward, rewards))
        return
    for wanted in expected:
        found = [each for each in rewards if each.rule == wanted.rule and wanted.partner in (None, each.partner_id)]
        if not any(_is_reward(wanted, each) for each in found) and (wanted.given or _is_given(found)):
            got = "; ".join(_told_reward(each) for each in found) or "none"
            yield f"reward {wanted.rule}", _told_wanted(wanted), got


def _is_given(found: Sequence[Reward]) -> bool:
    return any(each.state != "lost" for each in found)


def _is_reward(wanted: RewardExpected, got: Reward) -> bool:
    if not wanted.given:
        return False
    asked = ("percent", "amount", "points", "state")
    return all(getattr(wanted, name) in (None, getattr(got, name)) for name in asked)


def _explained(world: World, name: str, audience: Audience, decision: Decision | None) -> Sequence[str]:
    account = world.account(name)
    if decision is None:
        return ()
    policy = world.policy.under(account.registration.programme)
    return explain(
        decision_data(decision),
        audience=audience,
        registration=account.registration,
        zone=policy.zone,
        words=ENGLISH.under(policy.reasons, tells_conflict=policy.disclosure.tells_conflict),
    )


def _is_same(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, str) and isinstance(got, str):
        return str(wanted) == str(got)
    return bool(wanted == got)


def _told(value: Any) -> str:
    if value is None or value == ():
        return _NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def _told_at(moment: datetime | None, zone: str) -> str:
    if moment is None:
        return _NOTHING
    return f"{moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(' ', 'minutes')} ({zone})"


def _told_end(end: datetime | None, zone: str) -> str:
    """Return an end of protection as its last day, with the time where it is no midnight."""
    if end is None:
        return _NOTHING
    local = end.astimezone(ZoneInfo(zone))
    if local.time() == time():
        return f"{local.date() - timedelta(days=1)} (to the end of the day, {zone})"
    return _told_at(end, zone)


def _told_wanted(wanted: RewardExpected) -> str:
    if not wanted.given:
        return "none"
    return _sizes(wanted.percent, wanted.amount, wanted.points, wanted.state, wanted.partner) or "given"


def _told_reward(reward: Reward) -> str:
    size = _sizes(reward.percent, reward.amount, reward.points, reward.state, reward.partner_id)
    return f"{reward.rule}: {size}" + (f" ({reward.reason})" if reward.reason else "")


def _sizes(percent: Decimal | None, amount: Money | None, points: Decimal | None, *more: str | None) -> str:
    told = [
        f"{percent.normalize():f} %" if percent is not None else None,
        str(amount) if amount is not None else None,
        f"{points.normalize():f} points" if points is not None else None,
        *more,
    ]
    return ", ".join(each for each in told if each)

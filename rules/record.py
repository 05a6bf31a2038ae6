"""A decision as plain data for the ledger's entry, and back: what was decided replays from what was written.

The data is JSON as it stands (text, numbers, lists, maps), with instants as ISO text in UTC and money as decimal text. It
holds no free words of a command. Whoever stores it puts a pseudonym where it names a person (ledger/people.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from rules.cases import (
    Command,
    CommandKind,
    Decision,
    Due,
    Fact,
    Flag,
    LinkChange,
    Step,
    StepResult,
    Terms,
    Transition,
    Wait,
)
from rules.reasons import REASONS
from rules.records import CrmRef, Money, Reward, Status, Window


def decision_data(decision: Decision) -> dict[str, Any]:
    """Return the decision as JSON-able data."""
    return {
        "transitions": [
            {"status": str(each.status), "reason": each.reason, "at": _text(each.at), "actor": each.actor}
            for each in decision.transitions
        ],
        "terms": _terms_data(decision.terms),
        "deal_key": decision.deal_key,
        "priority_at": _text(decision.priority_at),
        "steps": [_step_data(each) for each in decision.steps],
        "deciding": decision.deciding,
        "waits": [
            {"reason": each.reason, "detail": each.detail, "until": _text(each.until)} for each in decision.waits
        ],
        "flags": [
            {"code": each.code, "ref": str(each.ref) if each.ref is not None else None, "detail": each.detail}
            for each in decision.flags
        ],
        "links": [{"ref": str(each.ref), "is_added": each.is_added, "why": each.why} for each in decision.links],
        "deadlines": [{"kind": each.kind, "at": _text(each.at)} for each in decision.deadlines],
        "proposal": _command_data(decision.proposal) if decision.proposal is not None else None,
        "extra": dict(decision.extra),
        "memory": dict(decision.memory),
    }


def decision_from(data: Mapping[str, Any]) -> Decision:
    """Return the decision that the data tells."""
    return Decision(
        transitions=tuple(
            Transition(status=Status(each["status"]), reason=each["reason"], at=_at(each["at"]), actor=each["actor"])
            for each in data["transitions"]
        ),
        terms=_terms(data["terms"]),
        deal_key=data["deal_key"],
        priority_at=_at(data["priority_at"]),
        steps=tuple(_step(each) for each in data["steps"]),
        deciding=data["deciding"],
        waits=tuple(
            Wait(reason=each["reason"], detail=each["detail"], until=_instant(each["until"])) for each in data["waits"]
        ),
        flags=tuple(
            Flag(code=each["code"], ref=CrmRef.parse(each["ref"]) if each["ref"] else None, detail=each["detail"])
            for each in data["flags"]
        ),
        links=tuple(
            LinkChange(ref=CrmRef.parse(each["ref"]), is_added=each["is_added"], why=each["why"])
            for each in data["links"]
        ),
        deadlines=tuple(Due(kind=each["kind"], at=_at(each["at"])) for each in data["deadlines"]),
        proposal=_command(data["proposal"]) if data["proposal"] is not None else None,
        extra=dict(data["extra"]),
        memory=dict(data["memory"]),
    )


def _terms_data(terms: Terms) -> dict[str, Any]:
    window = terms.window
    return {
        "partner_id": terms.partner_id,
        "exclusive": terms.exclusive,
        "window": {"start": _text(window.start), "end": _text(window.end)} if window is not None else None,
        "rank": terms.rank,
        "rewards": [reward_data(each) for each in terms.rewards],
        "programme": terms.programme,
        "kind": terms.kind,
    }


def _terms(data: Mapping[str, Any]) -> Terms:
    window = data["window"]
    return Terms(
        partner_id=data["partner_id"],
        exclusive=data["exclusive"],
        window=Window(start=_at(window["start"]), end=_at(window["end"])) if window is not None else None,
        rank=data["rank"],
        rewards=tuple(reward_from(each) for each in data["rewards"]),
        programme=data["programme"],
        kind=data["kind"],
    )


def reward_data(reward: Reward) -> dict[str, Any]:
    """Return a reward as JSON-able data, without what it does not give."""
    amount = reward.amount
    data = {
        "rule": reward.rule,
        "kind": reward.kind,
        "role": reward.role,
        "partner_id": reward.partner_id,
        "state": reward.state,
        "percent": _number(reward.percent),
        "amount": {"amount": _number(amount.amount), "currency": amount.currency} if amount is not None else None,
        "points": _number(reward.points),
        "entitlement": reward.entitlement,
        "reason": reward.reason,
        "until": reward.until.isoformat() if reward.until is not None else None,
    }
    return {name: value for name, value in data.items() if value is not None}


def reward_from(data: Mapping[str, Any]) -> Reward:
    """Return the reward that the data tells."""
    amount = data.get("amount")
    numbers = {name: Decimal(data[name]) for name in ("percent", "points") if name in data}
    money = Money(amount=Decimal(amount["amount"]), currency=amount["currency"]) if amount is not None else None
    until = date.fromisoformat(data["until"]) if "until" in data else None
    return Reward(**{**data, **numbers, "amount": money, "until": until})


def _number(number: Decimal | None) -> str | None:
    return format(number, "f") if number is not None else None


def _step_data(step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule,
        "result": str(step.result),
        "text": step.text,
        "facts": [
            {"name": each.name, "value": str(each.value), "source": each.source, "at": _text(each.at)}
            for each in step.facts
        ],
    }


def _step(data: Mapping[str, Any]) -> Step:
    facts = tuple(
        Fact(name=each["name"], value=each["value"], source=each["source"], at=_instant(each["at"]))
        for each in data["facts"]
    )
    return Step(rule=data["rule"], result=StepResult(data["result"]), text=data["text"], facts=facts)


def _command_data(command: Command) -> dict[str, Any]:
    return {
        "kind": str(command.kind),
        "actor": command.actor,
        "at": _text(command.at),
        "source": command.source,
        "is_allowed": command.is_allowed,
        "roles": sorted(each for each in command.roles if "@" not in each),
        "window_end": _text(command.window_end),
        "reason": command.reason if command.reason in REASONS else None,
        "status": str(command.status) if command.status is not None else None,
    }


def _command(data: Mapping[str, Any]) -> Command:
    return Command(
        kind=CommandKind(data["kind"]),
        actor=data["actor"],
        at=_at(data["at"]),
        source=data["source"],
        is_allowed=data["is_allowed"],
        roles=frozenset(data["roles"]),
        window_end=_instant(data["window_end"]),
        reason=data["reason"],
        status=Status(data["status"]) if data["status"] is not None else None,
    )


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment is not None else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

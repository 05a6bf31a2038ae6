"""How the answer of one clause becomes a verdict, and how several clauses of one rule become one.

A rule of the ladder may have several clauses: gates, thresholds, look-backs, quotas. They are asked in the order in which
the admin wrote them; the first that ends the matter decides, a doubt is kept, and each has a step of its own in the
explanation, named rule.clause. A clause whose `when` is false or unknown is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar

from rules.cases import Fact, StepResult, Wait
from rules.expression import Condition
from rules.expression.wording import told
from rules.facts import FACTS, FactView
from rules.situation import Kind, Situation, Verdict, skipped
from rules.windows import local_date
from rules.wording import TOLD

CONDITION_AWAITED: Final = "condition_awaited"

# Action, Unknown and the like say the same in the same words.
_KINDS: Final[Mapping[str, Kind]] = {
    "refuse": Kind.REFUSE,
    "return": Kind.RETURN,
    "review": Kind.REVIEW,
    "wait": Kind.WAIT,
    "off": Kind.PASS,
    "pass": Kind.PASS,
}
# Facts that no CRM row tells.
_NO_RECORD: Final[Mapping[str, str]] = {
    "registration": "ledger",
    "objections": "ledger",
    "opportunities": "ledger",
    "opportunity": "ledger",
    "clock": "clock",
}
_INSTANT: Final = timedelta(microseconds=1)
_GOES_ON: Final = frozenset({Kind.PASS, Kind.REVIEW})


class Clause(Protocol):
    """What every clause has."""

    @property
    def name(self) -> str: ...


C = TypeVar("C", bound=Clause)


def outcome(
    leads_to: StrEnum,
    text: str,
    facts: tuple[Fact, ...] = (),
    *,
    reason: str,
    doubt: str,
    clause: str = "",
    is_unknown: bool = False,
) -> Verdict:
    """Return what a clause leads to that does not hold, or cannot be told.

    reason: code of a refusal or return. doubt: code of a review.
    """
    kind = _KINDS[leads_to]
    result = StepResult.UNKNOWN if is_unknown else StepResult.FAILED
    if kind is Kind.PASS:
        return Verdict(kind, text, facts, "", result if is_unknown else StepResult.SKIPPED, None, clause)
    if kind is Kind.WAIT:
        wait = Wait(reason=CONDITION_AWAITED, detail=text)
        return Verdict(kind, text, facts, CONDITION_AWAITED, StepResult.UNKNOWN, wait, clause)
    return Verdict(kind, text, facts, doubt if kind is Kind.REVIEW else reason, result, None, clause)


def holds(text: str, facts: tuple[Fact, ...] = (), *, clause: str = "") -> Verdict:
    """Return that a clause holds."""
    return Verdict(Kind.PASS, text, facts, "", StepResult.PASSED, None, clause)


def unasked(text: str, *, clause: str = "") -> Verdict:
    """Return that a clause is not asked in this case."""
    return Verdict(Kind.PASS, text, (), "", StepResult.SKIPPED, None, clause)


def unasked_by(when: Condition | None, situation: Situation, *, clause: str = "") -> Verdict | None:
    """Return that a clause is not asked because of its `when`; None where it is."""
    if when is None:
        return None
    answer = when.test(situation.facts)
    if answer:
        return None
    word = "unknown" if answer is None else "false"
    return unasked(f"not asked: {when.text} is {word}", clause=clause)


def test(
    condition: Condition,
    situation: Situation,
    *,
    otherwise: StrEnum,
    unknown: StrEnum,
    reason: str,
    doubt: str,
    clause: str = "",
    facts: FactView | None = None,
) -> Verdict:
    """Ask a condition that must hold; an unknown fact leads where `unknown` says. facts: others than the situation's own."""
    view = situation.facts if facts is None else facts
    answer = condition.test(view)
    text, used = explained(condition, situation, view)
    if answer:
        return holds(text, used, clause=clause)
    if answer is None:
        return outcome(unknown, text, used, reason=reason, doubt="fact_unknown", clause=clause, is_unknown=True)
    return outcome(otherwise, text, used, reason=reason, doubt=doubt, clause=clause)


def explained(
    condition: Condition, situation: Situation, facts: FactView | None = None
) -> tuple[str, tuple[Fact, ...]]:
    """Return what decided a condition, in words, with the facts that it rests on."""
    clauses = condition.explain(situation.facts if facts is None else facts)
    deciding = [each for each in clauses if each.decides] or clauses
    used = {name: value for each in deciding for name, value in each.facts}
    return "; ".join(each.text for each in deciding), tuple([_fact(name, used[name], situation) for name in used])


def in_order(
    situation: Situation,
    rule: str,
    clauses: Iterable[C],
    ask: Callable[[C, Situation], Verdict],
    *,
    none: str,
) -> Verdict:
    """Ask every clause; return the first word that ends the matter, else the first wait, the first doubt, or that all hold.

    The words of the others become steps. none: what to say where there is no clause.
    """
    kept: Verdict | None = None
    asked = iter(clauses)
    for clause in asked:
        verdict = ask(clause, situation)
        if kept is not None and (verdict.kind not in _GOES_ON or kept.kind is Kind.PASS):
            _record(situation, rule, kept)
            kept = None
        if verdict.kind is Kind.WAIT:
            return _beyond(verdict, asked, ask, situation, rule)
        if verdict.kind not in _GOES_ON:
            return verdict
        if kept is None:
            kept = verdict
        else:
            _record(situation, rule, verdict)
    return kept if kept is not None else skipped(none)


def _beyond(
    waiting: Verdict, rest: Iterator[C], ask: Callable[[C, Situation], Verdict], situation: Situation, rule: str
) -> Verdict:
    """Ask the clauses after one that waits: what is refused or sent back for certain is so whatever is waited for.

    It waits until the first instant at which one of them may say more.
    """
    words = situation.memory.get(TOLD)
    for clause in rest:
        forget_told(situation)
        verdict = ask(clause, situation)
        if verdict.kind is not Kind.WAIT and verdict.kind not in _GOES_ON:
            _record(situation, rule, waiting)
            return verdict
        _record(situation, rule, verdict)
        if waiting.wait is not None and verdict.wait is not None and verdict.wait.until is not None:
            until = min(verdict.wait.until, waiting.wait.until or verdict.wait.until)
            waiting = replace(waiting, wait=replace(waiting.wait, until=until))
    forget_told(situation)
    if words is not None:
        situation.memory[TOLD] = words
    return waiting


def tell(situation: Situation, **values: int | date) -> None:
    """Leave values for the words that the partner reads: numbers and days, see wording.TOLD_NAMES."""
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    situation.memory[TOLD] = {**situation.memory.get(TOLD, {}), **plain}


def forget_told(situation: Situation) -> None:
    """Drop what an earlier decision left for the partner's words: a claim that is weighed anew is told of what holds now."""
    situation.memory.pop(TOLD, None)


def last_day_before(moment: datetime, situation: Situation) -> date:
    """Return the last day on which something may still be done that is due at `moment`."""
    return local_date(moment - _INSTANT, situation.policy.zone)


def step_name(rule: str, clause: str) -> str:
    """Return how a clause is called in explanations."""
    return f"{rule}.{clause}" if clause else rule


def _fact(name: str, value: Any, situation: Situation) -> Fact:
    """Return a fact of a condition with the record it came from and when that was last changed."""
    known, claim = FACTS.get(name), situation.claim
    words, source = told(value), known.source if known is not None else name.partition(".")[0]
    if source == "partner" and situation.partner is not None and situation.partner.refs:
        return Fact(name=name, value=words, source=str(situation.partner.refs[0]))
    if source == "customer" and claim.customer.ref is not None:
        return Fact(name=name, value=words, source=str(claim.customer.ref))
    if source in ("opportunity", "opportunities"):
        ours = [
            each.opportunity for each in situation.case.opportunities if each.is_linked or each.is_named_by_submission
        ]
        if ours:
            return Fact(name=name, value=words, source=str(ours[0].ref), at=ours[0].modified_at)
    if source in _NO_RECORD:
        return Fact(name=name, value=words, source=_NO_RECORD[source], at=situation.now)
    return situation.claim_fact(name, words)


def _record(situation: Situation, rule: str, verdict: Verdict) -> None:
    situation.step(step_name(rule, verdict.clause), verdict.result, verdict.text, verdict.facts)

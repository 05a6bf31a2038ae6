"""How the answer of one clause becomes a verdict, and how several clauses of one rule become one.

A rule of the ladder may have several clauses: gates, thresholds, look-backs, quotas. They are asked in the order in which
the admin wrote them; the first that ends the matter decides, a doubt is kept, and each has a step of its own in the
explanation, named rule.clause. A clause whose `when` is false or unknown is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from rules.cases import Fact, StepResult, Wait
from rules.expression import Condition
from rules.situation import Kind, Situation, Verdict, skipped

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


def in_order(
    situation: Situation,
    rule: str,
    clauses: Iterable[C],
    ask: Callable[[C, Situation], Verdict],
    *,
    none: str,
) -> Verdict:
    """Ask every clause; return the first word that ends the matter, else the first doubt, else that all hold.

    The words of the others become steps. none: what to say where there is no clause.
    """
    kept: Verdict | None = None
    for clause in clauses:
        verdict = ask(clause, situation)
        if kept is not None and (verdict.kind not in _GOES_ON or kept.kind is Kind.PASS):
            _record(situation, rule, kept)
            kept = None
        if verdict.kind not in _GOES_ON:
            return verdict
        if kept is None:
            kept = verdict
        else:
            _record(situation, rule, verdict)
    return kept if kept is not None else skipped(none)


def step_name(rule: str, clause: str) -> str:
    """Return how a clause is called in explanations."""
    return f"{rule}.{clause}" if clause else rule


def _record(situation: Situation, rule: str, verdict: Verdict) -> None:
    situation.step(step_name(rule, verdict.clause), verdict.result, verdict.text, verdict.facts)

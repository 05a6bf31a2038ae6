"""Proof of the partner's work: kinds, how many of them, by when, how fresh (primitive 12)."""

from __future__ import annotations

from dataclasses import dataclass

from rules.action import Action
from rules.expression import Condition
from rules.setting import required, setting
from rules.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRule:
    """One demand for evidence."""

    name: str = required("Short name, shown in decisions.")
    kinds: tuple[str, ...] = required("The kinds that count, as the CRM names them.")
    at_least: int = setting(1, "How many different kinds of them are needed.")
    dated: bool = setting(False, "Only proof with a date counts.")
    not_older_than: Span | None = setting(None, "Proof older than this at the submission does not count.")
    before_submission: bool = setting(False, "Only work done before the submission counts.")
    within: Span | None = setting(
        None, "The partner may bring it so long after submission; until then the claim is pending. null: at once."
    )
    when: Condition | None = setting(None, "Asked only where this holds.")
    otherwise: Action = setting(Action.RETURN, "return, refuse, review.")
    reason: str = setting("evidence_missing", "Reason code where it is missing.")

"""What checks hand back: findings with place, code and advice, and the report of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from config.check.codes import CODES
from rules.errors import Problem, sentence
from rules.mapping import Place
from rules.policy import Policy


class Severity(StrEnum):
    ERROR = "error"  # the rules cannot be used
    WARNING = "warning"  # they can, and do something that was hardly meant
    NOTE = "note"  # worth a look; may well be meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found. code: of CODES. key: the setting. message: a sentence that goes on after the key."""

    severity: Severity
    code: str
    place: Place
    key: str
    message: str
    hint: str = ""

    def __post_init__(self) -> None:
        assert self.code in CODES, self.code

    def __str__(self) -> str:
        where = f"{self.place.file}:{self.place.line}:{self.place.column}" if self.place.line else self.place.file
        text = sentence(f"{where}: {self.severity}: {self.key + ': ' if self.key else ''}{self.message}")
        return f"{text} {self.hint}" if self.hint else text

    def as_problem(self) -> Problem:
        """Return an error as the readers tell theirs."""
        return Problem(
            file=self.place.file,
            line=self.place.line,
            column=self.place.column,
            key=self.key,
            message=self.message,
            hint=self.hint,
        )

    def as_data(self) -> dict[str, Any]:
        """Return the finding as `--json` shows it."""
        return {
            "severity": str(self.severity),
            "code": self.code,
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "key": self.key,
            "message": self.message,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that was found, in the order of the files. policy: None when the rules cannot be used."""

    findings: Sequence[Finding] = field(default=())
    policy: Policy | None = None

    @property
    def is_usable(self) -> bool:
        return self.count(Severity.ERROR) == 0

    @property
    def is_clean(self) -> bool:
        """Tell whether there is nothing but notes."""
        return self.is_usable and self.count(Severity.WARNING) == 0

    def count(self, severity: Severity) -> int:
        return sum(each.severity is severity for each in self.findings)

    def as_data(self) -> dict[str, Any]:
        """Return the report as `--json` shows it."""
        policy = self.policy
        return {
            "is_usable": self.is_usable,
            "name": policy.name if policy is not None else None,
            "version": policy.version if policy is not None else None,
            "hash": policy.hash if policy is not None else None,
            "errors": self.count(Severity.ERROR),
            "warnings": self.count(Severity.WARNING),
            "notes": self.count(Severity.NOTE),
            "findings": [each.as_data() for each in self.findings],
        }


def from_problems(problems: Iterable[Problem]) -> list[Finding]:
    """Return what a reader refused as findings."""
    return [
        Finding(
            severity=Severity.ERROR,
            code="invalid",
            place=Place(file=each.file, line=each.line, column=each.column),
            key=each.key,
            message=each.message,
            hint=each.hint,
        )
        for each in problems
    ]


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by file, line and column, each once: what programmes share with the base is told of the base."""
    known: dict[tuple[str, Place, str], Finding] = {}
    for each in findings:
        known.setdefault((each.code, each.place, each.message), each)
    files = list(dict.fromkeys(each.place.file for each in known.values()))
    return tuple(
        sorted(known.values(), key=lambda each: (files.index(each.place.file), each.place.line, each.place.column))
    )

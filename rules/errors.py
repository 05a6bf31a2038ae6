"""Errors, grouped by what the caller should do about them.

    DealError
      ConfigError      fix the file; carries problems: file, line, column, key, hint
      RecordError      set this row aside and carry on; carries crm, ref, field
      TransientError   try again later; carries retry_after_s, and whether the call may have been applied
      PermanentError   a person must act: a refused login stops the connection; a field missing or forbidden blocks it only
      InvariantError   our own bug; stop the pass, keep the evidence

Connectors translate every answer of a CRM into one of these at once and keep the CRM's own code. A message says what
happened, to which record, and what to do; it never holds a secret or a person's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class RetryClass(StrEnum):
    """What to do with a failed call or row (closed list).

    Source: reliability rules of the product, docs/errors.md.
    """

    TRANSIENT = "transient"  # timeout, 5xx, reset: the outcome is unknown, resolve it before anything else
    THROTTLED = "throttled"  # too fast: slow down, honour Retry-After
    EXHAUSTED = "exhausted"  # the daily allowance is used up: pause the connection until it resets
    LOCKED = "locked"  # a row lock: retry with jitter, smaller batches
    HELD = "held"  # the CRM has locked the record itself, for an approval say: tried again now and then, never given up
    STALE = "stale"  # a condition failed (412): read the record again and plan anew
    AUTH = "auth"  # the login is refused: the connection stops until a person acts
    PERMISSION = "permission"  # an object or field is missing or forbidden: block it, keep the record
    VALIDATION = "validation"  # the CRM refuses this row's values: quarantine with the CRM's text
    DUPLICATE = "duplicate"  # a unique value is taken: adopt or quarantine, never create again
    GONE = "gone"  # the row was deleted, archived or merged away
    BUG = "bug"  # the CRM calls our request malformed: stop that operation, keep the evidence


class DealError(Exception):
    """Base of everything Registrar raises on purpose.

    code: the CRM's own code where there is one (`UNABLE_TO_LOCK_ROW`, `HTTP 429`).
    """

    def __init__(self, message: str, *, code: str | None = None, retry_class: RetryClass | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.retry_class = retry_class


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a configuration file. line and column count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = f"{place}: {self.key + ': ' if self.key else ''}{self.message}"
        return f"{sentence(text)} {self.hint}" if self.hint else text


def sentence(text: str) -> str:
    """Return the text with a full stop at its end, so that advice can follow."""
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


class ConfigError(DealError):
    """One or more problems in configuration files: all of them, not just the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class RecordError(DealError):
    """One row cannot be read or written: it is set aside with the reason and the rest goes on."""

    def __init__(
        self,
        message: str,
        *,
        crm: str,
        ref: str,
        field: str | None = None,
        code: str | None = None,
        retry_class: RetryClass = RetryClass.VALIDATION,
        existing_id: str | None = None,
    ) -> None:
        super().__init__(message, code=code, retry_class=retry_class)
        self.crm = crm
        self.ref = ref
        self.field = field
        self.existing_id = existing_id  # the CRM id that already holds a unique value, where the CRM names it


class TransientError(DealError):
    """Try again later.

    retry_after_s: seconds the CRM asked for, else None. outcome_unknown: a write may have been applied nevertheless.
    """

    def __init__(
        self,
        message: str,
        *,
        crm: str,
        retry_after_s: float | None = None,
        outcome_unknown: bool = False,
        code: str | None = None,
        retry_class: RetryClass = RetryClass.TRANSIENT,
    ) -> None:
        super().__init__(message, code=code, retry_class=retry_class)
        self.crm = crm
        self.retry_after_s = retry_after_s
        self.outcome_unknown = outcome_unknown


class PermanentError(DealError):
    """A person must act before this can work.

    fields: CRM field names that are missing or forbidden; empty when the whole connection or object is affected.
    """

    def __init__(
        self,
        message: str,
        *,
        crm: str,
        object_name: str | None = None,
        fields: Sequence[str] = (),
        code: str | None = None,
        retry_class: RetryClass = RetryClass.AUTH,
    ) -> None:
        super().__init__(message, code=code, retry_class=retry_class)
        self.crm = crm
        self.object_name = object_name
        self.fields = tuple(fields)


class InvariantError(DealError):
    """Our own bug: something that must hold does not. The pass stops and the evidence is kept."""

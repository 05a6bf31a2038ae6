"""Translate Salesforce's errors into ours, with the table of codes.py.

Codes stand in three places: the list that a failed call answers with (`errorCode`), the rows of a collection, upsert or
composite answer with status 200 (`statusCode`), and OAuth answers (`error`).

Salesforce's own words are kept for support, without quoted literals and mail addresses; texts that are known to repeat a
field's value are replaced by ours.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.http import redact
from connectors.salesforce.codes import BY_STATUS, FIX_ROW, GRANT, OUR_BUG, RULES, WAIT
from connectors.salesforce.ids import known_id18
from rules.errors import DealError, InvariantError, PermanentError, RecordError, RetryClass, TransientError

EXHAUSTED_PAUSE_S: Final = 1800.0  # the allowance rolls over 24 hours; hammering only prolongs it
CONCURRENT_PAUSE_S: Final = 10.0
TEXT_LENGTH_MAX: Final = 300

_LITERAL: Final = re.compile(r"'(?:\\.|[^'\\])*'")
_EXISTING: Final = re.compile(r"record with id: ?([A-Za-z0-9]{18}|[A-Za-z0-9]{15})\b")
_COLUMN: Final = re.compile(
    r"No such column '([^']+)'|Invalid field: '?([A-Za-z0-9_.]+)|Didn't understand relationship '([^']+)'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One error as Salesforce told it, judged."""

    retry_class: RetryClass
    code: str
    text: str  # safe to show
    advice: str
    fields: tuple[str, ...] = ()
    existing_id: str | None = None
    retry_after_s: float | None = None


def read_fault(
    content: Any, *, status: int | None = None, secrets: Collection[str] = (), retry_after_s: float | None = None
) -> Fault:
    """Return the judged first error of an answer's parsed body (list, dict or text), or of one row's `errors`.

    status: of the HTTP answer or subrequest; None inside a row.
    """
    body = _first(content)
    code = str(body.get("errorCode") or body.get("statusCode") or body.get("error") or "")
    message = str(body.get("message") or body.get("error_description") or "")
    rule = RULES.get(code)
    retry_class = rule.retry_class if rule is not None else _class_of_status(status)
    if not code and status is not None and _is_not_salesforce(content, status):
        retry_class = RetryClass.TRANSIENT
    pause_s = retry_after_s
    if code == "REQUEST_LIMIT_EXCEEDED":
        is_concurrent = "oncurrent" in message
        retry_class = RetryClass.THROTTLED if is_concurrent else RetryClass.EXHAUSTED
        pause_s = pause_s or (CONCURRENT_PAUSE_S if is_concurrent else EXHAUSTED_PAUSE_S)
    elif code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and (
        "UNABLE_TO_LOCK_ROW" in message or "too many" in message.lower()
    ):
        retry_class = RetryClass.LOCKED
    elif code == "NOT_FOUND" and "external ID field" in message:
        retry_class = RetryClass.PERMISSION
    told = body.get("fields")
    fields = tuple(str(each) for each in told) if isinstance(told, list) else ()
    if code == "INVALID_CROSS_REFERENCE_KEY" and not fields:
        retry_class = RetryClass.GONE  # the record's own id leads nowhere; with fields it is a lookup's
    return Fault(
        retry_class=retry_class,
        code=code or (f"HTTP {status}" if status is not None else "unknown"),
        text="" if rule is not None and rule.is_quiet else safe_text(message, secrets),
        advice=rule.advice if rule is not None else _advice(retry_class),
        fields=fields or _columns(message),
        existing_id=_existing_id(body, message),
        retry_after_s=pause_s,
    )


def row_error(fault: Fault, *, connection: str, ref: str) -> DealError:
    """Return the error for one row of a batch that was certainly not applied."""
    where = f" (fields {', '.join(fault.fields)})" if fault.fields else ""
    message = f"{ref}: Salesforce refused it{where} with {_said(fault)} {fault.advice}"
    match fault.retry_class:
        case RetryClass.TRANSIENT | RetryClass.THROTTLED | RetryClass.EXHAUSTED | RetryClass.LOCKED:
            return TransientError(
                message,
                crm=connection,
                code=fault.code,
                retry_class=fault.retry_class,
                retry_after_s=fault.retry_after_s,
            )
        case RetryClass.PERMISSION if fault.code.startswith(("INVALID_FIELD", "INVALID_TYPE", "STORAGE")):
            return PermanentError(
                message, crm=connection, fields=fault.fields, code=fault.code, retry_class=fault.retry_class
            )
        case RetryClass.AUTH:
            return PermanentError(message, crm=connection, code=fault.code, retry_class=fault.retry_class)
        case RetryClass.BUG:
            retry_class = RetryClass.VALIDATION  # a code we do not know concerns this row until shown otherwise
        case _:
            retry_class = fault.retry_class
    return RecordError(
        message,
        crm=connection,
        ref=ref,
        field=fault.fields[0] if fault.fields else None,
        code=fault.code,
        retry_class=retry_class,
        existing_id=fault.existing_id,
    )


def call_error(
    fault: Fault, *, connection: str, what: str, is_write: bool, object_name: str | None = None
) -> DealError:
    """Return the error for a whole call. what: the call in words ("query Opportunity")."""
    message = f"{connection}: {what} failed with {_said(fault)} {fault.advice}"
    match fault.retry_class:
        case RetryClass.TRANSIENT | RetryClass.THROTTLED | RetryClass.EXHAUSTED | RetryClass.LOCKED:
            return TransientError(
                message,
                crm=connection,
                retry_after_s=fault.retry_after_s,
                outcome_unknown=is_write and fault.retry_class is RetryClass.TRANSIENT,
                code=fault.code,
                retry_class=fault.retry_class,
            )
        case RetryClass.BUG if fault.code in RULES:
            return InvariantError(message, code=fault.code, retry_class=fault.retry_class)
        case RetryClass.GONE:
            retry_class = RetryClass.PERMISSION  # a whole object that is "not found" is hidden or misspelt
        case _:
            retry_class = fault.retry_class
    return PermanentError(
        message, crm=connection, object_name=object_name, fields=fault.fields, code=fault.code, retry_class=retry_class
    )


def safe_text(text: str, secrets: Collection[str] = ()) -> str:
    """Return Salesforce's words on one line without quoted literals, secrets and mail addresses, cut to a usable length."""
    columns = set(_columns(text))
    plain = _LITERAL.sub(lambda found: found.group() if found.group()[1:-1] in columns else "'...'", text)
    return redact(" ".join(plain.split()), secrets)[:TEXT_LENGTH_MAX]


def _said(fault: Fault) -> str:
    text = fault.text.rstrip(". ")
    return f"{fault.code} ({text})." if text else f"{fault.code}."


def _first(content: Any) -> Mapping[str, Any]:
    if isinstance(content, list) and content:
        content = content[0]
    return content if isinstance(content, Mapping) else {}


def _class_of_status(status: int | None) -> RetryClass:
    if status is None:
        return RetryClass.VALIDATION
    if status >= 500 or status < 300:  # below 300: a page where JSON should be
        return RetryClass.TRANSIENT
    return BY_STATUS.get(status, RetryClass.BUG)


def _is_not_salesforce(content: Any, status: int) -> bool:
    """Tell whether a refusal was cut on its way, or comes from something in between: Salesforce gives its reasons."""
    if not isinstance(content, str):
        return False
    return status == 403 or content.lstrip()[:1] in ("[", "{")


def _advice(retry_class: RetryClass) -> str:
    match retry_class:
        case RetryClass.STALE:
            return "Somebody changed the record meanwhile; it is read and planned again."
        case RetryClass.TRANSIENT | RetryClass.THROTTLED | RetryClass.LOCKED:
            return WAIT
        case RetryClass.AUTH | RetryClass.PERMISSION:
            return GRANT
        case RetryClass.BUG:
            return OUR_BUG
        case _:
            return FIX_ROW


def _columns(message: str) -> tuple[str, ...]:
    names: list[str] = []
    for groups in _COLUMN.findall(message):
        names += [name for name in groups if name and name not in names]
    return tuple(names)


def _existing_id(body: Mapping[str, Any], message: str) -> str | None:
    """Return the record that holds the value already: named in the text, or by a duplicate rule's matches."""
    found = _EXISTING.search(message)
    if found is not None:
        return known_id18(found.group(1))
    # The live API spells the key of a refused single row without its "l"; the guides spell it right.
    result = body.get("duplicateResut") or body.get("duplicateResult")
    matches: Sequence[Any] = result.get("matchResults") or () if isinstance(result, Mapping) else ()
    for match in matches:
        for record in (match.get("matchRecords") or ()) if isinstance(match, Mapping) else ():
            row = record.get("record") if isinstance(record, Mapping) else None
            if isinstance(row, Mapping) and row.get("Id"):
                return known_id18(str(row["Id"]))
    return None

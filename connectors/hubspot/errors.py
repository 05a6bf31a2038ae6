"""What HubSpot's answers mean: from status, headers and body to the error tree of rules/errors.py; pure.

The body is read into a Fault first (faults.py), and the status decides what to do about it. A message of HubSpot may quote
values of a record: only property names, codes, ids and scopes go into our messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from connectors.http import header, redact, retry_after_s
from connectors.hubspot.faults import Fault
from connectors.unanswered import is_unreached, unreached_words, why_unanswered
from rules.errors import DealError, InvariantError, PermanentError, RecordError, RetryClass, TransientError

SECONDLY_WAIT_S: Final = 1.0  # search limiter; the official Node client waits as long
ROLLING_WAIT_S: Final = 10.0  # the ten-second limiter
LOCKED_WAIT_S: Final = 2.0  # "locks last 2 seconds" (HubSpot docs, error handling, 423)
MIGRATION_WAIT_S: Final = 3600.0  # 477 without Retry-After; the docs speak of up to 24 hours
RETRY_AFTER_MAX_S: Final = 300.0  # a longer Retry-After on a 429 is milliseconds or a mistake
_NON_UNIQUE: Final = re.compile(r"by non-unique \S+ property (\S+)")

_CREDENTIAL_EDGE: Final = 530  # a malformed token was seen to give 530 with HTML instead of 401
_RETRYABLE: Final = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, _CREDENTIAL_EDGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was asked for, for messages. object_name: HubSpot object type or a word such as "owners"."""

    connection: str
    object_name: str
    purpose: str
    is_write: bool = False

    def __str__(self) -> str:
        return f"{self.connection} {self.object_name}"


def error_of(
    status: int, headers: Mapping[str, str], fault: Fault, *, call: Call, now: datetime, zone: tzinfo
) -> DealError:
    """Return our error for a refused call.

    now: the CRM's time, for Retry-After dates and the daily limit, which ends at midnight of the account's zone.
    """
    if status == 429:
        return _too_many(headers, fault, call=call, now=now, zone=zone)
    if status == 477:
        return _migrating(headers, fault, call=call, now=now)
    if status == 423:
        return TransientError(
            f"{call}: the records are locked (423); they are tried again in a moment.",
            crm=call.connection,
            retry_after_s=LOCKED_WAIT_S,
            code=_code(status, fault),
            retry_class=RetryClass.LOCKED,
        )
    # A refusal that was cut on its way, or a page that says no: HubSpot itself gives its reasons.
    is_not_hubspot = fault.is_cut or (status == 403 and not fault.is_json)
    if status in _RETRYABLE or status >= 500 or (is_not_hubspot and status != 401):
        return TransientError(
            f"{call}: HubSpot answered HTTP {status}{_trace(fault)}; {_again(call)}",
            crm=call.connection,
            retry_after_s=retry_after_s(header(headers, "Retry-After"), now=now),
            outcome_unknown=call.is_write,
            code=_code(status, fault),
        )
    if 300 <= status <= 399:
        return _moved(status, call=call)
    if status in (401, 403):
        return _not_allowed(status, fault, call=call)
    if status == 404:
        return _not_found(fault, call=call)
    if status == 409:
        return _conflict(fault, call=call)
    return _bad_request(status, fault, call=call)


def no_answer(error: Exception, *, call: Call, host: str | None, was_sent: bool) -> TransientError:
    """Return our error for a call that got no usable answer. was_sent: the request may have reached HubSpot."""
    words = (
        f"{call.connection}: {unreached_words(host, error)}"
        if is_unreached(error)
        else f"{call}: no whole answer from {host}: {why_unanswered(error)}; {_again(call)}"
    )
    return TransientError(
        words,
        crm=call.connection,
        outcome_unknown=call.is_write and was_sent,
        code=type(error).__name__,
    )


def bad_body(what: str, *, call: Call, status: int) -> TransientError:
    """Return our error for a success that is none: HTML, an empty body, cut JSON, a page without results."""
    return TransientError(
        f"{call}: HubSpot answered HTTP {status} with {what}; {_again(call)}",
        crm=call.connection,
        outcome_unknown=call.is_write,
        code="UNREADABLE_ANSWER",
    )


def refused_login(call: Call, code: str, *, advice: str) -> PermanentError:
    """Return the error that stops a connection until a person renews its credentials."""
    return PermanentError(
        f"{call.connection}: HubSpot refuses the credentials ({code}). {advice}",
        crm=call.connection,
        code=code,
        retry_class=RetryClass.AUTH,
    )


def row_error(fault: Fault, *, call: Call, ref: str, status: int | None = None) -> RecordError:
    """Return the error of one refused row: HubSpot's codes and property names, and the id that stands in its way."""
    retry_class = RetryClass.VALIDATION
    category = fault.category or ""
    if status == 409 or category in ("CONFLICT", "OBJECT_ALREADY_EXISTS") or fault.code == "CONFLICTING_UNIQUE_VALUE":
        retry_class = RetryClass.DUPLICATE
    elif status == 404 or category == "OBJECT_NOT_FOUND":
        retry_class = RetryClass.GONE
    names = fault.property_names
    where = f" on {', '.join(names)}" if names else ""
    return RecordError(
        f"{ref}: HubSpot refuses the write ({fault.code or f'HTTP {status}'}{where}){_trace(fault)}. {_advice(retry_class)}",
        crm=call.connection,
        ref=ref,
        field=names[0] if names else None,
        code=fault.code or (f"HTTP {status}" if status else None),
        retry_class=retry_class,
        existing_id=fault.existing_id,
    )


def next_midnight(now: datetime, zone: tzinfo) -> datetime:
    """Return the coming midnight of the account's zone, where its daily allowance starts anew."""
    local = now.astimezone(zone)
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _too_many(headers: Mapping[str, str], fault: Fault, *, call: Call, now: datetime, zone: tzinfo) -> TransientError:
    """Tell the three limiters apart: the search's second, the rolling ten seconds, the account's day."""
    name = f"{fault.policy or ''} {fault.message}".lower()
    if "daily" in name:
        pause = (next_midnight(now, zone) - now).total_seconds()
        return TransientError(
            f"{call}: the account's daily allowance of API calls is used up; calls go on at midnight of {zone}.",
            crm=call.connection,
            retry_after_s=pause,
            code="DAILY",
            retry_class=RetryClass.EXHAUSTED,
        )
    least = SECONDLY_WAIT_S if "secondly" in name and "ten_secondly" not in name else ROLLING_WAIT_S
    asked = retry_after_s(header(headers, "Retry-After"), now=now) or 0.0
    if asked > RETRY_AFTER_MAX_S:
        asked = 0.0
    return TransientError(
        f"{call}: HubSpot asks to slow down (429 {fault.policy or 'no policy named'}).",
        crm=call.connection,
        retry_after_s=max(least, asked),
        code=fault.policy or "HTTP 429",
        retry_class=RetryClass.THROTTLED,
    )


def _migrating(headers: Mapping[str, str], fault: Fault, *, call: Call, now: datetime) -> TransientError:
    asked = retry_after_s(header(headers, "Retry-After"), now=now)
    return TransientError(
        f"{call}: HubSpot is moving the account between data centres (477); the connection pauses until it is done.",
        crm=call.connection,
        retry_after_s=asked if asked else MIGRATION_WAIT_S,
        code=_code(477, fault),
        retry_class=RetryClass.EXHAUSTED,
    )


def _moved(status: int, *, call: Call) -> PermanentError:
    return PermanentError(
        f"{call.connection}: the address sends us on to another one (HTTP {status}); redirects are not followed, because "
        "they would carry the token along. Set url to https://api.hubapi.com.",
        crm=call.connection,
        code=f"HTTP {status}",
        retry_class=RetryClass.AUTH,
    )


def _not_allowed(status: int, fault: Fault, *, call: Call) -> PermanentError:
    if status == 401:
        return refused_login(
            call,
            fault.category or "HTTP 401",
            advice="Renew the private app token or service key, or connect the app anew, then run `registrar doctor`.",
        )
    scopes = fault.context.get("requiredGranularScopes") or fault.context.get("requiredScopes") or ()
    named = f"missing scope {', '.join(scopes)}" if scopes else "a scope is missing, or the account's tier lacks this"
    verb = "write" if call.is_write else "read"
    return PermanentError(
        f"{call.connection}: the app may not {verb} {call.object_name} (403, {named}). "
        "Add the scope to the private app or service key, then run `registrar doctor`.",
        crm=call.connection,
        object_name=call.object_name,
        code=fault.category or "HTTP 403",
        retry_class=RetryClass.PERMISSION,
    )


def _not_found(fault: Fault, *, call: Call) -> DealError:
    if fault.is_json:
        return RecordError(
            f"{call}: HubSpot has no such record (404){_trace(fault)}.",
            crm=call.connection,
            ref=str(call),
            code=fault.category or "HTTP 404",
            retry_class=RetryClass.GONE,
        )
    return PermanentError(
        f"{call}: HubSpot does not know the path asked for (404 with a web page). Check `api` in the connection's file.",
        crm=call.connection,
        object_name=call.object_name,
        code="HTTP 404",
        retry_class=RetryClass.PERMISSION,
    )


def _conflict(fault: Fault, *, call: Call) -> RecordError:
    return row_error(fault, call=call, ref=str(call), status=409)


def _bad_request(status: int, fault: Fault, *, call: Call) -> DealError:
    unique = _NON_UNIQUE.search(fault.message)
    if unique or "infer object type" in fault.message:
        what = f"{unique.group(1)} is not a unique property" if unique else "HubSpot knows no such object type"
        return PermanentError(
            f"{call}: {what}. Correct `object` or `external_id` in the connection's file, or create it in HubSpot.",
            crm=call.connection,
            object_name=call.object_name,
            fields=(unique.group(1),) if unique else (),
            code=_code(status, fault),
            retry_class=RetryClass.PERMISSION,
        )
    if fault.properties or fault.category == "VALIDATION_ERROR":
        if call.is_write:
            return row_error(fault, call=call, ref=str(call), status=status)
        return PermanentError(
            f"{call}: HubSpot refuses {', '.join(fault.property_names) or 'a property'} ({fault.code}). "
            "It was renamed, deleted or changed: correct the mapping.",
            crm=call.connection,
            object_name=call.object_name,
            fields=fault.property_names,
            code=_code(status, fault),
            retry_class=RetryClass.PERMISSION,
        )
    return InvariantError(
        f"{call}: HubSpot calls our request malformed (HTTP {status}, {redact(fault.message)[:200]!r}){_trace(fault)}.",
        code=_code(status, fault),
        retry_class=RetryClass.BUG,
    )


def _code(status: int, fault: Fault) -> str:
    return fault.code or f"HTTP {status}"


def _trace(fault: Fault) -> str:
    return f" [correlation id {fault.correlation_id}]" if fault.correlation_id else ""


def _again(call: Call) -> str:
    return "whether it was applied is read back." if call.is_write else "it is tried again later."


def _advice(retry_class: RetryClass) -> str:
    if retry_class is RetryClass.DUPLICATE:
        return "Another record holds the unique value: clear it there, or merge the two."
    if retry_class is RetryClass.GONE:
        return "The record was archived, merged or deleted."
    return "Correct the value or the mapping of the property; it is sent again then."

"""Find everything wrong between a connection's mapping and its org, all at once: what `registrar doctor` shows.

This module asks the org; what its answers mean for each field is judged in check_fields.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from connectors.port import Finding, Severity
from connectors.salesforce.check_fields import Found, stream_findings
from connectors.salesforce.client import Client
from connectors.salesforce.options import Flow
from connectors.salesforce.organization import Organization
from connectors.salesforce.schema import Schema
from rules.errors import DealError, PermanentError, RetryClass, TransientError
from rules.mapping import ConnectionMap, StreamMap

SKEW_MAX: Final = timedelta(seconds=60)
SKEW_MAX_JWT: Final = timedelta(seconds=120)  # a JWT is good for three minutes
BUDGET_SHARE_MAX: Final = 0.8


def check(
    client: Client, schema: Schema, mapping: ConnectionMap, organization: Callable[[], Organization]
) -> list[Finding]:
    """Return every finding. Nothing but reads is sent; an error of one question does not hide the answers to others."""
    found: list[Found] = []
    try:
        client.session()
    except DealError as error:
        return [_finding(client, _login_problem(error))]
    found += _version(client)
    found += _skew(client)
    currency = None
    try:
        currency = organization().currency
    except DealError as error:
        found.append(_unanswered("organization_unreadable", error, Severity.WARNING))
    for stream_map in mapping.streams.values():
        found += _stream(schema, stream_map, currency)
    found += _budget(client)
    return [_finding(client, each) for each in found]


def _stream(schema: Schema, stream_map: StreamMap, currency: str | None) -> Iterator[Found]:
    try:
        described = schema.of(stream_map.object_name, is_fresh=True)
    except PermanentError as error:
        if error.retry_class is not RetryClass.PERMISSION:
            yield _unanswered("object_unreadable", error, Severity.ERROR)
            return
        yield Found(
            severity=Severity.ERROR,
            code="object_hidden",
            message=f"{stream_map.object_name} does not exist or is not visible to the integration user.",
            advice="Grant read access to the object in the permission set, or correct `object` in the mapping.",
            place=str(stream_map.place),
        )
        return
    except DealError as error:
        yield _unanswered("object_unreadable", error, Severity.ERROR)
        return
    yield from stream_findings(stream_map, described, currency)


def _login_problem(error: DealError) -> Found:
    if isinstance(error, TransientError):
        return _unanswered("crm_unreachable", error, Severity.ERROR)
    return Found(
        severity=Severity.ERROR,
        code="login_refused",
        message=error.message,
        advice="See connectors/salesforce/setup.md, section Login.",
    )


def _version(client: Client) -> Iterator[Found]:
    wanted = client.options.api_version
    try:
        listed = client.versions()
        answered = [str(each["version"]) for each in listed]
    except DealError as error:
        yield _unanswered("versions_unreadable", error, Severity.WARNING)
        return
    except (TypeError, KeyError):
        return  # a list in another shape says nothing against our version; the first real call will
    if wanted not in answered:
        newest = answered[-1] if answered else "none"
        yield Found(
            severity=Severity.ERROR,
            code="api_version_unknown",
            message=f"the org does not answer API version {wanted}; its newest is {newest}.",
            advice=f'Set api_version: "{newest}".',
        )


def _skew(client: Client) -> Iterator[Found]:
    skew = client.wire.skew
    limit = SKEW_MAX_JWT if client.options.flow is Flow.JWT_BEARER else None
    if abs(skew) <= SKEW_MAX:
        return
    is_grave = limit is not None and abs(skew) > limit
    where = "behind" if skew > timedelta() else "ahead of"
    yield Found(
        severity=Severity.ERROR if is_grave else Severity.WARNING,
        code="clock_skew",
        message=f"this machine's clock is {abs(skew.total_seconds()):.0f} s {where} Salesforce's.",
        advice="Switch on time synchronisation (NTP) on this machine.",
    )


def _budget(client: Client) -> Iterator[Found]:
    limits = client.wire.limits
    if limits.used is None or not limits.total or limits.used / limits.total < BUDGET_SHARE_MAX:
        return
    yield Found(
        severity=Severity.WARNING,
        code="budget_low",
        message=f"{limits.used:,} of the org's {limits.total:,} API calls of the last 24 hours are used.",
        advice="Find out which integration uses them; Registrar pauses when none are left.",
    )


def _unanswered(code: str, error: DealError, severity: Severity) -> Found:
    return Found(severity=severity, code=code, message=error.message, advice="Run `registrar doctor` again.")


def _finding(client: Client, found: Found) -> Finding:
    return Finding(
        connection=client.connection,
        severity=found.severity,
        code=found.code,
        message=found.message,
        advice=found.advice,
        place=found.place,
    )

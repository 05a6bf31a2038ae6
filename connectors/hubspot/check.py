"""Find everything wrong between a connection's mapping and its account, all at once: what `registrar doctor` shows.

This module asks the account; what its answers mean for each field is judged in check_fields.py. Nothing is written: whether
writing is allowed is asked with a batch of no rows, which HubSpot refuses or takes without touching anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final

from connectors.hubspot.check_fields import Found, Shown, stream_findings
from connectors.hubspot.client import Client
from connectors.hubspot.errors import Call
from connectors.hubspot.options import Options
from connectors.hubspot.owners import FIELDS, OBJECT, Owners
from connectors.hubspot.paths import NUMBERED
from connectors.hubspot.portal import LabelFact, Portal, StageFact
from connectors.hubspot.records import Records
from connectors.hubspot.translate import STAGES
from connectors.port import Finding, Severity
from rules.errors import DealError, PermanentError, RetryClass, TransientError
from rules.fields import FieldType
from rules.mapping import ConnectionMap, StreamMap

SKEW_MAX: Final = timedelta(seconds=60)
BUDGET_SHARE_MAX: Final = 0.8
PURPOSE: Final = "check"


def check(client: Client, portal: Portal, owners: Owners, mapping: ConnectionMap, options: Options) -> list[Finding]:
    """Return every finding; an error of one question does not hide the answers to others."""
    found: list[Found] = []
    try:
        account = portal.account(fresh=True)
    except DealError as error:
        return [_finding(client, _login_problem(error))]
    found += _skew(client)
    if account.currency is None and options.currency is None:
        found.append(_currency_unknown())
    for stream_map in mapping.streams.values():
        if stream_map.object_name == OBJECT:
            found += _owners(owners, stream_map)
        else:
            found += _stream(client, portal, stream_map)
    found += _budget(client)
    if options.api == NUMBERED:
        found.append(_numbered_paths())
    return [_finding(client, each) for each in found]


def _stream(client: Client, portal: Portal, stream_map: StreamMap) -> Iterator[Found]:
    name = stream_map.object_name
    try:
        properties = portal.properties(name, fresh=True)
    except PermanentError as error:
        is_unknown = error.retry_class is RetryClass.PERMISSION and error.code != "MISSING_SCOPES"
        yield _object_missing(portal, stream_map) if is_unknown else _forbidden(error, stream_map)
        return
    except DealError as error:
        yield _unanswered("object_unreadable", error, Severity.ERROR)
        return
    yield from _access(client, stream_map)
    problems: list[Found] = []
    shown = Shown(
        properties=properties,
        labels=_labels(portal, stream_map, problems),
        pipelines=_pipelines(portal, stream_map, problems),
    )
    yield from problems
    yield from stream_findings(stream_map, shown)


def _access(client: Client, stream_map: StreamMap) -> Iterator[Found]:
    """Read one row and offer no row to write, to learn which scopes are missing."""
    records = Records(client, stream_map.object_name)
    try:
        records.page((), after=None, archived=False, purpose=PURPOSE, limit=1)
    except PermanentError as error:
        yield _forbidden(error, stream_map)
    except DealError as error:
        yield _unanswered("object_unreadable", error, Severity.WARNING)
    call = Call(connection=client.connection, object_name=stream_map.object_name, purpose=PURPOSE, is_write=True)
    writable = stream_map.writable().values()
    if any(field.crm_field is not None for field in writable):
        yield from _write_access(client, stream_map, call, client.apis.batch.update, stream_map.object_name)
    for target in dict.fromkeys(field.association for field in writable if field.association is not None):
        method = client.apis.associations.create
        yield from _write_access(client, stream_map, call, method, stream_map.object_name, target)


def _write_access(client: Client, stream_map: StreamMap, call: Call, method: Any, *path: str) -> Iterator[Found]:
    """Offer a batch without rows. It may well be called malformed; only the refusal of permission tells something."""
    try:
        client.write(method, *path, {"inputs": []}, call=call)
    except PermanentError as error:
        if error.retry_class in (RetryClass.PERMISSION, RetryClass.AUTH) and error.code == "MISSING_SCOPES":
            yield _forbidden(error, stream_map)
    except DealError:
        return


def _labels(portal: Portal, stream_map: StreamMap, problems: list[Found]) -> Mapping[str, tuple[LabelFact, ...]]:
    """Return the kinds of association to each mapped object type; one that cannot be asked for is reported instead."""
    labels: dict[str, tuple[LabelFact, ...]] = {}
    for field in stream_map.fields.values():
        if field.association is None or field.association in labels:
            continue
        try:
            labels[field.association] = portal.labels(stream_map.object_name, field.association, fresh=True)
        except DealError as error:
            problems.append(_unanswered("labels_unreadable", error, Severity.ERROR, place=str(field.place)))
            labels[field.association] = ()
    return labels


def _pipelines(
    portal: Portal, stream_map: StreamMap, problems: list[Found]
) -> Mapping[str, Mapping[str, StageFact]] | None:
    """Return the object's pipelines where the mapping speaks of one; None where it does not, or they are not told."""
    named = {each.crm_field for each in stream_map.fields.values() if each.type is FieldType.STATUS}
    named |= {each.field for each in stream_map.where}
    if not named & (STAGES | {"pipeline", "hs_pipeline"}):
        return None
    try:
        return portal.pipelines(stream_map.object_name, fresh=True)
    except DealError as error:
        problems.append(_unanswered("pipelines_unreadable", error, Severity.ERROR))
        return None


def _owners(owners: Owners, stream_map: StreamMap) -> Iterator[Found]:
    for field in stream_map.fields.values():
        if field.crm_field not in FIELDS:
            yield Found(
                severity=Severity.ERROR,
                code="field_missing",
                message=f"owners have no {field.crm_field} (for {field.name}).",
                advice=f"Map one of {', '.join(sorted(FIELDS))}.",
                place=str(field.place),
            )
    try:
        owners.stamps(None)
    except PermanentError as error:
        yield _forbidden(error, stream_map)
    except DealError as error:
        yield _unanswered("object_unreadable", error, Severity.ERROR)


def _object_missing(portal: Portal, stream_map: StreamMap) -> Found:
    try:
        near = get_close_matches(stream_map.object_name, sorted(portal.custom_objects()), n=1)
    except DealError:
        near = []
    hint = f" The nearest custom object is {near[0]}." if near else ""
    return Found(
        severity=Severity.ERROR,
        code="object_missing",
        message=f"HubSpot knows no object type {stream_map.object_name} (for {stream_map.stream}).{hint}",
        advice="Create the object, or correct `object` in the mapping: a name, or a type id such as 2-1234567.",
        place=str(stream_map.place),
    )


def _forbidden(error: PermanentError, stream_map: StreamMap) -> Found:
    return Found(
        severity=Severity.ERROR,
        code="scope_missing",
        message=error.message,
        advice="Add the scope to the private app or service key. See connectors/hubspot/setup.md, section Login.",
        place=str(stream_map.place),
    )


def _login_problem(error: DealError) -> Found:
    if isinstance(error, TransientError):
        return _unanswered("crm_unreachable", error, Severity.ERROR)
    return Found(
        severity=Severity.ERROR,
        code="login_refused",
        message=error.message,
        advice="See connectors/hubspot/setup.md, section Login.",
    )


def _skew(client: Client) -> Iterator[Found]:
    skew = client.meter.now() - client.clock.now()
    if abs(skew) > SKEW_MAX:
        where = "behind" if skew > timedelta() else "ahead of"
        yield Found(
            severity=Severity.WARNING,
            code="clock_skew",
            message=f"this machine's clock is {abs(skew.total_seconds()):.0f} s {where} HubSpot's.",
            advice="Switch on time synchronisation (NTP) on this machine.",
        )


def _budget(client: Client) -> Iterator[Found]:
    limits = client.meter.limits()
    if limits.used is not None and limits.total and limits.used / limits.total >= BUDGET_SHARE_MAX:
        yield Found(
            severity=Severity.WARNING,
            code="budget_low",
            message=f"{limits.used:,} of the account's {limits.total:,} API calls of today are used.",
            advice="Find out which app uses them; Registrar pauses when none are left.",
        )


def _currency_unknown() -> Found:
    return Found(
        severity=Severity.WARNING,
        code="currency_unknown",
        message="the account does not tell its currency: amounts without one of their own count as unknown.",
        advice="Set `currency` in this connection's options.",
    )


def _numbered_paths() -> Found:
    return Found(
        severity=Severity.INFO,
        code="api_ageing",
        message="HubSpot ends its support of the numbered API paths during 2027 (v4 on 30 March, v3 in September).",
        advice='Set api: "2026-09" when convenient; your validation rules then hold for Registrar\'s writes too.',
    )


def _unanswered(code: str, error: DealError, severity: Severity, *, place: str = "") -> Found:
    advice = "Run `registrar doctor` again."
    return Found(severity=severity, code=code, message=error.message, advice=advice, place=place)


def _finding(client: Client, found: Found) -> Finding:
    return Finding(
        connection=client.connection,
        severity=found.severity,
        code=found.code,
        message=found.message,
        advice=found.advice,
        place=found.place,
    )

"""Several requests in one call: composite, whose requests may refer to each other, and composite/batch.

Source: REST guide, "Composite", "Composite Batch".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson

from sandbox.salesforce.engine import Engine, not_allowed
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.http import Call, Reply, error_reply, make_call

REQUESTS_MAX: Final = 25
QUERIES_MAX: Final = 5
_REFERENCE: Final = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")
_ROLLED_BACK: Final = "The transaction was rolled back since another operation in the same transaction failed."
_NAME: Final = re.compile(r"\w+")

Route = Callable[[Call], Reply]


def composite(engine: Engine, call: Call, route: Route) -> Reply:
    """Answer POST composite."""
    if call.method != "POST":
        raise not_allowed(call.method)
    body = call.json_object()
    requests = _requests(body.get("compositeRequest"))
    all_or_none = bool(body.get("allOrNone"))
    answers: dict[str, tuple[Reply, Any]] = {}
    with engine.store.unit() as failures:
        for each in requests:
            name = str(each["referenceId"])
            reply = _halted(_ROLLED_BACK) if failures else _one(call, each, answers, route)
            answers[name] = (reply, orjson.loads(reply.payload() or b"null"))
            if reply.status >= HTTPStatus.MULTIPLE_CHOICES and all_or_none:
                failures.append(name)
    if failures:
        halted = _halted(_ROLLED_BACK)
        answers = {name: each if name == failures[0] else (halted, halted.body) for name, each in answers.items()}
    shown = [
        {"body": value, "httpHeaders": reply.headers, "httpStatusCode": reply.status, "referenceId": name}
        for name, (reply, value) in answers.items()
    ]
    return Reply(body={"compositeResponse": shown})


def batch(engine: Engine, call: Call, route: Route) -> Reply:
    """Answer POST composite/batch: independent requests, each of which counts."""
    if call.method != "POST":
        raise not_allowed(call.method)
    body = call.json_object()
    requests = body.get("batchRequests")
    if not isinstance(requests, list) or not 0 < len(requests) <= REQUESTS_MAX or not _are_objects(requests):
        raise ApiError(400, "INVALID_BATCH", f"a batch holds 1 to {REQUESTS_MAX} requests")
    results: list[dict[str, Any]] = []
    has_errors = False
    for each in requests:
        if has_errors and body.get("haltOnError"):
            halted = [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}]
            results.append({"statusCode": 412, "result": halted})
            continue
        engine.limits.count()
        sub = _sub_call(
            call,
            each.get("method", "GET"),
            f"/services/data/{each.get('url', '').lstrip('/')}",
            each.get("richInput"),
            {},
        )
        reply = _routed(sub, route)
        has_errors = has_errors or reply.status >= HTTPStatus.MULTIPLE_CHOICES
        results.append({"statusCode": reply.status, "result": orjson.loads(reply.payload() or b"null")})
    return Reply(body={"hasErrors": has_errors, "results": results})


def _requests(given: Any) -> list[Mapping[str, Any]]:
    if not isinstance(given, list) or not given or not _are_objects(given):
        raise ApiError(400, "JSON_PARSER_ERROR", "compositeRequest must be a list of requests")
    if len(given) > REQUESTS_MAX:
        raise ApiError(400, "LIMIT_EXCEEDED", f"The number of subrequests exceeds the limit of {REQUESTS_MAX}")
    names = [str(each.get("referenceId", "")) for each in given]
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(name) for name in names):
        raise ApiError(400, "INVALID_INPUT", "every subrequest needs a referenceId of its own")
    wide = [each for each in given if re.search(r"/(query|queryAll|composite/sobjects)\b", str(each.get("url")))]
    if len(wide) > QUERIES_MAX:
        raise ApiError(400, "LIMIT_EXCEEDED", f"more than {QUERIES_MAX} subrequests are queries or collections")
    return given


def _are_objects(given: list[Any]) -> bool:
    return all(isinstance(each, dict) for each in given)


def _one(call: Call, each: Mapping[str, Any], answers: Mapping[str, tuple[Reply, Any]], route: Route) -> Reply:
    try:
        url = _filled(str(each.get("url", "")), answers)
        body = orjson.loads(_filled(orjson.dumps(each["body"]).decode(), answers)) if "body" in each else None
    except KeyError as error:
        return _halted(f"Invalid reference specified. No value for {error.args[0]} found")
    if not url.startswith("/services/data/v"):
        return error_reply(ApiError(400, "INVALID_INPUT", f"not the address of a resource: {url}"))
    headers = each.get("httpHeaders")
    sub = _sub_call(call, str(each.get("method", "")).upper(), url, body, headers if isinstance(headers, dict) else {})
    return _routed(sub, route)


def _routed(sub: Call, route: Route) -> Reply:
    if sub.rest[:1] == ("composite",) and sub.rest[1:2] != ("sobjects",):
        return error_reply(ApiError(400, "INVALID_INPUT", "a composite request cannot hold another one"))
    try:
        return route(sub)
    except ApiError as error:
        return error_reply(error)


def _sub_call(call: Call, method: str, target: str, body: Any, headers: Mapping[str, Any]) -> Call:
    names = {str(name).lower(): str(value) for name, value in headers.items()}
    sub = make_call(
        method,
        target.replace(" ", "+"),
        headers={"content-type": "application/json", **names},
        body=b"" if body is None else orjson.dumps(body),
        origin=call.origin,
    )
    return sub.as_user(call.user_id)


def _filled(text: str, answers: Mapping[str, tuple[Reply, Any]]) -> str:
    """Return the text with its references replaced; raise KeyError for one that leads to nothing."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in answers or answers[match[1]][0].status >= HTTPStatus.MULTIPLE_CHOICES:
            raise KeyError(match[0])
        found = answers[match[1]][1]
        for key, place in re.findall(r"\.(\w+)|\[(\d+)\]", match[2]):
            try:
                found = found[int(place)] if place else found[key]
            except (KeyError, IndexError, TypeError):
                raise KeyError(match[0]) from None
        return str(found)

    return _REFERENCE.sub(value, text)


def _halted(message: str) -> Reply:
    return Reply(status=400, body=[{"errorCode": "PROCESSING_HALTED", "message": message}])

"""HubSpot's refusals, in the shapes in which they come over the wire.

A Refusal is raised anywhere below the application and becomes the whole answer; inside a batch it may become one entry of a
207 instead. Every field of an error body is optional in HubSpot's documentation, and each shape here leaves out what the
recorded answers leave out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

_PAGE: Final = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"


class Refusal(Exception):  # noqa: N818 - an answer, not a failure of the sandbox
    """An answer that is not a success. body: a JSON object, or text of a web page."""

    def __init__(
        self,
        status: int,
        body: dict[str, Any] | str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        existing_id: str | None = None,
    ) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = tuple(headers)
        self.existing_id = existing_id

    def entry(self, context: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return the refusal as one entry of a batch answer's `errors`, telling what it is about."""
        assert isinstance(self.body, dict), "web pages do not come inside a batch"
        data = {
            key: value for key, value in self.body.items() if key in ("message", "category", "subCategory", "errors")
        }
        known = {key: list(values) for key, values in self.body.get("context", {}).items()}
        if self.existing_id is not None:
            known["existingId"] = [self.existing_id]
        return {
            "status": "error",
            **data,
            "context": known | {key: list(values) for key, values in context.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One property that is refused. code: INVALID_OPTION, READ_ONLY_VALUE ..."""

    name: str
    code: str
    message: str


def refusal(status: int, message: str, category: str | None = None, **more: Any) -> Refusal:
    """Return a refusal in the common shape; `more` are further fields of the body."""
    body: dict[str, Any] = {"status": "error", "message": message}
    if category is not None:
        body["category"] = category
    return Refusal(status, body | more)


def invalid_request(message: str) -> Refusal:
    return refusal(400, message, "VALIDATION_ERROR")


def malformed() -> Refusal:
    """Return what HubSpot says when it does not want to say more."""
    return refusal(400, "There was a problem with the request.")


def bad_json() -> Refusal:
    return refusal(400, "Invalid input JSON on line 1, column 1: Unexpected character", "VALIDATION_ERROR")


def bad_cursor(text: str) -> Refusal:
    return refusal(400, f'Cannot deserialize value of type `long` from String "{text}": not a valid `long` value')


def invalid_properties(problems: Sequence[Problem], portal_id: int) -> Refusal:
    """Return the refusal of property values: once as JSON inside the message, once in `errors`."""
    embedded = [
        {
            "isValid": False,
            "message": each.message,
            "error": each.code,
            "name": each.name,
            "localizedErrorMessage": each.message,
            "portalId": portal_id,
        }
        for each in problems
    ]
    return refusal(
        400,
        f"Property values were not valid: {orjson.dumps(embedded).decode()}",
        "VALIDATION_ERROR",
        errors=[
            {"message": each.message, "code": each.code, "context": {"propertyName": [each.name]}} for each in problems
        ],
    )


def missing_property(name: str) -> Problem:
    return Problem(name=name, code="PROPERTY_DOESNT_EXIST", message=f'Property "{name}" does not exist')


def read_only(name: str) -> Problem:
    return Problem(
        name=name, code="READ_ONLY_VALUE", message=f'"{name}" is a read only property; its value cannot be set.'
    )


def required(names: Sequence[str], portal_id: int) -> Refusal:
    return invalid_properties(
        [Problem(name=each, code="REQUIRED_PROPERTY", message=f'Property "{each}" is required') for each in names],
        portal_id,
    )


def unknown_type(name: str) -> Refusal:
    return refusal(400, f"Unable to infer object type from: {name}")


def not_unique(type_id: str, name: str, portal_id: int, verb: str) -> Refusal:
    return refusal(
        400,
        f"Unable to perform {verb} by non-unique {type_id} property {name} in portal ID {portal_id}",
        "VALIDATION_ERROR",
    )


def same_ids(ids: Sequence[str]) -> Refusal:
    return refusal(
        400,
        f"Duplicate IDs found in batch input: [{', '.join(ids)}]. IDs must be unique",
        "VALIDATION_ERROR",
        context={"ids": list(ids)},
    )


def not_found(ids: Sequence[str] = ()) -> Refusal:
    """Return a 404; HubSpot's answer to a single read has no category."""
    if not ids:
        return refusal(404, "resource not found")
    return refusal(
        404,
        "Could not get some objects, they may be deleted or not exist.",
        "OBJECT_NOT_FOUND",
        context={"ids": list(ids)},
    )


def conflict(message: str, existing_id: str) -> Refusal:
    """Return a 409; the id that stands in the way is in the text only."""
    found = refusal(409, f"{message} Existing ID: {existing_id}", "CONFLICT")
    found.existing_id = existing_id
    return found


def conflicting_unique(name: str, value: str, type_id: str, own_id: str, existing_id: str, portal_id: int) -> Refusal:
    message = (
        f"Cannot set PropertyValueCoordinates{{portalId={portal_id}, objectTypeId={type_id}, objectId={own_id}, "
        f"propertyName={name}, value={value}}} on {own_id}. {existing_id} already has that value."
    )
    found = invalid_properties([Problem(name=name, code="CONFLICTING_UNIQUE_VALUE", message=message)], portal_id)
    found.existing_id = existing_id
    return found


def locked() -> Refusal:
    return refusal(423, "The resource is locked: other writes to it are in progress.")


def missing_scopes(scopes: Sequence[str]) -> Refusal:
    message = "This app hasn't been granted all required scopes to make this call."
    return refusal(
        403,
        message,
        "MISSING_SCOPES",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": list(scopes)},
            }
        ],
    )


def invalid_token() -> Refusal:
    return refusal(
        401,
        "Authentication credentials not found. This API supports OAuth 2.0 authentication.",
        "INVALID_AUTHENTICATION",
    )


def expired_token() -> Refusal:
    return refusal(401, "The OAuth token used to make this call expired.", "EXPIRED_AUTHENTICATION")


def web_page(status: int, text: str) -> Refusal:
    """Return what the edge says, or what an unknown path gets: a web page."""
    return Refusal(status, _PAGE.format(text))


def migrating(retry_after_s: int) -> Refusal:
    return Refusal(
        477,
        {"status": "error", "message": "This account is currently being migrated between data centers."},
        headers=[("Retry-After", str(retry_after_s))],
    )

"""One call as the handlers see it: method, place, query and body, read the way HubSpot reads them.

Booleans in a query are taken in any case (the client library sends "True"), lists both repeated and comma-joined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from sandbox.faults import Fault, FaultKind
from sandbox.hubspot import errors
from sandbox.hubspot.paths import Place
from sandbox.hubspot.shapes import is_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """url: of the request, without its query. fault: what has been drawn for this call to go wrong."""

    method: str
    place: Place
    url: str
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault | None = None

    def has_fault(self, kind: FaultKind) -> bool:
        return self.fault is not None and self.fault.kind is kind

    def text(self, name: str) -> str | None:
        given = self.query.get(name)
        return given[-1] if given else None

    def flag(self, name: str) -> bool:
        text = (self.text(name) or "false").lower()
        if text not in ("true", "false"):
            raise errors.invalid_request(f"{name} must be true or false, not {text}")
        return text == "true"

    def names(self, name: str) -> list[str]:
        return [each for given in self.query.get(name, ()) for each in given.split(",") if each]

    def number(self, name: str, *, default: int, most: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not is_id(text) or not 1 <= int(text) <= most:
            raise errors.invalid_request(f"Invalid value for {name}: {text}. It must be between 1 and {most}")
        return int(text)

    def json(self) -> dict[str, Any]:
        """Return the body; raise Refusal unless it is a JSON object."""
        try:
            data = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise errors.bad_json() from None
        if not isinstance(data, dict):
            raise errors.bad_json()
        return data

    def json_list(self) -> list[dict[str, Any]]:
        """Return the body where it is a JSON list of objects; raise Refusal otherwise."""
        try:
            data = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise errors.bad_json() from None
        if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
            raise errors.bad_json()
        return data

    def inputs(self, most: int) -> list[dict[str, Any]]:
        """Return the inputs of a batch; raise Refusal for none or too many."""
        inputs = self.json().get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(each, dict) for each in inputs):
            raise errors.invalid_request("Some required fields were not set: [inputs]")
        if len(inputs) > most:
            raise errors.invalid_request(f"The maximum number of inputs supported in a batch request is {most}")
        return inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A successful answer. data: None for an answer without a body."""

    status: int
    data: dict[str, Any] | None = None


def properties_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `properties` of an input; raise Refusal when there are none to speak of."""
    found = data.get("properties")
    if not isinstance(found, dict):
        raise errors.invalid_request("Some required fields were not set: [properties]")
    return found


def page(results: list[Any], after: str | None, url: str = "") -> dict[str, Any]:
    """Return one page of a list; without a cursor it is the last."""
    data: dict[str, Any] = {"results": results}
    if after is not None:
        data["paging"] = {"next": {"after": after, "link": f"{url}?after={after}"}}
    return data

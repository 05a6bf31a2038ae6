"""A search request, read and checked: filter groups, order, page, and what the index can find by itself.

The bounds on the modification time and on the record id are taken out of the filters, because the index finds those without
looking at rows; whatever remains is tested row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.hubspot import errors
from sandbox.hubspot.filters import Test, compile_filter
from sandbox.hubspot.schema import ObjectType
from sandbox.hubspot.shapes import is_id, objects, texts

RESULTS_MAX: Final = 10_000
PAGE_MAX: Final = 200
_GROUPS_MAX, _FILTERS_MAX, _FILTERS_TOTAL = 5, 6, 18
_EVER: Final = 1 << 62
_DIRECTIONS: Final = ("ASCENDING", "DESCENDING")


@dataclass(slots=True, kw_only=True)
class Group:
    """One group of filters: bounds [start, stop) on the modification time in ms and [low, high) on the id, and tests."""

    start_ms: int = 0
    stop_ms: int = _EVER
    low: int = 0
    high: int = _EVER
    tests: tuple[Test, ...] = ()
    tested: tuple[str, ...] = ()  # the tests in words, to know them again

    @property
    def window(self) -> tuple[int, int]:
        return (self.start_ms, self.stop_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """sort: property to order by, None for the order of ids. properties: as asked for."""

    groups: tuple[Group, ...]
    sort: str | None
    descending: bool
    limit: int
    offset: int
    properties: tuple[str, ...]


LinkTest = Callable[[str, str], Test]


def read_query(object_type: ObjectType, body: Mapping[str, Any], link_test: LinkTest) -> Query:
    """Return the query of a request body; raise Refusal for what HubSpot does not take.

    link_test: gives the test of an `associations.TYPE` filter.
    """
    offset = _offset(body.get("after"))
    limit = body.get("limit") or 10
    if not isinstance(limit, int) or not 1 <= limit <= PAGE_MAX:
        raise errors.invalid_request(f"limit must be between 1 and {PAGE_MAX}, not {limit}")
    if offset + limit > RESULTS_MAX:
        raise errors.malformed()
    sort, descending = _sort(object_type, body.get("sorts") or [])
    groups = tuple(_groups(object_type, body, link_test))
    properties = tuple(texts(body.get("properties")))
    return Query(groups=groups, sort=sort, descending=descending, limit=limit, offset=offset, properties=properties)


def _offset(after: Any) -> int:
    if after in (None, ""):
        return 0
    if not is_id(str(after)):
        raise errors.bad_cursor(str(after))
    return int(after)


def _sort(object_type: ObjectType, sorts: Any) -> tuple[str | None, bool]:
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise errors.invalid_request("Only one sort is allowed")
    if not sorts:
        return None, False
    told = sorts[0]
    if not isinstance(told, str | dict):
        raise errors.bad_json()
    if isinstance(told, str):
        name, direction = told.removeprefix("-"), _DIRECTIONS[told.startswith("-")]
    else:
        name, direction = str(told.get("propertyName")), str(told.get("direction") or _DIRECTIONS[0])
    if object_type.live_property(name) is None or direction not in _DIRECTIONS:
        raise errors.invalid_request(f"Cannot sort by {name} {direction}")
    return (None if name == "hs_object_id" else name), direction == _DIRECTIONS[1]


def _groups(object_type: ObjectType, body: Mapping[str, Any], link_test: LinkTest) -> list[Group]:
    told = objects(body.get("filterGroups"))
    filters = [objects(group.get("filters")) for group in told]
    if len(told) > _GROUPS_MAX or sum(map(len, filters)) > _FILTERS_TOTAL:
        raise errors.invalid_request(f"At most {_GROUPS_MAX} filter groups and {_FILTERS_TOTAL} filters are allowed")
    if any(len(each) > _FILTERS_MAX for each in filters):
        raise errors.invalid_request(f"At most {_FILTERS_MAX} filters are allowed in a group")
    groups = [_group(object_type, each, link_test) for each in filters] or [Group()]
    text = body.get("query")
    if text:
        for group in groups:
            group.tests += (_text_test(object_type, str(text)),)
            group.tested += (f"query {text}",)
    return groups


def _group(object_type: ObjectType, filters: list[dict[str, Any]], link_test: LinkTest) -> Group:
    group = Group()
    for told in filters:
        name = str(told.get("propertyName"))
        if name.startswith("associations."):
            group.tests += (link_test(name.removeprefix("associations."), str(told.get("value"))),)
            group.tested += (repr(sorted(told.items(), key=str)),)
            continue
        test = compile_filter(object_type, told)
        if not _narrow(object_type, group, told):
            group.tests += (test,)
            group.tested += (repr(sorted(told.items(), key=str)),)
    return group


def _narrow(object_type: ObjectType, group: Group, told: Mapping[str, Any]) -> bool:
    """Take a bound on time or id into the group; return False for any other filter."""
    name, operator, value = told.get("propertyName"), str(told.get("operator")), str(told.get("value"))
    if name not in ("hs_object_id", object_type.modified_property) or not is_id(value):
        return False
    least = {"GT": int(value) + 1, "GTE": int(value), "EQ": int(value)}.get(operator)
    end = {"LT": int(value), "LTE": int(value) + 1, "EQ": int(value) + 1}.get(operator)
    if operator == "BETWEEN" and is_id(str(told.get("highValue"))):
        least, end = int(value), int(str(told.get("highValue"))) + 1
    if least is None and end is None:
        return False
    if name == "hs_object_id":
        group.low = max(group.low, least or 0)
        group.high = min(group.high, _EVER if end is None else end)
    else:
        group.start_ms = max(group.start_ms, least or 0)
        group.stop_ms = min(group.stop_ms, _EVER if end is None else end)
    return True


def _text_test(object_type: ObjectType, text: str) -> Test:
    wanted = text.lower()
    names = object_type.searchable

    def test(row: Mapping[str, str | None]) -> bool:
        return any(wanted in (row.get(name) or "").lower() for name in names)

    return test

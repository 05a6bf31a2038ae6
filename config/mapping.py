"""Read a connection's mapping: the connector's reference fields.yaml with the admin's overrides laid over it, checked.

What can be told without the CRM is told here, all of it at once: unknown streams and canonical fields, a status map with
gaps or with statuses that do not exist, commands and targets that mean nothing, writes to fields that are not Registrar's.
Whether the CRM has these fields and picklist values is found by `registrar doctor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from config.mapping_fields import Targets, read_fields
from config.mapping_locks import read_locks
from config.mapping_status import read_status
from config.merge import laid_over
from config.reading import Problems, known_keys, listing, one_of, shown, table, text
from config.source import Listing, Node, Scalar, Table, is_null, read_yaml
from rules.fields import CANONICAL, Stream
from rules.mapping import Compare, Condition, ConnectionMap, FieldMap, Place, StatusMap, StreamMap

_STREAM_KEYS: Final = ("object", "fields", "where", "status", "locks", "external_id", "inherit")
_COMPARE: Final = tuple(str(each) for each in Compare)
_LISTED: Final = frozenset({Compare.IN, Compare.NOT_IN})
_VALUELESS: Final = frozenset({Compare.IS_SET, Compare.IS_EMPTY})

# Of each group at least one must be mapped: without them no claim can be told from another.
_NEEDED: Final[Mapping[Stream, tuple[tuple[str, ...], ...]]] = {
    Stream.SUBMISSIONS: (
        ("partner", "partner_code", "partner_contact_email"),
        ("customer", "customer_name", "customer_domain"),
    ),
    Stream.OPPORTUNITIES: (("customer",),),
    Stream.COMPANIES: (("name",),),
    Stream.PARTNERS: (("name",),),
    Stream.USERS: (("email", "name"),),
    Stream.OBJECTIONS: (("submission",), ("by_partner", "partner_code", "by_user")),
}


def load_mapping(connection: str, kind: str, *, defaults: Path, overrides: Table | None = None) -> ConnectionMap:
    """Return the mapping of one connection.

    defaults: the connector's fields.yaml. overrides: the top of the admin's file, with `streams`; None: there is none.
    Raises ConfigError with every problem.
    """
    problems = Problems()
    reference = read_yaml(defaults, name=f"{kind}/{defaults.name}")
    streams = _streams_of(reference, problems)
    removed: frozenset[str] = frozenset()
    if overrides is not None:
        known_keys(overrides, ("streams",), "", problems)
        own = _streams_of(overrides, problems)
        removed = frozenset(name for name, node in own.items.items() if is_null(node) and name in streams.items)
        streams = laid_over(streams, own)
    read = _read_streams(streams, removed, problems)
    problems.stop_if_any()
    return ConnectionMap(connection=connection, kind=kind, streams=read)


def _streams_of(root: Table, problems: Problems) -> Table:
    node = root.items.get("streams")
    return table(node, "streams", problems) if node is not None else Table(place=root.place)


def _read_streams(streams: Table, removed: frozenset[str], problems: Problems) -> dict[Stream, StreamMap]:
    known_keys(streams, [str(each) for each in Stream], "streams", problems)
    mapped = {Stream(name): node for name, node in streams.items.items() if name in list(Stream)}
    if not mapped.keys() & {Stream.SUBMISSIONS, Stream.OPPORTUNITIES}:
        message = "maps neither submissions nor opportunities."
        problems.add(streams.place, "streams", message, "Map at least one of them.")
    targets = Targets(mapped=frozenset(mapped), removed=removed)
    read = {
        stream: _read_stream(stream, node, streams.key_places[stream], targets, problems)
        for stream, node in mapped.items()
    }
    return {stream: each for stream, each in read.items() if each is not None}


def _read_stream(stream: Stream, node: Node, place: Place, targets: Targets, problems: Problems) -> StreamMap | None:
    key = f"streams.{stream}"
    part = table(node, key, problems)
    known_keys(part, _STREAM_KEYS, key, problems)
    object_name = text(part.items["object"], f"{key}.object", problems) if "object" in part.items else None
    if "object" not in part.items:
        problems.add(place, key, "names no object.", "Write object: and the CRM's API name of it.")
    fields = read_fields(stream, part.items.get("fields"), f"{key}.fields", place, targets, problems)
    status = None
    if "status" in part.items:
        at = part.key_places["status"]
        status = read_status(stream, part.items["status"], f"{key}.status", at, problems)
    locks = None
    if "locks" in part.items:
        at = part.key_places["locks"]
        locks, fields = read_locks(stream, part.items["locks"], f"{key}.locks", at, fields, problems)
    external_id = None
    if "external_id" in part.items:
        external_id = text(part.items["external_id"], f"{key}.external_id", problems)
        _check_external_id(stream, external_id, fields, part.key_places["external_id"], problems)
    where = tuple(_conditions(part.items.get("where"), f"{key}.where", problems))
    _check_needed(stream, fields, place, problems)
    _check_status(stream, fields, status, place, has_map="status" in part.items, problems=problems)
    if object_name is None:
        return None
    return StreamMap(
        stream=stream,
        object_name=object_name,
        fields=fields,
        where=where,
        status=status,
        locks=locks,
        external_id=external_id,
        place=place,
    )


def _conditions(node: Node | None, key: str, problems: Problems) -> list[Condition]:
    found = []
    for index, item in enumerate(listing(node, key, problems) if node is not None else ()):
        one = _condition(item, f"{key}[{index}]", problems)
        if one is not None:
            found.append(one)
    return found


def _condition(node: Node, key: str, problems: Problems) -> Condition | None:
    part = table(node, key, problems)
    known_keys(part, ("field", *_COMPARE), key, problems)
    field = text(part.items["field"], f"{key}.field", problems) if "field" in part.items else None
    if "field" not in part.items:
        problems.add(node.place, key, "names no field.", "Write {field: NAME, equals: VALUE}.")
    operators = [name for name in part.items if name in _COMPARE]
    if len(operators) != 1:
        problems.add(node.place, key, f"holds {len(operators)} comparisons; expected one.", one_of(_COMPARE))
        return None
    compare = Compare(operators[0])
    values = _compared(compare, part.items[operators[0]], f"{key}.{compare}", problems)
    return Condition(field=field, compare=compare, values=values) if field is not None else None


def _compared(compare: Compare, node: Node, key: str, problems: Problems) -> tuple[str, ...]:
    if compare in _VALUELESS:
        if not (isinstance(node, Scalar) and node.text == "true"):
            problems.add(node.place, key, f"is {shown(node)}; expected true.")
        return ()
    if compare in _LISTED:
        items = listing(node, key, problems)
        if isinstance(node, Listing) and not items:
            problems.add(node.place, key, "is an empty list; expected at least one value.")
        return tuple(word for item in items if (word := text(item, key, problems)) is not None)
    word = text(node, key, problems)
    return (word,) if word is not None else ()


def _check_external_id(
    stream: Stream, external_id: str | None, fields: Mapping[str, FieldMap], place: Place, problems: Problems
) -> None:
    key = f"streams.{stream}.external_id"
    if "registration_id" not in CANONICAL[stream]:
        problems.add(place, key, f"has no use here: Registrar puts no registration id on {stream}.", "Remove the line.")
        return
    mapped = fields.get("registration_id")
    if external_id is not None and mapped is not None and mapped.crm_field != external_id:
        message = f"is {external_id!r}, but registration_id is mapped to {mapped.crm_field!r}; both must be one field."
        problems.add(place, key, message, f"Write {mapped.crm_field}.")
    if external_id is not None and mapped is None:
        problems.add(place, key, "is set, but registration_id is not mapped.", "Map registration_id to the same field.")


def _check_needed(stream: Stream, fields: Mapping[str, FieldMap], place: Place, problems: Problems) -> None:
    for group in _NEEDED.get(stream, ()):
        if not any(name in fields for name in group):
            names = group[0] if len(group) == 1 else f"one of {', '.join(group)}"
            problems.add(place, f"streams.{stream}.fields", f"lacks {names}.", "Map it to the CRM's field.")


def _check_status(
    stream: Stream,
    fields: Mapping[str, FieldMap],
    status: StatusMap | None,
    place: Place,
    *,
    has_map: bool,
    problems: Problems,
) -> None:
    field = fields.get("status")
    if field is not None and not has_map:
        hint = "Write status: with write: for each registration status."
        problems.add(field.place, f"streams.{stream}.status", "is missing although the field status is mapped.", hint)
    if status is not None and field is None and "status" in CANONICAL[stream]:
        problems.add(
            place,
            f"streams.{stream}.fields",
            "lacks status although a status map is given.",
            "Map status to its field.",
        )

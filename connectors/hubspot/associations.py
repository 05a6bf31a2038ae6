"""Links between records: read in batches, and our own label moved where a write says so.

A link has one or more types: the plain one, "Primary", and labels of the account's own. Here the mapping names a label (or
none: the primary link, else a plain one), and its type id is looked up per account. Only our own label is ever created or
removed: the plain link that a label brought along stays, and a primary link is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from connectors.hubspot.client import Answer, Client, results_of, row_errors, understood
from connectors.hubspot.errors import Call
from connectors.hubspot.faults import Fault
from connectors.hubspot.meter import Lane
from connectors.hubspot.portal import LabelFact, Portal
from connectors.hubspot.records import chunks
from connectors.mapping import field_key
from rules.fields import LEDGER_OWNED
from rules.mapping import Access, FieldMap, StreamMap

READ_ROWS: Final = 1000
WRITE_ROWS: Final = 1000  # 2,000 are allowed for creating
_USER: Final = "USER_DEFINED"
_PRIMARY: Final = "primary"

Links = Mapping[str, list[str]]  # by field_key: the ids linked under that label, the one that counts first


class Types(NamedTuple):
    """What a link is: its kinds as (category, type id), and whether one of them is the primary one."""

    kinds: frozenset[tuple[str, int]]
    is_primary: bool


class Link(NamedTuple):
    """One record at the other end, with everything it is linked as. A tuple: a backfill makes one for every row."""

    to_id: str
    types: Types

    def has(self, fact: LabelFact) -> bool:
        return (fact.category, fact.type_id) in self.types.kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What our label of one record becomes: linked to `to_id` alone, or to nobody (None)."""

    from_id: str
    to_id: str | None


class Associations:
    """The links of one stream's object."""

    def __init__(self, client: Client, portal: Portal, stream_map: StreamMap) -> None:
        self._client = client
        self._portal = portal
        self._source = stream_map.object_name
        owned = LEDGER_OWNED.get(stream_map.stream, frozenset())
        every = [each for each in stream_map.fields.values() if each.association is not None]
        self.fields: tuple[FieldMap, ...] = tuple(
            each for each in every if each.access is not Access.WRITE or each.name in owned
        )
        self.has_owned = any(each.name in owned for each in self.fields)
        self._written = {field_key(each): each for each in every if each.access is not Access.READ}

    def read(self, record_ids: Sequence[str], *, purpose: str) -> dict[str, Links]:
        """Return per record the mapped links, every mapped key present; one batch per 1,000 records and target type."""
        found: dict[str, dict[str, list[str]]] = {each: {} for each in record_ids}
        if not record_ids:
            return dict(found)
        for target in dict.fromkeys(each.association for each in self.fields):
            assert target is not None
            fields = [(field_key(each), each.label) for each in self.fields if each.association == target]
            facts = {label: self._portal.require_label(self._source, target, label) for _, label in fields if label}
            written = {each.label for each in self._written.values() if each.association == target}
            ours = [fact for label, fact in facts.items() if label in written]
            links = self._links(target, record_ids, purpose=purpose)
            for record_id in record_ids:
                linked = links.get(record_id)
                for key, label in fields:
                    found[record_id][key] = _chosen(linked, label, facts, ours) if linked else []
        return dict(found)

    def is_written(self, key: str) -> bool:
        """Tell whether a key of mapping.to_crm names a link instead of a property."""
        return key in self._written

    def move(self, key: str, moves: Sequence[Move]) -> dict[str, Fault]:
        """Bring our label of each record to where it should be; return the faults by record id.

        The new link is made before the old label is taken away, so that nobody sees the record without one. Repeating
        this is harmless. Raises TransientError, outcome unknown, where an answer was lost.
        """
        field = self._written[key]
        assert field.association is not None, key
        target = field.association
        if field.label is None:
            raise AssertionError(f"{key}: the configuration lets only labelled links be written")
        fact = self._portal.require_label(self._source, target, field.label)
        links = self._links(target, [each.from_id for each in moves], purpose="push")
        made, dropped = [], []
        for each in moves:
            present = [link.to_id for link in links.get(each.from_id, []) if link.has(fact)]
            if each.to_id is not None and each.to_id not in present:
                made.append((each.from_id, each.to_id))
            dropped += [(each.from_id, to_id) for to_id in present if to_id != each.to_id]
        faults = self._write(self._client.apis.associations.create, target, made, fact)
        dropped = [pair for pair in dropped if pair[0] not in faults]
        return faults | self._write(self._client.apis.associations.archive_labels, target, dropped, fact)

    def _write(self, method: Any, target: str, pairs: Sequence[tuple[str, str]], fact: LabelFact) -> dict[str, Fault]:
        call = self._call(target, "push", is_write=True)
        type_spec = {"associationCategory": fact.category, "associationTypeId": fact.type_id}
        faults: dict[str, Fault] = {}
        for chunk in chunks(pairs, WRITE_ROWS):
            inputs = [{"from": {"id": from_id}, "to": {"id": to_id}, "types": [type_spec]} for from_id, to_id in chunk]
            answer = self._client.write(
                method, self._source, target, {"inputs": inputs}, call=call, lane=Lane.ASSOCIATIONS
            )
            self._client.log.amend(rows=len(chunk))
            faults |= _faults_by_record(answer, [from_id for from_id, _ in chunk])
        return faults

    def _links(self, target: str, record_ids: Sequence[str], *, purpose: str) -> dict[str, list[Link]]:
        """Return all links of these records to one object type.

        A 207 that names records without links is the normal answer. A record that is named nowhere is asked for once
        more, since a shortened answer was seen; then it counts as having no links.
        """
        links: dict[str, list[Link]] = {}
        wanted = list(dict.fromkeys(record_ids))
        for _ in range(2):
            named: set[str] = set()
            for chunk in chunks(wanted, READ_ROWS):
                named |= self._read_all(dict.fromkeys(chunk), target, links, purpose)
            wanted = [each for each in wanted if each not in named]
            if not wanted:
                break
        return links

    def _read_all(
        self, pending: dict[str, str | None], target: str, links: dict[str, list[Link]], purpose: str
    ) -> set[str]:
        """Follow the paging inside each input to its end; return the ids that the answers named."""
        call = self._call(target, purpose)
        named: set[str] = set()
        while pending:
            inputs = [
                {"id": each} if after is None else {"id": each, "after": after} for each, after in pending.items()
            ]
            answer = self._client.read(
                self._client.apis.associations.get_page,
                self._source,
                target,
                {"inputs": inputs},
                call=call,
                lane=Lane.ASSOCIATIONS,
            )
            pending = {}
            with understood(call, status=answer.status):
                for each in results_of(answer, call=call):
                    from_id = str(each["from"]["id"])
                    links.setdefault(from_id, []).extend(map(_link, each.get("to") or ()))
                    named.add(from_id)
                    after = ((each.get("paging") or {}).get("next") or {}).get("after")
                    if after:
                        pending[from_id] = str(after)
                named.update(_without_links(answer))
        self._client.log.amend(rows=len(named))
        return named

    def _call(self, target: str, purpose: str, *, is_write: bool = False) -> Call:
        name = f"{self._source} to {target} associations"
        return Call(connection=self._client.connection, object_name=name, purpose=purpose, is_write=is_write)


def _chosen(
    links: Iterable[Link], label: str | None, facts: Mapping[str, LabelFact], ours: Sequence[LabelFact]
) -> list[str]:
    """Return the linked ids under a label, lowest first; without a label the primary ones, then those without a label.

    ours: labels that we write. HubSpot makes a record's first company its primary one, also when it came by our label.
    """
    if label is not None:
        return sorted({each.to_id for each in links if each.has(facts[label])}, key=_number)
    others = [each for each in links if not any(each.has(fact) for fact in ours)]
    plain = [each for each in others if each.types.is_primary or not any(each.has(fact) for fact in facts.values())]
    return [each.to_id for each in sorted(plain, key=lambda each: (not each.types.is_primary, _number(each.to_id)))]


def _link(data: Mapping[str, Any]) -> Link:
    """Read one end of a link; ids are JSON numbers on the numbered paths and text on the dated ones."""
    told = [
        (str(each.get("category")), int(each.get("typeId") or 0), str(each.get("label") or ""))
        for each in data.get("associationTypes") or ()
    ]
    return Link(to_id=str(data["toObjectId"]), types=_types(tuple(told)))


@lru_cache(maxsize=1024)
def _types(told: tuple[tuple[str, int, str], ...]) -> Types:
    """Return the types of a link: an account has few combinations of them."""
    return Types(
        kinds=frozenset((category, type_id) for category, type_id, _ in told),
        is_primary=any(category != _USER and label.casefold() == _PRIMARY for category, _, label in told),
    )


def _without_links(answer: Answer) -> Iterator[str]:
    """Yield the ids that an answer names in its errors. Most records of most objects are there, so no Fault is made."""
    for each in answer.data.get("errors") or ():
        context = each.get("context") or {}
        yield from map(str, context.get("fromObjectId") or context.get("ids") or ())


def _faults_by_record(answer: Answer, record_ids: Sequence[str]) -> dict[str, Fault]:
    """Return the faults of a batch by the record they are about; one that names no record concerns the whole batch."""
    faults: dict[str, Fault] = {}
    for fault in row_errors(answer):
        for each in _ids_of(fault) or record_ids:
            faults[each] = fault
    return faults


def _ids_of(fault: Fault) -> Sequence[str]:
    return fault.context.get("fromObjectId") or fault.context.get("ids") or ()


def _number(text: str) -> tuple[int, str]:
    return (int(text) if text.isdigit() else 0, text)

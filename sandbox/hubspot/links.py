"""Which records are linked, and as what.

A link has the plain kind and any labels; it is kept in both directions. A label brings the plain kind along, and
taking the plain kind away takes everything. A record has one primary company at most, and its first company becomes that by
itself (HubSpot docs, associations guide). Links of generated rows are made when asked for and kept once somebody changes
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sandbox.hubspot.schema import LinkType

_WITH_PRIMARY = frozenset({"contacts", "deals", "tickets"})

Key = tuple[str, int]
Linked = dict[int, set[Key]]  # by the other record's id: the kinds of the link
Maker = Callable[[str], Sequence[tuple[str, Sequence[int | str | None]]]]
Pair = tuple[str, str]


class Links:
    """The links of one portal; object types by their names ("deals")."""

    def __init__(self, kinds: Iterable[LinkType]) -> None:
        self._kinds: dict[Pair, list[LinkType]] = {}
        self._made: dict[Pair, dict[int, Linked]] = {}
        self._makers: dict[Pair, Maker] = {}
        self._moved: dict[str, dict[int, int]] = {}
        for kind in kinds:
            self.define(kind)

    def define(self, kind: LinkType) -> None:
        self._kinds.setdefault((kind.from_type, kind.to_type), []).append(kind)

    def undefine(self, kind: LinkType) -> None:
        """Take a kind away from the account, and from every link that has it."""
        for each, twin in ((kind, self.twin(kind)), (self.twin(kind), kind)):
            self._kinds[each.from_type, each.to_type] = [
                other for other in self.kinds(each.from_type, each.to_type) if other.key != each.key
            ]
            for linked in self._made.get((each.from_type, each.to_type), {}).values():
                for keys in linked.values():
                    keys.discard(each.key)
            assert twin.inverse_id == each.type_id, (each, twin)

    def kinds(self, source: str, target: str) -> list[LinkType]:
        return self._kinds.get((source, target), [])

    def kind(self, source: str, target: str, told: int | str | None) -> LinkType | None:
        """Return a kind by its id, by its label, or (None) the plain one."""
        for each in self.kinds(source, target):
            if isinstance(told, int):
                if each.type_id == told:
                    return each
            elif (each.label or "").casefold() == (told or "").casefold():
                return each
        return None

    def twin(self, kind: LinkType) -> LinkType:
        """Return the same kind seen from the other end."""
        if kind.inverse_id == kind.type_id:
            return kind
        return next(
            each
            for each in self.kinds(kind.to_type, kind.from_type)
            if each.type_id == kind.inverse_id and each.category == kind.category
        )

    def generate(self, source: str, target: str, maker: Maker) -> None:
        """Let links be made on demand: maker(record id) gives (other id, kinds by id or label)."""
        self._makers[source, target] = maker

    def of(self, source: str, record_id: int, target: str) -> Linked:
        """Return the links of a record to one object type; not to be changed."""
        found = self._made.get((source, target), {}).get(record_id)
        if found is not None:
            return found
        maker = self._makers.get((source, target))
        return {} if maker is None else self._generated(source, record_id, target, maker)

    def add(self, kind: LinkType, from_id: int, to_id: int) -> None:
        """Link two records; a label brings the plain kind with it, a primary one moves."""
        if kind.is_primary and (kind.from_type == "companies" or kind.to_type == "leads"):
            kind, from_id, to_id = self.twin(kind), to_id, from_id
        if kind.is_primary:
            for other, keys in list(self.of(kind.from_type, from_id, kind.to_type).items()):
                if other != to_id and kind.key in keys:
                    self._discard(kind, from_id, other)
        brought = (self.kind(kind.from_type, kind.to_type, None), self._first_primary(kind, from_id, to_id))
        for each in (kind, *(other for other in brought if other is not None)):
            self._own(each.from_type, from_id, each.to_type).setdefault(to_id, set()).add(each.key)
            twin = self.twin(each)
            self._own(twin.from_type, to_id, twin.to_type).setdefault(from_id, set()).add(twin.key)

    def _first_primary(self, kind: LinkType, from_id: int, to_id: int) -> LinkType | None:
        """Return the primary kind where a record is about to get its first company, which becomes its primary one."""
        ends = ((kind.from_type, from_id, kind.to_type), (kind.to_type, to_id, kind.from_type))
        is_first = any(
            source in _WITH_PRIMARY and target == "companies" and not self.of(source, record_id, target)
            for source, record_id, target in ends
        )
        kinds = self.kinds(kind.from_type, kind.to_type) if is_first else ()
        return next((each for each in kinds if each.is_primary), None)

    def remove(self, kind: LinkType, from_id: int, to_id: int) -> None:
        """Take one kind away; without the plain one nothing of the link remains."""
        if kind.is_plain:
            self.cut(kind.from_type, from_id, kind.to_type, to_id)
        else:
            self._discard(kind, from_id, to_id)

    def cut(self, source: str, from_id: int, target: str, to_id: int) -> None:
        """Take a link away whole."""
        self._own(source, from_id, target).pop(to_id, None)
        self._own(target, to_id, source).pop(from_id, None)

    def move(self, object_type: str, from_id: int, to_id: int) -> None:
        """Hand all links of a record over to another one, as a merge does."""
        self._moved.setdefault(object_type, {})[from_id] = to_id
        for source, target in list(self._kinds):
            if source != object_type:
                continue
            for other, keys in list(self.of(source, from_id, target).items()):
                for kind in self.kinds(source, target):
                    has_primary = any(kind.key in each for each in self.of(source, to_id, target).values())
                    if kind.key in keys and not (kind.is_primary and has_primary):
                        self.add(kind, to_id, other)
                self.cut(source, from_id, target, other)

    def _discard(self, kind: LinkType, from_id: int, to_id: int) -> None:
        self._own(kind.from_type, from_id, kind.to_type).get(to_id, set()).discard(kind.key)
        twin = self.twin(kind)
        self._own(twin.from_type, to_id, twin.to_type).get(from_id, set()).discard(twin.key)

    def _own(self, source: str, record_id: int, target: str) -> Linked:
        """Return the links of a record to be changed: generated ones are kept from now on."""
        made = self._made.setdefault((source, target), {})
        if record_id not in made:
            made[record_id] = self.of(source, record_id, target)
        return made[record_id]

    def _present(self, object_type: str, record_id: int) -> int:
        """Return the id that continues a merged-away one."""
        moved = self._moved.get(object_type, {})
        while record_id in moved:
            record_id = moved[record_id]
        return record_id

    def _generated(self, source: str, record_id: int, target: str, maker: Maker) -> Linked:
        linked: Linked = {}
        plain = self.kind(source, target, None)
        for other, told in maker(str(record_id)):
            keys = linked.setdefault(self._present(target, int(other)), set() if plain is None else {plain.key})
            for each in told:
                kind = self.kind(source, target, each)
                assert kind is not None, (source, target, each)
                keys.add(kind.key)
        return linked

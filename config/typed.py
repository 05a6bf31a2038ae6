"""Fill a settings dataclass from a mapping by the types of its fields.

The dataclass is the only list of what can be written: names, types and defaults stand there and nowhere else. Types known
here: text, truth values, numbers, closed lists (StrEnum), percentages, spans, money, dates, times of day, conditions and
formulas, choices of those, tuples and sets, tuples of pairs (written as a mapping), `X | None` (null means none), and
further dataclasses. A list of records that have a name may be written as a mapping by that name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar, cast, get_args, get_origin

from config.choices import Rows
from config.conditions import Language, read_condition, read_formula
from config.reading import Problems, choice, flag, known_keys, listing, number, shown, table, text, whole
from config.shape import Setting, in_full, is_record, is_union, item_of, naming_field, pair_of, settings_of
from config.source import Node, Scalar, Table, is_null, name_of
from config.values import PHRASES, unit_hint
from rules.choice import Choice
from rules.expression import Condition, Formula

D = TypeVar("D")
Limits = Mapping[str, tuple[float, float]]
Special = Callable[[Node, str, Problems], Any]

_LIMITS: Final = (0.0, 1e9)


def read_record(kind: type[D], node: Node, key: str, problems: Problems, *, limits: Limits | None = None) -> D:
    """Return a dataclass with what the mapping sets and its defaults for the rest; every problem is noted.

    limits: least and greatest number by key path ("sync.lease_s"). The record must have no setting without a default.
    """
    return cast(D, Reader(problems, limits=limits).record(kind, node, key))


class Reader:
    """Reads values by type. special: readers by key path, for what a type alone does not tell; None: a problem was noted.

    What was read once from a node is not read again, so that a part shared by several programmes costs nothing and its
    mistakes are told once.
    """

    def __init__(
        self,
        problems: Problems,
        *,
        limits: Limits | None = None,
        special: Mapping[tuple[type, str], Special] | None = None,
        language: Language | None = None,
        currency: str = "USD",
    ) -> None:
        self.problems = problems
        self.language = language or Language({})
        self._limits = limits or {}
        self._special = special or {}
        self._currency = currency
        self._read: dict[tuple[int, Any, bool], tuple[Node, tuple[Any, bool]]] = {}

    def record(
        self, kind: type, node: Node, key: str, *, given: Mapping[str, Any] | None = None, aside: tuple[str, ...] = ()
    ) -> Any:
        """Return the record, None where something is missing that must be written.

        given: what is already known and cannot be written, such as the name under which it stands. aside: keys that
        belong there but are the caller's to read.
        """
        part = table(node, key, self.problems)
        values = dict(given or {})
        settings = [each for each in settings_of(kind).values() if each.name not in values]
        known_keys(part, [*(each.name for each in settings), *aside], key, self.problems)
        is_whole = is_mapping = part is node or is_null(node)
        for each in settings:
            if each.name in part.items:
                value, is_read = self._setting(kind, each, part.items[each.name], _path(key, each.name))
                if is_read:
                    values[each.name] = value
                is_whole &= is_read or not each.is_required
            elif each.is_required:
                is_whole = False
                if is_mapping:
                    self.problems.add(node.place, key, f"lacks {each.name}.", each.doc)
        return kind(**values) if is_whole else None

    def setting(self, kind: type, name: str, part: Table) -> Any:
        """Return one setting of a record; None where it is not written or could not be read."""
        return self._setting(kind, settings_of(kind)[name], part.items[name], name)[0] if name in part.items else None

    def _setting(self, kind: type, setting: Setting, node: Node, key: str) -> tuple[Any, bool]:
        if is_null(node) and setting.is_nullable:
            return None, True
        special = self._special.get((kind, setting.name))
        if special is not None:
            value = special(node, key, self.problems)
            return value, value is not None
        if isinstance(node, Scalar):
            return self._value(setting.type, node, key, setting)
        known = self._read.get((id(node), setting.type, setting.is_nullable))
        if known is None:
            # The node is kept beside its value, or another one might get its id.
            known = node, self._value(setting.type, node, key, setting)
            self._read[id(node), setting.type, setting.is_nullable] = known
        return known[1]

    def _value(self, kind: Any, node: Node, key: str, setting: Setting) -> tuple[Any, bool]:
        """Return the value and whether there is one; what could not be read keeps its default."""
        if get_origin(kind) is Choice:
            value = self._choice(kind, node, key, setting)
        elif kind is Condition:
            value = read_condition(node, key, self.language, self.problems)
        elif kind is Formula:
            value = read_formula(node, key, self.language, self.problems)
        elif get_origin(kind) in (tuple, frozenset):
            value = self._several(kind, node, key, setting)
        elif is_record(kind):
            value = self.record(kind, node, key)
        else:
            value = self._scalar(kind, node, key, setting)
        return value, value is not None

    def _choice(self, kind: Any, node: Node, key: str, setting: Setting) -> Any:
        inner = get_args(kind)[0]

        def read(node: Node, key: str) -> tuple[Any, bool]:
            if is_null(node) and setting.is_nullable:
                return None, True
            return self._value(inner, node, key, setting)

        rows = Rows(language=self.language, problems=self.problems, read=read, currency=self._currency)
        return rows.choice(node, key)

    def _several(self, kind: Any, node: Node, key: str, setting: Setting) -> Any:
        pair = pair_of(kind)
        if pair is not None:
            part = table(node, key, self.problems)
            read = {name: self._value(pair[1], each, _path(key, name), setting) for name, each in part.items.items()}
            return tuple((name, value) for name, (value, is_read) in read.items() if is_read)
        item = item_of(kind)
        naming = naming_field(item)
        if naming is not None:
            return tuple(self._named(item, naming, node, key, setting))
        pairs = [
            self._value(item, each, f"{key}[{place}]" if is_record(item) else key, setting)
            for place, each in enumerate(listing(node, key, self.problems), 1)
        ]
        return get_origin(kind)(value for value, is_read in pairs if is_read)

    def _named(self, kind: type, naming: str, node: Node, key: str, setting: Setting) -> list[Any]:
        known = () if setting.is_required else tuple(getattr(each, naming) for each in setting.default)
        found = []
        for name, each, path in named_items(node, key, self.problems):
            if is_null(each) and name in known and isinstance(node, Table):
                continue  # takes a default out
            given = {naming: name} if isinstance(node, Table) else {}
            read = self._read.get((id(each), kind, bool(given)))
            if read is None:
                record = self.record(kind, in_full(kind, each) if given else each, path, given=given)
                read = self._read[id(each), kind, bool(given)] = each, (record, record is not None)
            found.append(read[1][0])
        return [each for each in found if each is not None]

    def _scalar(self, kind: Any, node: Node, key: str, setting: Setting) -> Any:
        options = get_args(kind) if is_union(kind) else (kind,)
        if all(each in PHRASES for each in options):
            return self._phrase(options, node, key)
        low, high = self._limits.get(key) or setting.between or _LIMITS
        if kind is bool:
            return flag(node, key, self.problems)
        if kind is int:
            return whole(node, key, self.problems, low=int(low), high=int(high))
        if kind is float:
            return number(node, key, self.problems, low=low, high=high)
        if issubclass(kind, StrEnum):
            return choice(node, kind, key, self.problems, only=setting.only)
        assert kind is str, kind
        if setting.default == "" and isinstance(node, Scalar) and not node.text:
            return ""
        return text(node, key, self.problems)

    def _phrase(self, kinds: tuple[Any, ...], node: Node, key: str) -> Any:
        if isinstance(node, Scalar):
            for kind in kinds:
                value = PHRASES[kind][0](node.text)
                if value is not None:
                    return value
        expected = ", or ".join(PHRASES[kind][1] for kind in kinds)
        hint = unit_hint(kinds[0], node.text) if isinstance(node, Scalar) else ""
        self.problems.add(node.place, key, f"is {shown(node)}; expected {expected}.", hint)
        return None


def named_items(node: Node, key: str, problems: Problems) -> Iterator[tuple[str | None, Node, str]]:
    """Yield (name, item, key path) of records that have a name, written as a mapping by it or as a list."""
    if isinstance(node, Table):
        yield from ((known, each, _path(key, known)) for known, each in node.items.items())
        return
    names = set[str | None]()
    for place, each in enumerate(listing(node, key, problems), 1):
        name = name_of(each)
        if name is not None and name in names:
            problems.add(each.place, key, f"has {name!r} twice.", "Give each its own name.")
        names.add(name)
        yield name, each, _path(key, name) if name else f"{key}[{place}]"


def _path(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name

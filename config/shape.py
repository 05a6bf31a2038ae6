"""What can be written in a record of a configuration file: names, types, defaults and words, taken from its dataclass.

The reader, the JSON Schema and the reference page all ask here, so that none of them can know a setting that the others
do not. Fields made with rules/setting.py can be written; where a dataclass has none of those, all its fields can.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, Union, get_args, get_origin

from config.source import NAMING, Node, Table, is_null
from rules.records import Money
from rules.setting import BETWEEN, DOC, ONLY, Bounds
from rules.span import Span

_VALUES: Final = frozenset({Span, Money})  # dataclasses that are written as one text


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that can be written. type: without None. default: MISSING where it must be written.

    between, only: see rules/setting.py.
    """

    name: str
    type: Any
    is_nullable: bool
    default: Any
    doc: str
    between: Bounds | None
    only: tuple[StrEnum, ...] | None

    @property
    def is_required(self) -> bool:
        return self.default is MISSING


@cache
def settings_of(kind: type) -> Mapping[str, Setting]:
    """Return what can be written in a record, in the order in which it is declared."""
    known = fields(kind)
    written = [each for each in known if DOC in each.metadata] or known
    found = {}
    for each in written:
        hint = _resolved(kind, each.type)
        options = get_args(hint) if is_union(hint) else (hint,)
        rest = tuple(option for option in options if option is not types.NoneType)
        default = each.default
        if default is MISSING and each.default_factory is not MISSING:
            default = each.default_factory()
        found[each.name] = Setting(
            name=each.name,
            type=rest[0] if len(rest) == 1 else Union[rest],  # noqa: UP007 - made at run time
            is_nullable=len(rest) < len(options),
            default=default,
            doc=each.metadata.get(DOC, ""),
            between=each.metadata.get(BETWEEN),
            only=each.metadata.get(ONLY),
        )
    return found


def is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def is_record(kind: Any) -> bool:
    """Tell whether the type is written as a mapping of settings."""
    return isinstance(kind, type) and is_dataclass(kind) and kind not in _VALUES and get_origin(kind) is None


def item_of(kind: Any) -> Any:
    """Return the type of the items of a list or set; None for what is neither, or holds pairs."""
    if get_origin(kind) not in (tuple, frozenset):
        return None
    inner = get_args(kind)[0]
    return None if get_origin(inner) is tuple else inner


def pair_of(kind: Any) -> tuple[Any, Any] | None:
    """Return the types of key and value of a tuple of pairs, which is written as a mapping; None for anything else."""
    inner = get_args(kind)[0] if get_origin(kind) is tuple else None
    parts = get_args(inner) if get_origin(inner) is tuple else ()
    return (parts[0], parts[1]) if len(parts) == 2 and parts[1] is not Ellipsis else None


def naming_field(kind: Any) -> str | None:
    """Return the field that names a record, so that a list of them may be written as a mapping by that name."""
    if not is_record(kind):
        return None
    return next((name for name in NAMING if name in settings_of(kind)), None)


def short_field(kind: type) -> str | None:
    """Return the one thing besides its name that a record must have: `name: value` is then enough."""
    naming = naming_field(kind)
    needed = [each.name for each in settings_of(kind).values() if each.is_required and each.name != naming]
    return needed[0] if len(needed) == 1 else None


def in_full(kind: type, node: Node) -> Node:
    """Return a named record in its long form: `certified: <condition>` is `certified: {require: <condition>}`."""
    short = short_field(kind)
    if short is None or isinstance(node, Table) or is_null(node):
        return node
    return Table(place=node.place, items={short: node}, key_places={short: node.place})


def _resolved(kind: type, annotation: Any) -> Any:
    """Return the type that an annotation's text means in the module of its class."""
    if not isinstance(annotation, str):
        return annotation
    return eval(annotation, vars(sys.modules[kind.__module__]))  # noqa: S307 - our own source text

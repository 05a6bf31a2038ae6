"""Read a field of the vendor's own: a CRM field that Registrar has no name for, mapped with a type for conditions to ask.

It lies in the stream's fields like any other and travels as a canonical value of the nearest kind; only its fact's name
and type are the admin's. Registrar never writes one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from config.reading import Problems, flag, known_keys, one_of, shown, table, text
from config.source import Node, Table
from config.values import is_currency
from rules.expression import Type
from rules.facts import FACTS
from rules.fields import PERSONAL, FieldType, Stream
from rules.mapping import FieldMap, Place
from rules.vendor_facts import SUBJECTS

_KEYS: Final = ("field", "type", "values", "currency", "personal")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_NAME_LENGTH_MAX: Final = 40
TYPES: Final[Mapping[str, FieldType]] = {
    Type.TEXT: FieldType.TEXT,
    Type.NUMBER: FieldType.DECIMAL,
    Type.BOOL: FieldType.BOOL,
    Type.DATE: FieldType.DATE,
    Type.INSTANT: FieldType.INSTANT,
    Type.TEXTS: FieldType.CHOICES,
    Type.MONEY: FieldType.DECIMAL,
}


def is_own(line: Node) -> bool:
    """Tell whether a line means a field of the vendor's own, and not a canonical name misspelt."""
    return isinstance(line, Table) and "type" in line.items


def read_own(stream: Stream, name: str, node: Node, key: str, place: Place, problems: Problems) -> FieldMap | None:
    """Return the mapped field, None where a problem was noted."""
    part = table(node, key, problems)
    known_keys(part, _KEYS, key, problems)
    _check_name(stream, name, key, place, problems)
    own = _type(part, key, problems)
    if "field" not in part.items:
        problems.add(place, key, "names no CRM field.", "Write {field: NAME, type: TYPE}.")
        return None
    crm_field = text(part.items["field"], f"{key}.field", problems)
    if crm_field is None or own is None:
        return None
    words = _words(part, own, key, problems)
    return FieldMap(
        name=name,
        crm_field=crm_field,
        type=FieldType.CHOICE if words and own is Type.TEXT else TYPES[own],
        values=words,
        own=own,
        currency=_currency(part, own, key, problems),
        hides=bool("personal" in part.items and flag(part.items["personal"], f"{key}.personal", problems)),
        place=place,
    )


def check_money(stream: Stream, fields: Mapping[str, FieldMap], key: str, problems: Problems) -> None:
    """Note own fields of money whose currency nothing tells."""
    for name, field in fields.items():
        if field.own is Type.MONEY and field.currency is None and "currency" not in fields:
            hint = "Add currency: USD (or another) to it."
            problems.add(field.place, f"{key}.{name}", f"is money, and {stream} map no currency.", hint)


def _check_name(stream: Stream, name: str, key: str, place: Place, problems: Problems) -> None:
    if not SUBJECTS.get(stream):
        hint = f"Map it in one of: {', '.join(each for each, subjects in SUBJECTS.items() if subjects)}."
        problems.add(place, key, f"has no use: rules ask nothing about {stream}.", hint)
    elif not _NAME.fullmatch(name) or len(name) > _NAME_LENGTH_MAX:
        hint = f"Use small letters, digits and _, at most {_NAME_LENGTH_MAX}: it is the fact's name."
        problems.add(place, key, "is no usable name.", hint)
    elif name in PERSONAL:
        problems.add(place, key, "is a name that Registrar keeps for personal data.", "Choose another name.")
    for subject in SUBJECTS.get(stream, ()):
        if f"{subject}.{name}" in FACTS:
            hint = "Choose another name, or map the canonical field that it comes from."
            problems.add(place, key, f"would hide {subject}.{name}, a fact of Registrar's own.", hint)


def _type(part: Table, key: str, problems: Problems) -> Type | None:
    word = text(part.items["type"], f"{key}.type", problems)
    if word is None:
        return None
    if word not in TYPES:
        names = [str(each) for each in TYPES]
        problems.add(part.items["type"].place, f"{key}.type", f"is {shown(part.items['type'])}.", one_of(names, word))
        return None
    return Type(word)


def _words(part: Table, own: Type, key: str, problems: Problems) -> dict[str, str]:
    if "values" not in part.items:
        return {}
    if own not in (Type.TEXT, Type.TEXTS):
        place = part.key_places["values"]
        problems.add(place, f"{key}.values", f"have no use on a {own}.", "Remove them, or write type: text.")
        return {}
    lines = table(part.items["values"], f"{key}.values", problems)
    read = {word: text(node, f"{key}.values.{word}", problems) for word, node in lines.items.items()}
    return {word: value for word, value in read.items() if value is not None}


def _currency(part: Table, own: Type, key: str, problems: Problems) -> str | None:
    if "currency" not in part.items:
        return None
    place = part.items["currency"].place
    if own is not Type.MONEY:
        problems.add(place, f"{key}.currency", f"has no use on a {own}.", "Remove it, or write type: money.")
        return None
    word = text(part.items["currency"], f"{key}.currency", problems)
    if word is not None and not is_currency(word):
        problems.add(
            place, f"{key}.currency", f"is {word!r}, no currency code.", 'Write an ISO 4217 code such as "USD".'
        )
        return None
    return word

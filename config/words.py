"""Read words/<language>.yaml: an admin's wording of reasons, fields and sentences, one file per language.

What a file leaves out stays as the policy's own reasons or the built-in English say it. A code, field, sentence or
placeholder that does not exist is an error with its place, so that a slip of the pen never silently keeps the old words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from config.reading import Problems, known_keys, nearest, one_of, table, text
from config.source import Node, Scalar, Table, read_yaml
from rules.errors import ConfigError
from rules.mapping import Place
from rules.policy import Policy
from rules.reasons import REASONS
from rules.wording import DATE_FORM, ENGLISH, ENGLISH_CODE, PHRASES, PLACEHOLDERS, Texts, Words, placeholders

WORDS_DIRECTORY: Final = "words"

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")
_KEYS: Final = ("reasons", "fields", "phrases", "dates")
_TEXTS: Final = ("partner", "support", "advice")
_DATE: Final = re.compile(r"(?:[^%]|%[dmY])*")


def load_words(
    directory: Path, *, shown: Callable[[str], str], policy: Policy | None, problems: Problems
) -> dict[str, Words]:
    """Return the words by language; English is always among them.

    shown: how messages call a file of the directory. policy: whose reason codes are known besides the built-in ones; None
    when it could not be read, then any code is taken.
    """
    known = own_codes(policy) | REASONS.keys() if policy is not None else None
    found = {ENGLISH_CODE: ENGLISH}
    for path in sorted((directory / WORDS_DIRECTORY).glob("*.yaml")):
        name = shown(f"{WORDS_DIRECTORY}/{path.name}")
        if not _LANGUAGE.fullmatch(path.stem):
            hint = "Call it after the language: de.yaml, pt-BR.yaml."
            problems.add(Place(file=name, line=0, column=0), "", "is no language.", hint)
            continue
        try:
            found[path.stem] = _words(path.stem, read_yaml(path, name=name), known, problems)
        except ConfigError as error:
            problems.extend(error.problems)
    return found


def own_codes(policy: Policy) -> set[str]:
    """Return the reason codes that a policy and its programmes add."""
    return {each.code for one in (policy, *(each.policy for each in policy.programmes)) for each in one.reasons}


def check_languages(root: Table, words: Mapping[str, Words], problems: Problems) -> None:
    """Note every language that registrar.yaml names and no file has words for."""
    for key, node in _named(root):
        if isinstance(node, Scalar) and not node.is_null and node.text not in words:
            hint = f"Write {WORDS_DIRECTORY}/{node.text}.yaml, or one of: {', '.join(sorted(words))}."
            problems.add(node.place, key, f"is {node.text!r}, which has no words.", hint)


def _named(root: Table) -> Iterator[tuple[str, Node]]:
    if "language" in root.items:
        yield "language", root.items["language"]
    connections = root.items.get("connections")
    for name, node in connections.items.items() if isinstance(connections, Table) else ():
        if isinstance(node, Table) and "language" in node.items:
            yield f"connections.{name}.language", node.items["language"]


def _words(language: str, root: Table, known: Collection[str] | None, problems: Problems) -> Words:
    known_keys(root, _KEYS, "", problems)
    return Words(
        language=language,
        texts=_reasons(root, known, problems),
        fields=_strings(root, "fields", None, problems),
        phrases=_strings(root, "phrases", PHRASES, problems),
        date_form=_date_form(root, problems),
    )


def _reasons(root: Table, known: Collection[str] | None, problems: Problems) -> dict[str, Texts]:
    part = _part(root, "reasons", problems)
    found = {}
    for code, node in part.items.items():
        key = f"reasons.{code}"
        if known is not None and code not in known:
            near = nearest(code, known)
            hint = f"Did you mean {near}?" if near else "docs/reasons.md lists the codes."
            problems.add(part.key_places[code], key, "is no reason code.", hint)
            continue
        texts = table(node, key, problems)
        known_keys(texts, _TEXTS, key, problems)
        found[code] = Texts(
            **{
                name: _template(texts.items[name], f"{key}.{name}", PLACEHOLDERS, problems)
                for name in _TEXTS
                if name in texts.items
            }
        )
    return found


def _strings(root: Table, name: str, known: Mapping[str, str] | None, problems: Problems) -> dict[str, str]:
    """Return a flat mapping of texts. known: the built-in ones, whose placeholders are the only ones; None: any key."""
    part = _part(root, name, problems)
    if known is not None:
        known_keys(part, tuple(known), name, problems)
    found = {}
    for key, node in part.items.items():
        if known is None or key in known:
            allowed = placeholders(known[key]) if known is not None else ()
            value = _template(node, f"{name}.{key}", allowed, problems)
            if value is not None:
                found[key] = value
    return found


def _template(node: Node, key: str, allowed: Collection[str], problems: Problems) -> str | None:
    """Return a text whose placeholders are all known."""
    value = text(node, key, problems)
    if value is None:
        return None
    for name in placeholders(value):
        if name not in allowed:
            hint = one_of(tuple(allowed), name) if allowed else "No placeholder is known here."
            problems.add(node.place, key, f"holds {{{name}}}, which is not known here.", hint)
    rest = re.sub(r"\{[^{}]*\}", "", value)
    if "{" in rest or "}" in rest:
        problems.add(node.place, key, "holds a brace without its other half.", "Write placeholders as {name}.")
    return value


def _date_form(root: Table, problems: Problems) -> str:
    if "dates" not in root.items:
        return DATE_FORM
    node = root.items["dates"]
    value = text(node, "dates", problems)
    if value is not None and (not _DATE.fullmatch(value) or "%" not in value):
        problems.add(node.place, "dates", f"is {value!r}; expected %d, %m and %Y, such as %d.%m.%Y.")
        return DATE_FORM
    return value or DATE_FORM


def _part(root: Table, name: str, problems: Problems) -> Table:
    return table(root.items[name], name, problems) if name in root.items else Table(place=root.place)

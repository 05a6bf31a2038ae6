"""What the rules ask for and the connections' mappings do not give: facts that are never known, fields nobody can fill in.

A fact that at least one connection maps is well: with several CRMs each may have its own. A required field is asked of each
connection, since all its submissions would go back without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from config.check.findings import Finding, Severity
from config.check.looked_at import LookedAt, Steps
from config.check.names import facts_used
from config.check.needs import FIELDS, Field, asked_by_settings
from config.reading import nearest
from config.source import find
from rules.expression import Type
from rules.facts import FACTS
from rules.fields import Stream
from rules.mapping import ConnectionMap, FieldMap
from rules.vendor_facts import fact_names

Provided = Mapping[str, Sequence[tuple[str, FieldMap]]]

# What tells who partner and customer are; any of them will do.
_EITHER: Final[Mapping[str, tuple[str, ...]]] = {
    "partner": ("partner", "partner_code", "partner_contact_email"),
    "customer": ("customer", "customer_name", "customer_domain"),
}


def check_types(looked: LookedAt, mappings: Sequence[ConnectionMap]) -> Iterator[Finding]:
    """Find facts of the vendor's own that the rules and a mapping, or two mappings, give different types."""
    provided = provided_facts(mappings)
    declared = {each.name: each.type for each in looked.policy.facts}
    for name, sources in provided.items():
        first = sources[0][1]
        place = find(looked.root, ("facts", name))
        for connection, field in sources:
            kind = declared.get(name)
            if kind is not None and field.fact_type is not kind:
                yield _mismatch(looked, name, f"is {kind}, as {place} says", connection, field)
            elif kind is None and field.fact_type is not first.fact_type:
                yield _mismatch(looked, name, f"is {first.fact_type}, as {first.place} says", connection, field)


def check_facts(looked: LookedAt, mappings: Sequence[ConnectionMap]) -> Iterator[Finding]:
    """Find facts that the rules ask for and that no connection tells."""
    provided = provided_facts(mappings)
    for fact in looked.policy.facts:
        if fact.name not in provided:
            near = nearest(fact.name, provided)
            stream = {"deal": "submissions", "partner": "companies", "customer": "companies"}
            subject, _, word = fact.name.partition(".")
            hint = f"Is it {near}? " if near else ""
            where = f"streams.{stream.get(subject, 'submissions')}.fields.{word}"
            hint += f"Map it: {where}: {{field: NAME, type: {fact.type}}}."
            message = "is declared, and no connection maps it: it is never known."
            yield looked.warning("not_mapped", ("facts", fact.name), message, hint)
    told = set()
    for steps, name in _asked(looked):
        if name in told or name not in FIELDS or _is_mapped(FIELDS[name], mappings):
            continue
        told.add(name)
        message = f"asks for {name}, which no connection maps: it is never known."
        yield looked.warning("not_mapped", steps, message, _advice(FIELDS[name]))


def check_settings(looked: LookedAt, mappings: Sequence[ConnectionMap]) -> Iterator[Finding]:
    """Find settings that rest on fields which no connection maps."""
    for steps, what, fields in asked_by_settings(looked.policy):
        if not _is_mapped(fields, mappings):
            message = f"needs {what}, which no connection maps: it is never known."
            yield looked.warning("not_mapped", steps, message, _advice(fields))


def check_required(looked: LookedAt, mappings: Sequence[ConnectionMap]) -> Iterator[Finding]:
    """Find required fields that the submissions of a connection can never have."""
    required = looked.policy.intake.required_fields
    for mapping in mappings:
        stream = mapping.streams.get(Stream.SUBMISSIONS)
        if stream is None:
            continue
        own = {name for name, _ in fact_names(stream)}
        for name in required:
            if "." in name:
                is_there = name in own or name in FACTS or not name.startswith("deal.")
            else:
                is_there = any(each in stream.fields for each in _EITHER.get(name, (name,)))
            if not is_there:
                message = f"names {name}, which {mapping.connection} does not map: all its submissions would go back."
                hint = f"Map it under streams.submissions.fields of {mapping.connection}, or require it only in some cases."
                yield looked.warning("required_not_mapped", "intake.required_fields", message, hint)


def check_moves(looked: LookedAt, mappings: Sequence[ConnectionMap]) -> Iterator[Finding]:
    """Find statuses that Registrar can never write, because no move of the remote record leads to their word."""
    for mapping in mappings:
        for stream in mapping.streams.values():
            if stream.locks is None or stream.status is None or not stream.locks.moves:
                continue
            words = set(stream.status.write.values())
            for word in sorted(words):
                sources = words - {word}
                if sources and all(word not in stream.locks.moves.get(source, (word,)) for source in sources):
                    statuses = ", ".join(stream.status.writers_of(word))
                    yield Finding(
                        severity=Severity.WARNING,
                        code="never_written",
                        place=stream.locks.place,
                        key=f"streams.{stream.stream}.locks.moves",
                        message=f"let no other status become {word!r}, which is to be written for {statuses}.",
                        hint=f"Add {word} to the moves that lead there.",
                    )


def provided_facts(mappings: Sequence[ConnectionMap]) -> Provided:
    """Return the vendor's own facts that mappings give, with connection and field."""
    found: dict[str, list[tuple[str, FieldMap]]] = {}
    for mapping in mappings:
        for stream in mapping.streams.values():
            for name, field in fact_names(stream):
                found.setdefault(name, []).append((mapping.connection, field))
    return found


def _asked(looked: LookedAt) -> Iterator[tuple[Steps, str]]:
    """Yield the facts that a policy asks for, with the setting that does."""
    for part, expression in looked.expressions():
        yield from ((part.steps, name) for name in sorted(expression.facts))
    if looked.policy.update_duty.every is None:
        return
    known = {name for _, expression in looked.expressions() for name in expression.facts}
    if looked.is_written("update_duty", "meaningful"):
        yield from ((("update_duty", "meaningful"), name) for name in sorted(facts_used(looked) - known) if name in FIELDS
                    and name in looked.policy.update_duty.meaningful)  # fmt: skip


def _is_mapped(fields: Sequence[Field], mappings: Sequence[ConnectionMap]) -> bool:
    return any(
        name in mapping.streams[stream].fields
        for mapping in mappings
        for stream, name in fields
        if stream in mapping.streams
    )


def _advice(fields: Sequence[Field]) -> str:
    stream, name = fields[0]
    others = f" (or {', '.join(other for _, other in fields[1:])})" if len(fields) > 1 else ""
    return f"Map streams.{stream}.fields.{name}{others} in a connection's mapping."


def _mismatch(looked: LookedAt, name: str, what: str, connection: str, field: FieldMap) -> Finding:
    kind = (
        f"{field.fact_type} (it is personal, so rules see only whether it is filled in)"
        if field.hides
        else field.fact_type
    )
    message = f"{what}, but {field.place} maps it as {kind} in {connection}."
    hint = "Give both the same type."
    if field.hides and field.own is not Type.BOOL:
        hint = "Declare it as bool, or take personal: true out."
    return looked.finding(Severity.ERROR, "fact_type", ("facts", name), message, hint)

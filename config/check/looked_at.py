"""One policy as a check sees it: its values, and the nodes they were read from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from config.check.findings import Finding, Severity
from config.shape import Setting, is_record, naming_field, settings_of
from config.source import Listing, Node, Table, find, name_of
from rules.choice import Choice
from rules.expression import Condition, Expression
from rules.policy import Policy

T = TypeVar("T")
Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One setting: where it stands, what is known of it, its value, and the record it belongs to."""

    steps: Steps
    setting: Setting
    value: Any
    record: Any

    @property
    def name(self) -> str:
        return self.setting.name


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """A policy under check.

    root: the nodes it was read from; of a programme, those of its `set` laid over the base. own: only what the programme
    itself writes; the root again for the base. key: where the policy stands in the file. when: on what condition it
    applies; None: always.
    """

    policy: Policy
    root: Table
    own: Table
    key: str = ""
    when: Condition | None = None
    parts: tuple[Part, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(_walk(self.policy, ())))

    def is_written(self, *steps: str | int) -> bool:
        """Tell whether somebody wrote this setting, in the base or in the programme."""
        return _node(self.root, steps) is not None

    def is_own(self, steps: Steps) -> bool:
        """Tell whether the programme itself writes this setting; of the base, whether it is written."""
        return _node(self.own, steps) is not None

    def of(self, kind: type[T]) -> Iterator[tuple[Part, T]]:
        """Yield the settings whose value is of a kind."""
        for part in self.parts:
            if isinstance(part.value, kind):
                yield part, part.value

    def expressions(self) -> Iterator[tuple[Part, Expression]]:
        """Yield all conditions and formulas, those of a choice's lines included."""
        for part in self.parts:
            if isinstance(part.value, Expression):
                yield part, part.value
            elif isinstance(part.value, Choice):
                yield from ((part, row.when) for row in part.value.rows if row.when is not None)

    def warning(self, code: str, steps: Steps | str, message: str, hint: str = "") -> Finding:
        return self.finding(Severity.WARNING, code, steps, message, hint)

    def note(self, code: str, steps: Steps | str, message: str, hint: str = "") -> Finding:
        return self.finding(Severity.NOTE, code, steps, message, hint)

    def finding(self, severity: Severity, code: str, steps: Steps | str, message: str, hint: str) -> Finding:
        steps = tuple(steps.split(".")) if isinstance(steps, str) else steps
        path = ".".join(f"[{step + 1}]" if isinstance(step, int) else step for step in steps).replace(".[", "[")
        key = f"{self.key}.{path}" if self.key and path else self.key or path
        return Finding(severity=severity, code=code, place=find(self.root, steps), key=key, message=message, hint=hint)


def _walk(record: Any, path: Steps) -> Iterator[Part]:
    """Yield all settings of a record and of those inside it; what a programme's `set` makes is a policy of its own."""
    kind: type = type(record)
    for name, setting in settings_of(kind).items():
        value, here = getattr(record, name), (*path, name)
        yield Part(here, setting, value, record)
        if is_record(type(value)):
            yield from _walk(value, here)
        elif isinstance(value, tuple):
            for place, each in enumerate(value):
                if is_record(type(each)):
                    naming = naming_field(type(each))
                    yield from _walk(each, (*here, getattr(each, naming) if naming else place))


def _node(root: Node, steps: Steps) -> Node | None:
    """Return the node at a path, None where nothing is written there."""
    node: Node | None = root
    for step in steps:
        if isinstance(node, Table):
            node = node.items.get(str(step))
        elif isinstance(node, Listing):
            by_place = isinstance(step, int)
            found = [item for place, item in enumerate(node.items) if (place if by_place else name_of(item)) == step]
            node = found[0] if found else None
        else:
            return None
        if node is None:
            return None
    return node

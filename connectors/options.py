"""Read the options of a connection: every one checked, every problem told at once, names that mean nothing told too."""

from __future__ import annotations

from difflib import get_close_matches

from connectors.port import ConnectionSettings
from rules.errors import ConfigError, Problem

_ELSEWHERE = frozenset({"login", "flow"})  # stand under login:


class OptionReader:
    """The options of one connection, read one by one; `stop_if_any` comes last."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._name = settings.name
        self._given = dict(settings.options)
        self._known: list[str] = []
        self._problems: list[Problem] = []

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """Return a number from `low` to `high`, the default where none is given."""
        value = self.any(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.problem(name, f"{value!r} is not a number from {low:g} to {high:g}.")
            return default
        return float(value)

    def text(self, name: str) -> str | None:
        """Return a text, None where none is given."""
        value = self.any(name)
        if value is None or isinstance(value, str):
            return value or None
        self.problem(name, f"{value!r} is no text.", "Put it in quotes.")
        return None

    def any(self, name: str) -> object:
        """Return an option as it was written, None where it was not."""
        self._known.append(name)
        return self._given.get(name)

    def problem(self, name: str, message: str, hint: str = "") -> None:
        """Note what is wrong with one option."""
        self._problems.append(
            Problem(file=f"connection {self._name}", line=0, column=0, key=name, message=message, hint=hint)
        )

    def stop_if_any(self) -> None:
        """Raise ConfigError with everything that was noted, unknown names included."""
        for name in self._given.keys() - set(self._known):
            near = get_close_matches(name, self._known, n=1)
            hint = f"Write {near[0]}." if near else f"Its options: {', '.join(sorted(set(self._known) - _ELSEWHERE))}."
            self.problem(f"options.{name}", "is no option of this kind of connection.", hint)
        if self._problems:
            raise ConfigError(self._problems)

"""The rules file beside the policy in force: a changed file is only a candidate until a person activates it.

Looked at before passes, and told of once for each version of the file: that it waits, or that it is no policy at all. Either
way the policy in force goes on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rules.errors import ConfigError, Problem
from rules.policy import Policy
from sync.events import emit
from sync.policies import ReadPolicy

ADVICE: Final = (
    "Try it with `registrar rules test` and `registrar rules diff`, then switch it on: registrar rules activate"
)
_PROBLEMS_TOLD: Final = 5


class Candidate:
    """One rules file. path: None where the policy was handed in without a file."""

    def __init__(
        self, path: Path | None, read: ReadPolicy, *, policy: Policy, problems: tuple[Problem, ...] = ()
    ) -> None:
        self._path = path
        self._read = read
        self._policy: Policy | None = None if problems else policy
        self._problems = problems
        self._seen = self._stamp()
        self._told: tuple[str | None, str | None] | None = None

    def look(self, active_hash: str) -> None:
        """Tell how the file stands to the policy activated last, if that is news."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            self._read_again()
        found = self._policy.hash if self._policy is not None else None
        if (found, active_hash) == self._told:
            return
        self._told = (found, active_hash)
        if self._policy is None:
            emit(
                "policy_rejected",
                file=str(self._path),
                error=" ".join(str(each) for each in self._problems[:_PROBLEMS_TOLD]),
                problems=len(self._problems),
                policy_hash=active_hash,
            )
        elif found != active_hash:
            emit(
                "policy_candidate",
                file=str(self._path) if self._path is not None else None,
                candidate=found,
                name=self._policy.name,
                version=self._policy.version,
                policy_hash=active_hash,
                advice=ADVICE,
            )

    def _read_again(self) -> None:
        assert self._path is not None
        try:
            source = self._path.read_text(encoding="utf-8-sig")
            self._policy, self._problems = self._read(source, str(self._path)), ()
        except ConfigError as error:
            self._policy, self._problems = None, tuple(error.problems)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
            problem = Problem(file=str(self._path), line=0, column=0, key="", message=f"cannot be read ({reason}).")
            self._policy, self._problems = None, (problem,)

    def _stamp(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

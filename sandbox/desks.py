"""What a person can do at the screens of either CRM, in one small vocabulary, and the log of what was done.

People (sandbox/people.py) act through a desk, never through an API: what they do costs no call, needs no login and is
stamped with their own user. Each act is noted with the values before and after, for oracles and for the demo. How each CRM
words and keeps it is left to its screens (screens_salesforce.py, screens_hubspot.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from connectors.port import Clock
from sandbox.hubspot.errors import Refusal
from sandbox.programme.scenarios import Crm
from sandbox.programme.submissions import SubmissionPlan
from sandbox.salesforce.errors import RowError

Values = Mapping[str, Any]  # by this module's names: status, amount, close_on, stage, owner, name ...
Raw = dict[str, Any]  # by the CRM's field names


class Kind(StrEnum):
    SUBMISSION = "submission"
    DEAL = "deal"
    COMPANY = "company"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing somebody did. what: fixed snake_case name; who: the vendor's user by number, None for a workflow.

    before, after: the CRM's fields that were touched.
    """

    at: datetime
    door: Crm
    who: int | None
    what: str
    object_name: str
    record_id: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


class Screens(Protocol):
    """One CRM as its own people use it. objects, fields: its names for ours."""

    door: Crm
    objects: Mapping[Kind, str]
    fields: Mapping[Kind, Mapping[str, str]]
    in_review: str  # its word for a submission that waits for a channel manager

    def raw(self, kind: Kind, values: Values) -> Raw:
        """Return our values as the CRM's fields."""

    def find(self, kind: Kind, record_id: str) -> Raw | None:
        """Return the live record's fields, `modified_at` and for deals `is_closed` besides; None when it is gone."""

    def is_deleted(self, kind: Kind, record_id: str) -> bool: ...

    def submit(self, plan: SubmissionPlan, *, who: int) -> str: ...

    def copy(self, record_id: str, *, who: int) -> str:
        """Copy a live submission with all it carries that need not be unique, as the Clone button does."""

    def create(self, kind: Kind, fields: Raw, *, company_id: str | None, who: int) -> str: ...

    def update(self, kind: Kind, record_id: str, fields: Raw, *, who: int | None) -> None: ...

    def delete(self, kind: Kind, record_id: str, *, who: int) -> None: ...

    def restore(self, kind: Kind, record_id: str, *, who: int) -> None: ...

    def merge_companies(self, winner_id: str, loser_id: str, *, who: int) -> None: ...

    def submission_ids(self) -> Iterator[str]:
        """Yield the ids of the live submissions."""

    def company_of_story(self, story: int) -> str:
        """Return the id of a story's own customer, where it was on file from the start."""


@dataclass(slots=True)
class _Try:
    is_done: bool = False


class Desk:
    """One CRM's screens with everything that is done at them noted. who: a user by number; None: a workflow."""

    def __init__(self, screens: Screens, clock: Clock, note: Callable[[Act], None]) -> None:
        self.screens = screens
        self.door = screens.door
        self._clock = clock
        self._note = note

    def submit(self, plan: SubmissionPlan, *, who: int) -> str:
        """Create a submission as the partner's form does, under the user who is to own it."""
        record_id = self.screens.submit(plan, who=who)
        self._noted(Kind.SUBMISSION, record_id, who, "submitted", after={"scenario": plan.scenario.value})
        return record_id

    def create(self, kind: Kind, values: Values, *, who: int, what: str, company_id: str | None = None) -> str:
        fields = self.screens.raw(kind, values)
        record_id = self.screens.create(kind, fields, company_id=company_id, who=who)
        self._noted(kind, record_id, who, what, after=fields)
        return record_id

    def copy(self, record_id: str, *, who: int) -> str | None:
        """Clone a submission; None when it is gone or the CRM refuses."""
        if self.screens.find(Kind.SUBMISSION, record_id) is None:
            return None
        copied: str | None = None
        with self._tried(Kind.SUBMISSION, record_id, who, "cloned"):
            copied = self.screens.copy(record_id, who=who)
            self._noted(Kind.SUBMISSION, copied, who, "cloned", after={"original": record_id})
        return copied

    def get(self, kind: Kind, record_id: str) -> dict[str, Any] | None:
        """Return a live record by our names; None when it is gone."""
        row = self.screens.find(kind, record_id)
        if row is None:
            return None
        values = {name: row.get(key) for name, key in self.screens.fields[kind].items()}
        return {**values, "modified_at": row["modified_at"], "is_closed": row.get("is_closed", False)}

    def edit(self, kind: Kind, record_id: str, values: Values, *, who: int | None, what: str) -> bool:
        """Save changed values; return whether that was done: the record may be gone, the CRM may refuse."""
        row = self.screens.find(kind, record_id)
        if row is None:
            return False
        fields = self.screens.raw(kind, values)
        before = {key: row.get(key) for key in fields}
        with self._tried(kind, record_id, who, what) as tried:
            self.screens.update(kind, record_id, fields, who=who)
            self._noted(kind, record_id, who, what, before=before, after=fields)
        return tried.is_done

    def delete(self, kind: Kind, record_id: str, *, who: int) -> bool:
        if self.screens.find(kind, record_id) is None:
            return False
        with self._tried(kind, record_id, who, "deleted") as tried:
            self.screens.delete(kind, record_id, who=who)
            self._noted(kind, record_id, who, "deleted")
        return tried.is_done

    def restore(self, kind: Kind, record_id: str, *, who: int) -> bool:
        if not self.screens.is_deleted(kind, record_id):
            return False
        with self._tried(kind, record_id, who, "restored") as tried:
            self.screens.restore(kind, record_id, who=who)
            self._noted(kind, record_id, who, "restored")
        return tried.is_done

    def merge_companies(self, winner_id: str, loser_id: str, *, who: int) -> bool:
        ids = (winner_id, loser_id)
        if winner_id == loser_id or any(self.screens.find(Kind.COMPANY, each) is None for each in ids):
            return False
        with self._tried(Kind.COMPANY, loser_id, who, "merged") as tried:
            self.screens.merge_companies(winner_id, loser_id, who=who)
            self._noted(Kind.COMPANY, loser_id, who, "merged", after={"winner": winner_id})
        return tried.is_done

    @contextmanager
    def _tried(self, kind: Kind, record_id: str, who: int | None, what: str) -> Iterator[_Try]:
        """Note what the CRM refuses as such: people read the message on the screen and give up."""
        tried = _Try()
        try:
            yield tried
            tried.is_done = True
        except (RowError, Refusal) as refused:
            self._noted(kind, record_id, who, f"{what}_refused", after={"message": str(refused)})

    def _noted(
        self,
        kind: Kind,
        record_id: str,
        who: int | None,
        what: str,
        *,
        before: Values | None = None,
        after: Values | None = None,
    ) -> None:
        act = Act(
            at=self._clock.now(),
            door=self.door,
            who=who,
            what=what,
            object_name=self.screens.objects[kind],
            record_id=record_id,
            before=before or {},
            after=after or {},
        )
        self._note(act)

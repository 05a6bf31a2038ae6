"""Query jobs of the Bulk API 2.0: states that take polls to pass, results kept as a cursor, aborted or gone.

Source: Bulk API 2.0 guide, "Query Jobs".
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.queries import Cursor, Queries
from sandbox.salesforce.soql.bind import Bound, bind
from sandbox.salesforce.store import Store
from sandbox.salesforce.values import instant_text

RESULTS_LIFE: Final = timedelta(days=7)
POLLS: Final = 2  # how often a job must be asked after before it is complete


class State(StrEnum):
    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    JOB_COMPLETE = "JobComplete"
    ABORTED = "Aborted"
    FAILED = "Failed"


@dataclass(slots=True, kw_only=True)
class Job:
    """One query job. cursor: its results, found when it completes."""

    job_id: str
    bound: Bound
    include_deleted: bool
    by: str
    created_at: datetime
    polls_left: int
    state: State = State.UPLOAD_COMPLETE
    cursor: Cursor | None = None

    def shown(self, version: str) -> dict[str, Any]:
        """Return the job as its answers show it."""
        created = instant_text(self.created_at)
        return {
            "id": self.job_id,
            "operation": "queryAll" if self.include_deleted else "query",
            "object": self.bound.shape.name,
            "createdById": self.by,
            "createdDate": created,
            "systemModstamp": created,
            "state": self.state.value,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(version),
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
            **({"numberRecordsProcessed": self.cursor.total, "retries": 0} if self.cursor is not None else {}),
        }


class BulkJobs:
    """The jobs of one org. polls: for jobs to come; fails: makes the next job fail."""

    def __init__(self, store: Store, queries: Queries) -> None:
        self._store = store
        self._queries = queries
        self._jobs: dict[str, Job] = {}
        self.polls = POLLS
        self.is_next_failing = False

    def start(self, soql: str, *, include_deleted: bool, by: str) -> Job:
        """Return a new job; raise ApiError for a query that bulk jobs do not take."""
        bound = bind(self._store, soql)
        if bound.is_aggregate or bound.query.offset:
            raise ApiError(400, "API_ERROR", "Aggregate queries and OFFSET are not supported in Bulk Query")
        job = Job(
            job_id=make_id("750", len(self._jobs) + 1),
            bound=bound,
            include_deleted=include_deleted,
            by=by,
            created_at=self._store.now(),
            polls_left=self.polls,
        )
        self._jobs[job.job_id] = job
        return job

    def find(self, job_id: str) -> Job:
        job = self._jobs.get(job_id)
        if job is None or job.created_at + RESULTS_LIFE <= self._store.clock.now():
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        return job

    def poll(self, job_id: str) -> Job:
        """Return a job one step further."""
        job = self.find(job_id)
        if job.state in (State.UPLOAD_COMPLETE, State.IN_PROGRESS):
            job.polls_left -= 1
            job.state = State.IN_PROGRESS
            if job.polls_left <= 0:
                self._finish(job)
        return job

    def abort(self, job_id: str) -> Job:
        job = self.find(job_id)
        if job.state in (State.UPLOAD_COMPLETE, State.IN_PROGRESS):
            job.state = State.ABORTED
        return job

    def delete(self, job_id: str) -> None:
        if self.find(job_id).state in (State.UPLOAD_COMPLETE, State.IN_PROGRESS):
            raise ApiError(400, "API_ERROR", "Job with Id must be completed or aborted before it is deleted")
        del self._jobs[job_id]

    def results(self, job_id: str, locator: str | None, size: int) -> tuple[Job, list[dict[str, Any]], str | None]:
        """Return rows of a finished job and the locator of the next ones."""
        job = self.find(job_id)
        if job.state is not State.JOB_COMPLETE or job.cursor is None:
            raise ApiError(400, "API_ERROR", f"Can not get results of a query job in state {job.state.value}")
        offset = 0 if locator is None else _offset(locator)
        if offset is None or (offset and job.cursor.ids is None and offset not in job.cursor.places):
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        rows = self._queries.slice(job.cursor, offset, size)
        following = offset + size
        return job, rows, None if following >= job.cursor.total else _locator(following)

    def _finish(self, job: Job) -> None:
        if self.is_next_failing:
            self.is_next_failing, job.state = False, State.FAILED
            return
        job.cursor = self._queries.materialise(job.bound, include_deleted=job.include_deleted)
        job.state = State.JOB_COMPLETE


def _locator(offset: int) -> str:
    return base64.b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(locator: str) -> int | None:
    try:
        return int(base64.b64decode(locator + "=" * (-len(locator) % 4)))
    except (binascii.Error, ValueError):
        return None

"""Read many rows by a Bulk API 2.0 query job: started, waited for and read in steps, each of them short.

The library's own bulk query sleeps by itself, knows no time limit and gives up nothing for a day; here each step returns
soon with the job's place, which the cursor keeps, so that the caller stays in charge and a restart loses nothing. A job
that fails, vanishes or outlasts its deadline is given up for paging: nothing depends on it.
Source: Bulk API 2.0 guide, "Query Jobs".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from connectors.mapping import parse_instant
from connectors.port import Finding, Severity
from connectors.salesforce import soql
from connectors.salesforce.cursor import Job
from connectors.salesforce.source import Record, Source
from rules.errors import DealError, InvariantError, PermanentError, TransientError

STAMP: Final = "SystemModstamp"
POLL_S: Final = 2.0
POLLS: Final = 10  # in one step; then the caller gets an empty page and may do other work
CELL_CHARACTERS_MAX: Final = 1 << 20  # long text areas hold 131,072 at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step brought. job: where to go on; None: all rows have been read."""

    records: Sequence[Record]
    job: Job | None


def start(source: Source) -> Job | None:
    """Start a job for all rows of the stream, deleted ones included; None when the org refuses (the reason is noted).

    No order is asked for: it would switch off the splitting by key that makes the job fast.
    """
    client = source.client
    # The stamp stands last in each line, because a line that was cut then shows it.
    columns = [*(column for column in source.columns if column != STAMP), STAMP]
    query = soql.select(columns, source.object_name, source.filters)
    body = {
        "operation": "queryAll",
        "query": query,
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    }
    what = f"bulk query {source.object_name}"
    try:
        answer = client.read("jobs/query", method="POST", body=body, purpose="pull", what=what)
        if not isinstance(answer, dict) or not answer.get("id"):
            raise client.misshapen(what)
    except (PermanentError, InvariantError) as error:
        _note(source, error.code or "refused")
        return None
    give_up_at = client.clock.now() + timedelta(seconds=client.options.bulk_deadline_s)
    return Job(job_id=str(answer["id"]), give_up_at=give_up_at)


def step(source: Source, job: Job) -> Step | None:
    """Return the next rows of a job, none yet while it works, or None when it must be given up.

    Raises TransientError when the org does not answer; the same step may then be tried again.
    """
    try:
        if not job.is_ready:
            return _wait(source, job)
        return _read(source, job)
    except TransientError as error:
        if error.code != "INVALID_QUERY_LOCATOR":
            raise
        _give_up(source, job, error.code)
    except (PermanentError, InvariantError) as error:
        _give_up(source, job, error.code)
    return None


def _wait(source: Source, job: Job) -> Step | None:
    client = source.client
    for _ in range(POLLS):
        answer = client.read(
            f"jobs/query/{job.job_id}", purpose="pull", what=f"state of bulk query {source.object_name}"
        )
        state = answer.get("state") if isinstance(answer, dict) else None
        if state == "JobComplete":
            return Step(records=(), job=replace(job, is_ready=True))
        if state in ("Failed", "Aborted") or client.clock.now() >= job.give_up_at:
            _give_up(source, job, f"job {job.job_id} is {state}")
            return None
        client.clock.sleep(POLL_S)
    return Step(records=(), job=job)


def _read(source: Source, job: Job) -> Step:
    client = source.client
    params = {"maxRecords": str(client.options.bulk_page_rows)}
    if job.locator is not None:
        params["locator"] = job.locator
    what = f"rows of bulk query {source.object_name}"
    text, headers = client.csv(f"query/{job.job_id}/results", params=params, purpose="pull", what=what)
    records = parse(text, source.columns)
    told = headers.get("Sforce-NumberOfRecords")
    if records is None or (told is not None and told != str(len(records))):
        raise client.misshapen(what)
    client.wire.calls.amend(rows=len(records))
    locator = headers.get("Sforce-Locator", "null")
    if locator in ("null", ""):
        return Step(records=records, job=None)
    return Step(records=records, job=replace(job, locator=locator))


def parse(text: str, columns: Sequence[str]) -> list[dict[str, Any]] | None:
    """Return the rows of one CSV page by column name, empty cells as None; None for a page that was cut.

    The first line names the columns, in Salesforce's spelling; `columns` has the one that was asked for.
    """
    asked = {column.lower(): column for column in columns}
    if csv.field_size_limit() < CELL_CHARACTERS_MAX:
        csv.field_size_limit(CELL_CHARACTERS_MAX)
    rows = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), strict=True)
    try:
        header = [asked.get(name.lower(), name) for name in next(rows, [])]
        records = [dict(zip(header, [cell or None for cell in row], strict=True)) for row in rows if row]
        if records:
            parse_instant(records[-1][STAMP] or "")
    except (csv.Error, ValueError, KeyError):
        return None
    return records


def _give_up(source: Source, job: Job, why: str | None) -> None:
    """Note the reason and tell the org that nobody waits any more; whether it hears that changes nothing for us."""
    _note(source, why or "refused")
    path, what = f"jobs/query/{job.job_id}", "end of a bulk query"
    with suppress(DealError):
        source.client.write("PATCH", path, {"state": "Aborted"}, headers={}, what=what, purpose="pull")


def _note(source: Source, why: str) -> None:
    source.notify(
        Finding(
            connection=source.client.connection,
            severity=Severity.WARNING,
            code="bulk_query_given_up",
            message=f"the bulk query of {source.object_name} was given up ({why}); the rows are paged instead.",
            advice="Nothing is lost, it takes longer. Grant the integration user Bulk API access if this repeats.",
        )
    )

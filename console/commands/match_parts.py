"""Match two files in several processes: each holds a part of what is on file and meets every submission.

What is counted over all records is added up before anything is compared, and what is found for one submission is put
together again, so the result is the same for any number of processes. This process works on the first part itself.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import orjson

from console.commands.match_files import lines_of, rows_of
from rules.errors import ConfigError
from rules.matching.index import Counter
from rules.matching.pairs import Matcher, Pair, Record, counted, partners_of, read_record
from rules.matching.statistics import OnFile
from rules.primitives.matching import Matching

_BATCH: Final = 32  # submissions whose pairs travel together
_SMALL: Final = 2_000  # records on file that one process matches sooner than two
Found = list[tuple[str, bytes]]  # a pair by its id on file


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    left: Path
    right: Path
    rules: Matching
    parts: int = 1


def job_of(left: Path, right: Path, rules: Matching, workers: int | None) -> Job:
    """Return a job in as many parts as there are processes to work on it."""
    if workers is None:
        is_small = sum(1 for _ in zip(lines_of(right), range(_SMALL), strict=False)) < _SMALL
        workers = (
            1 if is_small else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        )
    return Job(left=left, right=right, rules=rules, parts=max(1, workers or 1))


def matched(job: Job) -> Iterator[bytes]:
    """Yield the pairs as JSON, by submission as they stand in the file, then by the id on file."""
    with _helpers(job) as pipes, _no_collector():
        part = Part(job, 0)
        keys, total, on_file = _counted(part, pipes)
        streams = [part.batches(keys, total, on_file), *(_received(pipe) for pipe in pipes)]
        for batch in zip(*streams, strict=True):
            for found in zip(*batch, strict=True):
                yield from (line for _, line in sorted(each for some in found for each in some))


class Part:
    """One part of what is on file, and all submissions."""

    def __init__(self, job: Job, number: int) -> None:
        self._job = job
        submissions = list(rows_of(job.left))
        partners = partners_of(submissions)
        self._left = [read_record(row, partners) for row in submissions]
        lines = (line for place, line in enumerate(lines_of(job.right)) if place % job.parts == number)
        self._right = [read_record(row, partners) for row in rows_of(job.right, lines)]

    def counted(self) -> Counter:
        return counted(self._right)

    def submitted(self) -> Counter:
        return counted(self._left)

    def batches(self, keys: dict[str, int], total: int, on_file: OnFile) -> Iterator[list[Found]]:
        """Yield what was found for some submissions at a time."""
        matcher = Matcher(self._right, keys, total, on_file, self._job.rules)
        for start in range(0, len(self._left), _BATCH):
            yield [_found(matcher, record) for record in self._left[start : start + _BATCH]]


def _found(matcher: Matcher, record: Record) -> Found:
    return [(str(pair.right), _line(pair)) for pair in matcher.pairs(record)]


def _line(pair: Pair) -> bytes:
    return orjson.dumps(pair.as_row())


def _counted(part: Part, pipes: list[Connection]) -> tuple[dict[str, int], int, OnFile]:
    """Return the counts over all parts, and let the helpers know them."""
    counter = part.counted()
    for pipe in pipes:
        counter.merge(_receive(pipe))
    told = (
        {key: count for key, count in counter.keys.items() if count > 1},
        counter.records,
        counter.on_file(part.submitted()),
    )
    for pipe in pipes:
        pipe.send(told)
    return told


@contextmanager
def _helpers(job: Job) -> Iterator[list[Connection]]:
    """Start a process for each part but the first; none outlives the block."""
    context: Any = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    pipes: list[Connection] = []
    started = []
    try:
        for number in range(1, job.parts):
            here, there = context.Pipe()
            process = context.Process(target=_help, args=(job, number, there), daemon=True)
            process.start()
            there.close()
            pipes.append(here)
            started.append(process)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()
        for process in started:
            process.join(timeout=1)
            process.terminate()


@contextmanager
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector from walking over records that stay to the end: it would take a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _help(job: Job, number: int, pipe: Connection) -> None:
    """Do one part's work in a process of its own."""
    gc.disable()
    try:
        part = Part(job, number)
    except ConfigError as error:
        pipe.send(error.problems)
        return
    pipe.send(part.counted())
    keys, total, on_file = pipe.recv()
    for batch in part.batches(keys, total, on_file):
        pipe.send(batch)
    pipe.send(None)


def _receive(pipe: Connection) -> Counter:
    told = pipe.recv()
    if isinstance(told, Counter):
        return told
    raise ConfigError(told)


def _received(pipe: Connection) -> Iterator[list[Found]]:
    while (batch := pipe.recv()) is not None:
        yield batch

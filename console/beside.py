"""One side of a comparison replayed by a second process, so that two versions of the rules take no longer than one.

The process is forked: it has the rules as they are, opens the ledger for itself, and sends what it makes of each decision
through a pipe. Where a process cannot be forked, the caller replays both sides itself.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any, Final

from rules.difference import Beside
from rules.policy import Policy
from rules.replay import Outcome

Work = Callable[[], Iterable[Outcome | Mapping[str, Outcome]]]

_BATCH: Final = 500


def can_fork() -> bool:
    """Tell whether a second process would help."""
    return "fork" in multiprocessing.get_all_start_methods() and (os.cpu_count() or 1) > 1


@contextmanager
def beside(policy: Policy, work: Work) -> Iterator[Beside]:
    """Give the side that a second process works out. work: yields the outcomes in order, and last the ends."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_send, args=(sender, receiver, work), daemon=True)
    process.start()
    sender.close()
    try:
        received = _received(receiver)
        yield Beside(policy=policy, outcomes=received, ends=lambda: _last(received))
    finally:
        receiver.close()
        process.terminate()
        process.join()


def _send(sender: Connection, receiver: Connection, work: Work) -> None:
    """Work in the second process. It ends without tidying up: what it inherited is not its own."""
    receiver.close()
    try:
        results = iter(work())
        while batch := list(islice(results, _BATCH)):
            sender.send(batch)
    except BrokenPipeError:
        os._exit(0)  # the first process has gone away
    except BaseException as error:
        sender.send(error)
        os._exit(1)
    os._exit(0)


def _received(receiver: Connection) -> Iterator[Any]:
    while True:
        try:
            batch = receiver.recv()
        except EOFError:
            return
        if isinstance(batch, BaseException):
            raise batch
        yield from batch


def _last(received: Iterator[Any]) -> Mapping[str, Outcome]:
    ends: Mapping[str, Outcome] = next(received)
    return ends

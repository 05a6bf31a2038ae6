"""Deliver writes in batches, and tell for every single one what became of it.

Updates go by collections of 200, or by composites of 25 conditional PATCHes where the caller wants a record refused that
somebody changed meanwhile (If-Unmodified-Since is not taken in collections). Creates are upserts on the unique external
id, so that repeating one makes no second record. Errors of rows come in answers with status 200, and an answer may be lost
after the write was applied: then the outcome is unknown, and said to be. Row locks alone are tried again here, in ever
smaller batches. Source: Salesforce REST guide, "Work with sObject Collections", "Composite", "Conditional Request Headers".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.http import WAIT_S_MAX, backoff_s
from connectors.port import Delivery, Outcome, Write
from connectors.salesforce.batches import Batch, Item, Method, plan
from connectors.salesforce.client import Client
from connectors.salesforce.results import Result, composite_results, row_results
from rules.errors import DealError, PermanentError, RecordError, RetryClass, TransientError
from rules.fields import Stream
from rules.mapping import StreamMap

LOCK_TRIES: Final = 5
LOCK_WAIT_S: Final = 1.0
SPLITS_MAX: Final = 40  # calls spent on finding the rows that make the org refuse whole batches
SILENCES_MAX: Final = 2  # unanswered calls in a row after which nothing more is sent

_HEADERS: Final = {"Sforce-Auto-Assign": "FALSE"}  # else an assignment rule may replace the owner we write
_SMALLER_HELPS: Final = frozenset({RetryClass.VALIDATION, RetryClass.DUPLICATE, RetryClass.BUG, RetryClass.GONE})


def deliver(client: Client, streams: Mapping[Stream, StreamMap], writes: Sequence[Write]) -> list[Delivery]:
    """Return one Delivery per write, in the order of `writes`.

    Raises the error of a call that was refused for the login or the daily allowance while nothing has been sent yet;
    later, such an error stands in the Deliveries of the writes that were not sent.
    """
    run = _Run(client=client)
    items, refused = plan(client.connection, streams, writes)
    for place, error in refused.items():
        run.deliveries[place] = Delivery(key=writes[place].key, outcome=Outcome.REFUSED, error=error)
    for batch in items:
        run.batch(batch)
    assert len(run.deliveries) == len(writes), "every write has its delivery"
    return [run.deliveries[place] for place in range(len(writes))]


@dataclass(slots=True, kw_only=True)
class _Run:
    """One push under way: what is settled, and why to stop."""

    client: Client
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    stopped_by: DealError | None = None
    silences: int = 0
    splits: int = 0
    is_sent: bool = False
    pause_s: float = 0.0  # what the org has asked for

    def batch(self, batch: Batch) -> None:
        """Settle every item of a batch, trying locked rows again in smaller ones."""
        waiting = [batch]
        for attempt in range(1, LOCK_TRIES + 1):
            locked = [item for each in waiting for item in self._send(each)]
            if not locked:
                return
            if attempt == LOCK_TRIES:
                break
            for item in locked:
                del self.deliveries[item.place]
            pause_s = backoff_s(attempt, wait_s=LOCK_WAIT_S, rng=self.client.rng)
            self.client.clock.sleep(max(pause_s, min(self.pause_s, WAIT_S_MAX)))
            self.pause_s = 0.0
            waiting = batch.with_items(locked).cut(max(1, len(batch.items) >> (2 * attempt)))

    def _send(self, batch: Batch) -> list[Item]:
        """Send one batch, in halves where the org refuses it as a whole; return the items whose rows were locked."""
        if self.stopped_by is not None:
            self._settle(batch, Outcome.REFUSED, self.stopped_by)
            return []
        try:
            answer = self._call(batch)
        except DealError as error:
            return self._refused_whole(batch, error)
        self.silences = 0
        self.is_sent = True
        read = composite_results if batch.method is Method.CONDITIONAL else row_results
        results = read(self.client.connection, batch, answer)
        locked = []
        for item, result in zip(batch.items, results, strict=True):
            self.deliveries[item.place] = _delivery(item, result)
            if result.error is not None and result.error.retry_class is RetryClass.LOCKED:
                locked.append(item)
        return locked

    def _call(self, batch: Batch) -> Any:
        what = f"write of {len(batch.items)} {batch.object_name}"
        answer = self.client.write(
            batch.http_method, batch.path, batch.body(self.client.options.api_version), headers=_HEADERS, what=what
        )
        self.client.wire.calls.amend(rows=len(batch.items))
        return answer

    def _refused_whole(self, batch: Batch, error: DealError) -> list[Item]:
        """Settle a batch without results: unknown, refused, stopped, or sent again in halves."""
        is_unknown = isinstance(error, TransientError) and error.outcome_unknown
        self._settle(batch, Outcome.UNKNOWN if is_unknown else Outcome.REFUSED, error)
        if is_unknown:
            self.is_sent = True
        if isinstance(error, TransientError) and error.retry_class is RetryClass.TRANSIENT:
            self.silences += 1
            if self.silences >= SILENCES_MAX:
                self.stopped_by = _not_sent(self.client.connection, error)
            return []
        if isinstance(error, TransientError) and error.retry_class in (RetryClass.LOCKED, RetryClass.THROTTLED):
            self.pause_s = error.retry_after_s or 0.0
            return list(batch.items)
        if error.retry_class in (RetryClass.AUTH, RetryClass.EXHAUSTED):
            if not self.is_sent:
                raise error
            self.stopped_by = error
            return []
        return self._halved(batch, error)

    def _halved(self, batch: Batch, error: DealError) -> list[Item]:
        is_schema = isinstance(error, PermanentError) and error.retry_class is RetryClass.PERMISSION
        is_one_shape = len({tuple(sorted(item.fields)) for item in batch.items}) == 1
        if len(batch.items) == 1 or self.splits >= SPLITS_MAX or (is_schema and is_one_shape):
            return []
        if not is_schema and error.retry_class not in _SMALLER_HELPS:
            return []
        self.splits += 2
        halves = batch.cut(-(-len(batch.items) // 2))
        for item in batch.items:
            del self.deliveries[item.place]
        return [item for half in halves for item in self._send(half)]

    def _settle(self, batch: Batch, outcome: Outcome, error: DealError) -> None:
        if len(batch.items) == 1 and error.retry_class in (RetryClass.VALIDATION, RetryClass.DUPLICATE):
            error = self._of_row(batch.items[0], error)
        for item in batch.items:
            self.deliveries[item.place] = Delivery(
                key=item.write.key, outcome=outcome, record_id=item.write.record_id, error=error
            )

    def _of_row(self, item: Item, error: DealError) -> RecordError:
        """Return the error of a call that carried a single row as that row's error."""
        assert error.retry_class is not None
        return RecordError(
            f"{item.ref}: {error.message}",
            crm=self.client.connection,
            ref=item.ref,
            code=error.code,
            retry_class=error.retry_class,
        )


def _delivery(item: Item, result: Result) -> Delivery:
    return Delivery(
        key=item.write.key,
        outcome=result.outcome,
        record_id=result.record_id or item.write.record_id,
        created=result.created,
        error=result.error,
    )


def _not_sent(connection: str, cause: TransientError) -> TransientError:
    return TransientError(
        f"{connection}: not sent, because the org left the calls before unanswered. It is sent again by itself.",
        crm=connection,
        code=cause.code,
    )

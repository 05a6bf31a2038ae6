"""Deliver writes in batches, and tell for every single one what became of it.

HubSpot takes or refuses most batches as a whole: one invalid value, one taken unique value, and none of the hundred rows is
written. Such a batch is sent again in halves until the culprit stands alone. An answer may be lost after the write was
applied: then the outcome is unknown, and said to be. Links (the partner of record) are moved before the properties, because
the write witness among the properties stands for the whole write; only a new record must exist before it can be linked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from connectors.hubspot.associations import Move
from connectors.hubspot.batches import Batch, Item, Result, SourceOf, plan, results
from connectors.hubspot.client import Client, understood
from connectors.hubspot.errors import row_error
from connectors.port import Delivery, Outcome, Write, WriteKind
from rules.errors import DealError, PermanentError, RecordError, RetryClass, TransientError

SPLITS_MAX: Final = 100  # calls of one push spent on finding the rows that make HubSpot refuse whole batches
SILENCES_MAX: Final = 2  # unanswered calls in a row after which nothing more is sent

_SMALLER_HELPS: Final = frozenset({RetryClass.VALIDATION, RetryClass.DUPLICATE, RetryClass.GONE, RetryClass.BUG})
_PROPERTY_GONE: Final = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})


def deliver(client: Client, source_of: SourceOf, writes: Sequence[Write]) -> list[Delivery]:
    """Return one Delivery per write, in the order of `writes`.

    Raises the error of a call that was refused for the login or the daily allowance while nothing has been sent yet;
    later, such an error stands in the Deliveries of the writes that were not sent.
    """
    run = _Run(client=client)
    batches, refused = plan(client.connection, source_of, writes)
    for place, error in refused.items():
        run.deliveries[place] = Delivery(key=writes[place].key, outcome=Outcome.REFUSED, error=error)
    for batch in batches:
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

    def batch(self, batch: Batch) -> None:
        """Settle every item of a batch."""
        if batch.kind is WriteKind.UPDATE:
            self._link(batch, {item.place: str(item.record_id) for item in batch.items})
            waiting = [item for item in batch.items if item.place not in self.deliveries]
            for item in waiting:
                if not item.properties:
                    self._settle([item], Outcome.APPLIED, None)
            self._send(batch.with_items([item for item in waiting if item.properties]))
            return
        self._send(batch)
        made = {place: each.record_id for place, each in self.deliveries.items() if each.outcome is Outcome.APPLIED}
        self._link(batch, {item.place: str(made[item.place]) for item in batch.items if made.get(item.place)})

    def _send(self, batch: Batch) -> None:
        """Send one batch, in halves where HubSpot refuses it as a whole."""
        if not batch.items:
            return
        if self.stopped_by is not None:
            self._settle(batch.items, Outcome.REFUSED, self.stopped_by)
            return
        call = batch.source.records.call("push", is_write=True)
        api = self.client.apis.batch
        method = api.update if batch.kind is WriteKind.UPDATE else api.upsert
        try:
            answer = self.client.write(method, batch.source.object_name, batch.body(), call=call)
            with understood(call, status=answer.status):
                told = results(call, batch, answer)
        except DealError as error:
            self._refused_whole(batch, error, self._send)
            return
        self.client.log.amend(rows=len(batch.items))
        self._answered()
        for item, result in zip(batch.items, told, strict=True):
            self.deliveries[item.place] = _delivery(item, result)

    def _link(self, batch: Batch, ids: dict[int, str]) -> None:
        """Move our labels of these records, key by key; items whose links fail are settled, the others go on."""
        items = [item for item in batch.items if item.links and item.place in ids]
        for key in dict.fromkeys(key for item in items for key in item.links):
            concerned = [item for item in items if key in item.links and not self._has_failed(item)]
            self._move(batch.with_items(concerned), key, ids)

    def _move(self, batch: Batch, key: str, ids: dict[int, str]) -> None:
        if not batch.items:
            return
        if self.stopped_by is not None:
            self._settle(batch.items, Outcome.REFUSED, self.stopped_by)
            return
        moves = [Move(from_id=ids[item.place], to_id=item.links[key]) for item in batch.items]
        try:
            faults = batch.source.links.move(key, moves)
        except DealError as error:
            self._refused_whole(batch, error, lambda part: self._move(part, key, ids))
            return
        self._answered()
        call = batch.source.records.call("push", is_write=True)
        for item in batch.items:
            fault = faults.get(ids[item.place])
            if fault is not None:
                self._settle([item], Outcome.REFUSED, row_error(fault, call=call, ref=item.ref))

    def _has_failed(self, item: Item) -> bool:
        settled = self.deliveries.get(item.place)
        return settled is not None and settled.outcome is not Outcome.APPLIED

    def _answered(self) -> None:
        self.silences = 0
        self.is_sent = True

    def _refused_whole(self, batch: Batch, error: DealError, send: Callable[[Batch], None]) -> None:
        """Settle a batch without results: unknown, refused, stopped, or sent again in parts."""
        is_unknown = isinstance(error, TransientError) and error.outcome_unknown
        if is_unknown:
            self.is_sent = True
        if error.retry_class in (RetryClass.AUTH, RetryClass.EXHAUSTED):
            if not self.is_sent:
                raise error
            self.stopped_by = error
        elif isinstance(error, TransientError) and error.retry_class is RetryClass.TRANSIENT:
            self.silences += 1
            if self.silences >= SILENCES_MAX:
                self.stopped_by = _not_sent(self.client.connection, error)
        elif isinstance(error, RecordError) and error.code in _PROPERTY_GONE and error.field:
            self._without_property(batch, error, error.field, send)
            return
        elif error.retry_class in _SMALLER_HELPS and len(batch.items) > 1:
            self._halved(batch, error, send)
            return
        self._settle(batch.items, Outcome.UNKNOWN if is_unknown else Outcome.REFUSED, error)

    def _halved(self, batch: Batch, error: DealError, send: Callable[[Batch], None]) -> None:
        if self.splits >= SPLITS_MAX:
            self._settle(batch.items, Outcome.REFUSED, _too_many_refused(self.client.connection, error))
            return
        self.splits += 2
        for half in batch.cut(-(-len(batch.items) // 2)):
            send(half)

    def _without_property(self, batch: Batch, error: RecordError, name: str, send: Callable[[Batch], None]) -> None:
        """Settle the rows that carry a property HubSpot has lost or locked, and send the others."""
        blocked = PermanentError(
            f"{self.client.connection} {batch.source.object_name}: HubSpot does not let {name} be written ({error.code}). "
            "Create the property or allow it to be edited, or correct the mapping.",
            crm=self.client.connection,
            object_name=batch.source.object_name,
            fields=(name,),
            code=error.code,
            retry_class=RetryClass.PERMISSION,
        )
        carriers = [item for item in batch.items if name in item.properties] or list(batch.items)
        self._settle(carriers, Outcome.REFUSED, blocked)
        places = {item.place for item in carriers}
        rest = [item for item in batch.items if item.place not in places]
        if rest:
            send(batch.with_items(rest))

    def _settle(self, items: Sequence[Item], outcome: Outcome, error: DealError | None) -> None:
        for item in items:
            made = self.deliveries.get(item.place)
            if made is not None:  # a new record that could not be linked is there nevertheless
                self.deliveries[item.place] = replace(
                    made, outcome=Outcome.UNKNOWN, error=_not_linked(self.client.connection, item, error)
                )
                continue
            cause = error
            if isinstance(error, RecordError) and len(items) == 1:
                cause = _of_row(self.client.connection, item, error)
            self.deliveries[item.place] = Delivery(
                key=item.write.key, outcome=outcome, record_id=item.record_id, error=cause
            )


def _of_row(connection: str, item: Item, error: RecordError) -> RecordError:
    """Return the error of a call that carried a single row as that row's error."""
    assert error.retry_class is not None
    return RecordError(
        f"{item.ref}: {error.message.removeprefix(f'{error.ref}: ')}",
        crm=connection,
        ref=item.ref,
        field=error.field,
        code=error.code,
        retry_class=error.retry_class,
        existing_id=error.existing_id,
    )


def _delivery(item: Item, result: Result) -> Delivery:
    return Delivery(
        key=item.write.key,
        outcome=result.outcome,
        record_id=result.record_id or item.record_id,
        created=result.created,
        error=result.error,
    )


def _not_linked(connection: str, item: Item, cause: DealError | None) -> TransientError:
    code = cause.code if cause is not None else None
    return TransientError(
        f"{item.ref}: the record was made but not linked ({code}). It is read back, and what is missing is sent again.",
        crm=connection,
        outcome_unknown=True,
        code=code,
    )


def _not_sent(connection: str, cause: TransientError) -> TransientError:
    return TransientError(
        f"{connection}: not sent, because HubSpot left the calls before unanswered. It is sent again by itself.",
        crm=connection,
        code=cause.code,
    )


def _too_many_refused(connection: str, cause: DealError) -> TransientError:
    return TransientError(
        f"{connection}: not sent, because too many rows beside it were refused ({cause.code}). It is sent again by itself.",
        crm=connection,
        code=cause.code,
    )

"""The classics: what published integrations got wrong, each as a wrong version of one function of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectors.hubspot.cursor import Lookback
from ledger import intents, links, snapshots
from ledger.rows import IntentState
from sandbox.programme.scenarios import Crm

NO_TIME = timedelta()


def outbox_first(right: Any) -> Any:
    """Mark a write done before its call."""

    def store(p: Any, drafts: Any) -> Any:
        planned = right(p, drafts)
        if planned:
            with p.begin() as tx:
                for intent, draft in planned:
                    link = links.get(tx, draft.link.link_id)
                    assert link is not None
                    links.save(tx, replace(link, base={**link.base, **intent.values}, acked_rev=intent.rev))
                    intents.settle(tx, intent.intent_id, IntentState.DONE, now=p.now())
        return planned

    return store


def user_echo(right: Any) -> Any:
    """Drop rows that our own user changed last: the published recipe against loops."""

    def take_in(p: Any, tx: Any, stream: Any, rows: Sequence[Any], *rest: Any, **options: Any) -> Any:
        theirs = [row for row in rows if p.our_user_id is None or row.modified_by != p.our_user_id]
        return right(p, tx, stream, theirs, *rest, **options)

    return take_in


def no_gate(right: Any) -> Any:
    """Take in versions older than the known one."""

    def judge(row: Any, modified_at: int, content: str, known: Any, agreed: Any) -> Any:
        return right(row, max(modified_at, known.modified_at), content, known, agreed)

    return judge


def last_writer_wins(right: Any) -> Any:
    """Write over a person's edit without a word."""
    return lambda **options: replace(right(**options), edits=())


def no_lookback(right: Any) -> Any:
    """Go on reading exactly where the last pull ended."""

    def connect(world: Any, mapping: Any, **options: Any) -> Any:
        none = NO_TIME if Crm(mapping.kind) is Crm.SALESFORCE else Lookback(overlap=NO_TIME, wide=NO_TIME)
        return right(world, mapping, **options | {"lookback": none})

    return connect


def deletion_unmarked(right: Any) -> Any:
    """Note a deletion without asking what it means for the claim."""

    def mark(p: Any, tx: Any, stream: Any, refs: Any) -> None:
        p.tally.gone += snapshots.mark_gone(tx, refs, now=p.now())

    return mark


def cursor_now(right: Any) -> Any:
    """Go on from the present time of the next pull, not from the end of the last one."""

    def close(position: Any) -> Any:
        closed = right(position)
        return replace(closed, low=closed.low + timedelta(hours=4))

    return close


def cursor_ahead(right: Any) -> Any:
    """Let Salesforce's cursor follow the newest row seen without looking back."""

    def following(cursor: Any, *, lookback: timedelta) -> Any:
        return right(cursor, lookback=NO_TIME)

    return following


def no_lease(right: Any) -> Any:
    """Store without asking whether the lease is still ours."""
    return lambda self, tx: None


def no_history(right: Any) -> Any:
    """Do not look below our own value for what it covered."""
    return lambda changes, *, written, prior: None


def no_witness(right: Any) -> Any:
    """Believe that a write of unknown outcome was applied."""
    return lambda intent, row, stream_map: True


def no_condition(right: Any) -> Any:
    """Write whatever has become of the row since it was read."""
    return lambda *given: replace(right(*given), unmodified_since=None)


def cursor_first(right: Any) -> Any:
    """Store the cursor, then the rows."""

    def store(p: Any, stream: Any, page: Any) -> None:
        from sync.pull import _advance

        with p.begin() as tx:
            _advance(p, tx, stream, page)
        right(p, stream, page)

    return store


def no_read_back(right: Any) -> Any:
    """Send a write of unknown outcome again without reading the row."""

    def resolve(p: Any) -> None:
        with p.begin() as tx:
            for intent in intents.open_(tx, p.name, [IntentState.PLANNED, IntentState.SENT]):
                link = links.get(tx, intent.link_id)
                assert link is not None
                intents.settle(tx, intent.intent_id, IntentState.FAILED, now=p.now())
                links.save(tx, replace(link, base={**link.base, **intent.values}, is_due=True))

    return resolve


def unknown_is_done(right: Any) -> Any:
    """Take a write whose answer was lost for applied."""
    from connectors.port import Outcome

    def store(p: Any, planned: Any, deliveries: Any) -> None:
        lost = Outcome.UNKNOWN
        right(
            p,
            planned,
            [replace(each, outcome=Outcome.APPLIED) if each.outcome is lost else each for each in deliveries],
        )

    return store

"""What a refused write leads to, by its class: back-off, a dead letter for a person, a blocked field, a gone row.

The write was certainly not applied. While it is still wanted, the link stays due and is planned anew; a dead letter's link
is due again only when the record, the registration or a person (`replay`) gives a reason.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from ledger import intents, links, lookups
from ledger.engine import Tx
from ledger.rows import Intent, IntentState, Link
from rules.errors import DealError, PermanentError, RetryClass, TransientError
from sync.events import emit
from sync.passes import Pass

# The CRM refuses these values, and will again: a person looks at once.
HOPELESS: Final = frozenset({RetryClass.VALIDATION, RetryClass.DUPLICATE, RetryClass.BUG})
# The connection's own trouble says nothing about the row, so these do not count as tries.
INNOCENT: Final = frozenset({RetryClass.AUTH, RetryClass.EXHAUSTED, RetryClass.STALE, RetryClass.THROTTLED})
BACKOFF: Final = timedelta(seconds=30)
HELD_WAIT: Final = timedelta(minutes=15)
BACKOFF_MAX: Final = timedelta(hours=1)


def refused(p: Pass, tx: Tx, link: Link, intent: Intent, error: DealError) -> None:
    """Settle a refused write and say when, and whether, its link is planned again."""
    retry_class = error.retry_class or RetryClass.BUG
    if retry_class is RetryClass.PERMISSION and _block_fields(p, intent, error):
        _again(p, tx, link, intent, error, wait=timedelta())
    elif retry_class is RetryClass.HELD:
        _wait(p, tx, link, intent, error)
    elif retry_class is RetryClass.VALIDATION and _may_be_locked(p, tx, link):
        _again(p, tx, link, intent, error, wait=timedelta())  # read again first: it may be locked since we looked
    elif retry_class in HOPELESS or retry_class is RetryClass.PERMISSION:
        _bury(p, tx, link, intent, error)
    elif retry_class is RetryClass.GONE:
        p.absent.add(link.ref)  # read again, before anything is called gone
        _again(p, tx, link, intent, error, wait=BACKOFF)
    elif retry_class in INNOCENT:
        event = "write_conflicted" if retry_class is RetryClass.STALE else "write_refused"
        emit(event, pass_id=p.pass_id, crm=p.name, ref=str(link.ref), reason=error.code)
        _again(p, tx, link, intent, error, wait=timedelta())
    else:
        tries = lookups.refusals_in_a_row(tx, link.link_id) + 1
        if tries >= p.settings.dead_letter_attempts:
            _bury(p, tx, link, intent, error)
            return
        emit("write_refused", pass_id=p.pass_id, crm=p.name, ref=str(link.ref), reason=error.code, attempt=tries)
        asked = error.retry_after_s if isinstance(error, TransientError) else None
        wait = timedelta(seconds=asked) if asked is not None else BACKOFF * 2 ** (tries - 1)
        _again(p, tx, link, intent, error, wait=min(wait, BACKOFF_MAX))


def _again(p: Pass, tx: Tx, link: Link, intent: Intent, error: DealError, *, wait: timedelta) -> None:
    _settle(p, tx, intent, IntentState.FAILED, error)
    links.save(tx, replace(link, is_due=True, retry_at=p.now() + wait if wait else None))


def _wait(p: Pass, tx: Tx, link: Link, intent: Intent, error: DealError) -> None:
    """Let a write wait for a record that the CRM itself has locked; trying again costs it nothing."""
    held = f"waits: the remote record is locked by the CRM ({error.code})."
    emit("write_waits", pass_id=p.pass_id, crm=p.name, ref=str(link.ref), reason=held)
    _settle(p, tx, intent, IntentState.FAILED, error)
    links.save(tx, replace(link, is_due=True, held=held, retry_at=p.now() + HELD_WAIT))


def _may_be_locked(p: Pass, tx: Tx, link: Link) -> bool:
    """Tell whether a refusal may come from a state that the record took on between our read and our write."""
    return p.stream_map(link.stream).locks is not None and lookups.refusals_in_a_row(tx, link.link_id) == 0


def _bury(p: Pass, tx: Tx, link: Link, intent: Intent, error: DealError) -> None:
    """Give the write up: it waits for a person, with the CRM's own words."""
    _settle(p, tx, intent, IntentState.DEAD, error)
    links.save(tx, replace(link, is_due=False, retry_at=None))
    p.tally.dead += 1
    p.tally.problems.append(f"{link.ref}: the write was given up: {error.message}")
    emit(
        "write_dead_lettered",
        pass_id=p.pass_id,
        crm=p.name,
        ref=str(link.ref),
        registration_id=link.registration_id,
        reason=error.code,
        error=error.message,
    )


def _block_fields(p: Pass, intent: Intent, error: DealError) -> bool:
    """Leave the forbidden fields out from now on; tell whether any field of this write was among them."""
    if not isinstance(error, PermanentError):
        return False
    fields = p.stream_map(intent.stream).fields
    named = {name for name in intent.values if name in fields and fields[name].crm_field in error.fields}
    blocked = p.blocked.setdefault(intent.stream, set())
    if not named - blocked:
        return False
    blocked |= named
    p.tally.problems.append(error.message)
    emit(
        "field_blocked", pass_id=p.pass_id, crm=p.name, stream=intent.stream, fields=sorted(named), error=error.message
    )
    return True


def _settle(p: Pass, tx: Tx, intent: Intent, state: IntentState, error: DealError) -> None:
    intents.settle(tx, intent.intent_id, state, error_code=error.code, error_message=error.message, now=p.now())

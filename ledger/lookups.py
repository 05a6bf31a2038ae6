"""Narrow questions that a pass asks of several tables at once, each one statement by index."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, or_, select, update

from ledger.bulk import among
from ledger.codec import parse_ref
from ledger.engine import Tx
from ledger.tables import dirty, intent, link, registration, run, snapshot
from rules.fields import Stream, Value
from rules.records import OPEN, PROTECTED, CrmRef

_OPEN = sorted(status.value for status in OPEN)
_LIVE = sorted(status.value for status in OPEN | PROTECTED)
_OPEN_INTENTS = ("planned", "sent", "verify")


def has_live(tx: Tx) -> bool:
    """Tell whether any registration is open or protected, so that other rows may concern one."""
    found = select(registration.c.registration_id).where(registration.c.status.in_(_LIVE)).limit(1)
    return tx.execute(found).first() is not None


def open_claims(tx: Tx) -> set[CrmRef]:
    """Return the rows of all registrations that are not decided yet."""
    statement = select(registration.c.claim_ref).where(registration.c.status.in_(_OPEN))
    return {parse_ref(ref) for ref in tx.execute(statement).scalars()}


def open_claims_of(tx: Tx, partner_id: str) -> set[CrmRef]:
    """Return the rows of a partner's registrations that are not decided yet."""
    statement = select(registration.c.claim_ref).where(
        registration.c.partner_id == partner_id, registration.c.status.in_(_OPEN)
    )
    return {parse_ref(ref) for ref in tx.execute(statement).scalars()}


def live_claims_of_partners(tx: Tx, partner_ids: Collection[str]) -> set[CrmRef]:
    """Return the submissions of open or protected registrations of these partners, and of partners not known yet."""
    statement = select(registration.c.claim_ref).where(
        registration.c.status.in_(_LIVE),
        or_(among(tx, registration.c.partner_id, partner_ids), registration.c.partner_id.is_(None)),
    )
    return {parse_ref(ref) for ref in tx.execute(statement).scalars()}


def live_claims_at(tx: Tx, companies: Collection[CrmRef]) -> set[CrmRef]:
    """Return the submissions of open or protected registrations whose customer is one of these rows."""
    wanted = {(ref.connection, ref.record_id) for ref in companies}
    if not wanted:
        return set()
    statement = (
        select(snapshot.c.ref, snapshot.c.company_id)
        .join(registration, registration.c.claim_ref == snapshot.c.ref)
        .where(
            among(tx, snapshot.c.company_id, sorted({record_id for _, record_id in wanted})),
            snapshot.c.stream == Stream.SUBMISSIONS.value,
            registration.c.status.in_(_LIVE),
        )
    )
    found = [(parse_ref(ref), company_id) for ref, company_id in tx.execute(statement)]
    return {ref for ref, company_id in found if (ref.connection, company_id) in wanted}


def match_keys_of(tx: Tx, refs: Collection[CrmRef]) -> set[str]:
    """Return the match keys under which these rows are found."""
    statement = select(snapshot.c.match_keys).where(
        among(tx, snapshot.c.ref, [str(ref) for ref in refs]), snapshot.c.match_keys.is_not(None)
    )
    return {key for text in tx.execute(statement).scalars() for key in text.split("\n") if key}


def dirty_among(tx: Tx, refs: Collection[CrmRef]) -> set[CrmRef]:
    """Return those of these submissions that are marked to be decided."""
    statement = select(dirty.c.ref).where(among(tx, dirty.c.ref, [str(ref) for ref in refs]))
    return {parse_ref(ref) for ref in tx.execute(statement).scalars()}


def links_with_open_intent(tx: Tx, link_ids: Collection[int]) -> set[int]:
    """Return those of these links that have a write under way whose outcome is not settled."""
    statement = select(intent.c.link_id).where(among(tx, intent.c.link_id, link_ids), intent.c.state.in_(_OPEN_INTENTS))
    return set(tx.execute(statement).scalars())


def written_links(tx: Tx, connection: str) -> int:
    """Return how many linked rows of a connection were written before."""
    counted = select(func.count()).where(link.c.connection == connection, link.c.acked_rev > 0, ~link.c.is_gone)
    return tx.execute(counted).scalar_one()


def mark_links_due(tx: Tx, connection: str, stream: Stream) -> None:
    """Mark every link to rows of a stream to be planned, but for those that lead nowhere."""
    which = (link.c.connection == connection, link.c.stream == stream.value, ~link.c.is_gone, ~link.c.is_due)
    tx.execute(update(link).where(*which).values(is_due=True))


def refusals_in_a_row(tx: Tx, link_id: int) -> int:
    """Return how many of a link's newest writes were refused one after another."""
    states = tx.execute(
        select(intent.c.state).where(intent.c.link_id == link_id).order_by(intent.c.rev.desc()).limit(50)
    )
    count = 0
    for state in states.scalars():
        if state != "failed":
            break
        count += 1
    return count


def values_written(tx: Tx, link_id: int, rev: int) -> dict[str, Value] | None:
    """Return what the write with this witness number carried, None when there was none."""
    found = tx.execute(select(intent.c["values"]).where(intent.c.link_id == link_id, intent.c.rev == rev)).first()
    return dict(found[0]) if found is not None else None


def first_contact(tx: Tx, connection: str) -> datetime | None:
    """Return when the first pass over a connection began: what was decided in the CRM before is taken over as it stands."""
    runs = select(run.c.started_at).where(run.c.connection == connection).order_by(run.c.run_id).limit(1)
    moment: datetime | None = tx.execute(runs).scalar()
    return moment


def vanished_live_claims(tx: Tx, connection: str) -> int:
    """Return how many open or protected claims of a connection wait to be decided because their row is gone for good."""
    counted = (
        select(func.count())
        .select_from(dirty)
        .join(registration, registration.c.claim_ref == dirty.c.ref)
        .join(snapshot, snapshot.c.ref == dirty.c.ref)
        .where(
            registration.c.status.in_(_LIVE),
            snapshot.c.is_gone,
            snapshot.c.merged_into.is_(None),
            dirty.c.ref > f"{connection}/",
            dirty.c.ref < f"{connection}0",  # "0" follows "/"
        )
    )
    return tx.execute(counted).scalar_one()


def live_submission_count(tx: Tx, connection: str) -> int:
    """Return how many submissions of a connection stand for an open or protected registration."""
    counted = (
        select(func.count())
        .select_from(registration)
        .join(link, link.c.registration_id == registration.c.registration_id)
        .join(snapshot, snapshot.c.ref == link.c.ref)
        .where(
            link.c.connection == connection,
            link.c.role == "submission",
            ~link.c.is_gone,
            snapshot.c.stream == Stream.SUBMISSIONS.value,
            registration.c.status.in_(_LIVE),
        )
    )
    return tx.execute(counted).scalar_one()

"""A person's change of the status field in a CRM, found and put into words: a command for the rules.

The status that a submission row holds is compared with its base, the last value both sides agreed on. Who did it comes from
the field's history where the CRM keeps one, else from the row's last modifier; when that is our own user, or unknown, there
is no actor and the command is only a proposal. At first contact a decided status is adopted instead. What a command leads to
is decided elsewhere; here nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from connectors.port import Change
from ledger import snapshots
from ledger.engine import Tx
from ledger.rows import Link, Snapshot
from rules.cases import Command, CommandKind
from rules.desired import adopted_status, status_word
from rules.fields import FieldType, Stream, Value
from rules.mapping import StreamMap
from rules.merge import is_same
from rules.policy import Policy
from rules.records import CrmRef, Registration
from rules.windows import end_of_day
from sync.passes import Pass

STATUS: Final = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEdit:
    """A status that somebody typed. command: what it means; None when the map gives it no meaning: then it is drift."""

    word: str | None
    command: Command | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a row's status tells. edit: somebody changed it. is_agreed: it equals what we want, so it is the new base."""

    edit: StatusEdit | None = None
    is_agreed: bool = False
    is_ours: bool = False  # an own write that came to light late: the new base, nobody's edit


def has_moved(link: Link, snapshot: Snapshot) -> bool:
    """Tell whether the row's status differs from the base, in a version that shows our last acknowledged write."""
    if STATUS not in snapshot.values or STATUS not in link.base or not is_current(link, snapshot):
        return False
    return not is_same(snapshot.values[STATUS], link.base[STATUS], FieldType.STATUS)


def is_current(link: Link, snapshot: Snapshot) -> bool:
    """Tell whether the known version of a row is not older than our last acknowledged write to it."""
    return link.acked_rev == 0 or "rev" not in snapshot.values or (snapshot.rev or 0) >= link.acked_rev


def look(
    link: Link,
    snapshot: Snapshot,
    registration: Registration,
    *,
    stream_map: StreamMap,
    changes: Sequence[Change],
    our_user_id: str | None,
) -> Found:
    """Return what the status of a linked submission tells.

    changes: the field's history, newest first, empty where the CRM keeps none.
    """
    if not has_moved(link, snapshot):
        return Found()
    word = snapshot.values[STATUS]
    if is_same(word, status_word(registration.status, stream_map), FieldType.STATUS):
        return Found(is_agreed=True)
    newest = changes[0] if changes else None
    if newest is not None and newest.by_us and is_same(newest.value, word, FieldType.STATUS):
        return Found(is_ours=True)
    actor, at = _who(snapshot, changes, word, our_user_id)
    return Found(edit=read_edit(snapshot.ref, word, stream_map=stream_map, actor=actor, at=at))


def read_edit(ref: CrmRef, word: Value, *, stream_map: StreamMap, actor: str | None, at: datetime) -> StatusEdit:
    """Return a typed status with the command it means."""
    text = word if isinstance(word, str) else None
    meaning = stream_map.status.commands.get(text) if stream_map.status is not None and text is not None else None
    command = None
    if meaning is not None:
        command = Command(kind=CommandKind(meaning), actor=actor, at=at, source=_source(ref, stream_map, text))
    return StatusEdit(word=text, command=command)


def adoption(snapshot: Snapshot, *, stream_map: StreamMap, zone: str) -> Command | None:
    """Return the command to take over what people decided before Registrar came, None for a claim still open."""
    word = snapshot.values.get(STATUS)
    status = adopted_status(word if isinstance(word, str) else None, stream_map)
    if status is None:
        return None
    until = snapshot.values.get("protected_until")
    end = None
    if isinstance(until, str):
        end = end_of_day(date.fromisoformat(until), zone)
    return Command(
        kind=CommandKind.ADOPT,
        actor=snapshot.modified_by,
        at=snapshot.modified_at,
        source=_source(snapshot.ref, stream_map, str(word)),
        is_allowed=True,
        window_end=end,
        status=status,
    )


def with_permission(tx: Tx, command: Command, ref: CrmRef, *, policy: Policy, users: StreamMap | None) -> Command:
    """Return the command with the policy's word on whether this actor may give it.

    A person is known by the CRM's user id, and by mail address, role and team where users are pulled.
    """
    aliases: list[str] = []
    if command.actor is not None and users is not None:
        user_ref = CrmRef(ref.connection, users.object_name, command.actor)
        user = snapshots.get_many(tx, [user_ref]).get(user_ref)
        if user is not None:
            aliases = [str(user.values[name]) for name in ("email", "role", "team") if user.values.get(name)]
    is_allowed = policy.commands.allows(command.actor, aliases=tuple(aliases))
    return replace(command, is_allowed=is_allowed, roles=frozenset(aliases))


def users_of(p: Pass, connection: str) -> StreamMap | None:
    """Return how a connection's users are mapped, None where they are not pulled."""
    return p.configs[connection].mapping.streams.get(Stream.USERS)


def typed_between(changes: Sequence[Change], *, written: Value, prior: Value) -> Change | None:
    """Return a person's value that our write covered: typed after we had read the row and before our value arrived.

    changes: the status history, newest first. written: what we wrote; prior: what we had read before. Times are not
    compared: the CRM's clock is not ours, and what stands directly below our value without being what we read came between.
    """
    ours = next((at for at, each in enumerate(changes) if each.by_us and _same(each.value, written)), None)
    if ours is None or ours + 1 >= len(changes):
        return None
    covered = changes[ours + 1]
    if covered.by_us or _same(covered.value, prior) or _same(covered.value, written):
        return None
    return covered


def histories(changes: Sequence[Change]) -> dict[str, list[Change]]:
    """Return the status changes by record, newest first."""
    found: dict[str, list[Change]] = {}
    for each in changes:
        if each.field == STATUS:
            found.setdefault(each.record_id, []).append(each)
    for some in found.values():
        some.sort(key=lambda each: each.at, reverse=True)
    return found


def _who(
    snapshot: Snapshot, changes: Sequence[Change], word: Value, our_user_id: str | None
) -> tuple[str | None, datetime]:
    """Return who typed a status and when, as far as the CRM tells."""
    for each in changes:
        if not each.by_us and _same(each.value, word):
            return each.by, each.at
    if snapshot.modified_by is not None and snapshot.modified_by != our_user_id:
        return snapshot.modified_by, snapshot.modified_at
    return None, snapshot.modified_at


def _same(left: Value, right: Value) -> bool:
    return is_same(left, right, FieldType.STATUS)


def _source(ref: CrmRef, stream_map: StreamMap, word: str | None) -> str:
    field = stream_map.fields.get(STATUS)
    return f"{ref.connection} {field.crm_field if field is not None else STATUS} = {word}"

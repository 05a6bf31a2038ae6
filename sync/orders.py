"""A person's word from the command line: decided at once, by the same rules as a word typed in a CRM.

Who gives it is known by a CRM user's id or mail address, which tells role and team; anyone else only by the name itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ledger import registrations, snapshots
from ledger.engine import Tx
from ledger.errors import KeyTakenError
from rules.cases import Command
from rules.records import CrmRef
from sync.cases import claim_link
from sync.passes import Pass
from sync.reconcile import Reconciler

SOURCE: Final = "command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person wants of one registration. ref: the row that its claim came from."""

    registration_id: str
    ref: CrmRef
    command: Command


def obey(p: Pass, order: Order) -> None:
    """Decide the registration with the command. A deal that turns out to be held by another is decided with its holder."""
    reconciler = Reconciler(p)
    holder: str | None = None
    for is_last in (False, True):
        try:
            with p.begin() as tx:
                registration = registrations.get(tx, order.registration_id)
                assert registration is not None, order.registration_id
                link = claim_link(tx, registration)
                reconciler.command(tx, link, _known_actor(tx, order, link.ref.connection), holder=holder)
            return
        except KeyTakenError as error:
            if is_last:
                raise
            holder = error.holder


def _known_actor(tx: Tx, order: Order, connection: str) -> Command:
    """Return the command with its actor as the CRM's user, where the mail address is one's."""
    actor = order.command.actor
    if actor is None or "@" not in actor:
        return order.command
    users = [each for each in snapshots.by_email(tx, [actor.casefold()]) if each.ref.connection == connection]
    return replace(order.command, actor=users[0].ref.record_id) if users else order.command

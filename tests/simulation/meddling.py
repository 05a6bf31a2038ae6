"""Somebody who is quicker than the daemon: types a status after it has read a row and before its write arrives.

Nothing else in a world is timed so exactly, and chance alone never hits that moment. What is typed is a decision, or a
word that says nothing new, so that reading back alone cannot tell who was there.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from connectors.port import Write
from rules.fields import Stream
from sandbox.desks import Desk, Kind
from sandbox.programme.scenarios import Crm
from sandbox.programme.vendor import CHANNEL_MANAGERS
from sandbox.world import World

WHAT: Final = "meddled"
_WORDS: Final = ("approved", "rejected", "withdrawn", "in_review")


def meddle(world: World, crm: Crm, writes: Sequence[Write], rng: random.Random) -> None:
    """Type a status into one of the submissions that are about to be written."""
    targets = [each.record_id for each in writes if each.stream is Stream.SUBMISSIONS and each.record_id is not None]
    if not targets:
        return
    desk = world.people.office.desks[crm]
    record_id, word, who = rng.choice(targets), rng.choice(_WORDS), rng.choice(CHANNEL_MANAGERS)
    row = desk.get(Kind.SUBMISSION, record_id)
    if row is not None and row["status"] != desk.screens.raw(Kind.SUBMISSION, {"status": word})[_field(desk)]:
        desk.edit(Kind.SUBMISSION, record_id, {"status": word}, who=who, what=WHAT)


def _field(desk: Desk) -> str:
    return desk.screens.fields[Kind.SUBMISSION]["status"]

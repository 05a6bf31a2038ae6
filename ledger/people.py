"""Pseudonyms: what stands in the chain where a person's mail address would.

The chain cannot forget, so no address may enter it. Each gets a pseudonym, a salted hash, and the table `person` alone says
whose it is. The salt is the person's own: with the row gone, nobody can find out by trying addresses. The same address
keeps its pseudonym, so that who did two things is seen to be one. ledger/record.py puts every entry through `hide`.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import bindparam, select

from ledger.bulk import upsert
from ledger.codec import dump, load
from ledger.engine import SALT, Tx
from ledger.tables import person as t

ADDRESS: Final = re.compile(r"[\w.+%'!#$&*/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_SALT_BYTES: Final = 16
_LENGTH: Final = 12  # 48 bits: no two of a million people share one
_PSEUDONYM: Final = select(t.c.pseudonym).where(t.c.address == bindparam("of"))


def pseudonym(tx: Tx, name: str) -> str:
    """Return a name as the chain may hold it: its mail address replaced by the pseudonym, anything else as it is."""
    return ADDRESS.sub(lambda found: _of(tx, found.group()), name) if "@" in name else name


def hide(tx: Tx, data: str) -> str:
    """Return canonical JSON text with a pseudonym for each mail address in it."""
    return pseudonym(tx, data)


def hidden(tx: Tx, data: Any) -> Any:
    """Return JSON-able data with a pseudonym for each mail address in it."""
    text = dump(data)
    return load(hide(tx, text)) if "@" in text else data


def folded(address: str) -> str:
    """Return an address in the form that is compared."""
    return address.strip().casefold()


def _of(tx: Tx, address: str) -> str:
    key = folded(address)
    known: str | None = tx.execute(_PSEUDONYM, {"of": key}).scalar()
    if known is not None:
        return known
    salt: bytes = tx.get_execution_options()[SALT](_SALT_BYTES)
    made = "#" + hmac.new(salt, key.encode(), sha256).hexdigest()[:_LENGTH]
    # Another transaction may be naming the same person just now; the first one's word counts.
    upsert(tx, t, ("address", "pseudonym", "salt"), [(key, made, salt.hex())], key=("address",))
    stored: str = tx.execute(_PSEUDONYM, {"of": key}).scalar_one()
    return stored

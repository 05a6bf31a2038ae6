"""The hash chain: what each entry's hash covers. Pure.

hash = SHA-256(previous hash, as bytes || canonical JSON of the entry: seq, registration, type, time, actor, policy, data).
Canonical JSON has sorted keys and no spaces, so that the same entries give the same bytes in every database. The data is
hashed as it is stored, text for text.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import orjson

GENESIS: Final = "0" * 64  # the previous hash of the first entry


def entry_hash(
    prev_hash: str,
    *,
    seq: int,
    registration_id: str | None,
    type_: str,
    at: int,
    actor: str,
    policy_hash: str,
    data: str,
) -> str:
    """Return the hash of an entry as hexadecimal text. at: microseconds since 1970; data: canonical JSON text."""
    body = orjson.dumps(
        {
            "actor": actor,
            "at": at,
            "data": orjson.Fragment(data),
            "policy_hash": policy_hash,
            "registration_id": registration_id,
            "seq": seq,
            "type": type_,
        }
    )
    return sha256(bytes.fromhex(prev_hash) + body).hexdigest()

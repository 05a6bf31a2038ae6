"""Signs what leaves the ledger as evidence, and checks such signatures.

Two kinds of key. An Ed25519 key (PEM) signs so that anybody with the public key can check and nobody else can sign. A
shared secret (`hmac:...`) needs no key pair and serves where signer and checker are the same house. A key comes in as
text; where it is kept is the caller's business, and it is never written anywhere.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from ledger.errors import LedgerError
from rules.errors import RetryClass

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519: Final = "ed25519"
HMAC: Final = "hmac-sha256"
_HMAC_PREFIX: Final = "hmac:"
_SECRET_LENGTH_MIN: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key to sign or check with. name: its public half, or for a shared secret its fingerprint; safe to show.

    secret: of a shared secret. private: None for a public key, which only checks.
    """

    algorithm: str
    name: str
    secret: bytes = b""
    private: Ed25519PrivateKey | None = None

    def sign(self, message: bytes) -> dict[str, str]:
        """Return the signature as it is stored beside what it signs."""
        if self.algorithm == HMAC:
            value = hmac.new(self.secret, message, sha256).hexdigest()
        else:
            if self.private is None:
                raise refused("bad_key", "A public key cannot sign; give the private one.")
            value = self.private.sign(message).hex()
        return {"algorithm": self.algorithm, "key": self.name, "value": value}


def read_key(text: str) -> Key:
    """Return the key that the text holds: `hmac:` and a secret, or a PEM of an Ed25519 key, private or public."""
    if text.startswith(_HMAC_PREFIX):
        secret = text.removeprefix(_HMAC_PREFIX).strip().encode()
        if len(secret) < _SECRET_LENGTH_MIN:
            raise refused("bad_key", f"The shared secret is too short; use {_SECRET_LENGTH_MIN} characters or more.")
        return Key(algorithm=HMAC, name=sha256(b"registrar key name" + secret).hexdigest()[:16], secret=secret)
    return _read_pem(text)


def check(message: bytes, signature: Mapping[str, Any], key: Key | None) -> str | None:
    """Return what is wrong with a signature, None when it holds.

    key: whose signature it must be; without one an Ed25519 signature is held against the public key that it names, which
    shows that nothing was changed since it was signed, but not who signed.
    """
    algorithm, name = signature.get("algorithm"), str(signature.get("key"))
    if key is not None and (algorithm, name) != (key.algorithm, key.name):
        return f"it is signed with another key ({name}) than the one given ({key.name})"
    if algorithm == HMAC:
        if key is None:
            return "it is signed with a shared secret, which is needed to check it"
        holds = hmac.compare_digest(key.sign(message)["value"], str(signature.get("value")))
    elif algorithm == ED25519:
        holds = _verifies(message, name, str(signature.get("value")))
    else:
        return f"its signature is of an unknown kind ({algorithm})"
    return None if holds else "its signature does not fit: it was changed after it was signed"


def refused(code: str, advice: str) -> LedgerError:
    """Return the error for a file or key that cannot be used; a person must act."""
    return LedgerError(advice, code=code, retry_class=RetryClass.PERMISSION)


def _read_pem(text: str) -> Key:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

    # A line of an environment file often writes the breaks of a PEM as \n.
    pem = text.replace("\\n", "\n").encode()
    try:
        found: object = load_pem_private_key(pem, None) if b"PRIVATE" in pem else load_pem_public_key(pem)
    except (ValueError, TypeError):  # a key with a password raises TypeError
        found = None
    if isinstance(found, Ed25519PrivateKey):
        return Key(algorithm=ED25519, name=found.public_key().public_bytes_raw().hex(), private=found)
    if isinstance(found, Ed25519PublicKey):
        return Key(algorithm=ED25519, name=found.public_bytes_raw().hex())
    raise refused(
        "bad_key",
        "The key is neither `hmac:` and a secret nor the PEM of an Ed25519 key. Make one with "
        "`openssl genpkey -algorithm ed25519`.",
    )


def _verifies(message: bytes, public: str, value: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(value), message)
    except (InvalidSignature, ValueError):
        return False
    return True

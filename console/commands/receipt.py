"""Give a partner a receipt for its submission, and check one without the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.exit_codes import Exit
from console.proof_files import key_of, read_bytes, read_checkpoint, write
from console.screen import Screen
from console.session import ledger_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.checkpoint import Checkpoint
    from ledger.engine import Tx


def run(screen: Screen, directory: Path, wanted: str, out: Path | None, checkpoint: Path | None) -> Exit:
    """Write the receipt of one submission. checkpoint: prove it within this one; default: the ledger as it is."""
    from ledger.history import entries_of
    from ledger.receipts import receipt

    key = key_of()
    given = read_checkpoint(checkpoint) if checkpoint is not None else None
    settings = settings_of(directory, is_lenient=True)
    with ledger_of(settings) as ledger, ledger.read() as tx:
        id_ = one_registration(screen, tx, wanted)
        if id_ is None:
            return Exit.FINDINGS
        document = receipt(tx, entries_of(tx, id_), given or current(tx, key))
    told = f"proves that {id_} was recorded at {document['recorded_at']} as entry {document['entry']['seq']}"
    write(screen, document, out, told=told)
    return Exit.DONE


def check(screen: Screen, file: Path, checkpoint: Path | None) -> Exit:
    """Check a receipt offline and tell what it proves. Exit FINDINGS when it does not hold."""
    from ledger.receipts import RECEIPT, problems_of, read

    document = read(read_bytes(file), RECEIPT, what=str(file))
    known = read_checkpoint(checkpoint) if checkpoint is not None else None
    problems = problems_of(document, [document], known=known, key=key_of())
    if not problems and document["registration"] != document["entry"]["registration_id"]:
        problems = [f"the entry is of {document['entry']['registration_id']}, not of {document['registration']}"]
    if screen.is_json:
        entry = document.get("entry")
        screen.json({"file": str(file), "problems": problems, "entry": entry if not problems else None})
        return Exit.FINDINGS if problems else Exit.DONE
    if problems:
        for problem in problems:
            screen.line(problem)
        return Exit.FINDINGS
    _show(screen, document)
    say_how_far(screen, document, known)
    return Exit.DONE


def one_registration(screen: Screen, tx: Tx, wanted: str) -> str | None:
    """Return the id of the one registration that is called so; say so where there is none, or more than one."""
    from ledger.registrations import find

    found = find(tx, wanted)
    if len(found) == 1:
        return found[0].registration_id
    ids = ", ".join(each.registration_id for each in found[:10])
    screen.talk(
        f"{len(found)} registrations fit {wanted!r}: {ids}" if found else f"no registration is called {wanted!r}."
    )
    return None


def current(tx: Tx, key: Any) -> Checkpoint:
    """Return a checkpoint of the ledger as it is."""
    from ledger.checkpoint import make

    return make(tx, now=datetime.now(UTC), key=key)


def say_how_far(screen: Screen, document: Mapping[str, Any], known: Checkpoint | None) -> None:
    """Tell what a check could not show."""
    told = document["checkpoint"]
    signed: Sequence[str] = [f"signed with {told['signature']['key']}"] if "signature" in told else []
    place = f"checkpoint of {told['size']:,} entries, {told['made_at']}, root {told['root']}"
    screen.line(", ".join([place, *signed]))
    if known is None:
        screen.talk(
            "The file agrees with itself. That it is the ledger's, its checkpoint must show: compare the root with one that "
            "you got another way (--checkpoint FILE), or the signing key with the published one."
        )


def _show(screen: Screen, document: Mapping[str, Any]) -> None:
    entry, data = document["entry"], document["entry"]["data"]
    screen.line(f"holds: {entry['registration_id']} was recorded at {entry['at']} as entry {entry['seq']}")
    for name in ("claim_ref", "partner_id", "customer_name", "product", "amount", "submitted_at", "priority_at"):
        value = data.get(name)
        if isinstance(value, dict):
            value = " ".join(str(each) for each in value.values())
        if value:
            screen.line(f"  {name.replace('_', ' ')}: {value}")

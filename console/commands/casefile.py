"""Export a dispute's sealed evidence, and check it without the ledger.

A case file holds every entry of a registration and of its rivals, each with its proof, the explanations an auditor reads,
and the policies that decided, as they were activated. It names the parties and is for those who settle the dispute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.commands.receipt import current, one_registration, say_how_far
from console.exit_codes import Exit
from console.proof_files import key_of, read_bytes, read_checkpoint, write
from console.screen import Screen, counted
from console.session import ledger_of, settings_of

if TYPE_CHECKING:
    from config.settings import Settings
    from ledger.engine import Tx
    from ledger.rows import Entry
    from ledger.signing import Key


def run(screen: Screen, directory: Path, wanted: str, out: Path | None) -> Exit:
    """Write the case file of one registration."""
    key = key_of()
    settings = settings_of(directory, is_lenient=True)
    with ledger_of(settings) as ledger, ledger.read() as tx:
        id_ = one_registration(screen, tx, wanted)
        if id_ is None:
            return Exit.FINDINGS
        document = _document(tx, settings, id_, key)
    entries, rivals = len(document["proofs"]), len(document["rivals"])
    write(screen, document, out, told=f"{counted(entries, 'entry', 'entries')} of {id_} and {counted(rivals, 'rival')}")
    return Exit.DONE


def check(screen: Screen, file: Path, checkpoint: Path | None) -> Exit:
    """Check a case file offline. Exit FINDINGS when something in it does not hold."""
    from ledger.receipts import CASEFILE, problems_of, read

    document = read(read_bytes(file), CASEFILE, what=str(file))
    known = read_checkpoint(checkpoint) if checkpoint is not None else None
    proofs = document.get("proofs")
    problems = problems_of(document, proofs if isinstance(proofs, list) else [], known=known, key=key_of())
    problems = problems or _gaps(document)
    if screen.is_json:
        screen.json({"file": str(file), "registration": document.get("registration"), "problems": problems})
        return Exit.FINDINGS if problems else Exit.DONE
    for problem in problems:
        screen.line(problem)
    if problems:
        return Exit.FINDINGS
    screen.line(f"holds: {counted(len(document['proofs']), 'entry', 'entries')} of {document['registration']}")
    for each in document["rivals"]:
        screen.line(f"  rival {each}")
    for each in document["policies"]:
        screen.line(f"  policy {each['name']} {each['version']} ({each['hash'][:12]}), entry {each['seq']}")
    say_how_far(screen, document, known)
    screen.talk("The explanations are Registrar's reading of these entries; the entries are what is proved.")
    return Exit.DONE


def _document(tx: Tx, settings: Settings, id_: str, key: Key | None) -> dict[str, Any]:
    from console.story import Teller
    from ledger.history import activations, entries_of
    from ledger.receipts import CASEFILE, proof_of
    from ledger.registrations import get_many
    from rules.explain import Audience

    own = entries_of(tx, id_)
    rivals = sorted(rivals_of(own) - {id_})
    found = get_many(tx, [id_, *rivals])
    entries = own + [each for rival in rivals for each in entries_of(tx, rival)]
    hashes = {each.policy_hash for each in entries}
    activated = [each for each in activations(tx) if each.data["hash"] in hashes]
    checkpoint = current(tx, key)
    teller = Teller(tx, settings, Audience.AUDITOR)
    return {
        "format": CASEFILE,
        "registration": id_,
        "rivals": [each for each in rivals if each in found],
        "made_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "proofs": [proof_of(tx, each, checkpoint.size) for each in (*activated, *sorted(entries, key=_seq))],
        "explanations": {each: _explained(teller.story(found[each])) for each in sorted(found)},
        "policies": [
            {"seq": each.seq, **{name: each.data[name] for name in ("hash", "name", "version", "text")}}
            for each in activated
        ],
        "checkpoint": checkpoint.data(),
    }


def _explained(story: Any) -> list[dict[str, Any]]:
    return [{"seq": seq, "words": list(words)} for seq, words in sorted(story.decisions.items())]


def rivals_of(entries: Iterable[Entry]) -> set[str]:
    """Return the registrations that the entries name as being after the same deal."""
    found: set[str] = set()
    for each in entries:
        case: Mapping[str, Any] = each.data.get("case") or {}
        known = [(rival.get("registration") or {}).get("registration_id") for rival in case.get("rivals", ())]
        found |= {str(one) for one in (*known, each.data.get("other")) if one}
    return found


def _gaps(document: Mapping[str, Any]) -> list[str]:
    """Return where the parts that are not entries say something else than the entries do."""
    missing = sorted({"registration", "rivals", "proofs", "policies", "explanations"} - document.keys())
    if missing:
        return [f"the file was altered or is incomplete: {', '.join(missing)} is missing"]
    by_seq = {each["entry"]["seq"]: each["entry"] for each in document["proofs"]}
    found = []
    for each in document["policies"]:
        entry = by_seq.get(each["seq"], {"data": {}})
        if any(entry["data"].get(name) != each[name] for name in ("hash", "name", "version", "text")):
            found.append(f"the policy of entry {each['seq']} is not the one that was activated")
    told = {str(each["entry"]["registration_id"]) for each in document["proofs"]}
    found += [
        f"no entry of {each} is in the file"
        for each in (document["registration"], *document["rivals"])
        if each not in told
    ]
    return found


def _seq(entry: Entry) -> int:
    return entry.seq

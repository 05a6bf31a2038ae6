"""Erase a person from the ledger: shown first, done with --yes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from console.exit_codes import Exit
from console.screen import Screen, counted
from console.session import located, settings_of

if TYPE_CHECKING:
    from ledger.engine import Tx
    from ledger.erasure import Erased
    from rules.records import CrmRef


class _NotConfirmedError(Exception):
    """Rolls the transaction back: what would be erased is known, and nothing was."""


def run(screen: Screen, directory: Path, email: str | None, record: str | None, *, is_confirmed: bool) -> Exit:
    """Erase what is known of a person; without confirmation only tell what that would be."""
    from contextlib import closing

    from ledger import erasure
    from ledger.engine import open_ledger

    settings = settings_of(directory, is_lenient=True)
    erased: Erased | None = None
    with located(settings):
        ledger = open_ledger(settings.ledger_url, create=False)
    with closing(ledger):
        try:
            with ledger.begin() as tx:
                ref = _ref(screen, tx, record) if record is not None else None
                if record is not None and ref is None:
                    return Exit.FINDINGS
                addresses = (email,) if email is not None else erasure.addresses_of(tx, ref) if ref is not None else ()
                erased = erasure.erase(tx, addresses, ref)
                if not is_confirmed:
                    raise _NotConfirmedError
            ledger.tidy()
        except _NotConfirmedError:
            pass
    assert erased is not None, "either told or raised before"
    return _tell(screen, erased, is_done=is_confirmed)


def _ref(screen: Screen, tx: Tx, record: str) -> CrmRef | None:
    from ledger.erasure import refs_called

    found = refs_called(tx, record)
    if len(found) == 1:
        return found[0]
    told = ", ".join(map(str, found[:10]))
    screen.talk(f"{len(found)} records are called {record!r}: {told}" if found else f"no record is called {record!r}.")
    return None


def _tell(screen: Screen, erased: Erased, *, is_done: bool) -> Exit:
    if screen.is_json:
        screen.json(
            {"is_done": is_done, "pseudonyms": erased.pseudonyms, "rows": erased.rows, "policies": erased.policies}
        )
    else:
        screen.table(("table", "rows"), sorted(erased.rows.items()), title="Erased" if is_done else "Would be erased")
        for each in erased.pseudonyms:
            screen.line(f"pseudonym {each} {'is' if is_done else 'would be'} nobody's; it stays in the entries")
        for seq in erased.policies:
            screen.line(
                f"entry {seq} holds the address in a policy's own text and stays: name people there by role or id"
            )
    if not is_done:
        screen.talk("Nothing was erased. Erase the person in the CRMs first; then run this again with --yes.")
        return Exit.UNCONFIRMED if erased.rows else Exit.DONE
    if not erased.rows:
        screen.talk("Nothing was known of that person.")
    else:
        screen.talk(
            f"Erased from {counted(sum(erased.rows.values()), 'row')}. Backups still hold what they held: replace them."
        )
    return Exit.DONE

"""Which partners are known in one CRM only: their submissions in the other wait, so an admin should see them beforehand."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from ledger.codec import load
from ledger.engine import Tx
from ledger.tables import snapshot
from rules.fields import Stream

_STREAMS = (Stream.COMPANIES.value, Stream.PARTNERS.value)


def one_sided(tx: Tx, connections: Sequence[str]) -> dict[str, list[str]]:
    """Return, by connection, the partners that other connections know and this one does not: "P-1001 Acme", sorted."""
    known: dict[str, dict[str, str]] = {name: {} for name in connections}
    statement = select(snapshot.c.ref, snapshot.c["values"]).where(
        snapshot.c.lookup.is_not(None), snapshot.c.stream.in_(_STREAMS), ~snapshot.c.is_gone
    )
    for ref, text in tx.execute(statement):
        values = load(text)
        code = values.get("partner_code")
        name = ref.split("/", 1)[0]
        if isinstance(code, str) and name in known:
            known[name][code] = str(values.get("name") or "")
    everywhere = {code: name for partners in known.values() for code, name in partners.items()}
    return {
        name: sorted(f"{code} {everywhere[code]}".strip() for code in everywhere.keys() - partners.keys())
        for name, partners in known.items()
    }

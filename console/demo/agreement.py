"""Hold both CRMs against the ledger, field by field: what the demo ends with.

The CRMs' own stores are read, not the API and not the ledger's snapshots, so that a mistake on the way there shows. What a
row should hold is worked out anew from the registration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from config.settings import ConnectionConfig, Settings
from connectors.port import Connector
from ledger import links, registrations, snapshots
from ledger.engine import Ledger, Tx
from ledger.rows import Link, LinkRole
from rules.desired import PartnerHere, desired
from rules.fields import Stream
from rules.merge import is_same
from rules.records import FINAL, PROTECTED, Registration

_CHUNK = 200


@dataclass(slots=True, kw_only=True)
class Agreement:
    """What was compared. differences: a sentence each. frozen: rows left to a person, not compared."""

    registrations: int = 0
    rows: int = 0
    fields: int = 0
    frozen: int = 0
    submissions: int = 0
    differences: list[str] = field(default_factory=list)


def compare(stores: Mapping[str, Connector], settings: Settings, ledger: Ledger) -> Agreement:
    """Return how far both CRMs agree with the ledger, and that no submission is without a registration.

    stores: by connection, a connector that reads the CRM's own store (sandbox/port.py).
    """
    found = Agreement()
    with ledger.read() as tx:
        for some in _registrations(tx):
            found.registrations += len(some)
            held = {each.registration_id: each for each in some}
            linked = links.of_registrations(tx, list(held))
            for config in settings.connections:
                mine = [each for one in linked.values() for each in one if each.ref.connection == config.name]
                _compare_rows(_Look(tx, config, settings.policy.zone, held, linked), stores[config.name], mine, found)
        for name, store in stores.items():
            _count_submissions(tx, name, store, found)
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """What comparing one connection's rows of some registrations needs."""

    tx: Tx
    config: ConnectionConfig
    zone: str
    registrations: Mapping[str, Registration]
    links: Mapping[str, Sequence[Link]]


def _registrations(tx: Tx) -> Iterator[Sequence[Registration]]:
    offset = 0
    while some := registrations.listing(tx, limit=_CHUNK, offset=offset):
        yield some
        offset += len(some)


def _compare_rows(look: _Look, store: Connector, mine: Sequence[Link], found: Agreement) -> None:
    found.frozen += sum(each.is_frozen for each in mine)
    mine = [each for each in mine if not each.is_gone and not each.is_frozen and _speaks(look, each)]
    for stream in sorted({each.stream for each in mine}):
        of_stream = [each for each in mine if each.stream is stream]
        rows = store.read(stream, [each.ref.record_id for each in of_stream])
        for link in of_stream:
            row = rows.get(link.ref.record_id)
            if row is None:
                found.differences.append(f"{link.ref}: linked to {link.registration_id}, but not in the CRM")
                continue
            if row.is_deleted:
                # Nobody writes into the bin; that the row lies there is what the ledger must know.
                if not _is_known_gone(look, link):
                    found.differences.append(f"{link.ref}: deleted in the CRM, and the ledger does not know")
                continue
            _compare_fields(look, link, row.values, found)


def _compare_fields(look: _Look, link: Link, held: Mapping[str, object], found: Agreement) -> None:
    registration = look.registrations[link.registration_id]
    stream_map = look.config.mapping.streams[link.stream]
    wanted = desired(
        registration,
        stream_map=stream_map,
        zone=look.zone,
        partner=_partner(look, registration),
        base={},
        is_primary=_is_primary(look, link),
    )
    found.rows += 1
    for name, value in wanted.items():
        found.fields += 1
        kind = stream_map.fields[name].type
        if not is_same(held.get(name), value, kind):  # type: ignore[arg-type]  # a row's values are canonical
            found.differences.append(
                f"{link.ref} ({registration.registration_id}): {name} is {held.get(name)!r}, the ledger says {value!r}"
            )


def _speaks(look: _Look, link: Link) -> bool:
    """Tell whether this registration speaks for the row: of several for one opportunity the liveliest does."""
    rivals = [each for each in links.by_ref(look.tx, [link.ref]).get(link.ref, []) if not each.is_gone]
    if len(rivals) < 2:
        return True
    others = registrations.get_many(look.tx, [each.registration_id for each in rivals])

    def rank(each: Link) -> tuple[int, int]:
        status = others[each.registration_id].status
        return (2 if status in PROTECTED else 0 if status in FINAL else 1, each.link_id)

    return max(rivals, key=rank).link_id == link.link_id


def _is_known_gone(look: _Look, link: Link) -> bool:
    snapshot = snapshots.get_many(look.tx, [link.ref]).get(link.ref)
    return snapshot is not None and snapshot.is_gone


def _is_primary(look: _Look, link: Link) -> bool:
    if link.role is not LinkRole.OPPORTUNITY:
        return True
    siblings = [
        each.link_id
        for each in look.links[link.registration_id]
        if each.role is LinkRole.OPPORTUNITY and each.ref.connection == link.ref.connection and not each.is_gone
    ]
    return link.link_id == min(siblings)


def _partner(look: _Look, registration: Registration) -> PartnerHere | None:
    if registration.partner_id is None:
        return None
    rows = [each for each in snapshots.by_partner_code(look.tx, [registration.partner_id]) if not each.is_gone]
    here = sorted(each.ref.record_id for each in rows if each.ref.connection == look.config.name)
    return PartnerHere(record_id=here[0] if here else None, name=None)


def _count_submissions(tx: Tx, name: str, store: Connector, found: Agreement) -> None:
    """Find submissions that the ledger does not know."""
    cursor: str | None = None
    while True:
        stamps, cursor = store.stamps(Stream.SUBMISSIONS, cursor)
        ids = [each.record_id for each in stamps if not each.is_deleted]
        found.submissions += len(ids)
        for record_id, row in store.read(Stream.SUBMISSIONS, ids).items():
            if row is not None and registrations.by_claim(tx, row.ref) is None:
                found.differences.append(f"{name} submission {record_id}: no registration in the ledger")
        if cursor is None:
            return

"""A reviewer's word on two records, entered: whom it concerns is decided anew by the next pass."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from config.settings import ConnectionConfig
from ledger import dirty, lookups, match_index, policies, snapshots, verdicts
from ledger.engine import Tx
from ledger.registrations import find
from rules.cases import Sameness
from rules.fields import Stream
from rules.records import CrmRef
from sync.cases import claim_link
from sync.concerns import claim_priority
from sync.observe import COMPANIES, target_ref

_SAID = "reviewer"


class UnknownRecordError(Exception):
    """Nothing in the ledger is called that, or several things are; the text says which."""


def record_called(tx: Tx, text: str, configs: Mapping[str, ConnectionConfig]) -> CrmRef:
    """Return the record that a person names: connection/object/id, a registration's id, or a record id alone.

    A registration stands for the row that its claim lives in, an opportunity for its customer.
    """
    found = find(tx, text)
    if len(found) == 1:
        return claim_link(tx, found[0]).ref
    refs = [_ref(text)] if text.count("/") == 2 else [CrmRef(*each, text) for each in _objects(configs)]
    known = list(snapshots.get_many(tx, refs).values())
    if len(known) != 1:
        many = "nothing in the ledger is" if not known else f"{len(known)} records are"
        raise UnknownRecordError(f"{many} called {text!r}; give connection/object/id or a registration's id.")
    row = known[0]
    if row.stream is not Stream.OPPORTUNITIES:
        return row.ref
    customer = target_ref(configs[row.ref.connection].mapping, row.stream, "customer", row.values)
    if customer is None:
        raise UnknownRecordError(f"{row.ref} names no customer.")
    return customer


def say(tx: Tx, one: CrmRef, other: CrmRef, verdict: Sameness | None, *, actor: str, now: datetime) -> int:
    """Enter a word, or take back what was said; return how many claims it concerns, which are marked."""
    concerned = _concerned(tx, one, other)
    in_force = policies.active(tx)
    verdicts.tell(
        tx, one, other, verdict, actor=actor, policy_hash=in_force.hash if in_force is not None else "", now=now
    )
    concerned |= _concerned(tx, one, other)
    known = snapshots.get_many(tx, sorted(concerned))
    priority = {ref: claim_priority(each) for ref, each in known.items()}
    dirty.mark(tx, dict.fromkeys(sorted(concerned), _SAID), priority=priority, now=now)
    return len(concerned)


def _concerned(tx: Tx, one: CrmRef, other: CrmRef) -> set[CrmRef]:
    """Return the live claims of the customers that two records stand for, and those near them."""
    refs = verdicts.identity(tx, (one, other))
    rows = snapshots.get_many(tx, list(refs))
    companies = [ref for ref, each in rows.items() if each.stream in COMPANIES]
    keys = lookups.match_keys_of(tx, refs)
    found = {ref for ref, each in rows.items() if each.stream is Stream.SUBMISSIONS}
    found |= lookups.live_claims_at(tx, companies) | match_index.live_claims_touching(tx, keys)
    return found | lookups.live_claims_of_partners(tx, _partner_ids(tx, refs)) if companies else found


def _partner_ids(tx: Tx, refs: frozenset[CrmRef]) -> list[str]:
    rows = snapshots.get_many(tx, list(refs))
    codes = {str(each.values["partner_code"]) for each in rows.values() if each.values.get("partner_code")}
    return sorted(codes | {str(ref) for ref in refs})


def _ref(text: str) -> CrmRef:
    return CrmRef.parse(text)


def _objects(configs: Mapping[str, ConnectionConfig]) -> set[tuple[str, str]]:
    return {
        (name, stream_map.object_name)
        for name, config in configs.items()
        for stream_map in config.mapping.streams.values()
    }

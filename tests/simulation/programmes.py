"""Worlds under real programmes' rules: which are drawn, how one takes another's place, and what must hold under each.

A deal never has two exclusive owners or two claims of one rank, one deal is paid for once unless partners share it, what was
granted stays as it was when other rules come into force, and no partner reads a rival's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from connectors.port import Connector
from ledger import history, registrations
from ledger.engine import Ledger, Tx
from rules.fields import Stream
from rules.policy import Policy
from rules.primitives.precedence import Second
from rules.records import Registration, Status
from sync.policies import activate
from tests.simulation import recipes
from tests.simulation.oracle import ViolationError

_LIVE: Final = (Status.REGISTERED, Status.SUSPENDED)
_TERMS: Final = ("window", "rewards", "partner_id", "programme", "kind", "exclusive")
_MEANT: Final = frozenset({"command_received"})


@dataclass(slots=True, kw_only=True)
class Programmes:
    """What was granted before the rules changed, by registration; policies: those that decided in this world."""

    policies: list[Policy]
    granted: dict[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)

    def change(self, ledger: Ledger, name: str, *, now: datetime) -> None:
        """Let a person put another recipe in force."""
        with ledger.begin() as tx:
            activate(tx, recipes.policy(name), recipes.source(name), effective_from=None, actor="person:ada", now=now)
            for each in _all(tx):
                if each.status in _LIVE:
                    self.granted[each.registration_id] = (each.version, _terms(each))
        self.policies.append(recipes.policy(name))

    def check(self, ledger: Ledger) -> None:
        with ledger.read() as tx:
            known = _all(tx)
            _ranks_are_distinct(known)
            if not any(each.precedence.second in (Second.CO_SELL, Second.OFF) for each in self._all_policies()):
                _paid_once(known)
            self._terms_stay(tx, {each.registration_id: each for each in known})

    def _all_policies(self) -> list[Policy]:
        return [one for each in self.policies for one in (each, *(part.policy for part in each.programmes))]

    def _terms_stay(self, tx: Tx, known: Mapping[str, Registration]) -> None:
        """R3: nothing but a person, a partner or the clock changes what was granted; other rules do not."""
        for registration_id, (version, terms) in list(self.granted.items()):
            registration = known[registration_id]
            if registration.version == version:
                continue
            del self.granted[registration_id]  # looked at once: by the first decision after the change
            new = history.entries_of(tx, registration_id)[version:]
            decided = [each for each in new if each.type == "decided"]
            is_meant = any(each.type in _MEANT for each in new) or any(each.data["transitions"] for each in decided)
            if registration.status in _LIVE and not is_meant and _terms(registration) != terms:
                raise ViolationError(
                    f"R3 {registration_id}: granted {terms}, and after other rules came: {_terms(registration)}"
                )


def check_notes(ledger: Ledger, ports: Mapping[str, Connector], partners: Mapping[str, str]) -> None:
    """R4: what a partner reads names no rival. partners: names by partner code."""
    with ledger.read() as tx:
        known = _all(tx)
    for each in known:
        row = (
            ports[each.claim_ref.connection]
            .read(Stream.SUBMISSIONS, [each.claim_ref.record_id])
            .get(each.claim_ref.record_id)
        )
        note = str(row.values.get("note") or "") if row is not None else ""
        for code, name in partners.items():
            if code != each.partner_id and name != partners.get(each.partner_id or "") and _names(note, name):
                raise ViolationError(f"R4 {each.claim_ref}: its note names {name}, a rival: {note!r}")


def _names(note: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", note) is not None


def _ranks_are_distinct(known: Sequence[Registration]) -> None:
    """R1: no two live claims of one deal hold one rank exclusively."""
    places: dict[tuple[str, int], str] = {}
    for each in known:
        if each.status not in _LIVE or not each.exclusive:
            continue
        other = places.setdefault((each.deal_key, each.rank), each.registration_id)
        if other != each.registration_id:
            raise ViolationError(
                f"R1 {other} and {each.registration_id} both have place {each.rank} of {each.deal_key}"
            )


def _paid_once(known: Sequence[Registration]) -> None:
    """R2: of live claims for one deal, of different partners, one at most is paid in first place."""
    paid: dict[str, Registration] = {}
    for each in known:
        if each.status not in _LIVE or each.rank != 1 or not each.rewards:
            continue
        other = paid.setdefault(each.deal_key, each)
        if other.partner_id != each.partner_id:
            raise ViolationError(
                f"R2 {other.registration_id} and {each.registration_id} are both paid for {each.deal_key}"
            )


def _terms(registration: Registration) -> dict[str, Any]:
    return {name: getattr(registration, name) for name in _TERMS}


def _all(tx: Tx) -> list[Registration]:
    return registrations.listing(tx, limit=10_000)

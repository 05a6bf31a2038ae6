"""Which policy decides a claim: of the versions activated so far, the one in force at the event that the policy names.

A claim that is open is decided by the version in force at its submission, or whichever event `applies_by` names. What a
registration was granted, refused or ended under stays: it keeps the policy that its terms come from. Policies are read from
the ledger's own copy, never from a file, so that an edited or broken file changes nothing until it is activated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from ledger import counters
from ledger import policies as store
from ledger.engine import Tx
from ledger.rows import PolicyRow
from rules.errors import ConfigError
from rules.events import Event
from rules.policy import Policy
from rules.records import OPEN, Claim, Registration
from sync.events import emit

ReadPolicy = Callable[[str, str], Policy]  # source text and its name -> the policy; raises ConfigError

IN_FORCE: Final = "policy_in_force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version from its day on. seq: the entry that activated it. effective_from None: from ever."""

    seq: int
    effective_from: datetime | None
    policy: Policy


class Shelf:
    """The policies of one ledger, each read once in the life of a process.

    own: those that are known without reading: what the settings hold.
    """

    def __init__(self, read: ReadPolicy, own: Iterable[Policy] = ()) -> None:
        self._read = read
        self._known = {each.hash: each for each in own}
        self._unreadable: set[str] = set()
        self._latest: tuple[int, tuple[Version, ...]] | None = None

    def policies(self, tx: Tx, *, fallback: Policy) -> Policies:
        """Return the versions as the ledger has them now. fallback: decides while none was ever activated."""
        seq = store.newest_seq(tx)
        if self._latest is None or self._latest[0] != seq:
            versions = [self._version(row) for row in store.history(tx)]
            ordered = sorted(filter(None, versions), key=lambda each: (_since(each), each.seq))
            self._latest = seq, tuple(ordered)
        return Policies(shelf=self, versions=self._latest[1] or (_alone(fallback),))

    def by_hash(self, tx: Tx, policy_hash: str) -> Policy | None:
        """Return a policy that was activated once; None for one that this ledger never had or that cannot be read."""
        if policy_hash not in self._known and policy_hash not in self._unreadable:
            row = store.get(tx, policy_hash)
            if row is not None:
                self._version(row)
        return self._known.get(policy_hash)

    def _version(self, row: PolicyRow) -> Version | None:
        if row.hash not in self._known:
            try:
                # The name it was activated under stays, whatever a newer Registrar would call the same values.
                self._known[row.hash] = replace(self._read(row.text, f"policy {row.name} {row.version}"), hash=row.hash)
            except ConfigError as error:
                if row.hash not in self._unreadable:
                    self._unreadable.add(row.hash)
                    emit("policy_unreadable", policy_hash=row.hash, error=error.message)
                return None
        return Version(seq=row.seq, effective_from=row.effective_from, policy=self._known[row.hash])


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The versions of one ledger, by the day from which they hold."""

    shelf: Shelf
    versions: tuple[Version, ...]

    def in_force(self, at: datetime) -> Version:
        """Return the version that holds at an instant: of those that began by then the latest; else the first of all."""
        begun = [each for each in self.versions if each.effective_from is None or each.effective_from <= at]
        return begun[-1] if begun else self.versions[0]

    def deciding(self, tx: Tx, registration: Registration, claim: Claim, now: datetime) -> Policy:
        """Return the policy that decides this claim at `now`."""
        current = self.in_force(now).policy
        if registration.status in OPEN:
            if len(self.versions) == 1:
                return current
            return self.in_force(event_at(current, claim, registration, now)).policy
        return self.of(tx, registration, now)

    def of(self, tx: Tx, registration: Registration, now: datetime) -> Policy:
        """Return the policy that a registration's terms come from; the one in force where that is not known."""
        current = self.in_force(now).policy
        if registration.policy_hash in ("", current.hash):
            return current
        return self.shelf.by_hash(tx, registration.policy_hash) or current


def event_at(policy: Policy, claim: Claim, registration: Registration, now: datetime) -> datetime:
    """Return when the event happened that `applies_by` names; one that is still to come counts as of now."""
    match policy.applies_by:
        case Event.SUBMISSION:
            return registration.submitted_at or claim.created_at
        case Event.COMPLETENESS:
            return claim.completed_at or _remembered(registration, "complete_at") or now
        case Event.PRICING:
            return claim.priced_at or now
        case Event.CLOSE:
            day = claim.expected_close_on
            return now if day is None else datetime.combine(day, time(), ZoneInfo(policy.zone))
        case _:
            return now  # approval, decision: while the claim is open, both are this one


def activate(
    tx: Tx, policy: Policy, source: str, *, effective_from: datetime | None, actor: str, now: datetime
) -> bool:
    """Activate a policy; return False when it is the one activated last already.

    source: its file as written. Open claims are decided anew in the next pass.
    """
    return store.activate(
        tx,
        policy.hash,
        name=policy.name,
        version=policy.version,
        text=source,
        effective_from=effective_from,
        actor=actor,
        now=now,
    )


def has_changed(tx: Tx, policies: Policies, now: datetime) -> bool:
    """Tell whether another version is in force than when this was last asked, by activation or because its day has come."""
    seq = policies.in_force(now).seq
    before = counters.get(tx, IN_FORCE)
    if seq == before:
        return False
    counters.put(tx, IN_FORCE, seq)
    return before is not None


def _alone(policy: Policy) -> Version:
    return Version(seq=0, effective_from=None, policy=policy)


def _since(version: Version) -> tuple[bool, float]:
    since = version.effective_from
    return (since is not None, since.timestamp() if since is not None else 0.0)


def _remembered(registration: Registration, name: str) -> datetime | None:
    told = registration.memory.get(name)
    return datetime.fromisoformat(told) if isinstance(told, str) else None

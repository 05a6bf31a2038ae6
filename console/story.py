"""Everything the ledger holds of one registration, read once and put into words for one audience.

Each decision is told in the words of the policy it was made under, which the ledger keeps. What would have changed the
outcome is found by deciding the recorded case again (rules/counterfactual.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.in_force import shelf_of, words_of
from ledger import history, intents, links
from ledger import policies as policy_store
from ledger.entry_types import DECISIONS
from rules.case_record import case_from
from rules.counterfactual import Change, nearest_changes, sentence, sentence_for_partner
from rules.decide import decide
from rules.explain import Audience, Provenance, explain
from rules.record import decision_from
from rules.wording import Words
from sync.rate_book import read_book

if TYPE_CHECKING:
    from config.settings import Settings
    from ledger.engine import Tx
    from ledger.rows import Entry, Intent, Link
    from rules.policy import Policy
    from rules.records import Registration

NEAREST_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One registration. decisions: words per entry number. nearest: what would have changed the last outcome, in words."""

    registration: Registration
    entries: Sequence[Entry]
    decisions: dict[int, list[str]]
    links: Sequence[Link]
    intents: Sequence[Intent]
    nearest: Sequence[str] = ()


class Teller:
    """Tells registrations' stories to one audience. zone and words come from each decision's own policy."""

    def __init__(self, tx: Tx, settings: Settings, audience: Audience) -> None:
        self._tx = tx
        self._settings = settings
        self._audience = audience
        self._shelf = shelf_of(settings)

    def story(self, registration: Registration) -> Story:
        """Read one registration's story."""
        tx = self._tx
        entries = history.entries_of(tx, registration.registration_id)
        decided = [each for each in entries if each.type in DECISIONS]
        # A decision that moved nothing is told by how the registration stands now, which fits the latest one only.
        decisions = {each.seq: self._told(each, registration, is_last=each is decided[-1]) for each in decided}
        return Story(
            registration=registration,
            entries=entries,
            decisions=decisions,
            links=links.of_registration(tx, registration.registration_id),
            intents=intents.of_registration(tx, registration.registration_id),
            nearest=self._nearest(decided),
        )

    def _told(self, entry: Entry, registration: Registration, *, is_last: bool) -> list[str]:
        policy = self._policy(entry)
        return explain(
            entry.data,
            audience=self._audience,
            registration=registration if is_last or entry.data["transitions"] else None,
            zone=policy.zone,
            words=words_of(self._settings, policy.under(entry.data["terms"]["programme"])),
            provenance=self._provenance(entry),
        )

    def _nearest(self, decided: Sequence[Entry]) -> list[str]:
        """Return what would have changed the last outcome. Nothing where the case was not kept or does not replay."""
        moved = next((each for each in reversed(decided) if each.data["transitions"]), None)
        if moved is None or "case" not in moved.data:
            return []
        policy = self._policy(moved)
        if policy.hash != moved.policy_hash:
            return []
        rates = read_book(self._tx, None).rates(policy, moved.at)
        case = case_from(moved.data["case"], rates=rates)
        recorded = decision_from(moved.data)
        if decide(case, policy, moved.at).transitions != recorded.transitions:
            return []
        words = words_of(self._settings, policy.under(recorded.terms.programme))
        return self._in_words(nearest_changes(case, policy, moved.at), moved, words)

    def _in_words(self, changes: list[Change], moved: Entry, words: Words) -> list[str]:
        if self._audience is Audience.PARTNER:
            told = sentence_for_partner(changes, words, decision_from(moved.data).transitions[-1].status)
            return [told] if told else []
        return [sentence(each, words) for each in changes[:NEAREST_SHOWN]]

    def _policy(self, entry: Entry) -> Policy:
        """Return the policy a decision was made under; the one at hand where the ledger does not have it."""
        return self._shelf.by_hash(self._tx, entry.policy_hash) or self._settings.policy

    def _provenance(self, entry: Entry) -> Provenance:
        row = policy_store.get(self._tx, entry.policy_hash)
        return Provenance(
            seq=entry.seq,
            at=entry.at,
            hash=entry.hash,
            prev_hash=entry.prev_hash,
            actor=entry.actor,
            policy_hash=entry.policy_hash,
            policy=f"{row.name} {row.version}" if row is not None else "",
        )

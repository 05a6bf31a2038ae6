"""Tell why a registration is as it is: for support with every step, fact, source and time; for the partner in their words.

The words are rules/explain.py's and are made on reading. What a partner may read never names a rival.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.exit_codes import Exit
from console.screen import Screen, moment
from console.session import ledger_of, settings_of

if TYPE_CHECKING:
    from ledger.engine import Tx
    from ledger.rows import Entry, Intent, Link
    from rules.explain import Audience
    from rules.records import Registration


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything the ledger holds of one registration. decisions: words per entry number, for one audience."""

    registration: Registration
    entries: Sequence[Entry]
    decisions: dict[int, list[str]]
    links: Sequence[Link]
    intents: Sequence[Intent]


def run(screen: Screen, directory: Path, wanted: str, audience: str) -> Exit:
    """Print the story. Exit FINDINGS when nothing, or more than one registration, is called so."""
    settings = settings_of(directory)
    from config.reading import one_of
    from ledger.registrations import find
    from rules.explain import Audience

    if audience not in list(Audience):
        screen.talk(f"--audience {audience!r} is unknown. {one_of([str(each) for each in Audience], audience)}")
        return Exit.MISUSE
    with ledger_of(settings) as ledger, ledger.read() as tx:
        found = find(tx, wanted)
        story = story_of(tx, found[0], Audience(audience)) if len(found) == 1 else None
    if story is None:
        return _choose(screen, wanted, found)
    if audience == Audience.PARTNER:
        _show_to_partner(screen, story)
    elif screen.is_json:
        screen.json(story)
    else:
        _show(screen, story)
    return Exit.DONE


def story_of(tx: Tx, registration: Registration, audience: Audience) -> Story:
    """Read one registration's story."""
    from ledger import history, intents, links
    from ledger.entry_types import DECISIONS
    from rules.explain import explain

    entries = history.entries_of(tx, registration.registration_id)
    decided = [each for each in entries if each.type in DECISIONS]
    # A decision that moved nothing is told by how the registration stands now, which fits the latest one only.
    decisions = {
        each.seq: explain(each.data, audience=audience, registration=registration if each is decided[-1] else None)
        for each in decided
    }
    return Story(
        registration=registration,
        entries=entries,
        decisions=decisions,
        links=links.of_registration(tx, registration.registration_id),
        intents=intents.of_registration(tx, registration.registration_id),
    )


def _choose(screen: Screen, wanted: str, found: Sequence[Registration]) -> Exit:
    if not found:
        screen.talk(
            f"no registration is called {wanted!r}. Give its id, a CRM record's id, or part of the customer's name."
        )
        return Exit.FINDINGS
    rows = [(each.registration_id, each.customer_name, each.product, each.status) for each in found]
    screen.talk(f"{len(found)} registrations fit {wanted!r}; name one of them.")
    screen.table(("registration", "customer", "product", "status"), rows, prose={"customer", "product"})
    return Exit.FINDINGS


def _show(screen: Screen, story: Story) -> None:
    from console.timeline import entry_text

    _show_head(screen, story.registration)
    for each in story.entries:
        policy = f", policy {each.policy_hash[:12]}" if each.policy_hash else ""
        words = story.decisions.get(each.seq)
        screen.heading(f"{moment(each.at)}  {each.type}  [{each.actor}{policy}]")
        for line in words if words is not None else [entry_text(each)]:
            screen.line(f"  {line}")
    links = [
        (str(each.ref), each.role, "gone" if each.is_gone else "frozen" if each.is_frozen else "linked")
        for each in story.links
    ]
    screen.table(("record", "role", "state"), links, title="Records")
    writes = [
        (
            moment(each.sent_at or each.planned_at),
            str(each.ref),
            each.state,
            ", ".join(f"{name} = {value}" for name, value in each.values.items() if name != "rev"),
            each.error_message,
        )
        for each in story.intents
    ]
    screen.table(
        ("time", "record", "state", "written", "trouble"), writes, title="Writes", prose={"written", "trouble"}
    )


def _show_head(screen: Screen, registration: Registration) -> None:
    screen.heading(f"{registration.registration_id}  {registration.status}  ({registration.reason})")
    screen.line(f"customer {registration.customer_name}; product {registration.product or '-'}")
    screen.line(f"partner {registration.partner_id or 'unknown'}; submission {registration.claim_ref}")
    counted = moment(registration.priority_at)
    screen.line(f"amount {registration.amount or '-'}; counted from {counted}")
    if registration.window is not None:
        screen.line(f"protected from {moment(registration.window.start)} until {moment(registration.window.end)}")
    screen.line()


def _show_to_partner(screen: Screen, story: Story) -> None:
    """Show a partner's view: dates and words, no rules, rivals or records."""
    latest = max(story.decisions, default=None)
    told = [
        (each.at, story.decisions[each.seq])
        for each in story.entries
        if story.decisions.get(each.seq) and (each.data["transitions"] or each.seq == latest)
    ]
    registration = story.registration
    if screen.is_json:
        lines = [{"at": at, "text": words} for at, words in told]
        screen.json({"registration_id": registration.registration_id, "status": registration.status, "said": lines})
        return
    screen.heading(f"{registration.registration_id}  {registration.customer_name}")
    for at, words in told:
        screen.line(f"{at:%Y-%m-%d}  {words[0]}")
        for line in words[1:]:
            screen.line(f"            {line}")

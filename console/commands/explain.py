"""Tell why a registration is as it is: for support with every step, fact, source and time; for the partner in their words.

console/story.py reads it. What a partner may read never names a rival. An auditor also reads hashes and places in the chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from console.exit_codes import Exit
from console.screen import Screen, moment
from console.session import ledger_of, settings_of

if TYPE_CHECKING:
    from console.story import Story
    from rules.records import Registration


def run(screen: Screen, directory: Path, wanted: str, audience: str) -> Exit:
    """Print the story. Exit FINDINGS when nothing, or more than one registration, is called so."""
    settings = settings_of(directory, is_lenient=True)
    from config.reading import one_of
    from console.story import Teller
    from ledger.registrations import find
    from rules.explain import Audience

    if audience not in list(Audience):
        screen.talk(f"--audience {audience!r} is unknown. {one_of([str(each) for each in Audience], audience)}")
        return Exit.MISUSE
    with ledger_of(settings) as ledger, ledger.read() as tx:
        found = find(tx, wanted)
        story = Teller(tx, settings, Audience(audience)).story(found[0]) if len(found) == 1 else None
    if story is None:
        return _choose(screen, wanted, found)
    if audience == Audience.PARTNER:
        _show_to_partner(screen, story)
    elif screen.is_json:
        screen.json(story)
    else:
        _show(screen, story)
    return Exit.DONE


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
    if story.nearest:
        screen.heading("What would have changed it")
        for line in story.nearest:
            screen.line(f"  {line}")
        screen.line()
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
    if told and story.nearest:
        told[-1] = (told[-1][0], [*told[-1][1], *story.nearest])
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

"""What this product could get wrong: merge, brakes, budget, backfill, freshness, commands, copies, holding, precedence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any


def edit_left_standing(right: Any) -> Any:
    """Record a person's edit of our value and leave it as it is."""

    def compare(**options: Any) -> Any:
        found = right(**options)
        edited = {each.name for each in found.edits}
        return replace(found, writes={name: value for name, value in found.writes.items() if name not in edited})

    return compare


def brakes_off(right: Any) -> Any:
    """Never brake."""
    return lambda *given, **options: None


def budget_off(right: Any) -> Any:
    """Never look at the allowance."""
    return lambda self: self.p.breathe()


def page_dropped(right: Any) -> Any:
    """Keep the last of the pages that are stored together."""
    return lambda first, then: then


def coverage_ignored(right: Any) -> Any:
    """Answer before both CRMs were read past the claim."""
    return lambda situation, moment: None


def coverage_flattered(right: Any) -> Any:
    """Believe that a pull has seen everything up to its own end."""

    def coverage(tx: Any, configs: Any) -> Any:
        return tuple(replace(each, covered_until=each.last_pull_at) for each in right(tx, configs))

    return coverage


def command_unheard(right: Any) -> Any:
    """Do not see that a person set the status."""
    from sync.commands import Found

    return lambda *given, **options: Found()


def command_repeated(right: Any) -> Any:
    """Follow a command and forget that it was followed."""
    return lambda self, tx, link, word: link


def copy_obeyed(right: Any) -> Any:
    """Take the status that came with a copy for somebody's word."""

    def first_command(p: Any, tx: Any, snapshot: Any) -> Any:
        return right(p, tx, replace(snapshot, rev=None))

    return first_command


def witness_reused(right: Any) -> Any:
    """Give a write the witness number of the one before."""
    return lambda p, tx, draft: replace(right(p, tx, draft), rev=draft.link.rev)


def holding_skipped(right: Any) -> Any:
    """Let no claim wait for its holding period."""
    return lambda situation: None


def last_claim_first(right: Any) -> Any:
    """Order claims by the time they came, the last first."""

    def place_of(situation: Any) -> Any:
        ref = situation.claim.ref
        return (-situation.priority_at.timestamp(), ref.connection, ref.record_id)

    return place_of


def deadlines_unmarked(right: Any) -> Any:
    """Let deadlines pass."""
    return lambda p: 0


def drift_fought(right: Any) -> Any:
    """Write a value back for ever."""

    def count_round(link: Any, **options: Any) -> Any:
        return replace(right(link, **options), is_frozen=link.is_frozen)

    return count_round


def refusal_forgotten(right: Any) -> Any:
    """Do not plan a refused write again."""
    from ledger import links

    def again(p: Any, tx: Any, link: Any, *given: Any, **options: Any) -> None:
        right(p, tx, link, *given, **options)
        current = links.get(tx, link.link_id)
        assert current is not None
        links.save(tx, replace(current, is_due=False))

    return again


def echo_believed(right: Any) -> Any:
    """Take every change of our own fields for our own write coming back."""
    return lambda values, rev, agreed: bool(agreed)


def no_sweep(right: Any) -> Any:
    """Rely on pulls alone."""
    return lambda *given, **options: None


def rivals_unasked(right: Any) -> Any:
    """Decide without looking at rivals' claims."""
    return lambda work, holder: ()


def neighbours_unmarked(right: Any) -> Any:
    """Leave rivals as they are when a claim is decided."""
    return lambda case: {}


def commands_unrecorded(right: Any) -> Any:
    """Write no command down."""
    return lambda self, command, registration: []

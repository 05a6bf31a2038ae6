"""Brakes: a pass that would change too much, or sees too much vanish, stops and asks a person. Pure.

Most disasters of a sync are one wrong mapping, filter or permission multiplied by all rows. Numbers come from the settings;
the share follows rclone's 50 % rule. An approved pass is let through once.
"""

from __future__ import annotations

from typing import Final

from config.settings import SyncSettings

EMPTY_FLOOR: Final = 5  # a side with fewer rows may well be emptied on purpose
SHARE_FLOOR: Final = 20  # fewer changes than this are never a mass change, whatever their share


def brake_writes(
    settings: SyncSettings, *, planned: int, corrections: int, linked: int, writes_done: int
) -> str | None:
    """Return why this many writes are too many, or None.

    corrections: the planned writes to rows that we have written before. linked: all such rows of the connection.
    writes_done: in all the connection's life.
    """
    if writes_done < settings.first_writes_max and planned > settings.first_writes_max:
        return (
            f"{planned} first writes are planned, more than first_writes_max ({settings.first_writes_max}). Look at "
            "`registrar plan`; then approve them with `registrar sync --once --approve`."
        )
    if planned > settings.brake_writes_max:
        return (
            f"{planned} writes are planned, more than brake_writes_max ({settings.brake_writes_max}). Look at `registrar "
            "plan`; then approve them with `registrar sync --once --approve`."
        )
    if corrections >= SHARE_FLOOR and corrections > linked * settings.brake_share:
        return (
            f"{corrections} of {linked} linked records would change, more than brake_share ({settings.brake_share:.0%}). "
            "Look at `registrar plan`; then approve them with `registrar sync --once --approve`."
        )
    return None


def brake_deletions(settings: SyncSettings, *, gone: int, known: int, what: str) -> str | None:
    """Return why this many vanished rows are not believed, or None. known: how many there were."""
    if gone == known and known >= EMPTY_FLOOR:
        return f"all {known} {what} have vanished: the CRM shows an empty side. Check permissions and filters first."
    if gone > settings.brake_deletions_max:
        return (
            f"{gone} of {known} {what} have vanished, more than brake_deletions_max ({settings.brake_deletions_max}). "
            "Check permissions and filters; then approve with `registrar sync --once --approve`."
        )
    return None

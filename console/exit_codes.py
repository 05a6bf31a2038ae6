"""What `registrar` tells a shell: documented in docs/commands.md, stable, so that cron and CI can rely on it."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    FINDINGS = 1  # something was found, or a pass was partial or failed
    MISUSE = 2  # wrong use or wrong configuration: nothing was started
    BRAKED = 3  # a pass wanted to change more than the brakes allow, and changed nothing
    LEASE_HELD = 4  # another daemon works on this ledger
    UNCONFIRMED = 5  # so much would change that a person must confirm it; nothing was changed
    BUG = 70  # our own mistake
    INTERRUPTED = 130  # Ctrl-C

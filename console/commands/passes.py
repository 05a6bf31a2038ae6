"""Run passes: the daemon until it is told to stop, or one round over each connection for cron and for a first look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from console.exit_codes import Exit
from console.screen import Screen
from console.session import located, settings_of

if TYPE_CHECKING:
    from config.settings import Settings
    from sync.report import PassReport

ROUNDS_MAX: Final = 10


def run(screen: Screen, directory: Path) -> Exit:
    """Run the daemon until SIGTERM or Ctrl-C; it finishes the step in hand."""
    settings = settings_of(directory)
    _configure_logs(settings)
    import daemon

    with located(settings):
        running = daemon.build(settings)
    daemon.spare_startup()
    try:
        other = running.run()
    finally:
        running.close()
    if other is not None:
        screen.talk(
            f"Another daemon ({other.holder}) works on this ledger; this one was not needed. Stop the other first, or look "
            "at `registrar status`."
        )
        return Exit.LEASE_HELD
    return Exit.DONE


def sync(
    screen: Screen, directory: Path, connections: Sequence[str], *, rounds: int = 1, is_approved: bool = False
) -> Exit:
    """Run one round of passes, or further ones until one finds nothing to do; tell what each did."""
    settings = settings_of(directory)
    unknown = unknown_connection(settings, connections)
    if unknown is not None:
        screen.talk(unknown)
        return Exit.MISUSE
    _configure_logs(settings)
    import daemon

    with located(settings):
        running = daemon.build(settings)
    daemon.spare_startup()
    reports: list[PassReport] = []
    try:
        for _ in range(rounds):
            latest = running.run_once(connections or None, is_approved=is_approved)
            reports += latest
            if not any(each.is_busy for each in latest):
                break
    finally:
        running.close()
    _show(screen, reports)
    return exit_of(reports)


def unknown_connection(settings: Settings, names: Sequence[str]) -> str | None:
    """Return what to say about a connection that is not configured, None when all are."""
    from config.reading import one_of

    known = [each.name for each in settings.connections]
    for name in names:
        if name not in known:
            return f"there is no connection {name!r}. {one_of(known, name)}"
    return None


def exit_of(reports: Sequence[PassReport]) -> Exit:
    """Return the exit code of a round: the worst of its passes."""
    from ledger.rows import Verdict
    from sync.report import Skipped

    latest = {each.connection: each for each in reports}.values()
    if any(each.verdict is Verdict.BRAKED for each in latest):
        return Exit.BRAKED
    if any(each.verdict in (Verdict.PARTIAL, Verdict.FAILED) for each in latest):
        return Exit.FINDINGS
    if any(each.skipped is Skipped.LEASE_HELD for each in latest):
        return Exit.LEASE_HELD
    if any(each.skipped in (Skipped.BLOCKED, Skipped.EXHAUSTED) for each in latest):
        return Exit.FINDINGS
    return Exit.DONE


def _configure_logs(settings: Settings) -> None:
    from console.logs import configure, secrets_of

    configure(settings.log, secrets=secrets_of(settings))


def _show(screen: Screen, reports: Sequence[PassReport]) -> None:
    from console.timeline import counts_text

    if screen.is_json:
        screen.json(reports)
        return
    rows = [
        (
            each.connection,
            str(each.verdict or each.skipped),
            f"{each.elapsed_ms / 1000:.1f} s",
            counts_text(each.counts) if each.counts else None,
        )
        for each in reports
    ]
    screen.table(("connection", "verdict", "took", "what it did"), rows)
    for each in reports:
        for problem in (*([each.error] if each.error else []), *each.problems):
            screen.talk(f"{each.connection}: {problem}")

"""Run passes: the daemon until it is told to stop, or one round over each connection for cron and for a first look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from console.exit_codes import Exit
from console.screen import Screen, moment
from console.session import located, settings_of

if TYPE_CHECKING:
    from config.settings import Settings
    from ledger.engine import Ledger
    from sync.report import PassReport

ROUNDS_MAX: Final = 10


def run(screen: Screen, directory: Path) -> Exit:
    """Run the daemon until SIGTERM or Ctrl-C; it finishes the step in hand."""
    settings = settings_of(directory, is_lenient=True)  # the ledger's own rules go on while the file is broken
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asks of a round of passes. connections: none means all. is_quiet: tell only what went wrong."""

    connections: tuple[str, ...] = ()
    rounds: int = 1
    is_approved: bool = False
    is_readopting: bool = False
    is_quiet: bool = False


def sync(screen: Screen, directory: Path, wanted: Wanted) -> Exit:
    """Run one round of passes, or further ones until one finds nothing to do; tell what each did."""
    connections, is_quiet = wanted.connections, wanted.is_quiet
    settings = settings_of(directory, is_lenient=True)  # the ledger's own rules go on while the file is broken
    unknown = unknown_connection(settings, connections)
    if unknown is not None:
        screen.talk(unknown)
        return Exit.MISUSE
    once_logs(settings, is_quiet=is_quiet)
    import daemon

    with located(settings):
        running = daemon.build(settings)
    daemon.spare_startup()
    reports: list[PassReport] = []
    try:
        for _ in range(wanted.rounds):
            latest = running.run_once(
                connections or None, is_approved=wanted.is_approved, is_readopting=wanted.is_readopting
            )
            reports += latest
            if not any(each.is_busy for each in latest):
                break
        troubles = [line for each in reports for line in troubles_of(each, running.ledger)]
    finally:
        running.close()
    if screen.is_json:
        screen.json(reports)
    else:
        _show(screen, [each for each in reports if not is_quiet or exit_of([each]) is not Exit.DONE], troubles)
    return exit_of(reports)


def troubles_of(report: PassReport, ledger: Ledger) -> list[str]:
    """Return what a pass reports against itself, in lines that name the connection once."""
    from sync.concerns import UNKNOWN_WORDS
    from sync.report import Skipped

    found = [*([report.error] if report.error else []), *report.problems]
    if report.skipped is Skipped.LEASE_HELD:
        found.append(_held_by(ledger, report.connection))
    if report.problems and (told := _of_another_ledger(ledger, report.connection)) is not None:
        found = [told, *(each for each in found if UNKNOWN_WORDS not in each)]
    return list(dict.fromkeys(named(report.connection, each) for each in found))


def named(connection: str, text: str) -> str:
    """Return a message with the connection's name before it, once: some messages carry it already."""
    return text if text.startswith((f"{connection}:", f"{connection} ")) else f"{connection}: {text}"


def _of_another_ledger(ledger: Ledger, connection: str) -> str | None:
    from console.queries import unknown_text

    with ledger.read() as tx:
        return unknown_text(tx, connection)


def _held_by(ledger: Ledger, connection: str) -> str:
    from datetime import UTC, datetime

    from ledger import leases

    with ledger.read() as tx:
        held = leases.get(tx, connection)
    if held is None or held.expires_at <= datetime.now(UTC):
        return "another daemon held the lease just now. Run the command again."
    return (
        f"{held.holder} (host:process) works on this connection until {moment(held.expires_at)} at least. Leave it to "
        "that daemon, or stop it; after a crash the lease runs out by itself."
    )


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


def once_logs(settings: Settings, *, is_quiet: bool = False) -> None:
    """Set up logging for a command that ends: its own output tells what happened, so the log keeps to what went wrong.

    A level that is set to anything but info counts as it stands.
    """
    from config.settings import LogLevel, LogSettings
    from console.logs import configure, secrets_of

    level = LogLevel.WARNING if settings.log.level is LogLevel.INFO else settings.log.level
    level = LogLevel.ERROR if is_quiet else level
    configure(LogSettings(format=settings.log.format, level=level), secrets=secrets_of(settings))


def _configure_logs(settings: Settings) -> None:
    from console.logs import configure, secrets_of

    configure(settings.log, secrets=secrets_of(settings))


def _show(screen: Screen, reports: Sequence[PassReport], troubles: Sequence[str]) -> None:
    from console.timeline import counts_text

    rows = [
        (
            each.connection,
            str(each.verdict or each.skipped),
            f"{each.elapsed_ms / 1000:.1f} s",
            counts_text(each.counts) if each.counts else None,
        )
        for each in reports
    ]
    screen.table(("connection", "verdict", "took", "what it did"), rows, prose={"what it did"})
    for line in troubles:
        screen.line(line)

"""Check everything that can be wrong before it hurts: files, ledger, and each CRM's login, permissions, fields, clocks.

All findings come at once. Nothing is written anywhere: the ledger is opened only if it is there, the CRMs are only read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connectors.port import Finding, Severity
from console.commands.passes import unknown_connection
from console.exit_codes import Exit
from console.screen import Screen, counted
from console.session import ledger_of, located, settings_of
from rules.errors import ConfigError, DealError, sentence

if TYPE_CHECKING:
    from config.settings import ConnectionConfig, Settings
    from connectors.port import Clock
    from ledger.engine import Tx

CONFIGURATION: Final = "configuration"
LEDGER: Final = "ledger"
RULES: Final = "rules"
_ORDER: Final = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_NAMED_MAX: Final = 5


def run(screen: Screen, directory: Path, connections: Sequence[str]) -> Exit:
    """Print the findings. Exit MISUSE when the configuration is wrong, FINDINGS for an error; a warning stops no pass."""
    try:
        settings = settings_of(directory)
    except ConfigError as error:
        _show(screen, list(_of_config(error)))
        return Exit.MISUSE
    unknown = unknown_connection(settings, connections)
    if unknown is not None:
        screen.talk(unknown)
        return Exit.MISUSE
    wanted = [each for each in settings.connections if not connections or each.name in connections]
    findings = list(dict.fromkeys(_findings(screen, settings, wanted)))
    _show(screen, findings)
    if any(each.connection == CONFIGURATION for each in findings):
        return Exit.MISUSE
    return Exit.FINDINGS if any(each.severity is Severity.ERROR for each in findings) else Exit.DONE


def _findings(screen: Screen, settings: Settings, wanted: Sequence[ConnectionConfig]) -> Iterator[Finding]:
    from daemon import SystemClock

    accounts: dict[str, str | None] = {}
    yield from _rules_findings(settings)
    yield from _ledger_findings(settings, accounts)
    clock = SystemClock()
    for config in wanted:
        yield from _connection_findings(screen, settings, config, accounts.get(config.name), clock)


def _rules_findings(settings: Settings) -> Iterator[Finding]:
    """Yield what the rules ask for and no connection's mapping gives; all else about them is `rules check`'s to tell."""
    from config.check.run import against_mappings
    from config.source import parse_yaml

    if not settings.policy_source or settings.policy_problems:
        return
    root = parse_yaml(settings.policy_source, name=str(settings.rules_path))
    for each in against_mappings(settings.policy, root, [one.mapping for one in settings.connections]):
        message = f"{each.key}: {each.message}"
        yield _finding(RULES, Severity.WARNING, each.code, message, each.hint, str(each.place))


def _ledger_findings(settings: Settings, accounts: dict[str, str | None]) -> Iterator[Finding]:
    """Yield what is wrong with the ledger or stands in it; fills in the accounts it remembers."""
    try:
        with ledger_of(settings) as ledger, ledger.read() as tx:
            yield from _stored(tx, settings, accounts)
    except DealError as error:
        if error.code == "no_ledger":
            yield _finding(LEDGER, Severity.INFO, "no_ledger", "there is no ledger yet.", "The first pass makes it.")
            return
        yield _finding(LEDGER, Severity.ERROR, error.code or "ledger_unusable", error.message)


def _stored(tx: Tx, settings: Settings, accounts: dict[str, str | None]) -> Iterator[Finding]:
    from console.partners import one_sided
    from ledger import connections
    from ledger.rows import ConnectionState

    for row in connections.all_(tx):
        accounts[row.name] = row.account_id
        if row.state == ConnectionState.BLOCKED:
            yield _finding(row.name, Severity.ERROR, "connection_blocked", row.reason or "the connection is blocked.")
    names = [each.name for each in settings.connections]
    for name, partners in one_sided(tx, names).items():
        if partners and len(names) > 1:
            are = "is" if len(partners) == 1 else "are"
            named = ", ".join(partners[:_NAMED_MAX]) + (" ..." if len(partners) > _NAMED_MAX else "")
            yield _finding(
                name,
                Severity.WARNING,
                "partner_unknown_here",
                f"{counted(len(partners), 'partner')} of other CRMs {are} not known here: {named}.",
                "Give their companies the same partner code here; submissions of theirs wait until then.",
            )


def _connection_findings(
    screen: Screen, settings: Settings, config: ConnectionConfig, account_id: str | None, clock: Clock
) -> Iterator[Finding]:
    from connectors.port import ConnectionSettings
    from connectors.registry import build

    try:
        with located(settings):
            connector = build(
                ConnectionSettings(
                    name=config.name,
                    kind=config.kind,
                    url=config.url,
                    options=config.options,
                    secrets=config.secrets,
                ),
                config.mapping,
                clock=clock,
            )
    except ConfigError as error:
        yield from _of_config(error)
        return
    screen.talk(f"asking {config.name} ...")
    found: Sequence[Finding] = ()
    try:
        found = connector.check()
        yield from found
        yield from _identity(config.name, connector.identify().account_id, account_id)
    except DealError as error:
        if not any(each.severity is Severity.ERROR for each in found):  # else check() has told it in more words
            yield _finding(
                config.name, Severity.ERROR, "crm_unreachable", error.message, "Run `registrar doctor` again."
            )


def _identity(name: str, answering: str, remembered: str | None) -> Iterator[Finding]:
    if remembered is None:
        yield _finding(name, Severity.INFO, "account", f"account {answering} answers.")
    elif answering != remembered:
        yield _finding(
            name,
            Severity.ERROR,
            "account_changed",
            f"account {answering} answers, but the ledger was kept with {remembered}: record ids mean nothing there.",
            "Put the old address back, or begin with another ledger.",
        )


def _of_config(error: ConfigError) -> Iterator[Finding]:
    for each in error.problems:
        place = f"{each.file}:{each.line}:{each.column}" if each.line else each.file
        message = f"{each.key}: {each.message}" if each.key else each.message
        yield _finding(CONFIGURATION, Severity.ERROR, "config_problem", message, each.hint, place)


def _finding(
    connection: str, severity: Severity, code: str, message: str, advice: str = "", place: str = ""
) -> Finding:
    return Finding(connection=connection, severity=severity, code=code, message=message, advice=advice, place=place)


def _show(screen: Screen, findings: Sequence[Finding]) -> None:
    findings = sorted(findings, key=lambda each: _ORDER.index(each.severity))
    if screen.is_json:
        screen.json(findings)
        return
    for each in findings:
        place = f"{each.place}: " if each.place else ""
        said = each.message.removeprefix(f"{each.connection}: ").removeprefix(f"{each.connection} ")
        told = f"{sentence(said)} {each.advice}" if each.advice else said
        screen.line(f"{each.severity}  {each.connection}  {place}{told}  [{each.code}]")
    errors = sum(each.severity is Severity.ERROR for each in findings)
    warnings = sum(each.severity is Severity.WARNING for each in findings)
    total = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}."
    screen.talk(total if errors or warnings else "everything is in order.")

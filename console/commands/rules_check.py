"""Check the rules: everything that is wrong or doubtful, in one run, with file, line, column and advice."""

from __future__ import annotations

from pathlib import Path

from config.check.findings import Report, Severity
from console.exit_codes import Exit
from console.screen import Screen, counted


def run(screen: Screen, path: Path) -> Exit:
    """Print what was found. Exit MISUSE when the rules cannot be used, FINDINGS for warnings; notes alone are no finding."""
    from config.check.run import check_rules
    from connectors import registry

    report = check_rules(path, fields_path=registry.fields_path)
    if screen.is_json:
        screen.json(report.as_data())
    else:
        _show(screen, report)
    if not report.is_usable:
        return Exit.MISUSE
    return Exit.DONE if report.is_clean else Exit.FINDINGS


def _show(screen: Screen, report: Report) -> None:
    for each in report.findings:
        screen.line(f"{each} [{each.code}]")
    policy = report.policy
    if policy is not None:
        programmes = f", {counted(len(policy.programmes), 'programme')}" if policy.programmes else ""
        screen.talk(f"{policy.name} {policy.version} ({policy.hash[:12]}){programmes}: {_summary(report)}.")
    else:
        screen.talk(f"The rules cannot be used: {_summary(report)}.")


def _summary(report: Report) -> str:
    counts = {severity: report.count(severity) for severity in Severity}
    told = [counted(count, str(severity)) for severity, count in counts.items() if count]
    return ", ".join(told) if told else "nothing to say against them"

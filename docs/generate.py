"""Write the catalogues from the code: commands, log events, reasons, errors. `make docs`; a test checks them.

Events come from sync/events.py, reasons from rules/reasons.py, both closed lists. Findings of `registrar doctor` are read
off the connectors' check modules: each stands there once, with its code, message and advice.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from config.cases_schema import CASES_SCHEMA_FILE, cases_schema
from config.json_schema import SCHEMA_FILE, rules_schema, schema_text
from docs.cases_reference import cases_reference_page
from docs.rules_reference import rules_reference_page

ROOT: Final = Path(__file__).parent.parent
_MADE: Final = "<!-- Generated from the code by `make docs`; do not edit. -->\n\n"
_WORDS: Final = """## Your own words, in your own language

A file `words/en.yaml` beside registrar.yaml changes the words above; `words/de.yaml` holds German ones. `language: de` in
registrar.yaml says which is used, for all or for one connection. What a file leaves out stays as your rules' own `reasons:`
or the table above say it.

```yaml
reasons:
  capacity_reached:
    partner: "Ihr Kontingent ist ausgeschöpft. {count} von {limit} sind belegt."
    support: "Das Kontingent des Partners ist voll."
fields:
  expected_close_on: "erwarteter Abschluss"
phrases:
  protected_until: "Geschützt bis {protected_until}."
dates: "%d.%m.%Y"
```

A sentence whose placeholder has no value is left out. A code, field or placeholder that does not exist is told with its
place, and nothing is started. Every value comes from the partner's own registration.
"""
_FINDERS: Final = frozenset({"Found", "Finding", "_found", "_error", "_warning", "_finding"})
_CODE: Final = re.compile(r"[a-z]+(_[a-z]+)+")


def pages() -> dict[str, str]:
    """Return the generated pages by file name."""
    return {
        "commands.md": commands_page(),
        "events.md": events_page(),
        "reasons.md": reasons_page(),
        "errors.md": errors_page(),
        "checks.md": checks_page(),
        "rules-reference.md": rules_reference_page(_MADE),
        "cases-reference.md": cases_reference_page(_MADE),
    }


def commands_page() -> str:
    """Return every command with its arguments and options, and the exit codes."""
    import typer

    from console.cli import app
    from console.exit_codes import Exit

    group: Any = typer.main.get_command(app)
    parts = [f"{_MADE}# Commands\n\n{group.help}\n\nResults go to stdout, talk to stderr."]
    for name, command in _commands(group):
        shown = [each for each in command.params if each.name != "help"]
        rows = [f"| {_usage(each)} | {_help(each)} |" for each in shown]
        table = "\n\n| | |\n|---|---|\n" + "\n".join(rows) if rows else ""
        parts.append(f"## `registrar {name}`\n\n{' '.join((command.help or '').split())}{table}")
    comments = dict(re.findall(r"^\s+(\w+) = \d+(?:  # (.+))?$", inspect.getsource(Exit), re.MULTILINE))
    codes = [f"| {each.value} | {each.name.lower().replace('_', ' ')} | {comments[each.name]} |" for each in Exit]
    parts.append("## Exit codes\n\n| code | | |\n|---|---|---|\n" + "\n".join(codes))
    return "\n\n".join(parts) + "\n"


def _commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command with its full name; the commands of a group follow one another."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _usage(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    return ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _help(parameter: Any) -> str:
    default = parameter.default
    has_default = isinstance(default, int | float | str) and not isinstance(default, bool) and default != ""
    tail = f" (default {default})" if has_default else ""
    return f"{parameter.help or ''}{tail}".replace("|", "\\|")


def events_page() -> str:
    """Return the catalogue of log events."""
    from sync.events import EVENTS

    rows = [f"| `{name}` | {level} | {meaning} |" for name, (level, meaning) in EVENTS.items()]
    return _page(
        "Log events",
        "Each line of the log is one of these events; everything else is a field. The same field has the same name "
        "everywhere: `pass_id`, `crm`, `ref`, `registration_id`, `rule`, `reason`, `policy_hash`, `attempt`, `elapsed_ms`. "
        "`info` is what support would tell a partner, `warning` may need a person, `error` does.",
        "| event | level | meaning |\n|---|---|---|",
        rows,
    )


def reasons_page() -> str:
    """Return the catalogue of reason codes with both wordings, and how an admin rewords and translates them."""
    from rules.reasons import REASONS
    from rules.wording import FIELDS, PHRASES, PLACEHOLDERS

    rows = [
        f"| `{reason.code}` | {reason.family.replace('_', ' ')} | {reason.partner} | {reason.support} | {reason.advice} |"
        for reason in REASONS.values()
    ]
    page = _page(
        "Reason codes",
        "Every decision carries one of these. The family is what a CRM's picklist can tell apart; the partner's words "
        "never name a rival.",
        "| code | family | the partner reads | support reads | what to do |\n|---|---|---|---|---|",
        rows,
    )
    placeholders = [f"| `{{{name}}}` | {meaning} |" for name, meaning in PLACEHOLDERS.items()]
    phrases = [f"| `{name}` | {text} |" for name, text in PHRASES.items()]
    fields = [f"| `{name}` | {text} |" for name, text in FIELDS.items()]
    return (
        f"{page}\n{_WORDS}\n"
        "| placeholder | stands for |\n|---|---|\n" + "\n".join(placeholders) + "\n\n"
        "Sentences that belong to no code, under `phrases:`, with the placeholders that they hold here:\n\n"
        "| phrase | in English |\n|---|---|\n" + "\n".join(phrases) + "\n\n"
        "Fields and facts as they are called in front of a partner, under `fields:`; your own facts by their names, with or "
        "without `deal.` in front:\n\n"
        "| field | in English |\n|---|---|\n" + "\n".join(fields) + "\n"
    )


def checks_page() -> str:
    """Return what `rules check` finds."""
    from config.check.codes import CODES

    rows = [f"| `{code}` | {meaning} |" for code, meaning in CODES.items()]
    return _page(
        "What `registrar rules check` finds",
        "Each finding has a severity: an `error` keeps the rules from being used (exit code 2), a `warning` means that they "
        "do something that was hardly meant (1), a `note` is worth a look (0). With `--json`: `is_usable`, `name`, "
        "`version`, `hash`, `errors`, `warnings`, `notes`, and `findings` with `severity`, `code`, `file`, `line`, "
        "`column`, `key`, `message`, `hint`.",
        "| code | meaning |\n|---|---|",
        rows,
    )


def errors_page() -> str:
    """Return how failures are classed, and what doctor can find."""
    from rules.errors import RetryClass

    comments = dict(re.findall(r'^\s+\w+ = "(\w+)"  # (.+)$', inspect.getsource(RetryClass), re.MULTILINE))
    classes = [f"| `{each.value}` | {comments[each.value]} |" for each in RetryClass]
    findings = [f"| `{code}` | {message} | {advice} |" for code, (message, advice) in sorted(_findings().items())]
    return (
        _page(
            "Errors and findings",
            "Whatever a CRM answers becomes one of these classes, with the CRM's own code kept beside it. A message says "
            "what happened, to which record, and what to do.",
            "| class | what Registrar does |\n|---|---|",
            classes,
        )
        + "\n## What `registrar doctor` can find\n\n"
        "Words in angle brackets stand for names of your CRM.\n\n"
        "| finding | message | what to do |\n|---|---|---|\n" + "\n".join(findings) + "\n"
    )


def _page(title: str, words: str, head: str, rows: list[str]) -> str:
    return f"{_MADE}# {title}\n\n{words}\n\n{head}\n" + "\n".join(rows) + "\n"


def _findings() -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for path in sorted((ROOT / "connectors").glob("*/check*.py")):
        for code, message, advice in _told(ast.parse(path.read_text())):
            found.setdefault(code, (message, advice))
    return found


def _told(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Yield (code, message, advice) of each finding: of a call that makes one, or of a pair assigned for one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FINDERS:
            texts = [text for each in (*node.args, *(one.value for one in node.keywords)) if (text := _text(each))]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            texts = [text for each in node.value.elts if (text := _text(each))]
        else:
            continue
        if len(texts) >= 2 and _CODE.fullmatch(texts[0]):
            yield texts[0], texts[1], texts[2] if len(texts) > 2 else ""


def _text(node: ast.expr) -> str:
    """Return a string literal, with <name> for what is filled in; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.replace("|", "\\|")
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _text(each) if isinstance(each, ast.Constant) else f"<{_name(each)}>" for each in node.values
        ).replace("|", "\\|")
    return ""


def _name(node: ast.expr) -> str:
    names = [
        each.attr if isinstance(each, ast.Attribute) else each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute | ast.Name) and not isinstance(getattr(each, "ctx", None), ast.Store)
    ]
    return next((name for name in names if name not in ("sorted", "join", "str")), "…").replace("_", " ")


def main() -> None:
    """Write every page and every JSON Schema that differs."""
    texts = {ROOT / "docs" / name: text for name, text in pages().items()}
    texts |= {SCHEMA_FILE: schema_text(rules_schema()), CASES_SCHEMA_FILE: schema_text(cases_schema())}
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

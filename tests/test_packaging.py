"""The layout's own risks: plain top-level package names, and chance or time that slips in where it must be handed in."""

from __future__ import annotations

import ast
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("connectors", "rules", "ledger", "sync", "config", "console", "sandbox", "daemon")
PURE = ("rules", "connectors", "ledger", "sync")

# What would make a run differ from its repetition: (module, attribute).
CHANCE = {
    ("time", "time"),
    ("time", "sleep"),
    ("time", "monotonic"),
    ("time", "perf_counter"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("uuid", "uuid4"),
    ("uuid", "uuid1"),
    ("os", "urandom"),
    ("random", "random"),
    ("random", "choice"),
    ("random", "randint"),
    ("random", "shuffle"),
    ("random", "uniform"),
}


def test_no_other_distribution_claims_our_top_level_names() -> None:
    """An installed package that also brings `config` or `rules` would shadow ours, or ours it."""
    claimed = {
        (dist.metadata["Name"], name)
        for dist in distributions()
        if dist.metadata["Name"] != "deal-registrar"
        for name in _top_level(dist)
        if name in OURS
    }

    assert claimed == set()


@pytest.mark.parametrize("package", PURE)
def test_time_and_chance_are_handed_in(package: str) -> None:
    """A pass must repeat exactly under a simulated clock and a seed; only daemon.py knows the machine's clock."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value.id}.{node.attr}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CHANCE
    ]

    assert found == []


def test_nothing_in_rules_reaches_outside() -> None:
    """rules/ decides; it has no clock, no socket, no database, no logger and no environment."""
    outside = {
        "os",
        "socket",
        "logging",
        "structlog",
        "sqlalchemy",
        "requests",
        "urllib3",
        "time",
        "threading",
        "subprocess",
    }
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / "rules").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _imported(node)
        if name.split(".")[0] in outside
    ]

    assert found == []


def test_daemon_stands_between_console_and_sync() -> None:
    """daemon.py puts everything together: it knows no console and no sandbox, and only the console knows it."""
    below = ("rules", "connectors", "ledger", "config", "sync", "sandbox")
    upwards = [
        name
        for node in ast.walk(ast.parse((ROOT / "daemon.py").read_text()))
        for name in _imported(node)
        if name.split(".")[0] in ("console", "sandbox")
    ]
    known_below = [
        str(path.relative_to(ROOT))
        for package in below
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if "daemon" in _imported(node)
    ]

    assert (upwards, known_below) == ([], [])


def _top_level(dist: object) -> set[str]:
    files = getattr(dist, "files", None) or []
    return {path.parts[0].removesuffix(".py") for path in files if path.suffix == ".py" and path.parts[0] != ".."}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module]
    return []

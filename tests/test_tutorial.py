"""The tutorial for admins holds: its rule file loads, and its cases pass."""

import re
from pathlib import Path

from console.commands.rules_test import run_tests

TEXT = (Path(__file__).parent.parent / "docs" / "rules.md").read_text()


def _blocks(name: str) -> str:
    found = re.findall(rf"```yaml\n# {re.escape(name)}[^\n]*\n(.*?)```", TEXT, re.DOTALL)
    assert found
    return "".join(found)


def test_the_tutorials_cases_pass(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(_blocks("rules.yaml"))
    (tmp_path / "cases.yaml").write_text(_blocks("cases.yaml"))

    (tested,) = run_tests([tmp_path / "cases.yaml"])

    assert len(tested.results) == 3
    assert [result for result in tested.results if not result.is_passed] == []

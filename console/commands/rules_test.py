"""`registrar rules test`: run the cases that stand beside the rules, and tell what is not as they expect.

Needs neither ledger nor credentials: the rules, the matcher and a clock of the case's own are all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from config.case_values import Clock
from config.cases import CaseFile, case_files, load_cases
from connectors import registry
from console.exit_codes import Exit
from console.screen import Screen, counted
from rules.errors import ConfigError, Problem
from rules.trial.run import TrialResult, run_case
from rules.trial.verdict import Failure

_STEPS_SHOWN: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One file's cases as they came out."""

    path: Path
    results: tuple[TrialResult, ...]


def run(screen: Screen, path: Path, only: str | None = None) -> int:
    """Run all cases at a place; return 0 when every one passes, 1 when one fails, 2 when none could be run."""
    files = case_files(path)
    if not files:
        screen.talk(f"No cases at {path}: they stand in cases.yaml or cases/*.yaml beside rules.yaml.")
        return Exit.MISUSE
    started = perf_counter()
    tested = run_tests(files, only)
    if screen.is_json:
        screen.json([_as_data(each) for each in tested])
    else:
        for each in tested:
            _show(screen, each)
        _sum_up(screen, tested, perf_counter() - started)
    results = [result for each in tested for result in each.results]
    if not results:
        screen.talk(f"No case's name holds {only!r}.")
        return Exit.MISUSE
    return Exit.DONE if all(result.is_passed for result in results) else Exit.FINDINGS


def run_tests(files: Sequence[Path], only: str | None = None) -> list[Tested]:
    """Run the cases of some files; raise ConfigError with the problems of all files when one cannot be read."""
    read, problems = list[CaseFile](), list[Problem]()
    for path in files:
        try:
            read.append(load_cases(path, fields_path=registry.fields_path))
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)
    return [_tested(each, only) for each in read]


def _tested(file: CaseFile, only: str | None) -> Tested:
    wanted = [each for each in file.cases if only is None or only.casefold() in each.name.casefold()]
    start = Clock(file.policy.zone).begin
    return Tested(
        path=file.path,
        results=tuple(
            run_case(each, each.policy or file.policy, start=start, mappings=file.mappings) for each in wanted
        ),
    )


def _show(screen: Screen, tested: Tested) -> None:
    if not tested.results:
        return
    screen.heading(str(tested.path))
    for result in tested.results:
        screen.line(f"  {'ok  ' if result.is_passed else 'FAIL'}  {result.case.name}")
        steps: tuple[str, ...] = ()
        for failure in result.failures:
            _show_failure(screen, failure)
            if failure.steps != steps:
                steps = failure.steps
                for line in steps[:_STEPS_SHOWN]:
                    screen.line(f"          | {line}")


def _show_failure(screen: Screen, failure: Failure) -> None:
    place = failure.place
    screen.line(f"        {place.file}:{place.line}: {failure.claim}, {failure.key}, at {failure.at:%Y-%m-%d %H:%M}Z")
    screen.line(f"          expected: {failure.expected}")
    screen.line(f"          got:      {failure.got}")


def _sum_up(screen: Screen, tested: Sequence[Tested], seconds: float) -> None:
    results = [result for each in tested for result in each.results]
    failed = sum(not result.is_passed for result in results)
    text = f"{counted(len(results), 'case')}, {failed or 'none'} failed, {seconds:.1f} s."
    screen.talk(text)


def _as_data(tested: Tested) -> dict[str, Any]:
    return {
        "file": str(tested.path),
        "cases": [
            {
                "name": result.case.name,
                "line": result.case.place.line,
                "is_passed": result.is_passed,
                "failures": [
                    {
                        "claim": each.claim,
                        "key": each.key,
                        "expected": each.expected,
                        "got": each.got,
                        "at": each.at,
                        "line": each.place.line,
                        "steps": each.steps,
                    }
                    for each in result.failures
                ],
            }
            for result in tested.results
        ],
    }

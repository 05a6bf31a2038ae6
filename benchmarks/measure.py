"""Run one piece of work in a process of its own and measure it: wall seconds, CPU seconds, peak memory.

A process of its own, because peak memory never falls again within one, and because what one measurement leaves warm would
flatter the next. The child prints one JSON line; what it measured of itself starts after its imports.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement. wall_s, cpu_s: seconds of the work alone. peak_mb: of the whole process. facts: counts it made."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    facts: Mapping[str, Any] = field(default_factory=dict)


def in_process(module: str, *arguments: str) -> Figure:
    """Return the figure that `python -m module arguments` prints as its last line; raise RuntimeError when it fails."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-4000:]}")  # its arguments may hold a login
    return Figure(**json.loads(done.stdout.strip().splitlines()[-1]))


def report(work: Callable[[], Mapping[str, Any]]) -> None:
    """Do the work and print its figure as one JSON line."""
    started, cpu = time.perf_counter(), time.process_time()
    facts = work()
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": _peak_mb(), "facts": dict(facts)}), flush=True)


def _peak_mb() -> float:
    """Return the peak of resident memory. getrusage() counts what the parent held before exec as well, Linux's VmHWM not."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found is not None:
            return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

"""`registrar run` as a process of its own: it works by timers and ends cleanly when told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.console.test_end_to_end import Environ, environ, world

__all__ = ["environ", "world"]  # fixtures


def test_the_daemon_runs_passes_and_ends_cleanly_on_sigterm(environ: Environ, directory: Path, registrar: Any) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "console.cli", "run", "--dir", str(directory)],
        env={**os.environ, **environ},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stdout is not None
    watchdog = threading.Timer(90, process.kill)  # a daemon that hangs fails the test instead of stopping the suite
    watchdog.start()
    finished: set[str] = set()
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        event = json.loads(line)
        if event["event"] == "pass_finished":
            finished.add(event["crm"])
        if finished == {"salesforce", "hubspot"}:
            break
    process.send_signal(signal.SIGTERM)
    rest = process.stderr.read()
    process.stderr.close()
    watchdog.cancel()

    assert process.wait(timeout=60) == 0, "".join(lines) + rest
    assert process.stdout.read() == ""
    process.stdout.close()
    assert '"event":"daemon_started"' in "".join(lines)
    assert '"event":"daemon_stopped"' in rest
    assert not any(
        value in "".join(lines) + rest for name, value in environ.items() if "SECRET" in name or "TOKEN" in name
    )
    assert registrar("verify", environ=environ).exit_code == 0

"""Serve a sandbox world on loopback: `python -m sandbox --seed 1 --scale 1`.

Prints one JSON line with the two addresses and logins, then serves until it is stopped. With a simulated clock, each line
on standard input is a number of seconds to advance it by; time stands still in between.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import threading
from datetime import UTC, datetime

from sandbox.clock import RealClock, SimClock
from sandbox.serve import serve
from sandbox.world import START, build_world


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return 0."""
    options = _options(arguments)
    is_real = options.clock == "real"
    start = datetime.now(UTC).replace(microsecond=0) if is_real else START
    clock = RealClock() if is_real else SimClock(start)
    world = build_world(seed=options.seed, scale=options.scale, start=start, clock=clock)
    if options.still:
        world.people.is_still = True
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    with serve(world, salesforce_port=options.salesforce_port, hubspot_port=options.hubspot_port) as served:
        about = {"salesforce": served.salesforce_url, "hubspot": served.hubspot_url, "logins": world.logins()}
        print(json.dumps(about), flush=True)  # noqa: T201 - standard output is for data
        if isinstance(clock, SimClock):
            threading.Thread(target=_advance_by_input, args=(clock,), daemon=True).start()
        while not stop.wait(1.0):
            if is_real:
                world.people.act(clock.now())
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Serve a simulated Salesforce and HubSpot.")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same world")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies customers, opportunities and deals")
    parser.add_argument("--salesforce-port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--hubspot-port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--clock", choices=("real", "sim"), default="sim")
    parser.add_argument("--still", action="store_true", help="nobody acts as time passes")
    return parser.parse_args(arguments)


def _advance_by_input(clock: SimClock) -> None:
    for line in sys.stdin:
        with contextlib.suppress(ValueError):
            clock.advance(float(line))


if __name__ == "__main__":
    sys.exit(main())

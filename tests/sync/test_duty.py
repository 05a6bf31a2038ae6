"""Of all daemons over one ledger one is at work: who, until when, and what becomes of the others."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.settings import SyncSettings
from ledger import leases
from sync.duty import Duty, bury_dead, holder_name
from tests.sync.kit import House

TTL_S = 1.5


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(directory=tmp_path, door="port", sync=SyncSettings(lease_s=TTL_S))
    yield house
    house.daemon.close()


def duty(house: House, holder: str) -> Duty:
    return Duty(house.ledger, holder=holder, ttl_s=TTL_S, clock=house.clock)


def test_second_daemon_learns_whose_duty_it_is_and_takes_over_at_its_end(house: House) -> None:
    first, second = duty(house, "first"), duty(house, "second")

    taken, refused = first.take(), second.take()
    house.clock.advance(timedelta(seconds=TTL_S))
    taken_over, lost = second.take(), first.take()

    assert (taken, taken_over) == (None, None)
    assert [each.holder for each in (refused, lost) if each is not None] == ["first", "second"]


def test_duty_given_up_is_free_at_once(house: House) -> None:
    first, second = duty(house, "first"), duty(house, "second")
    first.take()

    first.give_up()

    assert second.take() is None


def test_second_daemon_on_a_file_ends_beside_a_living_one(house: House) -> None:
    """Two daemons that take turns would cost every API call twice."""
    living = duty(house, "living")
    living.take()
    is_over = threading.Event()

    def live() -> None:
        while not is_over.wait(0.05):
            house.clock.advance(0.1)
            living.take()

    thread = threading.Thread(target=live)
    thread.start()
    other = house.daemon.run()
    is_over.set()
    thread.join()

    assert other is not None
    assert other.holder == "living"
    assert house.org.calls == 0


def test_what_a_killed_process_of_this_machine_held_is_free_after_a_restart(house: House) -> None:
    """A restart right after a kill must not wait for the lease of the dead."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, alive, foreign = (
        f"{socket.gethostname()}:{gone.pid}:a1",
        holder_name("b2"),
        f"another-host:{gone.pid}:c3",
    )
    with house.ledger.begin() as tx:
        for name, holder in (("one", dead), ("two", alive), ("three", foreign)):
            leases.acquire(tx, name, holder=holder, ttl_s=60, now=house.clock.now())

    bury_dead(house.ledger, clock=house.clock)

    with house.ledger.read() as tx:
        assert [each.name for each in leases.running(tx, now=house.clock.now())] == ["three", "two"]

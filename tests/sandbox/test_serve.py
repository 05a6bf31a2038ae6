"""The loopback door on real sockets: the real client libraries, a reset, a call that hangs, and the command line."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
import requests

from sandbox.faults import FaultKind
from sandbox.serve import HOST, Served, serve
from sandbox.world import START, World, build_world


@pytest.fixture
def world() -> World:
    world = build_world(scale=0.02)
    world.people.is_still = True
    return world


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serve(world) as served:
        yield served


def versions(served: Served) -> str:
    return f"{served.salesforce_url}/services/data"


def test_answers_come_over_one_connection_and_are_dated_by_the_worlds_clock(served):
    with closing(HTTPConnection(HOST, served.salesforce.port, timeout=5)) as connection:
        connection.connect()
        first, dates = connection.sock, set()
        for _ in range(3):
            connection.request("GET", "/services/data")
            answer = connection.getresponse()
            dates.add(answer.headers["Date"])
            assert json.loads(answer.read())[0]["version"]

        assert connection.sock is first
        assert dates == {f"{START:%a, %d %b %Y %H:%M:%S} GMT"}


def test_a_reset_is_a_reset_on_the_socket(world, served):
    world.faults.plan(FaultKind.RESET_BEFORE, door="salesforce")
    host, port = HOST, served.salesforce.port

    with closing(socket.create_connection((host, port), timeout=5)) as raw:
        raw.sendall(b"GET /services/data HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            raw.recv(100)
    assert requests.get(versions(served), timeout=5).status_code == 200


def test_a_call_that_hangs_stays_open_until_the_client_gives_up(world, served):
    world.faults.plan(FaultKind.TIMEOUT_BEFORE, door="hubspot")
    url = f"{served.hubspot_url}/crm/v3/owners"

    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(url, timeout=(5, 0.2))
    assert requests.get(url, timeout=5).status_code == 401


def test_a_body_cut_in_the_middle_breaks_the_answer(world, served):
    world.faults.plan(FaultKind.RESET_MID_BODY, door="salesforce")

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="reset by peer"):
        requests.get(versions(served), timeout=5)


def test_what_is_no_request_is_refused(served):
    with closing(socket.create_connection((HOST, served.salesforce.port), timeout=5)) as raw:
        raw.sendall(b"hello\r\n\r\n")

        assert raw.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_several_clients_at_once_are_all_answered(served):
    seen: list[int] = []

    def ask() -> None:
        with requests.Session() as session:
            seen.extend(session.get(versions(served), timeout=10).status_code for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [200] * 60


def test_a_port_in_use_is_told_and_leaves_nothing_open(world, served):
    with pytest.raises(OSError, match="in use"):
        serve(world, hubspot_port=served.hubspot.port)


def test_after_closing_nobody_listens(world):
    with serve(world) as served:
        port = served.salesforce.port

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port), timeout=1)


def test_the_command_serves_a_world_that_is_advanced_by_its_input():
    command = [sys.executable, "-m", "sandbox", "--scale", "0.02", "--seed", "3"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            about = json.loads(process.stdout.readline())
            address = f"{about['salesforce']}/services/data"
            before = _date(address)
            process.stdin.write("3600\n")
            process.stdin.flush()
            after = next(date for date in iter(lambda: _date(address), None) if date != before)
        finally:
            process.terminate()

        assert set(about["logins"]) == {"salesforce", "hubspot"}
        assert (before, after) == ("Mon, 02 Mar 2026 09:00:00 GMT", "Mon, 02 Mar 2026 10:00:00 GMT")
    assert process.returncode == 0


def _date(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - a loopback address
        return answer.headers["Date"]

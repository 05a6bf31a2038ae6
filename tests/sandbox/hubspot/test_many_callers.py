"""One portal, several callers at once: every call is answered whole, none is mixed up with another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sandbox.hubspot.portal import Change, Portal
from tests.sandbox.hubspot.conftest import D1, D2, D3, Client


def test_callers_and_people_at_once(client: Client, portal: Portal) -> None:
    portal.limits.switch_off()
    seen: list[Change] = []
    portal.on_write(seen.append)

    def work(caller: int) -> int:
        record = (D1, D2, D3)[caller % 3]
        for turn in range(15):
            body = {"properties": {"registration_note": f"{caller}-{turn}"}}
            status, _, answer = client.ask(client.objects.update, "deals", record, body)
            assert (status, answer["id"]) == (200, record)
            assert answer["properties"]["registration_note"] == f"{caller}-{turn}"
            portal.update("deals", record, {"amount": str(turn)}, by="81")
            assert client.search("deals", limit=5)[2]["total"] == 5
        return caller

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(work, range(8)))

    assert done == list(range(8))
    assert portal.calls == 8 * 15 * 2
    assert len(seen) == 8 * 15 * 2

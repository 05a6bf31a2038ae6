"""What a case takes from the ledger."""

from __future__ import annotations

from dataclasses import replace

from ledger import links
from ledger.engine import open_ledger
from rules.fields import Stream
from sync.cases import held_elsewhere
from tests.ledger.build import linked, opportunity_ref, register


def test_an_opportunity_is_held_by_the_registration_that_lives_and_is_tied_to_it() -> None:
    """An ended registration and one whose tie was cut hold nothing, whichever of them had the deal first."""
    ledger, deal = open_ledger("sqlite://"), opportunity_ref(1)
    with ledger.begin() as tx:
        ended = register(tx, 1, key="a", status="expired")
        cut = register(tx, 2, key="b")
        live = register(tx, 3, key="c")
        ties = [linked(tx, each, deal, Stream.OPPORTUNITIES) for each in (ended, cut, live)]
        links.save(tx, replace(ties[1], is_gone=True))
        now = links.by_ref(tx, [deal])[deal]

        assert held_elsewhere(tx, now, own_id=None) == live
        assert held_elsewhere(tx, now, own_id=live) is None
        assert held_elsewhere(tx, [], own_id=None) is None
    ledger.close()

"""`locks` in a mapping: what may be written in which remote state, and every mistake told with its line."""

from __future__ import annotations

import pytest

from config.mapping import load_mapping
from config.source import parse_yaml
from connectors.registry import fields_path
from rules.errors import ConfigError
from rules.fields import Stream
from rules.locks import held_by, is_refusal
from rules.mapping import LOCK_STATE, StreamMap

ALL = {"registration_id", "status", "reason", "note", "decided_at", "protected_until", "rev"}


def load(locks: str, *, stream: str = "submissions") -> StreamMap:
    overrides = parse_yaml(f"streams: {{{stream}: {{locks: {locks}}}}}", name="crm.yaml")
    mapping = load_mapping("salesforce", "salesforce", defaults=fields_path("salesforce"), overrides=overrides)
    return mapping.streams[Stream(stream)]


def problems_of(locks: str, *, stream: str = "submissions") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(locks, stream=stream)
    return [str(each) for each in caught.value.problems]


def test_each_way_to_say_what_may_be_written() -> None:
    locks = load(
        "{field: Review__c, states: {A: none, B: all, C: [note, amount], D: {writes: none}, E: {frozen: [status]}}}"
    ).locks

    assert locks is not None
    assert locks.name == LOCK_STATE
    assert locks.states == {
        "A": frozenset(),
        "B": frozenset(ALL),
        "C": frozenset({"note"}),  # an amount is read only anyway
        "D": frozenset(),
        "E": frozenset(ALL - {"status"}),
    }


def test_the_state_may_stand_in_the_status_itself_or_in_a_field_that_is_read_besides() -> None:
    by_status, besides = load("{field: Status__c, states: {Won: none}}"), load("{field: Stage__c, states: {Won: none}}")

    assert by_status.locks is not None
    assert by_status.locks.name == "status"
    assert LOCK_STATE not in by_status.fields
    assert besides.fields[LOCK_STATE].crm_field == "Stage__c"
    assert str(besides.fields[LOCK_STATE].place).startswith("crm.yaml:1:")


def test_a_write_is_held_by_the_state_and_by_the_move() -> None:
    stream_map = load(
        '{states: {Won: none, Lost: [note], "": none, "*": {frozen: [reason]}}, moves: {Submitted: [Won], Draft: []}}'
    )

    def held(now: str | None, /, **writes: str) -> str | None:
        return held_by(stream_map, {"status": now}, writes)

    assert held("Won", note="x") == "waits: the remote record is 'Won' (Status__c), where nothing may be written."
    assert held("Lost", note="x") is None
    assert held("Lost", note="x", reason="y") == (
        "waits: the remote record is 'Lost' (Status__c), where only note may be written."
    )
    assert held(None, note="x") == "waits: the remote record is empty (Status__c), where nothing may be written."
    assert (
        held("Other", reason="y") == "waits: the remote record is 'Other' (Status__c), where reason may not be written."
    )
    assert held("Other", status="Anything") is None
    assert held("Submitted", status="Won") is None
    assert held("Submitted", status="Lost", note="x") == (
        "refused: the remote record may not go from 'Submitted' to 'Lost', only to Won."
    )
    assert held("Draft", status="Won") == (
        "refused: the remote record may not go from 'Draft' to 'Won', only to nothing."
    )
    assert is_refusal(held("Draft", status="Won") or "")
    assert not is_refusal(held("Won", note="x") or "")
    assert held("Won") is None  # nothing to write


@pytest.mark.parametrize(
    ("locks", "said"),
    [
        ("{}", "locks: name neither states nor moves."),
        ("{state: {A: none}}", "locks.state: is not known here. Did you mean states?"),
        ("{states: {A: nothing}}", "locks.states.A: is 'nothing'. Write none, all, a list of fields"),
        ("{states: {A: [nope]}}", "locks.states.A: names 'nope', which this stream does not map."),
        ("{states: {A: [notes]}}", "Did you mean note?"),
        ("{states: {A: {frozen: [note], writes: all}}}", "locks.states.A: holds 2 settings; expected one."),
        ("{states: {A: {locked: [note]}}}", "locks.states.A.locked: is not known here."),
        ("{moves: {A: B}}", "locks.moves.A: is 'B'; expected a list"),
    ],
)
def test_mistakes_are_told(locks: str, said: str) -> None:
    found = problems_of(locks)

    assert any(said in each and each.startswith("crm.yaml:1:") for each in found), found


def test_streams_that_are_only_read_have_no_locks() -> None:
    [problem] = problems_of("{states: {A: none}}", stream="companies")

    assert "locks: have no use here: Registrar writes nothing to companies. Remove them." in problem

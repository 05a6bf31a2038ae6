"""`rules check`: findings as lines or JSON, exit codes, no ledger and no credentials; writes held back in `status`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger import links
from rules.records import CrmRef


def rules_of(directory: Path, text: str) -> None:
    (directory / "rules.yaml").write_text(text, encoding="utf-8")


def test_the_rules_that_init_writes_are_clean(registrar: Any) -> None:
    done = registrar("rules", "check", environ={})

    assert done.exit_code == 0, done.output
    assert not done.stdout
    assert "nothing to say against them." in done.stderr


def test_warnings_end_with_one_and_errors_with_two(registrar: Any, directory: Path) -> None:
    rules_of(directory, "precedence:\n  ladder: [incumbent]\n")
    done = registrar("rules", "check", environ={})
    assert done.exit_code == 1
    assert "rules.yaml:2:3: warning: precedence.ladder: ends with incumbent;" in done.stdout
    assert "[tie]" in done.stdout
    assert "1 warning." in done.stderr

    rules_of(directory, "precedence:\n  laddr: [first]\n")
    done = registrar("rules", "check", environ={})
    assert done.exit_code == 2
    assert "rules.yaml:2:3: error: precedence.laddr: is not known here. Did you mean ladder?" in done.stdout
    assert "The rules cannot be used: 1 error." in done.stderr


def test_notes_alone_are_no_finding(registrar: Any, directory: Path) -> None:
    rules_of(directory, "facts: {deal.bid: date}\n")
    (directory / "salesforce.yaml").write_text(
        "streams: {submissions: {fields: {bid: {field: Bid__c, type: date}}}}", encoding="utf-8"
    )
    done = registrar("rules", "check", environ={})

    assert done.exit_code == 0, done.output
    assert "note: facts.deal.bid: is declared (date) and never asked for." in done.stdout


def test_json_is_one_document(registrar: Any, directory: Path) -> None:
    rules_of(directory, "tender: {rule: never}\n")
    told = json.loads(registrar("rules", "check", "--json", environ={}).stdout)

    assert (told["is_usable"], told["errors"], told["warnings"]) == (True, 0, 1)
    [finding] = told["findings"]
    assert (finding["severity"], finding["code"], finding["key"]) == ("warning", "not_mapped", "tender.rule")
    assert (finding["line"], finding["column"]) == (1, 10)


def test_one_file_is_checked_by_itself(registrar: Any, tmp_path: Path) -> None:
    path = tmp_path / "candidate.yaml"
    path.write_text("tender: {rule: never}\n", encoding="utf-8")
    done = registrar("rules", "check", str(path), environ={})

    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("held", "is_for_a_person"),
    [
        ("waits: the remote record is 'In review' (Review__c), where nothing may be written.", False),
        ("refused: the remote record may not go from 'Closed' to 'Active', only to Closed.", True),
    ],
)
def test_status_shows_what_the_remote_record_holds_back(
    registrar: Any, history: Any, held: str, is_for_a_person: bool
) -> None:
    from console.queries import StatusView

    ref = CrmRef("salesforce", "Opportunity", "0065e00000Xyz99EAA")
    with history.begin() as tx:
        [link] = links.by_ref(tx, [ref])[ref]
        links.save(tx, replace(link, is_due=False, held=held))
    done = registrar("status")

    assert "Held back by the remote record's state" in done.stdout
    assert held in done.stdout
    [told] = json.loads(registrar("status", "--json").stdout)["held"]
    assert told["held"] == held
    empty: Any = dict.fromkeys(StatusView.__dataclass_fields__, ())
    view = StatusView(**{**empty, "held": [replace(link, held=held)]})
    assert view.needs_a_person is is_for_a_person

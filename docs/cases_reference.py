"""The reference page of files of cases, made from the records that they are read into."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, get_args

from config.cases import DETAILS
from config.shape import Setting, is_record, item_of, pair_of, settings_of
from rules.records import Facts, Money
from rules.trial.given import (
    CustomerGiven,
    Given,
    LineGiven,
    OpportunityGiven,
    PartnerGiven,
    ProofGiven,
    RegistrationGiven,
)
from rules.trial.script import Act, Expected, Verb

_WORDS: Final[dict[Any, str]] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    Decimal: "number",
    Money: "amount: 20,000 USD",
    date: "day: 2026-03-02",
    datetime: "time: 2026-03-02 09:00",
    Facts: "mapping of facts",
}
_OWN: Final = {
    "rates": "mapping: `{EUR: 1.09}` or `{2026-03-02: {EUR: 1.09}}`",
    "rewards": "mapping by rule, or none",
    "due": "mapping of times",
    "until": "last protected day, or the exact end",
}
_COMMENT: Final = re.compile(r'^\s+(\w+) = "(\w+)"  # (.+)$', re.MULTILINE)
_INTRODUCTION: Final = """\
`registrar rules test` runs every case in `cases.yaml`, `rules.cases.yaml` and `cases/*.yaml` below a directory, against the
`rules.yaml` beside them (or the file that `rules:` at their top names). It needs neither ledger nor credentials. Ends with 0
when all pass, with 1 when one does not. Editors check the file by
[cases.schema.json](../config/schema/cases.schema.json).

```yaml
cases:
  what the case shows:
    set: {holding: null}          # settings laid over the rules, for this case alone
    given:
      partners: {acme: {tier: gold}, borg: {}}
    when:
      - {at: 2026-03-02 09:00, submit: A, partner: acme, amount: 20000 USD}
      - {at: +1 h, submit: B, partner: borg}
      - then: {A: registered}     # a check on the way
      - {at: +90 days}            # only the clock goes on
    then:
      A: {status: expired}
      B: {status: refused, reason: duplicate_registration, never_told: [acme]}
```

Say only what matters. What is left out: a partner in good standing (the first that is given), a customer with a domain of
its own (likewise), a deal of 50,000 in the policy's currency that closes in 90 days, every other field filled in, both CRMs
read up to the moment. Where partners or customers are given, only those may be named; else any name will do.

Times are those of the policy's zone: `2026-03-02 09:00`, a day (its first moment), or `+2 days`, `+3 h` after the event
before; an event without a time happens at once. Claims pass through the matcher and the rules as in a running daemon, and
every deadline between two events falls due."""


def cases_reference_page(made: str) -> str:
    """Return the page. made: the line that tells that it is generated."""
    return "\n\n".join([f"{made}# Cases reference\n\n{_INTRODUCTION}", *_given(), *_when(), *_then()]) + "\n"


def _given() -> Iterator[str]:
    yield "## given\n\nHow things stand before anything happens.\n\n" + _table(Given)
    for title, kind in (
        ("given.partners", PartnerGiven),
        ("given.customers", CustomerGiven),
        ("given.opportunities", OpportunityGiven),
    ):
        yield f"### {title}\n\n{_first_line(kind)}\n\n{_table(kind)}"
    own = [each for each in settings_of(RegistrationGiven).values() if each.name in ("since", "until", "count")]
    yield (
        f"### given.registrations\n\n{_first_line(RegistrationGiven)} It has, besides what a "
        f"[submission](#submit-and-change) says:\n\n{_rows(own)}"
    )


def _when() -> Iterator[str]:
    words = _verbs()
    rows = [f"| `{verb}` | {words[verb]} | {_about(verb)} |" for verb in Verb]
    yield (
        "## when\n\nWhat happens, in order. Each event has one of these words with its subject, and says more beside it.\n\n"
        "| word | what happens | says besides |\n|---|---|---|\n" + "\n".join(rows)
    )
    yield f"### submit and change\n\n{_first_line(DETAILS[Verb.SUBMIT])}\n\n{_table(DETAILS[Verb.SUBMIT])}"
    for title, kind in (("lines", LineGiven), ("evidence", ProofGiven)):
        yield f"### {title}\n\n{_first_line(kind)}\n\n{_table(kind)}"
    yield f"### what a person does\n\n{_first_line(Act)}\n\n{_table(Act)}"
    for verb in (Verb.OBJECT, Verb.REMOTE):
        yield f"### {verb}\n\n{_first_line(DETAILS[verb])}\n\n{_table(DETAILS[verb])}"


def _then() -> Iterator[str]:
    yield f"## then\n\n{_first_line(Expected)} A status alone may stand for it: `A: registered`.\n\n{_table(Expected)}"


def _verbs() -> dict[Verb, str]:
    """Return what each word means, as its comment tells."""
    told = {value: words for _, value, words in _COMMENT.findall(inspect.getsource(Verb))}
    return {verb: told[verb][:1].upper() + told[verb][1:] for verb in Verb}


def _about(verb: Verb) -> str:
    if verb is Verb.THEN:
        return "[then](#then)"
    if verb not in DETAILS:
        return "[what a person does](#what-a-person-does)"
    if verb in (Verb.SUBMIT, Verb.CHANGE):
        return "[submit and change](#submit-and-change)"
    places = {Verb.OPPORTUNITY: "opportunities", Verb.CUSTOMER: "customers", Verb.PARTNER: "partners"}
    if verb in places:
        return f"[given.{places[verb]}](#given{places[verb]})"
    return f"[{verb}](#{verb})" if verb in (Verb.OBJECT, Verb.REMOTE) else "nothing"


def _table(kind: type) -> str:
    return _rows([each for each in settings_of(kind).values() if each.name != "name"])


def _rows(settings: list[Setting]) -> str:
    rows = [f"| `{each.name}` | {_words(each)} | {each.doc.replace('|', chr(92) + '|')} |" for each in settings]
    return "| setting | is | meaning |\n|---|---|---|\n" + "\n".join(rows)


def _words(each: Setting) -> str:
    if each.name in _OWN:
        return _OWN[each.name]
    item, pair = item_of(each.type), pair_of(each.type)
    if pair is not None:
        return "mapping"
    if item is not None:
        return (
            "mapping by name, or list" if is_record(item) and "name" in settings_of(item) else f"list of {_word(item)}"
        )
    return _word(each.type)


def _word(kind: Any) -> str:
    if kind in _WORDS:
        return _WORDS[kind]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "one of " + ", ".join(f"`{each}`" for each in kind)
    if is_record(kind):
        return "mapping"
    return " or ".join(_word(each) for each in get_args(kind)) or "text"


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or "").splitlines()[0]

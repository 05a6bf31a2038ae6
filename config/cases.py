"""Read a file of cases: what is given, what happens when, what is then to be the case (rules/trial/script.py).

Cases stand beside the rules they try, in cases.yaml, rules.cases.yaml or cases/*.yaml. Times are read in the policy's zone,
facts of the vendor's own by the types that the policy declares. Every problem of a file is told at once, with its place: a
name that nothing introduces, a time that goes backwards, an event that says nothing that can happen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from config.case_names import Names, introduced
from config.case_values import Clock, read_facts, read_rates, read_rewards
from config.mapping import load_mapping
from config.policy import varied_policy
from config.reading import Problems, listing, one_of, table, text
from config.shape import settings_of
from config.source import Node, Scalar, Table, is_null, read_yaml
from config.typed import Reader, named_items
from rules.errors import ConfigError
from rules.mapping import ConnectionMap
from rules.policy import Policy
from rules.trial.given import (
    ClaimGiven,
    CustomerGiven,
    Given,
    OpportunityGiven,
    PartnerGiven,
    ProofGiven,
    RegistrationGiven,
)
from rules.trial.script import Act, Event, Expected, Named, Objecting, RemoteGiven, TrialCase, Verb

RULES_FILE: Final = "rules.yaml"
_MAPPING_FILES: Final = {"salesforce": ("mapping.yaml", "salesforce.yaml"), "hubspot": ("hubspot.yaml",)}
_ALONE: Final = ("cases.yaml", "rules.cases.yaml")
DETAILS: Final[dict[Verb, type]] = {
    Verb.SUBMIT: ClaimGiven,
    Verb.CHANGE: ClaimGiven,
    Verb.OBJECT: Objecting,
    Verb.REMOTE: RemoteGiven,
    Verb.DELETE: Named,
    Verb.RESTORE: Named,
    Verb.UNREAD: Named,
    Verb.READ: Named,
    Verb.OPPORTUNITY: OpportunityGiven,
    Verb.CUSTOMER: CustomerGiven,
    Verb.PARTNER: PartnerGiven,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One file of cases with the policy they try."""

    path: Path
    policy: Policy
    cases: tuple[TrialCase, ...]
    mappings: Mapping[str, ConnectionMap] = field(default_factory=dict)


def case_files(place: Path) -> list[Path]:
    """Return the files of cases in a directory and those below it, or the file itself."""
    if place.is_file():
        return [place]
    found = {each for name in _ALONE for each in place.rglob(name)}
    found |= set(place.rglob("cases/*.yaml"))
    return sorted(found)


def load_cases(path: Path, *, name: str | None = None, fields_path: Callable[[str], Path] | None = None) -> CaseFile:
    """Return the cases of a file with their policy: of the rules that it names, else of the rules.yaml beside or above it.

    name: how messages call the file. fields_path: where a connector's reference mapping is, for a mapping.yaml beside the
    rules that goes over it. Raises ConfigError with every problem.
    """
    root = read_yaml(path, name=name)
    problems = Problems()
    rules_path = _rules_of(path, root, problems)
    rules = read_yaml(rules_path)
    policy = varied_policy(rules, Table(place=rules.place))
    cases = _CaseReader(policy, rules, problems).read(root)
    problems.stop_if_any()
    mappings = _mappings(rules_path.parent, fields_path) if any(map(_writes, cases)) else {}
    return CaseFile(path=path, policy=policy, cases=cases, mappings=mappings)


def _mappings(directory: Path, fields_path: Callable[[str], Path] | None) -> dict[str, ConnectionMap]:
    """Return the mappings that stand beside the rules, each over the connector's own; a recipe's goes over Salesforce's."""
    if fields_path is None:
        return {}
    found = {}
    for kind, names in _MAPPING_FILES.items():
        path = next((directory / name for name in names if (directory / name).exists()), None)
        if path is not None:
            overrides = read_yaml(path)
            found[kind] = load_mapping(kind, kind, defaults=fields_path(kind), overrides=overrides)
    return found


def _writes(case: TrialCase) -> bool:
    """Tell whether a case looks at what is written to a CRM; only then does it matter how fields are mapped."""
    expected = [*case.then]
    for event in case.when:
        if event.verb is Verb.REMOTE:
            return True
        if isinstance(event.detail, tuple):
            expected += event.detail
    return any(each.said & {"write", "remote", "write_told"} for each in expected)


def _rules_of(path: Path, root: Table, problems: Problems) -> Path:
    """Return the rules that a file of cases tries: those it names, else the nearest rules.yaml."""
    if "rules" in root.items:
        named = text(root.items["rules"], "rules", problems)
        problems.stop_if_any()
        return path.parent / str(named)
    beside = path.parent / RULES_FILE
    return beside if beside.exists() or path.parent.name != "cases" else path.parent.parent / RULES_FILE


class _CaseReader:
    def __init__(self, policy: Policy, rules: Table, problems: Problems) -> None:
        self._problems = problems
        self._rules = rules
        self._policy = policy
        self._clock = Clock(policy.zone)
        self._reader = Reader(problems, special=self._special(policy), currency=policy.currency)

    def read(self, root: Table) -> tuple[TrialCase, ...]:
        """Return the file's cases."""
        for key, place in root.key_places.items():
            if key not in ("cases", "rules"):
                self._problems.add(place, key, "is not known here.", one_of(("cases", "rules"), key))
        if "cases" not in root.items:
            self._problems.add(root.place, "cases", "is missing.", "Write cases: and below it each case by its name.")
            return ()
        found = []
        for name, node, path in named_items(root.items["cases"], "cases", self._problems):
            case = self._case(name, node, path, is_named=isinstance(root.items["cases"], Table))
            if case is not None:
                found.append(case)
        return tuple(found)

    def _case(self, name: str | None, node: Node, key: str, *, is_named: bool) -> TrialCase | None:
        part = table(node, key, self._problems)
        known = ["given", "when", "then", "set", *([] if is_named else ["name"])]
        for each, place in part.key_places.items():
            if each not in known:
                self._problems.add(place, f"{key}.{each}", "is not known here.", one_of(known, each))
        if name is None:
            self._problems.add(node.place, key, "lacks name.", "What the case shows, in a few words.")
            return None
        policy = self._varied(part.items["set"], f"{key}.set") if "set" in part.items else None
        given = Given()
        self._clock.start((policy or self._policy).zone)
        if "given" in part.items:
            given = self._reader.record(Given, part.items["given"], f"{key}.given") or given
        names = introduced(given, self._problems)
        names.check_given(part, given, key)
        events = tuple(self._events(part, key, names))
        then = self._expected(part.items["then"], f"{key}.then", names) if "then" in part.items else ()
        if not then and not any(each.verb is Verb.THEN for each in events):
            self._problems.add(node.place, key, "expects nothing.", "Write then: with what is to be the case.")
        return TrialCase(name=name, given=given, when=events, then=then, policy=policy, place=node.place)

    def _varied(self, node: Node, key: str) -> Policy | None:
        """Return the rules with a case's own settings laid over them."""
        try:
            return varied_policy(self._rules, table(node, key, self._problems))
        except ConfigError as error:
            self._problems.extend(error.problems)
            return None

    def _events(self, part: Table, key: str, names: Names) -> Iterator[Event]:
        if "when" not in part.items:
            return
        for number, node in enumerate(listing(part.items["when"], f"{key}.when", self._problems), 1):
            event = self._event(table(node, f"{key}.when[{number}]", self._problems), f"{key}.when[{number}]", names)
            if event is not None:
                yield event

    def _event(self, part: Table, key: str, names: Names) -> Event | None:
        at = self._clock.go_on(part.items.get("at"), f"{key}.at", self._problems)
        verb = next((each for each in Verb if each in part.items), None)
        if verb is None:
            others = [each for each in part.items if each != "at"]
            for each in others:
                known = [*map(str, Verb), "at"]
                self._problems.add(
                    part.key_places[each], f"{key}.{each}", "is nothing that happens.", one_of(known, each)
                )
            return Event(at=at, place=part.place) if not others else None
        if verb is Verb.THEN:
            self._only(part, ("at", "then"), key)
            detail: Any = self._expected(part.items["then"], f"{key}.then", names)
        else:
            detail = self._detail(verb, part, key, names)
        return Event(at=at, verb=verb, detail=detail, place=part.place) if detail is not None else None

    def _detail(self, verb: Verb, part: Table, key: str, names: Names) -> Any:
        name = text(part.items[verb], f"{key}.{verb}", self._problems)
        if name is None:
            return None
        rest = _without(part, "at", verb)
        detail = self._reader.record(DETAILS.get(verb, Act), rest, key, given={"name": name})
        names.check_subject(verb, name, part, key)
        if isinstance(detail, (ClaimGiven, OpportunityGiven, Objecting)):
            names.check_named(detail, part, key)
        if isinstance(detail, CustomerGiven):
            names.check(detail.parent, names.customers, part, f"{key}.parent", "customer")
        return detail

    def _only(self, part: Table, known: Collection[str], key: str) -> None:
        for each, place in part.key_places.items():
            if each not in known:
                self._problems.add(place, f"{key}.{each}", "is not known here.", one_of(list(known), each))

    def _expected(self, node: Node, key: str, names: Names) -> tuple[Expected, ...]:
        """Return what is expected, by submission; the status alone may stand for it."""
        found = []
        part = table(node, key, self._problems)
        for name, each in part.items.items():
            names.check(name, names.claims | names.deals, part, f"{key}.{name}", "submission", is_open=False)
            whole = each
            if isinstance(each, Scalar) and not is_null(each):
                whole = Table(place=each.place, items={"status": each}, key_places={"status": each.place})
            expected = self._reader.record(Expected, whole, f"{key}.{name}", given={"name": name})
            if expected is not None and isinstance(whole, Table):
                place = part.key_places[name]
                found.append(replace(expected, said=frozenset(whole.items), place=place))
        return tuple(found)

    def _special(self, policy: Policy) -> dict[tuple[type, str], Any]:
        """Return the readers for what a type alone does not tell."""
        clock = self._clock
        special: dict[tuple[type, str], Any] = {
            (Given, "rates"): lambda node, key, problems: read_rates(node, key, problems, policy.currency),
            (Expected, "rewards"): read_rewards,
            (Expected, "until"): clock.end,
            (Expected, "due"): lambda node, key, problems: tuple(
                (kind, at)
                for kind, each in table(node, key, problems).items.items()
                if (at := clock.instant(each, f"{key}.{kind}", problems)) is not None
            ),
        }
        for kind, subject in _SUBJECTS.items():
            special[kind, "facts"] = lambda node, key, problems, subject=subject: read_facts(
                node, key, problems, policy=policy, subject=subject, clock=clock
            )
        for kind in (ClaimGiven, RegistrationGiven):
            special[kind, "evidence"] = self._evidence
        for kind in (ClaimGiven, RegistrationGiven, OpportunityGiven, ProofGiven):
            for each in settings_of(kind).values():
                if each.type is datetime:
                    special[kind, each.name] = clock.instant
        return special

    def _evidence(self, node: Node, key: str, problems: Problems) -> tuple[ProofGiven, ...]:
        """Return proof, of which the kind alone may be written."""
        found = []
        for number, each in enumerate(listing(node, key, problems), 1):
            whole = each
            if isinstance(each, Scalar):
                whole = Table(place=each.place, items={"kind": each}, key_places={"kind": each.place})
            found.append(self._reader.record(ProofGiven, whole, f"{key}[{number}]"))
        return tuple(each for each in found if each is not None)


_SUBJECTS: Final[dict[type, str]] = {
    ClaimGiven: "deal",
    RegistrationGiven: "deal",
    OpportunityGiven: "deal",
    PartnerGiven: "partner",
    CustomerGiven: "customer",
}


def _without(part: Table, *names: str) -> Table:
    items = {name: node for name, node in part.items.items() if name not in names}
    places = {name: place for name, place in part.key_places.items() if name not in names}
    return Table(place=part.place, items=items, key_places=places)

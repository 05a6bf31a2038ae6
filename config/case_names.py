"""Does a case know what it names? Submissions, partners, customers, opportunities, connections that nothing introduces."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from config.reading import Problems, nearest, table
from config.source import Table
from rules.cases import CommandKind
from rules.trial.given import Given
from rules.trial.script import Verb

_CONNECTIONS: Final = frozenset({Verb.UNREAD, Verb.READ})
_PARTNERS: Final = ("partner", "distributor", "influencer", "fulfiller", "co_seller")


@dataclass(slots=True, kw_only=True)
class Names:
    """What a case has introduced so far. An empty set of partners or customers: any name will do."""

    problems: Problems
    claims: set[str] = field(default_factory=set)
    partners: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)
    deals: set[str] = field(default_factory=set)
    crms: set[str] = field(default_factory=set)

    def check_subject(self, verb: Verb, name: str, part: Table, key: str) -> None:
        """Note what an event is about, and whether the case knows it."""
        path = f"{key}.{verb}"
        if verb is Verb.SUBMIT:
            if name in self.claims:
                self.problems.add(
                    part.key_places[verb], path, f"{name!r} is submitted already.", "Use change: instead."
                )
            self.claims.add(name)
        elif verb is Verb.OPPORTUNITY:
            self.deals.add(name)
        elif verb is Verb.CUSTOMER:
            self.check(name, self.customers, part, path, "customer")
        elif verb is Verb.PARTNER:
            self.check(name, self.partners, part, path, "partner")
        elif verb in _CONNECTIONS:
            self.check(name, self.crms, part, path, "connection")
        else:
            known = self.claims | self.deals if verb.value in set(CommandKind) else self.claims
            self.check(name, known, part, path, "submission", is_open=False)

    def check_named(self, detail: Any, part: Table, key: str) -> None:
        """Note every name that a record mentions and nothing introduces."""
        for role in _PARTNERS:
            self.check(getattr(detail, role, None), self.partners, part, f"{key}.{role}", "partner")
        self.check(getattr(detail, "customer", None), self.customers, part, f"{key}.customer", "customer")
        self.check(
            getattr(detail, "opportunity", None), self.deals, part, f"{key}.opportunity", "opportunity", is_open=False
        )
        self.check(getattr(detail, "crm", None), self.crms, part, f"{key}.crm", "connection")

    def check(
        self, name: str | None, known: Collection[str], part: Table, key: str, what: str, *, is_open: bool = True
    ) -> None:
        """Note a name that nothing introduces. is_open: where nothing is given, any name will do."""
        if name is None or name in known or (is_open and not known):
            return
        place = part.key_places.get(key.rpartition(".")[2], part.place)
        near = nearest(name, known)
        hint = f"Did you mean {near}?" if near else f"Known: {', '.join(sorted(known)) or 'none yet'}."
        self.problems.add(place, key, f"names the {what} {name!r}, which the case does not know.", hint)

    def check_given(self, part: Table, given: Given, key: str) -> None:
        """Note the names that registrations and opportunities mention and the case does not give."""
        whole = table(part.items["given"], f"{key}.given", self.problems) if "given" in part.items else part
        for group, records in (("registrations", given.registrations), ("opportunities", given.opportunities)):
            node = whole.items.get(group)
            for each in records:
                inner = node.items.get(each.name) if isinstance(node, Table) else None
                place = inner if isinstance(inner, Table) else whole
                self.check_named(each, place, f"{key}.given.{group}.{each.name}")


def introduced(given: Given, problems: Problems) -> Names:
    """Return the names that a case gives."""
    claims = {each.name for each in given.registrations}
    for each in given.registrations:
        if each.count > 1:
            claims |= {f"{each.name} {number}" for number in range(1, each.count + 1)}
    return Names(
        problems=problems,
        claims=claims,
        partners={each.name for each in given.partners},
        customers={each.name for each in given.customers},
        deals={each.name for each in given.opportunities},
        crms=set(given.crms),
    )

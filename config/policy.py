"""Read rules.yaml into the policy that decisions obey (rules/policy.py), refusing what makes no sense.

Names, types and defaults are those of the policy's dataclasses. A programme's `set:` is laid over the rest of the file and
read as a policy of its own, so that each mistake in it has its own line. What values allow one by one and all together do
not is found by config/policy_checks.py.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from config.canonical import policy_hash, policy_text
from config.conditions import Language, read_condition, read_formula
from config.overlay import overlaid
from config.policy_checks import check_policy
from config.reading import Problems, listing, nearest, one_of, shown, table
from config.source import Node, Scalar, Table, parse_yaml, read_yaml
from config.typed import Reader, named_items
from config.values import is_currency
from rules.choice import Choice
from rules.expression import Condition, Formula, Type
from rules.facts import TYPES
from rules.policy import MINIMUM, FactRule, Policy
from rules.primitives.parties import PartyRule
from rules.primitives.precedence import Precedence
from rules.primitives.programmes import Programme
from rules.primitives.rewards import RewardRule
from rules.primitives.window import Protection
from rules.span import Calendar

__all__ = ["load_policy", "policy_from_text", "policy_hash", "policy_text", "read_policy", "varied_policy"]

DEFAULTS_FILE: Final = Path(__file__).parent / "defaults" / "rules.yaml"

# Whatever programme applies, the vendor's facts, words and money are the same, and so are who counts as the same customer,
# who may command, and what becomes of a deal before anybody has asked which programme it belongs to.
ONE_FOR_ALL: Final = (
    "name",
    "version",
    "currency",
    "zone",
    "applies_by",
    "facts",
    "reasons",
    "rates",
    "matching",
    "commands",
    "unregistered",
    "programmes",
)
SET: Final = "set"
_PARTY: Final = "party."
PROGRAMMES_MAX: Final = 200  # each is a whole policy
# What the value of a formula may be.
_GIVES: Final = {
    (Protection, "ends_with"): frozenset({Type.DATE, Type.INSTANT}),
    (Precedence, "score"): frozenset({Type.NUMBER}),
    (RewardRule, "base"): frozenset({Type.MONEY}),
}
_USUAL: Final = Policy()
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def load_policy(path: Path, *, name: str | None = None) -> Policy:
    """Return the policy of a rules.yaml.

    name: how messages call the file. Raises ConfigError with every problem.
    """
    return _policy(read_yaml(path, name=name))


def read_policy(source: str, name: str) -> Policy:
    """Return the policy of the text of a rules.yaml; see load_policy."""
    return _policy(parse_yaml(source, name=name))


def policy_from_text(source: str) -> Policy:
    """Return a policy from the text that the ledger has kept of it."""
    return read_policy(source, "rules.yaml as the ledger keeps it")


def varied_policy(root: Table, over: Table) -> Policy:
    """Return the policy of a rules.yaml with other settings laid over it, as a case may ask for."""
    merged = overlaid(Policy, root, over, defaults=_defaults())
    assert isinstance(merged, Table)
    return _policy(merged)


def _policy(root: Table) -> Policy:
    problems = Problems()
    policy = _PolicyReader(root, problems).read()
    problems.stop_if_any()
    assert policy is not None  # no setting of a policy must be written
    hash_ = policy_hash(policy)
    inner = tuple(replace(each, policy=replace(each.policy, hash=hash_)) for each in policy.programmes)
    return replace(policy, hash=hash_, programmes=inner)


class _PolicyReader:
    def __init__(self, root: Table, problems: Problems) -> None:
        self._problems = problems
        self._base = _without(root, "programmes")
        self._root = root
        types = {**TYPES, **_own_facts(root)}
        language = Language({name: kind for name, kind in types.items() if not name.startswith(_PARTY)})
        self._reader = Reader(
            problems,
            special={
                (Calendar, "weekdays"): _weekdays,
                (Policy, "zone"): _zone,
                (Policy, "currency"): _currency,
                (Policy, "programmes"): self._programmes,
                # Only the rule of a further party is asked with that party at hand.
                (PartyRule, "require"): partial(_condition, Language(types)),
                **{place: partial(_formula, language, wanted) for place, wanted in _GIVES.items()},
            },
            language=language,
            currency=_written_currency(root),
        )

    def read(self) -> Policy | None:
        policy: Policy | None = self._reader.record(Policy, self._root, "")
        if policy is not None:
            policy = _in_its_currency(policy)
            check_policy(policy, self._root, "", self._reader.language.types, self._problems)
        return policy

    def _programmes(self, node: Node, key: str, problems: Problems) -> tuple[Programme, ...]:
        found = []
        items = list(named_items(node, key, problems))
        if len(items) > PROGRAMMES_MAX:
            problems.add(node.place, key, f"holds {len(items):,} programmes; at most {PROGRAMMES_MAX} are read.")
        for name, each, path in items[:PROGRAMMES_MAX]:
            part = table(each, path, problems)
            over = table(part.items.get(SET, Table(place=part.place)), f"{path}.{SET}", problems)
            given: dict[str, Any] = {"policy": self._overlay(over, f"{path}.{SET}")}
            if isinstance(node, Table):
                given["name"] = name
            found.append(self._reader.record(Programme, part, path, given=given, aside=(SET,)))
        return tuple(each for each in found if each is not None)

    def _overlay(self, over: Table, key: str) -> Policy:
        for name in ONE_FOR_ALL:
            if name in over.items:
                place = over.key_places[name]
                self._problems.add(
                    place, f"{key}.{name}", "is the same for every programme.", "Write it outside of set."
                )
        over = _without(over, *ONE_FOR_ALL)
        merged = overlaid(Policy, self._base, over, defaults=_defaults())
        assert isinstance(merged, Table)
        policy: Policy = _in_its_currency(self._reader.record(Policy, merged, key))
        check_policy(policy, merged, key, self._reader.language.types, self._problems)
        return policy


def _in_its_currency(policy: Policy) -> Policy:
    """Return the policy with the amounts that nobody wrote in its own currency: 5,000 and 250,000 of it."""
    if policy.currency == _USUAL.currency:
        return policy
    minimum = replace(MINIMUM, at_least=_of_currency(MINIMUM.at_least, policy.currency))
    thresholds = tuple(minimum if each is MINIMUM else each for each in policy.thresholds)
    approval = policy.approval
    if approval.auto_below is _USUAL.approval.auto_below:
        approval = replace(approval, auto_below=_of_currency(approval.auto_below, policy.currency))
    return replace(policy, thresholds=thresholds, approval=approval)


def _of_currency(choice: Choice[Any] | None, currency: str) -> Choice[Any]:
    assert choice is not None
    return Choice(tuple(replace(row, value=replace(row.value, currency=currency)) for row in choice.rows))


@cache
def _defaults() -> Table:
    return read_yaml(DEFAULTS_FILE)


def _own_facts(root: Table) -> dict[str, Type]:
    """Return the types of the vendor's own facts; what is wrong with them is told when they are read as a setting."""
    rules: tuple[FactRule, ...] = Reader(Problems()).setting(Policy, "facts", root) or ()
    types = {each.name: each.type for each in rules}
    # What is known of the partner is known of a further party, too.
    parties = {name.replace("partner.", _PARTY, 1): kind for name, kind in types.items() if name.startswith("partner.")}
    return {**parties, **types}


def _written_currency(root: Table) -> str:
    node = root.items.get("currency")
    return node.text if isinstance(node, Scalar) and is_currency(node.text) else Policy().currency


def _without(part: Table, *names: str) -> Table:
    items = {name: node for name, node in part.items.items() if name not in names}
    places = {name: place for name, place in part.key_places.items() if name not in names}
    return Table(place=part.place, items=items, key_places=places)


def _condition(language: Language, node: Node, key: str, problems: Problems) -> Condition | None:
    return read_condition(node, key, language, problems)


def _formula(language: Language, wanted: frozenset[Type], node: Node, key: str, problems: Problems) -> Formula | None:
    return read_formula(node, key, language, problems, wanted)


def _weekdays(node: Node, key: str, problems: Problems) -> frozenset[int] | None:
    found = set()
    for item in listing(node, key, problems):
        word = item.text.strip().lower() if isinstance(item, Scalar) else ""
        if word in WEEKDAYS or word in _WHOLE_NAMES:
            found.add(WEEKDAYS.index(word[:3]))
        else:
            problems.add(item.place, key, f"is {shown(item)}.", one_of(WEEKDAYS))
    return frozenset(found)


def _zone(node: Node, key: str, problems: Problems) -> str | None:
    word = node.text.strip() if isinstance(node, Scalar) else ""
    try:
        ZoneInfo(word)
    except (ValueError, OSError, KeyError):
        near = nearest(word, available_timezones()) if word else None
        hint = f"Did you mean {near}?" if near else "Write an IANA name such as Europe/Berlin."
        problems.add(node.place, key, f"is {shown(node)}, no time zone.", hint)
        return None
    return word


def _currency(node: Node, key: str, problems: Problems) -> str | None:
    word = node.text.strip() if isinstance(node, Scalar) else ""
    if not is_currency(word):
        hint = f"Write {word.upper()}." if is_currency(word.upper()) else 'Write an ISO 4217 code such as "USD".'
        problems.add(node.place, key, f"is {shown(node)}, no currency code.", hint)
        return None
    return word

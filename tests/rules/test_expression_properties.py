"""What must hold for every expression: it agrees with rule-engine, follows Kleene, and nothing crashes or escapes."""

from __future__ import annotations

from typing import Any

import rule_engine
from hypothesis import example, given, settings

from rules.expression import Condition, ExpressionError
from rules.expression.reasoning import always_holds, can_hold, constant, is_covered
from tests.rules.expression_grammar import (
    Pair,
    all_facts,
    conditions,
    facts_from,
    known_facts,
    mutants,
    own_conditions,
    some_facts,
)
from tests.rules.expressions import FACTS, TYPES, Known

_KINDS = rule_engine.DataType
_CONTEXT = rule_engine.Context(
    type_resolver=rule_engine.type_resolver_from_dict(
        {
            **dict.fromkeys(("n", "k"), _KINDS.FLOAT),
            **dict.fromkeys(("tier", "country"), _KINDS.STRING),
            **dict.fromkeys(("at", "until"), _KINDS.DATETIME),
            **dict.fromkeys(("ok", "bad", "maybe"), _KINDS.BOOLEAN),
            "products": _KINDS.SET(_KINDS.STRING),
        }
    )
)


@settings(max_examples=600, deadline=None)
@given(pair=conditions, values=known_facts)
@example(
    pair=("n - 1 - 1 == 1 or ok and bad", "n - 1 - 1 == 1 or ok and bad"), values={"n": 3, "ok": True, "bad": False}
)
def test_agrees_with_rule_engine(pair: Pair, values: dict[str, Any]) -> None:
    """On all that both know, with all facts known, an independent reader comes to the same result."""
    ours, theirs = pair
    plain = {name: set(value) if isinstance(value, frozenset) else value for name, value in values.items()}
    expected = rule_engine.Rule(theirs, context=_CONTEXT).matches(plain)

    assert Condition(ours, TYPES).test(facts_from(values, **{"policy.zone": "UTC"})) is bool(expected)


@settings(max_examples=400, deadline=None)
@given(text=own_conditions, values=some_facts, rest=all_facts)
def test_more_knowledge_never_turns_a_result(text: str, values: dict[str, Any], rest: dict[str, Any]) -> None:
    """What is true or false while some facts are unknown stays so, whatever they turn out to be."""
    condition = Condition(text, TYPES)
    before = condition.test(facts_from(values))

    if before is not None:
        assert condition.test(facts_from({**rest, **values})) is before


@settings(max_examples=400, deadline=None)
@given(text=own_conditions, values=some_facts)
def test_a_condition_and_its_opposite(text: str, values: dict[str, Any]) -> None:
    facts = facts_from(values)
    result = Condition(text, TYPES).test(facts)
    opposite = None if result is None else not result

    assert Condition(f"not ({text})", TYPES).test(facts) is opposite
    assert Condition(f"({text}) is known", TYPES).test(facts) is (result is not None)
    assert Condition(f"{text} and {text}", TYPES).test(facts) is Condition(f"({text}) and ({text})", TYPES).test(facts)


@settings(max_examples=400, deadline=None)
@given(text=own_conditions, values=some_facts)
def test_explanations_fit_the_result(text: str, values: dict[str, Any]) -> None:
    """Some clause decides; of an unknown result only unknown clauses do."""
    condition = Condition(text, TYPES)
    facts = facts_from(values)
    deciding = [clause for clause in condition.explain(facts) if clause.decides]

    assert deciding
    if condition.test(facts) is None:
        assert {clause.result for clause in deciding} == {None}
    else:
        assert None not in {clause.result for clause in deciding}


@settings(max_examples=400, deadline=None)
@given(first=own_conditions, second=own_conditions, values=some_facts)
def test_what_is_certain_without_facts_holds_with_them(first: str, second: str, values: dict[str, Any]) -> None:
    left, right = Condition(first, TYPES), Condition(second, TYPES)
    facts = facts_from(values)
    one, other = left.test(facts), right.test(facts)

    assert one is not True or can_hold(left)
    assert one is not False or not always_holds(left)
    assert not (one is True and other is True) or can_hold(left, right)
    assert one is not True or other is True or not is_covered(left, [right])


@settings(max_examples=1500, deadline=None)
@given(text=mutants)
def test_no_text_crashes(text: str) -> None:
    """Any text is read rightly or refused in words, with a place inside it."""
    try:
        condition = Condition(text, TYPES)
    except ExpressionError as error:
        assert error.faults
        for fault in error.faults:
            assert 0 <= fault.offset <= len(text)
            assert fault.message
        return
    for facts in (FACTS, Known()):
        assert condition.test(facts) in (True, False, None)
        assert condition.explain(facts)
    assert condition.facts <= TYPES.keys()
    assert condition.thresholds is not None
    assert constant(condition) in (True, False, None)

"""Random expressions for property tests: conditions over the facts of tests/rules/expressions.py.

Each is made as a pair of texts, ours and the same for rule-engine, where rule-engine knows it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from rules.records import Money
from tests.rules.expressions import FACTS, Known

Pair = tuple[str, str]
Pairs = st.SearchStrategy[Pair]

_SIGNS: Final = ("<", "<=", ">", ">=", "==", "!=")
_WORDS: Final = ("gold", "silver", "de", "fr", "firewall", "endpoint", "radar", "")
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MAX: Final = 40

numbers_of_facts: st.SearchStrategy[Decimal] = st.decimals(-1000, 1000, places=2)
instants: st.SearchStrategy[datetime] = st.integers(0, 400 * 24).map(lambda hours: _START + timedelta(hours=hours))
sets: st.SearchStrategy[frozenset[str]] = st.frozensets(st.sampled_from(_WORDS[:7]), max_size=4)


def _same(text: str) -> Pair:
    return (text, text)


def _literal_set(items: list[str]) -> Pair:
    inner = ", ".join(items)
    return (f"{{{inner}}}", f"[{inner}]")


def _bracketed(pair: Pair) -> Pair:
    return (f"({pair[0]})", f"({pair[1]})")


def _joined(pairs: list[Pair], sign: str) -> Pair:
    return (sign.join(ours for ours, _ in pairs), sign.join(theirs for _, theirs in pairs))


def _sum(parts: tuple[Pair, str, Pair]) -> Pair:
    left, sign, right = parts
    return (f"{left[0]} {sign} {right[0]}", f"{left[1]} {sign} {right[1]}")


def _choice(parts: tuple[Pair, Pair, Pair]) -> Pair:
    test, yes, no = (_bracketed(each) for each in parts)
    return (f"({yes[0]} if {test[0]} else {no[0]})", f"({test[1]} ? {yes[1]} : {no[1]})")


_plain_numbers: Final[Pairs] = st.one_of(
    st.sampled_from([_same("n"), _same("k")]),
    numbers_of_facts.map(lambda number: _same(str(abs(number)))),
    st.sampled_from(["year", "month", "day", "hour"]).map(lambda part: (f"{part}(at)", f"at.{part}")),
    st.just(("length(tier)", "tier.length")),
    st.just(("count(products)", "products.length")),
)
numbers: Final[Pairs] = st.recursive(
    _plain_numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(_sum),
        inner.map(_bracketed),
        inner.map(lambda pair: (f"-({pair[0]})", f"-({pair[1]})")),
        inner.map(lambda pair: (f"abs({pair[0]})", f"$abs({pair[1]})")),
        st.lists(inner, min_size=2, max_size=3).map(
            lambda pairs: (f"max({', '.join(p[0] for p in pairs)})", f"$max([{', '.join(p[1] for p in pairs)}])")
        ),
        inner.map(lambda pair: (f"floor({pair[0]})", f"({pair[1]}).floor")),
    ),
    max_leaves=4,
)
texts: Final[Pairs] = st.one_of(
    st.sampled_from([_same("tier"), _same("country")]), st.sampled_from(_WORDS).map(lambda word: _same(f"'{word}'"))
)
moments: Final[Pairs] = st.one_of(
    st.sampled_from([_same("at"), _same("until")]),
    instants.map(lambda moment: (f"{moment.isoformat()}", f"d'{moment.isoformat()}'")),
    st.tuples(st.sampled_from(["at", "until"]), st.sampled_from("+-"), st.integers(1, 500)).map(
        lambda parts: (f"({parts[0]} {parts[1]} {parts[2]} h)", f"({parts[0]} {parts[1]} t'PT{parts[2]}H')")
    ),
)


def _compared(kind: Pairs, signs: tuple[str, ...] = _SIGNS) -> Pairs:
    return st.tuples(kind, st.sampled_from(signs), kind).map(_sum)


_clauses: Final[Pairs] = st.one_of(
    _compared(numbers),
    _compared(texts, ("==", "!=")),
    _compared(moments),
    st.sampled_from([_same("ok"), _same("bad"), _same("maybe")]),
    st.tuples(st.sampled_from(["tier", "country"]), st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4)).map(
        lambda parts: _sum((_same(parts[0]), "in", _literal_set([f"'{each}'" for each in parts[1]])))
    ),
    st.tuples(st.sampled_from(["n", "k"]), st.lists(st.integers(0, 9).map(str), min_size=1, max_size=4)).map(
        lambda parts: _sum((_same(parts[0]), "in", _literal_set(parts[1])))
    ),
    st.sampled_from(_WORDS).map(lambda word: _same(f"'{word}' in products")),
    st.tuples(texts, texts).map(
        lambda pair: (f"contains({pair[1][0]}, {pair[0][0]})", f"({pair[0][1]} in {pair[1][1]})")
    ),
    st.tuples(texts, st.sampled_from(_WORDS)).map(
        lambda pair: (f"starts_with({pair[0][0]}, '{pair[1]}')", f"({pair[0][1]}).starts_with('{pair[1]}')")
    ),
)
conditions: Final[Pairs] = st.recursive(
    _clauses,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda pairs: _joined(pairs, " and ")),
        st.lists(inner, min_size=2, max_size=4).map(lambda pairs: _joined(pairs, " or ")),
        inner.map(_bracketed),
        inner.map(lambda pair: (f"not ({pair[0]})", f"(not ({pair[1]}))")),
        st.tuples(inner, inner, inner).map(_choice),
    ),
    max_leaves=8,
)

_VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "n": numbers_of_facts,
    "k": st.integers(0, 9).map(Decimal),
    "tier": st.sampled_from(_WORDS),
    "country": st.sampled_from(_WORDS),
    "products": sets,
    "at": instants,
    "until": instants,
    "ok": st.booleans(),
    "bad": st.booleans(),
    "maybe": st.booleans(),
}
known_facts: Final = st.fixed_dictionaries(_VALUES)


def _written(parts: tuple[Any, ...]) -> str:
    return " ".join(map(str, parts))


def _one_of(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


_sizes: Final = st.integers(0, _MAX)
_spans: Final = st.integers(1, 60)
# Ours alone: money, dates and sets, with facts that may be unknown.
_own_clauses: Final = st.one_of(
    _clauses.map(lambda pair: pair[0]),
    st.tuples(_one_of("amount", "price"), _one_of(*_SIGNS), _sizes, _one_of("USD", "EUR", "JPY")).map(_written),
    st.tuples(st.sampled_from(["day", "at", "closed_on"]), st.sampled_from(_SIGNS), st.integers(0, _MAX)).map(
        lambda parts: f"{parts[0]} {parts[1]} {date(2026, 1, 1) + timedelta(days=parts[2])}"
    ),
    st.tuples(_one_of("now - day", "now - at"), _one_of(*_SIGNS), _spans, _one_of("days", "months")).map(_written),
    st.tuples(_one_of("n", "k"), _one_of(*_SIGNS), st.integers(0, 9)).map(_written),
    st.tuples(st.sampled_from(["any_of", "all_of", "none_of", "only_of"]), sets.filter(bool)).map(
        lambda parts: f"{parts[0]}(products, {{{', '.join(repr(each) for each in sorted(parts[1]))}}})"
    ),
    st.sampled_from(["within(day, 20 days, now)", "weekday(at) in {'sat', 'sun'}", "amount in {1 USD, 5 EUR}", "n / k > 3"]),
)  # fmt: skip


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=2, max_size=4)
    return st.one_of(
        several.map(" and ".join),
        several.map(lambda parts: f"({' or '.join(parts)})"),
        inner.map(lambda part: f"not ({part})"),
    )


own_conditions: Final = st.recursive(_own_clauses, _combined, max_leaves=8)
_OWN_VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    **_VALUES,
    "amount": st.integers(0, _MAX).map(lambda amount: Money(amount=Decimal(amount), currency="USD")),
    "price": st.tuples(st.integers(0, _MAX), st.sampled_from(["USD", "EUR", "JPY"])).map(
        lambda parts: Money(amount=Decimal(parts[0]), currency=parts[1])
    ),
    "day": st.integers(0, 90).map(lambda days: date(2026, 1, 1) + timedelta(days=days)),
    "closed_on": st.integers(0, 90).map(lambda days: date(2026, 1, 1) + timedelta(days=days)),
}
some_facts: Final = st.fixed_dictionaries({}, optional=_OWN_VALUES)
all_facts: Final = st.fixed_dictionaries(_OWN_VALUES)


def facts_from(values: dict[str, Any], **changes: Any) -> Known:
    """Return facts of these values alone, with the policy's own settings and the clock."""
    rest = {name: FACTS[name] for name in FACTS if name.startswith("policy.") or name in ("now", "today")}
    return Known({**rest, **values, **changes})


_PIECES: Final = (
    *"()[]{},+-*/<>=!&|.:;'\"#%@$~^\\ \n\t0",
    "and", "or", "not", "in", "is", "if", "else", "known", "unknown", "true", "null", "None", "lambda", "for",
    "n", "amount", "tier", "products", "day", "at", "ok", "nobody", "deal.amount", "__class__", "t0", "t1",
    "round(", "units_of(skus=", "count(", "first_known(", "within(", "date(", "convert(",
    "5", "5.", ".5", "1,000", "5,000 USD", "USD 5", "90 days", "6 months", "48 business hours", "10 %", "5e9", "0x1",
    "2026-03-01", "2026-3-1", "2026-03-01T09:00Z", "2026-99-99", "'gold'", '"a', "{'a', 'b'}", "{1, 2}",
    "<=", ">=", "==", "!=", "**", "//", ":=", "->", "\u00e9", "\u2264", "\u201c", "\U0001f600", "\x00", "\ud800",
)  # fmt: skip
_mutations: Final[tuple[Callable[[str, int, str], str], ...]] = (
    lambda text, place, piece: text[:place] + piece + text[place:],
    lambda text, place, piece: text[:place] + piece + text[place + len(piece) :],
    lambda text, place, piece: text[:place] + text[place + 1 :],
    lambda text, place, piece: text[place:] + piece + text[:place],
)
_changes: Final = st.tuples(st.sampled_from(_mutations), st.floats(0, 1), st.sampled_from(_PIECES))
mutants: Final = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(_PIECES), max_size=30).map("".join),
    st.lists(st.sampled_from(_PIECES), max_size=30).map(" ".join),
    st.tuples(own_conditions, st.lists(_changes, max_size=3)).map(lambda parts: _mutated(*parts)),
)  # fmt: skip


def _mutated(text: str, changes: list[tuple[Callable[[str, int, str], str], float, str]]) -> str:
    for change, place, piece in changes:
        text = change(text, int(place * len(text)), piece)
    return text

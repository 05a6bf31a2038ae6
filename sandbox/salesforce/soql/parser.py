"""Read SOQL into a tree: which fields, of what object, which rows, in what order.

Read here is what bears on a row-by-row query: fields with parent paths, conditions, order, limit, COUNT and the other
aggregates with GROUP BY. Everything else (subqueries, TYPEOF, SOSL, HAVING...) is refused as a malformed query.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.soql.dates import is_date_word
from sandbox.salesforce.soql.tokens import Kind, Token, malformed, tokens

AGGREGATES: Final = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"})
_KEYWORDS: Final = frozenset({"FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "AND", "OR", "NOT", "LIKE", "IN"})
_COMPARE: Final = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """path op values: one value but for IN, NOT IN, INCLUDES and EXCLUDES."""

    path: str
    op: str
    values: tuple[Token, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """All (AND) or any (OR) of the parts."""

    word: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation:
    part: Condition


Condition = Comparison | Junction | Negation


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """One thing asked for. function: an aggregate, FIELDS, or "". path: "" for COUNT()."""

    path: str
    function: str = ""
    alias: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    path: str
    is_descending: bool = False
    is_nulls_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    text: str
    selected: tuple[Selected, ...]
    object_name: str
    where: Condition | None
    group: tuple[str, ...]
    order: tuple[Order, ...]
    limit: int | None
    offset: int


def parse(soql: str) -> Query:
    """Return the tree of a query; raise ApiError MALFORMED_QUERY when it is none that is read here."""
    return _Parser(soql).query()


class _Parser:
    def __init__(self, soql: str) -> None:
        self.text = soql
        self._tokens = tokens(soql)
        self._at = 0

    def query(self) -> Query:
        self._expect("SELECT")
        selected = [self._selected()]
        while self._take(","):
            selected.append(self._selected())
        self._expect("FROM")
        object_name = self._name()
        where = self._condition() if self._take("WHERE") else None
        group = self._paths() if self._take_two("GROUP", "BY") else []
        order = self._orders() if self._take_two("ORDER", "BY") else []
        limit = self._number() if self._take("LIMIT") else None
        offset = self._number() if self._take("OFFSET") else 0
        if self._now.kind is not Kind.END:
            raise self._unexpected()
        return Query(
            text=self.text,
            selected=tuple(selected),
            object_name=object_name,
            where=where,
            group=tuple(group),
            order=tuple(order),
            limit=limit,
            offset=offset,
        )

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._now
        self._at += 1
        return token

    def _is(self, text: str) -> bool:
        return self._now.word == text or (self._now.kind is Kind.SIGN and self._now.text == text)

    def _take(self, text: str) -> bool:
        if not self._is(text):
            return False
        self._at += 1
        return True

    def _take_two(self, first: str, second: str) -> bool:
        if not self._take(first):
            return False
        self._expect(second)
        return True

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._unexpected(f"expecting '{text}'")

    def _unexpected(self, hint: str = "") -> ApiError:
        token = self._now
        begin = max(0, token.at - 30)
        excerpt = self.text[begin : token.at + 30].replace("\n", " ")
        mark = " " * (token.at - begin) + "^"
        more = f", {hint}" if hint else ""
        return malformed(
            f"\n{excerpt}\n{mark}\nERROR at Row:1:Column:{token.at + 1}\nunexpected token: '{token.text}'{more}"
        )

    def _name(self) -> str:
        token = self._now
        if token.kind is not Kind.NAME or token.word in _KEYWORDS or ":" in token.text:
            raise self._unexpected()
        return self._next().text

    def _number(self) -> int:
        token = self._next()
        if token.kind is not Kind.NUMBER or not token.text.isdigit():
            self._at -= 1
            raise self._unexpected()
        return int(token.text)

    def _selected(self) -> Selected:
        path = self._name()
        function = ""
        if self._is("("):
            function = path.upper()
            if function not in AGGREGATES and function != "FIELDS":
                raise self._unexpected()
            self._next()
            path = "" if self._is(")") else self._name()
            self._expect(")")
            if not path and function != "COUNT":
                raise self._unexpected()
        alias = None
        if function and self._now.kind is Kind.NAME and self._now.word not in _KEYWORDS:
            alias = self._next().text
        return Selected(path=path, function=function, alias=alias)

    def _paths(self) -> list[str]:
        paths = [self._name()]
        while self._take(","):
            paths.append(self._name())
        return paths

    def _orders(self) -> list[Order]:
        orders = [self._order()]
        while self._take(","):
            orders.append(self._order())
        return orders

    def _order(self) -> Order:
        path = self._name()
        is_descending = self._take("DESC")
        if not is_descending:
            self._take("ASC")
        is_nulls_first = True
        if self._take("NULLS"):
            if self._take("LAST"):
                is_nulls_first = False
            else:
                self._expect("FIRST")
        return Order(path=path, is_descending=is_descending, is_nulls_first=is_nulls_first)

    def _condition(self) -> Condition:
        parts = [self._part()]
        word = self._now.word
        if word not in ("AND", "OR"):
            return parts[0]
        while self._take(word):
            parts.append(self._part())
        # AND and OR side by side need parentheses: Salesforce does not rank them.
        if self._now.word in ("AND", "OR"):
            raise self._unexpected()
        return Junction(word=word, parts=tuple(parts))

    def _part(self) -> Condition:
        if self._take("NOT"):
            return Negation(part=self._part())
        if self._take("("):
            condition = self._condition()
            self._expect(")")
            return condition
        return self._comparison()

    def _comparison(self) -> Comparison:
        path = self._name()
        if self._now.kind is Kind.SIGN and self._now.text in _COMPARE:
            op = self._next().text.replace("<>", "!=")
            return Comparison(path=path, op=op, values=(self._literal(),))
        if self._take("LIKE"):
            return Comparison(path=path, op="LIKE", values=(self._literal(),))
        op = "NOT IN" if self._take("NOT") else ""
        for word in ("IN",) if op else ("IN", "INCLUDES", "EXCLUDES"):
            if self._take(word):
                return Comparison(path=path, op=op or word, values=self._list())
        raise self._unexpected()

    def _list(self) -> tuple[Token, ...]:
        self._expect("(")
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._expect(")")
        return tuple(values)

    def _literal(self) -> Token:
        token = self._now
        is_word = token.word in ("", "NULL", "TRUE", "FALSE") or is_date_word(token.word)
        if token.kind in (Kind.SIGN, Kind.END) or not is_word:
            raise self._unexpected()
        return self._next()

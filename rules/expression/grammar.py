"""Read the pieces of an expression as a tree.

The standard library's `ast` does the reading. It is given only what this module writes: operators, brackets and numbered
names, one for each literal and each name of the text. So nothing of Python but its operators can be reached, whatever the
text holds. Before that, the order of the pieces is checked (which gives errors in an admin's words), and how deeply they are
nested (so that no recursion here or in `ast` can run out).
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from rules.expression.faults import ExpressionError, Fault, shown
from rules.expression.functions import FUNCTIONS
from rules.expression.tokens import Sort, Token, tokens_of

DEPTH_MAX: Final = 100
BRACKETS_MAX: Final = 40

_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_ARITHMETIC: Final = frozenset("+-*/")
_MEANT: Final = {"like": "contains", "matches": "contains", "includes": "contains", "has": "contains"}
_WORDS_INSTEAD: Final = {
    "between": "Write 5 <= x <= 10.",
    "equals": "Write ==.",
    "eq": "Write ==.",
    "then": "Write a if condition else b.",
    "when": "Write a if condition else b.",
}
_CHOICE: Final = "Write a if condition else b."
_COMPARISONS: Final = frozenset({"<", "<=", ">", ">=", "==", "!="})


@dataclass(slots=True)
class _Frame:
    """One pair of brackets. deepest: depth of what was read so far; run: of the part being read."""

    opener: Token | None
    is_call: bool = False
    deepest: int = 0
    run: int = 0
    elses: int = 0
    ifs: list[Token] = field(default_factory=list)  # those without their else so far

    def depth(self) -> int:
        return max(self.deepest, self.run) + self.elses


@dataclass(frozen=True, slots=True)
class Source:
    """A text with its pieces and their tree. A node's place leads back to the text through `token` and `place`."""

    text: str
    tokens: tuple[Token, ...]
    tree: ast.expr
    starts: tuple[int, ...] = field(repr=False)

    def token(self, name: str) -> Token:
        """Return the piece that a numbered name of the tree stands for."""
        return self.tokens[int(name[1:])]

    def place(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        """Return where a node's text starts and ends."""
        assert node.end_col_offset is not None
        first = bisect_right(self.starts, node.col_offset) - 1
        last = bisect_right(self.starts, node.end_col_offset - 1) - 1
        return self.tokens[first].start, self.tokens[last].end


def read(text: str) -> Source:
    """Return the text as a tree; raise ExpressionError where it cannot be read as one."""
    tokens = tokens_of(text)
    _Order(text, tokens).check()
    pieces = [token.text if _is_python(token) else f"t{number}" for number, token in enumerate(tokens)]
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece) + 1)
    try:
        tree = ast.parse(" ".join(pieces), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = max(0, (getattr(error, "offset", None) or 1) - 1)
        token = tokens[min(bisect_right(starts, offset) - 1, len(tokens) - 1)]
        message = f"The expression cannot be read at {shown(token.text)}"
        fault = Fault(offset=token.start, length=len(token.text), message=message, hint="Brackets may make it clear.")
        raise ExpressionError(text, [fault]) from None
    return Source(text, tuple(tokens), tree, tuple(starts[:-1]))


def _is_python(token: Token) -> bool:
    """Tell whether a piece is written as it stands: operators, brackets, and the words for them."""
    return token.sort is Sort.MARK or (token.sort is Sort.WORD and token.text not in ("known", "unknown"))


class _Order:
    """Whether values and operators take turns, brackets close, and nothing is too deep."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._frames = [_Frame(None)]
        self._wants_value = True
        self._place = 0

    def check(self) -> None:
        while self._place < len(self._tokens):
            token = self._tokens[self._place]
            if self._wants_value:
                self._value(token)
            else:
                self._operator(token)
            self._place += 1
        if self._wants_value:
            self._fail_at_end("ends where a value is expected" if self._tokens else "is empty")
        self._end_part(self._frames[-1])
        opener = self._frames[-1].opener
        if opener is not None:
            self._fail(opener, f'"{opener.text}" is never closed', f'Add "{_PAIRS[opener.text]}".')

    def _value(self, token: Token) -> None:
        if token.sort is Sort.VALUE:
            self._wants_value = False
        elif token.sort is Sort.NAME:
            if not (self._frames[-1].is_call and self._next("=")):
                self._wants_value = False
            else:
                self._place += 1  # a named argument
        elif token.text in ("not", "-", "+"):
            self._deepen(token)
        elif token.text in _PAIRS:
            self._open(token, is_call=False)
        elif token.text in (")", "]", "}") and self._may_be_empty():
            self._close(token)
        else:
            self._fail(token, f"A value is expected before {shown(token.text)}", _value_hint(token))

    def _may_be_empty(self) -> bool:
        """Tell whether nothing, or a comma, stands before the closing bracket."""
        return self._tokens[self._place - 1].text in ("(", "[", "{", ",") if self._place else False

    def _operator(self, token: Token) -> None:
        frame = self._frames[-1]
        if token.text in ("and", "or") and token.sort is Sort.WORD:
            self._end_run(frame)
        elif token.text == ",":
            if frame.opener is None:
                self._fail(token, "A comma stands only inside brackets", "Write and between two conditions.")
            self._end_part(frame)
        elif token.text in _ARITHMETIC:
            self._deepen(token)
        elif token.text in ("if", "else"):
            self._choice(token, frame)
        elif token.text in _COMPARISONS or (token.text == "in" and token.sort is Sort.WORD):
            pass
        elif token.text == "not":
            if not self._next("in"):
                self._fail(token, 'After a value, "not" is followed by "in"', "Write x not in {...}, or and not ....")
            self._place += 1
        elif token.text == "is" and token.sort is Sort.WORD:
            self._known(token)
            return
        elif token.text in (")", "]", "}"):
            self._close(token)
            return
        elif token.text == "(" and self._tokens[self._place - 1].sort is Sort.NAME:
            self._open(token, is_call=True)
        else:
            self._unexpected(token)
        self._wants_value = True

    def _choice(self, token: Token, frame: _Frame) -> None:
        if token.text == "if":
            frame.ifs.append(token)
        elif frame.ifs:
            frame.ifs.pop()
        else:
            self._fail(token, '"else" has no "if"', _CHOICE)
        frame.elses += 1
        self._check_depth(token)

    def _known(self, token: Token) -> None:
        if self._next("not"):
            self._place += 1
        if not (self._next("known") or self._next("unknown")):
            self._fail(token, '"is" is followed by known or unknown', "Write == to compare.")
        self._place += 1

    def _unexpected(self, token: Token) -> None:
        if token.text == "=":
            self._fail(token, '"=" is no comparison', "Write ==.")
        self._fail(token, f"An operator is expected before {shown(token.text)}", _operator_hint(token))

    def _open(self, token: Token, *, is_call: bool) -> None:
        self._frames.append(_Frame(token, is_call))
        self._wants_value = True
        if len(self._frames) > BRACKETS_MAX:
            self._fail(token, f"Brackets are nested more than {BRACKETS_MAX} deep", "Split the rule in two.")

    def _close(self, token: Token) -> None:
        frame = self._frames[-1]
        if frame.opener is None:
            self._fail(token, f'"{token.text}" closes nothing', "Remove it, or open a bracket before.")
        elif _PAIRS[frame.opener.text] != token.text:
            self._fail(token, f'"{token.text}" closes "{frame.opener.text}"', f'Write "{_PAIRS[frame.opener.text]}".')
        self._end_part(frame)
        self._frames.pop()
        parent = self._frames[-1]
        parent.run += frame.depth() + 1  # a bracket inside a run is as deep as the run, at most
        self._check_depth(token)
        self._wants_value = False

    def _deepen(self, token: Token) -> None:
        self._frames[-1].run += 1
        self._check_depth(token)

    def _end_part(self, frame: _Frame) -> None:
        """End one of the parts between commas."""
        if frame.ifs:
            self._fail(frame.ifs[0], 'An "if" has no "else"', _CHOICE)
        self._end_run(frame)

    def _end_run(self, frame: _Frame) -> None:
        frame.deepest = max(frame.deepest, frame.run)
        frame.run = 0

    def _check_depth(self, token: Token) -> None:
        if sum(frame.run + frame.elses for frame in self._frames) > DEPTH_MAX:
            self._fail(
                token, f"The expression is nested more than {DEPTH_MAX} deep", "Use brackets or split it in two."
            )

    def _next(self, text: str) -> bool:
        after = self._place + 1
        return (
            after < len(self._tokens) and self._tokens[after].text == text and self._tokens[after].sort is not Sort.NAME
        )

    def _fail(self, token: Token, message: str, hint: str = "") -> None:
        length = token.end - token.start
        raise ExpressionError(self._text, [Fault(offset=token.start, length=length, message=message, hint=hint)])

    def _fail_at_end(self, message: str) -> None:
        fault = Fault(offset=max(0, len(self._text.rstrip()) - 1), length=1, message=f"The expression {message}")
        raise ExpressionError(self._text, [fault])


def _value_hint(token: Token) -> str:
    if token.text == "=":
        return "Write == to compare."
    if token.text == "if":
        return _CHOICE
    return "Remove the comma." if token.text == "," else ""


def _operator_hint(token: Token) -> str:
    """Return what was probably meant by a word that stands where an operator is expected."""
    function = FUNCTIONS.get(token.text) or FUNCTIONS.get(_MEANT.get(token.text.lower(), ""))
    if function is not None:
        return f"Write {function.signature}."
    if token.sort in (Sort.NAME, Sort.VALUE):
        return _WORDS_INSTEAD.get(token.text.lower(), "Write and or or between two conditions.")
    return ""

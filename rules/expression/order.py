"""Check, before anything is read as a tree, that values and operators take turns, brackets close and nothing is too deep.

So an error is told in an admin's words and at its place, and no recursion in `ast` or in what follows can run out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from rules.expression.faults import ExpressionError, Fault, shown
from rules.expression.functions import FUNCTIONS
from rules.expression.tokens import Sort, Token

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


def check_order(text: str, tokens: list[Token]) -> None:
    """Raise ExpressionError at the first piece that stands where it cannot."""
    _Order(text, tokens).check()


class _Order:
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

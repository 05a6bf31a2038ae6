"""Read the pieces of an expression as a tree.

The standard library's `ast` does the reading. It is given only what this module writes: operators, brackets and numbered
names, one for each literal and each name of the text. So nothing of Python but its operators can be reached, whatever the
text holds; order.py has seen to it before that they stand in order and are not nested too deep.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from dataclasses import dataclass, field

from rules.expression.faults import ExpressionError, Fault, shown
from rules.expression.order import check_order
from rules.expression.tokens import Sort, Token, tokens_of


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
    check_order(text, tokens)
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

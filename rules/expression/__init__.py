"""The expression language of rule files: small, typed, bounded, and able to say why.

    tokens    cuts the text into words, marks and literal values
    order     checks their order and depth
    grammar   reads them as a tree
    checker   types the tree against the declared facts (calls, hints: what it needs for that)
    closures  compiles it (arithmetic, functions: the work)
    clauses   explains a result, and lists the constants that facts are compared with
    reasoning finds conditions that never or always hold, and those that another covers
    reference the language in tables, for the admin

A comparison with an unknown fact is unknown; `and`, `or` and `not` follow Kleene. Texts are compared without regard to upper
and lower case, since two CRMs seldom agree on it. Numbers and money are exact decimals. There are no loops, attributes,
regular expressions nor calls beyond the closed list.
"""

from rules.expression.clauses import Clause, Threshold
from rules.expression.condition import Condition, Expression, Formula
from rules.expression.faults import ExpressionError, Fault, nearest
from rules.expression.functions import FUNCTIONS, Function
from rules.expression.types import Facts, Type

__all__ = [
    "FUNCTIONS",
    "Clause",
    "Condition",
    "Expression",
    "ExpressionError",
    "Facts",
    "Fault",
    "Formula",
    "Function",
    "Threshold",
    "Type",
    "nearest",
]

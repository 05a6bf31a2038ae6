"""Which kinds of registration are open to whom: a whole account for the upper tiers only, say (primitive 4).

The kinds and their conditions are in the section `conversions`, beside what may become of them.
"""

from __future__ import annotations

from rules.action import Action, Unknown
from rules.situation import Kind as Says
from rules.situation import Situation, Verdict, skipped
from rules.verdicts import holds, test


def kind_open(situation: Situation) -> Verdict:
    """The submission's kind is one that the policy has, and open to this partner."""
    rules, name = situation.policy.conversions, situation.kind
    if not rules.kinds:
        return skipped("there is one kind of registration")
    fact = situation.claim_fact("deal.kind", name or "")
    kind = rules.kind(name)
    if kind is None:
        text = f"kind {name} is not among {', '.join(each.name for each in rules.kinds)}"
        return Verdict(Says.REFUSE, text, (fact,), "kind_not_open")
    if kind.require is None:
        return holds(f"kind {kind.name} is open to everyone", (fact,), clause=kind.name)
    return test(
        kind.require,
        situation,
        otherwise=Action.REFUSE,
        unknown=Unknown.REVIEW,
        reason=kind.reason,
        doubt="gate_doubtful",
        clause=kind.name,
    )

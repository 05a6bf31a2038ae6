"""More than one party to a registration: roles, gates and splits (primitive 21)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rules.action import Action, Unknown
from rules.expression import Condition
from rules.primitives.gates import partner_fact
from rules.records import Partner
from rules.roles import Role
from rules.setting import required, setting
from rules.situation import Kind, Situation, Verdict
from rules.values import Percent
from rules.verdicts import holds, in_order, outcome, test, unasked, unasked_by


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRule:
    """One role beside the submitting partner."""

    role: Role = required(
        "distributor, influencer, fulfiller, co_seller.",
        only=(Role.DISTRIBUTOR, Role.INFLUENCER, Role.FULFILLER, Role.CO_SELLER),
    )
    is_required: bool = setting(False, "A claim without it goes back.")
    require: Condition | None = setting(
        None, "Must hold of that partner; its facts are named party.tier, party.country ..."
    )
    when: Condition | None = setting(None, "Asked only where this holds.")
    otherwise: Action = setting(
        Action.RETURN, "return, refuse, review.", only=(Action.RETURN, Action.REFUSE, Action.REVIEW)
    )
    unknown: Unknown = setting(Unknown.REVIEW, "What an unknown fact leads to: refuse, return, review, pass.")
    share: Percent | None = setting(None, "Its share of the owner's reward; null: no split.")
    reason: str = setting("party_missing", "Reason code where the role is missing or does not qualify.")

    @property
    def name(self) -> str:
        """Return how its step is called."""
        return self.role.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who takes part, and who is paid when several do."""

    rules: tuple[PartyRule, ...] = setting((), "The roles.")
    closer_only: bool = setting(False, "Of several registered partners only the one that closes the deal is paid.")


def parties(situation: Situation) -> Verdict:
    """Every further party that the policy asks for is there and qualifies."""
    return in_order(
        situation, "party", situation.policy.parties.rules, _qualifies, none="no further party is asked for"
    )


def party_of(role: Role, situation: Situation) -> Partner | None:
    """Return the partner that a claim names in a role beside the submitting one."""
    return situation.claim.parties.get(role)


def _qualifies(rule: PartyRule, situation: Situation) -> Verdict:
    not_asked = unasked_by(rule.when, situation, clause=rule.name)
    if not_asked is not None:
        return not_asked
    party = party_of(rule.role, situation)
    if party is None:
        return _absent(rule, situation)
    fact = partner_fact(party, f"party.{rule.role}", party.partner_id)
    if rule.require is None:
        return holds(f"{rule.role} is {party.partner_id}", (fact,), clause=rule.name)
    verdict = test(
        rule.require,
        situation,
        otherwise=rule.otherwise,
        unknown=rule.unknown,
        reason=rule.reason,
        doubt="party_doubtful",
        clause=rule.name,
        facts=situation.facts.of_party(party),
    )
    if verdict.kind is Kind.RETURN:
        situation.extra["missing"] = [rule.role.value]
    return replace(verdict, text=f"{rule.role} {party.partner_id}: {verdict.text}")


def _absent(rule: PartyRule, situation: Situation) -> Verdict:
    text = f"no {rule.role} is named"
    if not rule.is_required:
        return unasked(text, clause=rule.name)
    situation.extra["missing"] = [rule.role.value]
    fact = situation.claim_fact(f"party.{rule.role}", "")
    return outcome(rule.otherwise, text, (fact,), reason=rule.reason, doubt="party_doubtful", clause=rule.name)

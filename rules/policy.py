"""The policy: the vendor's whole rule configuration as plain, validated values.

config/policy.py reads rules.yaml into these and refuses what makes no sense, with file and line; rules/decide.py obeys
them. Nothing here reads a file or a clock. Every section has sound defaults, so that a test or an admin writes only what
differs. A policy never changes while it is in force: a changed file is another Policy with another hash.

Each section stands with its rule in rules/primitives/, one file each; a new primitive is one file there, one line here and
one in decide.LADDER.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from rules.action import Action
from rules.choice import Choice
from rules.events import Event
from rules.expression import Type
from rules.primitives.after_end import AfterExpiry, AfterWin
from rules.primitives.answer import Answer
from rules.primitives.approval import Approval
from rules.primitives.conversion import Conversions
from rules.primitives.deal_key import DealKey
from rules.primitives.direct import DirectDeals
from rules.primitives.disclosure import Disclosure
from rules.primitives.disputes import Appeals
from rules.primitives.evidence import EvidenceRule
from rules.primitives.extension import Extension
from rules.primitives.gates import Gate, StandingRules
from rules.primitives.intake import Intake
from rules.primitives.jurisdictions import Jurisdictions
from rules.primitives.matching import Matching
from rules.primitives.newness import Lookback
from rules.primitives.objections import Objections
from rules.primitives.parties import Parties
from rules.primitives.precedence import Precedence
from rules.primitives.priority import Priority
from rules.primitives.programmes import Programme
from rules.primitives.quotas import Quota
from rules.primitives.rates import RateRules
from rules.primitives.rewards import Rewards
from rules.primitives.tender import Tender
from rules.primitives.thresholds import Threshold
from rules.primitives.unregistered import Unregistered
from rules.primitives.update_duty import UpdateDuty
from rules.primitives.window import Protection
from rules.reasons import Reason
from rules.records import Money
from rules.setting import required, setting
from rules.span import Calendar, Span

ANYONE: Final = "*"

MINIMUM: Final = Threshold(name="minimum", at_least=Choice.always(Money(amount=Decimal(5_000), currency="USD")))
PURCHASE: Final = Lookback(name="purchase", within=Choice.always(Span(months=12)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRules:
    """Who may command by editing the status in a CRM."""

    allowed: frozenset[str] = setting(
        frozenset({ANYONE}), 'User ids, e-mail addresses or roles; "*": whoever the CRM names.'
    )

    def allows(self, actor: str | None, *, aliases: tuple[str, ...] = ()) -> bool:
        """Tell whether this actor may command. aliases: the same person's other names (e-mail, role, team)."""
        if actor is None:
            return False
        return ANYONE in self.allowed or any(name in self.allowed for name in (actor, *aliases))


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRule:
    """One fact of the vendor's own: a mapped CRM field that conditions may use."""

    name: str = required("deal.x, partner.x or customer.x: what conditions and the mapping call it.")
    type: Type = required("bool, number, money, text, date, instant, span, or texts (a set).")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole rule configuration."""

    name: str = setting("default", "Name of the policy.")
    version: str = setting("1", "Version, as text.")
    hash: str = ""
    currency: str = setting("USD", "Amounts are compared in this currency.")
    zone: str = setting("UTC", "IANA time zone in which days and working hours are counted.")
    calendar: Calendar = setting(Calendar(), "Working time.")
    applies_by: Event = setting(
        Event.SUBMISSION,
        "A claim is decided by the policy version in force at its: submission, completeness, decision ...",
    )
    facts: tuple[FactRule, ...] = setting((), "Facts of your own, by name: deal.x, partner.x or customer.x, and type.")
    reasons: tuple[Reason, ...] = setting((), "Reason codes of your own, with their words.")
    rates: RateRules = setting(RateRules(), "Exchange rates.")
    priority: Priority = setting(
        Priority.CREATED_AT,
        "Which instant orders claims for one deal: created_at, submitted_at, completed_at, evidence_at.",
    )
    holding: Choice[Span] | None = setting(
        Choice.always(Span(exact=timedelta(hours=24))),
        "How long others who already work the deal may speak up before anything is granted; null: not at all.",
    )
    intake: Intake = setting(Intake(), "What a submission must bring.")
    standing: StandingRules = setting(StandingRules(), "Which partners may register.")
    gates: tuple[Gate, ...] = setting((), "Further conditions on partner, customer or deal.")
    conversions: Conversions = setting(Conversions(), "Kinds of registration and changes between them.")
    parties: Parties = setting(Parties(), "Further parties to a registration.")
    thresholds: tuple[Threshold, ...] = setting((MINIMUM,), "Least sizes of a deal.")
    evidence: tuple[EvidenceRule, ...] = setting((), "Proof of the partner's work.")
    tender: Tender = setting(Tender(), "Public tenders.")
    newness: tuple[Lookback, ...] = setting((PURCHASE,), "What makes a customer or deal not new.")
    direct: DirectDeals = setting(DirectDeals(), "Direct sales.")
    quotas: tuple[Quota, ...] = setting((), "Limits per partner.")
    deal_key: DealKey = setting(DealKey(), "When two claims are the same deal.")
    precedence: Precedence = setting(Precedence(), "Whose claim comes first, and what the second gets.")
    jurisdictions: Jurisdictions = setting(Jurisdictions(), "Where law forbids exclusivity.")
    objections: Objections = setting(Objections(), "Objections during holding.")
    approval: Approval = setting(
        Approval(), "Which claims are registered without a person, and who approves the others."
    )
    answer: Answer = setting(Answer(), "How soon the partner has an answer.")
    protection: Protection = setting(Protection(), "How long nobody else may register the deal.")
    extension: Extension = setting(Extension(), "Extensions of the protection.")
    update_duty: UpdateDuty = setting(UpdateDuty(), "The partner's duty to report progress.")
    after_expiry: AfterExpiry = setting(AfterExpiry(), "When a protection has run out.")
    after_win: AfterWin = setting(AfterWin(), "After a win.")
    appeals: Appeals = setting(Appeals(), "Appeals and disputes.")
    rewards: Rewards = setting(Rewards(), "Who is paid what.")
    disclosure: Disclosure = setting(Disclosure(), "What each side may see of the other.")
    unregistered: Unregistered = setting(Unregistered(), "Opportunities that name a partner but have no registration.")
    matching: Matching = setting(Matching(), "How alike two customers or deals must be.")
    commands: CommandRules = setting(CommandRules(), "Who may decide by changing the status in a CRM.")
    outside: Action = setting(
        Action.OFF,
        "A claim to which no programme applies: refuse, review, off (the rest of the file decides).",
        only=(Action.REFUSE, Action.REVIEW, Action.OFF),
    )
    programmes: tuple[Programme, ...] = setting(
        (), "Programmes that override parts of the above, the first that applies."
    )

    def under(self, programme: str) -> Policy:
        """Return the policy as a programme of that name sets it; this one where there is none."""
        return next((each.policy for each in self.programmes if each.name == programme), self)

"""The policy: the vendor's whole rule configuration as plain, validated values.

config/policy.py reads rules.yaml into these and refuses what makes no sense, with file and line; rules/decide.py obeys
them. Nothing here reads a file or a clock. Every section has sound defaults, so that a test or an admin writes only what
differs. A policy never changes while it is in force: a changed file is another Policy with another hash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from rules.records import Money, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A length of time; exactly one of the three is set.

    days: calendar days in the policy's zone, counted to the end of day N. months: calendar months, likewise (a look-back
    of "3 years" is 36 months). exact: clock time, minutes or hours, whatever the zone does in between.
    """

    days: int | None = None
    months: int | None = None
    exact: timedelta | None = None

    def __post_init__(self) -> None:
        assert sum(part is not None for part in (self.days, self.months, self.exact)) == 1, self

    def __str__(self) -> str:
        if self.days is not None:
            return f"{self.days} day{'' if self.days == 1 else 's'}"
        if self.months is not None:
            return f"{self.months} month{'' if self.months == 1 else 's'}"
        assert self.exact is not None
        minutes = self.exact.total_seconds() / 60
        return f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"


class Action(StrEnum):
    """What a rule leads to when its test fails."""

    REFUSE = "refuse"
    REVIEW = "review"
    OFF = "off"  # the rule is not asked at all


class Priority(StrEnum):
    """Which instant orders the claims for one deal."""

    CREATED_AT = "created_at"  # the CRM's own creation time of the submission: nobody can back-date it
    SUBMITTED_AT = "submitted_at"  # what the partner's form says, the creation time where it says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Working time in the policy's zone. weekdays: 0 is Monday."""

    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    opens: time = time(9)
    closes: time = time(17)
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a submission must bring. required_fields: canonical names (rules/fields.py); "customer" and "partner" may
    each be met by the reference or by the name, domain or code that stands in for it.

    minimum: least amount, converted to the policy's currency; None: any. minimum_is_strict: exactly the minimum is too
    little ("more than" instead of "at least").
    """

    required_fields: tuple[str, ...] = ("partner", "customer", "deal_name", "amount", "expected_close_on", "products")
    minimum: Money | None = field(default_factory=lambda: Money(amount=Decimal(5_000), currency="USD"))
    minimum_is_strict: bool = False
    minimum_action: Action = Action.REFUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRules:
    """Which partners may register. A standing in neither set passes.

    tiers: empty admits every tier. is_continuous: standing is asked again while registered, and a registration whose
    partner falls into refuse_when is suspended until it returns.
    """

    refuse_when: frozenset[Standing] = frozenset({Standing.SUSPENDED})
    review_when: frozenset[Standing] = frozenset({Standing.PAST_DUE})
    tiers: frozenset[str] = frozenset()
    is_continuous: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingCustomer:
    """The customer is not new when it bought (a closed-won opportunity) within the look-back.

    same_product_only: a purchase of another product family does not count.
    """

    action: Action = Action.REFUSE
    lookback: Span = field(default_factory=lambda: Span(months=12))
    same_product_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectDeals:
    """Which opportunities count as worked by the vendor's own sales, and what they lead to.

    An open opportunity for the same deal that names no partner is a direct deal when it was there before the submission,
    unless a channel manager owns it; and when it appears later, if direct sales owns it (else it is taken for the
    registration's own). roles, channel_roles: owners' roles or teams on either side. deal_types: types that are direct
    sales' whoever owns them; ignored_deal_types: never count (renewals, for instance). listed_only: only what roles or
    deal_types name counts, before the submission too. created_within: older open opportunities are taken for forgotten;
    None: any age.
    """

    action: Action = Action.REFUSE
    roles: frozenset[str] = frozenset({"Account Executive", "Account Manager", "Direct Sales"})
    channel_roles: frozenset[str] = frozenset({"Channel Manager", "Partner Manager", "Channel Sales", "Partner Sales"})
    deal_types: frozenset[str] = frozenset()
    ignored_deal_types: frozenset[str] = frozenset()
    listed_only: bool = False
    created_within: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What a second claim for the same deal meets.

    duplicate: another partner's earlier exclusive claim. unsure: customers or deals that only may be the same.
    """

    duplicate: Action = Action.REFUSE
    related_customer: Action = Action.REVIEW
    unsure_match: Action = Action.REVIEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Which clean claims are registered without a person.

    is_automatic False sends every one to review. auto_below: amounts from here on go to review; None: no limit.
    answer_within: the promise to the partner, in hours of working time from receipt; None: no promise.
    """

    is_automatic: bool = True
    auto_below: Money | None = field(default_factory=lambda: Money(amount=Decimal(250_000), currency="USD"))
    answer_within: timedelta | None = timedelta(hours=16)


class Anchor(StrEnum):
    """Where the protection window starts."""

    APPROVAL = "approval"
    SUBMISSION = "submission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """How long nobody else may register the deal. extension: what one extension adds to the window's end.

    warnings_before: when to warn, before the end. grace: after the end only the same partner may register again.
    """

    length: Span = field(default_factory=lambda: Span(days=90))
    anchor: Anchor = Anchor.APPROVAL
    warnings_before: tuple[Span, ...] = (Span(days=14), Span(days=3))
    grace: Span | None = None
    exclusive: bool = True
    extension: Span = field(default_factory=lambda: Span(days=90))
    extensions_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealKey:
    """Which parts make two claims the same deal: customer, product."""

    parts: tuple[str, ...] = ("customer", "product")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """When two customers or deals count as the same. same, review: least score, 0 to 1, for acting and for asking a person.

    shared_domains: registrable domains that identify nobody, besides the built-in ones (free mail, site builders ...).
    """

    same: float = 0.95
    review: float = 0.4
    shared_domains: frozenset[str] = frozenset()


ANYONE: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRules:
    """Who may command by editing the status in a CRM: user ids, e-mail addresses, roles; ANYONE: whoever the CRM names."""

    allowed: frozenset[str] = frozenset({ANYONE})

    def allows(self, actor: str | None, *, aliases: tuple[str, ...] = ()) -> bool:
        """Tell whether this actor may command. aliases: the same person's other names (e-mail, role, team)."""
        if actor is None:
            return False
        return ANYONE in self.allowed or any(name in self.allowed for name in (actor, *aliases))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole. currency: amounts are compared in it. zone: IANA name; days and working hours are counted there.

    holding: others already working the deal may speak up that long after receipt; None: no holding.
    """

    name: str = "default"
    version: str = "1"
    hash: str = ""
    currency: str = "USD"
    zone: str = "UTC"
    calendar: Calendar = Calendar()
    priority: Priority = Priority.CREATED_AT
    holding: Span | None = field(default_factory=lambda: Span(exact=timedelta(hours=24)))
    intake: Intake = Intake()
    standing: StandingRules = StandingRules()
    existing_customer: ExistingCustomer = ExistingCustomer()
    direct: DirectDeals = DirectDeals()
    conflict: Conflict = Conflict()
    approval: Approval = Approval()
    protection: Protection = Protection()
    deal_key: DealKey = DealKey()
    matching: Matching = Matching()
    commands: CommandRules = CommandRules()

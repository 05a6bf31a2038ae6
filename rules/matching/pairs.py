"""Two lists of records, matched without a ledger: every pair worth a mention, with its score, decision and reasons.

A record is a mapping as a form or an export gives it; any field may be missing, empty or a placeholder. The records on
file may be held in parts, each matched on its own: counts are taken over all parts first, so the outcome is the same for
any number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from math import exp
from typing import Any, Final

from rules.cases import Match, Sameness
from rules.matching.customers import Verdict, match_profiles
from rules.matching.deals import Deal, compare_deals
from rules.matching.domains import DomainKind, kind_of, registrable
from rules.matching.index import Counter, Index
from rules.matching.names import Alike, compare_names
from rules.matching.profile import Profile, make_profile
from rules.matching.statistics import OnFile
from rules.primitives.matching import Matching
from rules.records import Money

LEAST: Final = 0.02  # belief from which on a pair is worth a mention
_LIKELY: Final = 0.5
_AGREEING: Final = frozenset({"product_equal", "product_similar", "close_date_close", "amount_close"})
_AGREED: Final = {2: 1.0, 3: 2.5}  # log-odds
_AMOUNT_MAX: Final = Decimal(10) ** 15
_NO_CURRENCY: Final = "XXX"
_DECISIONS: Final = {Sameness.SAME: "auto", Sameness.REVIEW: "review"}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    row_id: Any
    profile: Profile
    deal: Deal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """left, right: the records' ids. deal_score: the belief that customer and deal are the same."""

    left: Any
    right: Any
    score: float
    relation: str
    decision: str
    deal_score: float
    reasons: tuple[tuple[str, float], ...]

    def as_row(self) -> dict[str, Any]:
        return {
            "left": self.left, "right": self.right, "score": round(self.score, 6), "relation": self.relation,
            "decision": self.decision, "deal_score": round(self.deal_score, 6), "reasons": list(self.reasons),
        }  # fmt: skip


def read_record(row: Row, partners: frozenset[str] = frozenset()) -> Record:
    """Return a record ready to be compared. partners: domains of partners, which are no customer's own."""
    profile = make_profile(
        name=_text(row, "company") or "",
        addresses=(_text(row, "website"), _text(row, "email")),
        country=_text(row, "country"),
        phone=_text(row, "phone"),
        mailbox=_text(row, "email"),
        street=_text(row, "street"),
        city=_text(row, "city"),
        postal_code=_text(row, "postal_code"),
        person=_text(row, "contact"),
        tax_id=_text(row, "tax_id"),
        registry_no=_text(row, "registry_no"),
        not_own=partners,
    )
    product = _text(row, "product")
    deal = Deal(products=(product,) if product else (), closes_on=_day(row), amount=_amount(row))
    return Record(row_id=row.get("id"), profile=profile, deal=deal)


def partners_of(rows: Iterable[Row]) -> frozenset[str]:
    """Return the domains of the partners that submissions name."""
    found = (registrable(_text(row, "partner")) for row in rows)
    return frozenset(each for each in found if each is not None and kind_of(each) is DomainKind.OWN)


def counted(records: Iterable[Record]) -> Counter:
    """Return what some records have in common, to be added to the counts of others."""
    counter = Counter()
    for record in records:
        counter.add(record.profile)
    return counter


class Matcher:
    """Matches submissions with the records on file, or with a part of them.

    on_file, keys, total: counted over all that is on file, whatever part this holds.
    """

    def __init__(
        self, records: Sequence[Record], keys: Mapping[str, int], total: int, on_file: OnFile, rules: Matching
    ) -> None:
        self._index = Index([(str(each.row_id), each.profile) for each in records], keys, total)
        self._records = records
        self._on_file = on_file
        self._rules = rules

    def pairs(self, record: Record) -> Iterator[Pair]:
        """Yield the pairs of one submission worth a mention, by the ids on file."""
        for place in self._index.candidates(record.profile):
            other = self._records[place]
            if not _is_worth_a_look(record.profile, other.profile):
                continue
            verdict = match_profiles(record.profile, other.profile, on_file=self._on_file, rules=self._rules)
            if verdict.score >= LEAST or verdict.sameness is not Sameness.DIFFERENT:
                yield _pair(record, other, verdict, self._rules)


def _is_worth_a_look(left: Profile, right: Profile) -> bool:
    """Tell whether anything could tie two records: most that share a blocking key have unlike names and nothing else."""
    if compare_names(left.name, right.name).alike is not Alike.UNLIKE:
        return True
    return bool(
        left.domains & right.domains
        or left.stems & right.stems
        or (left.phone is not None and right.phone is not None and left.phone[0] == right.phone[0])
        or (left.postal is not None and left.postal == right.postal)
        or (left.street is not None and left.street == right.street)
        or (left.mailbox is not None and left.mailbox == right.mailbox)
        or (left.tax_id is not None and left.tax_id == right.tax_id)
        or (left.registry_no is not None and left.registry_no == right.registry_no)
    )


def _pair(left: Record, right: Record, verdict: Verdict, rules: Matching) -> Pair:
    relation = "different"
    if verdict.sameness is Sameness.RELATED or (verdict.is_related and verdict.score < _LIKELY):
        relation = "related"
    elif verdict.score >= _LIKELY:
        relation = "same"
    return Pair(
        left=left.row_id,
        right=right.row_id,
        score=verdict.score,
        relation=relation,
        decision=_DECISIONS.get(verdict.sameness, "none"),
        deal_score=_deal_score(verdict.score, compare_deals(left.deal, right.deal, rules=rules)),
        reasons=verdict.terms,
    )


def _deal_score(customer: float, deal: Match) -> float:
    """Return the belief that customer and deal are the same.

    Product, date and amount that agree closely hardly do so for two customers by chance, so they speak for one customer as
    well; not in the customer's own score, which must not depend on what is sold.
    """
    agreeing = sum(1 for each in deal.evidence if each.name in _AGREEING)
    if agreeing < 2 or not 0.0 < customer < 1.0:
        return customer * deal.score
    odds = customer / (1.0 - customer) * exp(_AGREED[min(agreeing, 3)])
    return odds / (1.0 + odds) * deal.score


def _text(row: Row, field: str) -> str | None:
    value = row.get(field)
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _day(row: Row) -> date | None:
    told = _text(row, "close_date")
    try:
        return date.fromisoformat(told[:10]) if told else None
    except ValueError:
        return None


def _amount(row: Row) -> Money | None:
    told = row.get("amount")
    if told is None or isinstance(told, bool):
        return None
    try:
        amount = Decimal(str(told).strip())
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 < amount < _AMOUNT_MAX:
        return None
    currency = _text(row, "currency")
    return Money(amount=amount, currency=currency.upper() if currency else _NO_CURRENCY)

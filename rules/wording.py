"""Words for people: every text a partner or support reads, made of templates that an admin can edit and translate.

A template is plain text with placeholders such as {protected_until}; a sentence whose placeholder has no value is left out,
so that one template serves with and without it. Words come from the first of: the admin's words/<language>.yaml
(config/words.py), the policy's own reasons, the built-in English. What a partner reads is filled from an Outcome alone: its
own registration as it stands. No other record is in reach here, so none can be named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from rules.reasons import IN_REVIEW, REASONS, Family, Reason, by_code, reason_of
from rules.records import PROTECTED, Money, Registration, Reward, Status, Window
from rules.windows import last_day, local_date

ENGLISH_CODE: Final = "en"
TOLD: Final = "told"  # where rules leave the values of TOLD_NAMES in a registration's memory

# What templates may hold, with what it stands for.
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "registration_id": "The registration's id, REG-2026-00042.",
    "customer": "The end customer's name, as submitted.",
    "product": "The product, as submitted.",
    "amount": "The amount, as submitted.",
    "missing": "What the partner has to fill in or bring, separated by commas.",
    "protected_from": "First day of the protection.",
    "protected_until": "Last day of the protection.",
    "programme": "The programme that decided.",
    "kind": "The kind of registration.",
    "rank": "The place in the order, 1 for the first.",
    "rewards": "The partner's rewards, separated by commas.",
    "count": "How many registrations or submissions the partner has.",
    "limit": "How many it may have, or the least amount or number of units.",
    "free_from": "The day from which the deal may be registered again.",
    "until": "The day until which something may still be brought or done.",
}
TOLD_NAMES: Final = ("count", "limit", "free_from", "until")

# How fields are called in front of a partner.
FIELDS: Final[Mapping[str, str]] = {
    "partner": "partner",
    "customer": "end customer",
    "customer_name": "end customer's name",
    "customer_domain": "end customer's web address",
    "customer_country": "end customer's country",
    "customer_contact_name": "contact at the end customer",
    "customer_contact_email": "contact's e-mail at the end customer",
    "deal_name": "name of the deal",
    "amount": "amount",
    "currency": "currency",
    "expected_close_on": "expected closing date",
    "products": "products",
    "description": "description",
    "channel": "channel",
    "submitted_at": "date of submission",
    "opportunity": "opportunity",
    "tier": "partner level",
    "type": "kind of partner",
    "standing": "standing of the partner account",
    "is_tender": "public tender",
    "tender_published_at": "publication of the tender",
    "kind": "kind of registration",
    "close_on": "closing date",
    "last_activity_on": "last activity",
}

# Sentences that belong to no reason code.
PHRASES: Final[Mapping[str, str]] = {
    "missing": "Missing: {missing}.",
    "protected_until": "Protected until {protected_until}.",
    "in_review": IN_REVIEW,
    "concealed": "Your registration was not accepted. Your channel manager can tell you more.",
    "goes_on": "The check ends by itself; you will hear from us.",
    "partner_unknown": "We are setting up your partner account; you will hear from us.",
    "yes": "yes",
    "no": "no",
    # What would have changed the outcome, rules/counterfactual.py.
    "nearest_other": "Had the {fact} been {after} instead of {before}, it would be {outcome}.",
    "nearest_empty": "Had the {fact} been {after}, it would be {outcome}.",
    "nearest_filled": "Had this been filled in, it would be {outcome}: {after}.",
    "nearest_earlier": "Had your registration reached us earlier, it would be {outcome}.",
    "nearest_before": "Had it been submitted by {after}, it would be {outcome}.",
    "nearest_quota": "Had {after} registrations counted instead of {before}, it would be {outcome}.",
    "nearest_without": "Without {before} it would be {outcome}.",
    **{f"outcome_{status}": status.replace("_", " ") for status in Status},
}
DATE_FORM: Final = "%Y-%m-%d"

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_SENTENCE: Final = re.compile(r".+?(?:[.!?]+(?=\s|$)\s*|[。！？]+|$)", re.DOTALL)
_PLAIN: Final = re.compile(
    r"[0-9][0-9.,]*(?: [A-Z]{3})?"
)  # numbers and money, the only values rules may tell besides days
_CONFLICTS: Final = frozenset({Family.DUPLICATE_REGISTRATION, Family.EXISTING_OPPORTUNITY})
_OWN_FAULT: Final = frozenset({"own_repeat"})
# Codes whose own words fit a registration in review; all others would sound as if it were decided.
_REVIEWED: Final = frozenset(code for code, each in REASONS.items() if each.partner == IN_REVIEW) | {
    "appeal_opened",
    "dispute_opened",
    "research_started",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """An admin's words for one code in one language; None keeps what there is."""

    partner: str | None = None
    support: str | None = None
    advice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A registration as its own partner may see it. told: values that rules leave for its words, see TOLD_NAMES."""

    status: Status
    reason: str
    registration_id: str = ""
    customer: str = ""
    product: str = ""
    amount: Money | None = None
    window: Window | None = None
    missing: Sequence[str] = ()
    programme: str = ""
    kind: str | None = None
    rank: int = 1
    rewards: Sequence[Reward] = ()
    told: Mapping[str, Any] = field(default_factory=lambda: _NONE)


def outcome_of(registration: Registration) -> Outcome:
    """Return what a partner's words may speak of; of the rewards only the partner of record's own."""
    return Outcome(
        status=registration.status,
        reason=registration.reason,
        registration_id=registration.registration_id,
        customer=registration.customer_name,
        product=registration.product,
        amount=registration.amount,
        window=registration.window if registration.status in PROTECTED else None,
        missing=registration.missing,
        programme=registration.programme,
        kind=registration.kind,
        rank=registration.rank,
        rewards=[each for each in registration.rewards if each.partner_id == registration.partner_id],
        told=registration.memory.get(TOLD) or _NONE,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's words. own: the policy's reasons by code. tells_conflict: false hides that someone else was first.

    date_form: how days are written, with %d, %m and %Y.
    """

    language: str = ENGLISH_CODE
    texts: Mapping[str, Texts] = field(default_factory=lambda: _NONE)
    fields: Mapping[str, str] = field(default_factory=lambda: _NONE)
    phrases: Mapping[str, str] = field(default_factory=lambda: _NONE)
    date_form: str = DATE_FORM
    own: Mapping[str, Reason] = field(default_factory=lambda: _NONE)
    tells_conflict: bool = True

    def under(self, reasons: Iterable[Reason], *, tells_conflict: bool = True) -> Words:
        """Return these words as one policy completes them: its reason codes and what it discloses."""
        return replace(self, own=by_code(reasons), tells_conflict=tells_conflict)

    def family(self, code: str) -> Family:
        """Return what the CRM's reason picklist may show to a partner."""
        return Family.OTHER if self._is_concealed(code) else reason_of(code, self.own).family

    def note(self, outcome: Outcome, *, zone: str = "UTC") -> str:
        """Return what the partner reads: the reason, what is missing, until when the deal is protected.

        zone: the policy's, in which days are counted.
        """
        values = self.values(outcome, zone=zone)
        template = self._partner_template(outcome)
        told = [filled(template, values) or filled(reason_of(outcome.reason, self.own).partner, values)]
        told += [
            filled(self.phrase(name), values)
            for name in ("missing", "protected_until")
            if name in values and f"{{{name}}}" not in template
        ]
        return " ".join(each for each in told if each)

    def values(self, outcome: Outcome, *, zone: str = "UTC") -> dict[str, str]:
        """Return what placeholders stand for, without those that have no value."""
        window = outcome.window
        values = {
            "registration_id": outcome.registration_id,
            "customer": outcome.customer,
            "product": outcome.product,
            "amount": str(outcome.amount) if outcome.amount is not None else "",
            "missing": ", ".join(self.field_word(name) for name in outcome.missing),
            "protected_from": self.day(local_date(window.start, zone)) if window is not None else "",
            "protected_until": self.day(last_day(window, zone)) if window is not None else "",
            "programme": outcome.programme,
            "kind": outcome.kind or "",
            "rank": str(outcome.rank),
            "rewards": ", ".join(reward_text(each) for each in outcome.rewards),
        }
        values |= {name: self._told(outcome.told.get(name)) for name in TOLD_NAMES}
        return {name: value for name, value in values.items() if value}

    def partner(self, code: str) -> str:
        """Return the partner's words for a code that needs no values, such as a flag's."""
        return filled(self._texts(code).partner or reason_of(code, self.own).partner, _NONE)

    def support(self, code: str, values: Mapping[str, str] = _NONE) -> str:
        """Return support's words for a code. values: of the registration it is about."""
        return filled(self._texts(code).support or reason_of(code, self.own).support, values)

    def advice(self, code: str, values: Mapping[str, str] = _NONE) -> str:
        """Return what can be done about it, empty where nothing is to be done."""
        return filled(self._texts(code).advice or reason_of(code, self.own).advice, values)

    def phrase(self, name: str) -> str:
        """Return the template of a sentence that belongs to no code."""
        return self.phrases.get(name) or PHRASES[name]

    def field_word(self, name: str) -> str:
        """Return how a field is called in front of a partner."""
        short = name.rpartition(".")[2]
        known = (self.fields.get(name), self.fields.get(short), FIELDS.get(short))
        return next((each for each in known if each), short.replace("_", " "))

    def day(self, day: date) -> str:
        """Return a day as this language writes it."""
        return day.strftime(self.date_form)

    def _texts(self, code: str) -> Texts:
        return self.texts.get(code) or _NO_TEXTS

    def _is_concealed(self, code: str) -> bool:
        return not self.tells_conflict and code not in _OWN_FAULT and reason_of(code, self.own).family in _CONFLICTS

    def _partner_template(self, outcome: Outcome) -> str:
        code = outcome.reason
        if outcome.status is Status.IN_REVIEW and code in REASONS and code not in _REVIEWED:
            return self.phrase("in_review")
        if self._is_concealed(code):
            return self.phrase("concealed")
        if code in _REVIEWED and code not in self.texts and REASONS[code].partner == IN_REVIEW:
            return self.phrase("in_review")
        return self._texts(code).partner or reason_of(code, self.own).partner

    def _told(self, value: Any) -> str:
        """Return a value that a rule left, as far as it is a number, an amount or a day; anything else tells nothing."""
        text = str(value) if value is not None else ""
        if _PLAIN.fullmatch(text):
            return text
        try:
            return self.day(date.fromisoformat(text[:10]))
        except ValueError:
            return ""


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return the template with its values; a sentence that lacks one is left out."""
    if "{" not in template:
        return template
    kept = [
        _PLACEHOLDER.sub(lambda found: values[found[1]], sentence)
        for sentence, names in _sentences(template)
        if names <= values.keys()
    ]
    return "".join(kept).strip()


def placeholders(template: str) -> list[str]:
    """Return the names of a template's placeholders in the order they stand, known or not."""
    return _PLACEHOLDER.findall(template)


def reward_text(reward: Reward) -> str:
    """Return a reward in a few words: "10 % discount", "500.00 USD fee (pending)"."""
    if reward.percent is not None:
        size = f"{reward.percent.normalize():f} % {reward.kind}"
    elif reward.amount is not None:
        size = f"{reward.amount} {reward.kind}"
    elif reward.points is not None:
        size = f"{reward.points.normalize():f} {reward.kind}"
    else:
        size = reward.entitlement or reward.kind
    return size if reward.state == "granted" else f"{size} ({reward.state})"


@lru_cache(maxsize=1024)
def _sentences(template: str) -> tuple[tuple[str, frozenset[str]], ...]:
    found = _SENTENCE.findall(template)
    return tuple((each, frozenset(placeholders(each))) for each in found)


_NO_TEXTS: Final = Texts()
ENGLISH: Final = Words()

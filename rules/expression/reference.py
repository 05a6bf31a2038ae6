"""The language in three tables, for the admin's reference: how values are written, what joins and compares them, and what
an unknown fact leads to. Functions stand in functions.py, facts in rules/facts.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the reference. form: as it is written. example: a condition or formula over the built-in facts.

    gives: its value, where no fact decides it.
    """

    form: str
    doc: str
    example: str
    gives: str = ""


VALUES: Final = (
    Entry('"Gold", \'Gold\'', "A text. Comparisons ignore upper and lower case.", 'partner.tier == "Gold"'),
    Entry("1000, 1,000, 0.5, 15 %", "A number, exact to the last digit. Percent are hundredths. "
          "In a set or a call write 1000 without the comma.", "deal.units >= 1,000"),
    Entry("5000 USD, USD 5,000", "An amount of money. Another currency is converted by the rates of the day that the policy "
          "names (rates.at); without a rate the comparison is unknown.", "deal.amount >= 5,000 USD"),
    Entry("2026-03-01", "A date. An instant that is compared with one counts as its date in the policy's zone.",
          "deal.created_at >= 2026-03-01"),
    Entry("2026-03-01T09:00Z, 2026-03-01T09:00+01:00", "An instant.", "deal.priced_at < 2026-03-01T09:00Z"),
    Entry("90 days, 2 weeks, 6 months, 2 quarters, 3 years", "A length of time by the calendar.",
          "customer.last_purchase_on < today - 3 years"),
    Entry("48 h, 30 min", "A length of time by the clock.", "now - deal.submitted_at > 48 h"),
    Entry("3 business days, 16 business hours, 3 bd, 48 bh", "Working time by the policy's calendar, added to an instant.",
          "now > deal.submitted_at + 48 business hours"),
    Entry("true, false", "A truth value. A fact that is true or false also stands by itself.", "not deal.is_tender"),
    Entry('{"DE", "AT"}', "A set of texts, numbers, amounts or dates.", 'customer.country in {"DE", "AT"}'),
    Entry("deal.amount", "A fact, built in or declared under `facts`.", "deal.amount * 2"),
)  # fmt: skip

OPERATORS: Final = (
    Entry("and, or, not", "Join conditions. not binds closest, then and, then or; use brackets.",
          'deal.units >= 100 or not (deal.is_tender and deal.channel == "portal")'),
    Entry("== != < <= > >=", "Compare two values of one type. They may be chained.", "100 <= deal.units < 500"),
    Entry("in, not in", "A value is, or is not, one of a set.", '"Firewall" in deal.products'),
    Entry("is known, is unknown", "Whether a fact has a value. It is never unknown itself.", "deal.priced_at is known"),
    Entry("+ - * /", "Arithmetic with numbers, amounts, dates and lengths of time. An amount by an amount is a number.",
          "deal.amount * 20 % - 500 USD"),
    Entry("date - date > 90 days", "A difference of dates is compared with a length of time, by the calendar.",
          "deal.closed_on - deal.approved_at <= 6 months"),
    Entry("a if condition else b", "The one or the other value.", "5000 USD if deal.is_tender else 2000 USD", ""),
)  # fmt: skip

UNKNOWN: Final = (
    Entry("a comparison with an unknown fact", "Unknown.", "deal.tender_published_at < deal.submitted_at"),
    Entry("false and unknown", "False; true and unknown is unknown.", "false and deal.is_tender", "false"),
    Entry("true or unknown", "True; false or unknown is unknown.", "true or deal.is_tender", "true"),
    Entry("not unknown", "Unknown.", "not deal.is_tender"),
    Entry("a division by zero, a missing exchange rate", "Unknown.", "deal.amount / deal.units > 5 USD"),
    Entry("first_known(a, b)", "A value to take instead.", 'first_known(partner.tier, "none") != "gold"'),
)  # fmt: skip

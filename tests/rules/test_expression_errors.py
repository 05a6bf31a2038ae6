"""What an admin is told about an expression that cannot be used: where, what was expected, what to write."""

from __future__ import annotations

import pytest

from rules.expression import Condition, ExpressionError, Formula, Type
from rules.expression.order import BRACKETS_MAX, DEPTH_MAX
from tests.rules.expressions import TYPES, wrong


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        # names
        ("tierr == 'gold'", 1, 'no fact "tierr"', 'Did you mean "tier"?'),
        ("n > 5 and Tier == 'gold'", 11, 'no fact "Tier"', 'Did you mean "tier"?'),
        ("tier == gold", 9, 'no fact "gold"', 'Texts are written in quotes: "gold".'),
        ("rond(n) == 7", 1, 'no function "rond"', 'Did you mean "round"?'),
        ("tier.lower() == 'gold'", 1, 'no function "tier.lower"', ""),
        ("count > 5", 1, '"count" is a function', "Write count(group, [wanted])."),
        # words and marks
        ("n = 7", 3, '"=" is no comparison', "Write ==."),
        ("n > 5 && ok", 7, '"&&" is no part of the language', "Write and."),
        ("!ok", 1, '"!" is no part of the language', "Write not."),
        ("n <> 5", 3, '"<>" is no part of the language', "Write != for unequal."),
        ("n ** 2 > 5", 3, '"**" is no part of the language', "There are no powers"),
        ("tier == “gold”", 9, "is no part of the language", "Write straight quotes"),
        ("tier == 'gold", 9, "is no part of the language", "no closing quote"),
        ("amount > $5000", 10, '"$" is no part of the language', "Write the currency's code: 5000 USD."),
        ("tier == null", 9, '"null" is no value', "Write x is unknown"),
        ("n > 5 # large", 7, '"#" is no part of the language', "comments"),
        ("n > .5", 5, '"." is no part of the language', "Numbers are written 0.5"),
        ("n > 5e3", 5, "The number 5 runs into letters", ""),
        ("n > 1_000", 5, "The number 1 runs into letters", ""),
        ("n > 0x1F", 5, "The number 0 runs into letters", ""),
        ("n > " + "9" * 31, 5, "at most 30 digits", ""),
        ("day > 2026-3-1", 7, "is no date of the calendar", "Dates are written 2026-03-01."),
        ("day > 2026-02-30", 7, "is no date of the calendar", ""),
        ("at > 2026-03-01T09:00", 6, "has no time zone", "Write 2026-03-01T09:00Z"),
        ("at > 2026-03-01T25:00Z", 6, "is no instant", ""),
        ("now - at > 0 days", 12, "is no length of time", ""),
        ("now - at > 1.5 months", 12, "is no length of time", ""),
        ("now - at > 9000 years", 12, "is no length of time", ""),
        # order
        ("", 1, "The expression is empty", ""),
        ("   ", 1, "The expression is empty", ""),
        ("n >", 3, "ends where a value is expected", ""),
        ("n > 5 and", 9, "ends where a value is expected", ""),
        ("and ok", 1, 'A value is expected before "and"', ""),
        ("n > > 5", 5, 'A value is expected before ">"', ""),
        ("n == = 5", 6, 'A value is expected before "="', "Write == to compare."),
        ("(n > 5", 1, '"(" is never closed', 'Add ")".'),
        ("n > 5)", 6, '")" closes nothing', ""),
        ("n in {5, 6)", 11, '")" closes "{"', 'Write "}".'),
        ("n > 5 ok", 7, 'An operator is expected before "ok"', "Write and or or"),
        ("n 5", 3, 'An operator is expected before "5"', ""),
        ("n not 5", 3, '"not" is followed by "in"', ""),
        ("n is 5", 3, '"is" is followed by known or unknown', "Write == to compare."),
        ("n > 5, ok", 6, "A comma stands only inside brackets", ""),
        ("ok if n > 5", 4, 'An "if" has no "else"', "Write a if condition else b."),
        ("max(n if ok, k) > 5", 7, 'An "if" has no "else"', ""),
        ("ok else bad", 4, '"else" has no "if"', ""),
        ("if n > 5 then ok", 1, 'A value is expected before "if"', "Write a if condition else b."),
        ("n between 5 and 7", 3, 'An operator is expected before "between"', "Write 5 <= x <= 10."),
        ("tier equals 'gold'", 6, 'An operator is expected before "equals"', "Write ==."),
        ("products contains 'a'", 10, "An operator is expected", "Write contains(whole, part)."),
        ("tier like 'a'", 6, "An operator is expected", "Write contains(whole, part)."),
        ("n == not ok", 6, "cannot be read", ""),
        # types
        ("n", 1, '"n" is a number; true or false is expected', "Compare it with a value, or write n is known."),
        ("ok and products", 8, '"products" is a set of texts; a condition is expected', 'Write "x" in products'),
        ("not tier", 5, '"tier" is a text; a condition is expected', ""),
        ("amount > 5000", 1, '"amount" is an amount of money, "5000" is a number', "Write 5000 USD"),
        ("n > 5000 USD", 1, "is a number,", "A number has no currency."),
        ("n > '5'", 1, "is a number,", "Write 5 without quotes."),
        ("day > '2026-03-01'", 1, "is a date,", "Write 2026-03-01 without quotes."),
        ("day > 'monday'", 1, "is a date,", "Dates are written 2026-03-01."),
        ("ok == 'yes'", 1, "is true or false,", "Write true, without quotes."),
        ("tier == 5", 1, "is a text,", 'Write "5" in quotes.'),
        ("products == 'Firewall'", 1, "is a set of texts,", "Write 'Firewall' in products."),
        ("tier > 'gold'", 1, '">" cannot compare a text', ""),
        ("ok < bad", 1, '"<" cannot compare true or false', ""),
        ("products in {'a'}", 1, "Before in a text is expected", "Write any_of(products, {'a'})"),
        ("'a' in tier", 1, "After in a set of such values, not a text is expected", "contains(tier, 'a')"),
        ("n in {'a'}", 1, "Before in a text is expected", ""),
        ("amount in {5, 6}", 1, "Before in a number is expected", "Give the amounts a currency"),
        ("n in {5, 'a'}", 6, "A set holds values of one type, not a number and a text", ""),
        ("n in {}", 6, "is no part of the language", ""),
        ("n in ()", 6, "The set is empty", ""),
        ("ok in {true}", 7, "A set holds texts, numbers, amounts or dates", ""),
        ("n + amount > 5 USD", 1, '"+" cannot be used with a number and an amount of money', "Give the number a currency"),
        ("day + 5 > day", 1, '"+" cannot be used with a date and a number', "Give the number a unit: 90 days."),
        ("day + 5 h > day", 1, "A date has no time of day", ""),
        ("today - day > 5 h", 1, "A date has no time of day", ""),
        ("day + 3 business days > day", 1, "A date has no time of day", ""),
        ("at - 3 business days > now", 1, "Working time cannot be subtracted", "Add it to the earlier instant."),
        ("tier + tier == 'a'", 1, '"+" cannot be used with a text and a text', ""),
        ("-tier == 'a'", 1, "only numbers and amounts have a sign", ""),
        ("n / 0 > 5", 1, '"n / 0" divides by zero', ""),
        ("amount / 0 USD > 5", 1, "divides by zero", ""),
        ("(n if ok else tier) == 7", 2, "if gives a number, else gives a text", "Both must be of one type."),
        # calls
        ("count() > 5", 1, "count is given no argument", "Write count(group, [wanted])."),
        ("abs(n, k) > 5", 1, "abs is given 2 arguments", ""),
        ("count(n) > 5", 1, 'group of count is a set of texts; "n" is a number', ""),
        ("max(n, day) == 5", 1, "max takes values of one type", ""),
        ("units_of(sku='a') > 5", 1, 'units_of has no argument "sku"', 'Did you mean "skus"?'),
        ("units_of({'a'}) > 5", 1, "units_of is given 1 argument", ""),
        ("units_of(skus='a', skus='b') > 5", 1, "is given twice", ""),
        ("units_of(skus=n) > 5", 1, 'skus of units_of is a set of texts or a text; "n" is a number', ""),
        ("count(products, {1, 2}) > 5", 1, "wanted of count is", ""),
    ],
)  # fmt: skip
def test_faults_in_the_admins_words(text: str, place: int, message: str, hint: str) -> None:
    found = wrong(text)

    assert found.startswith(f"at character {place}:"), found
    assert message in found
    assert hint in found


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("partner.standing == 'past due'", 'partner.standing is never "past due"', 'Did you mean "past_due"?'),
        ("partner.standing in {'good', 'bad'}", 'partner.standing is never "bad"', "It is one of: good, past_due"),
        ("'approved' != deal.status", 'deal.status is never "approved"', "It is one of: expired, holding,"),
        ("weekday(today) == 'monday'", 'weekday(today) is never "monday"', "It is one of: fri, mon,"),
    ],
)
def test_texts_that_a_fact_never_is(text: str, message: str, hint: str) -> None:
    """A condition on a misspelt status would never hold, and nobody would notice."""
    with pytest.raises(ExpressionError) as caught:
        Condition(text)

    assert message in str(caught.value)
    assert hint in str(caught.value)
    assert Condition("partner.standing in {'GOOD', 'past_due'} and weekday(now) != 'Mon'")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ExpressionError) as caught:
        Condition("tierr == 'gold' and n > 'a' and rond(n) > 5 and amount > 5", TYPES)

    assert [each.offset for each in caught.value.faults] == [0, 20, 32, 48]


def test_of_very_many_faults_the_first_are_told() -> None:
    with pytest.raises(ExpressionError) as caught:
        Condition(" and ".join(f"nobody_{number} > 5" for number in range(3000)), TYPES)

    assert len(caught.value.faults) == 20


def test_a_part_that_is_wrong_is_told_once() -> None:
    """What contains a wrong part is not blamed for it."""
    with pytest.raises(ExpressionError) as caught:
        Condition("not (round(tierr + 5, 2) > 'a' or n > 5)", TYPES)

    assert len(caught.value.faults) == 1


def test_a_fault_marks_its_piece_of_the_text() -> None:
    text = "n > 5 and  tier  ==  5"
    with pytest.raises(ExpressionError) as caught:
        Condition(text, TYPES)

    (fault,) = caught.value.faults
    assert text[fault.offset : fault.offset + fault.length] == "tier  ==  5"


def test_a_formula_of_the_wrong_type() -> None:
    with pytest.raises(ExpressionError, match='"n" is a number; an amount of money is expected'):
        Formula("n", TYPES, wanted=frozenset({Type.MONEY}))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "n > 5" + ")" * 5000,
        "(" * (BRACKETS_MAX + 1) + "ok" + ")" * (BRACKETS_MAX + 1),
        "not " * 3000 + "ok",
        "-" * 3000 + "n > 5",
        " + ".join(["n"] * 3000) + " > 5",
        "n > 5 if ok else " * 3000 + "ok",
        "(n + " * 60 + "n" + " + n)" * 60 + " > 5",
        "abs(" * 500 + "n" + ")" * 500 + " > 5",
        "{" * 500,
        "[" * 50_000,
        "n " * 50_000,
        "ok and " * 60_000,
        "n > 5 " * 100_000,
        "'" * 100_001,
        "9" * 200_000,
        "a" * 200_000,
        "a." * 100_000,
        "1," * 100_000,
        "\x00",
        "ok\x00",
        "ok and \ud800",
        "ok \\\n and ok",
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)
def test_monsters_are_refused_in_words(text: str) -> None:
    assert wrong(text).startswith("at character ")


@pytest.mark.parametrize(
    "text",
    [
        "(" * (BRACKETS_MAX - 1) + "ok" + ")" * (BRACKETS_MAX - 1),
        "not " * DEPTH_MAX + "ok",
        " + ".join(["n"] * DEPTH_MAX) + " > 5",
        "n > 5 if ok else " * (DEPTH_MAX // 2) + "ok",
        "(not " * 30 + "ok" + ")" * 30,
    ],
)
def test_what_is_just_deep_enough_is_read(text: str) -> None:
    assert wrong(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__",
        "tier.__class__ == 'a'",
        "lambda: 1",
        "[n for n in products]",
        "(n := 5) > 3",
        "f'{n}' == 'a'",
        "b'a' == tier",
        "n if ok else (yield)",
        "await n",
        "*products",
        "max(*products)",
        "max(**products)",
        "{**products}",
        "{'a': 1}",
        "products[0] == 'a'",
        "products[0:1] == 'a'",
        "n @ n",
        "n % 2 == 0",
        "n // 2 == 0",
        "n << 2 > 5",
        "~n > 5",
        "n; n",
        "...",
        "None",
        "1j == n",
        "print('a')",
        "exec('a')",
        "9**9**9 > n",
        "t0 == t1",
        "(t1) and ok",
        "ok and k0",
    ],
)
def test_nothing_of_python_gets_through(text: str) -> None:
    assert wrong(text).startswith("at character ")

"""words/<language>.yaml: an admin's wording, with every slip of the pen told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.reading import Problems
from config.source import parse_yaml
from config.words import check_languages, load_words
from rules.errors import ConfigError
from rules.policy import Policy
from rules.reasons import REASONS, Reason
from rules.records import Status
from rules.wording import ENGLISH, Outcome, Words

OWN = Reason(code="partner_dormant", partner="You have not sold with us.", support="No sale in a year.")
POLICY = Policy(reasons=(OWN,))

GERMAN = """
reasons:
  below_minimum:
    partner: Der Wert liegt unter {limit}.
    support: Unter der Schwelle.
  partner_dormant:
    advice: Anrufen.
fields:
  amount: Betrag
phrases:
  protected_until: Geschützt bis {protected_until}.
dates: "%d.%m.%Y"
"""


def load(directory: Path, policy: Policy | None = POLICY, **files: str) -> dict[str, Words]:
    (directory / "words").mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / "words" / f"{name}.yaml").write_text(text, encoding="utf-8")
    problems = Problems()
    found = load_words(directory, shown=str, policy=policy, problems=problems)
    problems.stop_if_any()
    return found


def problems_of(directory: Path, text: str, name: str = "de") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(directory, **{name: text})
    return [str(each) for each in caught.value.problems]


def test_english_is_there_without_a_file(tmp_path):
    assert load_words(tmp_path, shown=str, policy=POLICY, problems=Problems()) == {"en": ENGLISH}


def test_words_of_a_file_are_used_and_the_rest_stays(tmp_path):
    words = load(tmp_path, de=GERMAN)["de"].under(POLICY.reasons)

    assert words.note(Outcome(status=Status.REFUSED, reason="below_minimum", told={"limit": "5,000.00 USD"})) == (
        "Der Wert liegt unter 5,000.00 USD."
    )
    assert words.support("below_minimum") == "Unter der Schwelle."
    assert words.advice("partner_dormant") == "Anrufen."
    assert words.partner("partner_dormant") == OWN.partner
    assert words.support("own_repeat") == REASONS["own_repeat"].support
    assert words.field_word("amount") == "Betrag"
    assert words.date_form == "%d.%m.%Y"


def test_english_itself_can_be_edited(tmp_path):
    words = load(tmp_path, en="reasons: {below_minimum: {partner: Too small.}}")["en"]

    assert words.note(Outcome(status=Status.REFUSED, reason="below_minimum")) == "Too small."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reasons: {below_minimun: {partner: a}}", "words/de.yaml:1:11: reasons.below_minimun is no reason code."),
        ("reasons: {below_minimun: {partner: a}}", "Did you mean below_minimum?"),
        ("reasons: {tie: {partnr: a}}", "reasons.tie.partnr is not known here. Did you mean partner?"),
        ("reasons: {tie: {partner: 'Bis {protected_untl}.'}}", "holds {protected_untl}, which is not known here."),
        ("reasons: {tie: {partner: 'Bis {protected_untl}.'}}", "Did you mean protected_until?"),
        ("reasons: {tie: {partner: 'Bis {x.__class__}.'}}", "holds {x.__class__}, which is not known here."),
        ("reasons: {tie: {partner: 'Bis {limit.'}}", "holds a brace without its other half."),
        ("reasons: {tie: {partner: ''}}", "reasons.tie.partner is ''; expected text."),
        ("reasons: {tie: [a]}", "reasons.tie is a list; expected a mapping"),
        ("fields: {amount: 'Der {limit}'}", "No placeholder is known here."),
        ("phrases: {missing: 'Es fehlt {customer}.'}", "holds {customer}, which is not known here."),
        ("phrases: {misssing: 'Es fehlt.'}", "Did you mean missing?"),
        ("dates: '%H:%M'", "expected %d, %m and %Y"),
        ("reason: {}", "Did you mean reasons?"),
        ("reasons: &a {tie: *a}", "an alias"),
        ("- a", "expected a mapping"),
    ],
)
def test_mistakes_are_told_with_place_and_remedy(tmp_path, text, expected):
    told = "\n".join(problems_of(tmp_path, text))

    assert expected in told.replace(": is ", " is ").replace(": holds ", " holds ")


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path):
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "fr.yaml").write_text("reasons: {nope: {}}\nfelds: {}\n")

    assert len(problems_of(tmp_path, "dates: x")) == 3


def test_file_must_be_called_after_its_language(tmp_path):
    assert "Call it after the language" in problems_of(tmp_path, "", name="German")[0]


def test_any_code_is_taken_while_the_rules_cannot_be_read(tmp_path):
    assert load(tmp_path, None, de="reasons: {perhaps: {partner: a}}")["de"].texts["perhaps"].partner == "a"


def test_language_without_words_is_told():
    root = parse_yaml(
        "language: de\nconnections: {crm: {language: fr}, other: {language: en}}\n", name="registrar.yaml"
    )
    problems = Problems()
    check_languages(root, {"en": ENGLISH}, problems)

    with pytest.raises(ConfigError) as caught:
        problems.stop_if_any()
    told = [str(each) for each in caught.value.problems]
    assert len(told) == 2
    assert "Write words/de.yaml" in told[0]
    assert "connections.crm.language" in told[1]

"""The admin's reference of the language: every line of it is true."""

from __future__ import annotations

import pytest

from rules.expression import Formula
from rules.expression.reference import OPERATORS, UNKNOWN, VALUES, Entry
from rules.expression.wording import told
from tests.rules.expressions import Known

ENTRIES = (*VALUES, *OPERATORS, *UNKNOWN)
WRITTEN = [each for each in VALUES if "{" not in each.form and "deal." not in each.form]


@pytest.mark.parametrize("entry", ENTRIES, ids=[each.form for each in ENTRIES])
def test_examples_are_read(entry: Entry) -> None:
    """With all facts unknown, an example is unknown, unless the reference says what it is."""
    result = Formula(entry.example).value(Known())

    if entry.gives:
        assert told(result) == entry.gives
    elif "known" not in entry.form:
        assert result is None


@pytest.mark.parametrize("entry", WRITTEN, ids=[each.form for each in WRITTEN])
def test_values_are_written_so(entry: Entry) -> None:
    """Each form of the first column is itself a value; the thousands' comma aside, forms are set apart by a comma."""
    for form in entry.form.split(", "):
        assert Formula(form).value(Known()) is not None

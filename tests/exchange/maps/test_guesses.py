"""What a column of a spreadsheet is taken for, and what is asked instead."""

from __future__ import annotations

import pytest

from tests.extracts import a_table
from trialog.events.errors import EventError
from trialog.exchange.maps.guesses import day_forms
from trialog.exchange.maps.model import map_of
from trialog.exchange.maps.suggest import suggested


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["2024-03-11", "2024-03", "2025"], ()),
        (["2024-03-11T10:00"], ()),
        (["11MAR2024", "UNMAR2024"], ("%d%b%Y", "UN%b%Y")),
        (["12.03.2024", "1.3.2024"], ("%d.%m.%Y",)),
        (["3/15/2024", "3/12/2024"], ("%m/%d/%Y",)),
        (["15/3/2024", "3/12/2024"], ("%d/%m/%Y",)),
        (["2024-01-16", "UNK-MAR-2024"], ("%Y-%m-%d", "UNK-%b-%Y")),
        (["2024-01-16", "Sep-2025", "DEC2024"], ("%Y-%m-%d", "%b-%Y", "%b%Y")),
    ],
)
def test_days_in_their_usual_forms_are_found_over_the_whole_column(values: list[str], formats: tuple[str, ...]) -> None:
    found = day_forms(values)

    assert found is not None
    assert (found.formats, found.question) == (formats, "")


@pytest.mark.parametrize("values", [["03/04/2024", "05/06/2024"], ["13/04/2024", "05/13/2024"]])
def test_where_no_value_decides_day_and_month_it_is_asked(values: list[str]) -> None:
    found = day_forms(values)

    assert found is not None
    assert found.question.startswith("TODO")


@pytest.mark.parametrize("values", [["63", "70"], ["PD", "SD"], ["2024", "2025"], ["2024-03-11", "soon"], []])
def test_what_is_no_column_of_days_is_none(values: list[str]) -> None:
    assert day_forms(values) is None


ROW = {"Pat. No.": "1", "Dose level": "A", "First dose": "2024-01-02", "Last contact": "2024-06-01", "Status": "alive"}


@pytest.mark.parametrize("name", ["Subject ID", "record_id", "Patient", "Pat. No.", "USUBJID"])
def test_ids_have_many_names(name: str) -> None:
    row = {name if key == "Pat. No." else key: value for key, value in ROW.items()}

    assert f"subject: {{column: {name if name.isidentifier() else chr(34) + name + chr(34)}}}" in suggested(
        a_table("t", [row]), "draft"
    )


def test_without_a_day_of_enrollment_the_first_dose_stands_for_it_and_says_so() -> None:
    draft = suggested(a_table("t", [ROW]), "draft")

    assert "subject-enrolled  # no day of enrollment: First dose stands for it" in draft


@pytest.mark.parametrize(
    ("word", "event"),
    [("alive", "subject-seen-alive"), ("Deceased", "subject-died"), ("Lost to follow-up", "subject-left")],
)
def test_dead_and_alive_are_decided_from_listed_words(word: str, event: str) -> None:
    draft = suggested(a_table("t", [{**ROW, "Status": word}]), "draft").replace("TODO", "Named")

    (rule,) = [each for each in map_of(draft, "draft").events if each.when]
    assert (rule.event, rule.when[0].equals) == (event, (word,))


def test_a_word_that_is_not_known_is_a_question_and_the_draft_is_refused() -> None:
    draft = suggested(a_table("t", [{**ROW, "Status": "AWOL"}]), "draft")
    named = draft.replace("code: TODO", "code: T").replace("title: TODO", "title: A trial")

    with pytest.raises(EventError, match="do these words of Status mean dead or alive: AWOL"):
        map_of(named, "draft")

"""The table of measures: what it promises of itself, and the page that shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.measures import MEASURES, Measure

PAGE = Path(__file__).parents[2] / "docs" / "figures.md"


def shown() -> dict[str, list[str]]:
    """Return the rows of the page's table of measures, by word."""
    section = PAGE.read_text(encoding="utf-8").split("## Measures")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "`" in line[:4]]
    return {re.sub("`", "", word): rest for word, *rest in rows}


def test_the_page_shows_every_measure_as_the_table_has_it() -> None:
    page = shown()

    assert list(page) == list(MEASURES)
    for word, (meaning, needs, history, checked) in page.items():
        measure = MEASURES[word]
        assert meaning == measure.meaning
        assert ("a time" in needs, "a category" in needs) == (measure.landmark, measure.category)
        assert ("an evaluator" in needs) == measure.assessed
        assert (history == "yes", checked) == (measure.history, measure.checked or "no")


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.word)
def test_a_measure_is_checked_by_an_audit_or_says_why_not(measure: Measure) -> None:
    assert bool(measure.checked) != bool(measure.not_checked)


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.word)
def test_only_what_rests_on_assessments_takes_an_evaluator(measure: Measure) -> None:
    fields: dict[str, Any] = {"figure": "f", "measure": measure.word, "value": "1", "unit": "count", "words": "w"}

    for stated in ({"evaluator": "independent"}, {"confirmation": "confirmed"}):
        if measure.assessed or measure.word == "other":
            AnnouncedFigure.model_validate({**fields, **stated})
        else:
            with pytest.raises(ValidationError, match="rests on no assessments"):
                AnnouncedFigure.model_validate({**fields, **stated})


def test_a_figure_without_the_new_fields_is_stored_as_before() -> None:
    figure = AnnouncedFigure(figure="f", measure="orr", value="40", unit="percent", words="w")

    assert figure.model_dump(mode="json", exclude_none=True) == {
        "figure": "f", "measure": "orr", "value": "40", "unit": "percent", "comparator": "=", "ongoing": False,
        "cohorts": [], "external": False, "words": "w", "inferred": [],
    }  # fmt: skip

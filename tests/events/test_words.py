"""Events in words."""

from __future__ import annotations

import pytest

from trialog.events import words
from trialog.events.registry import BY_NUMBER, build, kind_named

COMMON = {"occurred_on": "2017-03-17", "source": "s"}


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("subject-enrolled", {"subject": "001", "cohort": "1", "prior_lines": 5},
         "subject-enrolled 001 on 2017-03-17: cohort 1, 5 prior lines"),
        ("dose-administered", {"subject": "001", "amount": "25", "unit": "mCi/m2", "duration_minutes": 30},
         "dose-administered 001 on 2017-03-17: 25 mCi/m2 in 30 min"),
        ("response-assessed", {"subject": "001", "criteria": "RECIST 1.1", "category": "PR", "confirmed": False},
         "response-assessed 001 on 2017-03-17: PR by RECIST 1.1 (investigator), not confirmed"),
        ("evaluability-decided", {"subject": "001", "evaluable": False, "why": "no dose"},
         "evaluability-decided 001 on 2017-03-17: not evaluable: no dose"),
        ("cohort-opened", {"cohort": "2", "planned_dose": "25", "planned_unit": "mCi/m2", "fractions": 2, "planned_n": 4},
         "cohort-opened 2 on 2017-03-17: 25 mCi/m2 in 2 fractions, 4 subjects planned"),
        ("subject-left", {"subject": "001", "reason": "lost to follow-up"},
         "subject-left 001 on 2017-03-17: lost to follow-up"),
    ],
)  # fmt: skip
def test_an_event_as_one_phrase(kind: str, fields: dict[str, object], sentence: str) -> None:
    assert words.sentence(build(kind_named(kind), {**COMMON, **fields})) == sentence


def test_a_correction_says_what_it_changes_and_what_it_removes() -> None:
    assert words.changes({"cohort": "2", "evaluable": True, "age": None}) == "cohort = 2, evaluable = true, age removed"


def test_every_kind_that_says_more_than_its_day_has_words() -> None:
    silent = {kind.__name__ for kind in BY_NUMBER.values()} - {kind.__name__ for kind in words._DETAILS}

    assert silent == {"CohortClosed"}

"""A figure from day to day, and what moved it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import (
    Bench,
    assessed,
    corrected,
    day,
    died,
    dosed,
    draft,
    enrolled,
    opened,
    progressed,
    retracted,
    seen,
)
from tests.stories.test_promises import BEGIN, DAYS, histories
from trialog.application.recording.receipt import RefusedError
from trialog.events.dates import iso
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.entry import Draft
from trialog.events.errors import QuestionError
from trialog.events.measures import MEASURES, WITH_HISTORY
from trialog.projections.changes.course import Course, by_cutoff, by_known_at
from trialog.projections.changes.events import excerpt
from trialog.projections.changes.moves import Effect, Move, count_of_events, moves
from trialog.projections.changes.restatement import restate
from trialog.projections.measures import WITH_DAYS, MeasureAnswer, MeasureQuestion, answer
from trialog.projections.trial_data import TrialData

DEFINITIONS = (
    TO_DATE,
    KAPLAN_MEIER,
    replace(TO_DATE, origin="first dose", population="dosed"),
    replace(KAPLAN_MEIER, population="dosed", censoring="cutoff"),
    replace(KAPLAN_MEIER, population="evaluable", ties="midpoint to end"),
    replace(TO_DATE, population="not dosed"),
    replace(KAPLAN_MEIER, month="calendar"),
)


def recorded(folder: str, history: list[tuple[int, Draft]]) -> TrialData:
    """Append what the rules accept, each on its day, and read it."""
    bench = Bench(Path(folder), "2020-01-01")
    for when, said in history:
        bench.today(iso(when))
        try:
            bench.append(said)
        except RefusedError:
            continue
    data = bench.data()
    bench.log.close()
    return data


def answers(course: Course) -> list[MeasureAnswer]:
    def known(value: float) -> float | None:
        return None if np.isnan(value) else float(value)

    return [
        MeasureAnswer(known(course.value[at]), known(course.lower[at]), known(course.upper[at]), int(course.n[at]), int(course.events[at]))
        for at in range(course.day.size)
    ]  # fmt: skip


questions = st.builds(
    lambda measure, definition: MeasureQuestion(
        measure,
        ("A",),
        definition,
        at=30 if MEASURES[measure].landmark else None,
        category="PR" if MEASURES[measure].category else None,
    ),
    st.sampled_from(sorted(WITH_HISTORY)),
    st.sampled_from(DEFINITIONS),
)


@settings(max_examples=40)
@given(histories(), questions, st.none() | st.integers(0, 2 * DAYS), st.integers(0, 4))
def test_every_cutoff_of_a_history_is_the_snapshot_of_that_day(
    history: list[tuple[int, Draft]], question: MeasureQuestion, known: int | None, offset: int
) -> None:
    with TemporaryDirectory() as folder:
        data = recorded(folder, history)
    known_at = None if known is None else BEGIN + known
    course = by_cutoff(excerpt(data.columns, ("A",)), question, BEGIN - 5, BEGIN + DAYS + 5, known_at)

    found = answers(course)
    for at in range(offset, len(found), 5):
        assert found[at] == answer(data.as_of(BEGIN - 5 + at, known_at), question), iso(BEGIN - 5 + at)


@settings(max_examples=30)
@given(histories(), questions, st.integers(0, DAYS))
def test_every_known_at_day_of_a_history_is_what_was_known_then(
    history: list[tuple[int, Draft]], question: MeasureQuestion, cutoff: int
) -> None:
    with TemporaryDirectory() as folder:
        data = recorded(folder, history)
    course = by_known_at(excerpt(data.columns, ("A",)), question, BEGIN, BEGIN + 2 * DAYS, BEGIN + cutoff)

    found = answers(course)
    for at in range(0, len(found), 11):
        assert found[at] == answer(data.as_of(BEGIN + cutoff, BEGIN + at), question)


@settings(max_examples=30)
@given(histories(), questions, st.sampled_from(["cutoff", "known-at"]))
def test_what_moved_a_figure_adds_up_to_the_move(
    history: list[tuple[int, Draft]], question: MeasureQuestion, axis: str
) -> None:
    with TemporaryDirectory() as folder:
        data = recorded(folder, history)
    of = excerpt(data.columns, ("A",))
    if axis == "cutoff":
        course = by_cutoff(of, question, BEGIN - 5, BEGIN + DAYS, None)
    else:
        course = by_known_at(of, question, BEGIN - 5, BEGIN + 2 * DAYS, BEGIN + DAYS // 2)
    found = list(moves(of, course))

    values = [each.value for each in answers(course)]
    begin = int(course.day[0])
    value = values[0]
    for move in found:
        # Between two moves nothing changed, and within one each effect starts where the last one ended.
        assert move.before.value == value == values[move.since - begin]
        for effect in move.effects:
            assert effect.before == value
            value = effect.after
        assert value == move.after.value == values[move.day - begin]
    assert value == values[-1]


HISTORY = [
    enrolled("a", "2016-01-01", reported_on="2016-01-02", event_id="ea"),
    enrolled("b", "2016-01-11", reported_on="2016-01-12"),
    died("a", "2016-01-21", reported_on="2016-02-01", event_id="da"),
    seen("b", "2016-03-01", reported_on="2016-03-01"),
]


def steps(bench: Bench, definition: Definition, first: str, last: str, **ask: Any) -> list[tuple[Any, ...]]:
    of = excerpt(bench.data().columns, ("A",))
    question = MeasureQuestion(ask.pop("measure", "median-os"), ("A",), definition)
    course = by_cutoff(of, question, day(first), day(last), None)
    return [summary(move) for move in moves(of, course)]


def summary(move: Move) -> tuple[Any, ...]:
    return (
        iso(move.since),
        iso(move.day),
        move.before.value,
        move.after.value,
        [cause(effect) for effect in move.effects],
    )


def cause(effect: Effect) -> tuple[str, float | None, float | None]:
    name = "calendar" if effect.event is None else effect.event.sentence
    return name, effect.before, effect.after


def test_what_moved_a_to_date_median_by_hand(bench: Bench) -> None:
    bench.append_all(HISTORY)

    assert steps(bench, TO_DATE, "2015-12-31", "2016-01-31") == [
        ("2015-12-31", "2016-01-01", None, 0, [("subject-enrolled a on 2016-01-01: cohort A (#3)", None, 0)]),
        ("2016-01-01", "2016-01-10", 0, 9, [("calendar", 0, 9)]),
        # A day older, a is 10 days in; then b comes with 0.
        ("2016-01-10", "2016-01-11", 9, 5, [
            ("calendar", 9, 10), ("subject-enrolled b on 2016-01-11: cohort A (#4)", 10, 5),
        ]),
        # The death on the 21st moves nothing that day; from then on only b grows.
        ("2016-01-11", "2016-01-31", 5, 20, [("calendar", 5, 20)]),
    ]  # fmt: skip


def test_what_moved_a_kaplan_meier_median_by_hand(bench: Bench) -> None:
    bench.append_all(HISTORY)

    # On the 21st one of two is dead: S stands at one half, and at its flat end the first day there counts.
    assert steps(bench, KAPLAN_MEIER, "2015-12-31", "2016-03-31") == [
        ("2016-01-20", "2016-01-21", None, 20, [("subject-died a on 2016-01-21 (#5)", None, 20)]),
    ]


def test_assessments_move_what_follows_from_them(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01"), assessed("a", "2016-02-01", "PR"), assessed("a", "2016-03-01", "PR"),
        progressed("a", "2016-04-01"),
    )  # fmt: skip

    assert [each[1:] for each in steps(bench, KAPLAN_MEIER, "2016-01-01", "2016-06-01", measure="median-pfs")] == [
        ("2016-04-01", None, 91, [("progression-found a on 2016-04-01 (#6)", None, 91)]),
    ]
    assert [each[1:] for each in steps(bench, KAPLAN_MEIER, "2016-01-01", "2016-06-01", measure="orr")] == [
        ("2016-02-01", 0, 1, [("response-assessed a on 2016-02-01: PR by IMWG 2016 (investigator) (#4)", 0, 1)]),
    ]
    of = excerpt(bench.data().columns, ("A",))
    course = by_cutoff(of, MeasureQuestion("median-os", ("A",)), day("2016-01-01"), day("2016-06-01"), None)
    assert count_of_events(of, course) == 0


def test_a_restatement_names_what_became_known_and_its_effect(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "2016-03-10")
    bench.append_all(HISTORY)
    bench.today("2016-04-01")
    bench.append(corrected("da", {"occurred_on": "2016-01-25"}, "2016-04-01"))
    bench.today("2016-04-05")
    bench.append(retracted("da", "2016-04-05"), died("b", "2016-03-05"))
    of = excerpt(bench.data().columns, ("A",))
    asked = (MeasureQuestion("median-os", ("A",), TO_DATE), MeasureQuestion("count-dead", ("A",), TO_DATE))
    found = restate(of, asked, day("2016-03-10"), day("2016-01-15"), None)

    assert [[each.value for each in side] for side in (found.before, found.after)] == [[64, 0], [61.5, 1]]
    assert [
        (each.event.change, each.event.event, each.event.what, [one.value for one in each.after])
        for each in found.learned or ()
    ] == [
        ("new", "subject-died", "", [39.5, 1]),
        ("new", "subject-seen-alive", "", [39.5, 1]),
        ("corrected", "event-corrected", "subject-died (#5) occurred_on = 2016-01-25", [41.5, 1]),
        ("retracted", "event-retracted", "subject-died (#5)", [64, 0]),
        ("new", "subject-died", "", [61.5, 1]),
    ]
    assert [each.event.known_on for each in found.learned or ()][-3:] == ["2016-04-01", "2016-04-05", "2016-04-05"]
    assert found.moved
    assert not restate(of, asked, day("2016-03-10"), day("2016-04-05"), None).moved


def test_a_subject_who_is_moved_between_cohorts_is_followed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "2016-01-20")
    bench.append(opened("B"), enrolled("a", "2016-01-01", event_id="ea"))
    bench.today("2016-02-01")
    bench.append(corrected("ea", {"cohort": "B"}, "2016-02-01"))

    def known(label: str) -> list[int]:
        of = excerpt(bench.data().columns, (label,))
        course = by_known_at(
            of, MeasureQuestion("count-enrolled", (label,)), day("2016-01-31"), day("2016-02-01"), day("2016-03-01")
        )
        return [int(value) for value in course.value]

    assert (known("A"), known("B")) == ([1, 0], [0, 1])


def test_a_cohort_without_subjects_has_a_history(bench: Bench) -> None:
    of = excerpt(bench.data().columns, ("A",))
    for course in (
        by_cutoff(of, MeasureQuestion(), day("2016-01-01"), day("2016-01-03"), None),
        by_cutoff(of, MeasureQuestion("orr"), day("2016-01-01"), day("2016-01-03"), None),
        by_known_at(of, MeasureQuestion(), day("2016-01-01"), day("2016-01-03"), day("2016-01-01")),
    ):
        assert [each.value for each in answers(course)] == [None] * 3
        assert list(moves(of, course)) == []


def test_partial_dates_are_described_as_they_were_written(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016"), died("a", "2017-02"), draft("subject-left", "2017-01-05", subject="a", reason="completed"),
        draft("evaluability-decided", "2017-01-05", subject="a", evaluable=False), dosed("a", "2016-12-05", "12.5"),
    )  # fmt: skip
    of = excerpt(bench.data().columns, None)
    found = restate(of, (MeasureQuestion(),), day("2018-01-01"), day("2010-01-01"), None)

    assert [each.event.sentence for each in found.learned or ()] == [
        "subject-enrolled a on 2016: cohort A (#3)",
        "subject-died a on 2017-02 (#4)",
        "subject-left a on 2017-01-05: completed (#5)",
        "evaluability-decided a on 2017-01-05: not evaluable (#6)",
        "dose-administered a on 2016-12-05: 12.5 (#7)",
    ]


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda of: MeasureQuestion("median-oss"), "figure 'median-oss' is not known; did you mean 'median-os'?"),
        (lambda of: MeasureQuestion("os-rate"), "figure 'os-rate' is survival at a time; name it with --at"),
        (lambda of: MeasureQuestion("median-os", at=30), "figure 'median-os' has no landmark"),
        (lambda of: by_cutoff(of, MeasureQuestion(), 9, 3, None), "the last day of a history is before its first"),
        (lambda of: by_known_at(of, MeasureQuestion(), 0, 10**6, 3), "a history spans at most 200 years"),
    ],
)
def test_a_question_that_cannot_be_asked(bench: Bench, ask: Any, complaint: str) -> None:
    with pytest.raises(QuestionError, match=complaint):
        ask(excerpt(bench.data().columns, ("A",)))


def test_a_rate_needs_one_set_of_criteria(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01"), assessed("a", "2016-02-01", "PR"), assessed("a", "2016-02-01", "PR", "Lugano")
    )

    with pytest.raises(QuestionError, match="the log has IMWG 2016 and Lugano"):
        answer(bench.data().as_of(day("2016-03-01")), MeasureQuestion("orr"))


def test_the_table_says_which_measures_have_a_history() -> None:
    assert {MEASURES[word].statistic for word in WITH_HISTORY} == set(WITH_DAYS)

"""A history in one pass is what the figure of each day, computed from scratch, says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

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
from tests.projections.changes.test_changes import answers, recorded
from tests.stories.test_promises import BEGIN, DAYS
from trialog.events.dates import iso
from trialog.events.definition import CHOICES, Definition
from trialog.events.entry import Draft
from trialog.events.errors import QuestionError
from trialog.events.measures import MEASURES, WITH_HISTORY
from trialog.events.vocabulary import EVALUATORS
from trialog.projections.changes.course import Course, by_cutoff, by_known_at
from trialog.projections.changes.events import excerpt
from trialog.projections.confirmation import ResponseRule
from trialog.projections.measures import MeasureAnswer, MeasureQuestion, answer
from trialog.projections.state import change_points as moments
from trialog.projections.state.as_of import State

Said = list[tuple[int, Draft]]

CATEGORIES = ["CR", "PR", "PR", "SD", "PD", "NE"]


@st.composite
def some_day(draw: st.DrawFn, low: int, high: int) -> str:
    """Return a day, of which one in five is known to its month only."""
    text = iso(BEGIN + draw(st.integers(low, high)))
    return draw(st.sampled_from([text, text, text, text, text[:7]]))


@st.composite
def life(draw: st.DrawFn, subject: str, criteria: str) -> list[Draft]:
    """Return everything that a figure reads of one subject, the enrollment first, in any order after it."""
    number = 0

    def common() -> dict[str, Any]:
        nonlocal number
        number += 1
        known: dict[str, Any] = {"event_id": f"{subject}{number}"}
        if draw(st.booleans()):
            known["reported_on"] = iso(BEGIN + draw(st.integers(0, DAYS)))
        return known

    begin = draw(st.integers(0, 60))
    end = draw(st.integers(begin + 1, DAYS))
    more: dict[str, Any] = {}
    if draw(st.booleans()):
        more["randomised_on"] = draw(some_day(begin, begin + 10))
    if draw(st.integers(0, 4)) == 0:
        more["evaluable"] = draw(st.booleans())
    within = some_day(begin, end)
    first = enrolled(subject, draw(some_day(begin, begin)), draw(st.sampled_from("AAAB")), **more, **common())
    events = [
        assessed(
            subject, draw(within), draw(st.sampled_from(CATEGORIES)), criteria,
            evaluator=draw(st.sampled_from([*EVALUATORS, "investigator"])),
            confirmed=draw(st.sampled_from([None, None, True])), **common(),
        )
        for _ in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    events += [dosed(subject, draw(within), **common()) for _ in range(draw(st.integers(0, 2)))]
    events += [seen(subject, draw(within | some_day(end, DAYS)), **common()) for _ in range(draw(st.integers(0, 2)))]
    if draw(st.integers(0, 3)) == 0:
        events.append(progressed(subject, draw(within), **common()))
    if draw(st.integers(0, 3)) == 0:
        decided = draw(st.booleans())
        events.append(draft("evaluability-decided", draw(within), subject=subject, evaluable=decided, **common()))
    if draw(st.booleans()):
        events.append(died(subject, draw(some_day(end, end)), **common()))
    return [first, *draw(st.permutations(events))]


@st.composite
def amendments(draw: st.DrawFn, ids: list[str]) -> Draft:
    """Return a correction or a retraction of one of some events."""
    target = draw(st.sampled_from(ids))
    common: dict[str, Any] = {"event_id": f"amendment{draw(st.integers(0, 10**9))}"}
    if draw(st.booleans()):
        common["reported_on"] = iso(BEGIN + draw(st.integers(0, DAYS)))
    match draw(st.integers(0, 5)):
        case 0 | 1:
            return corrected(target, {"occurred_on": draw(some_day(0, DAYS))}, iso(BEGIN), **common)
        case 2:
            return corrected(target, {"category": draw(st.sampled_from(CATEGORIES))}, iso(BEGIN), **common)
        case 3:
            enrollments = [each for each in ids if each.endswith("1") and len(each) == 2]
            changes: dict[str, Any] = draw(st.sampled_from([{"cohort": "B"}, {"cohort": "A"}, {"evaluable": True}]))
            return corrected(draw(st.sampled_from(enrollments)), changes, iso(BEGIN), **common)
        case _:
            return retracted(target, iso(BEGIN), **common)


@st.composite
def trials(draw: st.DrawFn) -> Said:
    """Return days of recording, ascending, each with something said on it."""
    criteria = draw(st.sampled_from(["RECIST 1.1", "RECIST 1.1", "IMWG 2016"]))
    odd = draw(st.sampled_from([criteria, criteria, criteria, "Lugano"]))
    said = [
        each
        for subject in "abcde"[: draw(st.integers(1, 5))]
        for each in draw(life(subject, odd if subject == "c" else criteria))
    ]
    ids = [each.event_id for each in said if each.event_id is not None]
    for _ in range(draw(st.integers(0, 4))):
        amendment = draw(amendments(ids))
        assert amendment.event_id is not None
        # An amendment can be retracted too.
        ids.append(amendment.event_id)
        said.append(amendment)
    clock = sorted(draw(st.lists(st.integers(DAYS, 2 * DAYS), min_size=len(said), max_size=len(said))))
    return [(BEGIN, opened("B")), *((BEGIN + when, each) for when, each in zip(clock, said, strict=True))]


definitions = st.builds(
    Definition,
    **{part: st.sampled_from(known) for part, known in CHOICES.items()},
    level=st.sampled_from([0.95, 0.8]),
)


@st.composite
def questions(draw: st.DrawFn) -> list[MeasureQuestion]:
    """Return a question for every figure, all under one definition."""
    at = draw(st.sampled_from([0, 30, 61.5, 400]))
    common: dict[str, Any] = {
        "definition": draw(definitions),
        "evaluator": draw(st.sampled_from(EVALUATORS)),
        "confirmation": draw(st.sampled_from(["as assessed", "confirmed"])),
        "rule": ResponseRule(draw(st.sampled_from([0, 28])), draw(st.integers(0, 2)), draw(st.sampled_from([0, 42]))),
    }
    return [question_about(name, at, **common) for name in WITH_HISTORY]


def question_about(name: str, at: float, **common: Any) -> MeasureQuestion:
    """Return a question about a measure, with a landmark and a category if it needs them."""
    row = MEASURES[name]
    return MeasureQuestion(
        name, ("A",), at=at if row.landmark else None, category="PR" if row.category else None, **common
    )


windows = st.just((-5, DAYS + 10)) | st.tuples(st.integers(-5, DAYS), st.integers(0, DAYS))


def day_by_day(states: Iterable[State], question: MeasureQuestion) -> list[MeasureAnswer]:
    return [answer(state, question) for state in states]


def course_of(by: Callable[..., Course], *asked: Any) -> list[MeasureAnswer]:
    return answers(by(*asked))


def given_or_refused(figures: Callable[[], list[MeasureAnswer]]) -> list[MeasureAnswer] | str:
    try:
        return figures()
    except QuestionError as error:
        return str(error)


@settings(max_examples=40)
@given(trials(), questions(), st.none() | st.integers(0, 2 * DAYS), windows)
def test_at_every_cutoff(said: Said, asked: list[MeasureQuestion], known: int | None, window: tuple[int, int]) -> None:
    first, last = BEGIN + window[0], BEGIN + window[0] + window[1]
    known_at = None if known is None else BEGIN + known
    with TemporaryDirectory() as folder:
        of = excerpt(recorded(folder, said).columns, ("A",))

    rows = of.in_force_on(known_at)
    states = [of.cut(rows, cutoff, known_at) for cutoff in range(first, last + 1)]
    for question in asked:
        in_one_pass = given_or_refused(partial(course_of, by_cutoff, of, question, first, last, known_at))
        assert in_one_pass == given_or_refused(partial(day_by_day, states, question)), question


@settings(max_examples=30)
@given(trials(), questions(), st.integers(0, DAYS), windows)
def test_on_every_known_at_day(said: Said, asked: list[MeasureQuestion], until: int, window: tuple[int, int]) -> None:
    first, last, cutoff = BEGIN + window[0], BEGIN + window[0] + 2 * window[1], BEGIN + until
    with TemporaryDirectory() as folder:
        of = excerpt(recorded(folder, said).columns, ("A",))

    states = [of.cut(of.in_force_on(known), cutoff, known) for known in range(first, last + 1)]
    for question in asked:
        in_one_pass = given_or_refused(partial(course_of, by_known_at, of, question, first, last, cutoff))
        assert in_one_pass == given_or_refused(partial(day_by_day, states, question)), question


def test_a_subject_comes_in_on_the_day_of_randomisation(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-05", randomised_on="2016-01-09"),
        assessed("a", "2016-02-20", "PD"),
    )
    question = MeasureQuestion("median-pfs", ("A",), Definition(origin="randomisation"))
    course = by_cutoff(excerpt(bench.data().columns, ("A",)), question, day("2016-01-04"), day("2016-01-10"), None)

    assert course.n.tolist() == [0, 0, 0, 0, 0, 1, 1]


def test_an_assessment_known_to_its_month_moves_on_with_the_cutoff(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-05"), assessed("a", "2016-02", "PD"))
    course = by_cutoff(
        excerpt(bench.data().columns, ("A",)), MeasureQuestion("median-pfs"), day("2016-01-31"), day("2016-03-02"), None
    )

    assert answers(course)[0].value is None
    assert course.value[1:].tolist() == [*range(27, 56), 55, 55]


def test_follow_up_grows_until_the_last_contact(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-05"), seen("a", "2016-01-08"), seen("a", "2016-01-10"))
    course = by_cutoff(
        excerpt(bench.data().columns, ("A",)),
        MeasureQuestion("median-follow-up"),
        day("2016-01-05"),
        day("2016-01-14"),
        None,
    )

    assert course.value.tolist() == [0, 1, 2, 3, 4, 5, 5, 5, 5, 5]


def test_many_subjects_are_taken_some_at_a_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.append_all(
        said
        for number in range(20)
        for said in (
            enrolled(f"s{number}", iso(BEGIN + number), event_id=f"e{number}", reported_on=iso(BEGIN + 2 * number)),
            assessed(f"s{number}", iso(BEGIN + 40 + number), "PR" if number % 2 else "PD"),
            died(f"s{number}", iso(BEGIN + 90 + number), event_id=f"d{number}"),
        )
    )
    bench.append(corrected("e3", {"occurred_on": iso(BEGIN)}), retracted("d4"))
    of = excerpt(bench.data().columns, ("A",))

    def both(measure: str) -> tuple[list[MeasureAnswer], list[MeasureAnswer]]:
        question, last = MeasureQuestion(measure, ("A",)), BEGIN + DAYS
        return (
            answers(by_cutoff(of, question, BEGIN, last, None)),
            answers(by_known_at(of, question, BEGIN, last, last)),
        )

    at_once = [both(measure) for measure in ("median-pfs", "orr", "count-dead")]
    monkeypatch.setattr(moments, "_ROWS_AT_ONCE", 7)
    assert [both(measure) for measure in ("median-pfs", "orr", "count-dead")] == at_once

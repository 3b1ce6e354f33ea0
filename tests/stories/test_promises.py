"""The promises of the project, as properties."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
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
    progressed,
    retracted,
    seen,
)
from trialog.application.recording.receipt import RefusedError
from trialog.events.dates import iso
from trialog.events.entry import Draft
from trialog.projections.cohort_figures import group_figures
from trialog.projections.state.as_of import State

BEGIN = day("2020-01-01")
DAYS = 200


def some_day(low: int = 0, high: int = DAYS) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda number: iso(BEGIN + number))


@st.composite
def drafts(draw: st.DrawFn, number: int) -> Draft:
    """Return something that may be said of one of three subjects."""
    subject = draw(st.sampled_from(["a", "b", "c"]))
    when = draw(some_day())
    late = draw(st.none() | some_day(day(when) - BEGIN))
    common = {"event_id": f"x{number}"} | ({} if late is None else {"reported_on": late})
    target = f"x{draw(st.integers(0, max(number - 1, 0)))}"
    match draw(st.integers(0, 8)):
        case 0:
            return enrolled(subject, when, **common)
        case 1:
            return dosed(subject, when, **common)
        case 2:
            return died(subject, draw(st.sampled_from([when, when[:7]])), **common)
        case 3:
            return seen(subject, when, **common)
        case 4:
            return assessed(subject, when, draw(st.sampled_from(["PR", "SD", "PD", "NE"])), **common)
        case 5:
            return corrected(target, {"occurred_on": draw(some_day())}, when, **common)
        case 6:
            return retracted(target, when, **common)
        case 7:
            return progressed(subject, when, **common)
        case _:
            return draft("evaluability-decided", when, subject=subject, evaluable=draw(st.booleans()), **common)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, Draft]]:
    """Return days of recording, ascending, each with something said on it."""
    count = draw(st.integers(3, 25))
    clock = sorted(draw(st.lists(st.integers(DAYS, 2 * DAYS), min_size=count, max_size=count)))
    return [(BEGIN + when, draw(drafts(number))) for number, when in enumerate(clock)]


def same(one: State, other: State) -> bool:
    """Tell whether two states are equal in everything but the log they were read from."""
    for field in fields(State):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if field.name in ("size", "root"):
            continue
        if is_dataclass(left):  # assessments: arrays side by side
            if not all(np.array_equal(getattr(left, each.name), getattr(right, each.name)) for each in fields(left)):
                return False
        elif isinstance(left, np.ndarray):
            floats = left.dtype.kind == "f"
            if not np.array_equal(left, right, equal_nan=floats):
                return False
        elif left != right:
            return False
    return True


@settings(max_examples=60)
@given(histories(), st.integers(0, 2 * DAYS), st.integers(0, DAYS))
def test_later_knowledge_never_changes_an_earlier_answer(
    history: list[tuple[int, Draft]], known: int, cutoff: int
) -> None:
    """What becomes known after a day leaves every answer as known on that day as it was."""
    known_at, until = BEGIN + known, BEGIN + cutoff
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), "2020-01-01")
        answers = []
        for when, said in history:
            bench.today(iso(when))
            before = bench.data().as_of(until, known_at)
            try:
                bench.append(said)
            except RefusedError:
                continue
            reported = said.event.reported_on
            became_known = when if reported is None else day(reported)
            if became_known > known_at:
                answers.append((before, bench.data().as_of(until, known_at)))
        bench.log.close()
    assert all(same(before, after) for before, after in answers)


@settings(max_examples=40)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_no_figure(history: list[tuple[int, Draft]], random: object) -> None:
    """The same facts, reported on the same days, give the same figures however they came in."""
    said = [
        Draft(each.event.model_copy(update={"reported_on": "2020-12-01"}), each.event_id)
        for _, each in history
        if each.event.occurred_on is not None and each.event.KIND not in (12, 13)
    ]
    shuffled = list(said)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    with TemporaryDirectory() as folder:
        one, other = Bench(Path(folder), "2021-06-01", "1.db"), Bench(Path(folder), "2021-06-01", "2.db")
        try:
            one.append_all(said)
        except RefusedError:
            one.log.close()
            other.log.close()
            return
        other.append_all(shuffled)
        figures = [group_figures(bench.data().as_of(BEGIN + DAYS // 2), "A", ("A",)) for bench in (one, other)]
        one.log.close()
        other.log.close()
    assert figures[0] == figures[1]

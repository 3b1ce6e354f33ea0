"""The counting model, the general model and the law against every history of tiny cohorts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.brute import possible
from tests.audit.builders import asked
from trialog.audit.deciding import km_patterns as kaplan
from trialog.audit.deciding import to_date_solver as paths
from trialog.audit.deciding.history import satisfies
from trialog.audit.deciding.model import HistoryModel
from trialog.audit.deciding.quick_search import try_simple
from trialog.audit.deciding.solver import Effort
from trialog.audit.reading.constraints import ConstraintProblem, NumericClaim
from trialog.audit.reading.lengths import united
from trialog.events.announced_figure import Window

SAID = {"yes": True, "no": False}


@st.composite
def figures(draw: st.DrawFn, most: int = 4, horizon: int = 7) -> list[tuple[int, int, int]]:
    """Return cutoffs with medians in half days that rise about as fast as the law allows, or not."""
    cutoffs = sorted(draw(st.sets(st.integers(1, horizon), min_size=1, max_size=most)))
    value, before, found = draw(st.integers(0, 2 * cutoffs[0])), cutoffs[0], []
    for cutoff in cutoffs:
        days = cutoff - before
        value = max(0, value + draw(st.sampled_from([0, 2 * days, days, 2 * days + 1, -1, 1])))
        width = draw(st.sampled_from([0, 0, 0, 1]))
        found.append((cutoff, value - width, value + width))
        before = cutoff
    return found


@settings(max_examples=400)
@given(st.integers(1, 4), figures(), st.integers(0, 1))
def test_the_counting_model_equals_every_history(n: int, some: list[tuple[int, int, int]], opened: int) -> None:
    question = asked(n, some, opened=min(opened, some[0][0]))

    outcome, history = paths.decide(question, 0, "os", Effort())

    assert SAID[outcome] is possible(question)
    if history is not None:
        assert satisfies(history, question)


@settings(max_examples=80)
@given(st.integers(1, 3), figures(most=3, horizon=5))
def test_the_general_model_equals_every_history(n: int, some: list[tuple[int, int, int]]) -> None:
    question = asked(n, some, opened=0)

    outcome, history = HistoryModel(question).decide(Effort())

    assert SAID[outcome] is possible(question)
    if history is not None:
        assert satisfies(history, question)


@settings(max_examples=120)
@given(
    st.integers(1, 3),
    figures(most=3, horizon=5),
    st.booleans(),
    st.sampled_from(["midpoint", "first day"]),
    st.sampled_from(["all", "first", "not reached"]),
)
def test_kaplan_meier_medians_equal_every_history(
    n: int, some: list[tuple[int, int, int]], lost: bool, ties: Literal["midpoint", "first day"], which: str
) -> None:
    question = asked(n, some, opened=0, ties=ties)
    parts = list(question.parts)
    curves = range(len(parts)) if which == "all" else range(1)
    for place in curves:
        parts[place] = with_(parts[place], estimators=("kaplan-meier",))
    if which == "not reached":
        parts[0] = with_(parts[0], estimators=("kaplan-meier",), not_reached=True, ranges=((parts[0].low, None),))
    parts = [with_(part, last_known_alive=lost) for part in parts]
    question = ConstraintProblem(question.numbers, question.cutoffs, tuple(parts), question.starts)

    outcome, history = HistoryModel(question).decide(Effort())

    assert SAID[outcome] is possible(question)
    if history is not None:
        assert satisfies(history, question)


def with_(part: NumericClaim, **fields: Any) -> NumericClaim:
    return replace(part, **fields)


COUNTS = st.lists(st.tuples(st.sampled_from(["alive", "dead"]), st.integers(0, 3)), min_size=1, max_size=2)


@settings(max_examples=80)
@given(st.integers(1, 3), figures(most=3, horizon=5), COUNTS, st.data())
def test_counts_of_the_living_and_the_dead_equal_every_history(
    n: int, some: list[tuple[int, int, int]], counts: list[tuple[Literal["alive", "dead"], int]], data: st.DataObject
) -> None:
    question = asked(n, some, opened=0)
    parts = list(question.parts)
    for quantity, count in counts:
        release = data.draw(st.integers(0, len(some) - 1))
        parts.append(with_(parts[0], quantity=quantity, release=release, ranges=((count, count),)))
    question = ConstraintProblem(question.numbers, question.cutoffs, tuple(parts), question.starts)

    outcome, history = HistoryModel(question).decide(Effort())

    assert SAID[outcome] is possible(question)
    if history is not None:
        assert satisfies(history, question)


@settings(max_examples=80)
@given(st.integers(1, 3), st.integers(2, 5), st.data())
def test_means_extremes_and_rates_equal_every_history(n: int, cutoff: int, data: st.DataObject) -> None:
    question = asked(n, [(cutoff, 0, 2 * cutoff)], opened=0)
    (median,) = question.parts
    low = data.draw(st.integers(0, n * cutoff))
    parts = [
        with_(median, quantity="mean", ranges=((low, low),)),
        with_(median, quantity=data.draw(st.sampled_from(["shortest", "longest"])), ranges=((1, data.draw(st.integers(1, 4))),)),
        with_(
            median, quantity="rate", landmarks=(data.draw(st.integers(0, 4)),), ranges=united([(1, data.draw(st.integers(0, n)))]),
            window=Window(None, None),
        ),
    ]  # fmt: skip
    question = ConstraintProblem(question.numbers, question.cutoffs, tuple(parts), question.starts)

    outcome, history = HistoryModel(question).decide(Effort())

    assert SAID[outcome] is possible(question)
    if history is not None:
        assert satisfies(history, question)


@settings(max_examples=100)
@given(st.integers(9, 40), st.integers(30, 400), st.data())
def test_simple_histories_give_what_they_are_made_for(n: int, cutoff: int, data: st.DataObject) -> None:
    """Any number of subjects, one release: a median within the follow-up, with limits on either side of it."""
    median = data.draw(st.integers(2, cutoff - 2))
    question = asked(n, [(cutoff, 2 * median - 1, 2 * median + 1)], estimators=("kaplan-meier",))

    history = try_simple(question)

    assert history is not None
    assert satisfies(history, question)


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        pytest.param((True, True, True, True), (1, 2), id="1 2 3 4: between 2 and 3, R 2.5"),
        pytest.param((True, True, False, True), (1, 3), id="5 10 12+ 20: between 10 and 20, R 15"),
        pytest.param((True, True, True), (1, 1), id="1 2 3: 2"),
        pytest.param((True, True, False, False), (1, 1), id="flat end: the first day at one half, R print"),
        pytest.param((True, False, False, False), None, id="one death of four: not reached"),
    ],
)
def test_the_place_of_a_median_follows_from_the_pattern_of_deaths(
    pattern: tuple[bool, ...], places: tuple[int, int] | None
) -> None:
    assert dict(kaplan.median_places(len(pattern), "midpoint"))[pattern] == places


def test_a_flat_end_at_one_half_may_be_called_not_reached() -> None:
    """SAS calls it not evaluable; half of the subjects alive and "not reached" is said of it."""
    assert (True, True, False, False) in kaplan.not_reached(4)
    assert (True, True, True, False) not in kaplan.not_reached(4)


def test_limits_without_censoring_stand_on_ranks_that_r_gives() -> None:
    # R 4.2: summary(survfit(Surv(1:20, rep(1, 20)) ~ 1, conf.type = "log"))$table: 0.95LCL 7, 0.95UCL 16
    assert kaplan.ranks_without_censoring(20, 0.95) == ((6, 6), (15, 15))

"""The span of a median over the days that partly known dates may mean."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import Bench, day, died, dosed, enrolled, seen
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.projections import survival
from trialog.projections.date_uncertainty import MedianRange, Uncertain, kaplan_meier_span, span
from trialog.projections.estimators.crossing import QuantileRule

NEVER = 10**6

subjects = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 3), st.sampled_from(["died", "perhaps", "living"])),
    min_size=1,
    max_size=5,
)


@given(subjects, st.sampled_from(["midpoint", "first day"]))
def test_the_span_holds_every_possible_median_and_its_ends_occur(rows: list[tuple[int, int, str]], ties: str) -> None:
    """Against every combination of days, counted one by one."""
    definition = Definition(ties=ties)  # type: ignore[arg-type]
    of = Uncertain(
        shortest=np.array([low for low, _, _ in rows]),
        longest=np.array([low + more for low, more, _ in rows]),
        died=np.array([state == "died" for *_, state in rows]),
        living=np.array([state == "living" for *_, state in rows]),
    )
    choices = [
        [(time, state != "living") for time in range(low, low + more + 1)]
        + ([(low + more, False)] if state == "perhaps" else [])
        for low, more, state in rows
    ]
    medians = []
    for combination in product(*choices):
        found = survival([time for time, _ in combination], [dead for _, dead in combination], definition).median
        medians.append(NEVER if found is None else found)

    lower, upper, exact = kaplan_meier_span(of, QuantileRule.of(definition))
    low, high = (NEVER if end is None else end for end in (lower, upper))
    assert low <= min(medians)
    assert max(medians) <= high
    if exact:
        assert (low, high) == (min(medians), max(medians))


HISTORY = [
    enrolled("a", "2016-01-11"),
    died("a", "2016-03"),  # day 50 to 80
    enrolled("b", "2016-01-01"),
    died("b", "2016-02-10"),  # day 40
    enrolled("c", "2016-02"),  # living; 123 to 151 days at the cutoff
    enrolled("d", "2016-01-01"),
    seen("d", "2016-06"),  # last contact on day 152 to 181
]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        # 40, 50 to 80, 123 to 151, 182: the middle two.
        pytest.param(TO_DATE, MedianRange((50 + 123) / 2, (80 + 151) / 2, True, 2), id="to date"),
        # c was last seen at enrollment: 0 to 28 days; 152 to 181 for d.
        pytest.param(replace(TO_DATE, censoring="last known alive"), MedianRange((40 + 50) / 2, (40 + 80) / 2, True, 3),
                     id="to date, at last known alive"),
        # Two of four die first: S stands at one half from the second death on, to the end.
        pytest.param(replace(KAPLAN_MEIER, censoring="cutoff", ties="first day"), MedianRange(50, 80, True, 2),
                     id="Kaplan-Meier"),
        pytest.param(replace(TO_DATE, origin="first dose"), None, id="nobody dosed: nothing partial"),
    ],
)  # fmt: skip
def test_the_span_by_hand(bench: Bench, definition: Definition, expected: MedianRange | None) -> None:
    bench.append_all(HISTORY)
    state = bench.data().as_of(day("2016-07-01"))

    assert span(state, definition) == expected


def test_complete_dates_have_no_span(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-11"), dosed("a", "2016-02"), died("a", "2016-03-01"))
    state = bench.data().as_of(day("2016-07-01"))

    assert span(state, TO_DATE) is None
    assert span(state, replace(TO_DATE, origin="first dose")) == MedianRange(1, 29, True, 1)


def test_a_death_that_may_lie_after_the_cutoff_may_be_none(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01"), died("a", "2016"))
    state = bench.data().as_of(day("2016-07-01"))

    assert span(state, KAPLAN_MEIER) == MedianRange(0, None, True, 1)
    assert span(state, TO_DATE) == MedianRange(0, 182, True, 1)

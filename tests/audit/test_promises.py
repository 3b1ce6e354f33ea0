"""What an audit promises of any series, with small random ones."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.audit.builders import TO_DATE, answered, auditor, said
from trialog.audit.answering.answer import AuditResult
from trialog.audit.deciding.search import Auditor
from trialog.events.dates import day_number

FIRST = day_number("2017-01-01")
DAYS = {"unit": "days"}

Cells = dict[str, str]


@st.composite
def announced(draw: st.DrawFn, least: int = 1) -> list[Cells]:
    """Return medians in days of one cohort of four, that rise about as fast as the law allows, with a count or two."""
    days = sorted(draw(st.sets(st.integers(0, 400), min_size=least, max_size=4)))
    value, before, found = draw(st.integers(20, 300)), days[0], []
    for day in days:
        value = max(1, value + draw(st.sampled_from([0, day - before, day - before + 3, (day - before) // 2, -3])))
        found.append(said(str(value), FIRST + day, **DAYS))
        before = day
    for day in draw(st.lists(st.sampled_from(days), max_size=1, unique=True)):
        found.append(said(str(draw(st.integers(0, 4))), FIRST + day, "n_alive", unit="count"))
    return found


def auditor_of(cells: list[Cells]) -> Auditor:
    return auditor(*cells, **TO_DATE)


def outcome(cells: list[Cells]) -> str:
    asking = auditor_of(cells)
    found = asking.outcome(asking.rows)
    assert found != "unknown"
    return found


def conflict_of(cells: list[Cells]) -> list[int]:
    """Return the numbers of the conflict's rows, from 1."""
    asking = auditor_of(cells)
    found = asking.conflict()
    assert found.minimal
    return sorted(asking.series.readings[row].row.number for row in found.rows)


@settings(max_examples=60)
@given(announced(), st.data())
def test_the_answer_and_the_conflict_do_not_depend_on_the_order_of_rows(
    cells: list[Cells], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(cells))

    assert outcome(cells) == outcome(shuffled)
    if outcome(cells) == "no":
        there = [cells[number - 1] for number in conflict_of(cells)]
        other = [shuffled[number - 1] for number in conflict_of(shuffled)]
        assert sorted(map(str, there)) == sorted(map(str, other))


@settings(max_examples=60)
@given(announced(least=2))
def test_a_figure_more_never_makes_an_inconsistent_series_consistent(cells: list[Cells]) -> None:
    if outcome(cells[:-1]) == "no":
        assert outcome(cells) == "no"


@settings(max_examples=60)
@given(announced(least=2))
def test_without_any_one_of_its_rows_the_conflict_is_none(cells: list[Cells]) -> None:
    assume(outcome(cells) == "no")
    conflict = [cells[number - 1] for number in conflict_of(cells)]

    assert outcome(conflict) == "no"
    for place in range(len(conflict)):
        rest = conflict[:place] + conflict[place + 1 :]
        assert not rest or outcome(rest) == "yes"


@settings(max_examples=10)
@given(announced())
def test_a_witness_gives_every_figure(cells: list[Cells]) -> None:
    """By plain lists and sorting of the written events, without the solver or the projections."""
    answer = answered(*cells, **TO_DATE)
    assume(answer.answer == "consistent")

    entered = _days(answer, "subject-enrolled")
    died = _days(answer, "subject-died")
    # A subject lost to follow-up was last known alive on the day of leaving.
    ended = died | _days(answer, "subject-left")
    assert len(entered) == 4
    for row in cells:
        cutoff = day_number(row["date_announced"])
        times = sorted(min(ended.get(subject, cutoff), cutoff) - entered[subject] for subject in entered)
        if row["measure"] == "n_alive":
            alive = sum(died.get(subject, cutoff + 1) > cutoff for subject in entered)
            assert alive == int(row["value"])
        else:
            assert abs(Decimal(times[1] + times[2]) / 2 - Decimal(row["value"])) <= Decimal("0.5")


def _days(answer: AuditResult, event: str) -> dict[str, int]:
    return {line["subject"]: day_number(line["occurred_on"]) for line in answer.witness if line["event"] == event}


@settings(max_examples=40)
@given(
    st.integers(1, 6), st.lists(st.tuples(st.integers(0, 300), st.integers(0, 600)), min_size=6, max_size=6), st.data()
)
def test_figures_of_a_real_history_are_never_called_inconsistent(
    n: int, subjects: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Planted: subjects with an entry and a survival each, and their medians rounded to a tenth of a month."""
    planted = subjects[:n]
    first = max(entry for entry, _ in planted)
    cutoffs = sorted(data.draw(st.sets(st.integers(first, first + 500), min_size=1, max_size=4)))
    cells = []
    for cutoff in cutoffs:
        times = sorted(min(entry + survival, cutoff) - entry for entry, survival in planted)
        median = Decimal(times[(n - 1) // 2] + times[n // 2]) / 2 / Decimal("30.4375")
        cells.append(said(str(median.quantize(Decimal("0.1"))), FIRST + cutoff, n=str(n)))

    assert outcome(cells) == "yes"


def test_an_earlier_cutoff_repairs_and_a_day_less_does_not() -> None:
    """100 days of rise in 40, half a day of rounding on either side: the first figure is 59 days older."""
    cells = [said("100", "2017-01-01", **DAYS), said("200", "2017-02-10", **DAYS)]
    answer = answered(*cells, **TO_DATE)
    earlier = next(repair for repair in answer.repairs if repair.kind == "earlier cutoff")

    assert earlier.details["lag_days"] == 59
    assert outcome([{**cells[0], "data_cutoff": "2016-11-03"}, cells[1]]) == "yes"
    assert outcome([{**cells[0], "data_cutoff": "2016-11-04"}, cells[1]]) == "no"

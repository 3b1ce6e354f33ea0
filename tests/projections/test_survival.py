"""Medians, limits and follow-up against R, and by hand."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialog.events.errors import QuestionError
from trialog.projections.survival import follow_up, survival, to_date_median

ORACLE = Path(__file__).parents[1] / "data" / "oracle"


def rows(name: str) -> Iterator[dict[str, str]]:
    with (ORACLE / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def reached(text: str) -> float | None:
    return None if text == "NA" else float(text)


def cases() -> dict[str, tuple[list[int], list[int]]]:
    found: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for row in rows("small_input.csv"):
        found[row["group"]][0].append(int(row["time_days"]))
        found[row["group"]][1].append(int(row["status"]))
    return found


CASES = cases()


@pytest.mark.parametrize("row", [pytest.param(row, id=row["group"]) for row in rows("small_summary.csv")])
def test_small_and_degenerate_cases_equal_r(row: dict[str, str]) -> None:
    days, died = CASES[row["group"]]
    curve, reverse = survival(days, died), follow_up(days, died)

    expected = {name: reached(row[name]) for name in row if name not in ("dataset", "group", "fu_median_deaths_first")}
    limits = {kind: curve.limits(kind, 0.95) for kind in ("plain", "log", "log-log")}
    assert {
        "n": curve.n,
        "events": curve.total_deaths,
        "max_time": curve.day[-1],
        "median": curve.quantile(),
        "median_quantile_rule": curve.quantile(flat_end="midpoint"),
        "lcl_plain": limits["plain"][0],
        "ucl_plain": limits["plain"][1],
        "lcl_log": limits["log"][0],
        "ucl_log": limits["log"][1],
        "lcl_loglog": limits["log-log"][0],
        "ucl_loglog": limits["log-log"][1],
        "fu_median": reverse.quantile(),
        "fu_lcl_log": reverse.limits("log", 0.95)[0],
        "fu_ucl_log": reverse.limits("log", 0.95)[1],
        "fu_lcl_loglog": reverse.limits("log-log", 0.95)[0],
        "fu_ucl_loglog": reverse.limits("log-log", 0.95)[1],
        "observed_time_median": to_date_median(days),
    } == expected


def test_a_curve_by_hand() -> None:
    """Acute myelogenous leukaemia, maintained arm (R survival::aml), weeks."""
    curve = survival([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])

    assert curve.at_risk.tolist() == [11, 10, 8, 7, 6, 5, 4, 3, 2, 1]
    assert curve.survival[:3].tolist() == pytest.approx([10 / 11, 9 / 11, 63 / 88], rel=1e-15)
    assert curve.quantile() == 31


@pytest.mark.parametrize("n", range(2, 101, 2))
def test_exactly_one_half_is_decided_in_whole_numbers(n: int) -> None:
    """Without censoring the median of 1 to n is the middle; floats miss it in one even n of four."""
    assert survival(range(1, n + 1), [1] * n).quantile() == (n + 1) / 2


@pytest.mark.parametrize(
    ("days", "died", "ties", "flat_end", "expected"),
    [
        pytest.param([1, 2, 3, 4], [1, 1, 1, 1], "midpoint", "first day", 2.5, id="R and SAS take the midpoint"),
        pytest.param([1, 2, 3, 4], [1, 1, 1, 1], "first day", "first day", 2, id="lifelines takes the first day"),
        pytest.param([54, 75, 77, 84, 87, 92, 103, 105, 112, 118], [1] * 5 + [0] * 5, "midpoint", "first day", 87,
                     id="flat end: R's print"),
        pytest.param([54, 75, 77, 84, 87, 92, 103, 105, 112, 118], [1] * 5 + [0] * 5, "midpoint", "midpoint", 102.5,
                     id="flat end: R's quantile"),
        pytest.param([5, 5], [0, 0], "midpoint", "first day", None, id="nobody died: not reached"),
        pytest.param([0], [1], "midpoint", "first day", 0, id="a death on day 0"),
        pytest.param([], [], "midpoint", "first day", None, id="nobody"),
        pytest.param([10**9, 5, 2 * 10**9], [1, 1, 1], "midpoint", "first day", 10**9, id="times without bounds"),
    ],
)  # fmt: skip
def test_the_rules_of_the_median(
    days: list[int], died: list[int], ties: str, flat_end: str, expected: float | None
) -> None:
    assert survival(days, died).quantile(Fraction(1, 2), ties, flat_end) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "died", "complaint"),
    [
        ([1, -2], [1, 1], "row 2: duration -2 is wrong; expected a day at or after the origin, 0 or more"),
        ([1.0, float("nan")], [1, 1], "row 2: duration nan is wrong; expected a number of days"),
        ([1.5, 2], [1, 1], "row 1: duration 1.5 is wrong; expected whole days"),
        ([1, 2], [1], "2 durations but 1 indicators of death; expected one for each"),
        ([1, 2], [1, 2], "row 2: indicator of death 2 is wrong; expected 1 for died or 0 for censored"),
        ([1, 2], ["1", "0"], "indicators of death are <U1; expected 1 for died and 0 for censored"),
        (["1", "2"], [1, 0], "durations are <U1; expected whole days"),
        ([[1, 2]], [1, 0], r"expected two lists of numbers, found shapes \(1, 2\) and \(2,\)"),
    ],
)
def test_wrong_times_are_named(days: list[object], died: list[object], complaint: str) -> None:
    with pytest.raises(QuestionError, match=complaint):
        survival(np.asarray(days), np.asarray(died))


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40), st.randoms())
def test_the_order_of_subjects_changes_nothing(pairs: list[tuple[int, bool]], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (survival(*zip(*each, strict=True)) for each in (pairs, shuffled))

    assert one.quantile() == other.quantile()
    assert one.limits("log", 0.95) == other.limits("log", 0.95)


@given(st.lists(st.integers(0, 1000), max_size=50))
def test_the_to_date_median_is_the_plain_median(days: list[int]) -> None:
    assert to_date_median(days) == (float(np.median(days)) if days else None)

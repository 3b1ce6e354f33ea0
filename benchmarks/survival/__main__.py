"""``python -m benchmarks.survival``: time the survival figures against other programs, in one run.

Prints seconds and how many times longer than trialog each took. Nothing asserts a time.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.survival import others
from benchmarks.survival.cohorts import DAYS, Cohort, cohort
from benchmarks.survival.fold import bare_fold
from trialog.projections import KAPLAN_MEIER, TO_DATE, survival
from trialog.projections.estimators.history import histories

LOG_LOG = replace(KAPLAN_MEIER, conf_type="log-log")
NEEDED = {"duckdb": ("duckdb", "pandas"), "polars": ("polars",), "lifelines": ("lifelines",)}


def best(job: Callable[[], Any], seconds: float = 1.0, most: int = 20) -> tuple[float, Any]:
    """Return the shortest of several runs, and what the last one gave."""
    shortest, began = float("inf"), perf_counter()
    found = None
    for _ in range(most):
        start = perf_counter()
        found = job()
        shortest = min(shortest, perf_counter() - start)
        if perf_counter() - began > seconds:
            break
    return shortest, found


def there(name: str) -> bool:
    """Tell whether a program's packages are installed."""
    return all(find_spec(package) is not None for package in NEEDED.get(name, ()))


def show(name: str, seconds: float, ours: float, note: object = "") -> None:
    """Print one row."""
    print(f"  {name:<44}{seconds:>12.6f} s {seconds / ours:>10.2f} x  {note}")


def one_figure(n: int) -> None:
    """Time one Kaplan-Meier median with log-log limits."""
    of = cohort(n)
    days, died = of.days, of.died
    print(f"\none Kaplan-Meier median with log-log limits, n = {n:,}")

    def ours() -> others.Figure:
        found = survival(days, died, LOG_LOG)
        return tuple(
            np.nan if each is None else each for each in (found.median, found.median_lower, found.median_upper)
        )  # type: ignore[return-value]

    took, figure = best(ours)
    show("trialog", took, took, figure)
    show("reading the arrays once", best(lambda: (days.sum(), died.sum()))[0], took)
    rows = {
        "plain NumPy sort": ("", others.numpy_sort),
        "DuckDB, group by day": ("duckdb", others.duckdb_sql),
        "Polars, group by day": ("polars", others.polars_group_by),
        "lifelines": ("lifelines", others.lifelines_fit),
    }
    for name, (needs, job) in rows.items():
        if not there(needs):
            print(f"  {name:<44} not installed: pip install 'trialog[bench]'")
            continue
        seconds, found = best(job(days, died))
        show(name, seconds, took, found)
    fitted = others.r_survfit(days, died, 1 if n > 10**6 else 3)
    if fitted is None:
        print(f"  {'R survfit':<44} no R: apt install r-base-core r-cran-survival")
    else:
        show("R survfit and its table", fitted[0], took, fitted[1])


def whole_history(n: int, dates: int) -> None:
    """Time the to-date median and the Kaplan-Meier median with limits at each of 3,650 cutoffs."""
    of = cohort(n)
    print(f"\nhistory of {DAYS:,} days: to-date median, Kaplan-Meier median with log-log limits, n = {n:,}")
    took, (to_date, estimated) = best(lambda: histories(*of, (TO_DATE, LOG_LOG), first=0, last=DAYS - 1), 3, 5)
    show("trialog", took, took)
    seconds, bare = best(lambda: bare_fold(of, DAYS), 3, 5)
    same = all(
        np.array_equal(bare[:, column], each, equal_nan=True)
        for column, each in enumerate((to_date.median, estimated.median, estimated.lower, estimated.upper))
    )
    show("bare NumPy fold", seconds, took, "same values" if same else "DIFFERENT VALUES")
    sample = np.linspace(DAYS // 10, DAYS - 1, dates).astype(int)
    jobs: dict[str, Callable[[Cohort, int], Any]] = {
        "trialog, date by date": _ours_at,
        "NumPy sort, date by date": _sort_at,
    }
    if there("lifelines"):
        jobs["lifelines, date by date"] = _lifelines_at
    for name, job in jobs.items():
        start = perf_counter()
        for date in sample:
            job(of, int(date))
        seconds = (perf_counter() - start) / dates * DAYS
        show(name, seconds, took, f"{dates} dates timed, times {DAYS / dates:.0f}")


def _at(of: Cohort, cutoff: int) -> tuple[Any, Any, Any]:
    entry, end, died = (each[of.entry <= cutoff] for each in of)
    dead = died & (end <= cutoff)
    return np.where(dead, end, cutoff) - entry, np.minimum(end, cutoff) - entry, dead


def _ours_at(of: Cohort, cutoff: int) -> None:
    so_far, days, dead = _at(of, cutoff)
    _ = survival(so_far, dead, TO_DATE).median
    found = survival(days, dead, LOG_LOG)
    _ = found.median, found.median_lower


def _sort_at(of: Cohort, cutoff: int) -> None:
    so_far, days, dead = _at(of, cutoff)
    np.median(so_far)
    others.numpy_sort(days, dead)()


def _lifelines_at(of: Cohort, cutoff: int) -> None:
    so_far, days, dead = _at(of, cutoff)
    np.median(so_far)
    others.lifelines_fit(days, dead)()


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.survival", description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[10**3, 10**5, 10**6, 10**7], help="subjects, one figure"
    )
    parser.add_argument("--history", type=int, nargs="*", default=[10**3, 10**5, 10**6], help="subjects, whole history")
    parser.add_argument("--dates", type=int, default=13, help="dates on which libraries are timed")
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}; best of several runs")
    for n in asked.sizes:
        one_figure(n)
    for n in asked.history:
        whole_history(n, asked.dates)


if __name__ == "__main__":
    sys.exit(main())

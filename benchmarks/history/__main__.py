"""``python -m benchmarks.history``: time the history of each figure, in one pass and day by day.

Day by day is one snapshot after the other; some days are timed and their time is multiplied. On those days
both must give the same values. Prints seconds and ratios. Nothing asserts a time.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

from benchmarks.history.trial import BEGIN, DAYS, columns
from trialog.events.definition import Definition
from trialog.projections.changes.course import Course, by_cutoff, by_known_at
from trialog.projections.changes.events import Excerpt, excerpt
from trialog.projections.measures import MEASURES, MeasureAnswer, MeasureQuestion, answer

LAST = BEGIN + DAYS


def questions(definition: Definition) -> list[MeasureQuestion]:
    """Return a question for each figure, and those of confirmed responses."""
    asked = [MeasureQuestion(name, ("A",), definition, at=365 if name.endswith("-rate") else None) for name in MEASURES]
    return asked + [
        MeasureQuestion(name, ("A",), definition, confirmation="confirmed") for name in ("orr", "median-dor")
    ]


def answer_on(course: Course, day: int) -> MeasureAnswer:
    """Return the figure of a day."""
    at = day - int(course.day[0])
    value, lower, upper = (
        None if np.isnan(each[at]) else float(each[at]) for each in (course.value, course.lower, course.upper)
    )
    return MeasureAnswer(value, lower, upper, int(course.n[at]), int(course.events[at]))


def compare(
    question: MeasureQuestion, in_one_pass: Callable[[], Course], snapshot: Callable[[int], MeasureAnswer], dates: int
) -> None:
    """Print one row."""
    begun = perf_counter()
    course = in_one_pass()
    took = perf_counter() - begun
    sample = np.linspace(BEGIN, LAST, dates + 2).astype(int).tolist()[1:-1]
    begun = perf_counter()
    found = [snapshot(day) for day in sample]
    days = course.day.size
    seconds = (perf_counter() - begun) / dates * days
    same = found == [answer_on(course, day) for day in sample]
    name = question.measure + (", confirmed" if question.confirmation == "confirmed" else "")
    print(
        f"  {name:<24}{took:>10.3f} s {seconds:>12.1f} s {seconds / took:>10.0f} x"
        f"  {'same values' if same else 'DIFFERENT VALUES'}",
        flush=True,
    )


def histories(of: Excerpt, dates: int, definition: Definition) -> None:
    """Compare the histories of all figures on both axes."""
    print("\n  at each data cutoff             one pass     day by day")
    rows = of.in_force_on(None)
    for each in questions(definition):

        def at_cutoff(day: int, question: MeasureQuestion = each) -> MeasureAnswer:
            return answer(of.cut(rows, day, None), question)

        compare(each, lambda question=each: by_cutoff(of, question, BEGIN, LAST, None), at_cutoff, dates)  # type: ignore[misc]
    print("\n  as known on each day            one pass     day by day")
    for each in questions(definition):

        def as_known(day: int, question: MeasureQuestion = each) -> MeasureAnswer:
            return answer(of.cut(of.in_force_on(day), LAST, day), question)

        compare(each, lambda question=each: by_known_at(of, question, BEGIN, LAST, LAST), as_known, dates)  # type: ignore[misc]


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--subjects", type=int, nargs="+", default=[1_000, 50_000], help="subjects of a trial")
    parser.add_argument("--dates", type=int, default=3, help="days that are timed day by day")
    parser.add_argument("--month", default="30.4375", help="days of a month, or calendar")
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}; one run each")
    for subjects in asked.subjects:
        of = excerpt(columns(subjects), ("A",))
        print(f"\n{subjects:,} subjects, {of.columns.size:,} events, {DAYS + 1:,} days")
        histories(of, asked.dates, Definition(month=asked.month))


if __name__ == "__main__":
    sys.exit(main())

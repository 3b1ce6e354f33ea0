"""Audit made-up series of to-date medians of one cohort, and print how long each answer takes.

    python -m benchmarks.audit --n 1 5 10 20 30 40 50 --dates 10 --seeds 2

Each series comes from a random history. ``true`` is announced as it is, so the answer must be consistent.
``broken`` has one figure raised by a fifth of a month more than the law allows, ``nudged`` every figure moved by
up to two tenths of a month: the law of neighbours often still holds, and the subjects have to be counted.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass, field
from statistics import median

from trialog.application.audit import recompute_figures
from trialog.audit.answering.answer import AuditRequest, audit
from trialog.audit.deciding.solver import Effort
from trialog.events.dates import day_number, iso
from trialog.events.definition import Definition
from trialog.exchange.register.reading import read_rows
from trialog.exchange.register.table import Row

FIRST = day_number("2015-01-05")
MONTH = 30.4375
KINDS = ("true", "broken", "nudged")


@dataclass
class Clock:
    """When an audit came to its steps, in seconds."""

    begun: float = field(default_factory=time.perf_counter)
    steps: list[float] = field(default_factory=list)

    def told(self, _: str) -> None:
        """Note the time of a step; the second one begins when the answer is known."""
        self.steps.append(time.perf_counter() - self.begun)


def series(n: int, dates: int, kind: str, seed: int, every: int) -> list[Row]:
    """Return the medians of n subjects who enter within two years and are counted at some dates."""
    chance = random.Random(f"{n} {dates} {seed}")  # noqa: S311  # made-up subjects
    people = [(chance.randrange(730), int(chance.expovariate(1 / 500)) + 1) for _ in range(n)]
    cutoffs = [730 + every * k + chance.randrange(every // 2) for k in range(dates)]
    values = [median(min(time, cutoff - entry) for entry, time in people) / MONTH for cutoff in cutoffs]
    if kind == "broken" and dates > 1:
        place = dates // 2
        values[place] = values[place - 1] + (cutoffs[place] - cutoffs[place - 1]) / MONTH + 0.3
    elif kind == "nudged":
        values = [value + chance.choice((-0.2, -0.1, 0, 0.1, 0.2)) for value in values]
    return [
        Row(
            number,
            number + 1,
            {
                "date_announced": iso(FIRST + cutoff),
                "cohort": "A",
                "measure": "mOS",
                "value": f"{max(value, 0):.1f}",
                "unit": "months",
                "n": str(n),
            },
        )
        for number, (cutoff, value) in enumerate(zip(cutoffs, values, strict=True), 1)
    ]


def main() -> None:
    """Audit every series and print a line for each."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__.splitlines()[0])
    arguments.add_argument("--n", type=int, nargs="+", default=[1, 5, 10, 20, 30, 40, 50], help="subjects")
    arguments.add_argument("--dates", type=int, default=10, help="figures of each series [10]")
    arguments.add_argument("--every", type=int, default=60, help="days from one figure to the next, about [60]")
    arguments.add_argument("--seeds", type=int, default=2, help="series of each kind [2]")
    arguments.add_argument("--limit", type=float, default=60.0, help="seconds that an audit may take [60]")
    asked = arguments.parse_args()
    request = {
        "definition": Definition(estimator="to-date", censoring="cutoff"),
        "given": frozenset({"estimator"}),
    }
    print(f"{'n':>3} {'series':8} {'seed':>4}  {'answer':13} {'known after':>11} {'in all':>8}  conflict, repairs")
    for n in asked.n:
        for kind in KINDS:
            for seed in range(asked.seeds):
                readings = read_rows(series(n, asked.dates, kind, seed, asked.every), "series")
                clock = Clock()
                answer = audit(
                    readings, AuditRequest(told=clock.told, **request), Effort(asked.limit), recompute_figures
                )
                total = time.perf_counter() - clock.begun
                known = clock.steps[1] if len(clock.steps) > 1 else total
                rows = "" if answer.conflict is None else f"{len(answer.conflict.rows)} rows, {len(answer.repairs)}"
                cut = ", cut by the limit" if answer.hurried else ""
                print(
                    f"{n:3} {kind:8} {seed:4}  {answer.answer:13} {known:9.1f} s {total:6.1f} s  {rows}{cut}",
                    flush=True,
                )


if __name__ == "__main__":
    main()

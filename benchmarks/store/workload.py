"""Subjects and writers of the benchmarks, importable by the processes that they start."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from trialog.domain.tracker import Tracker
from trialog.events.catalogue import build, kind_named
from trialog.events.entry import Draft
from trialog.events.store.log import Log

TRIAL = "NCT00000001"
COHORTS = 6
EVENTS_OF_SUBJECT = 10
BATCH = 1_000


def drafts(events: int, first: int = 0) -> Iterator[Draft]:
    """Yield subjects of ten events each: enrollment, dose, seven contacts, death or a last contact."""
    for number in range(first, first + events // EVENTS_OF_SUBJECT):
        subject = f"{number:07}"

        def draft(kind: str, at: int, subject: str = subject, number: int = number, **fields: Any) -> Draft:
            day = f"20{10 + (number + at) % 10:02}-{1 + at % 12:02}-{1 + number % 28:02}"
            given = {"subject": subject, "occurred_on": day, "source": "EDC", **fields}
            return Draft(build(kind_named(kind), given), f"{subject}-{at}")

        year = 10 + number % 5
        start = {"occurred_on": f"20{year}-01-{1 + number % 28:02}"}
        yield draft("subject-enrolled", 0, cohort=str(number % COHORTS), prior_lines=number % 7, **start)
        yield draft("dose-administered", 1, amount="12.5", unit="mCi/m2", occurred_on=f"20{year}-02-01")
        for at in range(2, 9):
            yield draft("subject-seen-alive", at, occurred_on=f"20{year}-{1 + at:02}-15")
        if number % 3:
            yield draft("subject-died", 9, occurred_on=f"20{year + 1}-{1 + number % 12:02}-20")
        else:
            yield draft("subject-seen-alive", 9, occurred_on=f"20{year + 1}-06-01")


def registration() -> list[Draft]:
    """Return the trial and its cohorts."""
    common = {"occurred_on": "2009-01-01", "source": "b"}
    return [
        Draft(build(kind_named("trial-registered"), {"title": "T", **common})),
        *(Draft(build(kind_named("cohort-opened"), {"cohort": str(each), **common})) for each in range(COHORTS)),
    ]


def begin(place: str) -> Log:
    """Make a log with the trial and its cohorts."""
    log = Log.create(place)
    Tracker(log, TRIAL, "bench").append(registration())
    return log


def write_to_server(url: str, number: int, seconds: float, batch: int) -> int:
    """Append to a trial of its own for some seconds; return the number of events."""
    with Log.open(url) as log:
        tracker = Tracker(log, f"NCT{number}", "bench")
        tracker.append(registration())
        source, done, end = drafts(10_000_000), 0, time.monotonic() + seconds
        while time.monotonic() < end:
            some = [next(source) for _ in range(batch)]
            tracker.append(some, doubts=False)
            done += len(some)
        return done

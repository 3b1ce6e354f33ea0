"""Subjects and writers of the benchmarks, importable by the processes that they start."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from trialog.application.recording.append_session import AppendSession
from trialog.events.entry import Draft
from trialog.events.registry import build, kind_named
from trialog.log.store.database import Database

TRIAL = "NCT00000001"
COHORTS = 6
EVENTS_OF_SUBJECT = 10
BATCH = 1_000


Fact = tuple[str, str, dict[str, Any]]
"""Kind, id and fields of an event, as they come out of a file."""


def facts(events: int, first: int = 0) -> Iterator[Fact]:
    """Yield subjects of ten events each: enrollment, dose, seven contacts, death or a last contact."""
    for number in range(first, first + events // EVENTS_OF_SUBJECT):
        subject = f"{number:07}"

        def fact(kind: str, at: int, subject: str = subject, number: int = number, **fields: Any) -> Fact:
            day = f"20{10 + (number + at) % 10:02}-{1 + at % 12:02}-{1 + number % 28:02}"
            return kind, f"{subject}-{at}", {"subject": subject, "occurred_on": day, "source": "EDC", **fields}

        year = 10 + number % 5
        start = {"occurred_on": f"20{year}-01-{1 + number % 28:02}"}
        yield fact("subject-enrolled", 0, cohort=str(number % COHORTS), prior_lines=number % 7, **start)
        yield fact("dose-administered", 1, amount="12.5", unit="mCi/m2", occurred_on=f"20{year}-02-01")
        for at in range(2, 9):
            yield fact("subject-seen-alive", at, occurred_on=f"20{year}-{1 + at:02}-15")
        if number % 3:
            yield fact("subject-died", 9, occurred_on=f"20{year + 1}-{1 + number % 12:02}-20")
        else:
            yield fact("subject-seen-alive", 9, occurred_on=f"20{year + 1}-06-01")


def validated(some: Iterable[Fact]) -> list[Draft]:
    """Return the facts as events, each field checked."""
    return [Draft(build(kind_named(kind), fields), event_id) for kind, event_id, fields in some]


def drafts(events: int, first: int = 0) -> Iterator[Draft]:
    """Yield the same facts, validated."""
    for some in facts(events, first):
        yield from validated([some])


def registration() -> list[Draft]:
    """Return the trial and its cohorts."""
    common = {"occurred_on": "2009-01-01", "source": "b"}
    return [
        Draft(build(kind_named("trial-registered"), {"title": "T", **common})),
        *(Draft(build(kind_named("cohort-opened"), {"cohort": str(each), **common})) for each in range(COHORTS)),
    ]


def begin(place: str) -> Database:
    """Make a log with the trial and its cohorts."""
    log = Database.create(place)
    AppendSession(log, TRIAL, "bench").append(registration())
    return log


_start: list[Any] = []


def begin_together(barrier: Any) -> None:
    """Let this process' writer wait for the others: none is measured while another still imports its modules."""
    _start[:] = [barrier]


MOST_BATCHES_A_SECOND = 600
"""Of one writer to a server; so many are made up beforehand."""


def write_to_server(url: str, number: int, seconds: float, batch: int) -> int:
    """Append to a trial of its own for some seconds; return the number of events."""
    batches = int(seconds * MOST_BATCHES_A_SECOND) // (1 if batch == 1 else 6)
    source = facts(batches * batch + EVENTS_OF_SUBJECT)
    made = [list(islice(source, batch)) for _ in range(batches)]
    gc.freeze()  # what was made up is no garbage to look for
    with Database.open(url) as log:
        tracker = AppendSession(log, f"NCT{number}", "bench")
        tracker.append(registration())
        _start[0].wait()
        done, end = 0, time.monotonic() + seconds
        for some in made:
            tracker.append(validated(some), doubts=False)
            done += len(some)
            if time.monotonic() > end:
                break
        return done


def write_barely(url: str, number: int, seconds: float, batch: int) -> int:
    """Insert rows as long as ours, by the driver alone: lock the trial's row, insert, move the row on, commit."""
    import psycopg

    from trialog.log.store.schema import EVENT_COLUMNS

    row = (1, 1, 8, 17_000, 17_000, 17_000, 0, None, 1_700_000_000_000_000, "", "subject-seen-alive/1", "bench")
    insert = f"INSERT INTO event ({', '.join(EVENT_COLUMNS)}) VALUES ({', '.join(['%b'] * len(EVENT_COLUMNS))})"  # noqa: S608
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO trial VALUES (%b, %b, %b, 0, 0, 0, '')", (number + 1, f"NCT{number}", f"bare{number}")
        )
        connection.commit()
        _start[0].wait()
        done, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            cursor.execute("SELECT * FROM trial WHERE code = %b FOR UPDATE", (f"NCT{number}",))
            cursor.fetchone()
            rows = [
                (number + 1, at, at, *row[1:9], f"{at:09}-{number}", *row[10:], bytes(16), bytes(32), bytes(120))
                for at in range(done + 1, done + batch + 1)
            ]
            cursor.executemany(insert, rows)
            done += batch
            cursor.execute("UPDATE trial SET size = %b, frontier = %b WHERE number = %b", (done, bytes(96), number + 1))
            connection.commit()
        return done


def poll_server(url: str, seconds: float) -> tuple[int, int]:
    """Read what is new in every trial, again and again; return the number of polls, and of those with a gap.

    A gap is a position that was not to be seen yet when a later one was: whoever reads on from there never sees it.
    """
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        _start[0].wait()
        last: dict[int, int] = {}
        polls = skipped = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for (trial,) in cursor.execute("SELECT number FROM trial").fetchall():
                begun = last.get(trial, 0)
                cursor.execute(
                    "SELECT position FROM event WHERE trial = %b AND position > %b ORDER BY position", (trial, begun)
                )
                positions = [position for (position,) in cursor.fetchall()]
                polls += 1
                skipped += positions != list(range(begun + 1, begun + 1 + len(positions)))
                last[trial] = begun + len(positions)
        return polls, skipped

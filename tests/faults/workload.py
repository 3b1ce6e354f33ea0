"""A writer that appends until it is stopped, and says of each event when the log acknowledged it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tests.builders import TRIAL, enrolled, opened, registered
from trialog.application.recording.append_session import AppendSession
from trialog.events.errors import TrialogError
from trialog.log.store.database import Database

BATCH = 3


def begin(place: str) -> None:
    """Make a log with one trial."""
    with Database.create(place) as log:
        AppendSession(log, TRIAL, "writer").append([registered(), opened()])


def append_forever(
    place: str, acknowledge: Callable[[int], None], first: int = 1, batch: int = BATCH, *, too_early: bool = False
) -> None:
    """Append batches of enrollments, each named by a number; tell every acknowledged number.

    Args:
        place: The log.
        acknowledge: Takes the last number of a batch.
        first: Number.
        batch: Events in a transaction.
        too_early: Tell before the batch is written: a control that must lose events.
    """
    with Database.open(place) as log:
        tracker = AppendSession(log, TRIAL, "writer")
        number = first
        while True:
            some = range(number, number + batch)
            if too_early:
                acknowledge(some[-1])
            tracker.append([enrolled(f"S{each:06}", "2016-01-01", event_id=f"e{each}") for each in some])
            if not too_early:
                acknowledge(some[-1])
            number += batch


def writer_process(place: str, first: int, batch: int = BATCH, *, too_early: bool = False) -> tuple[int, int]:
    """Fork a writer; return its process id and a pipe that carries eight bytes for each acknowledgement."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    try:
        append_forever(place, lambda number: _tell(writing, number), first, batch, too_early=too_early)
    except TrialogError as error:
        print(error, file=sys.stderr)
    finally:
        os._exit(3)


def _tell(pipe: int, number: int) -> None:
    os.write(pipe, number.to_bytes(8, "big"))


def acknowledged(pipe: int) -> int:
    """Return the last number that was acknowledged, 0 for none; reads to the end of the pipe."""
    data = b""
    while part := os.read(pipe, 65_536):
        data += part
    os.close(pipe)
    whole = len(data) // 8 * 8
    return int.from_bytes(data[whole - 8 : whole], "big") if whole else 0


def kill(process: int) -> None:
    """Kill a process at once and wait for its end."""
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def stored_numbers(place: str, after: int = 0) -> list[int]:
    """Return the numbers of the enrollments that a log holds, by position, without the first ones."""
    with Database.open(place) as log:
        return [int(entry.event_id[1:]) for entry in log.recorder(TRIAL).entries(2 + after)]


def fresh(folder: Path, name: str = "log.db") -> str:
    """Return the place of a new log with one trial."""
    place = str(folder / name)
    begin(place)
    return place

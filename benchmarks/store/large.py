"""A log of millions of events from the outside: what each command takes, and how much memory.

    python -m benchmarks.store.large --events 10000000

Each row is a whole process with its imports. "Bare" is a process that fetches the same rows with ``sqlite3``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

BATCH: Final = 10_000
NEW: Final = 5_000
TRIALOG: Final = (sys.executable, "-m", "trialog")
BARE: Final = """
import sqlite3, sys
cursor = sqlite3.connect(sys.argv[1]).execute(
    "SELECT position, kind, stream, occurred_first, occurred_last, known_on, code, amount, payload "
    "FROM event ORDER BY position")
while cursor.fetchmany(1000):
    pass
"""


class Took(NamedTuple):
    """What a process took: seconds, and its largest resident memory in megabytes."""

    seconds: float
    megabytes: float


def run(*command: str) -> Took:
    """Run a command to its end."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} left with status {status}")
    return Took(time.perf_counter() - begun, usage.ru_maxrss / 1024)


def fill(place: str, events: int, first: int = 0) -> float:
    """Append events in a process of its own and return the seconds that it took, without making them up.

    A child's memory is counted from that of its parent on, so this process stays small.
    """
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_fill, (place, events, first))


def _fill(place: str, events: int, first: int) -> float:
    from benchmarks.store.workload import TRIAL, begin, facts, validated
    from trialog.application.recording.append_session import AppendSession
    from trialog.log.store.database import Database

    if not Path(place).exists():
        begin(place).close()
    seconds = 0.0
    source = facts(events, first)
    with Database.open(place) as log:
        tracker = AppendSession(log, TRIAL, "bench")
        while some := list(islice(source, BATCH)):
            begun = time.perf_counter()
            tracker.append(validated(some), doubts=False)
            seconds += time.perf_counter() - begun
    return seconds


def main() -> None:
    """Print a row for each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="on the disk to measure [default: a temporary one]")
    given = parser.parse_args()
    events = given.events
    snapshot = (*TRIALOG, "snapshot", "--as-of", "2016-06-30", "--json", "--log")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        place = str(Path(folder) / "log.db")
        took = fill(place, events)
        size = Path(place).stat().st_size
        print_row(f"append in batches of {BATCH:,}", took, events)
        sys.stdout.write(f"{'the file':<44} {size / events:9.0f} bytes/event, {size / 1e9:.2f} GB\n")
        bare = run(sys.executable, "-c", BARE, place)
        print_row("bare: fetch the rows", bare.seconds, events, bare)
        os.environ["TRIALOG_CACHE"] = "off"
        print_row("snapshot of every cohort, from the rows", *of(run(*snapshot, place), events), bare)
        del os.environ["TRIALOG_CACHE"]
        print_row("the same, keeping the columns", *of(run(*snapshot, place), events), bare)
        print_row("again, from the columns kept", *of(run(*snapshot, place), events), bare)
        fill(place, NEW, events)
        print_row(f"after {NEW:,} new events", *of(run(*snapshot, place), events), bare)
        print_row("verify", *of(run(*TRIALOG, "verify", "--log", place), events), bare)


def of(took: Took, events: int) -> tuple[float, int, Took]:
    """Return what a row of a process shows."""
    return took.seconds, events, took


def print_row(name: str, seconds: float, events: int, took: Took | None = None, bare: Took | None = None) -> None:
    """Print what a step took."""
    memory = f", {took.megabytes:6.0f} MB" if took else ""
    ratio = f", {seconds / bare.seconds:5.2f} of the bare fetch" if bare else ""
    sys.stdout.write(f"{name:<44} {seconds:9.2f} s, {1e6 * seconds / events:7.2f} us/event{memory}{ratio}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Append and replay, each beside the bare ``sqlite3`` and the event-sourcing library's own SQLite recorder.

    python -m benchmarks.store --events 1000000 --singles 300

All write with the journal and synchronous settings that the log itself uses, so that ratios
compare work and not durability; the stock recorder's settings are its own and are printed.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sqlite3
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from benchmarks.store.workload import BATCH, COHORTS, TRIAL, begin, drafts, write_to_server
from trialog.domain.tracker import Tracker
from trialog.events.definition import KAPLAN_MEIER
from trialog.events.store.engine import journal_mode, synchronous
from trialog.events.store.log import Log
from trialog.projections.asof import as_of
from trialog.projections.columncache import columns_of_log
from trialog.projections.columns import Columns, decode
from trialog.projections.figures import group_figures


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that some work took, and its result."""
    gc.collect()
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def _bare(place: str) -> sqlite3.Connection:
    connection = sqlite3.connect(place, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {journal_mode()}")
    connection.execute(f"PRAGMA synchronous = {synchronous()}")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute(
        "CREATE TABLE event (position INTEGER PRIMARY KEY, stream TEXT, version INTEGER, topic TEXT, payload BLOB, "
        "UNIQUE (stream, version)) STRICT"
    )
    return connection


Row = tuple[int, str, int, str, bytes]


def _insert(connection: sqlite3.Connection, rows: list[Row]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")


def _stock(place: str) -> Any:
    from eventsourcing.persistence import InfrastructureFactory
    from eventsourcing.utils import Environment

    environment = Environment("bench", {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": place})
    return InfrastructureFactory.construct(environment).application_recorder()


def _stock_events(rows: list[Row]) -> list[Any]:
    from eventsourcing.persistence import StoredEvent

    return [
        StoredEvent(uuid5(NAMESPACE_URL, stream), version, topic, payload)
        for _, stream, version, topic, payload in rows
    ]


def _batches(rows: list[Any], size: int) -> Iterator[list[Any]]:
    for at in range(0, len(rows), size):
        yield rows[at : at + size]


def appends(folder: Path, events: int, singles: int) -> str:
    """Print how long appends take; return the place of the filled log."""
    place = str(folder / "log.db")
    log = begin(place)
    tracker = Tracker(log, TRIAL, "bench")
    some = list(drafts(events))
    ours, _ = timed(lambda: [tracker.append(batch, doubts=False) for batch in _batches(some, BATCH)])
    rows: list[Row] = [
        (entry.position, str(entry.originator_id), entry.originator_version, entry.topic, entry.state)
        for entry in log.recorder(TRIAL).entries(1 + COHORTS)
    ]
    more = list(drafts(10 * (singles // 10 + 1), events))[:singles]
    ours_single, _ = timed(lambda: [tracker.append([each]) for each in more])
    single_rows: list[Row] = [
        (entry.position, str(entry.originator_id), entry.originator_version, entry.topic, entry.state)
        for entry in log.recorder(TRIAL).entries(1 + COHORTS + len(rows))
    ]
    log.close()
    with contextlib.closing(_bare(str(folder / "bare.db"))) as bare:
        bare_batch, _ = timed(lambda: [_insert(bare, batch) for batch in _batches(rows, BATCH)])
        bare_single, _ = timed(lambda: [_insert(bare, [row]) for row in single_rows])
    stock = _stock(str(folder / "stock.db"))
    stored, stored_singles = _stock_events(rows), _stock_events(single_rows)
    stock_batch, _ = timed(lambda: [stock.insert_events(batch) for batch in _batches(stored, BATCH)])
    stock_single, _ = timed(lambda: [stock.insert_events([each]) for each in stored_singles])
    _print("append, batches of 1,000", len(rows), bare_batch, ours, stock_batch)
    _print("append, one by one, durable", len(single_rows), bare_single, ours_single, stock_single)
    return place


def _print(name: str, count: int, bare: float, ours: float, stock: float) -> None:
    sys.stdout.write(
        f"{name:<32} {count:>9,} events: bare {1e6 * bare / count:8.2f}, trialog {1e6 * ours / count:8.2f}, "
        f"stock {1e6 * stock / count:8.2f} us/event; "
        f"trialog/bare {ours / bare:5.2f}, trialog/stock {ours / stock:5.2f}\n"
    )
    sys.stdout.flush()


def _figures(columns: Columns) -> list[Any]:
    state = as_of(columns, 17_000)
    return [group_figures(state, str(each), (str(each),), KAPLAN_MEIER) for each in range(COHORTS)]


def replays(folder: Path, place: str) -> None:
    """Print how long it takes from the log to the figures of all cohorts, and its memory."""
    columns = "position, kind, stream, occurred_first, occurred_last, known_on, code, amount"

    def fetch() -> int:
        with contextlib.closing(sqlite3.connect(place)) as connection:
            cursor = connection.execute(f"SELECT {columns}, payload FROM event ORDER BY position")  # noqa: S608
            count = 0
            while rows := cursor.fetchmany(1_000):
                count += len(rows)
            return count

    def first() -> list[Any]:
        with Log.open(place) as log:
            return _figures(decode(log.recorder(TRIAL).replay()))

    def stock() -> int:
        from eventsourcing.persistence import JSONTranscoder

        recorder, transcoder, at, seen = _stock(str(folder / "stock.db")), JSONTranscoder(), 1, 0
        while found := recorder.select_notifications(at, 1_000):
            for each in found:
                transcoder.decode(each.state)
            seen, at = seen + len(found), found[-1].id + 1
        return seen

    kept = folder / "columns"

    def again() -> list[Any]:
        with Log.open(place) as log:
            return _figures(columns_of_log(log.recorder(TRIAL).replay(), kept))

    bare, count = timed(fetch)
    ours, _ = timed(first)
    stocked, _ = timed(stock)
    _print("first replay to figures", count, bare, ours, stocked)
    again()
    cached, _ = timed(again)
    _print("replay again, columns kept", count, bare, cached, stocked)
    tracemalloc.start()
    with Log.open(place) as log:
        columns_ = decode(log.recorder(TRIAL).replay())
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sys.stdout.write(
        f"memory: {held / columns_.size:.0f} bytes per event held, {peak / columns_.size:.0f} at the peak\n"
    )


def server(seconds: float, writers: int) -> None:
    """Print what several writers append to a PostgreSQL of the benchmark's own, each to its own trial."""
    from tests import postgres

    why = postgres.missing()
    if why:
        sys.stdout.write(f"PostgreSQL: {why}\n")
        return
    cluster = postgres.Cluster()
    cluster.start()
    try:
        for batch in (1, 100):
            with cluster.schema() as schema:
                url = cluster.url(schema=schema)
                Log.create(url).close()
                with get_context("spawn").Pool(writers) as pool:
                    done = sum(
                        pool.starmap(write_to_server, [(url, number, seconds, batch) for number in range(writers)])
                    )
                sys.stdout.write(f"PostgreSQL, {writers} writers, batches of {batch}: {done / seconds:,.0f} events/s\n")
                sys.stdout.flush()
    finally:
        cluster.stop()
        cluster.remove()


def main() -> None:
    """Print every comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--singles", type=int, default=200)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--folder", type=Path, help="on the disk to measure [default: a temporary one]")
    given = parser.parse_args()
    os.environ.pop("TRIALOG_CACHE", None)
    sys.stdout.write(
        f"SQLite {sqlite3.sqlite_version}, journal {journal_mode()}, synchronous {synchronous()}; "
        "the stock recorder chooses WAL by itself\n"
    )
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        place = appends(Path(folder), given.events, given.singles)
        replays(Path(folder), place)
    server(given.seconds, given.writers)


if __name__ == "__main__":
    main()

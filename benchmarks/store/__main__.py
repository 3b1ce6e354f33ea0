"""Append and replay, each beside the bare ``sqlite3`` and the event-sourcing library's own SQLite recorder.

    python -m benchmarks.store --events 1000000 --singles 300

All write with the journal and synchronous settings that the log itself uses, so that ratios
compare work and not durability; the stock recorder's settings are its own and are printed.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import sqlite3
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from benchmarks.store.workload import (
    BATCH,
    COHORTS,
    TRIAL,
    Fact,
    begin,
    begin_together,
    facts,
    poll_server,
    validated,
    write_barely,
    write_to_server,
)
from trialog.application.recording.append_session import AppendSession
from trialog.events.arrays import TYPES, EventArrays, Payloads, columns_of_arrays
from trialog.events.dates import span
from trialog.events.definition import KAPLAN_MEIER
from trialog.events.kinds import SUBJECT_PREFIX, SubjectEnrolled
from trialog.events.registry import KINDS
from trialog.log.store.array_cache import columns_of_log
from trialog.log.store.array_reading import decode
from trialog.log.store.database import Database
from trialog.log.store.sqlite.connection import CACHE_KIBIBYTES, journal_mode, synchronous
from trialog.log.store.sqlite.guards import sqlite_guard
from trialog.projections.cohort_figures import group_figures
from trialog.projections.state.as_of import as_of


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that some work took, and its result."""
    gc.collect()
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def _bare(place: str, table: str, guards: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(place, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {journal_mode()}")
    connection.execute(f"PRAGMA synchronous = {synchronous()}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
    connection.execute(table)
    if guards:
        connection.execute(sqlite_guard("event_appended_in_order"))
    return connection


FEW_COLUMNS: Final = (
    "CREATE TABLE event (position INTEGER PRIMARY KEY, stream TEXT, version INTEGER, topic TEXT, payload BLOB, "
    "UNIQUE (stream, version)) STRICT"
)
"""The least that an event store keeps: five columns and one index besides the position."""


def _insert(connection: sqlite3.Connection, rows: list[Any]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(f"INSERT INTO event VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608  # marks
    connection.execute("COMMIT")


def _stock(place: str) -> Any:
    from eventsourcing.persistence import InfrastructureFactory
    from eventsourcing.utils import Environment

    environment = Environment("bench", {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": place})
    return InfrastructureFactory.construct(environment).application_recorder()


def _stock_events(rows: list[Any]) -> list[Any]:
    """Return rows as the stock mapper would have made them; making them is not timed."""
    from eventsourcing.persistence import StoredEvent

    return [
        StoredEvent(uuid5(NAMESPACE_URL, stream), version, topic, payload)
        for _, stream, version, topic, payload in rows
    ]


class Rivals:
    """Whoever takes the same events, each timed on its own, batch by batch in turn.

    In turn, because a machine that others use too is slower in one minute than in the next.

    Attributes:
        seconds: That each took so far.
    """

    def __init__(self, folder: Path, place: str, tracker: AppendSession) -> None:
        self._tracker = tracker
        self._log = sqlite3.connect(place)
        (table,) = self._log.execute("SELECT sql FROM sqlite_schema WHERE name = 'event'").fetchone()
        self._few = _bare(str(folder / "few.db"), FEW_COLUMNS)
        self._same = _bare(str(folder / "same.db"), table)
        self._guarded = _bare(str(folder / "guarded.db"), table, guards=True)
        for (sql,) in self._log.execute("SELECT sql FROM sqlite_schema WHERE name IN ('trial', 'stream')").fetchall():
            self._guarded.execute(sql)
        self._copy("trial")
        self._stock = _stock(str(folder / "stock.db"))
        self.seconds: dict[str, float] = dict.fromkeys(("trialog", "same table", "guarded", "few columns", "stock"), 0)
        self.first = 1 + self._tracker.recorder.size()
        others = self._log.execute("SELECT * FROM event ORDER BY position").fetchall()
        self._copy("stream")
        _insert(self._guarded, others)
        _insert(self._same, others)

    def take(self, some: list[Fact], *, doubts: bool) -> None:
        """Append one batch to each: ours validates, judges, seals and hashes; the others get what came out of it."""
        after = self._tracker.recorder.size()
        self._time("trialog", lambda: self._tracker.append(validated(some), doubts=doubts))
        whole = self._log.execute("SELECT * FROM event WHERE position > ? ORDER BY position", (after,)).fetchall()
        plain = self._log.execute(
            "SELECT event.position, stream.name, event.version, topic, payload FROM event "
            "JOIN stream ON stream.trial = event.trial AND stream.number = event.stream "
            "WHERE event.position > ? ORDER BY event.position",
            (after,),
        ).fetchall()
        stock = _stock_events(plain)
        self._copy("stream")
        self._time("same table", lambda: _insert(self._same, whole))
        self._time("guarded", lambda: _insert(self._guarded, whole))
        self._time("few columns", lambda: _insert(self._few, plain))
        self._time("stock", lambda: self._stock.insert_events(stock))

    def _copy(self, table: str) -> None:
        """Give the guard of order the rows that it looks for; that is not timed."""
        (have,) = self._guarded.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  # ours
        rows = self._log.execute(f"SELECT * FROM {table} ORDER BY number LIMIT -1 OFFSET ?", (have,)).fetchall()  # noqa: S608
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._guarded.execute("BEGIN")
            self._guarded.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
            self._guarded.execute("COMMIT")

    def _time(self, who: str, work: Callable[[], object]) -> None:
        begun = time.perf_counter()
        work()
        self.seconds[who] += time.perf_counter() - begun

    def close(self) -> None:
        """Close the files."""
        for each in (self._log, self._few, self._same, self._guarded):
            each.close()


def appends(folder: Path, events: int, singles: int) -> str:
    """Print how long appends take; return the place of the filled log."""
    place = str(folder / "log.db")
    log = begin(place)
    rivals = Rivals(folder, place, AppendSession(log, TRIAL, "bench"))
    source = facts(events)
    while some := list(islice(source, BATCH)):
        rivals.take(some, doubts=False)
    _print_appends("batches of 1,000", events, rivals.seconds)
    rivals.seconds = dict.fromkeys(rivals.seconds, 0.0)
    more = list(facts(10 * (singles // 10 + 1), events))[:singles]
    for each in more:
        rivals.take([each], doubts=True)
    _print_appends("one by one", len(more), rivals.seconds)
    rivals.close()
    log.close()
    return place


def command(folder: Path, events: int) -> None:
    """Print what the command that appends a file of JSON Lines takes: reading, parsing and oddities on top."""
    from trialog.application.recording.append_file import append_file

    lines = folder / "events.jsonl"
    with lines.open("w") as out:
        for kind, event_id, fields in facts(events):
            out.write(json.dumps({"event": kind, **fields, "id": event_id}) + "\n")
    with begin(str(folder / "command.db")) as log:
        took, _ = timed(lambda: append_file(log, lines, trial=TRIAL, by="bench", batch=BATCH))
    sys.stdout.write(f"append FILE --batch 1000            {events:>9,} events: {1e6 * took / events:.1f} us/event\n")


def _print_appends(name: str, count: int, seconds: dict[str, float]) -> None:
    ours = seconds["trialog"]
    sys.stdout.write(f"append, durable, {name}, {count:,} events, us/event (trialog / the other):\n")
    for who, meaning in (
        ("trialog", "trialog: validation, rules, salts, leaves, tree, guards"),
        ("same table", "bare sqlite3, same columns and indexes, no guards"),
        ("guarded", "bare sqlite3, same table with its guard of order"),
        ("few columns", "bare sqlite3, five columns and one index"),
        ("stock", "stock recorder of eventsourcing, its own settings"),
    ):
        sys.stdout.write(f"  {1e6 * seconds[who] / count:9.2f}  {ours / seconds[who]:5.2f}  {meaning}\n")
    sys.stdout.flush()


def _print(name: str, count: int, bare: float, ours: float, stock: float) -> None:
    sys.stdout.write(
        f"{name:<32} {count:>9,} events: bare {1e6 * bare / count:8.2f}, trialog {1e6 * ours / count:8.2f}, "
        f"stock {1e6 * stock / count:8.2f} us/event; "
        f"trialog/bare {ours / bare:5.2f}, trialog/stock {ours / stock:5.2f}\n"
    )
    sys.stdout.flush()


def stock_columns(recorder: Any) -> EventArrays:
    """Return the columns by way of the library: its notifications, its mapper, then a pass over its events.

    Of an event only what the figures need is looked at, so that the pass costs little beside the mapper.
    """
    from eventsourcing.domain import DomainEvent
    from eventsourcing.persistence import JSONTranscoder, Mapper
    from eventsourcing.utils import register_topic

    for kind in KINDS:
        register_topic(kind.TOPIC, type(kind.__name__, (DomainEvent,), {"KIND": kind.KIND}))
    mapper: Any = Mapper(JSONTranscoder())
    rows: list[tuple[int, int, int, int]] = []
    numbers: dict[Any, int] = {}
    names: list[str] = []
    texts, positions, ends = bytearray(), [], []
    at = 1
    while found := recorder.select_notifications(at, 1_000):
        for stored in found:
            event = mapper.to_domain_event(stored)
            number = numbers.get(event.originator_id)
            if number is None:
                number = numbers[event.originator_id] = len(numbers) + 1
                names.append(SUBJECT_PREFIX + event.subject)
            first, last = span(event.occurred_on)
            rows.append((event.KIND, number, first, last))
            if event.KIND == SubjectEnrolled.KIND:
                texts += stored.state + b","
                positions.append(len(rows))
                ends.append(len(texts))
        at = found[-1].id + 1
    kind, stream, first, last = np.array(rows).T
    arrays = {name: np.zeros(len(rows), dtype) for name, dtype in TYPES.items()}
    for name, values in (("kind", kind), ("stream", stream), ("first", first), ("last", last)):
        arrays[name][:] = values
    payloads = Payloads(np.array(positions), np.array(ends), np.frombuffer(texts, np.uint8))
    return columns_of_arrays(len(rows), b"", arrays, payloads, names)


def _figures(columns: EventArrays) -> list[Any]:
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
        with Database.open(place) as log:
            return _figures(decode(log.recorder(TRIAL).replay()))

    def stock() -> list[Any]:
        return _figures(stock_columns(_stock(str(folder / "stock.db"))))

    kept = folder / "columns"

    def again() -> list[Any]:
        with Database.open(place) as log:
            return _figures(columns_of_log(log.recorder(TRIAL).replay(), kept))

    bare, count = timed(fetch)
    ours, figures = timed(first)
    stocked, same = timed(stock)
    assert same == figures, "both ways give the same figures"
    sys.stdout.write(
        "replay to the figures of all cohorts; bare: fetch the rows; stock: notifications, mapper, one pass over its "
        "events\n"
    )
    _print("first replay to figures", count, bare, ours, stocked)
    again()
    cached, _ = timed(again)
    _print("replay again, columns kept", count, bare, cached, stocked)
    tracemalloc.start()
    with Database.open(place) as log:
        columns_ = decode(log.recorder(TRIAL).replay())
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sys.stdout.write(
        f"memory: {held / columns_.size:.0f} bytes per event held, {peak / columns_.size:.0f} at the peak\n"
    )


def server(seconds: float, writers: int) -> None:
    """Print what several writers append to a PostgreSQL of the benchmark's own, each to its trial, while one polls."""
    from tests import postgres

    why = postgres.missing()
    if why:
        sys.stdout.write(f"PostgreSQL: {why}\n")
        return
    cluster = postgres.Cluster()
    cluster.start()
    try:
        for batch in (1, 100):
            rates, polled = [], []
            for work in (write_to_server, write_barely):
                with cluster.schema() as schema:
                    url = cluster.url(schema=schema)
                    _server_tables(cluster, url, schema, guards=work is write_to_server)
                    given = [(url, number, seconds, batch) for number in range(writers)]
                    context = get_context("spawn")
                    together = (context.Barrier(writers + 1),)
                    with context.Pool(writers + 1, begin_together, together) as pool:
                        polls = pool.apply_async(poll_server, (url, seconds))
                        rates.append(sum(pool.starmap(work, given, chunksize=1)) / seconds)
                        polled.append(polls.get())
            sys.stdout.write(
                f"PostgreSQL, {writers} writers, batches of {batch}: {rates[0]:,.0f} events/s; psycopg alone, same "
                f"tables without guards {rates[1]:,.0f}; trialog/bare {rates[0] / rates[1]:.2f}; "
                f"of {polled[0][0]:,} polls of a reader {polled[0][1]} skipped a position\n"
            )
            sys.stdout.flush()
    finally:
        cluster.stop()
        cluster.remove()


def _server_tables(cluster: Any, url: str, schema: str, *, guards: bool) -> None:
    """Make the tables of a log; without guards, nothing but tables and indexes."""
    Database.create(url).close()
    if not guards:
        tables = ("event", "stream", "trial")
        cluster.sql(*(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in tables), schema=schema)


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
        command(Path(folder), given.events)
        replays(Path(folder), place)
    server(given.seconds, given.writers)


if __name__ == "__main__":
    main()

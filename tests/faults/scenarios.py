"""What goes wrong, as often as one likes; each scenario returns its figures and raises where a promise breaks."""

from __future__ import annotations

import itertools
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests import forging
from tests.builders import TRIAL, Bench, died, enrolled
from tests.faults import powerloss, workload
from trialog.application.recording.append_session import AppendSession
from trialog.events.arrays import TYPES
from trialog.events.errors import TrialogError
from trialog.log.checks.verify import verify_log, verify_trial
from trialog.log.moving.copy import back_up
from trialog.log.store import array_cache as columncache
from trialog.log.store.array_cache import columns_of_log
from trialog.log.store.array_reading import decode
from trialog.log.store.database import Database
from trialog.log.store.sqlite import connection as sqlite_connection
from trialog.log.trust.checkpoint import Checkpoint

Figures = dict[str, int | float | str]

SMALL: Final = 2 << 20
"""Bytes of a file system that is soon full."""


def kills_during_append(folder: Path, count: int, seed: int = 1) -> Figures:
    """Kill -9 a writer at any moment; whatever it acknowledged is there, and no batch is half there."""
    chance = random.Random(seed)  # noqa: S311
    place = workload.fresh(folder)
    lost = torn = acknowledged = unacknowledged = 0
    first = 1
    for _ in range(count):
        process, pipe = workload.writer_process(place, first)
        time.sleep(chance.uniform(0.02, 0.2))
        workload.kill(process)
        last = max(workload.acknowledged(pipe), first - 1)
        new = workload.stored_numbers(place, first - 1)
        acknowledged += last - first + 1
        lost += len(set(range(first, last + 1)) - set(new))
        torn += len(new) % workload.BATCH
        unacknowledged += first - 1 + len(new) - last
        assert new == list(range(first, first + len(new)))
        first += len(new)
    assert workload.stored_numbers(place) == list(range(1, first))
    with Database.open(place) as log:
        verify_log(log)
    assert (lost, torn) == (0, 0)
    assert acknowledged > 0
    return {"kills": count, "acknowledged": acknowledged, "lost": lost, "torn batches": torn,
            "stored, not acknowledged": unacknowledged, "seed": seed}  # fmt: skip


def kills_of_a_liar(folder: Path, count: int, seed: int = 1) -> Figures:
    """Control: a writer that acknowledges before it commits loses events, or the kills above would show nothing."""
    chance = random.Random(seed)  # noqa: S311
    place = workload.fresh(folder)
    lost, first = 0, 1
    for _ in range(count):
        process, pipe = workload.writer_process(place, first, too_early=True)
        time.sleep(chance.uniform(0.02, 0.2))
        workload.kill(process)
        told = workload.acknowledged(pipe)
        stored = workload.stored_numbers(place)
        lost += max(0, told - len(stored))
        first = len(stored) + 1
    assert lost > 0, "the control lost nothing: the kills do not hit"
    return {"kills": count, "lost, as it must": lost, "seed": seed}


def power_loss(folder: Path, count: int, seed: int = 7) -> Figures:
    """Power cut at any moment: what is shipped loses nothing; two unsafe settings must lose and must damage."""
    shipped = sqlite_connection.synchronous()
    weaker = {"EXTRA": "FULL", "FULL": "NORMAL"}[shipped]
    safe = powerloss.cuts(folder, count, shipped, seed)
    control, worst = (powerloss.cuts(folder, max(count // 5, 100), setting, seed) for setting in (weaker, "OFF"))
    assert (safe["cuts that lost an event"], safe["damaged"]) == (0, 0), safe
    assert safe["acknowledged"]
    assert control["cuts that lost an event"], f"the control lost nothing: {control}"
    assert worst["damaged"], f"the control was not damaged: {worst}"
    return {
        "journal": sqlite_connection.journal_mode(), "synchronous": shipped, "cuts": count, "lost": 0, "damaged": 0,
        f"control {weaker}": f"lost in {control['cuts that lost an event']} of {control['cuts']}",
        "control OFF": f"lost in {worst['cuts that lost an event']}, damaged in {worst['damaged']} of {worst['cuts']}",
        "seed": seed,
    }  # fmt: skip


def kills_during_naive_rebuild(folder: Path, count: int, seed: int = 2) -> Figures:
    """Control: a file that is rewritten in place is found torn, or the kills above would show nothing."""
    file, whole = folder / "naive", bytes(4_000_000)
    file.write_bytes(whole)
    torn = 0

    def work() -> None:
        with file.open("wb", buffering=0) as out:
            for at in range(0, len(whole), 4_096):
                out.write(whole[at : at + 4_096])

    def look() -> None:
        nonlocal torn
        torn += file.stat().st_size != len(whole)

    kills_during(folder, count, work, look, seed)
    assert torn > 0, "the control was never torn: the kills do not hit"
    return {"kills": count, "torn, as it must": torn, "seed": seed}


def kills_during(folder: Path, count: int, work: Callable[[], None], look: Callable[[], None], seed: int) -> int:
    """Kill -9 a process that repeats some work; look at what is there after each kill."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(count):
        process = os.fork()
        if not process:
            with suppress(BaseException):
                while True:
                    work()
            os._exit(3)
        time.sleep(chance.uniform(0.01, 0.2))
        workload.kill(process)
        look()
    return count


def kills_during_rebuild(folder: Path, count: int, seed: int = 2) -> Figures:
    """Kill -9 while the columns beside the log are written anew: what is read afterwards fits the log."""
    place = workload.fresh(folder)
    with Database.open(place) as log:
        tracker = AppendSession(log, TRIAL, "writer")
        tracker.append([enrolled(f"S{each:06}", "2016-01-01", event_id=f"e{each}") for each in range(1, 2_001)])
    few = columncache.FEWEST_EVENTS, columncache.FEWEST_NEW_EVENTS
    columncache.FEWEST_EVENTS = columncache.FEWEST_NEW_EVENTS = 1  # type: ignore[misc]
    kept = folder / "columns"
    try:
        with Database.open(place) as log:
            expected = decode(log.recorder(TRIAL).replay())

        def work() -> None:
            shutil.rmtree(kept, ignore_errors=True)
            with Database.open(place) as log:
                columns_of_log(log.recorder(TRIAL).replay(), kept)

        wrong = 0

        def look() -> None:
            nonlocal wrong
            with Database.open(place) as log:
                found = columns_of_log(log.recorder(TRIAL).replay(), kept)
            wrong += not all(
                np.array_equal(getattr(found, name), getattr(expected, name)) for name in TYPES if name != "amount"
            )

        kills_during(folder, count, work, look, seed)
    finally:
        columncache.FEWEST_EVENTS, columncache.FEWEST_NEW_EVENTS = few  # type: ignore[misc]
    assert wrong == 0
    return {"kills": count, "wrong columns read": wrong, "seed": seed}


def kills_during_checkpoint(folder: Path, count: int, seed: int = 3) -> Figures:
    """Kill -9 while checkpoints are signed and kept: every one kept is whole, signed, and a prefix of the log."""
    from trialog.log.store.checkpoints import checkpoints_of
    from trialog.log.trust.signed_notes import SigningKey

    place = workload.fresh(folder)
    key = SigningKey.new("example.org/log")
    unsigned = kept = 0

    def work() -> None:
        with Database.open(place) as log, log.recorder(TRIAL).writing() as transaction:
            transaction.keep(key.sign(transaction.checkpoint.note()))

    def look() -> None:
        nonlocal unsigned, kept
        with Database.open(place) as log:
            found = checkpoints_of(log, TRIAL)
            kept = len(found)
            unsigned += sum(key.verifier.check(each.note) is None for each in found[-3:])

    kills_during(folder, count, work, look, seed)
    with Database.open(place) as log:
        verify_log(log)
    assert unsigned == 0
    assert kept > 0 or count <= 10, "no checkpoint was ever kept: the scenario shows nothing"
    return {"kills": count, "checkpoints kept": kept, "unsigned or damaged": unsigned, "seed": seed}


def _filled(folder: Path, events: int = 300) -> tuple[Path, Checkpoint]:
    place = Path(workload.fresh(folder))
    with Database.open(str(place)) as log:
        tracker = AppendSession(log, TRIAL, "writer")
        tracker.append([enrolled(f"S{each:06}", "2016-01-01", event_id=f"e{each}") for each in range(1, events + 1)])
        return place, log.recorder(TRIAL).checkpoint()


def _content(place: Path) -> list[tuple[Any, ...]] | None:
    """Return what SELECT gives, None where it gives an error."""
    connection = sqlite3.connect(place)
    try:
        return [
            row
            for table in ("log", "trial", "stream", "event", "checkpoint")
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608
        ]
    except (sqlite3.Error, OverflowError, UnicodeDecodeError):  # the driver cannot read damaged names of columns
        return None
    finally:
        connection.close()


def _refused(place: Path, since: Checkpoint) -> bool:
    try:
        with Database.open(str(place)) as log:
            verify_log(log, since=[since])
    except TrialogError:
        return True
    return False


def bit_flips(folder: Path, count: int, seed: int = 4) -> Figures:
    """One bit of the file: every flip that changes what is read is found; SQLite's own check beside it."""
    chance = random.Random(seed)  # noqa: S311
    place, checkpoint = _filled(folder)
    whole, content = place.read_bytes(), _content(place)
    other = folder / "flipped.db"
    changed = found = by_sqlite = 0
    for _ in range(count):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        other.write_bytes(damaged)
        if _content(other) == content:
            continue
        changed += 1
        by_sqlite += not _integrity(other)
        found += _refused(other, checkpoint)
    assert found == changed > 0
    return {"flips": count, "changed what is read": changed, "found by verify": found,
            "found by integrity_check": by_sqlite, "seed": seed}  # fmt: skip


def _integrity(place: Path) -> bool:
    connection = sqlite3.connect(place)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    except (sqlite3.Error, UnicodeDecodeError):
        return False
    finally:
        connection.close()


def truncations(folder: Path, count: int, seed: int = 5) -> Figures:
    """The file cut anywhere: every cut that loses an event is found."""
    chance = random.Random(seed)  # noqa: S311
    place, checkpoint = _filled(folder)
    whole, content = place.read_bytes(), _content(place)
    other = folder / "cut.db"
    changed = found = 0
    for _ in range(count):
        other.write_bytes(whole[: chance.randrange(len(whole))])
        if _content(other) == content:
            continue
        changed += 1
        found += _refused(other, checkpoint)
    assert found == changed > 0
    return {"cuts": count, "lost something": changed, "found by verify": found, "seed": seed}


def older_backup(folder: Path) -> Figures:
    """An older backup put in the log's place is refused against the last checkpoint."""
    place, _ = _filled(folder, 20)
    with Database.open(str(place)) as log:
        back_up(log, folder / "backup.db")
        AppendSession(log, TRIAL, "writer").append([enrolled("later", "2016-01-01")])
        checkpoint = log.recorder(TRIAL).checkpoint()
    assert _refused(folder / "backup.db", checkpoint)
    return {"restored": 1, "refused": 1}


def rewrites(folder: Path, count: int, seed: int = 6) -> Figures:
    """Histories rewritten consistently inside the part that a checkpoint covers: all refused."""
    chance = random.Random(seed)  # noqa: S311
    place, checkpoint = _filled(folder, 30)
    refused = 0
    with Database.open(str(place)) as log:
        for number in range(count):
            at, forged = chance.randrange(3, checkpoint.size + 1), folder / f"forged{number}.db"

            def change(entry: Any, at: int = at, number: int = number) -> Any:
                from dataclasses import replace

                if entry.position != at:
                    return entry
                return None if number % 2 else replace(entry, state=entry.state.replace(b"2016", b"2017"), actor="x")

            forging.rewritten(log, str(forged), change).close()
            refused += _refused(forged, checkpoint)
            forged.unlink()
    assert refused == count
    return {"rewritten": count, "refused": refused, "seed": seed}


def races(folder: Path, count: int, place: str | None = None) -> Figures:
    """Two writers take the same version: exactly one wins each time."""
    from tests.log.store.test_trial_log import entry

    where = place or str(folder / "races.db")
    winners = losers = 0
    with Database.create(where) as one, Database.open(where) as two:
        for number in range(1, count + 1):
            for log in (one, two):
                try:
                    with log.recorder("T").writing() as transaction:
                        rows = transaction.entries_of(["s"]).get("s", [])
                        assert len(rows) == number - 1 or log is two
                    log.recorder("T").insert_events([entry("s", number)])
                    winners += 1
                except (TrialogError, Exception) as error:  # noqa: BLE001  # the library's own error
                    losers += "version is not the next" in str(error)
        assert one.recorder("T").size() == count
    assert (winners, losers) == (count, count)
    return {"races": count, "winners": winners, "told so": losers}


def two_writers(folder: Path, seconds: float, place: str | None = None) -> Figures:
    """Two writer processes at once: stored is what was acknowledged, without a gap; a busy one says so."""
    where = place or workload.fresh(folder)
    if place:
        workload.begin(place)
    children = [workload.writer_process(where, 1 + 10**5 * number, 1) for number in (1, 2)]
    time.sleep(seconds)
    for process, _ in children:
        workload.kill(process)
    last = [workload.acknowledged(pipe) for _, pipe in children]
    stored = workload.stored_numbers(where)
    acknowledged = 0
    for number, end in zip((1, 2), last, strict=True):
        told = set(range(1 + 10**5 * number, end + 1))
        acknowledged += len(told)
        assert told <= set(stored)
    assert len(stored) - acknowledged <= 2
    with Database.open(where) as log:
        assert verify_log(log)[0].checkpoint.size == len(stored) + 2
    return {"acknowledged": acknowledged, "stored": len(stored), "lost": 0}


def unknown_commit(folder: Path, count: int) -> Figures:
    """A batch is sent again after its outcome was not known: nothing stands twice."""
    place = workload.fresh(folder)
    for number in range(1, count + 1):
        some = [enrolled(f"S{number:06}-{each}", "2016-01-01", event_id=f"e{number}-{each}") for each in range(3)]
        with Database.open(place) as log:
            tracker = AppendSession(log, TRIAL, "writer")
            if number % 2:  # it was committed, and the acknowledgement was lost
                tracker.append(some)
            receipt = tracker.append(some)
            assert (len(receipt.appended), len(receipt.duplicates)) == ((0, 3) if number % 2 else (3, 0))
    with Database.open(place) as log:
        size = verify_log(log)[0].checkpoint.size
    assert size == 2 + 3 * count
    return {"retries": count, "double events": size - 2 - 3 * count}


def clock_back(folder: Path) -> Figures:
    """The clock goes an hour back: the time of recording does not."""
    bench = Bench(folder, "2024-03-31", name="clock.db")
    bench.append(enrolled("001", "2016-01-01"))
    before = bench.instant
    bench.instant -= 3_600_000_000
    bench.append(died("001", "2017-01-01"))
    bench.instant += 2 * 3_600_000_000
    bench.append(enrolled("002", "2016-01-01"))
    found = [entry.recorded_at for entry in bench.log.recorder(TRIAL).entries()]
    bench.log.close()
    assert found == sorted(found)
    assert found[-2] == before
    return {"jumps": 2, "decreasing times": 0}


def disk_full(folder: Path) -> Figures:
    """Disk full in three ways: one line of error, nothing acknowledged is lost, appending goes on with space."""
    done = []
    with _small_file_system(folder / "small") as small:
        for way in ("pages", "file size", "file system"):
            if way == "file system" and small is None:
                continue
            _fill_up(small if way == "file system" and small else folder, way)
            done.append(way)
    return {"ways": ", ".join(done), "acknowledged events lost": 0}


def _fill_up(folder: Path, way: str) -> None:
    place = workload.fresh(folder, f"full-{way.replace(' ', '-')}.db")
    acknowledged = 0
    error: TrialogError | None = None
    with Database.open(place) as log:
        tracker = AppendSession(log, TRIAL, "writer")
        with _small_disk(log, Path(place), way):
            try:
                for number in itertools.count(1, 10):
                    some = range(number, number + 10)
                    tracker.append([enrolled(f"S{each:06}", "2016-01-01", event_id=f"e{each}") for each in some])
                    acknowledged = some[-1]
            except TrialogError as found:
                error = found
        assert error is not None
        assert len(str(error).splitlines()) == 1
        tracker.append([enrolled("after", "2016-01-01", event_id=f"e{acknowledged + 1}")])
    assert workload.stored_numbers(place) == list(range(1, acknowledged + 2))
    with Database.open(place) as log:
        verify_log(log)


@contextmanager
def _small_file_system(place: Path) -> Iterator[Path | None]:
    """Mount two megabytes of memory; None where this process may not."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place)]
    try:
        may = subprocess.run(mount, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        may = False
    try:
        yield place if may else None
    finally:
        if may:
            subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S603, S607


@contextmanager
def _small_disk(log: Database, place: Path, way: str) -> Iterator[None]:
    if way == "pages":
        from sqlalchemy import event

        most = place.stat().st_size // 4_096 + 20

        def limit(connection: Any, _: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {most}")

        event.listen(log.engine, "connect", limit)
        log.engine.dispose()  # what is open already has no such limit
        yield
        event.remove(log.engine, "connect", limit)
        log.engine.dispose()
        return
    if way == "file system":
        yield
        subprocess.run(["mount", "-o", f"remount,size={4 * SMALL}", str(place.parent)], check=True)  # noqa: S603, S607
        return
    had = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (place.stat().st_size + 100_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, had)


class FailingCursor(sqlite3.Cursor):
    """A cursor of SQLite; of the next statements of all of them the one that is chosen fails as a disk does."""

    left = 0

    def execute(self, *arguments: Any) -> Any:
        self._count()
        return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> Any:
        self._count()
        return super().executemany(*arguments)

    @classmethod
    def _count(cls) -> None:
        cls.left -= 1
        if cls.left == 0:
            raise sqlite3.OperationalError("disk I/O error")


class FailingConnection(sqlite3.Connection):
    """A connection of SQLite with such cursors; to commit counts as a statement too."""

    def cursor(self, factory: Any = FailingCursor) -> Any:
        return super().cursor(factory)

    def commit(self) -> None:
        FailingCursor._count()
        super().commit()


def every_call_fails(folder: Path) -> Figures:
    """The n-th statement of an append fails, for every n: the error surfaces and the log verifies."""
    place = workload.fresh(folder)
    failed = 0
    connect = sqlite3.connect
    for nth in itertools.count(1):
        sqlite_connection.sqlite3.connect = partial(connect, factory=FailingConnection)  # type: ignore[attr-defined]
        try:
            log = Database.open(place)
        finally:
            sqlite_connection.sqlite3.connect = connect  # type: ignore[attr-defined]
        with log:
            tracker = AppendSession(log, TRIAL, "writer")
            before = workload.stored_numbers(place)
            FailingCursor.left = nth
            try:
                tracker.append([enrolled(f"S{nth:06}", "2016-01-01", event_id=f"e{nth}")])
            except (TrialogError, sqlite3.OperationalError):
                failed += 1
                assert workload.stored_numbers(place) == before
            reached, FailingCursor.left = FailingCursor.left <= 0, 0
            verify_log(log)
            assert failed == nth - (not reached)
            if not reached:
                return {"statements of an append": failed, "failed and surfaced": failed, "half-written": 0}
    raise AssertionError


def server_kills(cluster: Any, place: str, count: int) -> Figures:
    """Kill -9 of the postmaster and all its children during appends: nothing acknowledged is lost."""
    workload.begin(place)
    acknowledged = 0
    first = 1
    for _ in range(count):
        process, pipe = workload.writer_process(place, first)
        time.sleep(0.5)
        cluster.kill()
        workload.kill(process)
        last = max(workload.acknowledged(pipe), first - 1)
        cluster.start()
        stored = workload.stored_numbers(place)
        assert set(range(1, last + 1)) <= set(stored)
        assert len(stored) % workload.BATCH == 0
        acknowledged += last - first + 1
        first = len(stored) + 1
    with Database.open(place) as log:
        verify_trial(log, TRIAL)
    assert acknowledged > 0
    return {"kills": count, "acknowledged": acknowledged, "lost": 0}

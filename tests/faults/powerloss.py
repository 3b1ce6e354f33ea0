"""What a power cut leaves behind: replayed from the order in which a writer wrote, synced and unlinked.

`strace` records a real writer. At a chosen moment of the record everything that was synced is kept; of
each write that was not, all, nothing or some sectors. Creating and deleting a file lasts from the next sync
on, as on file systems with an ordered journal. A disk that lies about a sync is not modelled.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.faults import workload
from trialog.events.errors import TrialogError
from trialog.log.checks.verify import verify_log
from trialog.log.store.database import Database
from trialog.log.store.sqlite import connection as sqlite_connection

SECTOR: Final = 512
BATCHES: Final = 40

_CALL: Final = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_QUOTED: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_OPENED: Final = re.compile(r"^\d+<((?:\\x[0-9a-f]{2})*)>")


def missing() -> str | None:
    """Return why power cuts cannot be simulated here, None when they can."""
    return None if shutil.which("strace") else "strace is not installed"


@dataclass(eq=False)
class _File:
    """Bytes that are on the disk for certain, and writes that may be."""

    safe: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        for offset, data in self.waiting:
            _apply(self.safe, offset, data)
        self.waiting.clear()

    def after_a_cut(self, chance: random.Random, way: str) -> bytes:
        found = bytearray(self.safe)
        for offset, data in self.waiting:
            if way == "kept" or (way == "mixed" and data is None and chance.random() < 0.5):
                _apply(found, offset, data)
            elif way == "mixed" and data is not None:
                for at in range(0, len(data), SECTOR):
                    if chance.random() < 0.5:
                        _apply(found, offset + at, data[at : at + SECTOR])
        return bytes(found)


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:  # cut to a length
        del content[offset:]
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


class Disk:
    """The files of one folder, as a recorded writer left them up to some moment."""

    def __init__(self, before: dict[str, bytes]) -> None:
        self.names = {name: _File(bytearray(content)) for name, content in before.items()}
        self._safe_names = dict(self.names)
        self._waiting_names: list[tuple[str, _File | None]] = []

    def write(self, name: str, offset: int, data: bytes | None) -> None:
        """Write at an offset; None cuts the file there."""
        self.names[name].waiting.append((offset, data))

    def create(self, name: str) -> None:
        """Make an empty file unless there is one."""
        if name not in self.names:
            self.names[name] = _File()
            self._waiting_names.append((name, self.names[name]))

    def delete(self, name: str) -> None:
        """Take a name away."""
        self.names.pop(name, None)
        self._waiting_names.append((name, None))

    def sync(self, name: str) -> None:
        """Sync a file, or the folder when the name is empty; names become safe with either."""
        if name:
            self.names[name].sync()
        for each, file in self._waiting_names:
            _rename(self._safe_names, each, file)
        self._waiting_names.clear()

    def after_a_cut(self, chance: random.Random) -> dict[str, bytes]:
        """Return what may be there when the power comes back."""
        way = chance.choice(("kept", "dropped", "mixed"))
        names = dict(self._safe_names)
        most = len(self._waiting_names)
        for each, file in self._waiting_names[: {"kept": most, "dropped": 0}.get(way, chance.randint(0, most))]:
            _rename(names, each, file)
        return {name: file.after_a_cut(chance, way) for name, file in names.items()}


def _rename(names: dict[str, _File], name: str, file: _File | None) -> None:
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file


Step = tuple[str, str, int, bytes | None]
"""What was done (write, create, delete, sync, acknowledge), to which file, offset or number, data."""


def record(folder: Path, synchronous: str) -> tuple[dict[str, bytes], list[Step]]:
    """Run a writer under strace; return the files as they were before, and every step in order."""
    place = Path(workload.fresh(folder, f"{synchronous}.db"))
    before = {place.name: place.read_bytes()}
    trace = folder / f"{synchronous}.trace"
    calls = "openat,write,pwrite64,ftruncate,fsync,fdatasync,unlink"
    subprocess.run(  # noqa: S603
        ["strace", "-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={calls}", "-o", str(trace), sys.executable,  # noqa: S607
         "-m", "tests.faults.powerloss", str(place), synchronous],
        check=True, capture_output=True,
    )  # fmt: skip
    return before, list(_steps(trace, place))


def _steps(trace: Path, place: Path) -> Iterator[Step]:
    for line in trace.read_text().splitlines():
        call = _CALL.match(line)
        if call is None or call[3].startswith("-"):
            continue
        name, given = call[1], call[2]
        opened = _OPENED.match(given)
        text = _QUOTED.search(given)
        file = Path(_bytes(opened[1]).decode() if opened else _bytes(text[1]).decode() if text else "")
        if file.name.endswith("-shm"):
            continue  # made anew by whoever comes next
        if file.name == "acknowledged" and name == "write" and text is not None:
            yield "acknowledge", "", int(_bytes(text[1])), None
        elif file == place.parent and name in ("fsync", "fdatasync"):
            yield "sync", "", 0, None
        elif file.parent != place.parent or not file.name.startswith(place.name):
            continue
        elif name == "openat" and "O_CREAT" in given:
            yield "create", file.name, 0, None
        elif name == "pwrite64" and text is not None:
            yield "write", file.name, int(given.rpartition(",")[2]), _bytes(text[1])
        elif name == "ftruncate":
            yield "write", file.name, int(given.rpartition(",")[2]), None
        elif name in ("fsync", "fdatasync"):
            yield "sync", file.name, 0, None
        elif name == "unlink":
            yield "delete", file.name, 0, None


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def cuts(folder: Path, count: int, synchronous: str, seed: int = 7) -> dict[str, int | float | str]:
    """Cut the power at many moments; count where an acknowledged event is gone, and where the file is damaged."""
    chance = random.Random(seed)  # noqa: S311
    before, steps = record(folder, synchronous)
    moments = sorted(chance.randrange(1, len(steps) + 1) for _ in range(count))
    disk, told, done = Disk(before), 0, 0
    lost = damaged = 0
    for moment in moments:
        for what, name, number, data in steps[done:moment]:
            if what == "write":
                disk.write(name, number, data)
            elif what == "acknowledge":
                told = number
            else:
                getattr(disk, what)(name)
        done = moment
        stored = _stored(folder / "after", disk.after_a_cut(chance))
        damaged += stored is None
        lost += stored is not None and stored[:told] != list(range(1, told + 1))
    return {"synchronous": synchronous, "cuts": count, "steps": len(steps), "acknowledged": told,
            "cuts that lost an event": lost, "damaged": damaged, "seed": seed}  # fmt: skip


def _stored(folder: Path, files: dict[str, bytes]) -> list[int] | None:
    """Return the events that a log holds when it is opened after the cut; None for a log that is damaged."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    place = str(folder / min(files, key=len))
    try:
        with Database.open(place) as log:
            verify_log(log)
        return workload.stored_numbers(place)
    except TrialogError:
        return None


def main(place: str, synchronous: str) -> None:
    """Write with a setting of ``synchronous``, and say of each batch when it was acknowledged."""
    sqlite_connection.synchronous = lambda: synchronous
    limit = 1 + BATCHES * workload.BATCH
    with Path(place).with_name("acknowledged").open("wb", buffering=0) as told:

        def acknowledge(number: int) -> None:
            told.write(str(number).encode())
            if number + 1 >= limit:
                raise SystemExit

        workload.append_forever(place, acknowledge)


if __name__ == "__main__":
    main(*sys.argv[1:])

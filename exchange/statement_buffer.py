"""Statements grouped by subject: in memory as long as they are few, else in files of their own.

An import compares subject by subject, and a table may hold a subject's rows anywhere. A million
statements would take more than a gigabyte; in 64 files only one sixty-fourth is in memory at a time.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO
from zlib import crc32

from trialog.events.registry import BY_TOPIC
from trialog.exchange.fact import Statement

MOST_IN_MEMORY: Final = 100_000
PARTS: Final = 64


class Spool:
    """Takes statements in any order and gives them back by subject.

    Args:
        most: Statements kept in memory before files are used.
    """

    def __init__(self, most: int = MOST_IN_MEMORY) -> None:
        self._most = most
        self._groups: dict[str, list[Statement]] = {}
        self._count = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files: list[TextIO] = []

    def __len__(self) -> int:
        """Return the number of statements."""
        return self._count

    def add(self, subject: str, statement: Statement) -> None:
        """Take a statement."""
        self._count += 1
        if self._files:
            self._write(subject, statement)
            return
        self._groups.setdefault(subject, []).append(statement)
        if self._count > self._most:
            self._move_to_files()

    def groups(self) -> Iterator[tuple[str, list[Statement]]]:
        """Yield each subject with its statements in the order in which they came; may be called again."""
        if not self._files:
            yield from self._groups.items()
            return
        for file in self._files:
            file.flush()
            groups: dict[str, list[Statement]] = {}
            with Path(file.name).open(encoding="utf-8") as lines:
                for line in lines:
                    subject, statement = _read(line)
                    groups.setdefault(subject, []).append(statement)
            yield from groups.items()

    def close(self) -> None:
        """Give the files back."""
        for file in self._files:
            file.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _move_to_files(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="trialog-")
        folder = Path(self._folder.name)
        self._files = [(folder / f"{part:02}").open("w", encoding="utf-8") for part in range(PARTS)]
        for subject, statements in self._groups.items():
            for statement in statements:
                self._write(subject, statement)
        self._groups = {}

    def _write(self, subject: str, statement: Statement) -> None:
        line = json.dumps(
            [
                subject,
                statement.key,
                statement.dataset,
                statement.kind.TOPIC,
                statement.day,
                statement.fields,
                statement.source,
                statement.where,
            ]
        )
        self._files[crc32(subject.encode()) % PARTS].write(line + "\n")


def _read(line: str) -> tuple[str, Statement]:
    subject, key, dataset, topic, day, fields, source, where = json.loads(line)
    return subject, Statement(key, dataset, BY_TOPIC[topic], day, fields, source, where)

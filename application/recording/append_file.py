"""Appending a file of JSON Lines: all of it is checked, then all of it is written in one transaction, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from trialog.application.answers.recording import AppendFileAnswer
from trialog.application.progress import OnStep
from trialog.application.recording.batch import Batch, BatchAppend
from trialog.application.recording.receipt import Receipt, RefusedError
from trialog.events.entry import Draft
from trialog.events.errors import EventError, LogError, TrialogError
from trialog.exchange.json_lines import LONGEST_LINE, draft_of

if TYPE_CHECKING:
    from trialog.log.store.database import Database

MOST_COMPLAINTS: Final = 20
"""Wrong lines that are given in words; the others are counted."""

WATCHED_EVERY: Final = 1_000
"""Events between two calls of ``on_progress``."""


def append_file(
    database: Database,
    file: str | Path,
    *,
    trial: str | None = None,
    by: str | None = None,
    batch: int | None = None,
    dry_run: bool = False,
    on_progress: OnStep | None = None,
) -> AppendFileAnswer:
    """Append the events of a file of JSON Lines; they may be of several trials, in any order.

    Args:
        database: An open log.
        file: One event a line; ``-`` reads standard input.
        trial: Of the lines that name none.
        by: Who records, for lines that do not say; the login name if None.
        batch: Events in a transaction; None for all in one.
        dry_run: Judge only.
        on_progress: Takes how far it is.

    Raises:
        EventError: Lines are not events, or the rules refuse some; the text says which. Nothing was written, or with
            batches, nothing of this batch and of those after it.
        LogError: The log cannot be written.
    """
    lines = Lines(str(file))
    work = BatchAppend(database, by, dry_run=dry_run)
    source = _watched(drafts_of(lines), lines, on_progress) if on_progress else drafts_of(lines)
    if batch is None or dry_run:
        # A dry run writes nothing, so that a batch could not be judged by those before it.
        _append(work, source, trial, warnings=True)
    else:
        _append_in_batches(work, source, trial, batch, on_progress)
    return AppendFileAnswer(**work.answer_fields())


class Lines:
    """The lines of a file or of standard input, numbered, each at most as long as an event may be."""

    def __init__(self, place: str) -> None:
        self.place = "standard input" if place == "-" else place
        self._stream: IO[bytes] = sys.stdin.buffer if place == "-" else _opened(Path(place))
        self.bytes_total = 0 if place == "-" else Path(place).stat().st_size
        self.bytes_read = 0

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and content of each line that is not blank."""
        number = 0
        with self._stream as stream:
            while line := stream.readline(LONGEST_LINE + 2):
                number += 1
                self.bytes_read += len(line)
                if b"\0" in line and number == 1:
                    raise EventError(f"{self.place} is not text; expected JSON Lines, an event a line")
                if line.strip():
                    yield number, line.rstrip(b"\r\n")


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise LogError(f"cannot read {path}: {error.strerror}") from None


def drafts_of(lines: Lines) -> Iterator[tuple[str | None, Draft]]:
    """Yield the trial and the event of each line, none after the first that is not an event.

    Raises:
        EventError: Some lines are not events; the text has a line for each of the first 20, and counts the others.
    """
    complaints: list[str] = []
    wrong = 0
    for number, line in lines:
        try:
            drafted = draft_of(line, f"{lines.place}:{number}")
        except EventError as error:
            wrong += 1
            if wrong <= MOST_COMPLAINTS:
                complaints.append(str(error))
            continue
        if not wrong:
            yield drafted
    if wrong:
        raise EventError("\n".join([*complaints, *_more(wrong, "wrong")]))


def _more(count: int, word: str) -> list[str]:
    return [f"and {count - MOST_COMPLAINTS} more are {word}"] if count > MOST_COMPLAINTS else []


def _append(
    work: BatchAppend, source: Iterator[tuple[str | None, Draft]], trial: str | None, *, warnings: bool
) -> dict[str, Receipt]:
    batch = Batch(trial)
    for named, draft in source:
        batch.add(named, draft)
    try:
        return work.append(batch, warnings=warnings)
    except RefusedError as refused:
        # A user who mends the first lines mends the others in the same way.
        lines = [*refused.lines[:MOST_COMPLAINTS], *_more(len(refused.lines), "refused")]
        raise EventError("\n".join(lines)) from refused


def _append_in_batches(
    work: BatchAppend,
    source: Iterator[tuple[str | None, Draft]],
    trial: str | None,
    size: int,
    on_progress: OnStep | None,
) -> None:
    """Append some events at a time; look for warnings when all are in the log.

    A batch on its own would find odd what a later one explains, for example a response before its dose.
    """
    touched: dict[str, dict[str, None]] = {}
    since: dict[str, int] = {}
    while True:
        try:
            receipts = _append(work, islice(source, size), trial, warnings=False)
        except TrialogError as error:
            raise _with_what_was_written(error, work) from error
        if not receipts:
            break
        for code, receipt in receipts.items():
            if receipt.appended:
                since.setdefault(code, receipt.appended[0].position)
                touched.setdefault(code, {}).update(dict.fromkeys(entry.stream for entry in receipt.appended))
    total, done = sum(map(len, touched.values())), 0
    for code, streams in touched.items():
        for count, warnings in work.session_of(code).doubts(streams, since[code]):
            work.note(warnings)
            done += count
            if on_progress:
                on_progress("looking for warnings", done, total)


def _with_what_was_written(error: TrialogError, work: BatchAppend) -> TrialogError:
    # If the log cannot be written, the file is not to blame.
    kind, mend = (LogError, "") if isinstance(error, LogError) else (EventError, "mend the file and ")
    done = sum(work.appended.values())
    if not done:
        return kind(str(error))
    events = f"{done} event{'' if done == 1 else 's'}"
    return kind(f"{error}\nthe batches before it are in the log ({events}); {mend}run it again")


def _watched(
    drafts: Iterator[tuple[str | None, Draft]], lines: Lines, on_progress: OnStep
) -> Iterator[tuple[str | None, Draft]]:
    for number, draft in enumerate(drafts, 1):
        if number % WATCHED_EVERY == 0:
            on_progress("appending bytes", lines.bytes_read, lines.bytes_total)
        yield draft

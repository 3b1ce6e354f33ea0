"""Appending a stream of JSON Lines: validated first, in one transaction or in batches, with progress."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Final

from trialog.application.keys import keys_if_named, sign_if_possible
from trialog.application.progress import OnStep
from trialog.application.recording.append_session import AppendSession
from trialog.application.recording.receipt import Receipt, RefusedError
from trialog.domain.findings import HistoryWarning
from trialog.events.entry import Draft
from trialog.events.errors import EventError, LogError, TrialogError
from trialog.exchange.json_lines import LONGEST_LINE, draft_of
from trialog.log.store.database import Database

MOST_COMPLAINTS: Final = 20
MOST_NOTES: Final = 5
WATCHED_EVERY: Final = 1_000
"""Events between two tellings of how far it is."""


@dataclass
class Tally:
    """What an append of a file did.

    Attributes:
        read: Events read.
        appended: New events for each trial.
        duplicates: Events that were in the log already.
        doubts: What is odd and was accepted.
    """

    read: int = 0
    appended: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    doubts: list[str] = field(default_factory=list)
    doubts_left_out: int = 0

    def note(self, doubts: Iterable[HistoryWarning]) -> None:
        """Keep the first few doubts, and count the others."""
        found = list(doubts)
        room = MOST_NOTES - len(self.doubts)
        self.doubts.extend(doubt.message for doubt in found[:room])
        self.doubts_left_out += len(found[room:])


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


def drafts_of(lines: Lines, default_trial: str | None) -> Iterator[tuple[str | None, Draft]]:
    """Yield the trial and the event of each line.

    Raises:
        EventError: Some lines are not events; the text has a line for each of the first 20.
    """
    complaints: list[str] = []
    for number, line in lines:
        try:
            trial, draft = draft_of(line, f"{lines.place}:{number}")
        except EventError as error:
            complaints.append(str(error))
            if len(complaints) == MOST_COMPLAINTS:
                complaints.append(f"{lines.place}: more than {MOST_COMPLAINTS - 1} lines are wrong; stopped reading")
                break
            continue
        if not complaints:
            yield trial or default_trial, draft
    if complaints:
        raise EventError("\n".join(complaints))


class FileAppend:
    """Appends drafts of several trials to a log, one tracker for each trial."""

    def __init__(self, log: Database, actor: str, only_trial: str | None, *, dry_run: bool) -> None:
        self._log = log
        self._actor = actor
        self._only_trial = only_trial
        self._dry_run = dry_run
        self._trackers: dict[str, AppendSession] = {}
        self._touched: dict[str, dict[str, None]] = {}
        self._since: dict[str, int] = {}
        self.tally = Tally()

    def append(self, drafts: Iterable[tuple[str | None, Draft]]) -> None:
        """Append some drafts, each trial's in one transaction."""
        by_trial: dict[str, list[Draft]] = {}
        for trial, draft in drafts:
            self.tally.read += 1
            code = trial or self._only_trial
            if code is None:
                raise EventError(f"{draft.where}: field 'trial' is missing; name it there or with --trial")
            by_trial.setdefault(code, []).append(draft)
        for code, some in by_trial.items():
            tracker = self._trackers.get(code)
            if tracker is None:
                tracker = self._trackers[code] = AppendSession(
                    self._log, code, self._actor, sign=sign_if_possible(), keys=keys_if_named()
                )
            try:
                receipt = tracker.append(some, dry_run=self._dry_run, doubts=self._dry_run)
            except RefusedError as refused:
                raise _shortened(refused) from refused
            self._take(code, receipt)

    def _take(self, code: str, receipt: Receipt) -> None:
        self.tally.appended[code] = self.tally.appended.get(code, 0) + len(receipt.appended)
        self.tally.duplicates += len(receipt.duplicates)
        self.tally.note(receipt.doubts)
        if receipt.appended and not self._dry_run:
            self._since.setdefault(code, receipt.appended[0].position)
            self._touched.setdefault(code, {}).update(dict.fromkeys(entry.stream for entry in receipt.appended))

    def look_for_oddities(self, on_progress: OnStep | None = None) -> None:
        """Note what is odd about the events, now that all of them stand in the log.

        A batch on its own would find odd what a later one explains, for example a response before its dose.
        """
        total = sum(map(len, self._touched.values()))
        done = 0
        for code, streams in self._touched.items():
            for count, doubts in self._trackers[code].doubts(streams, self._since[code]):
                self.tally.note(doubts)
                done += count
                if on_progress:
                    on_progress("looking for oddities", done, total)


def _shortened(refused: RefusedError) -> EventError:
    """Return the first lines of a refusal: who mends those mends the others in the same way."""
    more = len(refused.lines) - MOST_COMPLAINTS
    lines = [*refused.lines[:MOST_COMPLAINTS], *([f"and {more} more are refused"] if more > 0 else [])]
    return EventError("\n".join(lines))


def append_file(
    work: FileAppend,
    lines: Lines,
    default_trial: str | None,
    batch: int | None,
    *,
    on_progress: OnStep | None = None,
) -> None:
    """Append a whole file.

    Args:
        work: Where to.
        lines: What.
        default_trial: Trial of lines that name none.
        batch: Events in a transaction; None for all in one.
        on_progress: Takes how far it is.

    Raises:
        TrialogError: Something was refused; the text says what stands in the log already.
    """
    drafts = drafts_of(lines, default_trial)
    source = iter(_watched(drafts, lines, on_progress) if on_progress else drafts)
    if batch is None:
        work.append(list(source))
    else:
        while some := list(_batch(source, batch, work)):
            try:
                work.append(some)
            except TrialogError as error:
                raise _with_progress(error, work) from error
    work.look_for_oddities(on_progress)


def _batch(
    source: Iterator[tuple[str | None, Draft]], size: int, work: FileAppend
) -> Iterator[tuple[str | None, Draft]]:
    try:
        yield from islice(source, size)
    except EventError as error:
        raise _with_progress(error, work) from error


def _with_progress(error: TrialogError, work: FileAppend) -> TrialogError:
    # Where the log could not be written, the file is not to blame.
    kind, mend = (LogError, "") if isinstance(error, LogError) else (EventError, "mend the file and ")
    done = sum(work.tally.appended.values())
    if not done:
        return kind(str(error))
    events = f"{done} event{'' if done == 1 else 's'}"
    return kind(f"{error}\nthe batches before it stand in the log ({events}); {mend}run it again")


def _watched(
    drafts: Iterator[tuple[str | None, Draft]], lines: Lines, on_progress: OnStep
) -> Iterator[tuple[str | None, Draft]]:
    for number, draft in enumerate(drafts, 1):
        if number % WATCHED_EVERY == 0:
            on_progress("appending bytes", lines.bytes_read, lines.bytes_total)
        yield draft

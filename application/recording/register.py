"""Registering a file of announced figures: every row becomes an event, and what was inferred is listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trialog.application.answers.register import RegisterAnswer, RegisteredRow, RegisterNote
from trialog.application.recording.append_session import AppendSession
from trialog.events.entry import Draft
from trialog.events.errors import EventError
from trialog.events.kinds import ANNOUNCEMENT_PREFIX, AnnouncementMade
from trialog.exchange.register.files import read_register
from trialog.exchange.register.register import RegisterRelease, releases_of
from trialog.exchange.register.row_reading import RowReading


def register(tracker: AppendSession, place: str, *, dry_run: bool, same_trial: Sequence[str] = ()) -> RegisterAnswer:
    """Append every row of a register file to a trial's log, in one transaction.

    Rows that the log holds already are passed over, so a file can be registered again. Figures that break a law
    are recorded as said, with a warning.

    Args:
        tracker: The log.
        place: The file.
        dry_run: Judge and write nothing.
        same_trial: Words for a trial in the file that mean the log's trial.

    Raises:
        EventError: The file is none, or it is about another trial.
    """
    readings = read_register(place)
    _refuse_other_trials(readings, tracker.trial, place, same_trial)
    releases = _named(readings, tracker)
    drafts = [draft for release in releases for draft in _drafts(release, readings, place)]
    receipt = tracker.append(drafts, dry_run=dry_run)
    rows = {row: (release.name, figure) for release in releases for row, figure in sorted(release.figures.items())}
    return RegisterAnswer(
        trial=tracker.trial,
        read=len(readings),
        announcements=tuple(release.name for release in releases),
        appended=len(receipt.appended),
        already_in_the_log=len(receipt.duplicates),
        dry_run=dry_run,
        rows=tuple(
            RegisteredRow(
                row=reading.row.number,
                line=reading.row.line or None,
                announcement=rows[reading.row.number][0],
                role=reading.role,
                why=reading.why or None,
                figure=rows[reading.row.number][1].figure,
            )
            for reading in readings
        ),
        notes=(
            *_impossible(readings),
            *(RegisterNote(rule=each.rule, message=each.message) for each in receipt.doubts),
        ),
    )


def _impossible(readings: Sequence[RowReading]) -> Iterator[RegisterNote]:
    """Yield a warning for each law that the figures break: that they were said is a fact all the same."""
    from trialog.audit.answering.check import broken_laws

    series, found = broken_laws(readings)
    rows = {rank: reading.row.number for rank, reading in series.readings.items()}
    for law in found:
        numbers = ", ".join(str(number) for number in sorted(rows[row] for row in law.rows))
        yield RegisterNote(rule="broken law", message=f"cannot be true, row {numbers}: {law.reason}")


def _refuse_other_trials(readings: Sequence[RowReading], code: str, place: str, same: Sequence[str]) -> None:
    named: dict[str, RowReading] = {}
    for reading in readings:
        if reading.trial:
            named.setdefault(reading.trial, reading)
    if len(named) > 1:
        some = " and ".join(repr(words) for words in list(named)[:2])
        raise EventError(f"{place}: rows of {len(named)} trials, {some}; register one file for each trial")
    for words, reading in named.items():
        if not _names(words, code) and words not in same:
            raise EventError(
                f"{place}: row {reading.row.number} is about {words!r}, the log's trial is {code}; if that is the same "
                f"trial, say so with --same-trial {words!r}"
            )


def _names(words: str, code: str) -> bool:
    """Tell whether the words for a trial hold its code, or begin a word with it."""
    folded = code.casefold()
    return any(word.casefold().startswith(folded) for word in words.replace(",", " ").split()) or (
        folded in words.casefold() and len(folded) > len("X1")
    )


def _named(readings: Sequence[RowReading], tracker: AppendSession) -> tuple[RegisterRelease, ...]:
    """Return the releases, without a name that another source's announcement has in the log."""
    taken = {}
    for release in releases_of(readings):
        for entry in tracker.history(ANNOUNCEMENT_PREFIX + release.name).entries:
            if isinstance(entry.event, AnnouncementMade):
                taken[release.name] = entry.event.source
    return releases_of(readings, taken) if taken else releases_of(readings)


def _drafts(release: RegisterRelease, readings: Sequence[RowReading], place: str) -> list[Draft]:
    lines = {reading.row.number: reading.row.line for reading in readings}
    first = min(release.figures)
    return [
        Draft(release.made, where=_where(place, first, lines)),
        *(Draft(figure, where=_where(place, row, lines)) for row, figure in release.figures.items()),
    ]


def _where(place: str, row: int, lines: dict[int, int]) -> str:
    return f"{place}:{lines[row]}: row {row}" if lines[row] else f"{place}: row {row}"

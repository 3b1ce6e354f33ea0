"""Registering a file of announced figures: every row becomes an event, and what was inferred is listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from trialog.application.recording.append_session import AppendSession
from trialog.application.recording.receipt import Receipt
from trialog.cli.printing import tables as show
from trialog.events.entry import Draft
from trialog.events.errors import EventError
from trialog.events.kinds import ANNOUNCEMENT_PREFIX, AnnouncementMade, FigureAnnounced
from trialog.events.words import figure_words
from trialog.exchange.register.files import read_register
from trialog.exchange.register.register import RegisterRelease, releases_of
from trialog.exchange.register.row_reading import RowReading

MOST_NOTES: Final = 20


def register(tracker: AppendSession, place: str, *, dry_run: bool, json: bool, same_trial: Sequence[str] = ()) -> None:
    """Append every row of a register file to a trial's log, in one transaction.

    Rows that stand in the log already are passed over, so a file can be registered again. Figures that break a law
    are recorded as said, with a warning.

    Args:
        tracker: The log.
        place: The file.
        dry_run: Judge and write nothing.
        json: Print JSON.
        same_trial: Words for a trial in the file that mean the log's trial.

    Raises:
        EventError: The file is none, or it is about another trial.
    """
    readings = read_register(place)
    _refuse_other_trials(readings, tracker.trial, place, same_trial)
    releases = _named(readings, tracker)
    drafts = [draft for release in releases for draft in _drafts(release, readings, place)]
    receipt = tracker.append(drafts, dry_run=dry_run)
    if json:
        show.as_json(_as_dict(tracker, releases, readings, receipt, dry_run=dry_run))
    else:
        _print(tracker, releases, readings, receipt, dry_run=dry_run)
    notes = [*_impossible(readings), *_notes(receipt)]
    for message in notes[:MOST_NOTES]:
        show.note(f"note: {message}")
    if len(notes) > MOST_NOTES:
        show.note(f"note: and {len(notes) - MOST_NOTES} more; --json has them all")


def _impossible(readings: Sequence[RowReading]) -> list[str]:
    """Return a warning for each law that the figures break: that they were said is a fact all the same."""
    from trialog.audit.answering.check import broken_laws

    series, found = broken_laws(readings)
    rows = {rank: reading.row.number for rank, reading in series.readings.items()}
    listed = [", ".join(str(number) for number in sorted(rows[row] for row in law.rows)) for law in found]
    return [f"cannot be true, row {numbers}: {law.reason}" for numbers, law in zip(listed, found, strict=True)]


def _notes(receipt: Receipt) -> list[str]:
    """Return the oddities, what is said of many figures alike said once."""
    unknown: dict[str, int] = {}
    others = []
    for doubt in receipt.doubts:
        if doubt.rule == "announced cohort unknown":
            cohort = doubt.message.rpartition(": ")[2]
            unknown[cohort] = unknown.get(cohort, 0) + 1
        else:
            others.append(doubt.message)
    return [f"{cohort} ({count} figures)" for cohort, count in unknown.items()] + others


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


def _of_rows(releases: Sequence[RegisterRelease]) -> dict[int, tuple[str, FigureAnnounced]]:
    return {row: (release.name, figure) for release in releases for row, figure in sorted(release.figures.items())}


def _print(
    tracker: AppendSession,
    releases: Sequence[RegisterRelease],
    readings: Sequence[RowReading],
    receipt: Receipt,
    *,
    dry_run: bool,
) -> None:
    rows = _of_rows(releases)
    show.table(
        ("row", "announcement", "figure", "what", "words"),
        (
            (number, rows[number][0], rows[number][1].figure.figure, figure_words(rows[number][1].figure),
             rows[number][1].figure.words)
            for number in sorted(rows)
        ),
        long=(4,),
    )  # fmt: skip
    inferred: dict[tuple[str, str], list[str]] = {}
    for reading in readings:
        for each in reading.figure.inferred:
            inferred.setdefault((each.field, each.rule), []).append(str(reading.row.number))
    show.lines("")
    for (field, rule), numbers in inferred.items():
        show.lines(f"inferred, row {', '.join(numbers)}: {field}: {rule}")
    words: dict[str, list[str]] = {}
    for reading in readings:
        if reading.role in ("words", "status"):
            words.setdefault(reading.why, []).append(str(reading.row.number))
    for why, numbers in words.items():
        show.lines(f"kept in words, row {', '.join(numbers)}: {why}")
    would = "would be " if dry_run else ""
    show.lines(
        f"{len(readings)} rows read, {len(releases)} announcements; {would}appended to {tracker.trial}: "
        f"{len(receipt.appended)} events, already in the log: {len(receipt.duplicates)}"
    )


def _as_dict(
    tracker: AppendSession,
    releases: Sequence[RegisterRelease],
    readings: Sequence[RowReading],
    receipt: Receipt,
    *,
    dry_run: bool,
) -> dict[str, Any]:
    rows = _of_rows(releases)
    return {
        "trial": tracker.trial,
        "read": len(readings),
        "announcements": [release.name for release in releases],
        "appended": len(receipt.appended),
        "already_in_the_log": len(receipt.duplicates),
        "dry_run": dry_run,
        "rows": [
            {
                "row": reading.row.number,
                "line": reading.row.line or None,
                "announcement": rows[reading.row.number][0],
                "role": reading.role,
                "why": reading.why or None,
                "figure": rows[reading.row.number][1].figure.model_dump(mode="json", exclude_none=True),
            }
            for reading in readings
        ],
        "notes": [{"rule": doubt.rule, "message": doubt.message} for doubt in receipt.doubts],
    }

"""What registering a file of announced figures did, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trialog.cli.printing import tables as show
from trialog.events.words import figure_words

if TYPE_CHECKING:
    from trialog.application.answers.register import RegisterAnswer

MOST_NOTES: Final = 20


def print_register(answer: RegisterAnswer) -> None:
    """Print each row with what was read from it, what was inferred, and what was kept in words."""
    rows = sorted(answer.rows_read, key=lambda each: each.row)
    show.table(
        ("row", "announcement", "figure", "what", "words"),
        (
            (each.row, each.announcement, each.figure.figure, figure_words(each.figure), each.figure.words)
            for each in rows
        ),
        long=(4,),
    )
    inferred: dict[tuple[str, str], list[str]] = {}
    words: dict[str, list[str]] = {}
    for row in answer.rows_read:
        for each in row.figure.inferred:
            inferred.setdefault((each.field, each.rule), []).append(str(row.row))
        if row.role in ("words", "status"):
            words.setdefault(row.why or "", []).append(str(row.row))
    show.lines("")
    for (field, rule), numbers in inferred.items():
        show.lines(f"inferred, row {', '.join(numbers)}: {field}: {rule}")
    for why, numbers in words.items():
        show.lines(f"kept in words, row {', '.join(numbers)}: {why}")
    would = "would be " if answer.dry_run else ""
    show.lines(
        f"{answer.read} rows read, {len(answer.announcements)} announcements; {would}appended to {answer.trial}: "
        f"{answer.appended} events, already in the log: {answer.already_in_the_log}"
    )


def note_register(answer: RegisterAnswer) -> None:
    """Print what is doubtful on standard error; what is said of many figures alike is said once."""
    unknown: dict[str, int] = {}
    others = []
    for each in answer.notes:
        if each.rule == "announced cohort unknown":
            cohort = each.message.rpartition(": ")[2]
            unknown[cohort] = unknown.get(cohort, 0) + 1
        else:
            others.append(each.message)
    notes = [f"{cohort} ({count} figures)" for cohort, count in unknown.items()] + others
    for message in notes[:MOST_NOTES]:
        show.note(f"note: {message}")
    if len(notes) > MOST_NOTES:
        show.note(f"note: and {len(notes) - MOST_NOTES} more; --json has them all")

"""The report of an import in words and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from trialog.application.answers.imported import ChangesPart, ImportAnswer
from trialog.cli.printing import tables as show

FEW_LISTED: Final = 3
"""Records named for each reason; --json and --report name them all."""

MOST_PRINTED: Final = 20


def print_import(answer: ImportAnswer, *, json: bool) -> int:
    """Print an answer, say on standard error what a script must notice, and return the exit code."""
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer)
    if answer.is_nothing:
        show.note("nothing was imported: no record could be used, and the log holds nothing of it")
    elif answer.exit_code:
        show.note(_left_out_words(answer))
    if answer.is_nothing or answer.subjects.left_out or answer.gaps:
        for cause in answer.likely_causes:
            show.note(f"likely cause: {cause}")
    return answer.exit_code


def _left_out_words(answer: ImportAnswer) -> str:
    gone, records = [each.subject for each in answer.subjects.left_out], answer.gaps
    parts = []
    if gone:
        named = ", ".join(gone[:FEW_LISTED]) + (", ..." if len(gone) > FEW_LISTED else "")
        parts.append(f"{len(gone)} of {answer.subjects.in_the_extract} subjects ({named})")
    if records:
        parts.append(f"{records} record{'' if records == 1 else 's'}")
    return f"left out, and figures could be other: {' and '.join(parts)}; --accept-left-out says that this is known"


def _print(answer: ImportAnswer) -> None:
    known = f"known on {answer.reported_on}" if answer.reported_on else "known on the day of recording"
    dry = ", dry run: nothing is written" if answer.dry_run else ""
    show.lines(f"{answer.trial}: {answer.what} {answer.source}, {known}{dry}", "")
    _print_datasets(answer)
    _print_subjects(answer)
    _print_listed("left out", ((d.dataset, e.count, e.reason, e.records) for d in answer.datasets for e in d.left_out))
    _print_listed("remarks", ((d.dataset, e.count, e.remark, e.records) for d in answer.datasets for e in d.remarks))
    _print_some("contradictions", [each.words() for each in answer.contradictions])
    _print_some("changes to what the log held", answer.changes)
    _print_some("left as they are in the log", answer.left_as_they_are)
    _print_some("files not read", [f"{each.file}: {each.reason}" for each in answer.files_not_read])
    would = "would be appended" if answer.dry_run else "appended"
    parts = "" if answer.transactions < 2 else f" in {answer.transactions} transactions"
    show.lines("", f"{answer.appended} events {would}{parts}, {answer.already_in_the_log} in the log already")
    if answer.log.root:
        show.lines(f"log: {answer.log.size} events, root {answer.log.root}")
    if answer.checkpoint:
        show.lines("", "checkpoint kept in the log; keep a copy elsewhere:", answer.checkpoint.rstrip())


def _print_datasets(answer: ImportAnswer) -> None:
    found = {each.dataset: each for each in answer.datasets}
    rows: list[tuple[object, ...]] = []
    for name in dict.fromkeys([*found, *answer.by_dataset]):
        part, events = found.get(name), answer.by_dataset.get(name, ChangesPart())
        lost = sum(each.count for each in part.left_out) if part else 0
        counted = (part.records, part.used) if part else (0, 0)
        rows.append((name, *counted, lost, events.new, events.corrected, events.retracted, events.same))
    header = ("data set", "records", "used", "left out", "new events", "corrected", "retracted", "in the log already")
    show.table(header, rows)


def _print_subjects(answer: ImportAnswer) -> None:
    subjects = answer.subjects
    if subjects.in_the_extract:
        used = subjects.in_the_extract - len(subjects.left_out)
        others = f"; {subjects.not_enrolled} more are not enrolled" if subjects.not_enrolled else ""
        show.lines("", f"{used} of {subjects.in_the_extract} subjects of the extract are used{others}")
    _print_some("subjects left out", [f"{each.subject}: {each.reason}" for each in subjects.left_out])


def _print_listed(title: str, found: Iterable[tuple[str, int, str, Sequence[str]]]) -> None:
    rows = []
    for dataset, count, reason, records in found:
        more = ", ..." if count > FEW_LISTED else ""
        rows.append((dataset, count, reason, f"{', '.join(records[:FEW_LISTED])}{more}"))
    if rows:
        show.lines("", title)
        show.table(("data set", "records", "why", "which"), rows, long=(2, 3))


def _print_some(title: str, found: Sequence[str]) -> None:
    if not found:
        return
    show.lines("", f"{title}: {len(found)}")
    show.lines(*(f"  {each}" for each in found[:MOST_PRINTED]))
    if len(found) > MOST_PRINTED:
        show.lines(f"  and {len(found) - MOST_PRINTED} more; --json or --report has them all")

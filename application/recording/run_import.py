"""What imports of every form have in common: the day of the extract, the trial, and the report of what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TypedDict

from trialog.application.answers.imported import ImportAnswer
from trialog.application.arguments import who_records
from trialog.application.keys import sign_if_possible
from trialog.application.progress import OnStep
from trialog.application.recording.import_extract import Import
from trialog.events import dates
from trialog.events.errors import ArgumentError, EventError, LogError, QuestionError
from trialog.events.version import __version__
from trialog.exchange.import_report import ImportReport
from trialog.exchange.reading import FactSource
from trialog.exchange.tables.formats import form_of
from trialog.exchange.tables.table import Table, watched
from trialog.log.store.database import Database


class ImportChoices(TypedDict, total=False):
    """What may be said of an import of any form.

    Keys:
        reported_on: Day of the extract; what the files state, else today, if None.
        by: Who records; the login name if None.
        dry_run: Read, compare and judge everything, write nothing.
        gone: Accept that much of an earlier extract is gone, and retract it.
        strict: Refuse the import if records contradict each other.
        accept_left_out: What is left out is known and accepted.
        new_trial: A trial that the log does not hold yet may be named.
        report: File for the whole report as JSON.
        discrepancies: File for what was left out or is odd, as CSV by site and subject.
        on_progress: Takes how far it is.
    """

    reported_on: str | None
    by: str | None
    dry_run: bool
    gone: bool
    strict: bool
    accept_left_out: bool
    new_trial: bool
    report: Path | None
    discrepancies: Path | None
    on_progress: OnStep | None


@dataclass
class Task:
    """An import in progress.

    Attributes:
        database: Open.
        place: What is imported, for messages.
        choices: What was said of it.
        reported_on: Day of the extract; None for the day of recording.
        latest_day: Nothing after it can be known.
        files: Files read: name, SHA-256 and form.
        day_is_stated: Whether the day of the extract is the one that its files state.
    """

    database: Database
    place: str
    choices: ImportChoices
    reported_on: str | None
    latest_day: int
    files: list[dict[str, str]] = field(default_factory=list)
    day_is_stated: bool = False

    def add_file(self, name: str, digest: str, path: Path) -> None:
        """Note a file that is read."""
        self.files.append({"file": name, "sha256": digest, "form": form_of(path)})

    def take_stated_day(self, tables: Sequence[Table]) -> None:
        """Take the day that the files state for the day of the extract, if nobody gave one."""
        if self.reported_on is None:
            self.reported_on = stated_day(tables, self.latest_day)
            if self.reported_on is not None:
                self.latest_day = dates.day_number(self.reported_on)
                self.day_is_stated = True

    def watched(self, table: Table, name: str) -> Table:
        """Return the same table, which tells how many of its records are read."""
        on_progress = self.choices.get("on_progress")
        if on_progress is None:
            return table
        return watched(table, lambda records: on_progress(f"reading records of {name}", records, 0))

    def tell(self, label: str, done: int) -> None:
        """Tell how far the work is."""
        on_progress = self.choices.get("on_progress")
        if on_progress is not None:
            on_progress(label, done, 0)


def begin(database: Database, place: str, choices: ImportChoices) -> Task:
    """Begin an import.

    Raises:
        ArgumentError: ``reported_on`` is not a complete date, or lies after today.
    """
    latest = dates.latest_calendar_day(database.now())
    reported_on = choices.get("reported_on")
    if reported_on is not None:
        latest = min(latest, _complete_day(reported_on, latest))
    return Task(database, place, choices, reported_on, latest)


def _complete_day(text: str, latest: int) -> int:
    try:
        day = dates.day_number(text)
    except ValueError as error:
        raise ArgumentError("reported_on", f": {error}") from None
    if day > latest:
        raise ArgumentError("reported_on", f": {text} has not come yet; the latest day accepted is {dates.iso(latest)}")
    return day


def stated_day(tables: Sequence[Table], latest: int) -> str | None:
    """Return the day on which the data behind some files last changed, if every one of them states it."""
    days = [table.modified[:10] if table.modified else None for table in tables]
    if not days or any(day is None for day in days):
        return None
    newest = max(day for day in days if day is not None)
    try:
        return newest if dates.day_number(newest) <= latest else None
    except ValueError:
        return None


def take_in(task: Task, reading: FactSource, trial: str | None, what: str) -> ImportAnswer:
    """Compare what was read with the log, append what is new, and report.

    Args:
        task: From `begin`.
        reading: What was read.
        trial: Its trial, if somebody named it; else the one that the files state.
        what: The form of the extract, for reasons and reports.

    Raises:
        QuestionError: The trial is not in the log, which holds others.
        HistoryError: The extract is older than one in the log, much of an earlier one is gone from it, or ``strict``
            and records contradict each other; nothing was written.
    """
    code, choices = _trial_of(task, reading, trial), task.choices
    reason = f"{what} of {task.reported_on}" if task.reported_on else f"{what} {task.place}"
    work = Import(
        task.database,
        code,
        who_records(choices.get("by")),
        reading,
        reason=reason,
        reported_on=task.reported_on,
        gone_is_meant=choices.get("gone", False),
        accept_left_out=choices.get("accept_left_out", False),
        sign=sign_if_possible(),
    )
    outcome = work.run(
        dry_run=choices.get("dry_run", False),
        strict=choices.get("strict", False),
        progress=lambda done: task.tell("comparing subjects with the log", done),
        appending=lambda events: task.tell("appending events", events),
    )
    answer = ImportAnswer.model_validate(
        {
            "trial": code,
            "what": what,
            "from": task.place,
            "reported_on": task.reported_on,
            "dry_run": choices.get("dry_run", False),
            "files": task.files,
            **reading.account.as_dict(),
            **outcome.as_dict(),
            "likely_causes": _likely_causes(reading.account, task),
            "accept_left_out": choices.get("accept_left_out", False),
            "trialog": __version__,
        }
    )
    _write_files(choices, answer, reading.account)
    return answer


def _trial_of(task: Task, reading: FactSource, trial: str | None) -> str:
    """Return the trial that is meant; a code that was typed must be known, unless a new trial is meant."""
    code = trial or reading.trial
    if code is None:
        raise EventError(f"{task.place}: names no trial; say which with --trial")
    if trial and not task.choices.get("new_trial", False):
        codes = task.database.codes()
        if codes and code not in codes:
            near = get_close_matches(code, codes, n=1)
            hint = f"did you mean {near[0]!r}? It" if near else "it"
            raise QuestionError(
                f"no trial {code!r} in this log; {hint} holds: {', '.join(codes)}; --new-trial begins a new trial in it"
            )
    return code


def _likely_causes(account: ImportReport, task: Task) -> list[str]:
    """Return what most probably went wrong if much was left out."""
    count, latest = account.too_late
    if not count or task.reported_on is None:
        return []
    whose = "the files state that their data last changed on" if task.day_is_stated else "--reported-on says"
    lie = "1 date lies" if count == 1 else f"{count} dates lie"
    return [
        f"{whose} {task.reported_on}, and {lie} after it, up to {latest}; name the day of the extract with "
        "--reported-on"
    ]


def _write_files(choices: ImportChoices, answer: ImportAnswer, account: ImportReport) -> None:
    report, discrepancies = choices.get("report"), choices.get("discrepancies")
    if report is not None:
        _write(report, f"{answer.to_json()}\n")
    if discrepancies is not None:
        from io import StringIO

        from trialog.exchange.discrepancies import discrepancies as rows
        from trialog.exchange.tables.delimited import write_delimited

        text = StringIO(newline="")
        write_delimited(rows(account), text)
        _write(discrepancies, text.getvalue())


def _write(place: Path, text: str) -> None:
    try:
        place.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise LogError(f"cannot write {place}: {error.strerror}") from None

"""What the commands that import have in common: their options, opening files, and the report of what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from json import dumps
from pathlib import Path
from typing import Final

from trialog.application.keys import sign_if_possible
from trialog.application.recording.import_extract import Import, Outcome
from trialog.cli.options import actor
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import ProgressLine
from trialog.cli.session import opened
from trialog.events import dates
from trialog.events.errors import EventError, LogError, QuestionError
from trialog.events.version import __version__
from trialog.exchange.import_report import ImportReport, RejectedRecords
from trialog.exchange.reading import FactSource
from trialog.exchange.tables.table import Table, watched
from trialog.log.store.database import Database

FEW_LISTED: Final = 3
"""Records named for each reason in the printed report; --json and --report name them all."""

MOST_PRINTED: Final = 20

NOTHING_IMPORTED: Final = 1
LEFT_OUT: Final = 3
"""Exit codes."""


@dataclass
class Source:
    """A file that was read.

    Attributes:
        name: Without its folder.
        digest: SHA-256 in hexadecimal.
        form: For example ``csv``.
    """

    name: str
    digest: str
    form: str


@dataclass
class Task:
    """An import in progress.

    Attributes:
        log: Open.
        place: What is imported, for messages.
        reported_on: Day of the extract; None for the day of recording.
        latest_day: Nothing after it can be known.
        progress: Shows how far the work is.
        sources: Files read.
        day_is_stated: Whether the day of the extract is the one that its files state.
    """

    log: Database
    place: str
    reported_on: str | None
    latest_day: int
    progress: ProgressLine
    sources: list[Source] = field(default_factory=list)
    day_is_stated: bool = False

    def take_stated_day(self, tables: Sequence[Table]) -> None:
        """Take the day that the files state for the day of the extract, if nobody gave one."""
        if self.reported_on is None:
            self.reported_on = stated_day(tables, self.latest_day)
            if self.reported_on is not None:
                self.latest_day = dates.day_number(self.reported_on)
                self.day_is_stated = True

    def watched(self, table: Table, name: str) -> Table:
        """Return the same table, which shows how many of its records are read."""
        if not self.progress.is_shown:
            return table
        return watched(table, lambda records: self.progress(f"reading records of {name}", records))


@contextmanager
def importing(log: str | None, place: str, reported_on: str | None, *, quiet: bool) -> Iterator[Task]:
    """Open the log for an import.

    Raises:
        QuestionError: ``reported_on`` is not a complete date, or lies after today.
    """
    with opened(log) as found:
        latest = dates.latest_calendar_day(found.now())
        if reported_on is not None:
            latest = min(latest, _complete_day(reported_on, latest))
        task = Task(found, place, reported_on, latest, ProgressLine(quiet=quiet))
        try:
            yield task
        finally:
            task.progress.clear()


def _complete_day(text: str, latest: int) -> int:
    try:
        day = dates.day_number(text)
    except ValueError as error:
        raise QuestionError(f"--reported-on: {error}") from None
    if day > latest:
        raise QuestionError(f"--reported-on: {text} has not come yet; the latest day accepted is {dates.iso(latest)}")
    return day


def stated_day(tables: Sequence[Table], latest: int) -> str | None:
    """Return the day on which the data behind some files last changed, where every one of them says so."""
    days = [table.modified[:10] if table.modified else None for table in tables]
    if not days or any(day is None for day in days):
        return None
    newest = max(day for day in days if day is not None)
    try:
        return newest if dates.day_number(newest) <= latest else None
    except ValueError:
        return None


def take_in(
    task: Task,
    reading: FactSource,
    *,
    what: str,
    trial: str | None,
    by: str | None,
    dry_run: bool,
    gone: bool = False,
    strict: bool = False,
    accept_left_out: bool = False,
    report: Path | None = None,
    discrepancies: Path | None = None,
    json: bool = False,
) -> int:
    """Compare what was read with the log, append, print the report, and return the exit code.

    It is 1 if nothing was imported and the log held nothing of it either, 3 if records or subjects were left out that
    a figure could miss and nobody accepted that, else 0.

    Raises:
        HistoryError: ``strict``, and records contradict each other; nothing was written.
    """
    code = trial or reading.trial
    if code is None:
        raise EventError(f"{task.place}: names no trial; say which with --trial")
    reason = f"{what} of {task.reported_on}" if task.reported_on else f"{what} {task.place}"
    work = Import(
        task.log,
        code,
        actor(by),
        reading,
        reason=reason,
        reported_on=task.reported_on,
        gone_is_meant=gone,
        accept_left_out=accept_left_out,
        sign=sign_if_possible(),
    )
    outcome = work.run(
        dry_run=dry_run,
        strict=strict,
        progress=lambda done: task.progress("comparing subjects with the log", done),
        appending=lambda events: task.progress("appending events", events),
    )
    task.progress.clear()
    account = reading.account
    causes = _likely_causes(account, task)
    whole = {
        "report": "trialog-import/1",
        "trial": code,
        "what": what,
        "from": task.place,
        "reported_on": task.reported_on,
        "dry_run": dry_run,
        "files": [{"file": each.name, "sha256": each.digest, "form": each.form} for each in task.sources],
        **reading.account.as_dict(),
        **outcome.as_dict(),
        "likely_causes": causes,
        "trialog": __version__,
    }
    if report is not None:
        _write(report, dumps(whole, indent=2, ensure_ascii=False) + "\n")
    if discrepancies is not None:
        _write_discrepancies(discrepancies, account)
    if json:
        show.as_json(whole)
    else:
        _print(code, task, account, outcome, what, dry_run)
    return _warned(account, outcome, causes, accept_left_out=accept_left_out)


def _warned(account: ImportReport, outcome: Outcome, causes: Sequence[str], *, accept_left_out: bool) -> int:
    """Say on standard error what a script must notice, and return the exit code."""
    if not outcome.appended and not outcome.same:
        show.note("nothing was imported: no record could be used, and the log holds nothing of it")
        code = NOTHING_IMPORTED
    elif account.left_out_subjects or account.gaps():
        code = 0 if accept_left_out else LEFT_OUT
        if not accept_left_out:
            show.note(_left_out_words(account))
    else:
        return 0
    for cause in causes:
        show.note(f"likely cause: {cause}")
    return code


def _left_out_words(account: ImportReport) -> str:
    gone, records = len(account.left_out_subjects), sum(account.gaps().values())
    parts = []
    if gone:
        named = ", ".join(list(account.left_out_subjects)[:FEW_LISTED]) + (", ..." if gone > FEW_LISTED else "")
        parts.append(f"{gone} of {account.subjects} subjects ({named})")
    if records:
        parts.append(f"{records} record{'' if records == 1 else 's'}")
    return f"left out, and figures could be other: {' and '.join(parts)}; --accept-left-out says that this is known"


def _likely_causes(account: ImportReport, task: Task) -> list[str]:
    """Return what most probably went wrong where much was left out."""
    count, latest = account.too_late
    if not count or task.reported_on is None:
        return []
    whose = "the files state that their data last changed on" if task.day_is_stated else "--reported-on says"
    lie = "1 date lies" if count == 1 else f"{count} dates lie"
    return [
        f"{whose} {task.reported_on}, and {lie} after it, up to {latest}; name the day of the extract with "
        "--reported-on"
    ]


def _write_discrepancies(place: Path, account: ImportReport) -> None:
    from io import StringIO

    from trialog.exchange.discrepancies import discrepancies
    from trialog.exchange.tables.delimited import write_delimited

    text = StringIO(newline="")
    write_delimited(discrepancies(account), text)
    _write(place, text.getvalue())


def _write(place: Path, text: str) -> None:
    try:
        place.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise LogError(f"cannot write {place}: {error.strerror}") from None


def _print(code: str, task: Task, account: ImportReport, outcome: Outcome, what: str, dry_run: bool) -> None:
    known = f"known on {task.reported_on}" if task.reported_on else "known on the day of recording"
    show.lines(f"{code}: {what} {task.place}, {known}{', dry run: nothing is written' if dry_run else ''}", "")
    names = dict.fromkeys([*account.datasets, *outcome.by_dataset])
    rows: list[tuple[object, ...]] = []
    for name in names:
        records, events = account.datasets.get(name), outcome.by_dataset.get(name)
        lost = sum(listed.count for listed in records.left_out.values()) if records else 0
        rows.append(
            (
                name,
                records.records if records else 0,
                records.used if records else 0,
                lost,
                *((events[action] if events else 0) for action in ("new", "corrected", "retracted", "same")),
            )
        )
    header = ("data set", "records", "used", "left out", "new events", "corrected", "retracted", "in the log already")
    show.table(header, rows)
    if account.subjects:
        used = account.subjects - len(account.left_out_subjects)
        show.lines("", f"{used} of {account.subjects} subjects of the extract are used{_not_enrolled(account)}")
    _print_some("subjects left out", [f"{name}: {why}" for name, why in account.left_out_subjects.items()])
    _print_listed("left out", account.left_out())
    _print_listed("remarks", account.remarks())
    _print_some("contradictions", [str(each) for each in account.conflicts])
    _print_some("left as they are in the log", outcome.kept)
    _print_some("files not read", [f"{name}: {why}" for name, why in account.unread.items()])
    would = "would be appended" if dry_run else "appended"
    parts = "" if outcome.transactions < 2 else f" in {outcome.transactions} transactions"
    show.lines("", f"{outcome.appended} events {would}{parts}, {outcome.same} in the log already")
    if outcome.root:
        show.lines(f"log: {outcome.size} events, root {outcome.root.hex()}")
    if outcome.note:
        show.lines("", "checkpoint kept in the log; keep a copy elsewhere:", outcome.note.written().rstrip())


def _not_enrolled(account: ImportReport) -> str:
    return f"; {account.not_enrolled} more are not enrolled" if account.not_enrolled else ""


def _print_listed(title: str, found: Iterator[tuple[str, str, RejectedRecords]]) -> None:
    rows = []
    for dataset, reason, listed in found:
        named = ", ".join(listed.records[:FEW_LISTED])
        more = ", ..." if listed.count > FEW_LISTED else ""
        rows.append((dataset, listed.count, reason, f"{named}{more}"))
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

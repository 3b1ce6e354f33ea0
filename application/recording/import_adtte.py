"""Importing ADTTE."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from trialog.application.answers.imported import ImportAnswer
from trialog.application.recording.run_import import ImportChoices, begin, take_in
from trialog.events import dates
from trialog.events.errors import ArgumentError

if TYPE_CHECKING:
    from trialog.log.store.database import Database


def import_adtte(
    database: Database,
    file: str | Path,
    trial: str | None = None,
    *,
    start: str | None = None,
    missing: Sequence[str] = (),
    encoding: str | None = None,
    **choices: Unpack[ImportChoices],
) -> ImportAnswer:
    """Import ADTTE, for those who have nothing else.

    Args:
        database: An open log.
        file: CSV, XPT, Dataset-JSON, Parquet or Excel.
        trial: Its trial; the one that the file states if None.
        start: Day that stands for the origin if the rows have no dates.
        missing: Words that mean missing, beside the usual ones.
        encoding: Of a text file.
        choices: As in `ImportChoices`.

    Raises:
        QuestionError: A choice is wrong.
        TableError: The file is no table.
        HistoryError: The import is refused; nothing was written.
    """
    from trialog.exchange.adtte import AdtteReading
    from trialog.exchange.missing_words import MissingWords
    from trialog.exchange.tables.formats import open_table, sha256_of

    if start is not None:
        try:
            dates.day_number(start)
        except ValueError as error:
            raise ArgumentError("start", f": {error}") from None
    path = Path(file)
    table = open_table(path, encoding=encoding, tolerant=True)
    task = begin(database, path.name, choices)
    digest = sha256_of(path)
    task.add_file(path.name, digest, path)
    if start is None:
        task.take_stated_day([table])
    reading = AdtteReading(
        task.watched(table, path.name),
        path.name,
        digest,
        latest_day=task.latest_day,
        start=start,
        missing=MissingWords(missing),
    )
    return take_in(task, reading, trial, "ADTTE")

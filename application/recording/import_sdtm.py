"""Importing an SDTM extract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from trialog.application.answers.imported import ImportAnswer
from trialog.application.recording.run_import import ImportChoices, Task, begin, take_in
from trialog.events.errors import ArgumentError, ForeignFileError, TableError
from trialog.events.vocabulary import CRITERIA, suggestion
from trialog.exchange.missing_words import MissingWords
from trialog.exchange.sdtm.extract import SourceFile
from trialog.exchange.sdtm.people import SdtmOptions
from trialog.exchange.sdtm.reading import SdtmReading
from trialog.exchange.tables.folder import ExtractFile, files_of
from trialog.exchange.tables.formats import LOOKED_AT, open_table, sha256_of

if TYPE_CHECKING:
    from trialog.log.store.database import Database


def import_sdtm(
    database: Database,
    place: str | Path,
    trial: str | None = None,
    *,
    criteria: str | None = None,
    actual_arm: bool = False,
    missing: Sequence[str] = (),
    title: str | None = None,
    encoding: str | None = None,
    **choices: Unpack[ImportChoices],
) -> ImportAnswer:
    """Import an SDTM extract: a folder, a zip archive or a file.

    Args:
        database: An open log.
        place: The extract.
        trial: Its trial; the one that the files state if None.
        criteria: Of responses without RSCAT, for example ``RECIST 1.1``.
        actual_arm: The cohort is the arm that was given (ACTARMCD), not the planned one.
        missing: Words that mean missing, beside the usual ones.
        title: Of the trial, if it is registered now and the files have none.
        encoding: Of text files.
        choices: As in `ImportChoices`.

    Raises:
        QuestionError: A choice is wrong.
        TableError: No file is a table, or a data set is damaged.
        HistoryError: The import is refused; nothing was written.
    """
    if criteria is not None and criteria not in CRITERIA:
        raise ArgumentError("criteria", f": {criteria!r} is not known{suggestion(criteria, CRITERIA)}")
    path = Path(place)
    task = begin(database, path.name or str(path), choices)
    with files_of(path) as found:
        files, unread = _opened(found, task, encoding)
        if not files:
            listed = "; ".join(unread.values())
            raise TableError(f"{path}: no file that can be read as a table: {listed}")
        task.take_stated_day([file.table for file in files if _is_data(file)])
        options = SdtmOptions(task.latest_day, criteria, actual_arm, MissingWords(missing))
        reading = SdtmReading(files, options, title)
        reading.account.unread.update(unread)
        return take_in(task, reading, trial, "SDTM extract")


def _opened(found: list[ExtractFile], task: Task, encoding: str | None) -> tuple[list[SourceFile], dict[str, str]]:
    """Open every file that is a table; say of each document why it is none.

    Raises:
        TableError: A data set is damaged; to go on without it would take it for gone.
    """
    files: list[SourceFile] = []
    unread: dict[str, str] = {}
    for each in found:
        try:
            table = open_table(each.path, encoding=encoding, tolerant=True)
            digest = sha256_of(each.path)
        except TableError as error:
            # The path may be a temporary one, if the file came out of an archive.
            reason = str(error).replace(each.path.name, each.name)
            if not isinstance(error, ForeignFileError) and _looks_like_sdtm(each.path):
                raise TableError(reason) from None
            unread[each.name] = reason.removeprefix(f"{each.name}: ").removeprefix(f"{each.name} is ")
            continue
        files.append(SourceFile(each.name, digest, task.watched(table, each.name)))
        task.add_file(each.name, digest, each.path)
    return files, unread


def _looks_like_sdtm(path: Path) -> bool:
    """Tell a damaged data set from a document: the first column of every SDTM data set is STUDYID."""
    with path.open("rb") as stream:
        head = stream.read(LOOKED_AT)
    return b"STUDYID" in head.replace(b"\0", b"") or head.startswith((b"PAR1", b"PK\x03\x04"))


def _is_data(file: SourceFile) -> bool:
    return bool({"DOMAIN", "RDOMAIN"} & {name.upper() for name in file.table.names})

"""``trialog import sdtm``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.import_options import ImportOptions, MissingOption, TitleOption, import_command
from trialog.events.errors import ForeignFileError, QuestionError, TableError
from trialog.events.vocabulary import CRITERIA, suggestion
from trialog.exchange.missing_words import MissingWords
from trialog.exchange.sdtm.extract import SourceFile
from trialog.exchange.sdtm.people import Options
from trialog.exchange.sdtm.reading import SdtmReading
from trialog.exchange.tables.folder import ExtractFile, files_of
from trialog.exchange.tables.formats import LOOKED_AT, form_of, open_table, sha256_of

if TYPE_CHECKING:
    from trialog.application.recording.run_import import Task


@import_command
def sdtm(
    place: Annotated[Path, typer.Argument(metavar="DIR|ZIP|FILE", help="The extract: a folder or a zip archive.")],
    criteria: Annotated[
        str | None,
        typer.Option(
            "--criteria", metavar="WORD", help="Criteria of responses without RSCAT, for example 'RECIST 1.1'."
        ),
    ] = None,
    actual_arm: Annotated[
        bool, typer.Option("--actual-arm", help="Cohort = arm that was given (ACTARMCD), not the planned one.")
    ] = False,
    missing: MissingOption = None,
    title: TitleOption = None,
    *,
    common: ImportOptions,
) -> int:
    """Import an SDTM extract: CSV, XPT or Dataset-JSON files, told apart by their content.

    Reads DM, DS, EX or EC, RS, DD, SS, and AE, LB, TU, TR, VS, SV for the days on which subjects were
    seen alive; SUPP-- is joined. Registers the trial and opens a cohort for each arm. The same extract
    again appends nothing; a later one appends what is new, and corrects or retracts what changed.
    Records that cannot be an event, and records that contradict each other, are listed with the reason. Exit code 1:
    nothing was imported; 3: records or subjects were left out that a figure could miss.
    """
    from trialog.application.recording.run_import import importing, take_in

    if criteria is not None and criteria not in CRITERIA:
        raise QuestionError(f"--criteria: {criteria!r} is not known{suggestion(criteria, CRITERIA)}")
    with (
        importing(common.log, place.name or str(place), common.reported_on, quiet=common.json) as task,
        files_of(place) as found,
    ):
        files, unread = _opened(found, task, common.encoding)
        if not files:
            listed = "; ".join(unread.values())
            raise TableError(f"{place}: no file that can be read as a table: {listed}")
        task.take_stated_day([file.table for file in files if _is_data(file)])
        options = Options(task.latest_day, criteria, actual_arm, MissingWords(missing or ()))
        reading = SdtmReading(files, options, title)
        reading.account.unread.update(unread)
        return take_in(task, reading, what="SDTM extract", **common.taken())


def _opened(found: list[ExtractFile], task: Task, encoding: str | None) -> tuple[list[SourceFile], dict[str, str]]:
    """Open every file that is a table; say of each document why it is none.

    Raises:
        TableError: A data set is damaged; to go on without it would take it for gone.
    """
    from trialog.application.recording.run_import import Source

    files: list[SourceFile] = []
    unread: dict[str, str] = {}
    for each in found:
        try:
            table = open_table(each.path, encoding=encoding, tolerant=True)
            digest = sha256_of(each.path)
        except TableError as error:
            # The path may be one of ours, when the file came out of an archive.
            reason = str(error).replace(each.path.name, each.name)
            if not isinstance(error, ForeignFileError) and _looks_like_sdtm(each.path):
                raise TableError(reason) from None
            unread[each.name] = reason.removeprefix(f"{each.name}: ").removeprefix(f"{each.name} is ")
            continue
        files.append(SourceFile(each.name, digest, task.watched(table, each.name)))
        task.sources.append(Source(each.name, digest, form_of(each.path)))
    return files, unread


def _looks_like_sdtm(path: Path) -> bool:
    """Tell a damaged data set from a document: the first column of every SDTM data set is STUDYID."""
    with path.open("rb") as stream:
        head = stream.read(LOOKED_AT)
    return b"STUDYID" in head.replace(b"\0", b"") or head.startswith((b"PAR1", b"PK\x03\x04"))


def _is_data(file: SourceFile) -> bool:
    return bool({"DOMAIN", "RDOMAIN"} & {name.upper() for name in file.table.names})

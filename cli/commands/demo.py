"""``trialog demo``."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Annotated, Final

import typer

from trialog.cli.options import JsonOption
from trialog.cli.printing import tables as show

if TYPE_CHECKING:
    from trialog.projections.announced.verdict import Verdict


TRIAL: Final = "NCT02278315"
DEFAULT_PLACE: Final = "clr131.db"
HONESTLY: Final = (
    "The twelve subjects are a reconstruction: no patient-level data of this trial is public. "
    "The announcements are real."
)


def demo(
    place: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="Where to write the log.", show_default=True)
    ] = DEFAULT_PLACE,
    json: JsonOption = False,
) -> int:
    """Write a new log of CLR 131, phase 1, and replay each announcement of its sponsor.

    Refuses to overwrite. Exit code 1 when a survival figure is not reproduced.
    """
    from trialog.application.append_file import FileAppend, Lines, append_file
    from trialog.application.trial_data import load
    from trialog.cli.verdicts import print_verdicts, remarks
    from trialog.log.store.database import Database
    from trialog.projections.announced.verdict import verdicts
    from trialog.projections.serial import provenance, verdict_as_dict

    with Database.create(place) as log:
        with as_file(files("trialog.cli") / "demo" / "clr131.jsonl") as path:
            work = FileAppend(log, "trialog demo", TRIAL, dry_run=False)
            append_file(work, Lines(str(path)), TRIAL, None, progress=False)
        data = load(log, TRIAL)
        found = verdicts(data, data.announcements())
    survival = [each for each in found if _is_survival(each)]
    code = 0 if all(each.status == "reproduced" for each in survival if each.figure.cohorts) else 1
    if json:
        show.as_json(
            {
                "honestly": HONESTLY,
                "place": place,
                **provenance(data, data.last_day(), None),
                "verdicts": [verdict_as_dict(each) for each in found],
            }
        )
        return code
    show.lines(HONESTLY, "", f"{work.tally.read} events appended to {place} ({TRIAL})", "", "Overall survival")
    print_verdicts(survival)
    show.lines("", "Everything else that was announced with a number")
    print_verdicts([each for each in found if not _is_survival(each)])
    show.lines("")
    show.lines(*remarks(found))
    show.lines(
        "",
        f"log: {data.size} events, root {data.root}",
        f"go on with: trialog replay 2017-11-07 --log {place}",
        "",
        HONESTLY,
    )
    return code


def _is_survival(verdict: Verdict) -> bool:
    return verdict.figure.measure == "median-os"

"""``trialog demo``."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Annotated, Final

import typer

from trialog.cli.options import JsonOption
from trialog.cli.printing import tables as show
from trialog.events.errors import LogError

if TYPE_CHECKING:
    from trialog.application.opening import Log

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
    from trialog.application.answers.common import provenance
    from trialog.application.answers.demo import DemoAnswer
    from trialog.application.answers.verdicts import VerdictPart
    from trialog.application.recording.append_file import append_file
    from trialog.application.trial_data import load
    from trialog.cli.verdicts import print_verdicts, remarks
    from trialog.projections.announced.verdict import verdicts

    with _created(place) as log:
        with as_file(files("trialog.cli") / "demo" / "clr131.jsonl") as path:
            appended = append_file(log.database, path, trial=TRIAL, by="trialog demo")
        data = load(log.database, TRIAL)
    answer = DemoAnswer(
        **provenance(data, data.last_day(), None),
        honestly=HONESTLY,
        place=place,
        verdicts=tuple(map(VerdictPart.of, verdicts(data, data.announcements()))),
    )
    if json:
        show.answer_as_json(answer)
        return answer.exit_code
    show.lines(HONESTLY, "", f"{appended.read} events appended to {place} ({TRIAL})", "", "Overall survival")
    print_verdicts(answer.survival)
    show.lines("", "Everything else that was announced with a number")
    print_verdicts([each for each in answer.verdicts if each not in answer.survival])
    show.lines("")
    show.lines(*remarks(answer.verdicts))
    show.lines(
        "",
        f"log: {answer.log.size} events, root {answer.log.root}",
        f"go on with: trialog replay 2017-11-07 --log {place}",
        "",
        HONESTLY,
    )
    return answer.exit_code


def _created(place: str) -> Log:
    """Create the demo's log.

    Raises:
        LogError: It cannot be created; the text says how to go on if it is there already.
    """
    from trialog.application.opening import create_log

    try:
        return create_log(place)
    except LogError as error:
        if "exists already" not in str(error):
            raise
        raise LogError(
            f"{error}; give another name (trialog demo FILE), or go on with: trialog replay 2017-11-07 --log {place}"
        ) from None

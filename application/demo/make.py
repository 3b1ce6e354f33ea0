"""The question ``demo``: does a history exist in which every announced median of CLR 131 holds?"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from trialog.application.answers.common import provenance
from trialog.application.answers.demo import DemoAnswer
from trialog.application.answers.verdicts import VerdictPart
from trialog.application.recording.append_file import append_file
from trialog.application.trial_data import load
from trialog.log.store.database import Database
from trialog.projections.announced.verdict import verdicts

TRIAL: Final = "NCT02278315"
HONESTLY: Final = (
    "The twelve subjects are a reconstruction: no patient-level data of this trial is public. "
    "The announcements are real."
)


def make_demo(place: str | Path) -> DemoAnswer:
    """Write a new log of CLR 131, phase 1, and replay each announcement of its sponsor.

    Args:
        place: A file, or the URL of a PostgreSQL database.

    Raises:
        LogError: Something is there already, or the place cannot be written.
    """
    with Database.create(str(place)) as log:
        with as_file(files("trialog.application.demo") / "clr131.jsonl") as path:
            append_file(log, path, trial=TRIAL, by="trialog demo")
        data = load(log, TRIAL)
    return DemoAnswer(
        **provenance(data, data.last_day(), None),
        honestly=HONESTLY,
        place=str(place),
        verdicts=tuple(map(VerdictPart.of, verdicts(data, data.announcements()))),
    )

"""The commands that append one event; each has the fields of its event as options."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from trialog.cli.options import ByOption, LogOption
from trialog.cli.recording import append_one, recording
from trialog.events import kinds
from trialog.events.registry import build

open_cohort = recording(kinds.CohortOpened)
close_cohort = recording(kinds.CohortClosed)
enroll = recording(kinds.SubjectEnrolled)
dose = recording(kinds.DoseAdministered)
response = recording(kinds.ResponseAssessed)
progression = recording(kinds.ProgressionFound)
seen = recording(kinds.SubjectSeenAlive)
left = recording(kinds.SubjectLeft)
death = recording(kinds.SubjectDied)
evaluability = recording(kinds.EvaluabilityDecided)
withdraw = recording(kinds.AnnouncementWithdrawn)


def register(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the trial, for example NCT02278315.")],
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="Title of the trial.")],
    occurred_on: Annotated[str, typer.Option("--on", metavar="DATE", help="Day on which its tracking begins.")],
    source: Annotated[
        str, typer.Option("--source", metavar="TEXT", envvar="TRIALOG_SOURCE", help="Where it is written.")
    ],
    sponsor: Annotated[str | None, typer.Option("--sponsor", metavar="TEXT", help="Sponsor.")] = None,
    indication: Annotated[
        str | None, typer.Option("--indication", metavar="TEXT", help="Disease under treatment.")
    ] = None,
    definition: Annotated[
        list[str] | None,
        typer.Option(
            "--definition",
            metavar="PART=WORD",
            help="Part of the default definition of its figures, for example estimator=to-date; repeatable.",
        ),
    ] = None,
    reported_on: Annotated[
        str | None, typer.Option("--reported-on", metavar="DAY", help="Day the source knew it.")
    ] = None,
    event_id: Annotated[str | None, typer.Option("--id", metavar="ID", help="Id of the event.")] = None,
    by: ByOption = None,
    log: LogOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Register a trial in the log."""
    fields: dict[str, Any] = {
        "title": title,
        "sponsor": sponsor,
        "indication": indication,
        "occurred_on": occurred_on,
        "reported_on": reported_on,
        "source": source,
    }
    if definition:
        from trialog.application.arguments import definition_of

        fields["default_definition"] = definition_of(definition)
    event = build(kinds.TrialRegistered, {name: value for name, value in fields.items() if value is not None})
    append_one(event, {"event_id": event_id, "by": by, "trial": code, "log": log, "json": json})

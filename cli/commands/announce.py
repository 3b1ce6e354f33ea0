"""``trialog announce``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from trialog.cli.options import ByOption, JsonOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.recording import options_of
from trialog.cli.session import tracking
from trialog.events import kinds
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.entry import Draft
from trialog.events.errors import EventError
from trialog.events.kinds import ANNOUNCEMENT_PREFIX
from trialog.events.registry import build
from trialog.events.words import sentence

if TYPE_CHECKING:
    from trialog.application.recording.append_session import AppendSession
    from trialog.application.recording.receipt import Receipt


_RELEASE: Final = ("title", "url", "data_cutoff", "data_cutoff_inferred")
"""Fields of an announcement that have an option; the others are common to all events."""

_WITHOUT_OPTION: Final = ("url", "data_cutoff", "written", "inferred")
"""Fields of a figure that have none: the first two are said of the whole release, the others by a register file."""

NameArgument = Annotated[
    str | None, typer.Argument(metavar="NAME", help="Short name, for example 2017-11-07; not with --file.")
]
FileOption = Annotated[
    str | None, typer.Option("--file", metavar="FILE", help="Register every row of a table or of a YAML file.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="With --file: judge and write nothing.")]
SameTrialOption = Annotated[
    list[str] | None,
    typer.Option(
        "--same-trial", metavar="WORDS", help="With --file: words for a trial that mean the log's trial; repeatable."
    ),
]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", metavar="TEXT", envvar="TRIALOG_SOURCE", help="Where it is written; a file has its own."),
]
OnOption = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="Day of the release, as far as it is known.")
]
ReportedOnOption = Annotated[
    str | None,
    typer.Option("--reported-on", metavar="DAY", help="Day it became known [default: the day of the release]."),
]


def announce(**given: Any) -> None:
    """Record an announcement, and a figure of it if --measure is given; or every row of a --file.

    Call it again with the same NAME for each further figure; --title is needed the first time. Words are
    stored verbatim; what they do not say and was inferred is marked, with the rule.
    """
    if given["file"] is not None:
        if given["announcement"] is not None or given["measure"] is not None:
            raise EventError("--file names its own announcements and figures; leave NAME and --measure out")
        from trialog.application.recording.register import register
        from trialog.cli.printing.register import note_register, print_register

        with tracking(given["log"], given["trial"], given["by"]) as tracker:
            same = tuple(given["same_trial"] or ())
            answer = register(tracker, given["file"], dry_run=given["dry_run"], same_trial=same)
        if given["json"]:
            show.answer_as_json(answer)
        else:
            print_register(answer)
        note_register(answer)
        return
    if given["announcement"] is None:
        raise EventError("name the announcement, for example trialog announce 2017-11-07; or give a --file")
    if given["source"] is None:
        raise EventError("--source is missing: where it is written (or set TRIALOG_SOURCE)")
    common = {name: given[name] for name in ("announcement", "occurred_on", "source", "reported_on")}
    if (
        common["reported_on"] is None
        and common["occurred_on"] is not None
        and len(common["occurred_on"]) == len("2017-11-07")
    ):
        common["reported_on"] = common["occurred_on"]  # a release is public on its day
    figure = _figure(given)
    with tracking(given["log"], given["trial"], given["by"]) as tracker:
        drafts = _drafts(tracker, common, {name: given[name] for name in _RELEASE}, figure)
        _report(tracker, tracker.append(drafts), json=given["json"])


def _parameters() -> list[inspect.Parameter]:
    """Return the options of the command: those of the release and of a figure are the fields of their events."""
    release = options_of(kinds.AnnouncementMade, leave_out=set(kinds.AnnouncementMade.model_fields) - set(_RELEASE))
    figure = options_of(AnnouncedFigure, leave_out=_WITHOUT_OPTION)
    before = {
        "announcement": (NameArgument, None),
        "source": (SourceOption, None),
        "file": (FileOption, None),
        "dry_run": (DryRunOption, False),
        "same_trial": (SameTrialOption, None),
        "occurred_on": (OnOption, None),
    }
    after = {
        "reported_on": (ReportedOnOption, None),
        "by": (ByOption, None),
        "trial": (TrialOption, None),
        "log": (LogOption, None),
        "json": (JsonOption, False),
    }
    return [*_written(before), *release, *figure, *_written(after)]


def _written(options: Mapping[str, tuple[Any, object]]) -> Iterator[inspect.Parameter]:
    """Yield options that no field of an event describes, from their annotations and defaults."""
    for name, (annotation, default) in options.items():
        yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


announce.__signature__ = inspect.Signature(_parameters())  # type: ignore[attr-defined]
announce.__annotations__ = {parameter.name: parameter.annotation for parameter in _parameters()}


def _figure(given: dict[str, Any]) -> dict[str, Any] | None:
    """Return the fields of the figure that was given; None if none was.

    Raises:
        EventError: Something is said of a figure without saying what it measures, or its words are missing.
    """
    names = [name for name in AnnouncedFigure.model_fields if name not in _WITHOUT_OPTION]
    stated = {name: given[name] for name in names if given[name] is not None}
    stated = {name: tuple(part) if isinstance(part, list) else part for name, part in stated.items()}
    measure = stated.get("measure")
    if measure is None:
        about = [name for name in stated if name != "figure"]
        if about:
            option = "cohort" if about[0] == "cohorts" else about[0].replace("_", "-")
            raise EventError(f"--{option} belongs to a figure; say with --measure what it is")
        return None
    if "words" not in stated:
        raise EventError("--words is missing: the quotation in which the figure stands, verbatim")
    return {"figure": "-".join([measure, *stated.get("cohorts", ())]), **stated}


def _drafts(
    tracker: AppendSession, common: dict[str, Any], header: dict[str, Any], figure: dict[str, Any] | None
) -> list[Draft]:
    """Return the announcement, unless the log has it and no title is given, and its figure, if there is one."""
    known = tracker.history(ANNOUNCEMENT_PREFIX + common["announcement"]).entries
    drafts = []
    if header["title"] is None and not known:
        raise EventError(f"--title is missing; announcement {common['announcement']!r} is not in the log yet")
    if header["title"] is not None:
        drafts.append(Draft(build(kinds.AnnouncementMade, _without_none({**common, **header}))))
    elif common["occurred_on"] is None:
        common = {**common, **_dates_of(known[0].event)}
    if figure is not None:
        fields = {**common, "figure": figure}
        drafts.append(Draft(build(kinds.FigureAnnounced, _without_none(fields))))
    return drafts


def _report(tracker: AppendSession, receipt: Receipt, *, json: bool) -> None:
    from trialog.application.answers.announce import AnnounceAnswer
    from trialog.application.answers.common import LogPosition
    from trialog.application.answers.entries import EntryPart

    for doubt in receipt.doubts:
        show.note(f"note: {doubt.message}")
    if json:
        answer = AnnounceAnswer(
            events=tuple(EntryPart.of(entry, tracker.trial) for entry in receipt.appended),
            log=LogPosition(size=receipt.size, root=receipt.root.hex()),
            checkpoint=receipt.notes[0].written() if receipt.notes else None,
        )
        show.answer_as_json(answer)
        return
    for entry in receipt.appended:
        show.lines(f"{tracker.trial} #{entry.position}  {sentence(entry.event)}  (id {entry.event_id})")
    for duplicate in receipt.duplicates:
        show.lines(f"already in the log of {tracker.trial} at position {duplicate.position}; nothing was appended")
    show.lines(f"log: {receipt.size} events, root {receipt.root.hex()}")
    for note in receipt.notes:
        show.lines("checkpoint kept with the announcement; keep a copy elsewhere too:", "", note.written().rstrip())


def _dates_of(event: kinds.TrialEvent) -> dict[str, str]:
    return _without_none({"occurred_on": event.occurred_on, "reported_on": event.reported_on})


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}

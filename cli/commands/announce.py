"""``trialog announce``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialog.cli.options import ByOption, JsonOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.event_text import sentence
from trialog.cli.session import tracking
from trialog.events import kinds
from trialog.events.entry import Draft
from trialog.events.errors import EventError
from trialog.events.kinds import ANNOUNCEMENT_PREFIX
from trialog.events.registry import build
from trialog.exchange.json_lines import as_fields

if TYPE_CHECKING:
    from trialog.application.append_session import AppendSession
    from trialog.application.receipt import Receipt


def announce(
    announcement: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Short name, for example 2017-11-07; not with --file.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source", metavar="TEXT", envvar="TRIALOG_SOURCE", help="Where it is written; a file has its own."
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option("--file", metavar="FILE", help="Register every row of a CSV or YAML file."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --file: judge and write nothing.")] = False,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="Title of the release; needed the first time.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="Day of the release, as far as it is known.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Where it can be read.")] = None,
    data_cutoff: Annotated[
        str | None, typer.Option("--data-cutoff", metavar="DATE", help="Data cutoff that it states.")
    ] = None,
    data_cutoff_inferred: Annotated[
        str | None,
        typer.Option("--data-cutoff-inferred", metavar="TEXT", help="Why the cutoff is so, if it does not state it."),
    ] = None,
    measure: Annotated[
        str | None, typer.Option("--measure", metavar="NAME", help="What a figure measures, for example median-os.")
    ] = None,
    figure: Annotated[
        str | None,
        typer.Option("--figure", metavar="NAME", help="Short name of the figure [default: measure and cohorts]."),
    ] = None,
    value: Annotated[
        str | None, typer.Option("--value", metavar="NUMBER", help="The number with its printed digits.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="WORD", help="days, weeks, months, years, percent, count, ...")
    ] = None,
    comparator: Annotated[
        str | None, typer.Option("--comparator", metavar="WORD", help="=, about, >, >=, <, <=, range or 'not reached'.")
    ] = None,
    not_reached: Annotated[
        bool, typer.Option("--not-reached", help="The median is not reached, and the value bounds what it will be.")
    ] = False,
    lower: Annotated[
        str | None, typer.Option("--lower", metavar="NUMBER", help="Lower confidence limit, or end of a range.")
    ] = None,
    upper: Annotated[
        str | None, typer.Option("--upper", metavar="NUMBER", help="Upper confidence limit, or end of a range.")
    ] = None,
    level: Annotated[
        str | None, typer.Option("--level", metavar="PERCENT", help="Coverage of the limits in percent.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="NUMBER", help="Landmark of a rate.")] = None,
    at_unit: Annotated[
        str | None, typer.Option("--at-unit", metavar="WORD", help="Its unit: days, weeks, months or years.")
    ] = None,
    words: Annotated[str | None, typer.Option("--words", metavar="TEXT", help="The quotation, verbatim.")] = None,
    cohort: Annotated[
        list[str] | None, typer.Option("--cohort", metavar="LABEL", help="Cohort that it counts; repeat it to pool.")
    ] = None,
    arm: Annotated[str | None, typer.Option("--arm", metavar="TEXT", help="Arm, as worded.")] = None,
    population: Annotated[
        str | None, typer.Option("--population", metavar="TEXT", help="Population as worded.")
    ] = None,
    n: Annotated[int | None, typer.Option("--n", metavar="N", min=0, help="Subjects behind it, if stated.")] = None,
    deaths: Annotated[
        int | None, typer.Option("--deaths", metavar="N", min=0, help="Deaths behind it, if stated.")
    ] = None,
    estimator: Annotated[
        str | None, typer.Option("--estimator", metavar="WORD", help="to-date or kaplan-meier, if stated.")
    ] = None,
    origin: Annotated[
        str | None, typer.Option("--origin", metavar="WORD", help="enrollment, first dose or randomisation, if stated.")
    ] = None,
    counted: Annotated[
        str | None,
        typer.Option("--counted", metavar="WORD", help="enrolled, dosed, not dosed or evaluable, if stated."),
    ] = None,
    censoring: Annotated[
        str | None, typer.Option("--censoring", metavar="WORD", help="cutoff or 'last known alive', if stated.")
    ] = None,
    month: Annotated[
        str | None, typer.Option("--month", metavar="WORD", help="Days of a month, or calendar, if stated.")
    ] = None,
    counting: Annotated[
        str | None, typer.Option("--counting", metavar="WORD", help="elapsed or inclusive (both days), if stated.")
    ] = None,
    category: Annotated[
        str | None, typer.Option("--category", metavar="WORD", help="Category of count-best-response.")
    ] = None,
    ongoing: Annotated[bool, typer.Option("--ongoing", help="The words say that it is still growing.")] = False,
    external: Annotated[bool, typer.Option("--external", help="It is another trial's, for comparison.")] = False,
    reported_on: Annotated[
        str | None,
        typer.Option("--reported-on", metavar="DAY", help="Day it became known [default: the day of the release]."),
    ] = None,
    by: ByOption = None,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Record an announcement, and a figure of it if --measure is given; or every row of a --file.

    Call it again with the same NAME for each further figure. Words are kept verbatim; what they do not say
    and was inferred is marked, with the rule.
    """
    if file is not None:
        if announcement is not None or measure is not None:
            raise EventError("--file names its own announcements and figures; leave NAME and --measure out")
        from trialog.application.register import register

        with tracking(log, trial, by) as tracker:
            register(tracker, file, dry_run=dry_run, json=json)
        return
    if announcement is None:
        raise EventError("name the announcement, for example trialog announce 2017-11-07; or give a --file")
    if source is None:
        raise EventError("--source is missing: where it is written (or set TRIALOG_SOURCE)")
    common: dict[str, Any] = {
        "announcement": announcement,
        "occurred_on": on,
        "source": source,
        "reported_on": reported_on,
    }
    if reported_on is None and on is not None and len(on) == len("2017-11-07"):
        common["reported_on"] = on  # a release is public on its day
    given = {
        "figure": figure or "-".join([measure or "", *(cohort or ())]),
        "measure": measure,
        "value": value,
        "unit": unit,
        "comparator": comparator,
        "reached": False if not_reached else None,
        "lower": lower,
        "upper": upper,
        "level": level,
        "at": at,
        "at_unit": at_unit,
        "words": words,
        "cohorts": tuple(cohort) if cohort else None,
        "arm": arm,
        "population": population,
        "n": n,
        "deaths": deaths,
        "estimator": estimator,
        "origin": origin,
        "counted": counted,
        "censoring": censoring,
        "month": month,
        "counting": counting,
        "category": category,
        "ongoing": ongoing or None,
        "external": external or None,
    }
    stated = {name: part for name, part in given.items() if part is not None and name != "figure"}
    if stated and measure is None:
        raise EventError(f"--{next(iter(stated)).replace('_', '-')} belongs to a figure; say with --measure what it is")
    if measure is not None and words is None:
        raise EventError("--words is missing: the quotation in which the figure stands, verbatim")
    with tracking(log, trial, by) as tracker:
        header = {"title": title, "url": url, "data_cutoff": data_cutoff, "data_cutoff_inferred": data_cutoff_inferred}
        drafts = _drafts(tracker, common, header, given if measure is not None else None)
        _report(tracker, tracker.append(drafts), json=json)


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
        fields = {**common, "figure": _without_none(figure)}
        drafts.append(Draft(build(kinds.FigureAnnounced, _without_none(fields))))
    return drafts


def _report(tracker: AppendSession, receipt: Receipt, *, json: bool) -> None:
    for doubt in receipt.doubts:
        show.note(f"note: {doubt.message}")
    if json:
        show.as_json(
            {
                "events": [as_fields(entry, tracker.trial) for entry in receipt.appended],
                "log": {"size": receipt.size, "root": receipt.root.hex()},
                "checkpoint": receipt.notes[0].written() if receipt.notes else None,
            }
        )
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

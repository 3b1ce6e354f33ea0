"""``trialog explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.event_text import figure_words
from trialog.cli.session import optional_day
from trialog.cli.session import reading as reading_log
from trialog.events.dates import iso
from trialog.events.errors import QuestionError
from trialog.projections.defaults import LONGEST_LAG

if TYPE_CHECKING:
    from trialog.audit.answering.explain import DefinitionMatch, Explained, Explanation, Printed
    from trialog.projections.trial_data import Announcement, TrialData


SHOWN: Final = 8


def explain(
    what: Annotated[
        str, typer.Argument(metavar="ANNOUNCEMENT[/FIGURE]", help="Name or day of an announcement, and a figure of it.")
    ],
    longest_lag: Annotated[
        int,
        typer.Option("--max-lag", metavar="DAYS", min=0, max=3660, help="Cutoffs so many days earlier are tried."),
    ] = LONGEST_LAG,
    known_at: KnownAtOption = None,
    all_: Annotated[bool, typer.Option("--all", help=f"List everything, not the {SHOWN} plainest.")] = False,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> int:
    """Find the definitions that reproduce an announced figure, and say what the others would print.

    Tried are estimator, origin, population, censoring, month, tie rule, rounding, and every data cutoff from
    the announcement's own back to --max-lag days before it. The plainest comes first: the fewest and lightest
    departures from the figure's own definition (docs/audit.md has the weights). Exit code 1 when nothing
    reproduces a figure that could be tried.
    """
    from trialog.application.figures.explain import explain_announcement
    from trialog.projections.serial import provenance

    known = optional_day(known_at, "--known-at")
    with reading_log(log, trial) as data:
        announcement, figure = _named(data, what)
        found = explain_announcement(data, announcement, figure, known_at=known, longest_lag=longest_lag)
    tried = [each for each in found.figures if not each.why_not]
    code = 0 if all(each.readings for each in tried) else 1
    if json:
        cutoff = max((each.cutoff for each in found.figures if each.cutoff is not None), default=data.last_day())
        show.as_json({**provenance(data, cutoff, found.known_at), **_as_dict(announcement.name, found)})
        return code
    _print(announcement.name, found, everything=all_)
    return code


def _named(data: TrialData, what: str) -> tuple[Announcement, str | None]:
    """Return the announcement that is meant: by name, by day where one was made on it, either with a figure."""
    announcements = data.announcements()
    for name, _, figure in ((what, "", ""), what.rpartition("/")):
        if not name:
            continue
        found = [each for each in announcements if each.name == name]
        found = found or [each for each in announcements if each.made.occurred_on == name]
        if len(found) == 1:
            return found[0], figure or None
        if found:
            names = ", ".join(repr(each.name) for each in found)
            raise QuestionError(f"{len(found)} announcements were made on {name}: {names}; say which")
    known = ", ".join(each.name for each in announcements) or "none"
    raise QuestionError(f"no announcement {what!r} in trial {data.code}; it has: {known}")


def _print(announcement: str, found: Explanation, *, everything: bool) -> None:
    known = "as known now" if found.known_at is None else f"as known on {iso(found.known_at)}"
    show.lines(f"announcement {announcement}, {known}; {found.combinations} readings were tried")
    for each in found.figures:
        show.lines("", f"{each.figure.figure}: {figure_words(each.figure)}")
        if each.why_not:
            show.lines(f"  not tried: {each.why_not}")
            continue
        own = "" if each.cutoff is None else f", cutoff {iso(each.cutoff)}"
        show.lines(f"  its own definition: {each.plainest.words()}{own}")
        _print_readings(each.readings, each, everything=everything)
        _print_others(each, everything=everything)
    if found.together:
        show.lines("", "all of these figures together:")
        with_cutoff = next(each for each in found.figures if each.readings)
        _print_readings(found.together, with_cutoff, everything=everything)
    elif sum(bool(each.readings) for each in found.figures) > 1:
        show.lines("", "all of these figures together: no one reading reproduces them")


def _print_readings(readings: tuple[DefinitionMatch, ...], of: Explained, *, everything: bool) -> None:
    if not readings:
        show.lines("  nothing reproduces it")
        return
    show.lines("  reproduced by, the plainest first:")
    for reading in readings if everything else readings[:SHOWN]:
        words = "the state" if reading.definition is None else reading.definition.words()
        how = "" if reading.rounding == "rounded" else ", digits cut off"
        tie = _tie(reading, of)
        show.lines(f"    {words}{how}; {_cutoffs(reading, of)}{tie}")
    if not everything and len(readings) > SHOWN:
        show.lines(f"    and {len(readings) - SHOWN} more; --all lists them")


def _tie(reading: DefinitionMatch, of: Explained) -> str:
    """Return the remark on a value that lies exactly between two printed ones."""
    for printed in of.printed:
        if printed.definition == reading.definition and printed.tie and not reading.lags[0][0]:
            missing = "half-up" if "half-even" in printed.by else "half-even"
            rules = " and ".join(printed.by)
            return f"; {printed.text} lies halfway: {rules} prints {of.figure.value}, {missing} does not"
    return ""


def _cutoffs(reading: DefinitionMatch, of: Explained) -> str:
    """Return the cutoffs of a reading, as days."""
    if of.cutoff is None:
        return "any cutoff"
    spans = []
    for first, last in reading.lags[:3]:
        late, early = iso(of.cutoff - first), iso(of.cutoff - last)
        spans.append(late if first == last else f"{early} to {late}")
    more = "" if len(reading.lags) <= 3 else " and others"
    return f"cutoff {' or '.join(spans)}{more}"


def _print_others(each: Explained, *, everything: bool) -> None:
    failing: dict[str, list[Printed]] = {}
    for printed in each.printed:
        if not printed.reproduces:
            note = f" (of {printed.n} subjects, the figure of {each.figure.n})" if printed.other_subjects else ""
            failing.setdefault(printed.text + note, []).append(printed)
    if not failing:
        return
    show.lines("  at its own cutoff the others would print:")
    for text, some in list(failing.items())[: None if everything else SHOWN]:
        more = f" and {len(some) - 1} more" if len(some) > 1 else ""
        show.lines(f"    {text}: {some[0].definition.words()}{more}")
    if not everything and len(failing) > SHOWN:
        show.lines(f"    and {len(failing) - SHOWN} other values; --all lists them")


def _as_dict(announcement: str, found: Explanation) -> dict[str, Any]:
    from trialog.projections.serial import day

    return {
        "announcement": announcement,
        "longest_lag_days": found.longest_lag,
        "readings_tried": found.combinations,
        "figures": [
            {
                "figure": each.figure.model_dump(mode="json", exclude_none=True),
                "own_definition": each.plainest.as_dict(),
                "own_cutoff": day(each.cutoff),
                "why_not": each.why_not or None,
                "reproduced_by": [_reading(reading, each) for reading in each.readings],
                "at_own_cutoff": [
                    {
                        "definition": printed.definition.as_dict(),
                        "value": None if printed.value is None else str(printed.value),
                        "prints": printed.text,
                        "reproduces": printed.reproduces,
                        "announced_digits_by": list(printed.by),
                        "halfway": printed.tie,
                        "n": printed.n,
                        "events": printed.events,
                        "other_subjects": printed.other_subjects,
                    }
                    for printed in each.printed
                ],
            }
            for each in found.figures
        ],
        "together": [
            _reading(reading, next(each for each in found.figures if each.readings)) for reading in found.together
        ],
    }


def _reading(reading: DefinitionMatch, of: Explained) -> dict[str, Any]:
    cutoff = of.cutoff
    return {
        "definition": None if reading.definition is None else reading.definition.as_dict(),
        "rounding": reading.rounding,
        "distance": reading.distance,
        "cutoffs": [
            {
                "lag_days": [first, last],
                "from": None if cutoff is None else iso(cutoff - last),
                "to": None if cutoff is None else iso(cutoff - first),
            }
            for first, last in reading.lags
        ],
    }

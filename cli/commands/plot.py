"""``trialog plot``: pictures of the answers that other commands print."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialog.cli.definitions import DefinitionOption
from trialog.cli.faces import pages
from trialog.cli.options import EvaluatorOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking
from trialog.events.errors import QuestionError

if TYPE_CHECKING:
    from trialog.application.answers.base import Answer

OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="File to write; its ending says the form: .svg, .png, .pdf (whose bytes may differ between runs) or "
        ".vl.json (the Vega-Lite specification). - is SVG on standard output.",
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="Data cutoff [default: the latest of last event, announcement and stated cutoff].",
    ),
]
CohortOption = Annotated[
    list[str] | None, typer.Option("--cohort", metavar="LABEL", help="Cohort; repeatable [default: each of them].")
]
WidthOption = Annotated[int, typer.Option("--width", metavar="PX", help="Width of the plot in pixels.")]
TitleOption = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="In place of the usual heading.")]
PaletteOption = Annotated[str, typer.Option("--palette", metavar="color|grey", help="Colors of the groups.")]
DataOption = Annotated[bool, typer.Option("--data", help="Print the numbers behind the picture as JSON.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace a file that exists.")]
StaleOption = Annotated[
    int, typer.Option("--stale-after", metavar="DAYS", help="Name the living who were not seen for longer.")
]

NARROWEST, WIDEST = 200, 4000
STALE_AFTER = 180


def km(
    out: OutOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    cohort: CohortOption = None,
    pool: Annotated[bool, typer.Option("--pool", help="The cohorts as one group.")] = False,
    definition: DefinitionOption = None,
    endpoint: Annotated[str, typer.Option("--endpoint", metavar="os|pfs|ttp|dor", help="What ends a time.")] = "os",
    evaluator: EvaluatorOption = "investigator",
    limits: Annotated[
        bool, typer.Option("--limits/--no-limits", help="Draw the limits of groups of 10 subjects or more.")
    ] = True,
    risk: Annotated[
        str, typer.Option("--risk", metavar="all|at-risk|none", help="Rows of the table below the curves.")
    ] = "all",
    every: Annotated[
        float | None, typer.Option("--every", metavar="MONTHS", help="Distance of its columns [default: at most ten].")
    ] = None,
    until: Annotated[
        float | None, typer.Option("--until", metavar="MONTHS", help="Last column [default: at the longest time].")
    ] = None,
    stale_after: StaleOption = STALE_AFTER,
    width: WidthOption = 620,
    title: TitleOption = None,
    palette: PaletteOption = "color",
    data: DataOption = False,
    force: ForceOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Draw Kaplan-Meier curves with their number at risk.

    The curves, limits and medians are those of ``trialog snapshot --curve``.
    """
    one_of("--risk", risk, ("all", "at-risk", "none"))
    style = style_of(width, title, palette)
    _check_target(out, data=data, force=force)
    with asking(log, trial) as asked:
        answer = asked.curves(
            as_of=as_of,
            known_at=known_at,
            cohorts=cohort,
            pool=pool,
            definition=definition,
            endpoint=endpoint,
            evaluator=evaluator,
            every=every,
            until=until,
            stale_after=stale_after,
        )
    _give("km", answer, out, data=data, style=style, limits=limits, risk=risk)


def swimmer(
    out: OutOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    cohort: CohortOption = None,
    definition: DefinitionOption = None,
    evaluator: EvaluatorOption = "investigator",
    sort: Annotated[
        str, typer.Option("--sort", metavar="cohort|time|first-dose|id", help="Order of the lanes.")
    ] = "cohort",
    ids: Annotated[str, typer.Option("--ids", metavar="shown|numbered|none", help="Names of the lanes.")] = "shown",
    most: Annotated[int, typer.Option("--most", metavar="N", help="Lanes at most.")] = 60,
    stale_after: StaleOption = STALE_AFTER,
    width: WidthOption = 620,
    title: TitleOption = None,
    palette: PaletteOption = "color",
    data: DataOption = False,
    force: ForceOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Draw a lane for each subject, with doses, responses, progression, and how it ended.

    A lane is solid to the last contact and thin from there to the cutoff: its arrow means that the subject is not
    known to have died, not that it was alive there.
    """
    one_of("--sort", sort, ("cohort", "time", "first-dose", "id"))
    one_of("--ids", ids, ("shown", "numbered", "none"))
    style = style_of(width, title, palette)
    _check_target(out, data=data, force=force)
    with asking(log, trial) as asked:
        answer = asked.lanes(
            as_of=as_of,
            known_at=known_at,
            cohorts=cohort,
            definition=definition,
            evaluator=evaluator,
            stale_after=stale_after,
        )
    _give("swimmer", answer, out, data=data, style=style, order=sort, ids=ids, most=most)


def history(
    out: OutOption = None,
    figure: Annotated[str, typer.Option("--figure", metavar="NAME", help="Which measure.")] = "median-os",
    cohort: CohortOption = None,
    pool: Annotated[bool, typer.Option("--pool", help="The cohorts as one group.")] = False,
    axis: Annotated[str, typer.Option("--axis", metavar="cutoff|known-at", help="Which day moves.")] = "cutoff",
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="Landmark of os-rate and pfs-rate.")] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day [default: of the first enrollment].")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day [default: as for trialog history].")
    ] = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    definition: DefinitionOption = None,
    evaluator: EvaluatorOption = "investigator",
    announcements: Annotated[
        bool, typer.Option("--announcements/--no-announcements", help="Pin announced values.")
    ] = True,
    stale_after: StaleOption = STALE_AFTER,
    width: WidthOption = 620,
    title: TitleOption = None,
    palette: PaletteOption = "color",
    data: DataOption = False,
    force: ForceOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Draw a figure on every day, with the announced values at their data cutoff and their day of release.

    The line is dotted where it rests on old contacts.
    """
    style = style_of(width, title, palette)
    _check_target(out, data=data, force=force)
    with asking(log, trial) as asked:
        answer = asked.pinned_history(
            figure=figure,
            cohorts=cohort,
            pool=pool,
            axis=axis,
            at=at,
            first=from_,
            last=to,
            as_of=as_of,
            known_at=known_at,
            definition=definition,
            evaluator=evaluator,
            stale_after=stale_after,
        )
    _give("history", answer, out, data=data, style=style, announcements=announcements)


def one_of(option: str, word: str, known: tuple[str, ...]) -> None:
    """Refuse a word that an option does not have.

    Raises:
        QuestionError: It is none of those known.
    """
    if word not in known:
        raise QuestionError(f"{option} {word!r} is not known; expected {', '.join(known)}")


def style_of(width: int, title: str | None, palette: str) -> dict[str, Any]:
    """Return how a picture looks.

    Raises:
        QuestionError: The width or the palette is none.
    """
    one_of("--palette", palette, ("color", "grey"))
    if not NARROWEST <= width <= WIDEST:
        raise QuestionError(f"--width {width} is wrong; expected {NARROWEST} to {WIDEST} pixels")
    return {"width": width, "title": title, "palette": palette}


def _check_target(out: str | None, *, data: bool, force: bool) -> None:
    """Refuse before anything is computed what could not be written afterwards."""
    if data:
        if out not in (None, "-"):
            raise QuestionError("--data prints JSON; leave out --out, or write it with > FILE")
        return
    if out is None:
        raise QuestionError("say where the picture goes: --out FILE.svg, .png, .pdf or .vl.json, or --out - for SVG")
    pages().form_of(out)
    if out != "-" and Path(out).exists() and not force:
        raise QuestionError(f"{out} exists already; --force replaces it")


def _give(picture: str, answer: Answer, out: str | None, *, data: bool, style: dict[str, Any], **options: Any) -> None:
    """Print the numbers of a picture, or write it."""
    if data:
        show.answer_as_json(answer)
        return
    target = out or "-"
    face = pages()
    drawn = face.drawn(face.specification(picture, answer, style=style, **options), face.form_of(target))
    if target == "-":
        sys.stdout.buffer.write(drawn)
        sys.stdout.buffer.flush()
        return
    from trialog.application.exporting.files import write_whole

    write_whole(Path(target), drawn)
    show.lines(f"wrote {target} ({len(drawn):,} bytes)")

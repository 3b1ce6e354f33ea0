"""``trialog snapshot``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.definitions import DefinitionOption
from trialog.cli.options import (
    EvaluatorOption,
    JsonOption,
    KnownAtOption,
    LogOption,
    TrialOption,
    one_form,
    several,
)
from trialog.cli.printing import tables as show
from trialog.cli.session import asking
from trialog.events.errors import QuestionError
from trialog.projections.defaults import STALE_AFTER
from trialog.projections.months import printed

if TYPE_CHECKING:
    from trialog.application.answers.curve import CurveGroup
    from trialog.application.answers.figures import FigurePart, ResponsesPart
    from trialog.application.answers.remarks import RemarkPart
    from trialog.application.answers.snapshot import ComparisonPart, DosePart, SnapshotAnswer, SnapshotGroup


def snapshot(
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="Data cutoff, counted whole [default: the latest of last event, announcement and stated cutoff].",
        ),
    ] = None,
    cohort: Annotated[
        list[str] | None,
        typer.Option("--cohort", metavar="LABEL", help="Cohort; repeatable [default: each of them]."),
    ] = None,
    pool: Annotated[bool, typer.Option("--pool", help="The cohorts as one group.")] = False,
    compare_: Annotated[
        bool, typer.Option("--compare", help="Compare the cohorts: log-rank test, difference of medians.")
    ] = False,
    curve: Annotated[
        bool, typer.Option("--curve", help="Add the Kaplan-Meier curve of each cohort with its number at risk.")
    ] = False,
    known_at: KnownAtOption = None,
    definition: DefinitionOption = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="TIME", help="Survival at 365 (days), 52w, 12m or 1y; repeatable."),
    ] = None,
    rmst: Annotated[
        list[str] | None, typer.Option("--rmst", metavar="TIME", help="Restricted mean up to a time; repeatable.")
    ] = None,
    quantile: Annotated[
        list[str] | None,
        typer.Option("--quantile", metavar="P", help="Day by which a share P has died; repeatable."),
    ] = None,
    evaluator: EvaluatorOption = "investigator",
    confirm_days: Annotated[
        int,
        typer.Option("--confirm-days", metavar="DAYS", help="What confirms a response in RECIST comes so much later."),
    ] = 28,
    sd_days: Annotated[
        int, typer.Option("--sd-days", metavar="DAYS", help="Day from which RECIST calls it stable disease.")
    ] = 0,
    stale_after: Annotated[
        int, typer.Option("--stale-after", metavar="DAYS", help="Name the living who were not seen for longer.")
    ] = STALE_AFTER,
    subjects: Annotated[bool, typer.Option("--subjects", help="Add a row for each subject.")] = False,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV: figures, or with --subjects the subjects.")] = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> int:
    """Give a cohort's figures as of a data cutoff, with everything that they rest on.

    Below the figures stands what a reader of small numbers must know: other definitions in use that would
    print another value, medians that rest on few subjects, old contacts, and what dates that are known in part
    leave open. The same log and the same arguments give the same bytes on every machine. Exit code 3: assessments or
    subjects were left out of an import, and a figure could be other.
    """
    one_form(json=json, csv=csv)
    _check_columns(csv, compare_, curve, at, rmst, quantile)
    with asking(log, trial) as asked:
        answer = asked.snapshot(
            as_of=as_of,
            known_at=known_at,
            cohorts=cohort,
            pool=pool,
            compare=compare_,
            curve=curve,
            definition=definition,
            at=several(at),
            rmst=several(rmst),
            quantiles=several(quantile),
            evaluator=evaluator,
            confirm_days=confirm_days,
            sd_days=sd_days,
            stale_after=stale_after,
            subjects=subjects,
        )
    if json:
        show.answer_as_json(answer)
    elif csv:
        show.answer_as_csv(answer, ["subject"] if subjects else ["trial", "cohort"])
    else:
        _print(answer)
    return answer.exit_code


def _check_columns(csv: bool, *wanted: object) -> None:
    """Refuse what the CSV of medians has no columns for, rather than leave it out."""
    if csv and any(wanted):
        raise QuestionError("--csv has no columns for --at, --rmst, --quantile, --curve and --compare; take --json")


def _print(answer: SnapshotAnswer) -> None:
    from trialog.cli.printing.cells import notes

    known_words = "as known now" if answer.known_at is None else f"as known on {answer.known_at}"
    show.lines(f"{answer.trial}, data cutoff {answer.data_cutoff}, {known_words}", *notes(answer.notes))
    for group in answer.cohorts:
        _print_group(group)
    if answer.comparison is not None:
        _print_comparison(answer.comparison)
    for curve in answer.curves or ():
        _print_curve(curve)
    if answer.subjects:
        rows = list(answer.rows())
        show.lines("")
        show.table(list(rows[0]), (row.values() for row in rows))
    show.lines("", f"log: {answer.log.size} events, root {answer.log.root}")


def _print_curve(curve: CurveGroup) -> None:
    def digits(value: float | None) -> str:
        return "-" if value is None else f"{value:.4f}"

    show.lines("", f"cohort {curve.cohort}: Kaplan-Meier overall survival")
    show.table(
        ("day", "month", "at risk", "ended", "censored", "survival", "standard error", "lower", "upper"),
        (
            (
                point.day,
                f"{point.month:.2f}",
                point.at_risk,
                point.ended,
                point.censored,
                *map(digits, (point.survival, point.std_error, point.lower, point.upper)),
            )
            for point in curve.points
        ),
    )
    show.lines("")
    show.table(
        ("month", "at risk", "ended before", "censored before"),
        ((f"{each.month:g}", each.at_risk, each.ended, each.censored) for each in curve.risk),
    )


def _print_group(group: SnapshotGroup) -> None:
    from trialog.cli.printing.cells import figure_cell

    show.lines("", f"cohort {group.cohort}")
    show.table(("figure", "value"), _facts(group))
    show.lines("")
    limits = group.kaplan_meier.definition.limits_words()
    show.table(
        ("median", f"months ({limits})", "days", "n", "ended", "left out", "definition"),
        (
            (
                figure.name,
                figure_cell(figure),
                _days_cell(figure),
                figure.n,
                figure.events,
                figure.left_out,
                figure.words(),
            )
            for figure in (*group.figures, *group.endpoints)
            if figure.n or figure not in group.endpoints
        ),
        long=(6,),
    )
    if group.responses:
        _print_responses(group)
    _print_survival(group)
    if group.remarks:
        show.lines("")
        show.lines(*_sentences(group.remarks))


def _days_cell(figure: FigurePart) -> str:
    if not figure.n or figure.definition.month == "calendar":
        return "-"
    return "not reached" if figure.value_days is None else f"{figure.value_days:g}"


def _facts(group: SnapshotGroup) -> Iterator[tuple[str, object]]:
    counts, dose, observed = group.counts, group.dose, group.follow_up_days
    yield "enrolled, dosed, evaluable", f"{counts.enrolled}, {counts.dosed}, {counts.evaluable}"
    yield "alive, dead", f"{counts.alive}, {counts.dead}"
    yield "lost to follow-up, left otherwise", f"{counts.lost}, {counts.withdrawn}"
    if counts.first_dose is not None and counts.last_dose is not None:
        yield "first and last dose", f"{counts.first_dose}, {counts.last_dose}"
    if dose.percent is not None:
        yield "dose per subject: mean, range", _dose_cell(dose)
    if counts.prior_lines_mean is not None:
        yield (
            "prior lines: mean, median, range",
            f"{counts.prior_lines_mean:.2f}, {counts.prior_lines_median:g}, "
            f"{counts.prior_lines_low} to {counts.prior_lines_high} (n = {counts.prior_lines_n})",
        )
    if observed.shortest is not None:
        days = (observed.shortest, observed.median, observed.longest, observed.total)
        yield "observed days: shortest, median, longest, sum", ", ".join(f"{each:.10g}" for each in days)
        if observed.total_months is not None:
            yield "person-months observed", printed(observed.total_months, 1)


def _dose_cell(dose: DosePart) -> str:
    against = f" of {dose.planned} {dose.unit} planned" if dose.planned is not None else ""
    total = f"{dose.mean:g} ({dose.least:g} to {dose.most:g}){against}, " if dose.mean is not None else ""
    elsewhere = f", {dose.left_out} in other units" if dose.left_out else ""
    return f"{total}{dose.percent:.0f} % of plan, {dose.doses} doses{elsewhere}"


def _print_responses(group: SnapshotGroup) -> None:
    """Print each set of criteria as assessed and, beside it, as confirmed."""
    confirmed = {found.criteria: found for found in group.responses if found.confirmation == "confirmed"}
    rows: list[tuple[object, ...]] = []
    for found in group.responses:
        if found.confirmation == "confirmed":
            continue
        other = confirmed.get(found.criteria)
        whose = f"{found.criteria}, {found.evaluator}"
        rows.append((f"best response, {whose}", _categories(found), _categories(other)))
        for number, rate in enumerate(found.rates):
            name = f"{rate.name} ({rate.counts})"
            rows.append((name, _rate(found, number), _rate(other, number)))
        if other is not None:
            rows.append(("how it is found", found.rule, other.rule))
    show.lines("")
    show.table(("response", "as assessed", "confirmed"), rows, long=(1, 2))
    definition = group.kaplan_meier.definition
    show.lines(
        f"of the {definition.population} subjects; limits {100 * definition.level:.10g} % exact (Clopper-Pearson)"
    )


def _categories(found: ResponsesPart | None) -> str:
    if found is None:
        return ""
    reached = ", ".join(f"{count} {category}" for category, count in found.categories.items() if count)
    none = f", {found.not_assessed} not assessed" if found.not_assessed else ""
    return (reached or "none") + none


def _rate(found: ResponsesPart | None, number: int) -> str:
    if found is None:
        return ""
    rate = found.rates[number]
    if rate.percent is None:
        return "-"
    limits = f"{rate.percent_lower:.1f} to {rate.percent_upper:.1f}"
    return f"{rate.responders} of {rate.n}, {rate.percent:.1f} % ({limits})"


def _digits(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _print_survival(group: SnapshotGroup) -> None:
    from trialog.cli.printing.cells import limits_cell

    definition = group.kaplan_meier.definition
    rows: list[tuple[object, ...]] = [
        (
            f"survival at day {mark.day:g}" + (", beyond the last time" if mark.beyond_last else ""),
            _digits(mark.survival, 3),
            _digits(mark.std_error, 3),
            limits_cell(mark.lower, mark.upper, 3),
            f"{mark.at_risk} at risk, {mark.deaths} died",
        )
        for mark in group.landmarks or ()
    ]
    rows += [
        (
            f"mean days up to day {mean.until_day:g}" + (", beyond the last time" if mean.beyond_last else ""),
            _digits(mean.value_days, 1),
            _digits(mean.std_error_days, 1),
            limits_cell(mean.lower_days, mean.upper_days, 1),
            f"n = {group.kaplan_meier.n}",
        )
        for mean in group.restricted_means or ()
    ]
    rows += [
        (
            f"day by which {100 * each.p:g} % died",
            "NR" if each.value_days is None else f"{each.value_days:g}",
            "",
            limits_cell(each.lower_days, each.upper_days, 1),
            f"n = {group.kaplan_meier.n}",
        )
        for each in group.quantiles or ()
    ]
    if rows:
        kind = f"{100 * definition.level:g} % {definition.conf_type}"
        show.lines("")
        show.table(("Kaplan-Meier overall survival", "value", "standard error", kind, "rests on"), rows)


def _sentences(found: tuple[RemarkPart, ...]) -> Iterator[str]:
    """Yield the remarks as lines: what is said of several figures once, other definitions of one together."""
    said: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for remark in found:
        if remark.kind == "other definition":
            others.setdefault(remark.figure or "", []).append(remark.text)
        else:
            said.setdefault(remark.text, []).append(remark.figure or "")
    for text, figures in said.items():
        about = " and ".join(figure for figure in figures if figure)
        yield f"note: {about}: {text}" if about else f"note: {text}"
    for figure, texts in others.items():
        yield f"note: {figure} would be {', '.join(texts)}"


def _print_comparison(found: ComparisonPart) -> None:
    show.lines("")
    show.table(
        ("comparison", "n", "observed", "expected"),
        ((group.cohort, group.n, group.observed, _digits(group.expected, 2)) for group in found.groups),
    )
    p = "nothing to compare" if found.p is None else f"p {found.p:.4g}"
    show.lines(f"{found.endpoint}, {found.method}: chi-square {found.chi_square:.4g}, df {found.df}, {p}")
    for each in found.differences:
        value = "not reached" if each.difference_days is None else f"{each.difference_days:+g} days"
        if each.difference_months is not None and each.difference_days is None:  # calendar months
            value = f"{each.difference_months:+g} months"
        show.lines(f"median of {each.cohort} minus median of {each.reference}: {value}")

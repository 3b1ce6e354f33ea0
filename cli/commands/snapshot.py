"""``trialog snapshot``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialog.cli.definitions import DefinitionOption, definition_of
from trialog.cli.options import (
    EvaluatorOption,
    JsonOption,
    KnownAtOption,
    LogOption,
    TrialOption,
    evaluator_of,
    one_form,
)
from trialog.cli.printing import tables as show
from trialog.cli.session import last_day, optional_day, reading
from trialog.events.dates import iso
from trialog.events.errors import QuestionError
from trialog.projections.confirmation import ResponseRule
from trialog.projections.defaults import STALE_AFTER
from trialog.projections.months import printed

if TYPE_CHECKING:
    from trialog.projections.cohort_figures import Figure, GroupFigures
    from trialog.projections.comparison import GroupComparison
    from trialog.projections.doses import DoseGiven
    from trialog.projections.remarks import Remark
    from trialog.projections.response import Responses
    from trialog.projections.trial_data import TrialData


@dataclass(frozen=True)
class SnapshotSection:
    """Everything that is printed of one group."""

    figures: GroupFigures
    dose: DoseGiven
    remarks: list[Remark]


def snapshot(
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Data cutoff; the day counts whole.")],
    cohort: Annotated[
        list[str] | None,
        typer.Option("--cohort", metavar="LABEL", help="Cohort; repeatable [default: each of them]."),
    ] = None,
    pool: Annotated[bool, typer.Option("--pool", help="The cohorts as one group.")] = False,
    compare_: Annotated[
        bool, typer.Option("--compare", help="Compare the cohorts: log-rank test, difference of medians.")
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
) -> None:
    """Give a cohort's figures as of a data cutoff, with everything that they rest on.

    Below the figures stands what a reader of small numbers must know: other definitions in use that would
    print another value, medians that rest on few subjects, old contacts, and what dates that are known in part
    leave open. The same log and the same arguments give the same bytes on every machine.
    """
    from trialog.cli.durations_option import days_of, several, share_of
    from trialog.cli.printing.cells import nothing_known
    from trialog.projections.cohort_figures import Wanted, group_figures, median
    from trialog.projections.comparison import compare
    from trialog.projections.doses import dose_given
    from trialog.projections.remarks import remarks
    from trialog.projections.serial import comparison_as_dict, provenance, subject_rows
    from trialog.projections.times import times

    cutoff, known = last_day(as_of, "--as-of"), optional_day(known_at, "--known-at")
    one_form(json=json, csv=csv)
    _check_days({"--confirm-days": confirm_days, "--sd-days": sd_days, "--stale-after": stale_after})
    _check_columns(csv, compare_, at, rmst, quantile)
    with reading(log, trial) as data:
        labels = data.cohort_labels(tuple(cohort) if cohort else None, known)
        described = data.trial(known)
        chosen = definition_of(definition, described.default_definition)
        wanted = Wanted(
            landmarks=tuple(days_of(each, "--at", chosen.month) for each in several(at)),
            restricted_to=tuple(days_of(each, "--rmst", chosen.month) for each in several(rmst)),
            quantiles=tuple(share_of(each, "--quantile") for each in several(quantile)),
            confirmed=True,
            evaluator=evaluator_of(evaluator),
            rule=ResponseRule(confirm_days=confirm_days, sd_days=sd_days),
        )
        state = data.as_of(cutoff, known)
        named = [("+".join(labels), labels)] if pool else [(label, (label,)) for label in labels]
        sections = []
        for label, members in named:
            group = group_figures(state, label, members, chosen, wanted)
            sections.append(
                SnapshotSection(
                    group, dose_given(state, described.cohorts, members), remarks(state, group, members, stale_after)
                )
            )
        compared = None
        if compare_:
            taken = [
                times(state, section.figures.kaplan_meier.definition, members)
                for section, (_, members) in zip(sections, named, strict=True)
            ]
            compared = compare([label for label, _ in named], taken, [median(of, state) for of in taken])
        rows = list(subject_rows(state, chosen, labels)) if subjects else []
    if json:
        printed: dict[str, Any] = {
            **provenance(data, cutoff, known),
            "definition": chosen.as_dict(),
            "cohorts": [_as_dict(section) for section in sections],
        }
        if compared is not None:
            printed["comparison"] = comparison_as_dict(compared)
        if subjects:
            printed["subjects"] = rows
        show.as_json(printed)
    elif csv and subjects:
        header = list(rows[0]) if rows else ["subject"]
        show.as_csv(header, (row.values() for row in rows))
    elif csv:
        _print_csv(data, sections, cutoff, known)
    else:
        known_words = "as known now" if known is None else f"as known on {iso(known)}"
        show.lines(f"{data.code}, data cutoff {iso(cutoff)}, {known_words}", *nothing_known(data, known))
        for section in sections:
            _print(section)
        if compared is not None:
            _print_comparison(compared)
        if rows:
            show.lines("")
            show.table(list(rows[0]), (row.values() for row in rows))
        show.lines("", f"log: {data.size} events, root {data.root}")


def _check_days(given: dict[str, int]) -> None:
    for option, days in given.items():
        if days < 0:
            raise QuestionError(f"{option} {days} is wrong; expected a number of days, 0 or more")


def _check_columns(csv: bool, *wanted: object) -> None:
    """Refuse what the CSV of medians has no columns for, rather than leave it out."""
    if csv and any(wanted):
        raise QuestionError("--csv has no columns for --at, --rmst, --quantile and --compare; take --json")


def _as_dict(section: SnapshotSection) -> dict[str, Any]:
    from trialog.projections.serial import dose_as_dict, group_as_dict, remark_as_dict

    return {
        "cohort": section.figures.label,
        **group_as_dict(section.figures),
        "dose": dose_as_dict(section.dose),
        "remarks": [remark_as_dict(remark) for remark in section.remarks],
    }


def _print_csv(data: TrialData, sections: list[SnapshotSection], cutoff: int, known: int | None) -> None:
    from trialog.projections.serial import group_as_dict, provenance

    axes = provenance(data, cutoff, known)
    flat = []
    for section in sections:
        found = group_as_dict(section.figures)
        for figure in [*found["figures"], *found["endpoints"]]:
            definition = figure.pop("definition")
            flat.append(
                {
                    "trial": axes["trial"],
                    "cohort": section.figures.label,
                    **figure,
                    **definition,
                    "log_size": axes["log"]["size"],
                    "log_root": axes["log"]["root"],
                }
            )
    show.as_csv(list(flat[0]) if flat else ["trial", "cohort"], (row.values() for row in flat))


def _print(section: SnapshotSection) -> None:
    from trialog.cli.printing.cells import figure_cell

    group = section.figures
    show.lines("", f"cohort {group.label}")
    show.table(("figure", "value"), _facts(group, section.dose))
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
            for figure in (group.to_date, group.kaplan_meier, group.follow_up, *group.endpoints)
            if figure.n or figure not in group.endpoints
        ),
        long=(6,),
    )
    if group.responses:
        _print_responses(group)
    _print_survival(group)
    if section.remarks:
        show.lines("")
        show.lines(*_sentences(section.remarks))


def _days_cell(figure: Figure) -> str:
    if not figure.n or figure.definition.month == "calendar":
        return "-"
    return "not reached" if figure.value is None else f"{figure.value:g}"


def _facts(group: GroupFigures, dose: DoseGiven) -> Iterator[tuple[str, object]]:
    counts = group.counts
    yield "enrolled, dosed, evaluable", f"{counts.enrolled}, {counts.dosed}, {counts.evaluable}"
    yield "alive, dead", f"{counts.alive}, {counts.dead}"
    yield "lost to follow-up, left otherwise", f"{counts.lost}, {counts.withdrawn}"
    if counts.first_dose is not None and counts.last_dose is not None:
        yield "first and last dose", f"{iso(counts.first_dose)}, {iso(counts.last_dose)}"
    if dose.percent is not None:
        against = f" of {dose.planned} {dose.unit} planned" if dose.planned is not None else ""
        total = f"{dose.mean:g} ({dose.least:g} to {dose.most:g}){against}, " if dose.mean is not None else ""
        elsewhere = f", {dose.left_out} in other units" if dose.left_out else ""
        yield "dose per subject: mean, range", f"{total}{dose.percent:.0f} % of plan, {dose.doses} doses{elsewhere}"
    if counts.prior_lines_mean is not None:
        yield (
            "prior lines: mean, median, range",
            f"{counts.prior_lines_mean:.2f}, {counts.prior_lines_median:g}, "
            f"{counts.prior_lines_low} to {counts.prior_lines_high} (n = {counts.prior_lines_n})",
        )
    if group.shortest is not None:
        days = (group.shortest, group.middle, group.longest, group.total)
        yield "observed days: shortest, median, longest, sum", ", ".join(f"{each:.10g}" for each in days)
        if group.person_months is not None:
            yield "person-months observed", printed(group.person_months, 1)


def _print_responses(group: GroupFigures) -> None:
    """Print each set of criteria as assessed and, beside it, as confirmed."""
    confirmed = {found.criteria: found for found in group.confirmed}
    rows: list[tuple[object, ...]] = []
    for found in group.responses:
        other = confirmed.get(found.criteria)
        whose = f"{found.criteria}, {found.evaluator}"
        rows.append((f"best response, {whose}", _categories(found), _categories(other)))
        for number, rate in enumerate(found.rates):
            name = f"{rate.name} ({rate.counts} or better)"
            rows.append((name, _rate(found, number), _rate(other, number)))
        if other is not None:
            rows.append(("how it is found", found.rule, other.rule))
    show.lines("")
    show.table(("response", "as assessed", "confirmed"), rows, long=(1, 2))
    definition = group.kaplan_meier.definition
    show.lines(
        f"of the {definition.population} subjects; limits {100 * definition.level:.10g} % exact (Clopper-Pearson)"
    )


def _categories(found: Responses | None) -> str:
    if found is None:
        return ""
    reached = ", ".join(f"{count} {category}" for category, count in found.categories.items() if count)
    none = f", {found.not_assessed} not assessed" if found.not_assessed else ""
    return (reached or "none") + none


def _rate(found: Responses | None, number: int) -> str:
    if found is None:
        return ""
    rate = found.rates[number]
    if rate.share is None:
        return "-"
    lower, upper = rate.limits
    return f"{rate.responders} of {rate.n}, {100 * rate.share:.1f} % ({100 * lower:.1f} to {100 * upper:.1f})"


def _digits(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _print_survival(group: GroupFigures) -> None:
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
        for mark in group.landmarks
    ]
    rows += [
        (
            f"mean days up to day {mean.until:g}" + (", beyond the last time" if mean.beyond_last else ""),
            _digits(mean.value, 1),
            _digits(mean.std_error, 1),
            limits_cell(mean.lower, mean.upper, 1),
            f"n = {mean.n}",
        )
        for mean in group.restricted_means
    ]
    rows += [
        (
            f"day by which {100 * each.p:g} % died",
            "NR" if each.value is None else f"{each.value:g}",
            "",
            limits_cell(each.lower, each.upper, 1),
            f"n = {each.n}",
        )
        for each in group.quantiles
    ]
    if rows:
        kind = f"{100 * definition.level:g} % {definition.conf_type}"
        show.lines("")
        show.table(("Kaplan-Meier overall survival", "value", "standard error", kind, "rests on"), rows)


def _sentences(found: list[Remark]) -> Iterator[str]:
    """Yield the remarks as lines: what is said of several figures once, other definitions of one together."""
    said: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for remark in found:
        if remark.kind == "other definition":
            others.setdefault(remark.figure, []).append(remark.text)
        else:
            said.setdefault(remark.text, []).append(remark.figure)
    for text, figures in said.items():
        about = " and ".join(figure for figure in figures if figure)
        yield f"note: {about}: {text}" if about else f"note: {text}"
    for figure, texts in others.items():
        yield f"note: {figure} would be {', '.join(texts)}"


def _print_comparison(found: GroupComparison) -> None:
    test = found.test
    show.lines("")
    show.table(
        ("comparison", "n", "observed", "expected"),
        ((group.group, group.n, group.observed, f"{group.expected:.2f}") for group in test.groups),
    )
    p = "nothing to compare" if test.p is None else f"p {test.p:.4g}"
    show.lines(f"{found.endpoint}, {test.method}: chi-square {test.chi_square:.4g}, df {test.df}, {p}")
    for each in found.differences:
        value = "not reached" if each.value is None else f"{each.value:+g} days"
        show.lines(f"median of {each.group} minus median of {each.reference}: {value}")

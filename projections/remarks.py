"""Caveats of figures that rest on few subjects.

With few subjects, another convention changes the figure, a single late contact changes it, and so
may a date of which only the month is known. Each caveat names the cause and the size of the change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from trialog.events.arrays import NO_DAY
from trialog.events.dates import iso
from trialog.events.definition import CHOICES, Definition
from trialog.events.vocabulary import Evaluator
from trialog.projections.cohort_figures import GroupFigures
from trialog.projections.date_uncertainty import span
from trialog.projections.defaults import STALE_AFTER
from trialog.projections.estimators.crossing import QuantileRule
from trialog.projections.estimators.curve import curve
from trialog.projections.measures.figure import Figure
from trialog.projections.measures.medians import median
from trialog.projections.measures.question import Flags, nobody_assessed
from trialog.projections.months import in_months, printed
from trialog.projections.not_understood import left_out
from trialog.projections.rounding import significant
from trialog.projections.state.as_of import State
from trialog.projections.times import members, origins, progressions, times

FEW: Final = 10
"""With fewer subjects than this, a median rests on a handful of days."""

MANY: Final = 10_000
"""With this many subjects no convention changes a median as printed, so none is tried."""

MOST_NAMED: Final = 5

_TRIED: Final = ("origin", "population", "censoring", "ties", "month")


@dataclass(frozen=True)
class Remark:
    """One caveat.

    Attributes:
        kind: ``nobody``, ``not assessed``, ``few subjects``, ``not reached``, ``other definition``, ``stale contact``,
            ``partial dates``, ``assessments left out``, ``contradiction``, ``may be alive`` or ``progression
            before the origin``.
        figure: Which figure it is about; empty for the group.
        text: The caveat in words.
        details: The caveat as data for programs.
    """

    kind: str
    figure: str
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


def remarks(
    state: State,
    group: GroupFigures,
    cohorts: tuple[str, ...] | None,
    stale_after: int = STALE_AFTER,
    evaluator: Evaluator = "investigator",
) -> list[Remark]:
    """Return the caveats of a group's figures.

    Args:
        state: State from which the figures were computed.
        group: The figures.
        cohorts: Their cohorts, pooled; None for all.
        stale_after: Days after which a living subject's last contact is old.
        evaluator: Whose assessments the figures count.
    """
    if not group.counts.enrolled:
        return [Remark("nobody", "", f"nobody was enrolled by the cutoff {iso(state.cutoff)}")]
    found: list[Remark] = list(_not_understood(state, cohorts, evaluator))
    found += _about_facts(state, group.kaplan_meier.definition, cohorts, evaluator)
    found += _not_assessed(state, group, cohorts, evaluator)
    for figure in (group.to_date, group.kaplan_meier):
        found += _about_size(state, figure, cohorts)
        if 0 < figure.n < MANY:
            found += _other_definitions(state, figure, cohorts)
        found += _partial_dates(state, figure, cohorts)
    found += _other_follow_up(state, group.follow_up, cohorts)
    found += old_contacts(state, cohorts, stale_after)
    return found


def _about_facts(
    state: State, definition: Definition, cohorts: tuple[str, ...] | None, evaluator: Evaluator
) -> Iterator[Remark]:
    """Yield a caveat for each kind of fact that a reader must know, with its subjects."""
    mine = state.in_cohorts(cohorts)
    wrong = mine & state.contradicted
    if wrong.any():
        text = "what is known of {} contradicts itself (a day after the death, or a date without any possible day)"
        yield _named("contradiction", text, state, wrong)
    alive = mine & (state.died != NO_DAY) & (state.died_last > state.cutoff)
    if alive.any():
        text = "{} may be alive at the cutoff: only a part of the day of death is known"
        yield _named("may be alive", text, state, alive)
    origin = origins(state, definition)
    since = progressions(state, replace(definition, origin="enrollment"), evaluator)
    early = mine & (origin != NO_DAY) & (since < origin)
    if early.any():
        text = "{} progressed between enrollment and {origin}, which counts as baseline"
        yield _named("progression before the origin", text.replace("{origin}", definition.origin), state, early)


def _named(kind: str, text: str, state: State, who: Flags) -> Remark:
    subjects = [state.subjects[place] for place in np.flatnonzero(who).tolist()]
    more = f" and {len(subjects) - MOST_NAMED} more" if len(subjects) > MOST_NAMED else ""
    named = f"{_subjects(len(subjects))} ({', '.join(subjects[:MOST_NAMED])}{more})"
    return Remark(kind, "", text.format(named), {"subjects": subjects})


def _not_understood(state: State, cohorts: tuple[str, ...] | None, evaluator: Evaluator) -> Iterator[Remark]:
    missed = left_out(state, cohorts, evaluator)
    if missed is not None:
        yield Remark(
            "assessments left out",
            "",
            missed.words(),
            {"assessments": missed.assessments, "subjects": list(missed.subjects)},
        )


def _not_assessed(
    state: State, group: GroupFigures, cohorts: tuple[str, ...] | None, evaluator: Evaluator
) -> Iterator[Remark]:
    n = int(members(state, group.kaplan_meier.definition.population, cohorts).sum())
    text = nobody_assessed(evaluator, n, 0)
    if text and not group.responses:
        yield Remark("not assessed", "", f"{text}: response rates are 0 of {n}", {"n": n, "evaluator": evaluator})


def _about_size(state: State, figure: Figure, cohorts: tuple[str, ...] | None) -> Iterator[Remark]:
    if not figure.n:
        text = (
            f"none of {_subjects(figure.left_out)} has its origin by the cutoff" if figure.left_out else "nobody counts"
        )
        yield Remark("nobody", figure.name, text, {"left_out": figure.left_out})
        return
    if figure.n < FEW:
        yield Remark("few subjects", figure.name, f"rests on {_subjects(figure.n)}", {"n": figure.n})
    if not figure.reached:
        of = times(state, figure.definition, cohorts)
        level = float(curve(of.length, of.ended).survival[-1])
        yield Remark(
            "not reached",
            figure.name,
            f"not reached: {figure.events} of {figure.n} died, survival ends at {printed(level, 2)}",
            {"n": figure.n, "events": figure.events, "survival": significant(level)},
        )


def _other_definitions(state: State, figure: Figure, cohorts: tuple[str, ...] | None) -> Iterator[Remark]:
    """Yield each single change of the definition that would print another value."""
    shown = _months(figure.value, figure.definition)
    for part in _TRIED:
        for word in CHOICES[part]:
            other = replace(figure.definition, **{part: word})  # type: ignore[arg-type]
            if other == figure.definition or word == "not dosed":
                continue
            found = median(times(state, other, cohorts), state)
            value = _months(found.value, other)
            if found.n and value != shown:
                yield Remark(
                    "other definition",
                    figure.name,
                    f"{value} with {part} {word}" + ("" if found.n == figure.n else f" (n = {found.n})"),
                    {"part": part, "word": word, "value_months": _number(found.value, other), "n": found.n},
                )


def _other_follow_up(state: State, figure: Figure, cohorts: tuple[str, ...] | None) -> Iterator[Remark]:
    definition = figure.definition
    of = times(state, definition, cohorts)
    reverse = curve(of.length, of.ended).reversed("deaths first")
    days = reverse.quantile(QuantileRule.of(definition))[0]
    value = _months(days, definition)
    if value != _months(figure.value, definition):
        yield Remark(
            "other definition",
            figure.name,
            f"{value} with deaths first",
            {"part": "follow-up", "word": "deaths first", "value_months": _number(days, definition), "n": figure.n},
        )


def _partial_dates(state: State, figure: Figure, cohorts: tuple[str, ...] | None) -> Iterator[Remark]:
    found = span(state, figure.definition, cohorts)
    if found is None:
        return
    lower, upper = (_months(end, figure.definition) for end in (found.lower, found.upper))
    whose = f"dates of {_subjects(found.partial)} are known in part"
    if lower == upper:
        text = f"{whose}; on any day that they may mean it is {lower}"
    else:
        text = f"{whose}; it lies {'between' if found.exact else 'within'} {lower} and {upper}"
    yield Remark(
        "partial dates",
        figure.name,
        text,
        {
            "subjects": found.partial,
            "lower_months": _number(found.lower, figure.definition),
            "upper_months": _number(found.upper, figure.definition),
            "exact": found.exact,
        },
    )


def old_contacts(state: State, cohorts: tuple[str, ...] | None, stale_after: int) -> Iterator[Remark]:
    """Yield a caveat that names living subjects whose last contact is older than some days at the cutoff."""
    living = state.in_cohorts(cohorts) & (state.died == NO_DAY)
    old = np.flatnonzero(living & (state.last_alive < state.cutoff - stale_after))
    if not old.size:
        return
    old = old[np.argsort(state.last_alive[old], kind="stable")]
    named = [(state.subjects[at], iso(int(state.last_alive[at]))) for at in old.tolist()]
    left = int((state.left[old] != NO_DAY).sum())
    listed = ", ".join(f"{subject} ({seen})" for subject, seen in named[:MOST_NAMED])
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    gone = f", {left} of them left the study" if left else ""
    yield Remark(
        "stale contact",
        "",
        f"{_subjects(len(named), 'living ')} {'was' if len(named) == 1 else 'were'} last known alive "
        f"more than {stale_after} days before the cutoff"
        f"{gone}: {listed}{more}",
        {
            "stale_after_days": stale_after,
            "left": left,
            "subjects": [{"subject": subject, "last_known_alive_on": seen} for subject, seen in named],
        },
    )


def _subjects(number: int, which: str = "") -> str:
    return f"{number} {which}subject{'' if number == 1 else 's'}"


def _months(value: float | None, definition: Definition) -> str:
    return "not reached" if value is None else printed(in_months(value, definition.month), 1)


def _number(value: float | None, definition: Definition) -> float | None:
    return None if value is None else float(in_months(value, definition.month))

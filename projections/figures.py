"""The figures of a group of subjects, each with everything that it rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from trialog.events.definition import KAPLAN_MEIER, Definition
from trialog.events.vocabulary import LEFT_REASONS
from trialog.projections.asof import State
from trialog.projections.columns import NO_DAY
from trialog.projections.estimators.crossing import Rule
from trialog.projections.estimators.curve import curve
from trialog.projections.estimators.to_date import to_date_median
from trialog.projections.months import in_months
from trialog.projections.response import Responses, criteria_in_use, responses
from trialog.projections.times import Times, members, times


@dataclass(frozen=True)
class Figure:
    """A time-to-event figure and what it rests on.

    Attributes:
        name: What it is, in words.
        value: Days (thousandths of a month where the definition counts calendar months); None where
            it is not reached.
        lower, upper: Limits of ``definition.level`` in the same unit; None where not reached, and for
            estimators that have none.
        n, events: Subjects, and how many of their times ended in the endpoint.
        left_out: Subjects of the population without an origin by the cutoff.
        definition: Under which it was computed.
        cutoff, known_at: The two axes.
    """

    name: str
    value: float | None
    lower: float | None
    upper: float | None
    n: int
    events: int
    left_out: int
    definition: Definition
    cutoff: int
    known_at: int | None

    @property
    def months(self) -> Decimal | None:
        """The value in months, exact; None where it is not reached."""
        return None if self.value is None else in_months(self.value, self.definition.month)

    @property
    def reached(self) -> bool:
        """Whether there is a value."""
        return self.value is not None


def median(of: Times, state: State) -> Figure:
    """Return the median of a group's times, by the estimator of their definition."""
    definition = of.definition
    lower = upper = None
    if definition.estimator == "to-date":
        value = to_date_median(of.length)
    else:
        value, lower, upper = curve(of.length, of.ended).quantile(Rule.of(definition))
    return _figure(f"{definition.estimator} median {of.endpoint}", of, state, value, lower, upper)


def median_follow_up(of: Times, state: State) -> Figure:
    """Return the reverse Kaplan-Meier median: how long subjects have been followed."""
    definition = of.definition
    value, lower, upper = curve(of.length, ~of.ended).quantile(Rule.of(definition))
    found = _figure("median follow-up, reverse Kaplan-Meier (flip)", of, state, value, lower, upper)
    return replace(found, events=of.n - of.events)


def mean(of: Times, state: State) -> Figure:
    """Return the plain mean of a group's times so far."""
    value = float(of.length.mean()) if of.n else None
    return _figure(f"mean {of.endpoint} so far", of, state, value, None, None)


def _figure(
    name: str, of: Times, state: State, value: float | None, lower: float | None, upper: float | None
) -> Figure:
    return Figure(
        name=name,
        value=value,
        lower=lower,
        upper=upper,
        n=of.n,
        events=of.events,
        left_out=of.left_out,
        definition=of.definition,
        cutoff=state.cutoff,
        known_at=state.known_at,
    )


@dataclass(frozen=True)
class Counts:
    """How many subjects, and where they stand at the cutoff.

    Attributes:
        enrolled, dosed, evaluable, alive, dead, lost, withdrawn: Subjects; ``lost`` are those lost to
            follow-up, ``withdrawn`` those who left for any other reason.
        first_enrolled, first_dose, last_dose: Days; None where there is none.
        prior_lines_mean, prior_lines_median, prior_lines_low, prior_lines_high: None where nobody's are stated.
        prior_lines_n: Subjects whose prior lines are stated.
    """

    enrolled: int
    dosed: int
    evaluable: int
    alive: int
    dead: int
    lost: int
    withdrawn: int
    first_enrolled: int | None
    first_dose: int | None
    last_dose: int | None
    prior_lines_n: int
    prior_lines_mean: float | None
    prior_lines_median: float | None
    prior_lines_low: int | None
    prior_lines_high: int | None


def counts(state: State, cohorts: tuple[str, ...] | None = None) -> Counts:
    """Return the counts of some cohorts, pooled; of all subjects for None."""
    who = state.in_cohorts(cohorts)
    dead = int((state.died[who] != NO_DAY).sum())
    lost_code = LEFT_REASONS.index("lost to follow-up")
    left = state.left_reason[who]
    living_left = (left >= 0) & (state.died[who] == NO_DAY)
    lines = state.prior_lines[who]
    lines = lines[~np.isnan(lines)]
    return Counts(
        enrolled=int(who.sum()),
        dosed=int(members(state, "dosed", cohorts).sum()),
        evaluable=int(members(state, "evaluable", cohorts).sum()),
        alive=int(who.sum()) - dead,
        dead=dead,
        lost=int((living_left & (left == lost_code)).sum()),
        withdrawn=int((living_left & (left != lost_code)).sum()),
        first_enrolled=_edge(state.enrolled[who], latest=False),
        first_dose=_edge(state.first_dose[who], latest=False),
        last_dose=_edge(state.last_dose[who], latest=True),
        prior_lines_n=int(lines.size),
        prior_lines_mean=float(lines.mean()) if lines.size else None,
        prior_lines_median=float(np.median(lines)) if lines.size else None,
        prior_lines_low=int(lines.min()) if lines.size else None,
        prior_lines_high=int(lines.max()) if lines.size else None,
    )


def _edge(days: np.ndarray[tuple[int], np.dtype[np.int32]], *, latest: bool) -> int | None:
    days = days[days != NO_DAY]
    if not days.size:
        return None
    return int(days.max() if latest else days.min())


@dataclass(frozen=True)
class GroupFigures:
    """All figures of one cohort, or of some cohorts pooled.

    Attributes:
        label: Name of the group.
        counts: How many subjects, and where they stand.
        to_date, kaplan_meier: Median overall survival by both estimators, otherwise alike.
        follow_up: Reverse Kaplan-Meier.
        shortest, longest: Least and greatest observed time, days; None for nobody.
        total: Observed person-days.
        responses: By each set of criteria in use.
    """

    label: str
    counts: Counts
    to_date: Figure
    kaplan_meier: Figure
    follow_up: Figure
    shortest: int | None
    longest: int | None
    total: int
    responses: tuple[Responses, ...]


def group_figures(
    state: State, label: str, cohorts: tuple[str, ...] | None, definition: Definition = KAPLAN_MEIER
) -> GroupFigures:
    """Return all figures of a group.

    Args:
        state: As of a cutoff and a known-at day.
        label: Name of the group.
        cohorts: Cohorts, pooled; None for all.
        definition: Origin, population, month, ties and limits; each estimator keeps its own censoring.
    """
    to_date = times(state, replace(definition, estimator="to-date", censoring="cutoff"), cohorts)
    observed = times(state, replace(definition, estimator="kaplan-meier", censoring="last known alive"), cohorts)
    who = members(state, definition.population, cohorts)
    days = (observed.end - observed.origin).astype(np.int64)
    return GroupFigures(
        label=label,
        counts=counts(state, cohorts),
        to_date=median(to_date, state),
        kaplan_meier=median(observed, state),
        follow_up=median_follow_up(observed, state),
        shortest=int(days.min()) if days.size else None,
        longest=int(days.max()) if days.size else None,
        total=int(days.sum()),
        responses=tuple(responses(state, who, criteria) for criteria in criteria_in_use(state)),
    )

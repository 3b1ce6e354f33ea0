"""The figures of a group of subjects, each with everything that it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from trialog.events.arrays import NO_DAY
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.measures import Endpoint
from trialog.events.vocabulary import LEFT_REASONS, Confirmation, Criteria, Evaluator
from trialog.projections.calendar_months import calendar_months
from trialog.projections.confirmation import PLAIN_RULE, ResponseRule, confirmable
from trialog.projections.estimators.crossing import QuantileRule
from trialog.projections.estimators.curve import Landmark, RestrictedMean, curve
from trialog.projections.estimators.survival import Quantile, Survival
from trialog.projections.estimators.to_date import to_date_median
from trialog.projections.months import CALENDAR_UNIT, in_months
from trialog.projections.response import Responses, criteria_in_use, responses
from trialog.projections.state.as_of import State
from trialog.projections.times import Times, members, origins, times


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
        begins, open_until: From which day the times run, and where an open one ends, in words.
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
    begins: str
    open_until: str

    @property
    def months(self) -> Decimal | None:
        """The value in months, exact; None where it is not reached."""
        return None if self.value is None else in_months(self.value, self.definition.month)

    @property
    def reached(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def words(self) -> str:
        """Return its definition as one phrase."""
        return self.definition.words(self.begins, self.open_until)


def median(of: Times, state: State) -> Figure:
    """Return the median of a group's times, by the estimator of their definition."""
    definition = of.definition
    lower = upper = None
    if definition.estimator == "to-date":
        value = to_date_median(of.length)
    else:
        value, lower, upper = curve(of.length, of.ended).quantile(QuantileRule.of(definition))
    value, lower, upper = (of.in_its_unit(each) for each in (value, lower, upper))
    return _figure(f"{definition.estimator} median {of.endpoint}", of, state, value, lower, upper)


def median_follow_up(of: Times, state: State) -> Figure:
    """Return the reverse Kaplan-Meier median: how long subjects have been followed."""
    definition = of.definition
    value, lower, upper = curve(of.length, ~of.ended).quantile(QuantileRule.of(definition))
    value, lower, upper = (of.in_its_unit(each, reverse=True) for each in (value, lower, upper))
    found = _figure("median follow-up, reverse Kaplan-Meier (flip)", of, state, value, lower, upper)
    return replace(found, events=of.n - of.events)


def mean(of: Times, state: State) -> Figure:
    """Return the plain mean of a group's times so far."""
    value = float(of.length.mean()) if of.n else None
    if of.n and of.definition.month == "calendar":
        value = float(CALENDAR_UNIT) * float(calendar_months(of.origin, of.origin + of.length).mean())
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
        begins=of.begins,
        open_until=of.open_until,
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
class Wanted:
    """What a snapshot gives beyond medians, follow-up, counts and responses.

    Attributes:
        landmarks: Days from the origin at which survival is given.
        restricted_to: Days up to which the restricted mean is given.
        quantiles: Shares of subjects.
        confirmed: Responses also as confirmed, and the endpoints that follow from responses.
        evaluator: Whose assessments count.
        rule: What confirms a response.
    """

    landmarks: tuple[float, ...] = ()
    restricted_to: tuple[float, ...] = ()
    quantiles: tuple[Fraction, ...] = ()
    confirmed: bool = False
    evaluator: Evaluator = "investigator"
    rule: ResponseRule = PLAIN_RULE


NOTHING_MORE: Final = Wanted()


@dataclass(frozen=True)
class GroupFigures:
    """All figures of one cohort, or of some cohorts pooled.

    Attributes:
        label: Name of the group.
        counts: How many subjects, and where they stand.
        to_date, kaplan_meier: Median overall survival by both estimators, otherwise alike.
        follow_up: Reverse Kaplan-Meier.
        shortest, middle, longest: Least, median (plain) and greatest observed time, days; None for nobody.
        total: Observed person-days.
        responses: As assessed, by each set of criteria in use.
        confirmed: The same as confirmed, where that was wanted and the criteria know it.
        endpoints: Medians of progression-free survival, time to progression and duration of response,
            where these were wanted and anybody was assessed or progressed.
        landmarks, restricted_means, quantiles: Of overall survival by Kaplan-Meier, in days, as wanted.
    """

    label: str
    counts: Counts
    to_date: Figure
    kaplan_meier: Figure
    follow_up: Figure
    shortest: int | None
    middle: float | None
    longest: int | None
    total: int
    responses: tuple[Responses, ...]
    confirmed: tuple[Responses, ...] = ()
    endpoints: tuple[Figure, ...] = ()
    landmarks: tuple[Landmark, ...] = ()
    restricted_means: tuple[RestrictedMean, ...] = ()
    quantiles: tuple[Quantile, ...] = ()

    @property
    def person_months(self) -> Decimal | None:
        """Observed person-months; None for calendar months, which have no fixed length."""
        month = self.kaplan_meier.definition.month
        return None if month == "calendar" else in_months(self.total, month)


def group_figures(
    state: State,
    label: str,
    cohorts: tuple[str, ...] | None,
    definition: Definition = KAPLAN_MEIER,
    wanted: Wanted = NOTHING_MORE,
) -> GroupFigures:
    """Return all figures of a group.

    Args:
        state: As of a cutoff and a known-at day.
        label: Name of the group.
        cohorts: Cohorts, pooled; None for all.
        definition: Of every figure; the estimator that it does not name keeps its usual censoring.
        wanted: What is given beyond medians, follow-up, counts and responses.
    """
    to_date = times(state, by_estimator(definition, TO_DATE), cohorts)
    observed = times(state, by_estimator(definition, KAPLAN_MEIER), cohorts)
    who = members(state, definition.population, cohorts)
    days = observed.length
    survival = Survival(observed.definition, curve(days, observed.ended))
    in_use = criteria_in_use(state, wanted.evaluator)

    def responding(criteria: Criteria, confirmation: Confirmation) -> Responses:
        return responses(
            state,
            who,
            criteria,
            wanted.evaluator,
            confirmation=confirmation,
            rule=wanted.rule,
            origin=origins(state, definition),
            level=definition.level,
        )

    return GroupFigures(
        label=label,
        counts=counts(state, cohorts),
        to_date=median(to_date, state),
        kaplan_meier=median(observed, state),
        follow_up=median_follow_up(observed, state),
        shortest=int(days.min()) if days.size else None,
        middle=to_date_median(days),
        longest=int(days.max()) if days.size else None,
        total=int(days.sum()),
        responses=tuple(responding(criteria, "as assessed") for criteria in in_use),
        confirmed=tuple(
            responding(criteria, "confirmed") for criteria in in_use if wanted.confirmed and confirmable(criteria)
        ),
        endpoints=tuple(_endpoints(state, cohorts, observed.definition, wanted)) if wanted.confirmed else (),
        landmarks=tuple(survival.at(day) for day in wanted.landmarks),
        restricted_means=tuple(survival.restricted_mean(day) for day in wanted.restricted_to),
        quantiles=tuple(survival.quantile(p) for p in wanted.quantiles),
    )


def by_estimator(definition: Definition, usual: Definition) -> Definition:
    """Return a definition for another estimator: all else alike, the censoring that estimator's usual one."""
    if definition.estimator == usual.estimator:
        return definition
    return replace(definition, estimator=usual.estimator, censoring=usual.censoring)


def _endpoints(
    state: State, cohorts: tuple[str, ...] | None, definition: Definition, wanted: Wanted
) -> Iterator[Figure]:
    """Yield the medians of the endpoints that need assessments or progressions."""
    members_of = state.in_cohorts(cohorts)
    assessed = members_of[state.assessments.subject[state.assessments.by(wanted.evaluator)]].any()
    if not assessed and (state.progression_found[members_of] == NO_DAY).all():
        return
    kinds: list[tuple[Endpoint, Confirmation]] = [
        ("progression-free survival", "as assessed"),
        ("time to progression", "as assessed"),
    ]
    if assessed:
        kinds.append(("duration of response", "as assessed"))
        if any(confirmable(criteria) for criteria in criteria_in_use(state, wanted.evaluator)):
            kinds.append(("duration of response", "confirmed"))
    for endpoint, confirmation in kinds:
        of = times(
            state,
            definition,
            cohorts,
            endpoint,
            evaluator=wanted.evaluator,
            confirmation=confirmation,
            rule=wanted.rule,
        )
        yield median(of, state)

"""The figures of a group of subjects, each with its definition, counts and days."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from trialog.events.arrays import NO_DAY
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.vocabulary import LEFT_REASONS, Evaluator
from trialog.projections.confirmation import PLAIN_RULE, ResponseRule, confirmable, confirms_progression
from trialog.projections.estimators.curve import Landmark, RestrictedMean, curve
from trialog.projections.estimators.survival import Quantile, Survival
from trialog.projections.estimators.to_date import to_date_median
from trialog.projections.measures import MeasureQuestion, answer
from trialog.projections.measures.figure import Figure, by_estimator
from trialog.projections.measures.landmarks import mark_of
from trialog.projections.measures.medians import follow_up_of, median_of
from trialog.projections.measures.prior_lines import stated_lines
from trialog.projections.measures.rates import responses_by_criteria
from trialog.projections.measures.timed import times_of
from trialog.projections.months import in_months
from trialog.projections.response import Responses, criteria_in_use
from trialog.projections.state.as_of import State
from trialog.projections.times import progressions


@dataclass(frozen=True)
class CohortCounts:
    """Numbers of subjects by their status at the cutoff.

    Attributes:
        enrolled, dosed, evaluable, alive, dead, lost, withdrawn: Subjects; ``lost`` are those lost to
            follow-up, ``withdrawn`` those who left for any other reason.
        first_enrolled, first_dose, last_dose: Days; None if there is none.
        prior_lines_mean, prior_lines_median, prior_lines_low, prior_lines_high: None if stated for no subject.
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


def counts(state: State, cohorts: tuple[str, ...] | None = None) -> CohortCounts:
    """Return the counts of some cohorts, pooled; of all subjects for None."""

    def counted(whom: str) -> int:
        return answer(state, MeasureQuestion(f"count-{whom}", cohorts)).events

    who = state.in_cohorts(cohorts)
    lost_code = LEFT_REASONS.index("lost to follow-up")
    left = state.left_reason[who]
    living_left = (left >= 0) & (state.died[who] == NO_DAY)
    mean, median = (answer(state, MeasureQuestion(f"{each}-prior-lines", cohorts)) for each in ("mean", "median"))
    lines = stated_lines(state, cohorts)
    return CohortCounts(
        enrolled=counted("enrolled"),
        dosed=counted("dosed"),
        evaluable=counted("evaluable"),
        alive=counted("alive"),
        dead=counted("dead"),
        lost=int((living_left & (left == lost_code)).sum()),
        withdrawn=int((living_left & (left != lost_code)).sum()),
        first_enrolled=_edge(state.enrolled[who], latest=False),
        first_dose=_edge(state.first_dose[who], latest=False),
        last_dose=_edge(state.last_dose[who], latest=True),
        prior_lines_n=mean.n,
        prior_lines_mean=mean.value,
        prior_lines_median=median.value,
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
    """Figures that a snapshot gives in addition to medians, follow-up, counts and responses.

    Attributes:
        landmarks: Days from the origin at which survival is given.
        restricted_to: Days up to which the restricted mean is given.
        quantiles: Shares of subjects.
        confirmed: Whether to give confirmed responses too, and the endpoints that follow from responses.
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
        counts: Numbers of subjects by their status at the cutoff.
        to_date, kaplan_meier: Median overall survival by both estimators, otherwise alike.
        follow_up: Reverse Kaplan-Meier.
        shortest, middle, longest: Least, median (plain) and greatest observed time, days; None without subjects.
        total: Observed person-days.
        responses: As assessed, by each set of criteria in use.
        confirmed: The same after confirmation, if that was wanted and the criteria define confirmation.
        endpoints: Medians of progression-free survival, time to progression and duration of response,
            if these were wanted and any subject was assessed or progressed.
        landmarks, restricted_means, quantiles: Of overall survival by Kaplan-Meier, in days, as wanted.
    """

    label: str
    counts: CohortCounts
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
    given: Collection[str] = (),
) -> GroupFigures:
    """Return all figures of a group.

    Args:
        state: As of a cutoff and a known-at day.
        label: Name of the group.
        cohorts: Cohorts, pooled; None for all.
        definition: Of every figure; the other estimator uses its own usual censoring.
        wanted: Figures to give in addition to medians, follow-up, counts and responses.
        given: Parts of the definition that the user asked for; they hold for both estimators.
    """
    question = MeasureQuestion("median-os", cohorts, definition, evaluator=wanted.evaluator, rule=wanted.rule)
    by_curve = replace(question, definition=by_estimator(definition, KAPLAN_MEIER, given))
    observed = times_of(state, by_curve)
    days = observed.length
    survival = Survival(observed.definition, curve(days, observed.ended))
    confirmed = replace(question, confirmation="confirmed")
    return GroupFigures(
        label=label,
        counts=counts(state, cohorts),
        to_date=median_of(state, replace(question, definition=by_estimator(definition, TO_DATE, given))),
        kaplan_meier=median_of(state, by_curve),
        follow_up=follow_up_of(state, replace(by_curve, measure="median-follow-up")),
        shortest=int(days.min()) if days.size else None,
        middle=to_date_median(days),
        longest=int(days.max()) if days.size else None,
        total=int(days.sum()),
        responses=responses_by_criteria(state, replace(question, measure="orr")),
        confirmed=tuple(
            found
            for found in (responses_by_criteria(state, replace(confirmed, measure="orr")) if wanted.confirmed else ())
            if confirmable(found.criteria)
        ),
        endpoints=tuple(_endpoints(state, by_curve)) if wanted.confirmed else (),
        landmarks=tuple(mark_of(state, replace(by_curve, measure="os-rate", at=day))[0] for day in wanted.landmarks),
        restricted_means=tuple(survival.restricted_mean(day) for day in wanted.restricted_to),
        quantiles=tuple(survival.quantile(p) for p in wanted.quantiles),
    )


def _endpoints(state: State, question: MeasureQuestion) -> Iterator[Figure]:
    """Yield the medians of the endpoints that need assessments or progressions."""
    who = state.in_cohorts(question.cohorts)
    in_use = criteria_in_use(state, question.evaluator, who)
    if not in_use and (progressions(state, question.definition, question.evaluator)[who] == NO_DAY).all():
        return
    yield median_of(state, replace(question, measure="median-pfs"))
    yield median_of(state, replace(question, measure="median-ttp"))
    if in_use:
        yield median_of(state, replace(question, measure="median-dor"))
    confirmed = replace(question, confirmation="confirmed")
    if any(confirmable(criteria) for criteria in in_use):
        yield median_of(state, replace(confirmed, measure="median-dor"))
    if any(confirms_progression(criteria) for criteria in in_use):
        yield median_of(state, replace(confirmed, measure="median-pfs"))
        yield median_of(state, replace(confirmed, measure="median-ttp"))

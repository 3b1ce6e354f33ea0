"""The question ``snapshot --curve``: Kaplan-Meier curves of cohorts with their number at risk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from trialog.application.answers.common import DefinitionPart, NotePart, provenance
from trialog.application.answers.curve import CurveAnswer, CurveGroup, CurvePoint, RiskPoint
from trialog.application.arguments import (
    Date,
    DefinitionLike,
    definition_of,
    evaluator_of,
    groups_of,
    last_day,
    optional_day,
)
from trialog.application.figures.notes import is_reconstructed, last_known_on, late_cutoff
from trialog.events.definition import KAPLAN_MEIER
from trialog.events.errors import QuestionError
from trialog.events.measures import Endpoint
from trialog.projections.calendar_months import calendar_months
from trialog.projections.curves import ends_flat_at_half
from trialog.projections.defaults import STALE_AFTER
from trialog.projections.estimators.crossing import QuantileRule
from trialog.projections.estimators.curve import Curve, curve
from trialog.projections.estimators.risk_table import risk_table
from trialog.projections.months import column_distance, column_months, days_per_month, in_months
from trialog.projections.remarks import old_contacts
from trialog.projections.times import Times, as_calendar, times

if TYPE_CHECKING:
    from trialog.events.definition import Definition
    from trialog.projections.state.as_of import State
    from trialog.projections.trial_data import TrialData

ENDPOINTS: Final[dict[str, tuple[Endpoint, str]]] = {
    "os": ("overall survival", "died"),
    "pfs": ("progression-free survival", "progressed or died"),
    "ttp": ("time to progression", "progressed"),
    "dor": ("duration of response", "progressed or died"),
}
"""Short words for endpoints, what they are, and what ends their times."""


def curves(
    data: TrialData,
    *,
    as_of: Date | None = None,
    known_at: Date | None = None,
    cohorts: str | Sequence[str] | None = None,
    pool: bool = False,
    definition: DefinitionLike | None = None,
    endpoint: str = "os",
    evaluator: str = "investigator",
    every: float | None = None,
    until: float | None = None,
    stale_after: int = STALE_AFTER,
) -> CurveAnswer:
    """Give the Kaplan-Meier curves of cohorts; `trialog.application.opening.Log.curves` has the arguments."""
    if endpoint not in ENDPOINTS:
        raise QuestionError(f"endpoint {endpoint!r} is not known; expected {', '.join(ENDPOINTS)}")
    known = optional_day(known_at, "known_at")
    cutoff = data.default_cutoff(known) if as_of is None else last_day(as_of, "as_of")
    groups = groups_of(data, cohorts, pool=pool, known_at=known)
    chosen = _by_curve(definition_of(definition, data.trial(known).default_definition))
    word, ends_in = ENDPOINTS[endpoint]
    state = data.as_of(cutoff, known)
    taken = [times(state, chosen, group.cohorts, word, evaluator=evaluator_of(evaluator)) for group in groups]
    distance, end = _columns(taken, every, until)
    found = [_group(group.label, of, distance, end) for group, of in zip(groups, taken, strict=True)]
    begins, open_until = (taken[0].begins, taken[0].open_until) if taken else ("", "")
    stated = DefinitionPart.of(chosen, begins, open_until)
    return CurveAnswer(
        **provenance(data, cutoff, known),
        endpoint=word,
        ends_in=ends_in,
        definition=stated,
        definition_words=stated.words(),
        definition_limits=stated.limits_words(),
        reconstructed=is_reconstructed(data),
        every_months=distance,
        until_months=end,
        last_known_on=last_known_on(data),
        cohorts=tuple(found),
        remarks=(*late_cutoff(data, cutoff, known), *_stale(state, [g.cohorts for g in groups], stale_after)),
    )


def _by_curve(definition: Definition) -> Definition:
    """Return a definition for curves: a to-date median has none, so its living are censored at their last contact."""
    if definition.estimator == KAPLAN_MEIER.estimator:
        return definition
    return replace(definition, estimator=KAPLAN_MEIER.estimator, censoring=KAPLAN_MEIER.censoring)


def _columns(taken: Sequence[Times], every: float | None, until: float | None) -> tuple[float, float]:
    """Return the distance of the columns of the number at risk, and where the last one is, in months."""
    months = max((float(_lengths_in_months(of).max()) for of in taken if of.n), default=0.0) or 1.0
    if until is not None:
        months = until
    if months <= 0 or (every is not None and every <= 0):
        raise QuestionError("'every' and 'until' are numbers of months above 0")
    distance = every or column_distance(months)
    return distance, column_months(months, distance)[-1]


def _group(label: str, of: Times, distance: float, end: float) -> CurveGroup:
    found = curve(of.length, of.ended)
    median, lower, upper = (
        None if value is None else _months(value, of) for value in found.quantile(QuantileRule.of(of.definition))
    )
    columns = column_months(end, distance)
    table = risk_table(_lengths_in_months(of), of.ended, columns)
    counts = zip(columns, table.at_risk.tolist(), table.ended.tolist(), table.censored.tolist(), strict=True)
    return CurveGroup(
        cohort=label,
        n=of.n,
        events=of.events,
        censored=of.n - of.events,
        left_out=of.left_out,
        median_months=median,
        lower_months=lower,
        upper_months=upper,
        flat_end=of.n > 0 and ends_flat_at_half(found),
        points=tuple(_points(found, of)),
        risk=tuple(RiskPoint(month=m, at_risk=a, ended=e, censored=c) for m, a, e, c in counts),
    )


def _months(days: float, of: Times) -> float:
    """Return days of a curve in months of its definition."""
    month = of.definition.month
    if month == "calendar":
        days = as_calendar(days, of.origin, of.length, of.ended)
    return float(in_months(days, month))


def _lengths_in_months(of: Times) -> NDArray[np.float64]:
    month = of.definition.month
    if month == "calendar":
        return calendar_months(of.origin, of.end)
    return of.length / float(days_per_month(month))


def _points(found: Curve, of: Times) -> list[CurvePoint]:
    lower, upper = found.band(of.definition.conf_type, of.definition.level)
    columns = [found.day, found.survival, found.std_error, lower, upper, found.at_risk, found.deaths, found.censored]
    return [
        CurvePoint(
            day=day,
            month=_months(day, of),
            survival=survival,
            std_error=_known(error),
            lower=_known(low),
            upper=_known(high),
            at_risk=at_risk,
            ended=ended,
            censored=censored,
        )
        for day, survival, error, low, high, at_risk, ended, censored in zip(
            *(each.tolist() for each in columns), strict=True
        )
    ]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _stale(state: State, groups: Sequence[tuple[str, ...]], stale_after: int) -> list[NotePart]:
    labels = tuple(label for group in groups for label in group)
    return [NotePart(kind=each.kind, text=each.text) for each in old_contacts(state, labels, stale_after)]

"""The question ``snapshot --curve``: Kaplan-Meier curves of cohorts with their number at risk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

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
from trialog.application.notes import late_cutoff
from trialog.events.definition import KAPLAN_MEIER
from trialog.events.errors import QuestionError
from trialog.projections.curves import ends_flat_at_half
from trialog.projections.defaults import STALE_AFTER
from trialog.projections.estimators.crossing import QuantileRule
from trialog.projections.estimators.curve import Curve, curve
from trialog.projections.estimators.risk_table import risk_table
from trialog.projections.months import DAYS_PER_MONTH, in_months
from trialog.projections.remarks import stale_contacts
from trialog.projections.times import Endpoint, Times, times

if TYPE_CHECKING:
    from trialog.application.opening import Log
    from trialog.events.definition import Definition
    from trialog.projections.state.as_of import State

ENDPOINTS: Final[dict[str, tuple[Endpoint, str]]] = {
    "os": ("overall survival", "died"),
    "pfs": ("progression-free survival", "progressed or died"),
    "ttp": ("time to progression", "progressed"),
    "dor": ("duration of response", "progressed or died"),
}
"""Short words for endpoints, what they are, and what ends their times."""

_DISTANCES: Final = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600)
MOST_COLUMNS: Final = 10
"""Columns of the number at risk, unless their distance is given."""


def curves(
    log: Log,
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
    trial: str | None = None,
) -> CurveAnswer:
    """Give the Kaplan-Meier curves of cohorts; `trialog.application.opening.Log.curves` has the arguments."""
    if endpoint not in ENDPOINTS:
        raise QuestionError(f"endpoint {endpoint!r} is not known; expected {', '.join(ENDPOINTS)}")
    known = optional_day(known_at, "known_at")
    data = log.trial_data(trial)
    cutoff = data.last_day(known) if as_of is None else last_day(as_of, "as_of")
    groups = groups_of(data, cohorts, pool=pool, known_at=known)
    chosen = _by_curve(definition_of(definition, data.trial(known).default_definition))
    word, ends_in = ENDPOINTS[endpoint]
    state = data.as_of(cutoff, known)
    taken = [times(state, chosen, group.cohorts, word, evaluator=evaluator_of(evaluator)) for group in groups]
    distance, end = _columns(taken, chosen, every, until)
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
        reconstructed=data.is_reconstructed(),
        every_months=distance,
        until_months=end,
        last_recorded_on=data.last_recorded_on(),
        cohorts=tuple(found),
        remarks=(*late_cutoff(data, cutoff, known), *_stale(state, [g.cohorts for g in groups], stale_after)),
    )


def _by_curve(definition: Definition) -> Definition:
    """Return a definition for curves: a to-date median has none, so its living are censored at their last contact."""
    if definition.estimator == KAPLAN_MEIER.estimator:
        return definition
    return replace(definition, estimator=KAPLAN_MEIER.estimator, censoring=KAPLAN_MEIER.censoring)


def _columns(
    taken: Sequence[Times], definition: Definition, every: float | None, until: float | None
) -> tuple[float, float]:
    """Return the distance of the columns of the number at risk, and where the last one is, in months."""
    longest = max((float(of.length.max()) for of in taken if of.n), default=0.0)
    months = max(float(in_months(longest, definition.month)), until or 0.0, 1.0)
    if until is not None:
        months = until
    if months <= 0 or (every is not None and every <= 0):
        raise QuestionError("'every' and 'until' are numbers of months above 0")
    distance = every or next((each for each in _DISTANCES if months <= each * (MOST_COLUMNS - 1)), _DISTANCES[-1])
    return float(distance), float(distance) * math.ceil(months / distance - 1e-9)


def _group(label: str, of: Times, distance: float, end: float) -> CurveGroup:
    month = of.definition.month
    found = curve(of.length, of.ended)
    value, lower, upper = found.quantile(QuantileRule.of(of.definition))
    columns = [distance * at for at in range(round(end / distance) + 1)]
    scale = float(DAYS_PER_MONTH[month])
    table = risk_table(of.length, of.ended, [each * scale for each in columns])
    counts = zip(columns, table.at_risk.tolist(), table.ended.tolist(), table.censored.tolist(), strict=True)
    in_m = [None if each is None else float(in_months(each, month)) for each in (value, lower, upper)]
    return CurveGroup(
        cohort=label,
        n=of.n,
        events=of.events,
        censored=of.n - of.events,
        left_out=of.left_out,
        median_months=in_m[0],
        lower_months=in_m[1],
        upper_months=in_m[2],
        flat_end=of.n > 0 and ends_flat_at_half(found),
        points=tuple(_points(found, of.definition)),
        risk=tuple(RiskPoint(month=m, at_risk=a, ended=e, censored=c) for m, a, e, c in counts),
    )


def _points(found: Curve, definition: Definition) -> list[CurvePoint]:
    calendar = definition.month == "calendar"
    lower, upper = found.band(definition.conf_type, definition.level)
    columns = [found.day, found.survival, found.std_error, lower, upper, found.at_risk, found.deaths, found.censored]
    return [
        CurvePoint(
            day=None if calendar else day,
            month=float(in_months(day, definition.month)),
            survival=survival,
            std_error=_known(error),
            lower=_known(low),
            upper=_known(high),
            at_risk=at_risk,
            ended=ended,
            censored=censored,
        )
        for day, survival, error, low, high, at_risk, ended, censored in zip(
            *(np.asarray(each).tolist() for each in columns), strict=True
        )
    ]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _stale(state: State, groups: Sequence[tuple[str, ...]], stale_after: int) -> list[NotePart]:
    labels = tuple(label for group in groups for label in group)
    return [NotePart(kind=each.kind, text=each.text) for each in stale_contacts(state, labels, stale_after)]

"""The planned dose of a cohort, and dose given against dose planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from trialog.domain.trial import Cohort, Trial
from trialog.events.arrays import NO_DAY
from trialog.events.index_columns import unit_code
from trialog.projections.measures.question import MeasureAnswer
from trialog.projections.rounding import significant
from trialog.projections.state.as_of import State


@dataclass(frozen=True)
class DoseGiven:
    """Doses given to the subjects of a group by the cutoff, against their cohorts' plans.

    Attributes:
        planned: Total planned dose; None if nothing is planned, or the pooled cohorts' plans differ.
        unit: Its unit; None in the same cases.
        fractions: Doses over which it is divided; None if that is not planned, or differs.
        dosed: Subjects with a dose.
        doses: Doses given to them.
        mean, least, most: Total given to one subject, in ``unit``; None if it is known for no subject.
        percent: Mean over subjects of the total given, in percent of the subject's own plan.
        left_out: Dosed subjects whose doses are in another unit than planned, or in several units, or who have
        no plan; they are not in the totals.
    """

    planned: Decimal | None
    unit: str | None
    fractions: int | None
    dosed: int
    doses: int
    mean: float | None
    least: float | None
    most: float | None
    percent: float | None
    left_out: int


def dose_given(state: State, cohorts: Mapping[str, Cohort], labels: tuple[str, ...] | None) -> DoseGiven:
    """Return the dose of some cohorts, pooled.

    Args:
        state: As of a cutoff and a known-at day.
        cohorts: The trial's cohorts, by label.
        labels: Labels of the cohorts to pool; None for all.
    """
    plans = [cohorts[label] for label in (cohorts if labels is None else labels)]
    totals = {(plan.planned_dose, plan.planned_unit) for plan in plans}
    planned, unit = next(iter(totals)) if len(totals) == 1 else (None, None)
    fractions = {plan.fractions for plan in plans}
    dosed = state.in_cohorts(labels) & (state.first_dose != NO_DAY)
    given, shares = [np.empty(0)], [np.empty(0)]
    for plan in plans:
        if plan.planned_dose is None or plan.planned_unit is None or not plan.planned_dose:
            continue
        mine = dosed & (state.cohort == plan.label) & (state.dose_unit == unit_code(plan.planned_unit))
        given.append(state.dose_total[mine])
        shares.append(state.dose_total[mine] / float(plan.planned_dose))
    given_all, share_all = np.concatenate(given), np.concatenate(shares)
    told = unit is not None and given_all.size > 0
    return DoseGiven(
        planned=planned,
        unit=unit,
        fractions=next(iter(fractions)) if len(fractions) == 1 else None,
        dosed=int(dosed.sum()),
        doses=int(state.doses[dosed].sum()),
        mean=_mean(given_all) if told else None,
        least=significant(float(given_all.min())) if told else None,
        most=significant(float(given_all.max())) if told else None,
        percent=_mean(100 * share_all),
        left_out=int(dosed.sum()) - given_all.size,
    )


def planned_dose(trial: Trial | None, cohorts: tuple[str, ...] | None) -> MeasureAnswer:
    """Return the planned dose of some cohorts, if it is the same in all of them."""
    plans = [] if trial is None else [trial.cohorts[label] for label in (cohorts or tuple(trial.cohorts))]
    totals = {(plan.planned_dose, plan.planned_unit) for plan in plans}
    planned, unit = next(iter(totals)) if len(totals) == 1 else (None, None)
    if planned is None:
        differ = len(totals) > 1
        why = "the cohorts have different planned doses" if differ else "the cohort has no planned dose in the log"
        return MeasureAnswer(None, None, None, 0, 0, why=why)
    return MeasureAnswer(float(planned), None, None, 0, 0, unit=unit, exactly=lambda: Fraction(planned))


def _mean(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    # Add one by one: the result of a pairwise sum depends on the width of the processor's registers.
    return significant(float(values.cumsum()[-1]) / values.size) if values.size else None

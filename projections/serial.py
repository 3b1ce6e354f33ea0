"""Figures as plain dictionaries, the same bytes on every machine.

Days are ISO dates, times are given in days and in months, months are text with a fixed
count of decimals, and what is not reached is null beside ``"reached": false``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from trialog.events.arrays import NO_DAY
from trialog.events.dates import iso
from trialog.events.definition import Definition
from trialog.events.version import __version__
from trialog.events.vocabulary import CATEGORIES, LEFT_REASONS
from trialog.projections.announced.verdict import Verdict
from trialog.projections.cohort_figures import Counts, Figure, GroupFigures
from trialog.projections.comparison import GroupComparison
from trialog.projections.doses import DoseGiven
from trialog.projections.months import in_months, printed
from trialog.projections.remarks import Remark
from trialog.projections.response import Responses, best_responses
from trialog.projections.rounding import significant
from trialog.projections.state.as_of import State
from trialog.projections.times import times
from trialog.projections.trial_data import TrialData

MONTH_DIGITS: Final = 2


def day(value: int | None) -> str | None:
    """Return a day as ISO text; None for none."""
    return None if value is None or value == NO_DAY else iso(value)


def provenance(data: TrialData, cutoff: int, known_at: int | None) -> dict[str, Any]:
    """Return what every answer rests on: trial, both time axes, the log's size and root."""
    return {
        "trial": data.code,
        "data_cutoff": iso(cutoff),
        "known_at": day(known_at),
        "log": {"size": data.size, "root": data.root},
        "trialog": __version__,
    }


def figure_as_dict(figure: Figure) -> dict[str, Any]:
    """Return a figure with its definition, its subjects and its two axes."""
    return {
        "name": figure.name,
        "reached": figure.reached,
        **_time("value", figure.value, figure.definition),
        **_time("lower", figure.lower, figure.definition),
        **_time("upper", figure.upper, figure.definition),
        "n": figure.n,
        "events": figure.events,
        "left_out": figure.left_out,
        "definition": {**figure.definition.as_dict(), "origin": figure.begins, "censoring": figure.open_until},
        "data_cutoff": iso(figure.cutoff),
        "known_at": day(figure.known_at),
    }


def _time(name: str, value: float | None, definition: Definition) -> dict[str, Any]:
    calendar = definition.month == "calendar"
    return {
        f"{name}_days": None if calendar or value is None else value,
        f"{name}_months": None if value is None else printed(in_months(value, definition.month), MONTH_DIGITS),
    }


def counts_as_dict(counts: Counts) -> dict[str, Any]:
    """Return the counts of a group, its days as ISO text."""
    found = asdict(counts)
    for name in ("first_enrolled", "first_dose", "last_dose"):
        found[name] = day(found[name])
    return found


def responses_as_dict(found: Responses) -> dict[str, Any]:
    """Return best responses and rates."""
    return {
        "criteria": found.criteria,
        "evaluator": found.evaluator,
        "confirmation": found.confirmation,
        "rule": found.rule,
        "categories": dict(found.categories),
        "not_assessed": found.not_assessed,
        "rates": [
            {
                "name": rate.name,
                "counts": f"{rate.counts} or better",
                "responders": rate.responders,
                "n": rate.n,
                "percent": None if rate.share is None else printed(100 * rate.share, 1),
                "percent_lower": printed(100 * rate.limits[0], 1),
                "percent_upper": printed(100 * rate.limits[1], 1),
                "level": rate.level,
            }
            for rate in found.rates
        ],
    }


def group_as_dict(group: GroupFigures) -> dict[str, Any]:
    """Return all figures of a group."""
    return {
        "counts": counts_as_dict(group.counts),
        "figures": [figure_as_dict(figure) for figure in (group.to_date, group.kaplan_meier, group.follow_up)],
        "follow_up_days": {
            "shortest": group.shortest,
            "median": group.middle,
            "longest": group.longest,
            "total": group.total,
            "total_months": None if group.person_months is None else printed(group.person_months, MONTH_DIGITS),
        },
        "responses": [responses_as_dict(found) for found in (*group.responses, *group.confirmed)],
        "endpoints": [figure_as_dict(figure) for figure in group.endpoints],
        **_survival_as_dict(group),
    }


def _survival_as_dict(group: GroupFigures) -> dict[str, Any]:
    """Return what was wanted of overall survival beyond its median; nothing when nothing was wanted."""
    found: dict[str, Any] = {}
    if group.landmarks:
        found["landmarks"] = [
            {
                "day": mark.day,
                "at_risk": mark.at_risk,
                "deaths": mark.deaths,
                "survival": significant(mark.survival),
                "std_error": significant(mark.std_error),
                "lower": significant(mark.lower),
                "upper": significant(mark.upper),
                "beyond_last": mark.beyond_last,
            }
            for mark in group.landmarks
        ]
    if group.restricted_means:
        found["restricted_means"] = [
            {
                "until_day": mean.until,
                "value_days": significant(mean.value),
                "std_error_days": significant(mean.std_error),
                "lower_days": significant(mean.lower),
                "upper_days": significant(mean.upper),
                "beyond_last": mean.beyond_last,
            }
            for mean in group.restricted_means
        ]
    if group.quantiles:
        found["quantiles"] = [
            {"p": each.p, "value_days": each.value, "lower_days": each.lower, "upper_days": each.upper}
            for each in group.quantiles
        ]
    return found


def dose_as_dict(dose: DoseGiven) -> dict[str, Any]:
    """Return dose given against dose planned; the plan keeps its digits."""
    return {**asdict(dose), "planned": None if dose.planned is None else str(dose.planned)}


def remark_as_dict(remark: Remark) -> dict[str, Any]:
    """Return a remark."""
    return {"kind": remark.kind, "figure": remark.figure or None, "text": remark.text, **remark.details}


def comparison_as_dict(found: GroupComparison) -> dict[str, Any]:
    """Return a comparison of groups."""
    test = found.test
    return {
        "endpoint": found.endpoint,
        "method": test.method,
        "groups": [
            {
                "cohort": group.group,
                "n": group.n,
                "observed": group.observed,
                "expected": significant(group.expected),
            }
            for group in test.groups
        ],
        "chi_square": significant(test.chi_square),
        "df": test.df,
        "p": significant(test.p),
        "differences": [
            {
                "cohort": each.group,
                "reference": each.reference,
                **_time("difference", each.value, found.definition),
            }
            for each in found.differences
        ],
    }


def verdict_as_dict(found: Verdict) -> dict[str, Any]:
    """Return a verdict with what it rests on."""
    rebuilt = found.rebuilt
    return {
        "announcement": found.announcement,
        "announced_on": found.announced_on,
        "figure": found.figure.model_dump(mode="json", exclude_none=True),
        "verdict": found.status,
        "rebuilt": None if rebuilt is None else found.rebuilt_text,
        "n": None if rebuilt is None else rebuilt.n,
        "events": None if rebuilt is None else rebuilt.events,
        "definition": None if rebuilt is None or rebuilt.definition is None else rebuilt.definition.as_dict(),
        "definition_from": found.definition_from or None,
        "data_cutoff": day(found.cutoff),
        "data_cutoff_from": found.cutoff_words,
        "known_at": day(found.known_at),
        "why": found.why or None,
        "reproduced_by": [definition.as_dict() for definition in found.reproducing],
        "not_reproduced_by": [
            {"definition": definition.as_dict(), "prints": text} for definition, text in found.printing
        ],
    }


def subject_rows(state: State, definition: Definition, cohorts: tuple[str, ...] | None) -> Iterator[dict[str, Any]]:
    """Yield each subject of some cohorts with the times that stand behind the figures, by id.

    A subject outside the definition's population, or without its origin, has no times.
    """
    of = times(state, definition, cohorts)
    place = {int(subject): at for at, subject in enumerate(of.subject)}
    best = {criteria: best_responses(state, criteria) for criteria in CATEGORIES}
    chosen = sorted(np.flatnonzero(state.in_cohorts(cohorts)).tolist(), key=lambda at: state.subjects[at])
    for subject in chosen:
        at = place.get(subject)
        response = next(
            (CATEGORIES[criteria][places[subject]] for criteria, places in best.items() if places[subject] >= 0),
            None,
        )
        reason = int(state.left_reason[subject])
        yield {
            "subject": state.subjects[subject],
            "cohort": state.cohort[subject],
            "enrolled_on": day(int(state.enrolled[subject])),
            "first_dose_on": day(int(state.first_dose[subject])),
            "origin_on": None if at is None else day(int(of.origin[at])),
            "end_on": None if at is None else day(int(of.end[at])),
            "days": None if at is None else int(of.end[at]) - int(of.origin[at]),
            "died": None if at is None else bool(of.ended[at]),
            "last_known_alive_on": day(min(int(state.last_alive[subject]), state.cutoff)),
            "progressed_on": day(int(state.progressed[subject])),
            "left_on": day(int(state.left[subject])),
            "left_because": None if reason < 0 else LEFT_REASONS[reason],
            "best_response": response,
            "prior_lines": None if np.isnan(state.prior_lines[subject]) else int(state.prior_lines[subject]),
        }

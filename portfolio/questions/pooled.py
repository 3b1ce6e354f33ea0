"""``pooled``: one Kaplan-Meier curve over many trials, exact, from counts of days alone.

A trial gives, for each of its groups, how many subjects ended and were censored on each day from the origin. Counts
of equal days add up, so that the pooled curve is that of all subjects together, and no subject leaves its trial.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialog.events.definition import KAPLAN_MEIER, Definition
from trialog.events.errors import QuestionError
from trialog.portfolio.questions.common import Row
from trialog.portfolio.request import Request
from trialog.projections.estimators.bins import Bins, binned
from trialog.projections.estimators.crossing import QuantileRule
from trialog.projections.estimators.curve import curve_of
from trialog.projections.estimators.log_rank import log_rank_of
from trialog.projections.months import in_months
from trialog.projections.rounding import significant
from trialog.projections.times import times
from trialog.projections.trial_data import TrialData


def rows_of(data: TrialData, request: Request) -> Iterator[Row]:
    """Yield the counts of each group of a trial.

    Raises:
        QuestionError: The definition counts calendar months, which have no whole days.
    """
    known = request.known_days[0]
    trial = data.trial(known)
    definition = pooled_definition(request)
    state = data.as_of(request.cutoff_of(data, known), known)
    for label, cohorts in _groups(data, request):
        taken = times(state, definition, cohorts)
        bins = binned(taken.length, taken.ended)
        yield {
            "trial": data.code,
            "label": label,
            "n": taken.n,
            "left_out": taken.left_out,
            "day": bins.day.tolist(),
            "ended": bins.deaths.tolist(),
            "censored": bins.censored.tolist(),
            "default_definition": None if trial.default_definition is None else trial.default_definition.as_dict(),
            "log_size": data.size,
            "log_root": data.root,
        }


def pooled_definition(request: Request) -> Definition:
    """Return the one definition under which all trials are pooled: the trials' own defaults may differ."""
    found = replace(request.definition_of(KAPLAN_MEIER), estimator=KAPLAN_MEIER.estimator)
    if found.month == "calendar":
        raise QuestionError("pooled curves count days; a calendar month has no fixed number of them")
    return found


def _groups(data: TrialData, request: Request) -> Iterator[tuple[str, tuple[str, ...]]]:
    trial = data.trial(request.known_days[0])
    every = tuple(trial.cohorts)
    if request.by == "cohort":
        yield from ((label, (label,)) for label in every)
        return
    if request.labels is not None:
        label: str | None = request.labels.get(data.code)
    elif request.by in ("sponsor", "indication"):
        label = None if trial.registration is None else getattr(trial.registration, request.by)
    else:
        label = data.code if request.by == "trial" else "all"
    yield label or "not stated", every


def answer_of(rows: Iterable[Row], request: Request) -> list[Row]:
    """Return a row for each label: its pooled curve's median, limits and counts."""
    definition = pooled_definition(request)
    by_label: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda each: (each["label"], each["trial"])):
        by_label.setdefault(row["label"], []).append(row)
    tested = _test(by_label, stratified=request.stratified)
    return [{**_pooled(label, by_label[label], definition, request.least), **tested} for label in sorted(by_label)]


def _test(by_label: dict[str, list[Row]], *, stratified: bool) -> Row:
    """Compare the labels by a log-rank test: within trials, or as if all subjects were of one trial."""
    nothing: Row = {"test": None, "chi_square": None, "df": None, "p": None}
    if len(by_label) < 2:
        return nothing
    labels_of = Counter(row["trial"] for rows in by_label.values() for row in rows)
    trials = sorted(labels_of)
    if stratified and max(labels_of.values()) < 2:
        words = "none within trials, of which each has one label; --unstratified compares across trials"
        return {**nothing, "test": words}
    labels = sorted(by_label)
    parts = [
        (row["day"], counts, ended, labels.index(label), trials.index(row["trial"]))
        for label in labels
        for row in by_label[label]
        for counts, ended in ((row["ended"], True), (row["censored"], False))
    ]
    days, died, group, strata = (
        np.concatenate(each) for each in zip(*(_expanded(*part) for part in parts), strict=True)
    )
    found = log_rank_of(days, died, group, tuple(labels), strata=strata if stratified else None)
    words = "log-rank, stratified by trial" if stratified else "log-rank, unstratified: trials taken as one"
    return {
        "test": words,
        "chi_square": significant(found.chi_square),
        "df": found.df,
        "p": significant(found.p),
    }


def _expanded(
    day: list[int], counts: list[int], ended: bool, group: int, stratum: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Return one value for each counted subject: day, whether it ended, place of its group and of its trial."""
    days = np.repeat(np.array(day, np.int64), np.array(counts, np.int64))
    return days, np.full(days.size, ended), np.full(days.size, group), np.full(days.size, stratum)


def _pooled(label: str, rows: list[Row], definition: Definition, least: int) -> Row:
    trials = sorted({row["trial"] for row in rows})
    n = sum(row["n"] for row in rows)
    found: dict[str, Any] = {
        "label": label,
        "trials": len(trials),
        "n": n,
        "events": None,
        "left_out": sum(row["left_out"] for row in rows),
        "value_days": None,
        "value_months": None,
        "lower_days": None,
        "lower_months": None,
        "upper_days": None,
        "upper_months": None,
        "pooling": "unstratified: all subjects as if of one trial",
        "suppressed": n < least,
        **definition.as_dict(),
        "logs": [{"trial": row["trial"], "size": row["log_size"], "root": row["log_root"]} for row in _once(rows)],
    }
    if found["suppressed"]:
        found["n"] = None
        return found
    bins = added(rows)
    values = curve_of(bins).quantile(QuantileRule.of(definition)) if n else (None, None, None)
    found["events"] = int(bins.deaths.sum())
    for name, value in zip(("value", "lower", "upper"), values, strict=True):
        found[f"{name}_days"] = value
        found[f"{name}_months"] = None if value is None else float(in_months(value, definition.month))
    return found


def _once(rows: list[Row]) -> list[Row]:
    return [each for _, each in sorted({row["trial"]: row for row in rows}.items())]


def added(rows: Iterable[Row]) -> Bins:
    """Return the counts of several rows added up by day."""
    counts: dict[int, list[int]] = {}
    for row in rows:
        for day, ended, censored in zip(row["day"], row["ended"], row["censored"], strict=True):
            total = counts.setdefault(day, [0, 0])
            total[0] += ended
            total[1] += censored
    days = sorted(counts)
    table = np.array([counts[day] for day in days], np.int64).reshape(-1, 2)
    return Bins(np.array(days, np.int64), table[:, 0], table[:, 1])

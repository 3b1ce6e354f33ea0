"""Laws that every history obeys, checked without a solver.

A living subject's time so far rises by one day each day and a dead subject's is constant. So every order
statistic of these times, and with it the to-date median, rises by at most one day a day; for a fixed cohort it
never falls. No time is longer than its cohort has been open. One figure has one value at one cutoff. A
percentage of n subjects is a whole number of them. The share of survivors never rises with the landmark; it
is one half or more before the median and one half or less after it. The number of the dead never falls.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from typing import Final

from trialog.audit.laws.violation import LawViolation
from trialog.audit.reading.claims import COUNTED, Series
from trialog.audit.reading.constraints import LIMITS, ConstraintProblem, NumericClaim
from trialog.events.dates import iso
from trialog.projections.months import days_per_month, printed

HALF: Final = Decimal(50)
"""Percent."""


def breaches(question: ConstraintProblem, series: Series) -> list[LawViolation]:
    """Return the violations of these laws, the greatest excess first."""
    found = [
        *_of_one(question, series),
        *_of_two(question, series),
        *_of_rates(question, series),
        *_of_counts(question, series),
        *_of_limits(question, series),
        *_of_the_dead(question, series),
    ]
    return sorted(found, key=lambda breach: (len(breach.rows), -breach.excess, breach.reason))


def _of_one(question: ConstraintProblem, series: Series) -> Iterator[LawViolation]:
    for part in question.parts:
        # A Kaplan-Meier rate need not be a whole number of n.
        whole = part.quantity != "rate" or part.is_to_date
        if whole and not part.ranges:
            yield LawViolation((part.row,), 0.0, _no_number(question, part, series))
            continue
        if part.quantity not in ("median", *LIMITS, "longest") or not part.low:
            continue
        halves = 1 if part.quantity == "longest" else 2
        latest = question.cutoffs[part.release][1]
        for start in question.starts:
            if start.group in part.groups and len(part.groups) == 1 and start.kind in ("first entry", "opened"):
                room = latest - start.days[0]
                if part.low > halves * room:
                    reason = (
                        f"{_label(series, part)}: {_said(series, part)} by {iso(latest)} is longer than the "
                        f"{_months(room)} months since {iso(start.days[0])}, before which nobody entered"
                    )
                    yield LawViolation(tuple(sorted((part.row, start.row))), part.low / halves - room, reason)


def _no_number(question: ConstraintProblem, part: NumericClaim, series: Series) -> str:
    n = sum(question.numbers[group] or 0 for group in part.groups)
    said = _said(series, part)
    if part.quantity in (*COUNTED, "rate"):
        return f"{said}: no whole number of {n} subjects gives it"
    return f"{said}: no number of whole days gives it"


def _of_two(question: ConstraintProblem, series: Series) -> Iterator[LawViolation]:
    comparable = [part for part in question.parts if part.quantity == "median"]
    for one, other in combinations(comparable, 2):
        if (one.groups, one.endpoint) != (other.groups, other.endpoint) or one.not_reached or other.not_reached:
            continue
        if one.release == other.release:
            if (one.estimators, one.ties) == (other.estimators, other.ties):
                yield from _one_value(series, one, other)
        elif one.is_to_date and other.is_to_date and _counts_alike(question, one):
            yield from _rise(question, series, one, other)
            yield from _rise(question, series, other, one)


def _of_rates(question: ConstraintProblem, series: Series) -> Iterator[LawViolation]:
    """Yield violations: rates of one release that contradict each other or the median of that release."""
    of_curves = [part for part in question.parts if part.quantity in ("rate", "median")]
    for one, other in combinations(of_curves, 2):
        if (one.groups, one.endpoint, one.release) != (other.groups, other.endpoint, other.release):
            continue
        if one.estimators != other.estimators:
            continue
        if one.quantity == other.quantity == "rate":
            yield from _rising_rate(series, *sorted((one, other), key=lambda part: part.landmarks))
        elif one.quantity != other.quantity:
            median, rate = sorted((one, other), key=lambda part: part.quantity)
            yield from _rate_beside_median(series, median, rate)


def _rising_rate(series: Series, early: NumericClaim, late: NumericClaim) -> Iterator[LawViolation]:
    assert early.window is not None and late.window is not None  # noqa: S101, PT018  # rates have a window
    if early.window.upper is None or late.window.lower is None or early.landmarks[-1] > late.landmarks[0]:
        return
    excess = late.window.lower - early.window.upper
    if excess > 0:
        reason = (
            f"{_label(series, early)}: {_said(series, late)} at {_landmark(series, late)} is more than "
            f"{_said(series, early)} at {_landmark(series, early)}; the share of survivors never rises"
        )
        yield LawViolation(tuple(sorted((early.row, late.row))), float(excess), reason)


def _rate_beside_median(series: Series, median: NumericClaim, rate: NumericClaim) -> Iterator[LawViolation]:
    assert rate.window is not None  # noqa: S101  # a rate has it
    at = f"{_said(series, rate)} at {_landmark(series, rate)}"
    rows = tuple(sorted((median.row, rate.row)))
    lower, upper = rate.window.lower, rate.window.upper
    if upper is not None and upper < HALF and (median.not_reached or (median.low or 0) > 2 * rate.landmarks[-1]):
        said = "a median that is not reached" if median.not_reached else f"a median of {_said(series, median)}"
        reason = f"{_label(series, rate)}: {said} needs at least half of the subjects alive at that time, not {at}"
        yield LawViolation(rows, float(HALF - upper), reason)
    elif lower is not None and lower > HALF and median.high is not None and median.high < 2 * rate.landmarks[0]:
        said = _said(series, median)
        reason = f"{_label(series, rate)}: after a median of {said} at most half of the subjects are alive, not {at}"
        yield LawViolation(rows, float(lower - HALF), reason)


def _landmark(series: Series, part: NumericClaim) -> str:
    figure = series.figure(part.row)
    return f"{figure.at} {figure.at_unit}"


def _of_counts(question: ConstraintProblem, series: Series) -> Iterator[LawViolation]:
    """Yield violations: numbers of the dead that fall from one release to a later one."""
    counts = [part for part in question.parts if part.quantity in ("alive", "dead")]
    for one, other in combinations(counts, 2):
        if one.groups != other.groups or not _counts_alike(question, one):
            continue
        n = sum(question.numbers[group] or 0 for group in one.groups)
        for early, late in ((one, other), (other, one)):
            if question.cutoffs[early.release][1] > question.cutoffs[late.release][0]:
                continue
            excess = _dead(early, n)[0] - _dead(late, n)[1]
            if excess > 0:
                reason = (
                    f"{_label(series, early)}: {_counted(series, early)} is followed by {_counted(series, late)}; "
                    f"for the same {n} subjects the number of the dead never falls"
                )
                yield LawViolation(tuple(sorted((early.row, late.row))), float(excess), reason)


def _of_limits(question: ConstraintProblem, series: Series) -> Iterator[LawViolation]:
    """Yield violations: medians outside their own limits. A lower band never comes down after the curve."""
    medians = [part for part in question.parts if part.quantity == "median" and not part.not_reached]
    limits = [part for part in question.parts if part.quantity in LIMITS and not part.not_reached]
    for median in medians:
        for limit in limits:
            if (median.groups, median.endpoint, median.release) != (limit.groups, limit.endpoint, limit.release):
                continue
            low, high = (limit, median) if limit.quantity == "lower limit" else (median, limit)
            if low.low is None or high.high is None or not median.is_kaplan_meier or low.low <= high.high:
                continue
            rows = tuple(sorted({median.row, limit.row}))
            reason = f"{_label(series, median)}: {_said(series, median)} lies outside its own confidence limits"
            yield LawViolation(rows, (low.low - high.high) / 2, reason)


def _of_the_dead(question: ConstraintProblem, series: Series) -> Iterator[LawViolation]:
    """Yield violations: Kaplan-Meier medians while no subject has died, progression against survival when all have."""
    for count in question.parts:
        if count.quantity not in ("alive", "dead") or not _counts_alike(question, count):
            continue
        n = sum(question.numbers[group] or 0 for group in count.groups)
        if not n or not count.ranges:
            continue
        least, most = _dead(count, n)
        mine = [
            part
            for part in question.parts
            if part.groups == count.groups and part.release == count.release and part.quantity == "median"
        ]
        if most == 0:
            yield from _median_of_the_living(series, count, mine)
        if least == n:
            yield from _progression_after_death(series, count, mine)


def _median_of_the_living(series: Series, count: NumericClaim, medians: list[NumericClaim]) -> Iterator[LawViolation]:
    for part in medians:
        if part.endpoint == "os" and part.is_kaplan_meier and not part.not_reached and part.high is not None:
            reason = (
                f"{_label(series, part)}: {_said(series, part)} is a Kaplan-Meier median, and nobody has died "
                f"({_counted(series, count)}): the curve stands at 1 and its median is not reached"
            )
            yield LawViolation(tuple(sorted((part.row, count.row))), 0.0, reason)


def _progression_after_death(
    series: Series, count: NumericClaim, medians: list[NumericClaim]
) -> Iterator[LawViolation]:
    for one in medians:
        for other in medians:
            if (one.endpoint, other.endpoint) != ("pfs", "os") or one.low is None or other.high is None:
                continue
            if one.low > other.high and one.ties == other.ties:
                reason = (
                    f"{_label(series, one)}: with all dead ({_counted(series, count)}) no time is censored, so the "
                    f"median progression-free time of {_said(series, one)} is at most that of survival, "
                    f"{_said(series, other)}"
                )
                rows = tuple(sorted((one.row, other.row, count.row)))
                yield LawViolation(rows, (one.low - other.high) / 2, reason)


def _dead(part: NumericClaim, n: int) -> tuple[int, int]:
    """Return the least and the greatest number of the dead that a count of the dead or the living allows."""
    low, high = part.low or 0, n if part.high is None else part.high
    return (low, high) if part.quantity == "dead" else (n - high, n - low)


def _counted(series: Series, part: NumericClaim) -> str:
    figure = series.figure(part.row)
    sign = "" if figure.comparator == "=" else f"{figure.comparator} "
    unit = " %" if figure.unit == "percent" else ""
    return f"{sign}{figure.value}{unit} {part.quantity} ({series.releases[part.release].words})"


def _counts_alike(question: ConstraintProblem, part: NumericClaim) -> bool:
    """Whether every release counts the same subjects of a group."""
    changed = {pair[0] for pair in (question.left_out, question.added) if pair is not None}
    return not changed.intersection(part.groups)


def _rise(
    question: ConstraintProblem, series: Series, lower: NumericClaim, higher: NumericClaim
) -> Iterator[LawViolation]:
    """Yield the violation if a figure rises more to the next than the days between them allow."""
    if higher.low is None or lower.high is None:
        return
    rise = higher.low - lower.high
    room = question.cutoffs[higher.release][1] - question.cutoffs[lower.release][0]
    if rise <= 2 * max(room, 0):
        return
    values = f"from {_said(series, lower)} to {_said(series, higher)}"
    change = _change(series, lower, higher)
    if room > 0:
        reason = (
            f"{_label(series, lower)}: the to-date median rose {change} in {_months(room)}, {values}; "
            "it rises at most one day a day"
        )
        yield LawViolation((lower.row, higher.row), rise / 2 - room, reason, needs_lag=-(-rise // 2))
    else:
        n = question.numbers[lower.groups[0]] if len(lower.groups) == 1 else None
        same = "the same subjects" if n is None else f"the same {n} subjects"
        values = f"from {_said(series, higher)} to {_said(series, lower)}"
        reason = f"{_label(series, lower)}: the to-date median fell {change}, {values}; for {same} it never falls"
        yield LawViolation((higher.row, lower.row), rise / 2, reason)


def _one_value(series: Series, one: NumericClaim, other: NumericClaim) -> Iterator[LawViolation]:
    apart = max(
        (
            low.low - high.high
            for low, high in ((one, other), (other, one))
            if low.low is not None and high.high is not None
        ),
        default=0,
    )
    if apart > 0:
        reason = (
            f"{_label(series, one)}: {_said(series, one)} and {_said(series, other)} are {apart / 2:g} days apart "
            "at one data cutoff"
        )
        yield LawViolation(tuple(sorted((one.row, other.row))), apart / 2, reason)


def _change(series: Series, smaller: NumericClaim, greater: NumericClaim) -> str:
    """Return the difference of two announced values, in months."""
    low, high = series.figure(smaller.row), series.figure(greater.row)
    if low.value is not None and high.value is not None and low.unit == high.unit:
        return f"{Decimal(high.value) - Decimal(low.value)} {high.unit}"
    assert greater.low is not None and smaller.high is not None  # noqa: S101, PT018
    return f"{_months(abs(greater.low - smaller.high) / 2)} months"


def _said(series: Series, part: NumericClaim) -> str:
    figure = series.figure(part.row)
    sign = "" if figure.comparator == "=" else f"{figure.comparator} "
    value = f"{figure.lower} to {figure.upper}" if figure.comparator == "range" else f"{sign}{figure.value}"
    unit = "%" if figure.unit == "percent" else figure.unit
    when = series.releases[part.release].words
    return f"{value} {unit} ({when})"


def _label(series: Series, part: NumericClaim) -> str:
    return "cohort " + " and ".join(series.groups[group].label for group in part.groups)


def _months(days: float) -> str:
    return printed(Decimal(repr(float(days))) / days_per_month("30.4375"), 1)

"""The answer to ``estimate``: survival of each group of rows in a file of durations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_serializer

from trialog.application.answers.base import Answer, Part
from trialog.events.definition import ConfType, Estimator, FollowUpRule, Ties
from trialog.projections.durations import Durations, Estimate, Missing
from trialog.projections.estimators.curve import Landmark, RestrictedMean
from trialog.projections.estimators.log_rank import LogRank
from trialog.projections.estimators.survival import Quantile
from trialog.projections.rounding import significant

DIGITS = 12
"""Significant digits of what is no time of the file: the last bits of a float depend on the machine."""


class DataRead(Part):
    """From which rows of which file a group was estimated."""

    file: str
    sha256: str
    rows: int = Field(description="Rows that count, those of all groups.")
    time: str = Field(description="Column of the times.")
    event: str = Field(description="Column of the indicators.")
    ended_if: str = Field(description="What that column says of a time that ended in death.")
    where: dict[str, tuple[str, ...]] = Field(description="Only rows count that hold one of these texts in the column.")


class QuantileEstimate(Part):
    """The time by which a share of the group has died."""

    p: float
    value: float | None
    lower: float | None
    upper: float | None
    ties: Ties

    @classmethod
    def of(cls, found: Quantile) -> Self:
        """Return a quantile as a part of an answer."""
        return cls(p=found.p, value=found.value, lower=found.lower, upper=found.upper, ties=found.definition.ties)


class LandmarkEstimate(Part):
    """Survival at a time."""

    at: float
    at_risk: int
    deaths: int
    survival: float | None
    std_error: float | None
    lower: float | None
    upper: float | None
    beyond_last: bool = Field(description="Whether the time lies after the longest one of the group.")

    @classmethod
    def of(cls, found: Landmark) -> Self:
        """Return survival at a time as a part of an answer."""
        return cls(
            at=found.day,
            at_risk=found.at_risk,
            deaths=found.deaths,
            survival=significant(found.survival, DIGITS),
            std_error=significant(found.std_error, DIGITS),
            lower=significant(found.lower, DIGITS),
            upper=significant(found.upper, DIGITS),
            beyond_last=found.beyond_last,
        )


class MeanEstimate(Part):
    """The mean time up to a time."""

    until: float
    value: float | None
    std_error: float | None
    lower: float | None
    upper: float | None
    beyond_last: bool = Field(description="Whether ``until`` lies after the longest time of the group.")

    @classmethod
    def of(cls, found: RestrictedMean) -> Self:
        """Return a restricted mean as a part of an answer."""
        return cls(
            until=found.until,
            value=significant(found.value, DIGITS),
            std_error=significant(found.std_error, DIGITS),
            lower=significant(found.lower, DIGITS),
            upper=significant(found.upper, DIGITS),
            beyond_last=found.beyond_last,
        )


class LogRankEstimate(Part):
    """The log-rank test that compares the groups, and what it saw of this one."""

    method: str
    observed: int
    expected: float | None
    chi_square: float | None
    df: int
    p: float | None = Field(description="Two-sided; null if nothing is left to compare.")

    @classmethod
    def of(cls, test: LogRank, number: int) -> Self:
        """Return the test and its numbers of one group."""
        group = test.groups[number]
        return cls(
            method=test.method,
            observed=group.observed,
            expected=significant(group.expected, DIGITS),
            chi_square=significant(test.chi_square, DIGITS),
            df=test.df,
            p=significant(test.p, DIGITS),
        )


class CurveStep(Part):
    """One time at which somebody died or was censored."""

    time: float
    at_risk: int
    deaths: int
    censored: int
    survival: float | None
    std_error: float | None
    lower: float | None
    upper: float | None


def curve_steps(found: Estimate, durations: Durations) -> Iterator[CurveStep]:
    """Yield every step of a group's curve."""
    curve, definition = found.survival.curve, found.survival.definition
    lower, upper = curve.band(definition.conf_type, definition.level)
    error = curve.std_error
    for place in range(curve.day.size):
        time = durations.outside(curve.day[place].item())
        assert time is not None  # noqa: S101  # only None becomes None
        yield CurveStep(
            time=time,
            at_risk=int(curve.at_risk[place]),
            deaths=int(curve.deaths[place]),
            censored=int(curve.censored[place]),
            survival=significant(float(curve.survival[place]), DIGITS),
            std_error=significant(float(error[place]), DIGITS),
            lower=significant(float(lower[place]), DIGITS),
            upper=significant(float(upper[place]), DIGITS),
        )


class GroupEstimate(Part):
    """Survival of one group, times in the unit of the file."""

    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset({"quantiles", "landmarks", "rmst", "log_rank", "curve"})

    group: str = Field(description="The group in words; ``all`` if there is only one.")
    by: dict[str, str] = Field(description="Its cells of the grouping columns.")
    n: int
    deaths: int
    longest: float | None
    median: float | None
    median_lower: float | None
    median_upper: float | None
    time_median: float | None = Field(description="Plain median of the times, deaths and censorings alike.")
    follow_up_median: float | None = Field(description="By the reverse Kaplan-Meier method.")
    follow_up_lower: float | None
    follow_up_upper: float | None
    follow_up_rule: FollowUpRule
    estimator: Estimator
    conf_type: ConfType
    level: float
    ties: Ties
    missing: dict[Literal["median", "follow_up"], Missing] = Field(
        description="What null means in the median, the quantiles and their limits, and in the follow-up. NR: not "
        "reached, the curve or its limit never falls to the level. NE: not estimable, it falls to it only where "
        "survival is 0 and has no limits, or nobody is in the group."
    )
    data: DataRead
    quantiles: tuple[QuantileEstimate, ...] | None = None
    landmarks: tuple[LandmarkEstimate, ...] | None = None
    rmst: MeanEstimate | tuple[MeanEstimate, ...] | None = Field(
        default=None, description="Restricted mean: one, or a list if several were asked for."
    )
    log_rank: LogRankEstimate | None = None
    curve: tuple[CurveStep, ...] | None = None


class EstimateAnswer(Answer):
    """Survival of each group of rows; as JSON a list of the groups."""

    SCHEMA: ClassVar[str] = "estimate/1"

    groups: tuple[GroupEstimate, ...]

    @model_serializer(mode="plain")
    def _as_list(self) -> list[GroupEstimate]:
        return list(self.groups)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each group: its cells of the grouping columns, its medians and what they follow."""
        nested = ("by", "missing", "data", *GroupEstimate.LEFT_OUT_IF_NONE)
        for each in self.groups:
            row = each.model_dump(mode="json")
            yield {"group": each.group, **each.by, **{name: row[name] for name in row if name not in nested}}

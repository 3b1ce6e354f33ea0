"""The figures of a group of subjects as parts of an answer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar, Self

from pydantic import Field

from trialog.application.answers.base import Part
from trialog.application.answers.common import DefinitionPart, day
from trialog.events.definition import Month
from trialog.events.vocabulary import Confirmation, Criteria, Evaluator
from trialog.projections.cohort_figures import CohortCounts, GroupFigures
from trialog.projections.estimators.curve import Landmark, RestrictedMean
from trialog.projections.estimators.survival import Quantile
from trialog.projections.measures.figure import Figure
from trialog.projections.months import in_months
from trialog.projections.response import Rate, Responses
from trialog.projections.rounding import significant


def days_and_months(name: str, value: float | None, month: Month) -> dict[str, float | None]:
    """Return a time in days and in months; calendar months have no fixed length in days."""
    return {
        f"{name}_days": None if month == "calendar" else value,
        f"{name}_months": None if value is None else float(in_months(value, month)),
    }


class FigurePart(Part):
    """A time-to-event figure with its limits, its subjects, its definition and its two time axes."""

    name: str
    reached: bool = Field(description="Whether there is a value; the others are null where it is not reached.")
    value_days: float | None = Field(description="Null in calendar months, which have no fixed length.")
    value_months: float | None
    lower_days: float | None
    lower_months: float | None
    upper_days: float | None
    upper_months: float | None
    n: int = Field(description="Subjects.")
    events: int = Field(description="How many of their times ended in the endpoint.")
    left_out: int = Field(description="Subjects of the population without an origin by the cutoff.")
    definition: DefinitionPart
    evaluator: Evaluator | None = Field(description="Whose assessments count; null for overall survival.")
    rules: str = Field(description="What ends and censors the times beyond the definition's parts, in words.")
    data_cutoff: str
    known_at: str | None

    def words(self) -> str:
        """Return everything that the figure follows, as one phrase."""
        return f"{self.definition.words()}, {self.rules}" if self.rules else self.definition.words()

    @classmethod
    def of(cls, figure: Figure) -> Self:
        """Return a figure as a part of an answer."""
        month = figure.definition.month
        return cls(
            name=figure.name,
            reached=figure.reached,
            **days_and_months("value", figure.value, month),
            **days_and_months("lower", figure.lower, month),
            **days_and_months("upper", figure.upper, month),
            n=figure.n,
            events=figure.events,
            left_out=figure.left_out,
            definition=DefinitionPart.of(figure.definition, figure.begins, figure.open_until),
            evaluator=figure.evaluator,
            rules=figure.rules,
            data_cutoff=day(figure.cutoff) or "",
            known_at=day(figure.known_at),
        )


class CountsPart(Part):
    """How many subjects, and how they are at the cutoff."""

    enrolled: int
    dosed: int
    evaluable: int
    alive: int
    dead: int
    lost: int = Field(description="Lost to follow-up.")
    withdrawn: int = Field(description="Left for any other reason.")
    first_enrolled: str | None
    first_dose: str | None
    last_dose: str | None
    prior_lines_n: int = Field(description="Subjects whose prior lines are stated.")
    prior_lines_mean: float | None
    prior_lines_median: float | None
    prior_lines_low: int | None
    prior_lines_high: int | None

    @classmethod
    def of(cls, counts: CohortCounts) -> Self:
        """Return the counts of a group as a part of an answer."""
        days = {name: day(getattr(counts, name)) for name in ("first_enrolled", "first_dose", "last_dose")}
        return cls(**{**asdict(counts), **days})


class FollowUpDays(Part):
    """Observed times of the subjects of a group, in days."""

    shortest: int | None
    median: float | None
    longest: int | None
    total: int
    total_months: float | None = Field(description="Observed person-months; null in calendar months.")


class RatePart(Part):
    """A share of subjects with exact limits (Clopper-Pearson), in percent."""

    name: str
    counts: str = Field(description="What counts as a response.")
    responders: int
    n: int
    percent: float | None
    percent_lower: float | None
    percent_upper: float | None
    level: float

    @classmethod
    def of(cls, rate: Rate) -> Self:
        """Return a rate as a part of an answer."""
        lower, upper = rate.limits
        return cls(
            name=rate.name,
            counts=f"{rate.counts} or better",
            responders=rate.responders,
            n=rate.n,
            percent=None if rate.share is None else 100 * rate.responders / rate.n,
            percent_lower=significant(100 * lower),
            percent_upper=significant(100 * upper),
            level=rate.level,
        )


class ResponsesPart(Part):
    """Best responses by one set of criteria and one evaluator, and the rates that count them."""

    criteria: Criteria
    evaluator: Evaluator
    confirmation: Confirmation
    rule: str
    categories: dict[str, int]
    not_assessed: int
    rates: tuple[RatePart, ...]

    @classmethod
    def of(cls, found: Responses) -> Self:
        """Return responses as a part of an answer."""
        return cls(
            criteria=found.criteria,
            evaluator=found.evaluator,
            confirmation=found.confirmation,
            rule=found.rule,
            categories=dict(found.categories),
            not_assessed=found.not_assessed,
            rates=tuple(map(RatePart.of, found.rates)),
        )


class LandmarkPart(Part):
    """Kaplan-Meier overall survival at a day."""

    day: float
    at_risk: int
    deaths: int
    survival: float | None
    std_error: float | None
    lower: float | None
    upper: float | None
    beyond_last: bool = Field(description="Whether the day lies after the last time.")

    @classmethod
    def of(cls, mark: Landmark) -> Self:
        """Return survival at a day as a part of an answer."""
        return cls(
            day=mark.day,
            at_risk=mark.at_risk,
            deaths=mark.deaths,
            survival=significant(mark.survival),
            std_error=significant(mark.std_error),
            lower=significant(mark.lower),
            upper=significant(mark.upper),
            beyond_last=mark.beyond_last,
        )


class RestrictedMeanPart(Part):
    """Mean overall survival up to a day."""

    until_day: float
    value_days: float | None
    std_error_days: float | None
    lower_days: float | None
    upper_days: float | None
    beyond_last: bool

    @classmethod
    def of(cls, mean: RestrictedMean) -> Self:
        """Return a restricted mean as a part of an answer."""
        return cls(
            until_day=mean.until,
            value_days=significant(mean.value),
            std_error_days=significant(mean.std_error),
            lower_days=significant(mean.lower),
            upper_days=significant(mean.upper),
            beyond_last=mean.beyond_last,
        )


class QuantilePart(Part):
    """Day by which a share of the subjects died."""

    p: float
    value_days: float | None
    lower_days: float | None
    upper_days: float | None

    @classmethod
    def of(cls, quantile: Quantile) -> Self:
        """Return a quantile as a part of an answer."""
        return cls(
            p=quantile.p,
            value_days=quantile.value,
            lower_days=quantile.lower,
            upper_days=quantile.upper,
        )


class GroupPart(Part):
    """All figures of one cohort, or of some cohorts pooled."""

    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset({"landmarks", "restricted_means", "quantiles"})

    cohort: str
    counts: CountsPart
    figures: tuple[FigurePart, FigurePart, FigurePart] = Field(
        description="Median overall survival to date and by Kaplan-Meier, and median follow-up."
    )
    follow_up_days: FollowUpDays
    responses: tuple[ResponsesPart, ...] = Field(description="As assessed, and as confirmed if that was wanted.")
    endpoints: tuple[FigurePart, ...] = Field(description="Medians that rest on assessments and progressions.")
    landmarks: tuple[LandmarkPart, ...] | None = None
    restricted_means: tuple[RestrictedMeanPart, ...] | None = None
    quantiles: tuple[QuantilePart, ...] | None = None

    @property
    def to_date(self) -> FigurePart:
        """The median overall survival to date."""
        return self.figures[0]

    @property
    def kaplan_meier(self) -> FigurePart:
        """The Kaplan-Meier median overall survival."""
        return self.figures[1]

    @property
    def follow_up(self) -> FigurePart:
        """The median follow-up, reverse Kaplan-Meier."""
        return self.figures[2]


def group_fields(group: GroupFigures) -> dict[str, Any]:
    """Return the fields of `GroupPart`."""
    total = group.person_months
    return {
        "cohort": group.label,
        "counts": CountsPart.of(group.counts),
        "figures": tuple(map(FigurePart.of, (group.to_date, group.kaplan_meier, group.follow_up))),
        "follow_up_days": FollowUpDays(
            shortest=group.shortest,
            median=group.middle,
            longest=group.longest,
            total=group.total,
            total_months=None if total is None else float(total),
        ),
        "responses": tuple(map(ResponsesPart.of, (*group.responses, *group.confirmed))),
        "endpoints": tuple(map(FigurePart.of, group.endpoints)),
        "landmarks": tuple(map(LandmarkPart.of, group.landmarks)) or None,
        "restricted_means": tuple(map(RestrictedMeanPart.of, group.restricted_means)) or None,
        "quantiles": tuple(map(QuantilePart.of, group.quantiles)) or None,
    }


def figure_row(part: FigurePart) -> dict[str, Any]:
    """Return a figure as one flat row; its definition's parts are columns."""
    row = part.model_dump(mode="json")
    definition = row.pop("definition")
    return {**row, **definition}

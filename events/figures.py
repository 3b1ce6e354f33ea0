"""A figure as a sponsor announced it: its words, digits, unit and what it claims to count."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Measure = Literal[
    "median-os",
    "median-pfs",
    "median-ttp",
    "median-dor",
    "median-follow-up",
    "mean-os",
    "mean-pfs",
    "shortest-os",
    "longest-os",
    "os-rate",
    "pfs-rate",
    "orr",
    "cbr",
    "dcr",
    "cr-rate",
    "alive-share",
    "count-enrolled",
    "count-dosed",
    "count-evaluable",
    "count-alive",
    "count-dead",
    "count-progression-free",
    "count-best-response",
    "mean-prior-lines",
    "median-prior-lines",
    "planned-dose",
    "other",
]
"""What is measured. ``other`` keeps words that no rule of this program computes."""

MEASURES: Final = get_args(Measure)

Comparator = Literal["=", "about", ">", ">=", "<", "<=", "not reached"]
Unit = Literal["days", "weeks", "months", "years", "percent", "count", "mCi/m2", "text"]
TIME_UNITS: Final = ("days", "weeks", "months", "years")

Digits = Annotated[str, Field(pattern=r"^-?\d{1,12}(\.\d{1,9})?$")]
"""A number with exactly the digits that were printed."""


class Inference(BaseModel):
    """A part of a figure that the release does not state, and the rule that supplied it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    field: str
    rule: Annotated[str, Field(min_length=1, max_length=500)]


class AnnouncedFigure(BaseModel):
    """One announced figure.

    Attributes:
        figure: Short name, unique within its announcement.
        measure: What is measured.
        value: The number with its printed digits; absent where the words carry none.
        unit: Unit of ``value``.
        comparator: ``=`` for a plain number, a bound, ``about``, or ``not reached``.
        ongoing: The words say that the figure was still growing ("ongoing", "to date").
        cohorts: Cohorts that the figure counts, pooled when several; empty where not stated.
        population: The population as worded ("ITT", "evaluable", "top 100 survivors").
        external: The figure is another trial's, given for comparison, and is not rebuilt here.
        category: Response category of ``count-best-response``.
        n, deaths: Subjects and deaths behind the figure, where stated.
        lower, upper, level: Confidence limits, in the figure's unit.
        at, at_unit: Landmark of a rate.
        estimator ... month: Parts of the definition that the release states.
        data_cutoff: Cutoff of this figure, where it differs from its announcement's.
        words: The quotation, verbatim.
        inferred: What is not in the words, and the rule that supplied it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    figure: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    measure: Measure
    value: Digits | None = None
    unit: Unit
    comparator: Comparator = "="
    ongoing: bool = False
    cohorts: Annotated[tuple[str, ...], Field(strict=False)] = ()
    arm: str | None = None
    population: Annotated[str, Field(max_length=200)] | None = None
    external: bool = False
    category: Annotated[str, Field(max_length=20)] | None = None
    n: Annotated[int, Field(ge=0)] | None = None
    deaths: Annotated[int, Field(ge=0)] | None = None
    lower: Digits | None = None
    upper: Digits | None = None
    level: Digits | None = None
    at: Digits | None = None
    at_unit: Literal["days", "weeks", "months", "years"] | None = None
    estimator: Literal["to-date", "kaplan-meier"] | None = None
    origin: Literal["enrollment", "first dose", "randomisation"] | None = None
    counted: Literal["enrolled", "dosed", "not dosed", "evaluable"] | None = None
    censoring: Literal["cutoff", "last known alive"] | None = None
    month: Literal["30.4375", "30", "28", "calendar"] | None = None
    data_cutoff: str | None = None
    words: Annotated[str, Field(max_length=2000)]
    url: Annotated[str, Field(max_length=1000)] | None = None
    inferred: Annotated[tuple[Inference, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _value_where_needed(self) -> Self:
        if self.value is None and self.comparator != "not reached" and self.unit != "text":
            raise ValueError(f"figure {self.figure!r} has no value; give one, or the comparator 'not reached'")
        if (self.at is None) != (self.at_unit is None):
            raise ValueError(f"figure {self.figure!r}: a landmark needs both 'at' and 'at_unit'")
        return self

    @property
    def half_unit(self) -> Decimal:
        """Half a unit in the last printed digit: the value stands for itself plus and minus this."""
        if self.value is None:
            raise ValueError(f"figure {self.figure!r} carries no number")
        exponent = Decimal(self.value).as_tuple().exponent
        return Decimal(5).scaleb(int(exponent) - 1)

"""A figure as a sponsor announced it: its words, digits, unit and what it claims to count."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from trialog.events.definition import Counting, month_of
from trialog.events.errors import QuestionError
from trialog.events.measures import MeasureWord

Comparator = Literal["=", "about", ">", ">=", "<", "<=", "not reached", "range"]
Unit = Literal["days", "weeks", "months", "years", "percent", "count", "mCi/m2", "text"]
TIME_UNITS: Final = ("days", "weeks", "months", "years")

Digits = Annotated[str, Field(pattern=r"^-?\d{1,12}(\.\d{1,9})?$")]
"""A number with exactly the digits that were printed."""


class Inference(BaseModel):
    """A part of a figure that the release does not state, and the rule that supplied it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    field: str
    rule: Annotated[str, Field(min_length=1, max_length=500)]


class Written(BaseModel):
    """The cells of a register file as they were written, kept beside what was read from them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    measure: Annotated[str, Field(max_length=200)]
    value: Annotated[str, Field(max_length=2000)]
    unit: Annotated[str, Field(max_length=200)]
    cohort: Annotated[str, Field(max_length=500)]


def _month(text: str) -> str:
    try:
        month_of(text)
    except QuestionError as error:
        raise ValueError(str(error)) from None
    return text


@dataclass(frozen=True)
class Window:
    """The numbers for which an announced value stands; None where there is no bound on that side.

    Attributes:
        lower, upper: In the figure's unit.
        lower_open, upper_open: Whether the bound itself is left out.
    """

    lower: Decimal | None
    upper: Decimal | None
    lower_open: bool = False
    upper_open: bool = False

    def holds(self, value: Decimal) -> bool:
        """Tell whether a number lies in the window."""
        if self.lower is not None and (value < self.lower or (self.lower_open and value == self.lower)):
            return False
        return self.upper is None or value < self.upper or (value == self.upper and not self.upper_open)


def half_unit(digits: str) -> Decimal:
    """Return half a unit in the last printed digit: a value stands for itself plus and minus this."""
    exponent = Decimal(digits).as_tuple().exponent
    return Decimal(5).scaleb(int(exponent) - 1)


class AnnouncedFigure(BaseModel):
    """One announced figure.

    Attributes:
        figure: Short name, unique within its announcement.
        measure: What is measured.
        value: The number with its printed digits; absent where the words carry none.
        unit: Unit of ``value``.
        comparator: ``=`` for a plain number, a bound, ``about``, ``range`` (from ``lower`` to ``upper``),
            or ``not reached``.
        reached: False where the words say that the median is not reached and give a bound for it
            ("not reached, at least 18.2 months"): a bound on what it will be.
        ongoing: The words say that the figure was still growing ("ongoing", "to date").
        cohorts: Cohorts that the figure counts, pooled when several; empty where not stated.
        population: The population as worded ("ITT", "evaluable", "top 100 survivors").
        external: The figure is another trial's, given for comparison, and is not rebuilt here.
        category: Response category of ``count-best-response``.
        n, deaths: Subjects and deaths behind the figure, where stated.
        lower, upper, level: Confidence limits, in the figure's unit; the ends of a ``range``.
        at, at_unit: Landmark of a rate.
        estimator ... ties, counting: Parts of the definition that the release states.
        origin_words: The time origin as worded, where the log has no day for it ("surgery", "relapse").
        everyone: Every cohort of the trial counts ("ITT", "all").
        data_cutoff: Cutoff of this figure, where it differs from its announcement's.
        words: The quotation, verbatim.
        written: The cells of the file that it was registered from, verbatim.
        inferred: What is not in the words, and the rule that supplied it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    figure: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    measure: MeasureWord
    value: Digits | None = None
    unit: Unit
    comparator: Comparator = "="
    reached: bool | None = None
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
    month: Annotated[str, AfterValidator(_month), Field(max_length=12)] | None = None
    ties: Literal["midpoint", "first day"] | None = None
    origin_words: Annotated[str, Field(max_length=200)] | None = None
    everyone: bool | None = None
    counting: Counting | None = None
    data_cutoff: str | None = None
    words: Annotated[str, Field(max_length=2000)]
    url: Annotated[str, Field(max_length=1000)] | None = None
    written: Written | None = None
    inferred: Annotated[tuple[Inference, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _value_where_needed(self) -> Self:
        if self.comparator == "range":
            if self.lower is None or self.upper is None:
                raise ValueError(f"figure {self.figure!r}: a range needs both 'lower' and 'upper'")
        elif self.value is None and self.comparator != "not reached" and self.unit != "text":
            raise ValueError(f"figure {self.figure!r} has no value; give one, or the comparator 'not reached'")
        if (self.at is None) != (self.at_unit is None):
            raise ValueError(f"figure {self.figure!r}: a landmark needs both 'at' and 'at_unit'")
        return self

    @property
    def half_unit(self) -> Decimal:
        """Half a unit in the last printed digit: the value stands for itself plus and minus this."""
        if self.value is None:
            raise ValueError(f"figure {self.figure!r} carries no number")
        return half_unit(self.value)

    @property
    def says_not_reached(self) -> bool:
        """Whether the words say that the median is not reached, with a bound or without."""
        return self.comparator == "not reached" or self.reached is False

    @property
    def states(self) -> frozenset[str]:
        """The parts that the release states itself; what a rule inferred is not among them."""
        inferred = {inference.field for inference in self.inferred}
        return frozenset(
            name for name in type(self).model_fields if getattr(self, name) is not None and name not in inferred
        )

    @cached_property
    def window(self) -> Window | None:
        """The numbers that the figure stands for; None where it gives no number.

        A number with d digits stands for the closed interval of half a unit in its last digit on each
        side, ``about`` for a whole unit. ``>=`` and ``<=`` take in the rounding of their number, ``>`` and
        ``<`` are read as printed.
        """
        if self.comparator == "range":
            assert self.lower is not None  # noqa: S101  # checked above; narrows the type
            assert self.upper is not None  # noqa: S101
            return Window(Decimal(self.lower) - half_unit(self.lower), Decimal(self.upper) + half_unit(self.upper))
        if self.value is None:
            return None
        value, half = Decimal(self.value), self.half_unit
        match self.comparator:
            case ">=":
                return Window(value - half, None)
            case ">":
                return Window(value, None, lower_open=True)
            case "<=":
                return Window(None, value + half)
            case "<":
                return Window(None, value, upper_open=True)
            case "about":
                return Window(value - 2 * half, value + 2 * half)
            case _:
                return Window(value - half, value + half)

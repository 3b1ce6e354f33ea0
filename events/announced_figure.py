"""A figure as a sponsor announced it: its words, digits and unit, and what it claims to count."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from trialog.events.definition import Counting, month_of
from trialog.events.errors import QuestionError
from trialog.events.measures import MEASURES, MeasureWord
from trialog.events.vocabulary import Confirmation, Evaluator

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
    """The cells of a register file as written, stored beside the values read from them."""

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
    """The interval of numbers that an announced value may mean; None if there is no bound on that side.

    Attributes:
        lower, upper: In the figure's unit.
        lower_open, upper_open: Whether the bound itself is left out.
    """

    lower: Decimal | None
    upper: Decimal | None
    lower_open: bool = False
    upper_open: bool = False

    def holds(self, value: Decimal) -> bool:
        """Return whether a number lies in the window."""
        if self.lower is not None and (value < self.lower or (self.lower_open and value == self.lower)):
            return False
        return self.upper is None or value < self.upper or (value == self.upper and not self.upper_open)


def half_unit(digits: str) -> Decimal:
    """Return half a unit in the last printed digit: a value means itself plus or minus this."""
    exponent = Decimal(digits).as_tuple().exponent
    return Decimal(5).scaleb(int(exponent) - 1)


class AnnouncedFigure(BaseModel):
    """One announced figure; each option of `trialog announce` is one of these fields.

    A field that is absent is not stated by the release. For the evaluator that means the investigator, for the
    confirmation responses as assessed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    figure: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
            description="Short name of the figure, unique within its announcement.",
        ),
    ]
    measure: Annotated[MeasureWord, Field(description="What the figure measures, for example median-os.")]
    value: Annotated[Digits, Field(description="The number with its printed digits.")] | None = None
    unit: Annotated[Unit, Field(description="days, weeks, months, years, percent, count, ...")]
    comparator: Annotated[
        Comparator, Field(description="=, about, >, >=, <, <=, range (--lower to --upper) or 'not reached'.")
    ] = "="
    reached: (
        Annotated[bool, Field(description="Whether the median is reached; if not, the value bounds what it will be.")]
        | None
    ) = None
    ongoing: Annotated[bool, Field(description="The words say that it is still growing (ongoing, to date).")] = False
    cohorts: Annotated[
        tuple[str, ...], Field(strict=False, description="Cohort that it counts; repeat it to pool.")
    ] = ()
    arm: Annotated[str, Field(description="Arm, as worded.")] | None = None
    population: (
        Annotated[str, Field(max_length=200, description="Population as worded: ITT, evaluable, ...")] | None
    ) = None
    external: Annotated[bool, Field(description="It is another trial's, for comparison.")] = False
    category: Annotated[str, Field(max_length=20, description="Category of count-best-response.")] | None = None
    evaluator: (
        Annotated[
            Evaluator,
            Field(description="Whose assessments count, if stated: investigator or independent."),
        ]
        | None
    ) = None
    confirmation: (
        Annotated[
            Confirmation,
            Field(description="Which responses count, if stated: 'as assessed' or confirmed."),
        ]
        | None
    ) = None
    n: Annotated[int, Field(ge=0, description="Subjects behind it, if stated.")] | None = None
    deaths: Annotated[int, Field(ge=0, description="Deaths behind it, if stated.")] | None = None
    lower: Annotated[Digits, Field(description="Lower confidence limit, or end of a range.")] | None = None
    upper: Annotated[Digits, Field(description="Upper confidence limit, or end of a range.")] | None = None
    level: Annotated[Digits, Field(description="Coverage of the limits in percent.")] | None = None
    range_lower: Annotated[Digits, Field(description="The least time beside a median.")] | None = None
    range_upper: Annotated[Digits, Field(description="The greatest time beside a median.")] | None = None
    count: Annotated[int, Field(ge=0, description="Subjects of whom the value is the percentage.")] | None = None
    at: Annotated[Digits, Field(description="Time at which a rate is given.")] | None = None
    at_unit: (
        Annotated[
            Literal["days", "weeks", "months", "years"], Field(description="Its unit: days, weeks, months or years.")
        ]
        | None
    ) = None
    estimator: (
        Annotated[Literal["to-date", "kaplan-meier"], Field(description="to-date or kaplan-meier, if stated.")] | None
    ) = None
    origin: (
        Annotated[
            Literal["enrollment", "first dose", "randomisation"],
            Field(description="enrollment, first dose or randomisation, if stated."),
        ]
        | None
    ) = None
    counted: (
        Annotated[
            Literal["enrolled", "dosed", "not dosed", "evaluable"],
            Field(description="enrolled, dosed, not dosed or evaluable, if stated."),
        ]
        | None
    ) = None
    censoring: (
        Annotated[Literal["cutoff", "last known alive"], Field(description="cutoff or 'last known alive', if stated.")]
        | None
    ) = None
    month: (
        Annotated[
            str,
            AfterValidator(_month),
            Field(max_length=12, description="Days of a month, or calendar, if stated: 30.4375, 30, 28, ..."),
        ]
        | None
    ) = None
    counting: Annotated[Counting, Field(description="elapsed, or inclusive if both days count, if stated.")] | None = (
        None
    )
    ties: (
        Annotated[
            Literal["midpoint", "first day", "midpoint to end"],
            Field(description="midpoint, 'first day' or 'midpoint to end', if stated."),
        ]
        | None
    ) = None
    conf_type: (
        Annotated[Literal["log", "log-log", "plain"], Field(description="Kind of its limits, if stated.")] | None
    ) = None
    origin_words: (
        Annotated[
            str, Field(max_length=200, description="Time origin as worded, if the log has no day for it: surgery, ...")
        ]
        | None
    ) = None
    everyone: Annotated[bool, Field(description="Every cohort of the trial counts: ITT, all.")] | None = None
    data_cutoff: Annotated[str, Field(description="Its data cutoff, if another than its announcement's.")] | None = None
    words: Annotated[str, Field(max_length=2000, description="The quotation, verbatim.")]
    url: Annotated[str, Field(max_length=1000, description="Where it can be read.")] | None = None
    written: (
        Annotated[Written, Field(description="The cells of the file that it was registered from, verbatim.")] | None
    ) = None
    inferred: Annotated[
        tuple[Inference, ...],
        Field(strict=False, description="What is not in the words, and the rule that supplied it."),
    ] = ()

    @model_validator(mode="after")
    def _value_where_needed(self) -> Self:
        if self.comparator == "range":
            if self.lower is None or self.upper is None:
                raise ValueError(f"figure {self.figure!r}: a range needs both 'lower' and 'upper'")
        elif self.value is None and not self._stands_without_a_value:
            raise ValueError(f"figure {self.figure!r} has no value; give one, or the comparator 'not reached'")
        if (self.at is None) != (self.at_unit is None):
            raise ValueError(f"figure {self.figure!r}: a landmark needs both 'at' and 'at_unit'")
        measure = MEASURES[self.measure]
        if (self.evaluator or self.confirmation) and not measure.assessed and measure.kind != "words":
            field = "evaluator" if self.evaluator else "confirmation"
            raise ValueError(f"figure {self.figure!r}: {self.measure} rests on no assessments and has no {field}")
        return self

    @property
    def _stands_without_a_value(self) -> bool:
        ends = (self.lower, self.upper, self.range_lower, self.range_upper)
        return self.comparator == "not reached" or self.unit == "text" or any(end is not None for end in ends)

    @property
    def half_unit(self) -> Decimal:
        """Half a unit in the last printed digit: the value means itself plus or minus this."""
        if self.value is None:
            raise ValueError(f"figure {self.figure!r} carries no number")
        return half_unit(self.value)

    @property
    def says_not_reached(self) -> bool:
        """Whether the words say that the median is not reached, with or without a bound."""
        return self.comparator == "not reached" or self.reached is False

    @property
    def states(self) -> frozenset[str]:
        """The parts that the release itself states, without those that a rule inferred."""
        inferred = {inference.field for inference in self.inferred}
        return frozenset(
            name for name in type(self).model_fields if getattr(self, name) is not None and name not in inferred
        )

    @cached_property
    def window(self) -> Window | None:
        """The interval of numbers that the figure may mean; None if it gives no number.

        A number with d digits means the closed interval of half a unit in its last digit on each
        side; with ``about``, of a whole unit. ``>=`` and ``<=`` include the rounding of their number;
        ``>`` and ``<`` are read as printed.
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

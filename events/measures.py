"""The table of measures: every quantity that can be announced, its meaning, and what a question about it needs.

Everything that lists measures reads this table: `trialog announce` and register files accept its words, snapshot,
history and replay compute them, explain and audit look up here what applies to each. A new measure of a statistic
that exists already is one row here. A new statistic is one row here and one file in `projections/measures/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

Endpoint = Literal["overall survival", "progression-free survival", "time to progression", "duration of response"]
Statistic = Literal[
    "median",
    "median limit",
    "follow-up",
    "mean",
    "shortest",
    "longest",
    "range",
    "survival at a time",
    "response rate",
    "best response",
    "count",
    "prior lines",
    "planned dose",
    "words",
]
_FOLLOWED: Final = (
    "median",
    "median limit",
    "follow-up",
    "survival at a time",
    "response rate",
    "best response",
    "count",
)
"""The statistics of which every day of a history is computed in one pass."""

Kind = Literal["time", "share", "count", "number", "words"]
Quantity = Literal[
    "median",
    "lower limit",
    "upper limit",
    "mean",
    "shortest",
    "longest",
    "rate",
    "alive",
    "dead",
    "progression-free",
]
"""What an audit can check of a series of announcements."""


@dataclass(frozen=True)
class Measure:
    """One row of the table.

    Attributes:
        word: Its name in the log, in files and on the command line.
        meaning: What is measured, in words.
        statistic: Which implementation computes it.
        kind: ``time``: a length of time. ``share``: a part of the subjects, as a percentage or as their number.
            ``count``: a number of subjects, or their percentage. ``number``: any other number. ``words``:
            nothing is computed.
        endpoint: What ends the times that it is computed from; None if it is not computed from times. A measure
            with an endpoint depends on the whole definition.
        detail: What distinguishes it from other measures of its statistic: a rate, a side, whom it counts.
        population: Whether it counts the population of its definition, or everybody enrolled in its cohorts.
        landmark: Whether it needs a time point.
        category: Whether it needs a response category.
        sizes_cohort: Whether it says how many subjects a cohort has, which other figures of a register file
            then count; the smallest number is preferred. None if it does not.
        checked: What an audit can check of it; None if nothing.
        not_checked: Why an audit cannot check it.
    """

    word: str
    meaning: str
    statistic: Statistic
    kind: Kind
    endpoint: Endpoint | None = None
    detail: str = ""
    population: Literal["definition", "cohort"] = "definition"
    landmark: bool = False
    category: bool = False
    sizes_cohort: int | None = None
    checked: Quantity | None = None
    not_checked: str = ""

    @property
    def assessed(self) -> bool:
        """Whether it is based on assessments: then it accepts an evaluator, and whether responses are confirmed."""
        if self.endpoint is not None:
            return self.endpoint != "overall survival"
        return self.statistic in ("response rate", "best response") or self.detail == "progression-free"

    @property
    def history(self) -> bool:
        """Whether every day of a history is computed in one pass."""
        return self.statistic in _FOLLOWED

    @property
    def by_curve(self) -> bool:
        """Whether it is always estimated by Kaplan-Meier, whatever estimator the definition names."""
        return self.statistic in ("follow-up", "survival at a time")


_OS: Final[Endpoint] = "overall survival"
_PFS: Final[Endpoint] = "progression-free survival"
_TTP: Final[Endpoint] = "time to progression"
_DOR: Final[Endpoint] = "duration of response"
_RESPONSES: Final = "responses are not modelled"


def _median(word: str, endpoint: Endpoint, checked: Quantity | None = None, not_checked: str = "") -> Measure:
    return Measure(
        f"median-{word}",
        f"median {endpoint}",
        "median",
        "time",
        endpoint,
        checked=checked,
        not_checked=not_checked,
    )


def _limit(word: str, endpoint: Endpoint, side: Literal["lower", "upper"]) -> Measure:
    return Measure(
        f"median-{word}-{side}",
        f"{side} confidence limit of the median {endpoint}",
        "median limit",
        "time",
        endpoint,
        side,
        checked="lower limit" if side == "lower" else "upper limit",
    )


def _times(word: str, statistic: Statistic, endpoint: Endpoint, checked: Quantity) -> Measure:
    return Measure(word, f"{statistic} {endpoint} so far", statistic, "time", endpoint, checked=checked)


def _landmark(word: str, endpoint: Endpoint) -> Measure:
    return Measure(
        word,
        f"{endpoint} at a time",
        "survival at a time",
        "share",
        endpoint,
        landmark=True,
        checked="rate",
    )


def _rate(word: str, rate: str, meaning: str) -> Measure:
    return Measure(word, meaning, "response rate", "share", detail=rate, not_checked=_RESPONSES)


def _count(
    word: str,
    meaning: str,
    whom: str,
    checked: Quantity | None = None,
    *,
    kind: Kind = "count",
    sizes_cohort: int | None = None,
) -> Measure:
    return Measure(
        word,
        meaning,
        "count",
        kind,
        detail=whom,
        population="cohort",
        sizes_cohort=sizes_cohort,
        checked=checked,
        not_checked="" if checked else f"{word} is not modelled",
    )


def _lines(word: str, statistic: str) -> Measure:
    return Measure(
        word,
        f"{statistic} number of prior lines of therapy",
        "prior lines",
        "number",
        detail=statistic,
        population="cohort",
        not_checked="prior lines say nothing about survival",
    )


_TABLE: Final = (
    _median("os", _OS, "median"),
    _median("pfs", _PFS, "median"),
    _median("ttp", _TTP, not_checked="time to progression is not modelled"),
    _median("dor", _DOR, not_checked="duration of response is not modelled"),
    Measure(
        "median-follow-up",
        "median follow-up, by reverse Kaplan-Meier",
        "follow-up",
        "time",
        _OS,
        not_checked="follow-up is not modelled",
    ),
    _times("mean-os", "mean", _OS, "mean"),
    _times("mean-pfs", "mean", _PFS, "mean"),
    _times("shortest-os", "shortest", _OS, "shortest"),
    _times("longest-os", "longest", _OS, "longest"),
    _landmark("os-rate", _OS),
    _landmark("pfs-rate", _PFS),
    _rate("orr", "ORR", "overall response rate"),
    _rate("cbr", "CBR", "clinical benefit rate"),
    _rate("dcr", "DCR", "disease control rate"),
    _rate("cr-rate", "CR", "complete response rate"),
    _count("alive-share", "share of subjects who are alive", "alive", "alive", kind="share"),
    _count("count-enrolled", "subjects enrolled", "enrolled", sizes_cohort=2),
    _count("count-dosed", "subjects dosed", "dosed", sizes_cohort=1),
    _count("count-evaluable", "subjects evaluable", "evaluable", sizes_cohort=0),
    _count("count-alive", "subjects alive", "alive", "alive"),
    _count("count-dead", "subjects who died", "dead", "dead"),
    _count("count-progression-free", "subjects alive without progression", "progression-free", "progression-free"),
    Measure(
        "count-best-response",
        "subjects whose best response is a category",
        "best response",
        "count",
        category=True,
        not_checked=_RESPONSES,
    ),
    _lines("mean-prior-lines", "mean"),
    _lines("median-prior-lines", "median"),
    Measure(
        "planned-dose",
        "planned dose of a cohort",
        "planned dose",
        "number",
        population="cohort",
        not_checked="a dose says nothing about survival",
    ),
    Measure("other", "anything else, stored in its words", "words", "words", not_checked="other is not modelled"),
    _limit("os", _OS, "lower"),
    _limit("os", _OS, "upper"),
    _limit("pfs", _PFS, "lower"),
    _limit("pfs", _PFS, "upper"),
    _times("range-os", "range", _OS, "shortest"),
    _count("dead-share", "share of subjects who died", "dead", "dead", kind="share"),
)

MEASURES: Final = {measure.word: measure for measure in _TABLE}
"""The table, by word."""

COMPUTED: Final = tuple(measure.word for measure in _TABLE if measure.kind != "words")
"""The measures that are computed."""

WITH_HISTORY: Final = tuple(measure.word for measure in _TABLE if measure.history)
"""The measures that can be followed from day to day."""

if TYPE_CHECKING:
    MeasureWord = str
else:
    MeasureWord = Literal[tuple(MEASURES)]
"""A word of the table; an event that names another is refused."""

"""Claims of a series of announcements, in a form that can be true or false of a history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from trialog.events.announced_figure import AnnouncedFigure, Window
from trialog.events.definition import Censoring, ConfType, Counting, Estimator, Month, Ties
from trialog.events.measures import Quantity
from trialog.exchange.register.row_reading import RowReading

Endpoint = Literal["os", "pfs"]
FactKind = Literal["first entry", "opened", "closed", "after"]
Rows = frozenset[int]
"""Some rows of a series, by rank."""

Days = tuple[int, int]
"""First and last day that a date can mean."""

COUNTED: Final = ("alive", "dead", "progression-free")
TIMED: Final = ("median", "lower limit", "upper limit", "mean", "shortest", "longest")


@dataclass(frozen=True)
class ClaimGroup:
    """A group of subjects that is constructed together: one cohort, one time origin, one number of subjects.

    Attributes:
        label: Cohort or population as worded, and how it differs from others with the same words.
        cohort: Cohort or population as worded.
        origin: Time origin as stated by its rows; None if none states one.
        n: Number of subjects; None if the series does not give it.
        trial: As worded; empty if no row names one.
    """

    label: str
    cohort: str
    origin: str | None
    n: int | None
    trial: str = ""


@dataclass(frozen=True)
class ClaimedRelease:
    """Rows that share a data cutoff.

    Attributes:
        announced: Days that the date of the announcement can mean; None if it is undated.
        stated: Days that the stated data cutoff can mean; None if none is stated.
        words: The date as given, for sentences.
        bundle: The first release that may share its data: of the same day, or undated of the same source. The search
        for a history first tries one cutoff for all of a bundle.
        alone: Whether no other release has its day; otherwise it does not tell the cutoff of those releases.
    """

    announced: Days | None
    stated: Days | None
    words: str
    bundle: int = -1
    alone: bool = True


@dataclass(frozen=True)
class Claim:
    """An announced figure, as a statement about a history.

    Attributes:
        row: Its row, as a rank by content: 1 to the number of rows, independent of the order of the file.
        groups: The groups that it counts, pooled if several; places in `Series.groups`.
        quantity: Which quantity it is.
        endpoint: Overall or progression-free survival.
        window: The numbers that it may mean, in ``unit``; None for a median that is not reached.
        not_reached: The median is said not to be reached; a window beside it bounds its final value.
        unit: Unit of the window.
        release: Place in `Series.releases`.
        estimator, censoring, month, ties, conf_type, counting: Parts of the definition that its words or columns
            fix; None if they leave it open.
            level: Coverage of a limit; None if it is not stated.
        at: Landmark of a rate, and its unit.
        fraction: The row gives a percentage with its fraction, ``71.4% (5/7)``.
        aside: An end of a range printed beside a median: it may be a range of all times or of the deaths only, so
        a history need not give it.
        deaths: Deaths that it counts, if stated.
        n: Subjects that it counts, if its own row states them.
    """

    row: int
    groups: tuple[int, ...]
    quantity: Quantity
    endpoint: Endpoint
    window: Window | None
    unit: str
    release: int
    not_reached: bool = False
    estimator: Estimator | None = None
    censoring: Censoring | None = None
    month: Month | None = None
    ties: Ties | None = None
    at: Decimal | None = None
    at_unit: str | None = None
    conf_type: ConfType | None = None
    counting: Counting | None = None
    level: float | None = None
    deaths: int | None = None
    n: int | None = None
    fraction: bool = False
    aside: bool = False

    @property
    def is_defined(self) -> bool:
        """Whether the number depends on the estimator."""
        return self.quantity in ("median", "rate", "lower limit", "upper limit")


@dataclass(frozen=True)
class StatedFact:
    """A day of a cohort.

    Attributes:
        row: Its row, as in `Claim`.
        group: Place in `Series.groups`.
        kind: ``first entry``: the first subject entered within ``days``. ``opened``: no entry before it.
        ``closed``: no entry after it. ``after``: it started ``window`` months after group ``other``.
        days: The days it can mean; None for ``after``.
        window: Months (or another unit) between two starts.
        other: Place of the other group of ``after``.
    """

    row: int
    group: int
    kind: FactKind
    days: Days | None = None
    window: Window | None = None
    unit: str = "months"
    other: int = -1
    month: Month | None = None
    counting: Counting | None = None


@dataclass(frozen=True)
class Series:
    """A file of announcements, sorted into rows that can be checked and rows that cannot.

    Attributes:
        arithmetic: Rows to which the laws of whole numbers and of parts and wholes apply, by rank.
        readings: Every row, by rank; `RowReading.row` holds its number in the file.
        unused: Why a row is not used, by rank.
        context: What a row decides although it is not a claim, by rank.
        notes: How the rows were combined.
    """

    groups: tuple[ClaimGroup, ...]
    releases: tuple[ClaimedRelease, ...]
    claims: tuple[Claim, ...]
    facts: tuple[StatedFact, ...]
    arithmetic: frozenset[int]
    readings: Mapping[int, RowReading]
    unused: Mapping[int, str] = field(default_factory=dict)
    context: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def figure(self, row: int) -> AnnouncedFigure:
        """Return the announced figure of a row."""
        return self.readings[row].figure

    @property
    def rows(self) -> frozenset[int]:
        """Every row that can be true or false."""
        return self.arithmetic | {claim.row for claim in self.claims} | {fact.row for fact in self.facts}

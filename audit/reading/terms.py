"""Terms: definitions and cutoffs under which the figures of a series are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from trialog.audit.reading.claims import Claim, Days, Series
from trialog.audit.reading.lengths import MONTHS, Length, other_years
from trialog.events.definition import TO_DATE, Censoring, ConfType, Counting, Definition, Estimator, Month, Ties

LEVELS: Final = (0.95, 0.9, 0.8, 0.99, 0.975)
"""Coverages of limits that are tried if none is stated, the usual one first."""


@dataclass(frozen=True)
class Terms:
    """How the figures of a series are read.

    Attributes:
        definition: Definition for everything that the rows leave open.
        given: Parts of the definition that hold even if words suggest another.
        cutoffs: ``as said``: the data cutoff is the stated one, else the day of the release. ``free``: if
        none is stated it may lie up to `LONGEST_LAG` days before the release.
        estimators, months: By row; they replace those of the definition and the row.
        cutoff: Days that the cutoff of a release may have, in place of the usual ones; by release.
        left_out: A group of one subject more than stated, which this release leaves out: (group, release).
        added: A group of one subject more than stated, whom only this release counts: (group, release).
        truncated: Rows whose digits were cut off rather than rounded.
        late: Undated releases may have a cutoff after the last day of the series.
        every: Every month, kind and level of limits and censoring that neither a row nor ``given`` fixes is allowed,
            for each row by itself; estimator, tie rule and counting are the definition's. A "no" of these terms holds
            for each such definition; a "yes" proves nothing about any single one.
        bundled: Releases of one day, or undated ones of one source, have one data cutoff.
        ranges: The ends of a range beside a median are those of all times.
    """

    definition: Definition = TO_DATE
    given: frozenset[str] = frozenset()
    cutoffs: Literal["as said", "free"] = "as said"
    estimators: tuple[tuple[int, Estimator], ...] = ()
    months: tuple[tuple[int, Month], ...] = ()
    cutoff: tuple[tuple[int, Days], ...] = ()
    left_out: tuple[int, int] | None = None
    added: tuple[int, int] | None = None
    truncated: frozenset[int] = frozenset()
    late: bool = True
    every: bool = False
    bundled: bool = True
    ranges: bool = True

    @property
    def common(self) -> tuple[str, ...]:
        """The parts of the definition that are the same for all rows even if `every` definition is allowed."""
        return (self.definition.estimator, self.definition.ties, self.definition.counting)

    def estimator_of(self, claim: Claim) -> Estimator:
        """Return the estimator of a claim; a median that is not reached is a Kaplan-Meier median."""
        if claim.not_reached:
            return "kaplan-meier"
        override = dict(self.estimators).get(claim.row)
        if override is not None:
            return override
        if claim.quantity == "rate":
            # Every command computes a share at a time by Kaplan-Meier, a number of subjects by counting.
            return "kaplan-meier" if claim.unit == "percent" else "to-date"
        if claim.estimator is None or "estimator" in self.given:
            return self.definition.estimator
        return claim.estimator

    def estimators_of(self, claim: Claim) -> tuple[Estimator, ...]:
        """Return every estimator that a claim may have: a share with its fraction may be one of plain numbers."""
        if self.every and claim.quantity == "rate" and claim.fraction:
            return ("to-date", "kaplan-meier")
        return (self.estimator_of(claim),)

    def month_of(self, row: int, stated: Month | None) -> Month:
        """Return the month of a row."""
        override = dict(self.months).get(row)
        if override is not None:
            return override
        return self.definition.month if stated is None or "month" in self.given else stated

    def lengths_of(self, row: int, month: Month | None, counting: Counting | None) -> tuple[Length, ...]:
        """Return every way in which the times of a row may be measured, its own first."""
        counted = self.definition.counting if counting is None or "counting" in self.given else counting
        own = Length(self.month_of(row, month), counted)
        if not self.every:
            return (own,)
        settled = month is not None or "month" in self.given or row in dict(self.months)
        months = (own.month,) if settled else (own.month, *MONTHS)
        return tuple(year for each in months for year in other_years(Length(each, counted)))

    def ties_of(self, claim: Claim) -> Ties:
        """Return the tie rule of a claim."""
        return self.definition.ties if claim.ties is None or "ties" in self.given else claim.ties

    def conf_types_of(self, claim: Claim) -> tuple[ConfType, ...]:
        """Return every kind of limits that a claim may have."""
        if claim.conf_type is not None and "conf_type" not in self.given:
            return (claim.conf_type,)
        if not self.every or "conf_type" in self.given:
            return (self.definition.conf_type,)
        return get_args(ConfType)

    def levels_of(self, claim: Claim) -> tuple[float, ...]:
        """Return every coverage that the limits of a claim may have."""
        if claim.level is not None and "level" not in self.given:
            return (claim.level,)
        if not self.every or "level" in self.given:
            return (self.definition.level,)
        return LEVELS

    def censoring_of(self, claim: Claim) -> Censoring:
        """Return the day until which the living of a claim count."""
        return self.definition.censoring if claim.censoring is None or "censoring" in self.given else claim.censoring

    def last_known_alive(self, claim: Claim) -> bool:
        """Tell whether the living of a claim may count until the day on which they were last known alive."""
        open_ = self.every and claim.censoring is None and "censoring" not in self.given
        return open_ or self.censoring_of(claim) == "last known alive"

    def release_of(self, series: Series, claim: Claim) -> int:
        """Return the release whose cutoff a claim has."""
        return series.releases[claim.release].bundle if self.bundled else claim.release

"""Fields of enrollments other than the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self, get_args

import numpy as np
from numpy.typing import NDArray

from trialog.events.arrays import NO_DAY, Days
from trialog.events.dates import span
from trialog.events.vocabulary import Sex

SEXES: Final[tuple[str, ...]] = get_args(Sex)
NOT_STATED: Final = -1


def randomised_days(text: str | None) -> tuple[int, int]:
    """Return the first and the last day that a day of randomisation can mean; ``NO_DAY`` if there is none."""
    return (int(NO_DAY), int(NO_DAY)) if text is None else span(text)


def number_of(value: int | None) -> int:
    """Return a number, or the placeholder for one that is not stated."""
    return NOT_STATED if value is None else value


def lines_of(value: int | None) -> float:
    """Return a number of prior lines; NaN if it is not stated."""
    return np.nan if value is None else value


def place_of_sex(word: str | None) -> int:
    """Return the place of a word in the list of sexes, or the placeholder for one that is not stated."""
    return NOT_STATED if word is None else SEXES.index(word)


@dataclass(frozen=True, eq=False)
class Enrollments:
    """Enrollments as arrays; one value for each, in order of the log.

    Attributes:
        cohort: Label of the cohort.
        randomised, randomised_last: First and last day that the day of randomisation may mean.
        evaluable: 1, 0, or -1 if it is not stated.
        prior_lines: NaN if not stated.
        age: -1 if not stated.
        sex: Place in the list of sexes, -1 if not stated.
    """

    cohort: NDArray[np.object_]
    randomised: Days
    randomised_last: Days
    evaluable: NDArray[np.int8]
    prior_lines: NDArray[np.float64]
    age: NDArray[np.int16]
    sex: NDArray[np.int8]

    @classmethod
    def of(cls, payloads: Iterable[Mapping[str, Any]]) -> Self:
        """Return the fields of enrollments."""
        given = list(payloads)
        cohort = np.empty(len(given), object)
        cohort[:] = [said["cohort"] for said in given]
        days = [randomised_days(said.get("randomised_on")) for said in given]
        first, last = np.array(days, np.int32).reshape(-1, 2).T
        return cls(
            cohort,
            first,
            last,
            np.array([number_of(said.get("evaluable")) for said in given], np.int8),
            np.array([lines_of(said.get("prior_lines")) for said in given], np.float64),
            np.array([number_of(said.get("age")) for said in given], np.int16),
            np.array([place_of_sex(said.get("sex")) for said in given], np.int8),
        )

    def some(self, chosen: NDArray[Any]) -> Self:
        """Return some of them."""
        return type(self)(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def copied(self) -> Self:
        """Return a copy with separate arrays."""
        return type(self)(*(getattr(self, field.name).copy() for field in fields(self)))

    def earlier(self, days: Days) -> Self:
        """Return the enrollments with their days some days earlier, shape (enrollments,)."""
        randomised, randomised_last = (
            np.where(each == NO_DAY, NO_DAY, each - days).astype(np.int32)
            for each in (self.randomised, self.randomised_last)
        )
        return replace(self, randomised=randomised, randomised_last=randomised_last)

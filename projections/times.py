"""Compute times from a state: which subjects count, from which day, until which day, and how each time ended.

| endpoint | from | ends in | an open time is censored at |
| --- | --- | --- | --- |
| overall survival | the definition's origin | death | last known alive |
| progression-free survival | the same | first progression or death | last assessment, else the origin |
| time to progression | the same | first progression; death is censored | last assessment, else the origin |
| duration of response | first response | first progression; death ends or censors it | last assessment |

Assessments and progressions count from the origin on, by one evaluator. If the definition censors at the
cutoff, open times run to the cutoff, and a time to progression to the death.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialog.events.arrays import NO_DAY, Days
from trialog.events.definition import Definition
from trialog.events.measures import Endpoint
from trialog.events.vocabulary import Confirmation, Evaluator
from trialog.projections.calendar_months import calendar_months
from trialog.projections.confirmation import PLAIN_RULE, ResponseRule
from trialog.projections.months import CALENDAR_UNIT
from trialog.projections.state.as_of import State
from trialog.projections.visits import course_of

AnyDays = Days | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Times:
    """Survival times of one group under one definition.

    Attributes:
        endpoint: What ends a time.
        definition: Under which the times were taken.
        begins: From which day they run, in words.
        open_until: Where an open time ends, in words.
        subject: Places of the subjects in the state, shape (n,).
        origin, end: Days from and until which each time runs.
        length: Whole days; both ends count if the definition says so.
        ended: Whether the time ended in the endpoint (death, progression); else it is censored.
        running: Whether it is censored only by the cutoff: at a later cutoff it is longer, even if
        nothing more becomes known.
        left_out: Subjects of the population who have no origin by the cutoff.
        evaluator: Whose assessments count; None for overall survival.
        confirmation: Whether responses and progressions must be confirmed.
    """

    endpoint: Endpoint
    definition: Definition
    begins: str
    open_until: str
    subject: NDArray[np.intp]
    origin: Days
    end: Days
    length: NDArray[np.int64]
    ended: NDArray[np.bool_]
    running: NDArray[np.bool_]
    left_out: int
    evaluator: Evaluator | None = None
    confirmation: Confirmation = "as assessed"

    def in_its_unit(self, value: float | None, *, reverse: bool = False) -> float | None:
        """Return a time in days in the unit of the definition: thousandths of a month for calendar months.

        Args:
            value: Days; None for a figure that is not reached.
            reverse: Whether it is about the times that are censored, as follow-up is.
        """
        if value is None or self.definition.month != "calendar" or not self.n:
            return value
        ends = ~self.ended if reverse else self.ended
        if self.definition.estimator == "to-date":
            ends = np.ones_like(ends)
        return as_calendar(value, self.origin, self.length, ends)

    @property
    def rules(self) -> str:
        """Rules that end and censor the times, beyond the words of the definition; empty for overall survival."""
        return progression_words(self.definition, self.endpoint, self.evaluator, self.confirmation)

    @property
    def n(self) -> int:
        """Number of subjects."""
        return int(self.subject.size)

    @property
    def events(self) -> int:
        """Number of times that ended in the endpoint."""
        return int(self.ended.sum())


def members(state: State, population: str, cohorts: tuple[str, ...] | None) -> NDArray[np.bool_]:
    """Return which subjects of some cohorts belong to a population, as of the state's cutoff."""
    chosen = state.in_cohorts(cohorts)
    dosed: NDArray[np.bool_] = state.first_dose != NO_DAY
    match population:
        case "dosed":
            return chosen & dosed
        case "not dosed":
            return chosen & ~dosed
        case "evaluable":
            undecided: NDArray[np.bool_] = state.evaluable == -1
            decided_in: NDArray[np.bool_] = state.evaluable == 1
            return chosen & (decided_in | (undecided & dosed))
        case _:
            return chosen


def origins(state: State, definition: Definition) -> Days:
    """Return the day from which each subject's time runs; ``NO_DAY`` if it is still to come."""
    match definition.origin:
        case "first dose":
            return state.first_dose
        case "randomisation":
            return state.randomised
        case _:
            return state.enrolled


def times(
    state: State,
    definition: Definition,
    cohorts: tuple[str, ...] | None = None,
    endpoint: Endpoint = "overall survival",
    *,
    evaluator: Evaluator = "investigator",
    confirmation: Confirmation = "as assessed",
    rule: ResponseRule = PLAIN_RULE,
) -> Times:
    """Return the times of a group; see the docstring of this module.

    A subject whose death is dated after the cutoff is censored at the cutoff: the later death shows
    that the subject was alive.

    Args:
        state: As of a cutoff and a known-at day.
        definition: Origin, population, censoring and month; its estimator is not used here.
        cohorts: Labels, pooled; None for all.
        endpoint: What ends a time.
        evaluator: Whose assessments count.
        confirmation: Whether responses and progressions must be confirmed.
        rule: What that means.
    """
    wanted = members(state, definition.population, cohorts)
    origin = origins(state, definition)
    begins, open_until = ends_in_words(definition, endpoint, confirmation)
    left_out = int((wanted & (origin == NO_DAY)).sum())
    course = None
    if endpoint != "overall survival":
        course = course_of(state, definition, evaluator, origin, confirmation, rule)
    if course is not None and endpoint == "duration of response":
        # A subject who never responded has no duration of response, and does not count as left out.
        origin, left_out = course.response_on, 0
    if endpoint in state.untold:
        wanted, left_out = np.zeros_like(wanted), int(wanted.sum())
    chosen = np.flatnonzero(wanted & (origin != NO_DAY))
    start, died = origin[chosen], state.died[chosen]
    cutoff = np.int32(state.cutoff)
    if course is None:
        event, contact = died, state.last_alive[chosen]
    else:
        event = course.progressed[chosen]
        if endpoint == "progression-free survival" or (
            endpoint == "duration of response" and definition.death_in_response == "ends"
        ):
            event = np.minimum(event, died)
        contact = course.visits.last(chosen, np.full(chosen.size, cutoff), start)
    ended = event != NO_DAY
    until: Days = died if definition.censoring == "cutoff" else contact
    open_end = np.minimum(until, cutoff)
    end = np.maximum(np.where(ended, event, open_end), start).astype(np.int32)
    return Times(
        endpoint=endpoint,
        definition=definition,
        begins=begins,
        open_until=open_until,
        subject=chosen,
        origin=start,
        end=end,
        length=lengths(start, end, definition),
        ended=ended,
        running=~ended & (until > cutoff),
        left_out=left_out,
        evaluator=None if course is None else evaluator,
        confirmation=confirmation,
    )


def ends_in_words(
    definition: Definition, endpoint: Endpoint, confirmation: Confirmation = "as assessed"
) -> tuple[str, str]:
    """Return the day from which the times of an endpoint run, and where an open time ends, in words."""
    begins = f"first response, {confirmation}" if endpoint == "duration of response" else definition.origin
    if definition.censoring == "cutoff":
        return begins, "cutoff"
    return begins, "last known alive" if endpoint == "overall survival" else "last assessment"


def progressions(state: State, definition: Definition, evaluator: Evaluator = "investigator") -> Days:
    """Return the day of each subject's first progression from the definition's origin on; ``NO_DAY`` for none."""
    return course_of(state, definition, evaluator, origins(state, definition)).progressed


def progression_words(
    definition: Definition, endpoint: Endpoint, evaluator: Evaluator | None, confirmation: Confirmation
) -> str:
    """Return the rules that end and censor the times of an endpoint with assessments; empty for other endpoints."""
    if evaluator is None or endpoint == "overall survival":
        return ""
    return definition.progression_words(evaluator, confirmation, of_response=endpoint == "duration of response")


def lengths(start: AnyDays, end: AnyDays, definition: Definition) -> NDArray[np.int64]:
    """Return times between days, as whole days; one more each if the definition counts both days."""
    elapsed: NDArray[np.int64] = (end - start).astype(np.int64, copy=False)
    return elapsed + 1 if definition.counting == "inclusive" else elapsed


def as_calendar(value: float, start: AnyDays, length: NDArray[np.int64], ends: NDArray[np.bool_]) -> float:
    """Return a time in days as thousandths of a calendar month, counted from the dates of the subjects who end there.

    Order, ties and risk sets are those of days. Several subjects may end after the same number of days in
    months of other lengths: the mean of their months counts. A value between two such numbers of days (the
    middle of an interval) lies as far between their months.

    Args:
        value: Days, for example a median.
        start: Origin of each subject, shape (n,).
        length: Days of each subject, shape (n,).
        ends: Whether a time ends in what the value is about; the others count only beyond the last of these.
    """
    known, every = np.unique(length[ends]), np.unique(length)
    if not known.size or every[-1] > known[-1]:
        known = np.append(known, every[-1])
    place = int(np.searchsorted(known, value))
    if place == known.size or known[place] == value or place == 0:
        return _months_at(value, start, length)
    below, beyond = float(known[place - 1]), float(known[place])
    low, high = _months_at(below, start, length), _months_at(beyond, start, length)
    return low + (high - low) * (value - below) / (beyond - below)


def _months_at(value: float, start: AnyDays, length: NDArray[np.int64]) -> float:
    """Return the mean months of subjects whose time is a number of days; of all subjects if no time is."""
    here = length == value
    begins = start[here] if here.any() else start
    whole = int(value)
    months = calendar_months(begins, begins + whole)
    if whole != value:
        months += (calendar_months(begins, begins + whole + 1) - months) * (value - whole)
    # Sort first, so that the sum does not depend on the order of the subjects.
    return float(CALENDAR_UNIT) * float(np.sort(months).mean())

"""Choose the day on which a partly known date counts: a day that is possible, given everything else that is known.

Rule "possible day". A period (``2017-03``, ``2017``) shrinks to the days on which its event can have happened:
none after the day on which it was reported; of a death none before the last day on which the subject is shown
alive, contacts after any cutoff included; of what happens to a subject none before the enrollment; of an
assessment or a progression none after the death. A death, a dose, a contact count on the first of the days that
are left, an assessment and a progression on the last. Complete dates never move.

A period without any possible day is marked as a contradiction, and so is an event dated after the death.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.arrays import NO_DAY, Days
from trialog.projections.state.enrollments import Enrollments

ON_LAST_DAY: Final = (
    kinds.ResponseAssessed.KIND,
    kinds.ProgressionFound.KIND,
    kinds.ProgressionRuledOut.KIND,
)
SHOWS_ALIVE: Final = (
    kinds.SubjectEnrolled.KIND,
    kinds.DoseAdministered.KIND,
    kinds.ResponseAssessed.KIND,
    kinds.ProgressionFound.KIND,
    kinds.ProgressionRuledOut.KIND,
    kinds.SubjectSeenAlive.KIND,
    kinds.SubjectLeft.KIND,
)
"""Kinds of events that cannot happen after a death."""

_NOT_BEFORE_ENROLLMENT: Final = (
    kinds.DoseAdministered.KIND,
    kinds.SubjectSeenAlive.KIND,
    kinds.SubjectLeft.KIND,
    kinds.SubjectDied.KIND,
    kinds.EvaluabilityDecided.KIND,
)
_LONG_AGO: Final = np.int32(-(2**31))


@dataclass(frozen=True, eq=False)
class Placed:
    """Days on which dates count; one value for each event.

    Attributes:
        first, last: The days that the date can mean.
        day: The one of them on which the event counts.
        impossible: Whether it has no possible day, or lies after the death.
        enrollments: With the days that randomisations can mean; ``NO_DAY`` for one after the death.
    """

    first: Days
    last: Days
    day: Days
    impossible: NDArray[np.bool_]
    enrollments: Enrollments


def placed(
    kind: NDArray[np.uint8],
    subject: NDArray[np.int32],
    first: Days,
    last: Days,
    limit: Days,
    enrollments: Enrollments,
    subjects: int,
) -> Placed:
    """Return on which day each event counts.

    Args:
        kind: Shape (events,), like what follows.
        subject: Number of the subject.
        first: First day that the date can mean, taken alone.
        last: Last day that the date can mean, taken alone.
        limit: Day on which the date was reported.
        enrollments: Of the enrollments among the events.
        subjects: Number of subjects.
    """
    enrolling = np.flatnonzero(kind == kinds.SubjectEnrolled.KIND)
    dying = np.flatnonzero(kind == kinds.SubjectDied.KIND)
    partial = np.flatnonzero(first < last)
    impossible = np.zeros(kind.size, bool)
    enrolled_subject = subject[enrolling]
    if partial.size:
        first, last = first.copy(), last.copy()
        last[partial] = np.clip(limit[partial], first[partial], last[partial])
    enrolled = earliest(enrolled_subject, first[enrolling], subjects)
    randomised = _randomised(enrollments, enrolled[enrolled_subject], limit[enrolling])
    if partial.size:
        later = partial[np.isin(kind[partial], _NOT_BEFORE_ENROLLMENT)]
        first[later] = np.clip(enrolled[subject[later]], first[later], last[later])
        dead = partial[kind[partial] == kinds.SubjectDied.KIND]
        if dead.size:
            alive = _surely_alive(kind, subject, first, enrolled_subject, randomised, subjects)
            shown = np.maximum(first[dead], alive[subject[dead]])
            impossible[dead] = shown > last[dead]
            first[dead] = np.minimum(shown, last[dead])
    died = earliest(subject[dying], first[dying], subjects)
    if partial.size:
        assessed = partial[np.isin(kind[partial], ON_LAST_DAY)]
        death = died[subject[assessed]]
        last[assessed] = np.where(first[assessed] <= death, np.minimum(last[assessed], death), last[assessed])
    if dying.size:
        late = np.flatnonzero(first > died[subject])
        impossible[late[np.isin(kind[late], SHOWS_ALIVE)]] = True
        after = (randomised.randomised > died[enrolled_subject]) & (randomised.randomised != NO_DAY)
        if after.any():
            impossible[enrolling[after]] = True
            never = (np.where(after, NO_DAY, each) for each in (randomised.randomised, randomised.randomised_last))
            first_day, last_day = never
            randomised = replace(randomised, randomised=first_day, randomised_last=last_day)
    day = first if not partial.size else np.where(np.isin(kind, ON_LAST_DAY), last, first)
    return Placed(first, last, day, impossible, randomised)


def _randomised(enrollments: Enrollments, enrolled: Days, limit: Days) -> Enrollments:
    """Return enrollments with the days that partial days of randomisation can mean."""
    first, last = enrollments.randomised, enrollments.randomised_last
    if (first == last).all():
        return enrollments
    last = np.where(first < last, np.clip(limit, first, last), last)
    first = np.where(first < last, np.clip(enrolled, first, last), first)
    return replace(enrollments, randomised=first, randomised_last=last)


def _surely_alive(
    kind: NDArray[np.uint8],
    subject: NDArray[np.int32],
    first: Days,
    enrolled_subject: NDArray[np.int32],
    enrollments: Enrollments,
    subjects: int,
) -> Days:
    """Return the last day on which each subject is certainly alive for every meaning of partial dates."""
    alive = np.full(subjects, _LONG_AGO, np.int32)
    shown = np.flatnonzero(np.isin(kind, SHOWS_ALIVE))
    np.maximum.at(alive, subject[shown], first[shown])
    stated = enrollments.randomised != NO_DAY
    np.maximum.at(alive, enrolled_subject[stated], enrollments.randomised[stated])
    return alive


def earliest(subject: NDArray[np.integer], day: Days, count: int) -> Days:
    """Return each subject's earliest day; ``NO_DAY`` for none."""
    days = np.full(count, NO_DAY, np.int32)
    np.minimum.at(days, subject, day)
    return days


def latest(subject: NDArray[np.integer], day: Days, count: int) -> Days:
    """Return each subject's latest day; a day before all others for none."""
    days = np.full(count, _LONG_AGO, np.int32)
    np.maximum.at(days, subject, day)
    return days

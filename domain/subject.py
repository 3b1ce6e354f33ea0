"""One subject's history: which timelines can have happened, and which are doubtful.

Events may arrive in any order: history comes late and out of order, so a rule judges
the subject's whole corrected timeline. A partial date breaks a rule only if every day
that it can mean breaks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from trialog.domain.findings import HistoryWarning, Violation
from trialog.domain.timeline import EventInForce
from trialog.domain.trial import Cohort, unknown_cohort
from trialog.events import dates
from trialog.events.kinds import (
    AssessmentNotUnderstood,
    DoseAdministered,
    EvaluabilityDecided,
    ProgressionFound,
    ProgressionRuledOut,
    ResponseAssessed,
    SubjectDied,
    SubjectEnrolled,
    SubjectLeft,
    SubjectSeenAlive,
    TrialEvent,
)

LONGEST_SILENCE: Final = 180
"""Days without contact after which a living subject's follow-up is in doubt."""

DOSE_TOLERANCE: Final = Decimal("0.10")
"""Share of the planned dose by which a given dose may differ without a warning."""

NEVER: Final = -(2**31)
"""A day before all others."""

MOST_LISTED: Final = 10
"""Number of positions that a refusal names."""

NOUNS: Final[dict[type[TrialEvent], str]] = {
    DoseAdministered: "a dose",
    ResponseAssessed: "a response assessment",
    AssessmentNotUnderstood: "a response assessment",
    ProgressionFound: "a progression",
    ProgressionRuledOut: "an assessment",
    SubjectSeenAlive: "a contact",
    SubjectLeft: "leaving the study",
    SubjectEnrolled: "enrollment",
}
"""Names of the kinds that cannot happen after a death."""


def judge_subject(subject: str, facts: Sequence[EventInForce], cohorts: Mapping[str, Cohort]) -> Iterator[Violation]:
    """Yield each rule that a subject's corrected timeline breaks."""
    enrollment: EventInForce | None = None
    death: EventInForce | None = None
    for fact in facts:
        if fact.retraction is not None:
            continue
        if type(fact.event) is SubjectEnrolled:
            if enrollment is not None:
                yield Violation(
                    f"subject {subject} is enrolled already, in cohort {_cohort(enrollment)!r} "
                    f"since {enrollment.event.occurred_on}",
                    (enrollment.entry.position, fact.entry.position),
                )
                continue
            enrollment = fact
            if fact.event.cohort not in cohorts:
                yield Violation(unknown_cohort(fact.event.cohort, cohorts), (fact.entry.position,))
        elif type(fact.event) is SubjectDied:
            if death is not None:
                yield Violation(
                    f"subject {subject} has died already, on {death.event.occurred_on}; "
                    f"correct that event (position {death.entry.position}) instead of recording a second death",
                    (death.entry.position, fact.entry.position),
                )
                continue
            death = fact
    if enrollment is None:
        yield from _judge_unenrolled(subject, facts)
        return
    if death is not None:
        yield from _judge_death(subject, facts, enrollment, death)


def randomised_first(enrollment: TrialEvent) -> int:
    """Return the first day that an enrollment's randomization date can mean; without one, a day before all others."""
    assert isinstance(enrollment, SubjectEnrolled)  # noqa: S101  # narrows the type
    return NEVER if enrollment.randomised_on is None else dates.span(enrollment.randomised_on)[0]


def _judge_unenrolled(subject: str, facts: Sequence[EventInForce]) -> Iterator[Violation]:
    taken_back = next((fact.retraction for fact in facts if type(fact.event) is SubjectEnrolled), None)
    standing = [fact.entry.position for fact in facts if fact.stands]
    why = f"unknown subject {subject}; enroll it first: trialog enroll"
    if taken_back is not None and standing and taken_back.position > standing[-1]:
        listed = ", ".join(map(str, standing[:MOST_LISTED])) + (", ..." if len(standing) > MOST_LISTED else "")
        why = f"subject {subject} would have events and no enrollment; retract those at positions {listed} first"
    for position in standing:
        yield Violation(why, (position, taken_back.position) if taken_back is not None else (position,))


def _judge_death(
    subject: str, facts: Sequence[EventInForce], enrollment: EventInForce, death: EventInForce
) -> Iterator[Violation]:
    if death.last < enrollment.first:
        yield Violation(
            f"subject {subject} died on {death.event.occurred_on}, before enrollment on {enrollment.event.occurred_on}",
            (enrollment.entry.position, death.entry.position),
        )
    if randomised_first(enrollment.event) > death.last:
        yield Violation(
            f"randomisation of subject {subject} on {enrollment.event.randomised_on} is after the death on "  # type: ignore[attr-defined]
            f"{death.event.occurred_on} (position {death.entry.position}); one of the two dates is wrong",
            (enrollment.entry.position, death.entry.position),
        )
    for fact in facts:
        if fact.first <= death.last or fact.retraction is not None or fact is enrollment:
            continue
        noun = NOUNS.get(type(fact.event))
        if noun is not None:
            yield Violation(
                f"{noun} of subject {subject} on {fact.event.occurred_on} is after the death on "
                f"{death.event.occurred_on} (position {death.entry.position}); one of the two dates is wrong",
                (death.entry.position, fact.entry.position),
            )


def doubts_about(
    subject: str, facts: Sequence[EventInForce], cohorts: Mapping[str, Cohort]
) -> Iterator[HistoryWarning]:
    """Yield the warnings about a subject's timeline; what they concern was accepted and remains visible."""
    standing = [fact for fact in facts if fact.stands]
    enrollment = next((fact for fact in standing if type(fact.event) is SubjectEnrolled), None)
    if enrollment is None:
        return
    cohort = cohorts.get(_cohort(enrollment))
    doses = [fact for fact in standing if type(fact.event) is DoseAdministered]
    if cohort is not None and cohort.closed_last is not None and enrollment.first > cohort.closed_last:
        yield HistoryWarning(
            "enrolled in a closed cohort",
            f"subject {subject} enrolled on {enrollment.event.occurred_on} in cohort {cohort.label!r}, "
            f"closed on {cohort.closed_on}",
            enrollment.entry.position,
        )
    yield from _doubts_about_doses(subject, doses, enrollment, cohort)
    first_dose = min((fact.first for fact in doses), default=None)
    for fact in standing:
        if type(fact.event) is ResponseAssessed and (first_dose is None or fact.last < first_dose):
            when = "no dose is recorded" if first_dose is None else f"the first dose was on {dates.iso(first_dose)}"
            yield HistoryWarning(
                "response before first dose",
                f"subject {subject} was assessed {fact.event.category} on {fact.event.occurred_on}; {when}",
                fact.entry.position,
            )
    yield from _doubts_about_silence(subject, standing)


def _doubts_about_doses(
    subject: str, doses: Sequence[EventInForce], enrollment: EventInForce, cohort: Cohort | None
) -> Iterator[HistoryWarning]:
    for fact in doses:
        if fact.last < enrollment.first:
            yield HistoryWarning(
                "dose before enrollment",
                f"subject {subject} was dosed on {fact.event.occurred_on}, before enrollment on "
                f"{enrollment.event.occurred_on}",
                fact.entry.position,
            )
    if cohort is None or cohort.planned_dose is None:
        return
    planned = cohort.planned_dose / (cohort.fractions or 1)
    for fact in doses:
        assert type(fact.event) is DoseAdministered  # noqa: S101  # narrows the type
        if fact.event.unit != cohort.planned_unit:
            yield HistoryWarning(
                "dose in another unit",
                f"subject {subject} was given {fact.event.amount} {fact.event.unit}; cohort {cohort.label!r} is "
                f"planned in {cohort.planned_unit}",
                fact.entry.position,
            )
            continue
        given = Decimal(fact.event.amount)
        if abs(given - planned) > planned * DOSE_TOLERANCE:
            off = (given - planned) / planned * 100
            yield HistoryWarning(
                "dose off plan",
                f"subject {subject} was given {given} {fact.event.unit}, {off:+.0f} % against the planned {planned}",
                fact.entry.position,
            )


def _doubts_about_silence(subject: str, standing: Sequence[EventInForce]) -> Iterator[HistoryWarning]:
    seen = sorted(
        (fact for fact in standing if type(fact.event) is not EvaluabilityDecided),
        key=lambda fact: (fact.first, fact.entry.position),
    )
    for before, after in pairwise(seen):
        gap = after.first - before.last
        if gap > LONGEST_SILENCE:
            yield HistoryWarning(
                "gap without contact",
                f"nothing is known of subject {subject} for {gap} days, from {before.event.occurred_on} "
                f"to {after.event.occurred_on}",
                after.entry.position,
            )


def _cohort(enrollment: EventInForce) -> str:
    assert isinstance(enrollment.event, SubjectEnrolled)  # noqa: S101  # narrows the type
    return enrollment.event.cohort

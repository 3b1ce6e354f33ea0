"""A trial and its cohorts: what has been registered, opened and closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from trialog.domain.findings import Violation
from trialog.domain.timeline import EventInForce
from trialog.events.definition import Definition
from trialog.events.kinds import CohortClosed, CohortOpened, TrialRegistered


@dataclass(frozen=True)
class Cohort:
    """A dose-escalation cohort or arm.

    Attributes:
        opened_on: Clinical date of its opening, as given.
        opened_first: First day that this date can mean.
        closed_on, closed_last: Date on which it stopped enrolling, and the last day that this date can mean.
        planned_dose: Total planned dose, in ``planned_unit``.
        arm: Name of the arm, in words.
    """

    label: str
    opened_on: str
    opened_first: int
    closed_on: str | None = None
    closed_last: int | None = None
    planned_dose: Decimal | None = None
    planned_unit: str | None = None
    fractions: int | None = None
    planned_n: int | None = None
    arm: str | None = None


@dataclass(frozen=True)
class Trial:
    """A registered trial; ``registration`` is None until it is registered."""

    registration: TrialRegistered | None = None
    cohorts: Mapping[str, Cohort] = field(default_factory=dict)

    @property
    def default_definition(self) -> Definition | None:
        """The definition that the trial's figures follow unless an announcement says otherwise."""
        return self.registration.default_definition if self.registration else None


def trial_of(facts: Sequence[EventInForce]) -> Trial:
    """Return the trial that the facts in force of its stream describe."""
    registration: TrialRegistered | None = None
    cohorts: dict[str, Cohort] = {}
    closings: list[EventInForce] = []
    for fact in facts:
        if not fact.stands:
            continue
        match fact.event:
            case TrialRegistered():
                registration = registration or fact.event
            case CohortOpened() as opened:
                cohorts.setdefault(
                    opened.cohort,
                    Cohort(
                        label=opened.cohort,
                        opened_on=opened.occurred_on,
                        opened_first=fact.first,
                        planned_dose=None if opened.planned_dose is None else Decimal(opened.planned_dose),
                        planned_unit=opened.planned_unit,
                        fractions=opened.fractions,
                        planned_n=opened.planned_n,
                        arm=opened.arm,
                    ),
                )
            case CohortClosed():
                closings.append(fact)
    for fact in closings:
        assert isinstance(fact.event, CohortClosed)  # noqa: S101  # narrows the type
        cohort = cohorts.get(fact.event.cohort)
        if cohort is not None:
            cohorts[cohort.label] = Cohort(
                **{**vars(cohort), "closed_on": fact.event.occurred_on, "closed_last": fact.last}
            )
    return Trial(registration, cohorts)


def judge_trial(code: str, facts: Sequence[EventInForce]) -> Iterator[Violation]:
    """Yield each rule that the trial's own history breaks."""
    standing = [fact for fact in facts if fact.stands]
    registrations = [fact for fact in standing if isinstance(fact.event, TrialRegistered)]
    if not registrations:
        for fact in standing:
            yield Violation(f"unknown trial {code!r}; register it first: trialog register", (fact.entry.position,))
        return
    for again in registrations[1:]:
        yield Violation(
            f"trial {code!r} is registered already, at position {registrations[0].entry.position}",
            (registrations[0].entry.position, again.entry.position),
        )
    opened: dict[str, EventInForce] = {}
    for fact in standing:
        if isinstance(fact.event, CohortOpened):
            earlier = opened.setdefault(fact.event.cohort, fact)
            if earlier is not fact:
                yield Violation(
                    f"cohort {fact.event.cohort!r} is open already, since {earlier.event.occurred_on}",
                    (earlier.entry.position, fact.entry.position),
                )
    closed: dict[str, EventInForce] = {}
    for fact in standing:
        if not isinstance(fact.event, CohortClosed):
            continue
        opening = opened.get(fact.event.cohort)
        if opening is None:
            yield Violation(unknown_cohort(fact.event.cohort, opened), (fact.entry.position,))
            continue
        earlier = closed.setdefault(fact.event.cohort, fact)
        if earlier is not fact:
            yield Violation(
                f"cohort {fact.event.cohort!r} is closed already, since {earlier.event.occurred_on}",
                (earlier.entry.position, fact.entry.position),
            )
        if fact.last < opening.first:
            yield Violation(
                f"cohort {fact.event.cohort!r} closed on {fact.event.occurred_on}, "
                f"before it opened on {opening.event.occurred_on}",
                (opening.entry.position, fact.entry.position),
            )


def unknown_cohort(label: str, known: Mapping[str, object]) -> str:
    """Return the message that refuses a cohort that was never opened."""
    opened = f"open are: {', '.join(known)}" if known else "none is open"
    return f"unknown cohort {label!r}; {opened}; open it first: trialog open-cohort"

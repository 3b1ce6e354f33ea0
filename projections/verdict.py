"""Announced against rebuilt: one verdict for each figure, with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from trialog.events.dates import iso, span
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.figures import AnnouncedFigure
from trialog.projections.months import printed
from trialog.projections.rebuild import NotComputableError, Rebuilt, Setting, needs_definition, rebuild
from trialog.projections.trialdata import Announcement, TrialData

Status = Literal["reproduced", "differs", "bound holds", "bound fails", "not computable", "shown only"]

CONFIRMING: tuple[Status, ...] = ("reproduced", "bound holds", "shown only")


@dataclass(frozen=True)
class Verdict:
    """What became of one announced figure.

    Attributes:
        announcement: Short name of its announcement.
        announced_on: As given; None where the release is undated.
        figure: As announced.
        status: ``shown only`` marks figures of other trials, given for comparison.
        rebuilt: The rebuilt number, None where there is none.
        cutoff, known_at: Under which it was rebuilt; None where no day could be told.
        cutoff_words: Where the cutoff comes from.
        why: Why it is not computable.
        reproducing: Other definitions in use that do reproduce the figure, when this one does not.
    """

    announcement: str
    announced_on: str | None
    figure: AnnouncedFigure
    status: Status
    rebuilt: Rebuilt | None = None
    cutoff: int | None = None
    known_at: int | None = None
    cutoff_words: str = ""
    why: str = ""
    reproducing: tuple[Definition, ...] = ()

    @property
    def confirmed(self) -> bool:
        """Whether nothing speaks against the announced figure."""
        return self.status in CONFIRMING

    @property
    def rebuilt_text(self) -> str:
        """The rebuilt number with one digit more than was announced, or why there is none."""
        if self.rebuilt is None:
            return "-"
        if self.rebuilt.value is None:
            return "not reached"
        digits = 1
        if self.figure.value is not None:
            whole = self.figure.measure.startswith("count-")
            digits = max(0, -int(Decimal(self.figure.value).as_tuple().exponent)) + (not whole)
        return printed(self.rebuilt.value, digits)


def definitions_in_use() -> Iterator[Definition]:
    """Yield the definitions that sponsors use, the plainest first."""
    for base in (TO_DATE, KAPLAN_MEIER):
        for censoring in (base.censoring, "cutoff" if base.censoring != "cutoff" else "last known alive"):
            for origin in ("enrollment", "first dose", "randomisation"):
                for population in ("enrolled", "dosed", "evaluable"):
                    yield replace(base, censoring=censoring, origin=origin, population=population)


def stated_definition(figure: AnnouncedFigure, default: Definition | None) -> Definition:
    """Return the definition of a figure: what it states, else the trial's default, else Kaplan-Meier."""
    stated = {
        "estimator": figure.estimator,
        "origin": figure.origin,
        "population": figure.counted,
        "censoring": figure.censoring,
        "month": figure.month,
    }
    base = default or (TO_DATE if figure.estimator == "to-date" else KAPLAN_MEIER)
    if figure.estimator not in (None, base.estimator):
        base = replace(base, censoring=(TO_DATE if figure.estimator == "to-date" else KAPLAN_MEIER).censoring)
    return replace(base, **{name: word for name, word in stated.items() if word is not None})  # type: ignore[arg-type]


def agrees(figure: AnnouncedFigure, value: Decimal | None) -> bool:
    """Tell whether a rebuilt value is what was announced.

    A number with d digits stands for the closed interval of half a unit in its last digit on each
    side; ``about`` for a whole unit. A bound is compared with the number as printed. A value that is
    not reached lies above every number.
    """
    if figure.comparator == "not reached":
        return value is None
    if figure.value is None:
        return False
    announced, half = Decimal(figure.value), figure.half_unit
    match figure.comparator:
        case ">=":
            return value is None or value >= announced - half
        case ">":
            return value is None or value > announced
        case "<=":
            return value is not None and value <= announced + half
        case "<":
            return value is not None and value < announced
        case "about":
            return value is not None and abs(value - announced) <= 2 * half
        case _:
            return value is not None and abs(value - announced) <= half


def cutoff_of(announcement: Announcement, figure: AnnouncedFigure) -> tuple[int | None, str]:
    """Return the data cutoff of an announced figure, and in words where it comes from."""
    made = announcement.made
    stated = figure.data_cutoff or made.data_cutoff
    if stated is not None:
        day = span(stated)[1]
        if made.data_cutoff_inferred and figure.data_cutoff is None:
            return day, f"inferred: {made.data_cutoff_inferred}"
        partial = f", read as its last day {iso(day)}" if len(stated) < len("2017-03-17") else ""
        return day, f"stated{partial}"
    if made.occurred_on is None:
        return None, "neither a cutoff nor the day of the release is known"
    day = span(made.occurred_on)[1]
    return day, "not stated; the day of the release is taken"


def verdict(data: TrialData, announcement: Announcement, figure: AnnouncedFigure, known_at: int | None) -> Verdict:
    """Compare one announced figure with what the log gives.

    Args:
        data: The trial.
        announcement: To which the figure belongs.
        figure: As announced.
        known_at: Day up to which knowledge counts; None for the day of the release.
    """
    made = announcement.made
    cutoff, cutoff_words = cutoff_of(announcement, figure)
    if known_at is None and made.occurred_on is not None:
        known_at = span(made.occurred_on)[1]
    found = Verdict(
        announcement=announcement.name,
        announced_on=made.occurred_on,
        figure=figure,
        status="shown only",
        cutoff=cutoff,
        known_at=known_at,
        cutoff_words=cutoff_words,
    )
    if figure.external:
        return found
    trial = data.trial(known_at)
    definition = stated_definition(figure, trial.default_definition)
    try:
        if figure.unit == "text":
            raise NotComputableError("it is said in words, without a number")
        if cutoff is None:
            raise NotComputableError(cutoff_words)
        if not figure.cohorts:
            raise NotComputableError("the release does not say which cohorts it counts")
        unknown = [label for label in figure.cohorts if label not in trial.cohorts]
        if unknown:
            raise NotComputableError(f"no cohort {unknown[0]!r} was known in this log by {iso(known_at or cutoff)}")
        setting = Setting(data.as_of(cutoff, known_at), trial, figure.cohorts, definition)
        rebuilt = rebuild(figure, setting)
    except NotComputableError as error:
        return replace(found, status="not computable", why=str(error))
    if agrees(figure, rebuilt.value):
        bound = figure.comparator in (">", ">=", "<", "<=")
        return replace(found, status="bound holds" if bound else "reproduced", rebuilt=rebuilt)
    return replace(
        found,
        status="bound fails" if figure.comparator in (">", ">=", "<", "<=") else "differs",
        rebuilt=rebuilt,
        reproducing=_reproducing(figure, setting) if needs_definition(figure) else (),
    )


def _reproducing(figure: AnnouncedFigure, setting: Setting) -> tuple[Definition, ...]:
    found = []
    for definition in definitions_in_use():
        try:
            rebuilt = rebuild(figure, replace(setting, definition=definition))
        except NotComputableError:
            continue
        if agrees(figure, rebuilt.value):
            found.append(definition)
    return tuple(found)


def verdicts(data: TrialData, announcements: list[Announcement], known_at: int | None = None) -> list[Verdict]:
    """Compare every figure of some announcements."""
    return [
        verdict(data, announcement, figure, known_at)
        for announcement in announcements
        for figure in announcement.figures
    ]

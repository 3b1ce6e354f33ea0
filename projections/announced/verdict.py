"""Announced against recomputed: one verdict for each figure, and the basis of the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, Literal

from trialog.domain.trial import Trial
from trialog.events.announced_figure import AnnouncedFigure, half_unit
from trialog.events.dates import iso, span
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.measures import MEASURES
from trialog.projections.announced.recompute import (
    NotComputableError,
    RecomputedFigure,
    RecomputeInput,
    needs_definition,
    rebuild,
)
from trialog.projections.measures.question import nobody_assessed
from trialog.projections.months import printed
from trialog.projections.not_understood import left_out
from trialog.projections.trial_data import Announcement, TrialData

MOST_DIGITS: Final = 9
"""Decimals shown for a recomputed number that lies next to a rounding boundary."""

Status = Literal["reproduced", "differs", "bound holds", "bound fails", "not computable", "shown only"]

DefinitionFrom = Literal["", "stated", "default of the trial", "looked for"]

CONFIRMING: tuple[Status, ...] = ("reproduced", "bound holds", "shown only")


@dataclass(frozen=True)
class Verdict:
    """The result of comparing one announced figure with the log.

    Attributes:
        announcement: Short name of its announcement.
        announced_on: As given; None if the release is undated.
        figure: The figure as announced.
        status: ``shown only`` marks figures of other trials, given for comparison.
        rebuilt: The recomputed number; None if there is none.
        cutoff, known_at: Days as of which it was recomputed; None if a day is not known.
        cutoff_words: Where the cutoff comes from.
        why: Why it is not computable.
        definition_from: Whether the figure or the trial states the definition, or a search found it.
        reproducing: Definitions in use that reproduce the figure.
        printing: What the other definitions in use would print, in the announced unit.
        left_out: The assessments of the figure that an import could not read, in words; empty if there are none.
    """

    announcement: str
    announced_on: str | None
    figure: AnnouncedFigure
    status: Status
    rebuilt: RecomputedFigure | None = None
    cutoff: int | None = None
    known_at: int | None = None
    cutoff_words: str = ""
    why: str = ""
    definition_from: DefinitionFrom = ""
    reproducing: tuple[Definition, ...] = ()
    printing: tuple[tuple[Definition, str], ...] = ()
    left_out: str = ""

    @property
    def confirmed(self) -> bool:
        """Whether the comparison found nothing wrong with the announced figure."""
        return self.status in CONFIRMING

    @property
    def caveat(self) -> str:
        """The caveat of the recomputed number; empty if there is none."""
        if self.rebuilt is None:
            return ""
        return nobody_assessed(self.figure.evaluator or "investigator", self.rebuilt.n, self.rebuilt.assessed)

    @property
    def rebuilt_text(self) -> str:
        """The recomputed number with more digits than were announced, or why there is none."""
        return "-" if self.rebuilt is None else text_of(self.figure, self.rebuilt)


def text_of(figure: AnnouncedFigure, rebuilt: RecomputedFigure) -> str:
    """Return a recomputed number with one digit more than was announced; times with at least two decimals."""
    if rebuilt.value is None or (figure.says_not_reached and rebuilt.flat_end):
        flat = " (the curve ends flat at one half)" if rebuilt.flat_end else ""
        if figure.reached is None or rebuilt.at_least is None:
            return f"not reached{flat}"
        return f"not reached{flat}, at least {_printed(figure, rebuilt.at_least)}"
    value = _printed(figure, rebuilt.value)
    return value if rebuilt.low is None else f"{_printed(figure, rebuilt.low)} to {value}"


def _printed(figure: AnnouncedFigure, value: Decimal) -> str:
    announced = figure.value or figure.upper
    if announced is None:
        return printed(value, 1)
    stated = max(0, -int(Decimal(announced).as_tuple().exponent))
    digits = stated if figure.measure.startswith("count-") else stated + 1
    if figure.unit in ("weeks", "months", "years"):
        digits = max(digits, 2)
    # Show 10.497, not 10.50: it rounds to the announced 10, but 10.50 looks as if it did not.
    while digits < MOST_DIGITS and printed(Decimal(printed(value, digits)), stated) != printed(value, stated):
        digits += 1
    return printed(value, digits)


def definitions_in_use() -> Iterator[Definition]:
    """Yield the definitions that sponsors use, the simplest first."""
    for base in (TO_DATE, KAPLAN_MEIER):
        for censoring in (base.censoring, "cutoff" if base.censoring != "cutoff" else "last known alive"):
            for origin in ("enrollment", "first dose", "randomisation"):
                for population in ("enrolled", "dosed", "evaluable"):
                    yield replace(base, censoring=censoring, origin=origin, population=population)


def stated_parts(figure: AnnouncedFigure) -> dict[str, str]:
    """Return the parts of the definition that a figure states, or that its words commit it to."""
    stated = {
        "estimator": figure.estimator,
        "origin": figure.origin,
        "population": figure.counted,
        "censoring": figure.censoring,
        "month": figure.month,
        "ties": figure.ties,
        "counting": figure.counting,
    }
    if figure.estimator is None and figure.says_not_reached:
        stated["estimator"] = "kaplan-meier"  # a plain median of times so far always has a value
    return {name: word for name, word in stated.items() if word is not None}


def fixed_parts(figure: AnnouncedFigure) -> dict[str, str]:
    """Return the parts of the definition that a figure states, and the estimator that its measure has by rule.

    Follow-up is a Kaplan-Meier estimate, and so is survival at a time if its release does not say that it is to date.
    """
    row, stated = MEASURES[figure.measure], stated_parts(figure)
    if row.by_curve and (figure.estimator is None or row.statistic == "follow-up"):
        stated["estimator"] = "kaplan-meier"
    return stated


def applies(figure: AnnouncedFigure, definition: Definition) -> bool:
    """Tell whether a definition's estimator can be that of a figure."""
    return definition.estimator == "kaplan-meier" or MEASURES[figure.measure].statistic != "follow-up"


def stated_definition(figure: AnnouncedFigure, default: Definition | None) -> Definition:
    """Return the definition of a figure: what it states, else the trial's default, else Kaplan-Meier."""
    parts: dict[str, Any] = fixed_parts(figure)
    estimator = parts.get("estimator")
    base = default or (TO_DATE if estimator == "to-date" else KAPLAN_MEIER)
    if estimator not in (None, base.estimator):
        base = replace(base, censoring=(TO_DATE if estimator == "to-date" else KAPLAN_MEIER).censoring)
    return replace(base, **parts)


def agrees(figure: AnnouncedFigure, value: Decimal | None) -> bool:
    """Tell whether a recomputed value agrees with the announced one; `AnnouncedFigure.window` defines agreement.

    A value that is not reached lies above every number.
    """
    if figure.comparator == "not reached":
        return value is None
    window = figure.window
    if window is None:
        return False
    return window.upper is None if value is None else window.holds(value)


def agrees_with(figure: AnnouncedFigure, rebuilt: RecomputedFigure) -> bool:
    """Tell whether the recomputed figure agrees with the announced one."""
    if figure.measure == "range-os" and figure.lower is not None and figure.upper is not None:
        ends = ((rebuilt.low, figure.lower), (rebuilt.value, figure.upper))
        return all(end is not None and abs(end - Decimal(said)) <= half_unit(said) for end, said in ends)
    if not figure.says_not_reached:
        return agrees(figure, rebuilt.value)
    # If a curve ends flat at one half, releases follow SAS and call the median not reached.
    open_ = rebuilt.value is None or rebuilt.flat_end
    window = None if figure.reached is None else figure.window
    return open_ and (window is None or rebuilt.at_least is None or window.holds(rebuilt.at_least))


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
        announcement: Announcement to which the figure belongs.
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
        cohorts = cohorts_of(figure, trial, known_at if cutoff is None else known_at or cutoff)
        if cutoff is None:
            raise NotComputableError(cutoff_words)
        setting = RecomputeInput(data.as_of(cutoff, known_at), trial, cohorts, definition)
        found = replace(found, left_out=_left_out(figure, setting))
        if needs_definition(figure):
            return _by_definition(found, figure, setting)
        rebuilt = rebuild(figure, setting)
        _refuse_other_subjects(figure, rebuilt)
    except NotComputableError as error:
        return replace(found, status="not computable", why=str(error))
    return replace(found, status=_status(figure, agreed=agrees_with(figure, rebuilt)), rebuilt=rebuilt)


def cohorts_of(figure: AnnouncedFigure, trial: Trial, known_at: int | None) -> tuple[str, ...]:
    """Return the cohorts that a figure counts.

    Raises:
        NotComputableError: The figure is given only in words, no rule computes it, or the log has no such subjects.
    """
    written = figure.written
    if figure.unit == "text" and written is not None and any(sign.isdigit() for sign in written.value):
        said = f"{written.value[:60]} {written.unit}".strip()
        raise NotComputableError(f"no rule computes {written.measure!r} ({said}); it is kept in words")
    if figure.unit == "text":
        raise NotComputableError("it is said in words, without a number")
    if figure.value is None and figure.comparator == "=":
        raise NotComputableError("limits or a range without the number that they belong to")
    if figure.origin_words is not None:
        raise NotComputableError(f"it counts from {figure.origin_words}, a day that the log does not have")
    if figure.everyone and not figure.cohorts:
        return tuple(trial.cohorts)
    if not figure.cohorts:
        raise NotComputableError("the release does not say which cohorts it counts")
    unknown = [label for label in figure.cohorts if label not in trial.cohorts]
    if unknown:
        by = "" if known_at is None else f" by {iso(known_at)}"
        raise NotComputableError(f"no cohort {unknown[0]!r} was known in this log{by}")
    return figure.cohorts


def _refuse_other_subjects(figure: AnnouncedFigure, rebuilt: RecomputedFigure) -> None:
    """Refuse to compare a figure with one of another number of subjects."""
    if figure.n is not None and rebuilt.n and figure.n != rebuilt.n:
        raise NotComputableError(f"it counts {figure.n} subjects, the log has {rebuilt.n}: not the same, not compared")


def _left_out(figure: AnnouncedFigure, setting: RecomputeInput) -> str:
    """Return in words which assessments of a figure an import could not read; empty if there are none."""
    measure = MEASURES.get(figure.measure)
    if measure is None or not measure.assessed:
        return ""
    missed = left_out(setting.state, setting.cohorts, figure.evaluator or "investigator")
    return "" if missed is None else missed.words("it")


def _status(figure: AnnouncedFigure, *, agreed: bool) -> Status:
    bound = figure.comparator in (">", ">=", "<", "<=")
    if agreed:
        return "bound holds" if bound else "reproduced"
    return "bound fails" if bound else "differs"


def _by_definition(found: Verdict, figure: AnnouncedFigure, setting: RecomputeInput) -> Verdict:
    """Return the verdict of a figure that depends on its definition, and what other definitions would print.

    The definition is the one that the figure and the trial state. If neither states it, the first definition
    that reproduces the figure is taken, in the order of `definitions_in_use`.
    """
    fixed, default = fixed_parts(figure), setting.trial.default_definition
    says_estimator = "estimator" in stated_parts(figure)
    origin: DefinitionFrom = "stated" if says_estimator else "default of the trial"
    reproducing: list[Definition] = []
    printing: list[tuple[Definition, str]] = []
    fitting: RecomputedFigure | None = None
    for definition in definitions_in_use():
        if not applies(figure, definition):
            continue
        try:
            rebuilt = rebuild(figure, replace(setting, definition=replace(definition, month=setting.definition.month)))
            _refuse_other_subjects(figure, rebuilt)
        except NotComputableError:
            continue
        assert rebuilt.definition is not None  # noqa: S101  # it was computed under one
        if not agrees_with(figure, rebuilt):
            printing.append((rebuilt.definition, text_of(figure, rebuilt)))
            continue
        reproducing.append(rebuilt.definition)
        parts = rebuilt.definition.as_dict()
        if fitting is None and all(parts[name] == word for name, word in fixed.items()):
            fitting = rebuilt
    others = replace(found, reproducing=tuple(reproducing), printing=tuple(printing))
    try:
        rebuilt = rebuild(figure, setting)
        _refuse_other_subjects(figure, rebuilt)
        agreed = agrees_with(figure, rebuilt)
    except NotComputableError as error:
        if default is None and fitting is not None:
            return replace(others, status=_status(figure, agreed=True), rebuilt=fitting, definition_from="looked for")
        return replace(others, status="not computable", why=str(error))
    if not agreed and default is None and fitting is not None:
        return replace(others, status=_status(figure, agreed=True), rebuilt=fitting, definition_from="looked for")
    if not says_estimator and default is None:
        origin = "looked for"
    return replace(others, status=_status(figure, agreed=agreed), rebuilt=rebuilt, definition_from=origin)


def verdicts(data: TrialData, announcements: list[Announcement], known_at: int | None = None) -> list[Verdict]:
    """Compare every figure of some announcements."""
    return [
        verdict(data, announcement, figure, known_at)
        for announcement in announcements
        for figure in announcement.figures
    ]

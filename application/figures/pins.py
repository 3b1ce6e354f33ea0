"""The question behind the history picture: a figure on every day, and what was announced of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from trialog.application.answers.common import LogPosition
from trialog.application.answers.pins import PinnedHistoryAnswer, PinPart
from trialog.application.arguments import groups_of, optional_day
from trialog.application.figures.history import history
from trialog.application.figures.notes import is_reconstructed, last_known_on
from trialog.events.dates import iso, span
from trialog.events.measures import MEASURES
from trialog.events.version import __version__
from trialog.projections.announced.recompute import landmark_of
from trialog.projections.announced.verdict import verdict
from trialog.projections.months import days_per_month

if TYPE_CHECKING:
    from trialog.application.answers.history import HistoryAnswer
    from trialog.events.announced_figure import AnnouncedFigure
    from trialog.projections.trial_data import Announcement, TrialData


def pinned_history(
    data: TrialData,
    *,
    figure: str = "median-os",
    cohorts: str | Sequence[str] | None = None,
    pool: bool = False,
    known_at: Any = None,
    **options: Any,
) -> PinnedHistoryAnswer:
    """Give a history with the announced values of the same figure and the same cohorts.

    Args:
        data: The trial.
        figure: Which measure.
        cohorts: Labels; None: each cohort.
        pool: The cohorts as one group.
        known_at: As in `history`; only announcements made by that day are pinned.
        options: The other arguments of `history`.
    """
    found = history(data, figure=figure, cohorts=cohorts, pool=pool, known_at=known_at, explain=False, **options)
    known = optional_day(known_at, "known_at")
    groups = {frozenset(group.cohorts): group.label for group in groups_of(data, cohorts, pool=pool, known_at=known)}
    pins = [
        pin
        for announcement in data.announcements(known)
        for announced in announcement.figures
        if _is_same(announced, found, options.get("category")) and frozenset(announced.cohorts) in groups
        for pin in _pin(data, found, announcement, announced, groups[frozenset(announced.cohorts)])
    ]
    return PinnedHistoryAnswer(
        log=LogPosition.of(data),
        trialog=__version__,
        trial=data.code,
        reconstructed=is_reconstructed(data),
        last_known_on=last_known_on(data),
        history=found,
        pins=tuple(pins),
    )


def _is_same(announced: AnnouncedFigure, found: HistoryAnswer, category: str | None) -> bool:
    """Tell whether an announced figure is the one that a history follows."""
    row = MEASURES[announced.measure]
    if announced.measure != found.figure or announced.external:
        return False
    if row.category and announced.category != category:
        return False
    if row.landmark and (announced.at is None or landmark_of(announced, found.definition.month) != found.at_day):
        return False
    stated = (announced.evaluator or "investigator", announced.confirmation or "as assessed")
    return not row.assessed or stated == (found.evaluator, found.confirmation)


def _pin(
    data: TrialData, found: HistoryAnswer, announcement: Announcement, figure: AnnouncedFigure, cohort: str
) -> Iterator[PinPart]:
    made = announcement.made
    stated = figure.data_cutoff or made.data_cutoff
    cutoff = stated or made.occurred_on
    if cutoff is None:
        return  # neither a cutoff nor a day of release: there is no place for it
    cutoff_days = [iso(day) for day in span(cutoff)]
    released = [None, None] if made.occurred_on is None else [iso(day) for day in span(made.occurred_on)]
    judged = verdict(data, announcement, figure, None)
    yield PinPart(
        cohort=cohort,
        announcement=announcement.name,
        announced=_words(figure),
        value=_value(figure, found),
        cutoff_first=cutoff_days[0],
        cutoff_last=cutoff_days[1],
        cutoff_stated=stated is not None,
        released_first=released[0],
        released_last=released[1],
        verdict=judged.status,
        rebuilt=None if judged.rebuilt is None else judged.rebuilt_text,
    )


def _words(figure: AnnouncedFigure) -> str:
    if figure.value is None:
        return "not reached" if figure.says_not_reached else figure.comparator
    sign = "" if figure.comparator == "=" else f"{figure.comparator} "
    unit = "%" if figure.unit == "percent" else figure.unit
    return f"{sign}{figure.value}" if unit == "count" else f"{sign}{figure.value} {unit}"


def _value(figure: AnnouncedFigure, found: HistoryAnswer) -> float | None:
    """Return an announced value in the unit of a history: months, a share, or a count."""
    if figure.value is None:
        return None
    value = float(figure.value)
    if found.kind == "share":
        return value / 100 if figure.unit == "percent" else None
    if found.kind == "count":
        return value
    month = found.definition.month
    days = 30.4375 if month == "calendar" else float(days_per_month(month))
    in_days = {"days": 1.0, "weeks": 7.0, "months": days, "years": 365.25}
    return value * in_days[figure.unit] / days if figure.unit in in_days else None

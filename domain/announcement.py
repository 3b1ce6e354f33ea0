"""A sponsor's announcement: made once, with distinctly named figures, and possibly withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trialog.domain.findings import HistoryWarning, Violation
from trialog.domain.timeline import EventInForce
from trialog.domain.trial import Cohort
from trialog.events.announced_figure import TIME_UNITS
from trialog.events.kinds import AnnouncementMade, AnnouncementWithdrawn, FigureAnnounced


def judge_announcement(name: str, facts: Sequence[EventInForce]) -> Iterator[Violation]:
    """Yield each rule that an announcement's history breaks."""
    standing = [fact for fact in facts if fact.stands]
    made = [fact for fact in standing if isinstance(fact.event, AnnouncementMade)]
    if not made:
        for fact in standing:
            yield Violation(f"unknown announcement {name!r}; record it first: trialog announce", (fact.entry.position,))
        return
    for again in made[1:]:
        yield Violation(
            f"announcement {name!r} is in the log already, at position {made[0].entry.position}; "
            "correct that event or choose another name",
            (made[0].entry.position, again.entry.position),
        )
    yield from _judge_figures(name, standing)
    withdrawals = [fact for fact in standing if isinstance(fact.event, AnnouncementWithdrawn)]
    for fact in withdrawals:
        if fact.last < made[0].first:
            yield Violation(
                f"announcement {name!r} withdrawn on {fact.event.occurred_on}, before it was made on "
                f"{made[0].event.occurred_on}",
                (made[0].entry.position, fact.entry.position),
            )
    for again in withdrawals[1:]:
        yield Violation(
            f"announcement {name!r} is withdrawn already", (withdrawals[0].entry.position, again.entry.position)
        )


def _judge_figures(name: str, standing: Sequence[EventInForce]) -> Iterator[Violation]:
    named: dict[str, EventInForce] = {}
    for fact in standing:
        if isinstance(fact.event, FigureAnnounced):
            figure = fact.event.figure.figure
            earlier = named.setdefault(figure, fact)
            if earlier is not fact:
                yield Violation(
                    f"announcement {name!r} has a figure {figure!r} already, at position {earlier.entry.position}",
                    (earlier.entry.position, fact.entry.position),
                )


def doubts_about_announcement(
    name: str, facts: Sequence[EventInForce], cohorts: Mapping[str, Cohort]
) -> Iterator[HistoryWarning]:
    """Yield what a release does not state although the meaning of its figures depends on it."""
    standing = [fact for fact in facts if fact.stands]
    cutoff = any(isinstance(fact.event, AnnouncementMade) and fact.event.data_cutoff for fact in standing)
    for fact in standing:
        if not isinstance(fact.event, FigureAnnounced) or fact.event.figure.external:
            continue
        figure = fact.event.figure
        unknown = [cohort for cohort in figure.cohorts if cohort not in cohorts]
        if unknown:
            yield HistoryWarning(
                "announced cohort unknown",
                f"announcement {name!r}, figure {figure.figure!r}: no cohort {unknown[0]!r} is in this log",
                fact.entry.position,
            )
        if not figure.measure.startswith("median-") or figure.measure.endswith(("-lower", "-upper")):
            continue
        if figure.unit not in TIME_UNITS:
            continue
        stated = {
            "n": "n" in figure.states,
            "data cutoff": cutoff or figure.data_cutoff is not None,
            "estimator": "estimator" in figure.states,
        }
        missing = [word for word, is_stated in stated.items() if not is_stated]
        if missing:
            yield HistoryWarning(
                "median without its definition",
                f"announcement {name!r}, figure {figure.figure!r}: a median without {', '.join(missing)}",
                fact.entry.position,
            )

"""One state of a trial's log as plain data: the starting point of every question about figures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from trialog.domain.history import StreamHistory
from trialog.domain.timeline import EventInForce
from trialog.domain.trial import Trial
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.arrays import EventArrays
from trialog.events.dates import span
from trialog.events.errors import QuestionError
from trialog.events.kinds import (
    IMPORT_STREAM,
    AnnouncementMade,
    AnnouncementWithdrawn,
    ExtractImported,
    FigureAnnounced,
)
from trialog.projections.state.as_of import State, as_of
from trialog.projections.state.rows import rows_in_force

_ENDPOINTS: Final = {"OS": "overall survival", "PFS": "progression-free survival", "TTP": "time to progression"}
"""Parameters of an ADTTE that is imported."""


@dataclass(frozen=True)
class Announcement:
    """An announcement as known on a day.

    Attributes:
        name: Its short name in the log.
        position: Its position in the log.
        made: What was announced, as corrected.
        figures: Its figures, in order of the log.
        withdrawn: Its withdrawal, if there is one.
    """

    name: str
    position: int
    made: AnnouncementMade
    figures: tuple[AnnouncedFigure, ...] = ()
    withdrawn: AnnouncementWithdrawn | None = None


def announcement_of(name: str, facts: tuple[EventInForce, ...]) -> Announcement | None:
    """Return the announcement that the events in force describe; None if there is none."""
    found: Announcement | None = None
    figures: list[AnnouncedFigure] = []
    withdrawn = None
    for fact in facts:
        if not fact.stands:
            continue
        match fact.event:
            case AnnouncementMade() as made:
                found = Announcement(name, fact.entry.position, made)
            case FigureAnnounced(figure=figure):
                figures.append(figure)
            case AnnouncementWithdrawn() as event:
                withdrawn = event
    return None if found is None else replace(found, figures=tuple(figures), withdrawn=withdrawn)


@dataclass(frozen=True, eq=False)
class TrialData:
    """One state of a trial's log.

    Attributes:
        code: The trial's code.
        columns: The subjects' events.
        trial_history: Registration and cohorts.
        announcement_histories: Each announcement, by name.
        import_history: Accounts of the records that imports left out.
    """

    code: str
    columns: EventArrays
    trial_history: StreamHistory
    announcement_histories: dict[str, StreamHistory]
    import_history: StreamHistory = field(default_factory=lambda: StreamHistory(IMPORT_STREAM))

    @property
    def size(self) -> int:
        """Number of events in the log."""
        return self.columns.size

    @property
    def root(self) -> str:
        """Root of the log's Merkle tree, in hexadecimal."""
        return self.columns.root.hex()

    def trial(self, known_at: int | None = None) -> Trial:
        """Return the trial as known on a day."""
        return self.trial_history.as_known(known_at).trial

    def as_of(self, cutoff: int, known_at: int | None = None) -> State:
        """Return the subjects on both time axes."""
        found, untold = as_of(self.columns, cutoff, known_at), self.untold_endpoints(known_at)
        return replace(found, untold=untold) if untold else found

    def last_day(self, known_at: int | None = None) -> int:
        """Return the last day on which anything is known to have happened.

        Without events of subjects, the last day of the trial itself (its registration, its cohorts); if nothing was
        known by ``known_at``, that day itself.
        """
        rows = rows_in_force(self.columns, known_at)
        if rows.first.size:
            return int(rows.first.max())
        of_trial = [entry.event.occurred_on for entry in self.trial_history.as_known(known_at).entries]
        return max((span(day)[1] for day in of_trial if day is not None), default=known_at or 0)

    def default_cutoff(self, known_at: int | None = None) -> int:
        """Return the data cutoff that is used if none is given, so that every announced figure lies before it.

        It is the latest of the last event, the last announcement and the last stated data cutoff; the last day that a
        partial date means counts.
        """
        stated: list[str | None] = []
        for announcement in self.announcements(known_at):
            made = announcement.made
            stated += [made.occurred_on, made.data_cutoff, *(figure.data_cutoff for figure in announcement.figures)]
        return max([self.last_day(known_at), *(span(day)[1] for day in stated if day is not None)])

    def first_known_on(self) -> int | None:
        """Return the day on which the first event became known, None for an empty log."""
        return int(self.columns.known.min()) if self.columns.size else None

    def untold_endpoints(self, known_at: int | None = None) -> frozenset[str]:
        """Return the endpoints that an ADTTE without them leaves open, if nothing else was imported with an account."""
        accounts = self._accounts(known_at)
        if not accounts or any(account.endpoints is None for account in accounts):
            return frozenset()
        told = {each for account in accounts for each in account.endpoints or ()}
        return frozenset(name for code, name in _ENDPOINTS.items() if code not in told)

    def incomplete_extracts(self, known_at: int | None = None) -> list[ExtractImported]:
        """Return the last account of each series of extracts, as known on a day, if it names something left out."""
        return [each for each in self._accounts(known_at) if not each.is_complete]

    def _accounts(self, known_at: int | None) -> list[ExtractImported]:
        """Return the last account of each series of extracts."""
        last: dict[str, ExtractImported] = {}
        for fact in self.import_history.as_known(known_at).facts:
            if fact.stands and isinstance(fact.event, ExtractImported):
                last[fact.event.extract] = fact.event
        return list(last.values())

    def announcements(self, known_at: int | None = None) -> list[Announcement]:
        """Return the announcements known on a day, in the order of their dates."""
        found = (
            announcement_of(name, history.as_known(known_at).facts)
            for name, history in self.announcement_histories.items()
        )
        known = [announcement for announcement in found if announcement is not None]
        return sorted(known, key=lambda each: (each.made.occurred_on or "", each.position))

    def cohort_labels(self, wanted: tuple[str, ...] | None, known_at: int | None = None) -> tuple[str, ...]:
        """Return the labels asked for, or all of them in order of opening.

        Raises:
            QuestionError: A cohort is not in the log; the text names those that are.
        """
        known = tuple(self.trial(known_at).cohorts)
        if wanted is None:
            return known
        for label in wanted:
            if label not in known:
                listed = ", ".join(known) or "none"
                raise QuestionError(f"no cohort {label!r} in trial {self.code}; its cohorts are: {listed}")
        return wanted

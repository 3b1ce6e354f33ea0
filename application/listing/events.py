"""The question ``log``: the events of a trial's log, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from trialog.application.answers.entries import EntryPart
from trialog.application.answers.listing import EventsAnswer
from trialog.events.errors import TrialogError
from trialog.events.registry import kind_named
from trialog.events.version import __version__
from trialog.log.store.trial_log import EventMapper

if TYPE_CHECKING:
    from trialog.log.store.trial_log import StoredEntry, TrialRecorder


class EventList:
    """Events of one state of a trial's log, read as they are iterated.

    Args:
        recorder: The trial's log.
        kinds: Only these kinds of event; None for all.
        after: Only what comes after this position.
        limit: At most so many.

    Raises:
        QuestionError: There is no such kind.
    """

    def __init__(self, recorder: TrialRecorder, *, kinds: Iterable[str] | None, after: int, limit: int | None) -> None:
        self.trial = recorder.code
        self.size, root = recorder.head()
        self.root = root.hex()
        self._kinds = {kind_named(name).KIND for name in kinds or ()}
        self._rows = recorder.entries(after)
        self._limit = limit

    def __iter__(self) -> Iterator[EntryPart]:
        """Yield the events by position."""
        mapper = EventMapper()
        chosen = (
            row
            for row in self._rows
            if row.position <= self.size and (not self._kinds or row.columns.kind in self._kinds)
        )
        for row in islice(chosen, self._limit):
            yield _entry(mapper, row, self.trial)


def _entry(mapper: EventMapper, row: StoredEntry, trial: str) -> EntryPart:
    try:
        return EntryPart.of(mapper.to_domain_event(row), trial, row.columns.code)
    except TrialogError as error:
        raise type(error)(f"position {row.position}: {error}") from None


def events(
    recorder: TrialRecorder, *, kinds: Iterable[str] | None = None, after: int = 0, limit: int | None = None
) -> EventsAnswer:
    """List events; `trialog.application.opening.Log.events` has the arguments."""
    found = EventList(recorder, kinds=kinds, after=after, limit=limit)
    return EventsAnswer(trial=found.trial, size=found.size, root=found.root, trialog=__version__, events=tuple(found))

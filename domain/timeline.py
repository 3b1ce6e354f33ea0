"""Facts of a stream after its corrections and retractions.

Nothing is overwritten: a fact refers to the entry that recorded it and to every entry that
changed it, so that each earlier answer can still be recomputed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from trialog.events import dates
from trialog.events import registry as catalogue
from trialog.events.entry import LogEntry
from trialog.events.errors import EventError
from trialog.events.index_columns import AMENDMENT_KINDS
from trialog.events.kinds import EventCorrected, EventRetracted, TrialEvent

FIXED_FIELDS = frozenset({"subject", "announcement", "reported_on", "target", "target_stream", "sealed"})
"""Fields that a correction may not change: retract the event and record the right one instead."""


class EventInForce(NamedTuple):
    """An event with its corrections applied.

    Attributes:
        entry: The entry as it was recorded.
        event: The event as corrected.
        first, last: First and last day that its date can mean; -1 if it is undated.
        corrections: Entries that corrected it, in the order in which they became known.
        retraction: Entry that retracted it, or None.
    """

    entry: LogEntry
    event: TrialEvent
    first: int
    last: int
    corrections: tuple[LogEntry, ...] = ()
    retraction: LogEntry | None = None

    @property
    def stands(self) -> bool:
        """Whether it is in force: not retracted."""
        return self.retraction is None


def known_on(entry: LogEntry) -> int:
    """Return the day on which an entry was known: ``reported_on`` if given, else the day of recording."""
    reported = entry.event.reported_on
    return dates.day_of_instant(entry.recorded_at) if reported is None else dates.day_number(reported)


def corrected_event(event: TrialEvent, changes: dict[str, Any]) -> TrialEvent:
    """Return an event with some fields changed.

    Raises:
        EventError: A changed field is unknown, fixed, or no longer valid.
    """
    fixed = FIXED_FIELDS.intersection(changes)
    if fixed:
        raise EventError(
            f"field {min(fixed)!r} cannot be corrected; retract the event and record the right one instead"
        )
    fields = event.model_dump(exclude_none=True) | changes
    return catalogue.build(type(event), {name: value for name, value in fields.items() if value is not None})


def facts_of(entries: Sequence[LogEntry]) -> tuple[EventInForce, ...]:
    """Return the facts of a stream, in the order of their recording.

    Raises:
        EventError: A correction does not fit its target.
    """
    about = amendments_of(entries)
    if not about:
        span = dates.span
        return tuple(
            [
                EventInForce(entry, event, *((-1, -1) if event.occurred_on is None else span(event.occurred_on)))
                for entry in entries
                for event in (entry.event,)
            ]
        )
    plain = [entry for entry in entries if entry.event.KIND not in AMENDMENT_KINDS]
    return tuple(_settled(plain, about))


def amendments_of(entries: Iterable[LogEntry]) -> list[LogEntry]:
    """Return the corrections and retractions among entries."""
    # Compare the number of the kind: isinstance on a pydantic class is slow for events of other classes.
    return [entry for entry in entries if entry.event.KIND in AMENDMENT_KINDS]


def _settled(plain: Iterable[LogEntry], about: Iterable[LogEntry]) -> Iterable[EventInForce]:
    retracted = {entry.event.target: entry for entry in about if isinstance(entry.event, EventRetracted)}
    corrections: dict[str, list[LogEntry]] = {}
    for entry in about:
        if isinstance(entry.event, EventCorrected) and entry.event_id not in retracted:
            corrections.setdefault(entry.event.target, []).append(entry)
    for entry in plain:
        mine = tuple(sorted(corrections.get(entry.event_id, ()), key=_order_of_knowing))
        event = entry.event
        for correction in mine:
            assert isinstance(correction.event, EventCorrected)  # noqa: S101  # narrows the type
            event = corrected_event(event, correction.event.changes)
        first, last = (-1, -1) if event.occurred_on is None else dates.span(event.occurred_on)
        yield EventInForce(entry, event, first, last, mine, retracted.get(entry.event_id))


def _order_of_knowing(entry: LogEntry) -> tuple[int, int]:
    return known_on(entry), entry.position

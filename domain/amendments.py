"""Corrections and retractions: what may be said about an earlier event, and what may not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trialog.domain.findings import Violation
from trialog.domain.timeline import amendments_of, corrected_event
from trialog.events.entry import LogEntry
from trialog.events.errors import EventError
from trialog.events.kinds import EventCorrected, EventRetracted
from trialog.events.registry import name_of


def judge_amendments(entries: Sequence[LogEntry]) -> Iterator[Violation]:
    """Yield each rule that a stream's corrections and retractions break.

    Args:
        entries: The whole stream, by position.
    """
    if not amendments_of(entries):
        return
    by_id: dict[str, LogEntry] = {}
    retracted: dict[str, LogEntry] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, (EventCorrected, EventRetracted)):
            target = by_id.get(event.target)
            if target is None:
                yield Violation(f"no earlier event {event.target!r} stands in this history", (entry.position,))
                continue
            earlier = retracted.get(event.target)
            if earlier is not None:
                yield Violation(
                    f"event {event.target!r} was retracted at position {earlier.position}; "
                    "record the right event instead",
                    (earlier.position, entry.position),
                )
                continue
            if isinstance(event, EventRetracted):
                if isinstance(target.event, EventRetracted):
                    yield Violation("a retraction cannot be retracted; record the event again", (entry.position,))
                    continue
                retracted[event.target] = entry
            else:
                yield from _judge_correction(entry, event, target)
        by_id[entry.event_id] = entry


def _judge_correction(entry: LogEntry, event: EventCorrected, target: LogEntry) -> Iterator[Violation]:
    if isinstance(target.event, (EventCorrected, EventRetracted)):
        yield Violation(
            f"position {target.position} is itself an amendment ({name_of(target.event)}); "
            "retract it, or correct the event that it is about",
            (entry.position,),
        )
        return
    try:
        corrected_event(target.event, event.changes)
    except EventError as error:
        yield Violation(str(error), (entry.position,))

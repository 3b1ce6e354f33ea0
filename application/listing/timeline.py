"""The question ``show``: one subject's events, with what was corrected and what was retracted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trialog.application.answers.common import LogPosition, day
from trialog.application.answers.entries import FactPart
from trialog.application.answers.listing import TimelineAnswer, WarningPart
from trialog.application.arguments import Date, optional_day
from trialog.application.recording.near_subjects import did_you_mean
from trialog.domain.history import StreamHistory
from trialog.domain.timeline import EventInForce
from trialog.events.errors import QuestionError
from trialog.events.kinds import SUBJECT_PREFIX, TRIAL_STREAM, EventCorrected, EventRetracted
from trialog.events.version import __version__
from trialog.log.store.trial_log import EventMapper

if TYPE_CHECKING:
    from trialog.events.entry import LogEntry
    from trialog.log.store.trial_log import TrialRecorder


def timeline(recorder: TrialRecorder, subject: str, *, known_at: Date | None = None) -> TimelineAnswer:
    """Show one subject's timeline; `trialog.application.opening.Log.timeline` has the arguments."""
    known = optional_day(known_at, "known_at")
    size, root = recorder.head()
    stream = SUBJECT_PREFIX + subject
    trial, history = (each.as_known(known) for each in _histories(recorder, size, TRIAL_STREAM, stream))
    if not history.entries:
        when = f" known by {day(known)}" if known is not None else ""
        advice = did_you_mean(recorder, subject) or "trialog log lists the events"
        raise QuestionError(f"no subject {subject!r}{when} in trial {recorder.code}; {advice}")
    taken_back = list(_retracted_corrections(history))
    return TimelineAnswer(
        trial=recorder.code,
        subject=subject,
        known_at=day(known),
        log=LogPosition(size=size, root=root.hex()),
        trialog=__version__,
        facts=tuple(
            FactPart.of(
                fact,
                recorder.code,
                tuple(each for each in taken_back if _is_about(each[0], fact)),
            )
            for fact in sorted(history.facts, key=lambda fact: (fact.first, fact.entry.position))
        ),
        notes=tuple(
            WarningPart(rule=doubt.rule, message=doubt.message, position=doubt.position)
            for doubt in history.doubts(trial.trial.cohorts)
        ),
    )


def _histories(recorder: TrialRecorder, size: int, *streams: str) -> Iterator[StreamHistory]:
    """Yield streams of a log of some size."""
    mapper = EventMapper()
    stored = recorder.entries_of(streams)
    for stream in streams:
        rows = (row for row in stored.get(stream, ()) if row.position <= size)
        yield StreamHistory(stream, tuple(mapper.to_domain_event(row) for row in rows))


def _retracted_corrections(history: StreamHistory) -> Iterator[tuple[LogEntry, LogEntry]]:
    """Yield each correction that was taken back, with its retraction."""
    retracted = {entry.event.target: entry for entry in history.entries if isinstance(entry.event, EventRetracted)}
    for entry in history.entries:
        if isinstance(entry.event, EventCorrected) and entry.event_id in retracted:
            yield entry, retracted[entry.event_id]


def _is_about(correction: LogEntry, fact: EventInForce) -> bool:
    return isinstance(correction.event, EventCorrected) and correction.event.target == fact.entry.event_id

"""Judging an append: from a trial's past and drafts, make entries or refusals. Uses no database and no clock.

An append takes three steps, so that its past is loaded in few queries. `identify` gives each draft its id and finds the
stream that it belongs to; `without_duplicates` leaves out what the log holds already; then the caller loads the past of
the remaining streams, and `judge` returns the entries that would be appended, or the refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, NamedTuple

from trialog.domain.findings import HistoryWarning
from trialog.domain.history import StreamHistory
from trialog.domain.subject_summary import Outline, SubjectSummary
from trialog.domain.trial import Trial
from trialog.events import dates
from trialog.events.entry import Draft, LogEntry, NewEntry, actor_name, derived_id
from trialog.events.index_columns import AMENDMENT_KINDS, IndexColumns, columns_of
from trialog.events.kinds import (
    TRIAL_STREAM,
    AnnouncementMade,
    EventCorrected,
    EventRetracted,
    TrialEvent,
    TrialRegistered,
)
from trialog.events.registry import name_of, to_payload

_NEVER: Final = -(2**31)


class EventInLog(NamedTuple):
    """An event of the log that a draft may repeat, or that a draft corrects or retracts.

    Attributes:
        position, stream: Its position and stream in the log.
        topic: Name of its kind.
        payloads: As stored, and as before its private texts were sealed; a draft with either one is a duplicate.
    """

    position: int
    stream: str
    topic: str
    payloads: tuple[bytes, ...]


class Duplicate(NamedTuple):
    """A draft that the log holds already, and its position there."""

    draft: Draft
    position: int


class Refusal(NamedTuple):
    """Why an event cannot be appended.

    Attributes:
        number: Index of the draft, from 0; -1 if only events of the log break the rule.
        stream: The stream in which it would break a rule.
        message: One line, with the file and line of the draft.
    """

    number: int
    stream: str
    message: str


class IdentifiedDraft(NamedTuple):
    """A draft that is new to the log.

    Attributes:
        number: Its index among the drafts, from 0.
        draft: The draft as given.
        event: The event, with its target resolved.
        stream: The history that it belongs to.
        payload: What the log will store, before private texts are sealed.
        event_id: The given id, or the derived one.
    """

    number: int
    draft: Draft
    event: TrialEvent
    stream: str
    payload: bytes
    event_id: str


@dataclass(frozen=True, slots=True)
class Identified:
    """Drafts with their ids and streams.

    Attributes:
        fresh: Drafts that are new, as far as is known so far.
        targets: Positions of the log's events that drafts amend, by id.
        duplicates: Drafts that the log holds already, or that repeat an earlier draft.
        refusals: Drafts whose target or id is not possible.
    """

    fresh: Sequence[IdentifiedDraft]
    targets: Mapping[str, int]
    duplicates: Sequence[Duplicate] = ()
    refusals: Sequence[Refusal] = ()

    @property
    def ids(self) -> list[str]:
        """The id of each new draft."""
        return [each.event_id for each in self.fresh]

    def streams(self) -> dict[str, int]:
        """Return the stream of each new draft, with the kind of the first one in it."""
        found: dict[str, int] = {}
        for each in self.fresh:
            found.setdefault(each.stream, each.event.KIND)
        return found


@dataclass(frozen=True, slots=True)
class Past:
    """The part of a trial's log that the rules need.

    Attributes:
        trial: The trial's code.
        size: Number of events in its log.
        trial_history: The stream about the trial and its cohorts.
        summaries: Subjects that are known by a conclusive summary.
        histories: Whole histories of the other streams that drafts belong to. A subject may be in both mappings.
        enrolled: The cohort of each enrolled subject by its stream; None if that was not looked up.
        other_trials: Codes of the existing trials, if the trial is new; for a hint.
    """

    trial: str
    size: int
    trial_history: StreamHistory
    summaries: Mapping[str, SubjectSummary]
    histories: Mapping[str, StreamHistory]
    enrolled: Mapping[str, str] | None = None
    other_trials: Sequence[str] = ()


@dataclass(slots=True)
class Judged:
    """The result that an append would have.

    Attributes:
        entries: New entries, by position.
        rows: The same entries, in the form that the log stores.
        drafts: The draft of each.
        refusals: Events that break a rule. If there is one, nothing may be appended.
        histories, summaries: Streams that the append changes, as they would be afterwards; each is in one of the two.
        trial: The trial as it would be afterwards.
        undecided: Subjects whose summary is not sufficient: judge again with their whole histories.
        needs_enrolled: Judge again with the cohorts that have enrolled subjects.
    """

    entries: list[LogEntry] = field(default_factory=list)
    rows: list[NewEntry] = field(default_factory=list)
    drafts: Sequence[IdentifiedDraft] = ()
    refusals: list[Refusal] = field(default_factory=list)
    histories: dict[str, StreamHistory] = field(default_factory=dict)
    summaries: dict[str, SubjectSummary] = field(default_factory=dict)
    trial: Trial = field(default_factory=Trial)
    undecided: list[str] = field(default_factory=list)
    needs_enrolled: bool = False

    def warnings(self) -> tuple[HistoryWarning, ...]:
        """Return the warnings about the new entries, for histories that were judged as a whole."""
        first = self.entries[0].position if self.entries else 0
        return warnings_of(self.histories.values(), self.trial, first)


def targets_of(drafts: Iterable[Draft]) -> tuple[list[str], list[int]]:
    """Return the ids and positions of the events that drafts correct or retract."""
    named = [
        each.event.target  # type: ignore[attr-defined]
        for each in drafts
        if each.event.KIND in AMENDMENT_KINDS
    ]
    return [each for each in named if each[0] != "#"], [int(each[1:]) for each in named if each[0] == "#"]


def identify(drafts: Sequence[Draft], targets: Mapping[str, EventInLog], trial: str) -> Identified:
    """Give each draft its id, and each amendment the stream of its target.

    Args:
        drafts: Events in any order.
        targets: The events of the log that `targets_of` names, by id.
        trial: The trial's code.
    """
    if not any(draft.event.KIND in AMENDMENT_KINDS for draft in drafts):
        return Identified([_identified(number, draft, draft.event) for number, draft in enumerate(drafts)], {})
    fresh, refusals = [], []
    streams = {event_id: event.stream for event_id, event in targets.items()}
    at = {event.position: event_id for event_id, event in targets.items()}
    for number, draft in enumerate(drafts):
        event = draft.event
        if isinstance(event, (EventCorrected, EventRetracted)):
            target = event.target
            if target.startswith("#"):
                target = at.get(int(target[1:]), target)
            if target not in streams:
                why = (
                    f"no event {target!r} in the log of {trial}; "
                    "expected its id, or # and its position, as trialog log shows them"
                )
                refusals.append(_refusal(number, "", draft, why))
                continue
            event = event.model_copy(update={"target": target, "target_stream": streams[target]})
        found = _identified(number, draft, event)
        streams.setdefault(found.event_id, found.stream)
        fresh.append(found)
    return Identified(fresh, {event_id: event.position for event_id, event in targets.items()}, (), refusals)


def _identified(number: int, draft: Draft, event: TrialEvent) -> IdentifiedDraft:
    payload = to_payload(event)
    event_id = draft.event_id or derived_id(event.TOPIC, payload)
    return IdentifiedDraft(number, draft, event, event.stream, payload, event_id)


def without_duplicates(drafts: Identified, known: Mapping[str, EventInLog], size: int) -> Identified:
    """Leave out drafts that the log holds already, and drafts that repeat an earlier one.

    Args:
        drafts: From `identify`.
        known: Events of the log that have the id of a draft, by id.
        size: Number of events in the log.
    """
    if not known and len(set(drafts.ids)) == len(drafts.fresh):
        return drafts
    seen = dict(known)
    fresh, duplicates, refusals = [], [], list(drafts.refusals)
    for each in drafts.fresh:
        twin = seen.get(each.event_id)
        if twin is None:
            size += 1
            seen[each.event_id] = EventInLog(size, each.stream, each.event.TOPIC, (each.payload,))
            fresh.append(each)
        elif twin.topic == each.event.TOPIC and each.payload in twin.payloads:
            duplicates.append(Duplicate(each.draft, twin.position))
        else:
            why = (
                f"id {each.event_id!r} belongs to another event, {twin.topic} at position {twin.position}; "
                "choose another id, or correct that event"
            )
            refusals.append(_refusal(each.number, each.stream, each.draft, why))
    return Identified(fresh, drafts.targets, duplicates, refusals)


def judge(past: Past, drafts: Identified, now: int, recorded_by: str) -> Judged:
    """Judge the log as it would be with some new events.

    Subjects are judged by their summary; if it is not sufficient, or a rule may be broken, by their whole history.

    Args:
        past: The trial's log.
        drafts: From `identify`, without duplicates.
        now: Time of recording, in microseconds since 1970-01-01 UTC.
        recorded_by: The actor of drafts that name none.
    """
    found = Judged(refusals=list(drafts.refusals))
    if found.refusals:
        return found
    outlines = _place(past, drafts, now, recorded_by, found)
    touched = drafts.streams()
    _continue_histories(past, [stream for stream in touched if stream not in past.summaries], found)
    trial_history = found.histories.get(TRIAL_STREAM, past.trial_history)
    found.trial = trial_history.trial if _judge_trial(past, trial_history, found) else Trial()
    if found.refusals and found.trial.registration is None:
        return found
    unsure = []
    for stream, outline in outlines.items():
        after = past.summaries[stream].after(outline)
        if after.is_sound(found.trial.cohorts):
            found.summaries[stream] = after
        else:
            unsure.append(stream)
    found.undecided = [stream for stream in unsure if stream not in past.histories]
    if not found.undecided:
        _continue_histories(past, unsure, found)
        _judge_histories(past, found)
        _judge_enrolled_cohorts(past, found)
    return found


def _place(past: Past, drafts: Identified, now: int, recorded_by: str, found: Judged) -> dict[str, list[Outline]]:
    """Give each new event its position, version and actor, and check its dates against the clock.

    Returns:
        The outlines of the new events, for the subjects that are known by their summary.
    """
    outlines: dict[str, list[Outline]] = {}
    versions: dict[str, int] = {}
    position, today, targets = past.size, dates.latest_calendar_day(now), dict(drafts.targets)
    entries, rows, summaries = found.entries, found.rows, past.summaries
    found.drafts = drafts.fresh
    for each in drafts.fresh:
        position += 1
        number, draft, event, stream, payload, event_id = each
        version = versions.get(stream)
        if version is None:
            if stream in summaries:
                version, outlines[stream] = summaries[stream].version, []
            else:
                version = (past.trial_history if stream == TRIAL_STREAM else past.histories[stream]).version
        version = versions[stream] = version + 1
        kind = event.KIND
        target = targets[event.target] if kind in AMENDMENT_KINDS else 0  # type: ignore[attr-defined]
        columns = columns_of(event, target)
        complaint = _beyond_the_clock(event, columns, today)
        if complaint:
            found.refusals.append(_refusal(number, stream, draft, complaint))
        targets[event_id] = position
        actor = actor_name(draft.actor) if draft.actor else recorded_by
        entries.append(LogEntry(position, stream, version, event_id, now, actor, event))
        rows.append(NewEntry(stream, version, event.TOPIC, event_id, actor, payload, columns))
        outline = outlines.get(stream)
        if outline is not None:
            outline.append(Outline.of(event, columns.occurred_first or 0, columns.occurred_last or 0))
    return outlines


def _continue_histories(past: Past, streams: Iterable[str], found: Judged) -> None:
    """Return the whole histories of some streams as they would be after the append."""
    added: dict[str, list[LogEntry]] = {stream: [] for stream in streams}
    if added:
        for entry in found.entries:
            if entry.stream in added:
                added[entry.stream].append(entry)
    for stream, entries in added.items():
        before = past.trial_history if stream == TRIAL_STREAM else past.histories[stream]
        found.histories[stream] = before.with_entries(entries)


def _judge_trial(past: Past, history: StreamHistory, found: Judged) -> bool:
    """Judge the trial's own stream, if the append changes it; return whether the trial is registered and valid."""
    is_begun = past.size > 0 or any(each.event.KIND == TrialRegistered.KIND for each in found.drafts)
    if is_begun and TRIAL_STREAM in found.histories:
        violations = list(history.breaches(past.trial, {}))
        for violation in violations:
            _blame(past, found, TRIAL_STREAM, violation.positions, violation.message)
        if violations:
            return False
    if not is_begun or history.trial.registration is None:
        for each in found.drafts:
            found.refusals.append(_refusal(each.number, each.stream, each.draft, _unknown_trial(past)))
        return False
    return True


def _unknown_trial(past: Past) -> str:
    near = get_close_matches(past.trial, past.other_trials, n=1)
    if near:
        return f"unknown trial {past.trial!r}; did you mean {near[0]!r}? If not, register it first: trialog register"
    return f"unknown trial {past.trial!r}; register it first: trialog register"


def _judge_histories(past: Past, found: Judged) -> None:
    for stream, history in found.histories.items():
        if stream != TRIAL_STREAM:
            for violation in history.breaches(past.trial, found.trial.cohorts):
                _blame(past, found, stream, violation.positions, violation.message)


def _judge_enrolled_cohorts(past: Past, found: Judged) -> None:
    """Refuse to retract a cohort that has enrolled subjects."""
    if TRIAL_STREAM not in found.histories:
        return
    gone = past.trial_history.trial.cohorts.keys() - found.trial.cohorts.keys()
    if not gone:
        return
    if past.enrolled is None:
        found.needs_enrolled = True
        return
    last = max(entry.position for entry in found.entries if entry.stream == TRIAL_STREAM)
    cohorts = dict(past.enrolled)
    broken = {each.stream for each in found.refusals}
    for stream, history in found.histories.items():
        if stream not in broken:
            cohorts[stream] = history.cohort
    for label in sorted(gone.intersection(cohorts.values())):
        _blame(past, found, TRIAL_STREAM, (last,), f"cohort {label!r} has enrolled subjects and cannot be taken back")


def _blame(past: Past, found: Judged, stream: str, positions: tuple[int, ...], message: str) -> None:
    """Attribute a violation to the newest event involved."""
    newest = max(positions) - past.size
    if newest > 0:
        each = found.drafts[newest - 1]
        found.refusals.append(_refusal(each.number, stream, each.draft, message))
    else:
        found.refusals.append(Refusal(-1, stream, message))


def _refusal(number: int, stream: str, draft: Draft, message: str) -> Refusal:
    return Refusal(number, stream, f"{draft.where}: {message}" if draft.where else message)


def refused_lines(refusals: Iterable[Refusal]) -> list[str]:
    """Return one line for each refused event, in the order of the drafts."""
    first: dict[tuple[int, str], str] = {}
    for each in refusals:
        first.setdefault((each.number, each.stream), each.message)
    return [first[place] for place in sorted(first)]


def warnings_of(histories: Iterable[StreamHistory], trial: Trial, first: int) -> tuple[HistoryWarning, ...]:
    """Return the warnings about events from a position on."""
    return tuple([each for history in histories for each in history.doubts(trial.cohorts) if each.position >= first])


def _beyond_the_clock(event: TrialEvent, columns: IndexColumns, today: int) -> str | None:
    """Return why an event's dates cannot be known yet, None if they can."""
    _, occurred, _, reported, _, _ = columns
    first = _NEVER if occurred is None else occurred
    if first > today:
        return (
            f"{name_of(event)}: occurred on {event.occurred_on}, after the day of recording; the latest day accepted "
            f"now is {dates.iso(today)}"
        )
    if type(event) is EventCorrected:
        moved = event.changes.get("occurred_on")
        if isinstance(moved, str) and _first_day(moved) > today:
            return f"{name_of(event)}: moves the event to {moved}, after the day of recording"
    if reported is None:
        return None
    if reported > today:
        return f"{name_of(event)}: reported on {event.reported_on}, after the day of recording"
    if first > reported and not isinstance(event, AnnouncementMade):
        return f"{name_of(event)}: reported on {event.reported_on}, before it occurred on {event.occurred_on}"
    return None


def _first_day(text: str) -> int:
    try:
        return dates.span(text)[0]
    except ValueError:
        return _NEVER  # the check of the amended event reports the mistake

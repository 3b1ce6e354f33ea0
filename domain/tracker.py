"""Appending to a trial: judge the whole history that would result, then write all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.persistence import EventStore

from trialog.domain.breach import Doubt
from trialog.domain.history import History, project_history
from trialog.domain.trial import Trial
from trialog.events import dates
from trialog.events.catalogue import from_payload, name_of, to_payload
from trialog.events.entry import Draft, LogEntry, derived_id
from trialog.events.errors import HistoryError
from trialog.events.kinds import (
    TRIAL_STREAM,
    AnnouncementMade,
    EventCorrected,
    EventRetracted,
    SubjectEnrolled,
    TrialEvent,
)
from trialog.events.store.log import Log
from trialog.events.store.mapper import EventMapper
from trialog.events.store.recorder import StoredEntry, Transaction

AMENDMENTS: Final = (EventCorrected, EventRetracted)
MOST_HISTORIES_KEPT: Final = 100_000
"""Histories kept between two appends of one session; a small part of what they need to be judged again."""


@dataclass(frozen=True)
class Duplicate:
    """A draft that the log holds already, and where."""

    draft: Draft
    position: int


@dataclass(frozen=True)
class Receipt:
    """What an append did.

    Attributes:
        appended: The new entries, by position.
        duplicates: Drafts that changed nothing, because the same event stands in the log.
        doubts: Oddities of the new events.
        size, root: The log after the append.
    """

    appended: tuple[LogEntry, ...]
    duplicates: tuple[Duplicate, ...]
    doubts: tuple[Doubt, ...]
    size: int
    root: bytes


class RefusedError(HistoryError):
    """Events that cannot be appended; nothing was written.

    Attributes:
        lines: One line for each event that was refused, in the order of the drafts.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


class Tracker:
    """A session that appends events of one trial to a log.

    Args:
        log: An open log.
        trial: The trial's code.
        actor: Who records, for drafts that do not say.
    """

    def __init__(self, log: Log, trial: str, actor: str) -> None:
        self.trial = trial
        self.actor = actor
        self.recorder = log.recorder(trial)
        self._mapper = EventMapper()
        self._histories: dict[str, History] = {}
        self._judged_size = 0
        self.repository: Repository[str] = Repository(EventStore(self._mapper, self.recorder))

    def history(self, stream: str) -> History:
        """Return one stream, empty when the log does not have it."""
        try:
            return self.repository.get(stream, projector_func=project_history)
        except AggregateNotFoundError:
            return History(stream)

    def append(self, drafts: Iterable[Draft], *, dry_run: bool = False, doubts: bool = True) -> Receipt:
        """Append events in one transaction, or refuse all of them.

        Args:
            drafts: Events in any order; within one append a later draft may complete an earlier one.
            dry_run: Judge only.
            doubts: Look for oddities too.

        Raises:
            RefusedError: At least one event cannot be appended; the text has a line for each.
            LogError: The log cannot be written.
        """
        drafts = list(drafts)
        with self.recorder.writing() as transaction:
            if transaction.size != self._judged_size:
                self._histories.clear()
            plan = _Plan(self, transaction, drafts)
            if dry_run:
                entries = plan.pending
            else:
                sealed = transaction.insert([plan.stored(entry) for entry in plan.pending])
                entries = [
                    replace(entry, recorded_at=stored.recorded_at)
                    for entry, stored in zip(plan.pending, sealed, strict=True)
                ]
            size, root = transaction.size, transaction.root
        found = plan.doubts() if doubts else ()
        if not dry_run:
            self._remember(plan.histories, size)
        return Receipt(tuple(entries), tuple(plan.duplicates), found, size, root)

    def _remember(self, histories: dict[str, History], size: int) -> None:
        if len(self._histories) > MOST_HISTORIES_KEPT:
            self._histories.clear()
        self._histories.update(histories)
        self._judged_size = size

    def load(self, transaction: Transaction, streams: Iterable[str]) -> dict[str, History]:
        """Return histories as they stand under the transaction's lock."""
        found = {}
        missing = []
        for stream in streams:
            kept = self._histories.get(stream)
            if kept is None:
                missing.append(stream)
            else:
                found[stream] = kept
        stored = transaction.entries_of(missing)
        for stream in missing:
            entries = tuple(self._mapper.to_domain_event(row) for row in stored.get(stream, ()))
            found[stream] = History(stream, entries)
        return found

    @property
    def mapper(self) -> EventMapper:
        """How entries become rows."""
        return self._mapper


class _Plan:
    """The judged result of one append: what to write, what is there already, or why not."""

    def __init__(self, tracker: Tracker, transaction: Transaction, drafts: list[Draft]) -> None:
        self._tracker = tracker
        self._transaction = transaction
        self._targets: dict[str, int] = {}
        self.pending: list[LogEntry] = []
        self.duplicates: list[Duplicate] = []
        self._where: dict[int, str] = {}
        self._complaints: dict[int, str] = {}

        resolved = self._resolve_targets(drafts)
        self._refuse_if_any()
        fresh = self._without_duplicates(resolved)
        streams = dict.fromkeys(draft.event.stream for draft, _ in fresh)
        self._before = tracker.load(transaction, dict.fromkeys([TRIAL_STREAM, *streams]))
        self._place(fresh)
        self.histories = self._judge(streams)
        self._refuse_if_any()

    @property
    def trial(self) -> Trial:
        """The trial with what this append adds to it."""
        return self.histories.get(TRIAL_STREAM, self._before[TRIAL_STREAM]).trial()

    def stored(self, entry: LogEntry) -> StoredEntry:
        """Return the row of a pending entry."""
        event = entry.event
        target = self._targets[event.target] if isinstance(event, AMENDMENTS) else 0
        return EventMapper.stored(entry, target)

    def doubts(self) -> tuple[Doubt, ...]:
        """Return the oddities that this append's events raise."""
        mine = {entry.position for entry in self.pending}
        cohorts = self.trial.cohorts
        return tuple(
            doubt for history in self.histories.values() for doubt in history.doubts(cohorts) if doubt.position in mine
        )

    def _resolve_targets(self, drafts: list[Draft]) -> list[Draft]:
        """Give every draft its id, and each amendment the stream of the event it is about."""
        wanted = [draft.event.target for draft in drafts if isinstance(draft.event, AMENDMENTS)]
        in_log = self._transaction.entries_with_ids(target for target in wanted if not target.startswith("#"))
        streams: dict[str, str] = {}
        for stored in in_log.values():
            streams[stored.event_id] = str(stored.originator_id)
            self._targets[stored.event_id] = stored.position
        resolved = []
        for number, draft in enumerate(drafts):
            event = draft.event
            if isinstance(event, AMENDMENTS):
                target = event.target
                if target.startswith("#"):
                    at = self._transaction.entry_at(int(target[1:]))
                    if at is not None:
                        target = at.event_id
                        streams[target] = str(at.originator_id)
                        self._targets[target] = at.position
                if target not in streams:
                    self._complain(
                        number,
                        draft,
                        f"no event {target!r} in the log of {self._tracker.trial}; "
                        "expected its id, or # and its position, as trialog log shows them",
                    )
                    continue
                event = event.model_copy(update={"target": target, "target_stream": streams[target]})
            event_id = draft.event_id or derived_id(event.TOPIC, to_payload(event))
            streams.setdefault(event_id, event.stream)
            resolved.append(replace(draft, event=event, event_id=event_id))
        return resolved

    def _without_duplicates(self, drafts: list[Draft]) -> list[tuple[Draft, bytes]]:
        ids = [draft.event_id or "" for draft in drafts]
        known = self._transaction.known_ids(ids) if self._transaction.exists else set()
        stored = self._transaction.entries_with_ids(known) if known else {}
        fresh: list[tuple[Draft, bytes]] = []
        seen: dict[str, tuple[str, bytes, int]] = {
            event_id: (row.topic, row.state, row.position) for event_id, row in stored.items()
        }
        position = self._transaction.size
        for number, draft in enumerate(drafts):
            event_id = draft.event_id or ""
            payload = to_payload(draft.event)
            twin = seen.get(event_id)
            if twin is None:
                position += 1
                seen[event_id] = (draft.event.TOPIC, payload, position)
                fresh.append((draft, payload))
            elif twin[:2] == (draft.event.TOPIC, payload):
                self.duplicates.append(Duplicate(draft, twin[2]))
            else:
                self._complain(
                    number,
                    draft,
                    f"id {event_id!r} belongs to another event, {twin[0]} at position {twin[2]}; "
                    "choose another id, or correct that event",
                )
        return fresh

    def _place(self, fresh: list[tuple[Draft, bytes]]) -> None:
        """Give each new event its position, version and actor, and check its dates against the clock."""
        versions = {stream: history.version for stream, history in self._before.items()}
        position, now = self._transaction.size, self._transaction.recorded_at
        today = dates.latest_calendar_day(now)
        for draft, _ in fresh:
            position += 1
            stream = draft.event.stream
            versions[stream] += 1
            self._where[position] = draft.where
            self._targets[draft.event_id or ""] = position
            self.pending.append(
                LogEntry(
                    position=position,
                    stream=stream,
                    version=versions[stream],
                    event_id=draft.event_id or "",
                    recorded_at=now,
                    actor=draft.actor or self._tracker.actor,
                    event=draft.event,
                )
            )
            complaint = _beyond_the_clock(draft.event, today)
            if complaint:
                self._complain(position, draft, complaint)

    def _judge(self, streams: Iterable[str]) -> dict[str, History]:
        added: dict[str, list[LogEntry]] = {}
        for entry in self.pending:
            added.setdefault(entry.stream, []).append(entry)
        after = {stream: self._before[stream].with_entries(added[stream]) for stream in streams}
        trial_history = after.get(TRIAL_STREAM, self._before[TRIAL_STREAM])
        trial_breaches = list(trial_history.breaches(self._tracker.trial, {}))
        trial = Trial() if trial_breaches else trial_history.trial()
        if trial.registration is None and not trial_breaches:
            unknown = f"unknown trial {self._tracker.trial!r}; register it first: trialog register"
            for entry in self.pending:
                self._blame((entry.position,), unknown)
            return after
        for breach in trial_breaches:
            self._blame(breach.positions, breach.message)
        if trial_breaches:
            return after
        for stream, history in after.items():
            if stream != TRIAL_STREAM:
                for breach in history.breaches(self._tracker.trial, trial.cohorts):
                    self._blame(breach.positions, breach.message)
        self._judge_enrolled_cohorts(trial, after)
        return after

    def _judge_enrolled_cohorts(self, trial: Trial, after: dict[str, History]) -> None:
        """Refuse to take back a cohort that subjects are enrolled in."""
        gone = self._before[TRIAL_STREAM].trial().cohorts.keys() - trial.cohorts.keys()
        if gone and TRIAL_STREAM in after:
            last = max(entry.position for entry in self.pending if entry.stream == TRIAL_STREAM)
            payloads = self._transaction.payloads_of_kind(SubjectEnrolled.KIND)
            enrolled = {from_payload(SubjectEnrolled.TOPIC, payload).cohort for payload in payloads}  # type: ignore[attr-defined]
            for label in sorted(gone & enrolled):
                self._blame((last,), f"cohort {label!r} has enrolled subjects and cannot be taken back")

    def _blame(self, positions: tuple[int, ...], message: str) -> None:
        """Lay a breach at the door of the newest event that takes part in it."""
        newest = max(positions)
        where = self._where.get(newest, "")
        self._complaints.setdefault(newest, f"{where}: {message}" if where else message)

    def _complain(self, number: int, draft: Draft, message: str) -> None:
        self._complaints.setdefault(number, f"{draft.where}: {message}" if draft.where else message)

    def _refuse_if_any(self) -> None:
        if self._complaints:
            raise RefusedError([self._complaints[place] for place in sorted(self._complaints)])


def _beyond_the_clock(event: TrialEvent, today: int) -> str | None:
    """Return why an event's dates cannot be known yet, None when they can."""
    kind = name_of(event)
    if event.occurred_on is not None and dates.span(event.occurred_on)[0] > today:
        return (
            f"{kind}: occurred on {event.occurred_on}, after the day of recording; the latest day accepted now is "
            f"{dates.iso(today)}"
        )
    moved = event.changes.get("occurred_on") if isinstance(event, EventCorrected) else None
    if isinstance(moved, str) and _first_day(moved) > today:
        return f"{kind}: moves the event to {moved}, after the day of recording"
    if event.reported_on is None:
        return None
    reported = dates.day_number(event.reported_on)
    if reported > today:
        return f"{kind}: reported on {event.reported_on}, after the day of recording"
    if (
        event.occurred_on is not None
        and not isinstance(event, AnnouncementMade)
        and dates.span(event.occurred_on)[0] > reported
    ):
        return f"{kind}: reported on {event.reported_on}, before it occurred on {event.occurred_on}"
    return None


def _first_day(text: str) -> int:
    try:
        return dates.span(text)[0]
    except ValueError:
        return -1  # the amended event's own check names the mistake

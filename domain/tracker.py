"""Appending to a trial: judge the whole history that would result, then write all of it or nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.persistence import EventStore

from trialog.domain.breach import Doubt
from trialog.domain.history import History, project_history
from trialog.domain.trial import Trial
from trialog.events import dates
from trialog.events.catalogue import from_payload, name_of, to_payload
from trialog.events.columns import AMENDMENT_KINDS, PlainColumns, columns_of
from trialog.events.entry import Draft, LogEntry, actor_name, derived_id
from trialog.events.errors import EventError, HistoryError
from trialog.events.kinds import (
    TRIAL_STREAM,
    AnnouncementMade,
    EventCorrected,
    EventRetracted,
    FigureAnnounced,
    SubjectEnrolled,
    TrialEvent,
)
from trialog.events.notes import Note
from trialog.events.sealing import Place, sealed_by, without_seal
from trialog.events.store.log import Log
from trialog.events.store.mapper import EventMapper
from trialog.events.store.rows import NewEntry
from trialog.events.store.transaction import Transaction

MOST_ENTRIES_KEPT: Final = 200_000
"""Entries of histories kept between two appends of one session, some hundred bytes each."""

_NEVER: Final = -(2**31)

Sign = Callable[[Note], Note]


class Keys(Protocol):
    """Where the keys of sealed fields are kept."""

    def key_for(self, origin: str, subject: str) -> bytes:
        """Return a subject's key, a new one at first use.

        Raises:
            EventError: The subject was redacted.
        """


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
        notes: Checkpoints kept with the announcements of this append, one for each.
    """

    appended: tuple[LogEntry, ...]
    duplicates: tuple[Duplicate, ...]
    doubts: tuple[Doubt, ...]
    size: int
    root: bytes
    notes: tuple[Note, ...] = ()


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
        sign: Signs the checkpoint that is kept with an announcement; None leaves it unsigned.
        keys: Keys of sealed fields; None refuses drafts that have some.
    """

    def __init__(self, log: Log, trial: str, actor: str, *, sign: Sign | None = None, keys: Keys | None = None) -> None:
        self.trial = trial
        self.actor = actor_name(actor)
        self.keys = keys
        self._log = log
        self.recorder = log.recorder(trial)
        self._sign = sign
        self.mapper = EventMapper()
        self._histories: dict[str, History] = {}
        self._entries_kept = 0
        self._judged_size = 0
        self.repository: Repository[str] = Repository(EventStore(self.mapper, self.recorder))

    def now(self) -> int:
        """Return the log's time, microseconds since 1970-01-01 UTC."""
        return self._log.now()

    def history(self, stream: str) -> History:
        """Return one stream, empty when the log does not have it."""
        try:
            return self.repository.get(stream, projector_func=project_history)
        except AggregateNotFoundError:
            return History(stream)

    def append(self, drafts: Iterable[Draft], *, dry_run: bool = False, doubts: bool = True) -> Receipt:
        """Append events in one transaction, or refuse all of them.

        With each announcement the log keeps the checkpoint that it rests on.

        Args:
            drafts: Events in any order; within one append a later draft may complete an earlier one.
            dry_run: Judge only.
            doubts: Look for oddities too.

        Raises:
            RefusedError: At least one event cannot be appended; the text has a line for each.
            LogError: The log cannot be written.
        """
        drafts = list(drafts)
        with _collector_resting(), self.recorder.writing() as transaction:
            if transaction.size != self._judged_size:
                self._forget()
            plan = _Plan(self, transaction, drafts, dry_run=dry_run)
            notes: tuple[Note, ...] = ()
            if not dry_run:
                transaction.insert(plan.rows)
                notes = self._keep_checkpoints(transaction, plan.pending)
            size, root = transaction.size, transaction.root
        found = plan.doubts() if doubts else ()
        if not dry_run:
            self._remember(plan.histories, size)
        return Receipt(tuple(plan.pending), tuple(plan.duplicates), found, size, root, notes)

    def _keep_checkpoints(self, transaction: Transaction, entries: Iterable[LogEntry]) -> tuple[Note, ...]:
        announced = dict.fromkeys(
            entry.event.announcement
            for entry in entries
            if type(entry.event) is AnnouncementMade or type(entry.event) is FigureAnnounced
        )
        notes = []
        for name in announced:
            note = transaction.checkpoint.note()
            notes.append(self._sign(note) if self._sign else note)
            transaction.keep(notes[-1], about=name)
        return tuple(notes)

    def _remember(self, histories: dict[str, History], size: int) -> None:
        if self._entries_kept > MOST_ENTRIES_KEPT:
            self._forget()
        self._histories.update(histories)
        self._entries_kept += sum(history.version for history in histories.values())
        self._judged_size = size

    def _forget(self) -> None:
        self._histories.clear()
        self._entries_kept = 0

    def load(self, transaction: Transaction, streams: Iterable[str]) -> dict[str, History]:
        """Return histories as they stand under the transaction's lock."""
        kept = self._histories
        found: dict[str, History] = {}
        missing = []
        for stream in streams:
            if stream in kept:
                found[stream] = kept[stream]
            else:
                missing.append(stream)
        stored = transaction.entries_of(missing)
        for stream in missing:
            entries = tuple([self.mapper.to_domain_event(row) for row in stored.get(stream, ())])
            found[stream] = History(stream, entries)
        return found


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Keep the collector of cycles from walking thousands of new entries again and again; none is part of a cycle."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Line:
    """A draft on its way into the log.

    Attributes:
        event: With its target resolved.
        stream: Where it belongs.
        event_id: Given or derived.
        payload: What the log will store, before sealing.
    """

    __slots__ = ("draft", "event", "event_id", "payload", "stream")

    def __init__(self, draft: Draft, event: TrialEvent) -> None:
        self.draft = draft
        self.event = event
        self.stream = event.stream
        self.payload = to_payload(event)
        self.event_id = draft.event_id or derived_id(event.TOPIC, self.payload)


class _Plan:
    """The judged result of one append: what to write, what is there already, or why not.

    Attributes:
        pending: New entries, by position.
        rows: The same as the log stores them.
        duplicates: Drafts that the log holds already.
        histories: Every history that the append touches, as it stands afterwards.
    """

    def __init__(self, tracker: Tracker, transaction: Transaction, drafts: list[Draft], *, dry_run: bool) -> None:
        self._tracker = tracker
        self._dry_run = dry_run
        self._transaction = transaction
        self._targets: dict[str, int] = {}
        self.pending: list[LogEntry] = []
        self.rows: list[NewEntry] = []
        self.duplicates: list[Duplicate] = []
        self._where: dict[int, str] = {}
        self._complaints: dict[int, str] = {}

        lines = self._resolve_targets(drafts)
        self._refuse_if_any()
        fresh = self._without_duplicates(lines)
        streams = dict.fromkeys([line.stream for line in fresh])
        self._before = tracker.load(transaction, dict.fromkeys([TRIAL_STREAM, *streams]))
        self._place(fresh)
        self.histories = self._judge(streams)
        self._refuse_if_any()

    @property
    def trial(self) -> Trial:
        """The trial with what this append adds to it."""
        return self.histories.get(TRIAL_STREAM, self._before[TRIAL_STREAM]).trial()

    def doubts(self) -> tuple[Doubt, ...]:
        """Return the oddities that this append's events raise."""
        first = self.pending[0].position if self.pending else 0
        cohorts = self.trial.cohorts
        return tuple(
            [
                doubt
                for history in self.histories.values()
                for doubt in history.doubts(cohorts)
                if doubt.position >= first
            ]
        )

    def _resolve_targets(self, drafts: list[Draft]) -> list[_Line]:
        """Give every draft its id, and each amendment the stream of the event it is about."""
        if not any(draft.event.KIND in AMENDMENT_KINDS for draft in drafts):
            return [_Line(draft, draft.event) for draft in drafts]
        wanted = [draft.event.target for draft in drafts if isinstance(draft.event, (EventCorrected, EventRetracted))]
        in_log = self._transaction.entries_with_ids(target for target in wanted if not target.startswith("#"))
        streams: dict[str, str] = {}
        for stored in in_log.values():
            streams[stored.event_id] = str(stored.originator_id)
            self._targets[stored.event_id] = stored.position
        resolved = []
        for number, draft in enumerate(drafts):
            event = draft.event
            if isinstance(event, (EventCorrected, EventRetracted)):
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
            line = _Line(draft, event)
            streams.setdefault(line.event_id, event.stream)
            resolved.append(line)
        return resolved

    def _without_duplicates(self, lines: list[_Line]) -> list[_Line]:
        ids = [line.event_id for line in lines]
        known = self._transaction.known_ids(ids)
        if not known and len(set(ids)) == len(ids):
            return lines
        stored = self._transaction.entries_with_ids(known) if known else {}
        seen: dict[str, tuple[str, tuple[bytes, ...], int]] = {
            # Whoever sends an event again sends its private texts as they were, or as the log sealed them.
            event_id: (row.topic, (row.state, without_seal(row.topic, row.state)), row.position)
            for event_id, row in stored.items()
        }
        fresh: list[_Line] = []
        position = self._transaction.size
        for number, line in enumerate(lines):
            twin = seen.get(line.event_id)
            if twin is None:
                position += 1
                seen[line.event_id] = (line.event.TOPIC, (line.payload,), position)
                fresh.append(line)
            elif twin[0] == line.event.TOPIC and line.payload in twin[1]:
                self.duplicates.append(Duplicate(line.draft, twin[2]))
            else:
                self._complain(
                    number,
                    line.draft,
                    f"id {line.event_id!r} belongs to another event, {twin[0]} at position {twin[2]}; "
                    "choose another id, or correct that event",
                )
        return fresh

    def _place(self, fresh: list[_Line]) -> None:
        """Give each new event its position, version and actor, and check its dates against the clock."""
        versions = {stream: history.version for stream, history in self._before.items()}
        position, now = self._transaction.size, self._transaction.recorded_at
        today = dates.latest_calendar_day(now)
        targets, where, own_name = self._targets, self._where, self._tracker.actor
        pending, rows = self.pending, self.rows
        for line in fresh:
            position += 1
            event, stream, event_id, payload = line.event, line.stream, line.event_id, line.payload
            _, _, given_actor, at, private = draft = line.draft
            version = versions[stream] = versions[stream] + 1
            target = targets[event.target] if event.KIND in AMENDMENT_KINDS else 0  # type: ignore[attr-defined]
            columns = columns_of(event, target)
            complaint = _beyond_the_clock(event, columns, today)
            if complaint:
                self._complain(position, draft, complaint)
            elif private is not None:
                event = self._sealed(line, stream, version)
                payload = to_payload(event)
            where[position] = at
            targets[event_id] = position
            actor = actor_name(given_actor) if given_actor else own_name
            pending.append(LogEntry(position, stream, version, event_id, now, actor, event))
            rows.append(NewEntry(stream, version, event.TOPIC, event_id, actor, payload, columns))

    def _sealed(self, line: _Line, stream: str, version: int) -> TrialEvent:
        """Return the event with its private texts sealed for exactly this place in the log."""
        subject = getattr(line.event, "subject", None)
        if self._tracker.keys is None:
            raise EventError("private texts need keys; name their folder with TRIALOG_KEYS, or leave them out")
        if subject is None or line.draft.event_id is None:
            raise EventError("private texts belong to an event of a subject that has an id of its own")
        if self._dry_run:
            return line.event
        self._transaction.begin()
        origin = self._transaction.checkpoint.origin
        key = self._tracker.keys.key_for(origin, subject)
        sealed = sealed_by(key, line.draft.private or {}, Place(origin, stream, version, line.event_id))
        return line.event.model_copy(update={"sealed": sealed})

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
        if TRIAL_STREAM not in after:
            return
        gone = self._before[TRIAL_STREAM].trial().cohorts.keys() - trial.cohorts.keys()
        if gone:
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


def _beyond_the_clock(event: TrialEvent, columns: PlainColumns, today: int) -> str | None:
    """Return why an event's dates cannot be known yet, None when they can."""
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
        return _NEVER  # the amended event's own check names the mistake

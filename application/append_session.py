"""Appending to a trial: judge the whole history that would result, then write all of it or nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, TypeGuard

from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.persistence import EventStore

from trialog.application.judging import JudgedAppend, JudgeOptions, Keys, doubts_of
from trialog.application.receipt import Receipt, RefusedError
from trialog.domain.findings import HistoryWarning
from trialog.domain.history import StreamHistory, project_history
from trialog.domain.subject_summary import Outline, SubjectSummary
from trialog.events.entry import Draft, LogEntry, actor_name
from trialog.events.errors import ConflictError, EventError
from trialog.events.kinds import TRIAL_STREAM, AnnouncementMade, FigureAnnounced, SubjectEnrolled, TrialEvent
from trialog.events.registry import from_payload
from trialog.log.store.database import Database
from trialog.log.store.postgresql.append import LARGEST_CALL
from trialog.log.store.rows import Head, StoredEntry
from trialog.log.store.transaction import Outline as StoredOutline
from trialog.log.store.transaction import Transaction
from trialog.log.store.trial_log import EventMapper
from trialog.log.trust.signed_notes import Note

MOST_STANDINGS_KEPT: Final = 200_000
"""Subjects whose standing a session remembers between two appends, some hundred bytes each."""

_SUBJECTS_AT_ONCE: Final = 1_000

Sign = Callable[[Note], Note]


class AppendSession:
    """A session that appends events of one trial to a log; it belongs to one thread.

    Args:
        log: An open log.
        trial: The trial's code.
        actor: Who records, for drafts that do not say.
        sign: Signs the checkpoint that is kept with an announcement; None leaves it unsigned.
        keys: Keys of sealed fields; None refuses drafts that have some.
    """

    def __init__(
        self, log: Database, trial: str, actor: str, *, sign: Sign | None = None, keys: Keys | None = None
    ) -> None:
        self.trial = trial
        self.actor = actor_name(actor)
        self.keys = keys
        self._log = log
        self.recorder = log.recorder(trial)
        self._sign = sign
        self.mapper = EventMapper()
        self._standings: dict[str, SubjectSummary] = {}
        self._trial_history: StreamHistory | None = None
        self._judged_at: Head | None = None
        self._all_new = True
        self.repository: Repository[str] = Repository(EventStore(self.mapper, self.recorder))

    def now(self) -> int:
        """Return the log's time, microseconds since 1970-01-01 UTC."""
        return self._log.now()

    def history(self, stream: str) -> StreamHistory:
        """Return one stream, empty when the log does not have it."""
        try:
            return self.repository.get(stream, projector_func=project_history)
        except AggregateNotFoundError:
            return StreamHistory(stream)

    def append(self, drafts: Iterable[Draft], *, dry_run: bool = False, doubts: bool = True) -> Receipt:
        """Append events in one transaction, or refuse all of them.

        With each announcement the log keeps the checkpoint that it rests on.

        Args:
            drafts: Events in any order; within one append a later draft may complete an earlier one.
            dry_run: Judge only.
            doubts: Look for oddities too, which takes the whole history of each subject.

        Raises:
            RefusedError: At least one event cannot be appended; the text has a line for each.
            LogError: The log cannot be written.
        """
        drafts = list(drafts)
        if drafts and self._all_new and not dry_run and all(draft.private is None for draft in drafts):
            # What comes is new nearly always, and if not, the log refuses its id: no need to ask for it first. (Private
            # texts would be sealed before that, by a key that is perhaps gone.)
            with suppress(RefusedError, ConflictError, EventError):
                return self._append(drafts, JudgeOptions(whole=doubts, all_new=True))
        receipt = self._append(drafts, JudgeOptions(whole=doubts, dry_run=dry_run))
        # Who sends a file again sends all of it again.
        self._all_new = not receipt.duplicates
        return receipt

    def _append(self, drafts: list[Draft], judging: JudgeOptions) -> Receipt:
        # With an announcement the log keeps a checkpoint, in the same transaction.
        announces = any(_is_announced(draft.event) for draft in drafts)
        held = announces or not judging.all_new or len(drafts) > LARGEST_CALL
        with _collector_resting(), self.recorder.writing(held=held) as transaction:
            if transaction.found.head != self._judged_at:
                self._forget()
            plan = JudgedAppend(self, transaction, drafts, judging)
            notes: tuple[Note, ...] = ()
            if not judging.dry_run:
                transaction.insert(plan.rows)
                if announces:
                    notes = self._keep_checkpoints(transaction, plan.pending)
            size, root, head = transaction.size, transaction.root, transaction.left.head
        found = plan.doubts() if judging.whole else ()
        if not judging.dry_run:
            self._remember(plan, head)
        return Receipt(tuple(plan.pending), tuple(plan.duplicates), found, size, root, notes)

    def doubts(self, streams: Iterable[str], since: int) -> Iterator[tuple[int, tuple[HistoryWarning, ...]]]:
        """Yield what is odd in some streams, some thousand of them at a time, with their number.

        Args:
            streams: Names.
            since: Position from which on events are looked at.
        """
        names = list(streams)
        trial = self.history(TRIAL_STREAM).trial
        for at in range(0, len(names), _SUBJECTS_AT_ONCE):
            some = names[at : at + _SUBJECTS_AT_ONCE]
            with _collector_resting():
                found = self._histories(some, self.recorder.entries_of(some))
                doubts = doubts_of(found.values(), trial, since)
            yield len(some), doubts

    def _keep_checkpoints(self, transaction: Transaction, entries: Iterable[LogEntry]) -> tuple[Note, ...]:
        announced = dict.fromkeys(entry.event.announcement for entry in entries if _is_announced(entry.event))
        notes = []
        for name in announced:
            note = transaction.checkpoint.note()
            notes.append(self._sign(note) if self._sign else note)
            transaction.keep(notes[-1], about=name)
        return tuple(notes)

    # -- what is known of the past

    def histories(self, transaction: Transaction, streams: Iterable[str]) -> dict[str, StreamHistory]:
        """Return whole streams as they stand for the transaction."""
        found: dict[str, StreamHistory] = {}
        missing = []
        for stream in streams:
            if stream == TRIAL_STREAM and self._trial_history is not None:
                found[stream] = self._trial_history
            else:
                missing.append(stream)
        if missing:
            found.update(self._histories(missing, transaction.entries_of(missing)))
        if TRIAL_STREAM in found:
            self._trial_history = found[TRIAL_STREAM]
        return found

    def standings(self, transaction: Transaction, streams: Iterable[str]) -> dict[str, SubjectSummary]:
        """Return where subjects stand for the transaction."""
        kept = self._standings
        found: dict[str, SubjectSummary] = {}
        missing = []
        for stream in streams:
            if stream in kept:
                found[stream] = kept[stream]
            else:
                missing.append(stream)
        if missing:
            stored = transaction.outlines_of(missing)
            for stream in missing:
                found[stream] = SubjectSummary().after(map(_outline, stored.get(stream, ())))
        return found

    def _histories(self, streams: Iterable[str], stored: Mapping[str, list[StoredEntry]]) -> dict[str, StreamHistory]:
        mapped = self.mapper.to_domain_event
        return {
            stream: StreamHistory(stream, tuple([mapped(row) for row in stored.get(stream, ())])) for stream in streams
        }

    def _remember(self, plan: JudgedAppend, head: Head) -> None:
        if len(self._standings) > MOST_STANDINGS_KEPT:
            self._standings.clear()
        for stream, history in plan.histories.items():
            self._standings.pop(stream, None)
            if stream == TRIAL_STREAM:
                self._trial_history = history
        self._standings.update(plan.standings)
        self._judged_at = head

    def _forget(self) -> None:
        self._judged_at = None
        self._standings.clear()
        self._trial_history = None


def _is_announced(event: TrialEvent) -> TypeGuard[AnnouncementMade | FigureAnnounced]:
    return type(event) is AnnouncementMade or type(event) is FigureAnnounced


def _outline(stored: StoredOutline) -> Outline:
    kind, first, last, enrollment = stored
    if enrollment is None:
        return kind, first, last, ""
    event = from_payload(SubjectEnrolled.TOPIC, enrollment)
    assert isinstance(event, SubjectEnrolled)  # noqa: S101  # narrows the type
    return kind, first, last, event.cohort


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

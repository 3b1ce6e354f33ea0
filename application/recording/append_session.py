"""Appending to a trial: judge the whole history that would result, then write all of it or nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard

from trialog.application.recording.past import PastReader, histories_of, known_events
from trialog.application.recording.receipt import Receipt, RefusedError
from trialog.domain.findings import HistoryWarning
from trialog.domain.history import StreamHistory
from trialog.domain.judging import (
    Identified,
    Judged,
    Refusal,
    identify,
    judge,
    refused_lines,
    targets_of,
    warnings_of,
    without_duplicates,
)
from trialog.events.entry import Draft, LogEntry, actor_name
from trialog.events.errors import ConflictError, EventError
from trialog.events.kinds import TRIAL_STREAM, AnnouncementMade, FigureAnnounced, TrialEvent
from trialog.events.registry import to_payload
from trialog.log.private.sealing import SealedPlace, sealed_by
from trialog.log.store.database import Database
from trialog.log.store.postgresql.append import LARGEST_CALL
from trialog.log.store.rows import Head
from trialog.log.store.transaction import Transaction, insert_together
from trialog.log.trust.signed_notes import Note

if TYPE_CHECKING:
    from trialog.log.private.key_folder import FolderKeys

_SUBJECTS_AT_ONCE: Final = 1_000

Sign = Callable[[Note], Note]


class AppendOptions(NamedTuple):
    """How an append is done.

    Attributes:
        whole: Judge whole histories only, as `Judged.warnings` needs them.
        all_new: Assume that the log holds none of the drafts, nor a subject that they enroll; it refuses those that
            it holds.
        dry_run: Write nothing.
    """

    whole: bool
    all_new: bool = False
    dry_run: bool = False


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
        self, log: Database, trial: str, actor: str, *, sign: Sign | None = None, keys: FolderKeys | None = None
    ) -> None:
        self.trial = trial
        self.actor = actor_name(actor)
        self.keys = keys
        self._log = log
        self.recorder = log.recorder(trial)
        self._sign = sign
        self._past = PastReader(trial)
        self._all_new = True

    def now(self) -> int:
        """Return the log's time, microseconds since 1970-01-01 UTC."""
        return self._log.now()

    def history(self, stream: str) -> StreamHistory:
        """Return one stream, empty if the log does not have it."""
        return StreamHistory(stream, self.recorder.history(stream))

    def append(self, drafts: Iterable[Draft], *, dry_run: bool = False, doubts: bool = True) -> Receipt:
        """Append events in one transaction, or refuse all of them.

        With each announcement the log keeps the checkpoint that it rests on.

        Args:
            drafts: Events in any order; within one append a later draft may complete an earlier one.
            dry_run: Judge only.
            doubts: Look for warnings too, which takes the whole history of each subject.

        Raises:
            RefusedError: At least one event cannot be appended; the text has a line for each.
            LogError: The log cannot be written.
        """
        return append_together(self._log, [Share(self, list(drafts))], dry_run=dry_run, doubts=doubts)[0]

    def judge(
        self, transaction: Transaction, drafts: Sequence[Draft], options: AppendOptions
    ) -> tuple[Identified, Judged]:
        """Load what is needed of the past, and judge drafts."""
        ids, positions = targets_of(drafts)
        targets = known_events(transaction, ids, positions) if ids or positions else {}
        identified = identify(drafts, targets, self.trial)
        known = {} if options.all_new else known_events(transaction, identified.ids)
        identified = without_duplicates(identified, known, transaction.size)
        past = self._past.load(transaction, identified, whole=options.whole, all_new=options.all_new)
        judged = judge(past, identified, transaction.recorded_at, self.actor)
        while judged.undecided or judged.needs_enrolled:
            past = self._past.complete(transaction, past, judged)
            judged = judge(past, identified, transaction.recorded_at, self.actor)
        return identified, judged

    def remember(self, judged: Judged, head: Head, *, new: bool) -> None:
        """Remember the log as an append left it.

        Args:
            judged: What was appended.
            head: Of the log.
            new: Whether the log held none of it before; a file that is sent again is usually sent again as a whole.
        """
        self._past.remember(judged, head)
        self._all_new = new

    def may_assume_new(self, drafts: Sequence[Draft]) -> bool:
        """Tell whether drafts may be taken as new to the log until it refuses them.

        Nearly always they are, and if not, the log refuses their ids: no need to look them up first. Private texts
        would be sealed before that, by a key that perhaps no longer exists.
        """
        return self._all_new and all(draft.private is None for draft in drafts)

    def seal(self, transaction: Transaction, judged: Judged) -> None:
        """Seal the private texts of the new events, each for exactly its place in the log."""
        for at, each in enumerate(judged.drafts):
            if each.draft.private is None:
                continue
            subject = getattr(each.event, "subject", None)
            if self.keys is None:
                raise EventError("private texts need keys; name their folder with TRIALOG_KEYS, or leave them out")
            if subject is None or each.draft.event_id is None:
                raise EventError("private texts belong to an event of a subject that has an id of its own")
            transaction.begin()
            origin, row = transaction.checkpoint.origin, judged.rows[at]
            key = self.keys.key_for(origin, subject)
            sealed = sealed_by(key, each.draft.private, SealedPlace(origin, row.stream, row.version, row.event_id))
            event = each.event.model_copy(update={"sealed": sealed})
            judged.entries[at] = judged.entries[at]._replace(event=event)
            judged.rows[at] = row._replace(payload=to_payload(event))

    def keep_checkpoints(self, transaction: Transaction, entries: Iterable[LogEntry]) -> tuple[Note, ...]:
        """Keep a checkpoint with each announcement among new entries; return the checkpoints."""
        announced = dict.fromkeys(entry.event.announcement for entry in entries if _is_announced(entry.event))
        notes = []
        for name in announced:
            note = transaction.checkpoint.note()
            notes.append(self._sign(note) if self._sign else note)
            transaction.keep(notes[-1], about=name)
        return tuple(notes)

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
            with collector_paused():
                found = histories_of(some, self.recorder.entries_of(some))
                warnings = warnings_of(found.values(), trial, since)
            yield len(some), warnings


class Share(NamedTuple):
    """The drafts of one trial among those of an append.

    Attributes:
        session: Appends to the trial.
        drafts: Events in any order.
        numbers: Their places among the drafts of all trials; refusals are in that order.
    """

    session: AppendSession
    drafts: list[Draft]
    numbers: Sequence[int] = ()


def append_together(log: Database, shares: Sequence[Share], *, dry_run: bool, doubts: bool) -> list[Receipt]:
    """Append events of one or several trials in one transaction, or refuse all of them.

    Args:
        log: That of the sessions.
        shares: Each of another trial.
        dry_run: Judge only.
        doubts: Look for warnings too, which takes the whole history of each subject.

    Returns:
        A receipt for each trial.

    Raises:
        RefusedError: At least one event cannot be appended; the text has a line for each.
        LogError: The log cannot be written.
    """
    drafted = any(each.drafts for each in shares)
    if drafted and not dry_run and all(each.session.may_assume_new(each.drafts) for each in shares):
        with suppress(RefusedError, ConflictError, EventError):
            return _append(log, shares, AppendOptions(whole=doubts, all_new=True))
    return _append(log, shares, AppendOptions(whole=doubts, dry_run=dry_run))


def _append(log: Database, shares: Sequence[Share], options: AppendOptions) -> list[Receipt]:
    # With an announcement the log keeps a checkpoint, in the same transaction.
    announces = not options.dry_run and any(_is_announced(draft.event) for share in shares for draft in share.drafts)
    with collector_paused(), _transactions(log, shares, options, announces=announces) as transactions:
        judged = [
            share.session.judge(transaction, share.drafts, options)
            for share, transaction in zip(shares, transactions, strict=True)
        ]
        _refuse_if_any(shares, judged)
        notes: list[tuple[Note, ...]] = [()] * len(shares)
        if not options.dry_run:
            _write(shares, transactions, judged, options)
        if announces:
            notes = [
                share.session.keep_checkpoints(transaction, found.entries)
                for share, transaction, (_, found) in zip(shares, transactions, judged, strict=True)
            ]
        ends = [(transaction.size, transaction.root, transaction.left.head) for transaction in transactions]
    receipts = []
    for share, (drafts, found), kept, (size, root, head) in zip(shares, judged, notes, ends, strict=True):
        if not options.dry_run:
            share.session.remember(found, head, new=not drafts.duplicates)
        warnings = found.warnings() if options.whole else ()
        receipts.append(Receipt(tuple(found.entries), tuple(drafts.duplicates), warnings, size, root, kept))
    return receipts


def _transactions(
    log: Database, shares: Sequence[Share], options: AppendOptions, *, announces: bool
) -> AbstractContextManager[list[Transaction]]:
    """Open one transaction that appends to each trial."""
    if len(shares) > 1:
        return log.writing_trials([share.session.recorder for share in shares])
    held = announces or not options.all_new or len(shares[0].drafts) > LARGEST_CALL
    return log.writing_trials([shares[0].session.recorder], held=held)


def _write(
    shares: Sequence[Share],
    transactions: Sequence[Transaction],
    judged: Sequence[tuple[Identified, Judged]],
    options: AppendOptions,
) -> None:
    if not options.all_new:
        for share, transaction, (_, found) in zip(shares, transactions, judged, strict=True):
            share.session.seal(transaction, found)
    insert_together([(transaction, found.rows) for transaction, (_, found) in zip(transactions, judged, strict=True)])


def _refuse_if_any(shares: Sequence[Share], judged: Sequence[tuple[Identified, Judged]]) -> None:
    refusals: list[Refusal] = []
    for share, (_, found) in zip(shares, judged, strict=True):
        for each in found.refusals:
            number = share.numbers[each.number] if share.numbers and each.number >= 0 else each.number
            refusals.append(each._replace(number=number))
    if refusals:
        raise RefusedError(refused_lines(refusals))


def _is_announced(event: TrialEvent) -> TypeGuard[AnnouncementMade | FigureAnnounced]:
    return type(event) is AnnouncementMade or type(event) is FigureAnnounced


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause garbage collection during a bulk append; entries form no cycles."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

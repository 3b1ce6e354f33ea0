"""The judged result of one append: what to write, what is there already, or why nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

from trialog.application.receipt import Duplicate, RefusedError
from trialog.domain.findings import HistoryWarning
from trialog.domain.history import StreamHistory
from trialog.domain.subject_summary import Outline, SubjectSummary
from trialog.domain.trial import Trial
from trialog.events import dates
from trialog.events.entry import Draft, LogEntry, actor_name, derived_id
from trialog.events.errors import EventError
from trialog.events.index_columns import AMENDMENT_KINDS, IndexColumns, columns_of
from trialog.events.kinds import (
    SUBJECT_PREFIX,
    TRIAL_STREAM,
    AnnouncementMade,
    EventCorrected,
    EventRetracted,
    SubjectEnrolled,
    TrialEvent,
)
from trialog.events.registry import from_payload, name_of, to_payload
from trialog.log.private.sealing import Place, sealed_by, without_seal
from trialog.log.store.rows import NewEntry
from trialog.log.store.transaction import Transaction

_NEVER: Final = -(2**31)
_ENROLLED: Final = SubjectEnrolled.KIND


class Keys(Protocol):
    """Where the keys of sealed fields are kept."""

    def key_for(self, origin: str, subject: str) -> bytes:
        """Return a subject's key, a new one at first use.

        Raises:
            EventError: The subject was redacted.
        """


class Past(Protocol):
    """What a plan needs to know of the trial so far."""

    trial: str
    actor: str
    keys: Keys | None

    def histories(self, transaction: Transaction, streams: Iterable[str]) -> dict[str, StreamHistory]:
        """Return whole streams as they stand for the transaction, empty where the log has none."""

    def standings(self, transaction: Transaction, streams: Iterable[str]) -> dict[str, SubjectSummary]:
        """Return where subjects stand for the transaction."""


class JudgeOptions(NamedTuple):
    """How the events of an append are judged.

    Attributes:
        whole: By whole histories only, as `JudgedAppend.doubts` needs them.
        all_new: Take it that none of them stands in the log, nor a subject that they enroll; it refuses those that do.
        dry_run: Seal nothing.
    """

    whole: bool = False
    all_new: bool = False
    dry_run: bool = False


class _ResolvedDraft(NamedTuple):
    """A draft on its way into the log.

    Attributes:
        draft: As it was given.
        event: With its target resolved.
        stream: Where it belongs.
        payload: What the log will store, before sealing.
        event_id: Given or derived.
    """

    draft: Draft
    event: TrialEvent
    stream: str
    payload: bytes
    event_id: str


def _line(draft: Draft, event: TrialEvent) -> _ResolvedDraft:
    payload = to_payload(event)
    return _ResolvedDraft(draft, event, event.stream, payload, draft.event_id or derived_id(event.TOPIC, payload))


class JudgedAppend:
    """What an append comes to.

    Subjects are judged by their standing, and by their whole history only where that does not suffice.

    Args:
        past: The trial so far.
        transaction: Open, on the trial's log.
        drafts: Events in any order.
        judging: How.

    Attributes:
        pending: New entries, by position.
        rows: The same as the log stores them.
        duplicates: Drafts that the log holds already.
        standings, histories: Of every stream that the append touches, as it stands afterwards; a subject is in
            one of them.

    Raises:
        RefusedError: At least one event cannot be appended.
    """

    def __init__(self, past: Past, transaction: Transaction, drafts: list[Draft], judging: JudgeOptions) -> None:
        self._past = past
        self._judging = judging
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
        self._load(fresh)
        self._place(fresh)
        self.standings: dict[str, SubjectSummary] = {}
        self.histories: dict[str, StreamHistory] = {}
        self._judge()
        self._refuse_if_any()

    @property
    def trial(self) -> Trial:
        """The trial with what this append adds to it."""
        return self.histories.get(TRIAL_STREAM, self._before[TRIAL_STREAM]).trial

    def doubts(self) -> tuple[HistoryWarning, ...]:
        """Return the oddities that this append's events raise in histories judged whole."""
        first = self.pending[0].position if self.pending else 0
        return doubts_of(self.histories.values(), self.trial, first)

    def _resolve_targets(self, drafts: list[Draft]) -> list[_ResolvedDraft]:
        """Give every draft its id, and each amendment the stream of the event it is about."""
        if not any(draft.event.KIND in AMENDMENT_KINDS for draft in drafts):
            return [_line(draft, draft.event) for draft in drafts]
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
                        f"no event {target!r} in the log of {self._past.trial}; "
                        "expected its id, or # and its position, as trialog log shows them",
                    )
                    continue
                event = event.model_copy(update={"target": target, "target_stream": streams[target]})
            line = _line(draft, event)
            streams.setdefault(line.event_id, event.stream)
            resolved.append(line)
        return resolved

    def _without_duplicates(self, lines: list[_ResolvedDraft]) -> list[_ResolvedDraft]:
        ids = [line.event_id for line in lines]
        known = set() if self._judging.all_new else self._transaction.known_ids(ids)
        if not known and len(set(ids)) == len(ids):
            return lines
        stored = self._transaction.entries_with_ids(known) if known else {}
        seen: dict[str, tuple[str, tuple[bytes, ...], int]] = {
            # Whoever sends an event again sends its private texts as they were, or as the log sealed them.
            event_id: (row.topic, (row.state, without_seal(row.topic, row.state)), row.position)
            for event_id, row in stored.items()
        }
        fresh: list[_ResolvedDraft] = []
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

    def _load(self, fresh: list[_ResolvedDraft]) -> None:
        """Read as much of the past as is needed to judge the new events."""
        kinds: dict[str, int] = {}
        for line in fresh:
            kinds.setdefault(line.stream, line.event.KIND)
        streams = self._streams = dict.fromkeys(kinds)
        if self._judging.all_new:
            # Who begins with an enrollment was not there before.
            self._transaction.take_as_new(stream for stream, kind in kinds.items() if kind == _ENROLLED)
        subjects = [] if self._judging.whole else [stream for stream in streams if stream.startswith(SUBJECT_PREFIX)]
        found = self._past.standings(self._transaction, subjects) if subjects else {}
        self._standing = {stream: standing for stream, standing in found.items() if standing.is_conclusive}
        self._outlines: dict[str, list[Outline]] = {stream: [] for stream in self._standing}
        others = [stream for stream in streams if stream not in self._standing]
        self._before = self._past.histories(self._transaction, dict.fromkeys([TRIAL_STREAM, *others]))

    def _place(self, fresh: list[_ResolvedDraft]) -> None:
        """Give each new event its position, version and actor, and check its dates against the clock."""
        versions = {stream: standing.version for stream, standing in self._standing.items()}
        versions.update((stream, history.version) for stream, history in self._before.items())
        position, now = self._transaction.size, self._transaction.recorded_at
        today = dates.latest_calendar_day(now)
        targets, where, own_name = self._targets, self._where, self._past.actor
        pending, rows, outlines = self.pending, self.rows, self._outlines
        for line in fresh:
            position += 1
            draft, event, stream, payload, event_id = line
            version = versions[stream] = versions[stream] + 1
            kind = event.KIND
            target = targets[event.target] if kind in AMENDMENT_KINDS else 0  # type: ignore[attr-defined]
            columns = columns_of(event, target)
            complaint = _beyond_the_clock(event, columns, today)
            if complaint:
                self._complain(position, draft, complaint)
            elif draft.private is not None:
                event = self._sealed(line, stream, version)
                payload = to_payload(event)
            if draft.where:
                where[position] = draft.where
            targets[event_id] = position
            actor = actor_name(draft.actor) if draft.actor else own_name
            pending.append(LogEntry(position, stream, version, event_id, now, actor, event))
            rows.append(NewEntry(stream, version, event.TOPIC, event_id, actor, payload, columns))
            outline = outlines.get(stream)
            if outline is not None:
                first, last = columns.occurred_first or 0, columns.occurred_last or 0
                outline.append((kind, first, last, event.cohort if kind == _ENROLLED else ""))  # type: ignore[attr-defined]

    def _sealed(self, line: _ResolvedDraft, stream: str, version: int) -> TrialEvent:
        """Return the event with its private texts sealed for exactly this place in the log."""
        subject = getattr(line.event, "subject", None)
        if self._past.keys is None:
            raise EventError("private texts need keys; name their folder with TRIALOG_KEYS, or leave them out")
        if subject is None or line.draft.event_id is None:
            raise EventError("private texts belong to an event of a subject that has an id of its own")
        if self._judging.dry_run:
            return line.event
        self._transaction.begin()
        origin = self._transaction.checkpoint.origin
        key = self._past.keys.key_for(origin, subject)
        sealed = sealed_by(key, line.draft.private or {}, Place(origin, stream, version, line.event_id))
        return line.event.model_copy(update={"sealed": sealed})

    def _judge(self) -> None:
        """Judge every history that the append touches, as it would stand afterwards."""
        self._judge_whole(stream for stream in self._streams if stream not in self._standing)
        # What stands in the log was judged when it came; only what is new to it can be wrong.
        history = self.histories.get(TRIAL_STREAM)
        trial_breaches = [] if history is None else list(history.breaches(self._past.trial, {}))
        trial = Trial() if trial_breaches else self.trial
        if trial.registration is None and not trial_breaches:
            unknown = f"unknown trial {self._past.trial!r}; register it first: trialog register"
            for entry in self.pending:
                self._blame((entry.position,), unknown)
            return
        for breach in trial_breaches:
            self._blame(breach.positions, breach.message)
        if trial_breaches:
            return
        unsure = []
        for stream, standing in self._standing.items():
            after = standing.after(self._outlines[stream])
            if after.is_sound(trial.cohorts):
                self.standings[stream] = after
            else:
                unsure.append(stream)
        if unsure:
            self._before.update(self._past.histories(self._transaction, unsure))
            self._judge_whole(unsure)
        for stream, history in self.histories.items():
            if stream != TRIAL_STREAM:
                for breach in history.breaches(self._past.trial, trial.cohorts):
                    self._blame(breach.positions, breach.message)
        self._judge_enrolled_cohorts(trial)

    def _judge_whole(self, streams: Iterable[str]) -> None:
        """Make the whole histories of some streams as they would stand afterwards."""
        added: dict[str, list[LogEntry]] = {stream: [] for stream in streams}
        if added:
            for entry in self.pending:
                if entry.stream in added:
                    added[entry.stream].append(entry)
        for stream, entries in added.items():
            self.histories[stream] = self._before[stream].with_entries(entries)

    def _judge_enrolled_cohorts(self, trial: Trial) -> None:
        """Refuse to take back a cohort that subjects are enrolled in."""
        if TRIAL_STREAM not in self.histories:
            return
        gone = self._before[TRIAL_STREAM].trial.cohorts.keys() - trial.cohorts.keys()
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


def doubts_of(histories: Iterable[StreamHistory], trial: Trial, first: int) -> tuple[HistoryWarning, ...]:
    """Return the oddities that events raise from a position on."""
    return tuple([doubt for history in histories for doubt in history.doubts(trial.cohorts) if doubt.position >= first])


def _beyond_the_clock(event: TrialEvent, columns: IndexColumns, today: int) -> str | None:
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

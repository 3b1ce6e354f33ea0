"""What the rules need to know of a trial's log: loaded in few queries, remembered between two appends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from trialog.domain.history import StreamHistory
from trialog.domain.judging import EventInLog, Identified, Judged, Past
from trialog.domain.subject_summary import Outline, SubjectSummary
from trialog.events.index_columns import AMENDMENT_KINDS
from trialog.events.kinds import SUBJECT_PREFIX, TRIAL_STREAM, SubjectEnrolled, TrialRegistered
from trialog.events.registry import from_payload
from trialog.log.private.sealing import without_seal
from trialog.log.store.rows import Head, StoredEntry
from trialog.log.store.transaction import Outline as StoredOutline
from trialog.log.store.transaction import Transaction
from trialog.log.store.trial_log import EventMapper

MOST_SUMMARIES: Final = 200_000
"""Subjects whose summary is remembered between two appends, some hundred bytes each."""

_MAPPER: Final = EventMapper()


class PastReader:
    """Loads the past of one trial for the judge.

    What it remembers is true of one state of the log, which its head identifies; of any other state nothing is known.

    Args:
        trial: The trial's code.
    """

    def __init__(self, trial: str) -> None:
        self._trial = trial
        self._head: Head | None = None
        self._summaries: dict[str, SubjectSummary] = {}
        self._trial_history: StreamHistory | None = None

    def load(self, transaction: Transaction, drafts: Identified, *, whole: bool, all_new: bool) -> Past:
        """Return the past of the streams that drafts belong to.

        Args:
            transaction: Open, on the trial's log.
            drafts: Without duplicates.
            whole: Load whole histories of subjects, and no summaries.
            all_new: Assume that the log does not hold a subject whose first draft is an enrollment.
        """
        if transaction.found.head != self._head:
            self.forget()
            self._head = transaction.found.head
        streams = drafts.streams()
        if all_new:
            transaction.assume_absent(stream for stream, kind in streams.items() if kind == SubjectEnrolled.KIND)
        subjects = [] if whole else [stream for stream in streams if stream.startswith(SUBJECT_PREFIX)]
        unknown = [stream for stream in subjects if stream not in self._summaries]
        others = [stream for stream in dict.fromkeys((TRIAL_STREAM, *streams)) if whole or stream not in subjects]
        transaction.find_streams([*unknown, *others])
        summaries = self._summaries_of(transaction, subjects, unknown)
        others += [stream for stream in subjects if stream not in summaries]
        histories = self._histories(transaction, others)
        self._trial_history = trial_history = histories.pop(TRIAL_STREAM)
        return Past(
            self._trial,
            transaction.size,
            trial_history,
            summaries,
            histories,
            other_trials=self._other_trials(transaction, drafts),
        )

    def _other_trials(self, transaction: Transaction, drafts: Identified) -> list[str]:
        """Return the codes of the other trials if this one is new and nothing registers it: its code may be wrong."""
        if transaction.exists or any(each.event.KIND == TrialRegistered.KIND for each in drafts.fresh):
            return []
        return transaction.trial_codes()

    def complete(self, transaction: Transaction, past: Past, judged: Judged) -> Past:
        """Return a past with what the judge found missing."""
        if judged.needs_enrolled:
            past = replace(past, enrolled=_cohorts(transaction))
        missing = self._histories(transaction, judged.undecided)
        summaries = {stream: each for stream, each in past.summaries.items() if stream not in missing}
        return replace(past, summaries=summaries, histories={**past.histories, **missing})

    def remember(self, judged: Judged, head: Head) -> None:
        """Remember the streams that an append left, and the head of the log that they belong to."""
        if len(self._summaries) > MOST_SUMMARIES:
            self._summaries.clear()
        for stream, history in judged.histories.items():
            self._summaries.pop(stream, None)
            if stream == TRIAL_STREAM:
                self._trial_history = history
        self._summaries.update(judged.summaries)
        self._head = head

    def forget(self) -> None:
        """Forget everything."""
        self._head = None
        self._summaries.clear()
        self._trial_history = None

    def _summaries_of(
        self, transaction: Transaction, subjects: Sequence[str], unknown: Sequence[str]
    ) -> dict[str, SubjectSummary]:
        """Return the summaries of subjects, as far as they are conclusive."""
        remembered = self._summaries
        found = {stream: remembered[stream] for stream in subjects if stream in remembered}
        if unknown:
            stored = transaction.outlines_of(unknown)
            for stream in unknown:
                summary = SubjectSummary().after(map(_outline, stored.get(stream, ())))
                if summary.is_conclusive:
                    found[stream] = summary
        return found

    def _histories(self, transaction: Transaction, streams: Iterable[str]) -> dict[str, StreamHistory]:
        found = {}
        missing = []
        for stream in streams:
            if stream == TRIAL_STREAM and self._trial_history is not None:
                found[stream] = self._trial_history
            else:
                missing.append(stream)
        if missing:
            found.update(histories_of(missing, transaction.entries_of(missing)))
        return found


def known_events(transaction: Transaction, ids: Iterable[str], positions: Iterable[int] = ()) -> dict[str, EventInLog]:
    """Return the events of the log that have one of some ids or positions, by id."""
    found = transaction.entries_at(positions) + transaction.entries_with_ids(ids)
    return {
        entry.event_id: EventInLog(
            entry.position,
            str(entry.originator_id),
            entry.topic,
            # An event may be sent again with its private texts, or as the log stores it, sealed.
            (entry.state, without_seal(entry.topic, entry.state)),
        )
        for entry in found
    }


def histories_of(streams: Iterable[str], stored: Mapping[str, Sequence[StoredEntry]]) -> dict[str, StreamHistory]:
    """Return the histories that stored entries make, empty for streams that have none."""
    mapped = _MAPPER.to_domain_event
    return {
        stream: StreamHistory(stream, tuple([mapped(entry) for entry in stored.get(stream, ())])) for stream in streams
    }


def _outline(stored: StoredOutline) -> Outline:
    kind, first, last, enrollment = stored
    if enrollment is None:
        return Outline(kind, first, last)
    return Outline.of(_enrollment(enrollment), first, last)


def _enrollment(payload: bytes) -> SubjectEnrolled:
    event = from_payload(SubjectEnrolled.TOPIC, payload)
    assert isinstance(event, SubjectEnrolled)  # noqa: S101  # narrows the type
    return event


def _cohorts(transaction: Transaction) -> dict[str, str]:
    """Return the cohort of each enrolled subject, as corrected, by its stream."""
    enrollments = map(_enrollment, transaction.payloads_of_kind(SubjectEnrolled.KIND))
    cohorts = {event.stream: event.cohort for event in enrollments}
    amendments = (payload for kind in AMENDMENT_KINDS for payload in transaction.payloads_of_kind(kind))
    amended = {json.loads(payload)["target_stream"] for payload in amendments}
    changed = [stream for stream in cohorts if stream in amended]
    histories = histories_of(changed, transaction.entries_of(changed))
    return cohorts | {stream: history.cohort for stream, history in histories.items()}

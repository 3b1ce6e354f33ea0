"""An import: compare what was read with the log, subject by subject, and append what is new, changed or gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from trialog.application.recording.append_session import AppendSession, Sign
from trialog.application.recording.past import histories_of
from trialog.domain.history import StreamHistory
from trialog.domain.timeline import known_on
from trialog.domain.trial import Cohort
from trialog.events import dates
from trialog.events.entry import Draft, LogEntry
from trialog.events.errors import HistoryError
from trialog.events.kinds import (
    IMPORT_STREAM,
    SUBJECT_PREFIX,
    TRIAL_STREAM,
    ExtractImported,
    SubjectDied,
    SubjectEnrolled,
)
from trialog.events.provenance import references
from trialog.events.registry import build
from trialog.exchange.extracts import ExtractComparison, ExtractContext, compare, dataset_of
from trialog.exchange.fact import ImportedFact
from trialog.exchange.import_report import NOTHING_IMPORTED, ContradictoryRecords
from trialog.exchange.reading import FactSource
from trialog.log.store.database import Database
from trialog.log.trust.signed_notes import Note

SUBJECTS_AT_ONCE: Final = 500
MOST_IN_ONE: Final = 200_000
"""Events appended in one transaction; a larger import is appended in several, whole subjects in each."""

MOST_GONE: Final = 0.10
"""Share of an earlier extract's events that may be gone before somebody must say that this is meant."""

FEW: Final = 10
"""Events that may be gone without a question, whatever their share."""

_PENDING: Final = 10**15
"""Above every position that a log has: of events that are only judged."""

MOST_CHANGES: Final = 10_000
"""Changes to what the log held that are listed one by one; all of them are counted."""

_BATCH: Final = 50_000

Progress = Callable[[int], None]


@dataclass
class Outcome:
    """What an import did, or would do.

    Attributes:
        by_dataset: For each data set, events new, corrected, retracted, and ``same``: those the log held already.
        kinds: Events appended, by action and kind.
        kept: What differs and was left as it is, and why.
        changes: What was changed of subjects that the log held, in words: new, corrected or retracted.
        held: Subjects of whom nothing was taken in, because they contradict what the log holds.
        transactions: In how many the events were appended.
        size, root: The log afterwards.
        note: The signed checkpoint that the log keeps behind the import; None where nothing was appended or signed.
    """

    by_dataset: dict[str, Counter[str]] = field(default_factory=dict)
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    transactions: int = 0
    size: int = 0
    root: bytes = b""
    note: Note | None = None

    @property
    def appended(self) -> int:
        """Events appended."""
        return sum(count.total() for count in self.kinds.values())

    @property
    def same(self) -> int:
        """Facts that the log held already."""
        return sum(count["same"] for count in self.by_dataset.values())

    def count(self, found: ExtractComparison) -> None:
        """Count what is to be done about a history."""
        for change in found.changes:
            self.by_dataset.setdefault(change.dataset, Counter())[change.action] += 1
            self.kinds.setdefault(change.action, Counter())[change.kind] += 1
        for dataset, count in found.same.items():
            self.by_dataset.setdefault(dataset, Counter())["same"] += count
        self.kept.extend(found.kept)
        self.changes.extend(found.told[: MOST_CHANGES - len(self.changes)])

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "appended": self.appended,
            "already_in_the_log": self.same,
            "by_dataset": {
                dataset: {action: count[action] for action in ("new", "corrected", "retracted", "same")}
                for dataset, count in self.by_dataset.items()
            },
            "by_kind": {action: dict(count) for action, count in self.kinds.items()},
            "changes": self.changes,
            "left_as_they_are": self.kept,
            "subjects_held_back": self.held,
            "transactions": self.transactions,
            "log": {"size": self.size, "root": self.root.hex()},
            "checkpoint": self.note.written() if self.note else None,
        }


def _account_of(event: ExtractImported) -> tuple[object, ...]:
    """Return what an account says, whatever its day."""
    return event.subjects, event.left_out, event.records, event.accepted, event.endpoints


def _silent(_: int) -> None:
    """Tell nobody."""


class Import:
    """Takes a reading into the log of one trial.

    Args:
        log: An open log.
        trial: The trial's code.
        actor: Who records.
        reading: What was read.
        reason: Stands in corrections and retractions, for example ``SDTM extract of 2014-06-30``.
        reported_on: Day on which the extract knew its facts; None for the day of recording.
        gone_is_meant: Accept that much of an earlier extract is gone.
        accept_left_out: What the extract leaves out is known and accepted.
        sign: Signs the checkpoint that is kept behind the import; None keeps none.
    """

    def __init__(
        self,
        log: Database,
        trial: str,
        actor: str,
        reading: FactSource,
        *,
        reason: str,
        reported_on: str | None = None,
        gone_is_meant: bool = False,
        accept_left_out: bool = False,
        sign: Sign | None = None,
    ) -> None:
        self._log = log
        self._trial = trial
        self._actor = actor
        self._reading = reading
        self._gone_is_meant = gone_is_meant
        self._accept_left_out = accept_left_out
        self._sign = sign
        self._tracker = AppendSession(log, trial, actor, sign=sign)
        self._about = ExtractContext(
            prefix=reading.prefix,
            day=reported_on,
            today=dates.iso(dates.day_of_instant(log.now())),
            reason=reason,
            datasets=reading.datasets,
            silent=reading.silent,
        )
        self._broken_subjects: set[str] = set()
        self._joint: set[str] = set()
        self._newest_known = -1
        self._imported: Counter[str] = Counter()
        self._gone: Counter[str] = Counter()
        self.outcome = Outcome()

    def run(
        self,
        *,
        dry_run: bool = False,
        strict: bool = False,
        progress: Progress | None = None,
        appending: Progress | None = None,
    ) -> Outcome:
        """Compare everything, then append.

        Args:
            dry_run: Compare and judge only.
            strict: Refuse all of it when records contradict each other, or what the log holds.
            progress: Called with the number of subjects compared.
            appending: Called with the number of events that are about to stand in the log.

        Raises:
            HistoryError: The extract is older than one in the log, much of an earlier one is gone from it, or
                ``strict`` and there are contradictions.
            RefusedError: The log changed meanwhile, so that the rules refuse an event; nothing was written
                (of this transaction, where an import takes several).
        """
        # Once over everything to count and to refuse, before the first event is written.
        some: list[Draft] = []
        total = 0
        for comparison in self._comparisons(note=True, progress=progress):
            self.outcome.count(comparison)
            drafts = comparison.drafts
            total += len(drafts)
            if total <= MOST_IN_ONE:
                some.extend(drafts)
            else:
                some.clear()
        if strict:
            self._refuse_contradictions()
        nothing = not total and not self.outcome.same
        account = None if nothing else self._account()
        if account is not None:
            total += 1
            some.append(account)
        if total:
            self._refuse_older_extract()
            self._refuse_missing()
            self._refuse_loss()
        tell = appending or _silent
        if total <= MOST_IN_ONE:
            if not dry_run:
                tell(len(some))
            self._append(some, dry_run=dry_run)
        elif not dry_run:
            self._append_in_parts(tell, account)
        if self._sign is not None and self.outcome.transactions:
            self.outcome.note = self._keep_checkpoint(self._sign)
        return self.outcome

    def _keep_checkpoint(self, sign: Sign) -> Note:
        with self._tracker.recorder.writing() as transaction:
            note = sign(transaction.checkpoint.note())
            transaction.keep(note)
        return note

    def _append_in_parts(self, tell: Progress, account: Draft | None) -> None:
        waiting: list[Draft] = []
        events = 0
        for comparison in self._comparisons(note=False, progress=None):
            waiting.extend(comparison.drafts)
            if len(waiting) >= _BATCH:
                events += len(waiting)
                tell(events)
                self._append(waiting)
                waiting = []
        tell(events + len(waiting))
        self._append(waiting if account is None else [*waiting, account])

    def _append(self, drafts: list[Draft], *, dry_run: bool = False) -> None:
        if not drafts:
            self.outcome.size, self.outcome.root = self._tracker.recorder.head()
            return
        receipt = self._tracker.append(drafts, dry_run=dry_run, doubts=False)
        self.outcome.transactions += 0 if dry_run else 1
        self.outcome.size, self.outcome.root = receipt.size, receipt.root

    def _account(self) -> Draft | None:
        """Return the account of what is left out, if the log does not hold it already.

        None too where nothing is left out and the log says nothing else.
        """
        account, day = self._reading.account, self._about.day or self._about.today
        series = self._about.prefix.rpartition(":")[2]
        event = build(
            ExtractImported,
            {
                "occurred_on": day,
                "source": self._about.reason,
                "extract": series,
                "what": self._about.reason,
                "subjects": account.subjects,
                "left_out": {name: why[:500] for name, why in account.left_out_subjects.items()},
                "records": account.gaps(in_log=False),
                "accepted": self._accept_left_out,
                **({} if account.endpoints is None else {"endpoints": account.endpoints}),
                **({} if self._about.day is None else {"reported_on": day}),
            },
        )
        assert isinstance(event, ExtractImported)  # noqa: S101  # narrows the type
        history = self._tracker.history(IMPORT_STREAM)
        held = [fact.event for fact in history.facts if fact.stands and isinstance(fact.event, ExtractImported)]
        before = next((each for each in reversed(held) if each.extract == series), None)
        if before is None and event.is_complete and (event.endpoints is None or "OS" in event.endpoints):
            return None
        if before is not None and _account_of(before) == _account_of(event):
            return None
        return Draft(event, f"{self._about.prefix}:account:{history.version + 1}")

    # -- comparing ----------------------------------------------------------------

    def _comparisons(self, *, note: bool, progress: Progress | None) -> Iterator[ExtractComparison]:
        """Yield what to do about the trial and about every subject, in the order of the extract.

        Args:
            note: Remember what is found, for counts and refusals; the second time over it is known.
            progress: Called with the number of subjects done.
        """
        trial, facts = self._tracker.history(TRIAL_STREAM), self._reading.trial_facts()
        # A cohort stays open when an extract no longer has anybody in it.
        about_trial = (
            compare(facts, trial.entries, replace(self._about, datasets=frozenset())) if facts else ExtractComparison()
        )
        if note:
            self._note(trial.entries, about_trial)
        yield about_trial
        cohorts = self._cohorts(trial, about_trial)
        known = set(self._streams())
        held = set(self._reading.held)
        done = 0
        wanted: set[str] = set()
        subjects = self._reading.subjects()
        while some := list(islice(subjects, SUBJECTS_AT_ONCE)):
            wanted.update(subject for subject, _ in some)
            yield from self._compared(some, known, cohorts, note=note)
            done += len(some)
            if progress is not None:
                progress(done)
        missing = sorted(
            name
            for name in known
            if name.startswith(SUBJECT_PREFIX) and name.removeprefix(SUBJECT_PREFIX) not in wanted | held
        )
        for at in range(0, len(missing), SUBJECTS_AT_ONCE):
            gone: list[tuple[str, list[ImportedFact]]] = [
                (name.removeprefix(SUBJECT_PREFIX), []) for name in missing[at : at + SUBJECTS_AT_ONCE]
            ]
            yield from self._compared(gone, known, cohorts, note=note)

    def _compared(
        self, some: list[tuple[str, list[ImportedFact]]], known: set[str], cohorts: dict[str, Cohort], *, note: bool
    ) -> Iterator[ExtractComparison]:
        histories = self._histories([SUBJECT_PREFIX + subject for subject, _ in some], known)
        for subject, facts in some:
            history = histories.get(SUBJECT_PREFIX + subject, StreamHistory(SUBJECT_PREFIX + subject))
            if not facts and not self._covers(history):
                continue
            found = compare(facts, history.entries, self._about)
            if note:
                broken = self._broken(history, found, cohorts)
                if broken is not None:
                    self._hold(subject, broken)
                    continue
                self._note(history.entries, found)
            elif subject in self._broken_subjects:
                continue
            yield found

    def _covers(self, history: StreamHistory) -> bool:
        """Tell whether an earlier extract of the same kind told of a subject that this one does not know."""
        return bool(self._about.datasets) and any(
            entry.event_id.startswith(f"{self._about.prefix}:") for entry in history.entries
        )

    def _broken(self, history: StreamHistory, found: ExtractComparison, cohorts: dict[str, Cohort]) -> str | None:
        """Return the rule that a subject's history would break, and the records that it is about; None if none."""
        drafts = found.drafts
        if not drafts:
            return None
        now = self._log.now()
        pending = [
            LogEntry(
                position=_PENDING + number,
                stream=history.id,
                version=history.version + number,
                event_id=draft.event_id or "",
                recorded_at=now,
                actor=self._actor,
                event=draft.event,
            )
            for number, draft in enumerate(drafts, 1)
        ]
        breach = next(iter(history.with_entries(pending).breaches(self._trial, cohorts)), None)
        if breach is None:
            return None
        wheres = [
            drafts[entry.position - _PENDING - 1].where for entry in pending if entry.position in breach.positions
        ]
        named = " and ".join(where for where in wheres if where)
        return f"{breach.message} ({named})" if named else breach.message

    def _hold(self, subject: str, message: str) -> None:
        self.outcome.held.append(subject)
        self._broken_subjects.add(subject)
        self._reading.account.hold(
            ContradictoryRecords(subject, "the extract and the log", (message,), NOTHING_IMPORTED)
        )

    def _cohorts(self, history: StreamHistory, found: ExtractComparison) -> dict[str, Cohort]:
        """Return the cohorts with those that this import opens."""
        pending = [
            LogEntry(
                history.version + number,
                TRIAL_STREAM,
                history.version + number,
                draft.event_id or "",
                0,
                "",
                draft.event,
            )
            for number, draft in enumerate(found.drafts, 1)
        ]
        return dict(history.with_entries(pending).trial.cohorts)

    def _histories(self, streams: list[str], known: set[str]) -> dict[str, StreamHistory]:
        there = [stream for stream in streams if stream in known]
        if not there:
            return {}
        return histories_of(there, self._tracker.recorder.entries_of(there))

    def _streams(self) -> list[str]:
        return self._tracker.recorder.replay().streams()

    # -- counting and refusing ----------------------------------------------------

    def _note(self, entries: tuple[LogEntry, ...], found: ExtractComparison) -> None:
        """Remember how much an earlier extract told, how much of it is gone, and since when it is known."""
        for entry in entries:
            if entry.event_id.startswith(f"{self._about.prefix}:"):
                self._newest_known = max(self._newest_known, known_on(entry))
                self._imported[dataset_of(entry.event_id)] += 1
                if isinstance(entry.event, SubjectEnrolled | SubjectDied):
                    self._joint.update(each.dataset for each in references(entry.event.source))
        self._gone.update(change.dataset for change in found.changes if change.action == "retracted")

    def _refuse_contradictions(self) -> None:
        found = self._reading.account.conflicts
        if found:
            first = found[0]
            raise HistoryError(
                f"{len(found)} contradictions, nothing was written; the first: {first.subject}, {first.what}: "
                f"{' against '.join(first.sides)}"
            )

    def _refuse_older_extract(self) -> None:
        if self._about.day is not None and dates.day_number(self._about.day) < self._newest_known:
            raise HistoryError(
                f"the log holds an extract known on {dates.iso(self._newest_known)}, later than {self._about.day}; "
                "import extracts in the order of their days"
            )

    def _refuse_missing(self) -> None:
        missing = (self._joint & self._reading.joint) - self._reading.datasets
        if missing and not self._gone_is_meant:
            raise HistoryError(
                f"an earlier extract had {min(missing)}, on which enrollments and deaths rest, and this one has none; "
                "add its file, or say with --gone that it is meant"
            )

    def _refuse_loss(self) -> None:
        if self._gone_is_meant:
            return
        for dataset, count in sorted(self._gone.items()):
            before = self._imported[dataset]
            if count > FEW and count > before * MOST_GONE:
                raise HistoryError(
                    f"{count} of {before} events of {dataset} in the log are gone from this extract; is its file "
                    "complete? If it is, say so with --gone"
                )

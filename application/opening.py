"""The door: open a log, and ask it one question a method."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from trialog.events.errors import QuestionError

if TYPE_CHECKING:
    from fractions import Fraction

    from trialog.application.answers.adtte import AdtteExportAnswer
    from trialog.application.answers.adtte_comparison import AdtteComparisonAnswer
    from trialog.application.answers.cohorts import CohortsAnswer
    from trialog.application.answers.curve import CurveAnswer
    from trialog.application.answers.explain import ExplainAnswer
    from trialog.application.answers.history import HistoryAnswer
    from trialog.application.answers.imported import ImportAnswer
    from trialog.application.answers.lanes import LanesAnswer
    from trialog.application.answers.listing import AnnouncementsAnswer, EventsAnswer, TimelineAnswer, TrialsAnswer
    from trialog.application.answers.moving import CopyAnswer, LogExportAnswer, LogImportAnswer
    from trialog.application.answers.pins import PinnedHistoryAnswer
    from trialog.application.answers.private import PrivateAnswer, RedactAnswer
    from trialog.application.answers.project import ProjectAnswer
    from trialog.application.answers.recording import AppendAnswer, AppendFileAnswer, RecordAnswer
    from trialog.application.answers.replay import ReplayAnswer
    from trialog.application.answers.restate import RestateAnswer
    from trialog.application.answers.snapshot import SnapshotAnswer
    from trialog.application.answers.trust import (
        CheckpointAnswer,
        CheckpointsAnswer,
        DoctorAnswer,
        KeptCheckpointAnswer,
        ProofAnswer,
        StampAnswer,
        VerifyAnswer,
    )
    from trialog.application.arguments import Date, DefinitionLike, Length
    from trialog.application.listing.events import EventList
    from trialog.application.progress import OnProgress, OnStep
    from trialog.application.recording.append import EventLike
    from trialog.application.recording.run_import import ImportChoices
    from trialog.log.store.database import Database
    from trialog.log.store.trial_log import TrialRecorder
    from trialog.projections.trial_data import TrialData


class Log:
    """An open log. Use it in a ``with`` block, or call ``close``.

    Each question is a method and has a module of its own in ``application/``, imported when it is asked.

    Args:
        database: The open database.
        trial: The trial that is meant if a question names none; else the only one of the log.
    """

    def __init__(self, database: Database, trial: str | None = None) -> None:
        self.database = database
        self._trial = trial

    def __enter__(self) -> Self:
        """Return the log itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the log."""
        self.close()

    def close(self) -> None:
        """Close the connections to the log."""
        self.database.close()

    def trial_code(self, trial: str | None = None, *, new: bool = False) -> str:
        """Return the trial that is meant: the one given, else the one named at opening, else the only one.

        Args:
            trial: The code that a question names, if any.
            new: Whether a trial may be named that the log does not hold yet.

        Raises:
            QuestionError: The log does not hold the one given; or none was given and it holds none, or several.
        """
        given = trial or self._trial
        if given and new:
            return given
        codes = self.database.codes()
        if given and given not in codes:
            raise QuestionError(f"no trial {given!r} in this log; it holds: {', '.join(codes) or 'none'}")
        if given:
            return given
        if len(codes) == 1:
            return codes[0]
        if not codes and not self.database.sees_every_trial():
            raise QuestionError("the log holds no trial that this login was given; ask its owner, or register one")
        if not codes:
            raise QuestionError("the log holds no trial yet; register one first: trialog register CODE")
        raise QuestionError(f"the log holds {len(codes)} trials; say which with --trial: {', '.join(codes)}")

    def sees_every_trial(self) -> bool:
        """Tell whether this login sees every trial of the log; of a server it may see only those it was given."""
        return self.database.sees_every_trial()

    def recorder(self, trial: str | None = None) -> TrialRecorder:
        """Return a trial's log as a recorder of the eventsourcing library, for applications that follow it."""
        return self.database.recorder(self.trial_code(trial))

    def trial_data(self, trial: str | None = None) -> TrialData:
        """Read one state of a trial: everything that figures need."""
        from trialog.application.trial_data import load

        return load(self.database, self.trial_code(trial))

    # -- figures (snapshot, cohorts, replay, history, restate, explain)

    def snapshot(
        self,
        *,
        as_of: Date | None = None,
        known_at: Date | None = None,
        cohorts: str | Sequence[str] | None = None,
        pool: bool = False,
        compare: bool = False,
        curve: bool = False,
        definition: DefinitionLike | None = None,
        at: Sequence[Length] = (),
        rmst: Sequence[Length] = (),
        quantiles: Sequence[str | float | Fraction] = (),
        evaluator: str = "investigator",
        confirm_days: int = 28,
        sd_days: int = 0,
        stale_after: int = 180,
        subjects: bool = False,
        trial: str | None = None,
    ) -> SnapshotAnswer:
        """Give cohorts' figures as of a data cutoff, with everything that they rest on.

        Args:
            as_of: Data cutoff, counted whole; None: the latest of last event, announcement and stated cutoff.
            known_at: Only what was known by this day counts; None: everything in the log.
            cohorts: Labels; None: each cohort.
            pool: The cohorts as one group.
            compare: Compare the cohorts: log-rank test, difference of medians.
            curve: Give the Kaplan-Meier curve of each group with its number at risk.
            definition: A whole `Definition`, or parts in place of the trial's default, for example
                ``{"origin": "enrollment"}`` or ``["origin=enrollment"]``.
            at: Lengths of time at which survival is given: 365 (days), "52w", "12m" or "1y".
            rmst: Lengths of time up to which the restricted mean is given.
            quantiles: Shares; the day by which so many subjects died is given.
            evaluator: Whose assessments count: "investigator" or "independent".
            confirm_days: What confirms a response in RECIST comes so many days later.
            sd_days: Day from which RECIST calls it stable disease.
            stale_after: Days after which the last contact of a living subject is called old.
            subjects: Add a row for each subject.
            trial: The trial; None: the one named at opening, else the only one of the log.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.figures.snapshot import snapshot

        return snapshot(
            self.trial_data(trial),
            as_of=as_of,
            known_at=known_at,
            cohorts=cohorts,
            pool=pool,
            compare=compare,
            curve=curve,
            definition=definition,
            at=at,
            rmst=rmst,
            quantiles=quantiles,
            evaluator=evaluator,
            confirm_days=confirm_days,
            sd_days=sd_days,
            stale_after=stale_after,
            subjects=subjects,
        )

    def cohorts(
        self,
        *,
        as_of: Date | None = None,
        known_at: Date | None = None,
        definition: DefinitionLike | None = None,
        trial: str | None = None,
    ) -> CohortsAnswer:
        """Give an overview of the cohorts as of a data cutoff.

        Args:
            as_of: Data cutoff; None: the latest of last event, announcement and stated cutoff.
            known_at: Only what was known by this day counts; None: everything in the log.
            definition: As in `snapshot`.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.figures.cohorts import cohorts

        return cohorts(self.trial_data(trial), as_of=as_of, known_at=known_at, definition=definition)

    def replay(self, announced_on: Date, *, known_at: Date | None = None, trial: str | None = None) -> ReplayAnswer:
        """Go back to a day: every cohort as it was, and the figures announced then, rebuilt.

        Each figure is rebuilt at the data cutoff of its announcement, or at its day if none is stated.

        Args:
            announced_on: Day of the announcement; of a month or a year, every announcement in it.
            known_at: Only what was known by this day counts; None: what was known when it was announced.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.figures.replay import replay

        return replay(self.trial_data(trial), announced_on, known_at=known_at)

    def pinned_history(
        self,
        *,
        figure: str = "median-os",
        cohorts: str | Sequence[str] | None = None,
        pool: bool = False,
        known_at: Date | None = None,
        trial: str | None = None,
        **options: Any,
    ) -> PinnedHistoryAnswer:
        """Give a figure on every day with its announced values, each at its cutoff and its day of release.

        Args:
            figure: Which measure.
            cohorts: Labels; None: each cohort.
            pool: The cohorts as one group.
            known_at: As in `history`; only announcements made by that day are pinned.
            trial: The trial, if not the usual one.
            options: The other arguments of `history`.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.figures.pins import pinned_history

        return pinned_history(
            self.trial_data(trial), figure=figure, cohorts=cohorts, pool=pool, known_at=known_at, **options
        )

    def curves(
        self,
        *,
        as_of: Date | None = None,
        known_at: Date | None = None,
        cohorts: str | Sequence[str] | None = None,
        pool: bool = False,
        definition: DefinitionLike | None = None,
        endpoint: str = "os",
        evaluator: str = "investigator",
        every: float | None = None,
        until: float | None = None,
        stale_after: int = 180,
        trial: str | None = None,
    ) -> CurveAnswer:
        """Give the Kaplan-Meier curves of cohorts with their number at risk.

        Args:
            as_of: Data cutoff; None: the latest of last event, announcement and stated cutoff.
            known_at: Only what was known by this day counts; None: everything in the log.
            cohorts: Labels; None: each cohort.
            pool: The cohorts as one group.
            definition: As in `snapshot`; the estimator is always Kaplan-Meier.
            endpoint: "os", "pfs", "ttp" or "dor".
            evaluator: Whose assessments count: "investigator" or "independent".
            every: Months between two columns of the number at risk; None: at most ten columns.
            until: Month of the last column; None: at or after the longest time.
            stale_after: Days after which the last contact of a living subject is called old.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.figures.curves import curves

        return curves(
            self.trial_data(trial),
            as_of=as_of,
            known_at=known_at,
            cohorts=cohorts,
            pool=pool,
            definition=definition,
            endpoint=endpoint,
            evaluator=evaluator,
            every=every,
            until=until,
            stale_after=stale_after,
        )

    def lanes(
        self,
        *,
        as_of: Date | None = None,
        known_at: Date | None = None,
        cohorts: str | Sequence[str] | None = None,
        definition: DefinitionLike | None = None,
        evaluator: str = "investigator",
        stale_after: int = 180,
        trial: str | None = None,
    ) -> LanesAnswer:
        """Give each subject's course with its doses, responses, progression and end: what a swimmer plot draws.

        Args:
            as_of: Data cutoff; None: the latest of last event, announcement and stated cutoff.
            known_at: Only what was known by this day counts; None: everything in the log.
            cohorts: Labels; None: each cohort.
            definition: As in `snapshot`; its origin and population say who has a lane, and from where.
            evaluator: Whose assessments are shown: "investigator" or "independent".
            stale_after: Days after which the last contact of a living subject is called old.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.figures.lanes import subject_lanes

        return subject_lanes(
            self.trial_data(trial),
            as_of=as_of,
            known_at=known_at,
            cohorts=cohorts,
            definition=definition,
            evaluator=evaluator,
            stale_after=stale_after,
        )

    def explain(
        self,
        announcement: str,
        *,
        known_at: Date | None = None,
        longest_lag: int = 366,
        trial: str | None = None,
    ) -> ExplainAnswer:
        """Find the definitions and data cutoffs that reproduce announced figures, and what others would print.

        Args:
            announcement: Name or day of an announcement, or one of its figures: ``ANNOUNCEMENT/FIGURE``.
            known_at: Only what was known by this day counts; None: what was known when it was announced.
            longest_lag: How many days before each figure's own data cutoff are tried.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The log has no such announcement or figure.
        """
        from trialog.application.figures.explain import explain

        return explain(self.trial_data(trial), announcement, known_at=known_at, longest_lag=longest_lag)

    def history(
        self,
        *,
        figure: str = "median-os",
        cohorts: str | Sequence[str] | None = None,
        pool: bool = False,
        at: Length | None = None,
        confirmed: bool = False,
        category: str | None = None,
        axis: str = "cutoff",
        first: Date | None = None,
        last: Date | None = None,
        as_of: Date | None = None,
        known_at: Date | None = None,
        definition: DefinitionLike | None = None,
        evaluator: str = "investigator",
        stale_after: int = 180,
        explain: bool = True,
        trial: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> HistoryAnswer:
        """Follow a figure from day to day, and say what moved it.

        Args:
            figure: A measure, for example "median-os", "os-rate", "orr" or "count-dead".
            cohorts: As in `snapshot`.
            pool: As in `snapshot`.
            definition: As in `snapshot`.
            evaluator: As in `snapshot`.
            at: Landmark of "os-rate" and "pfs-rate": 365 (days), "12m" or "1y".
            confirmed: Count confirmed responses only.
            category: Response category of "count-best-response".
            axis: Which day moves: "cutoff", the data cutoff, or "known-at", what was known when.
            first: First day; None: of the first enrollment.
            last: Last day; None: the latest of last event, announcement and stated cutoff.
            as_of: Data cutoff of every day, with axis "known-at"; None: as for ``last``.
            known_at: Only what was known by this day counts, with axis "cutoff".
            stale_after: A running time that rests on a contact older than so many days is said to be stale.
            explain: Say what moved the figure; without it there are only the days.
            trial: The trial, if not the usual one.
            on_progress: Takes how many of the days to explain are done.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.figures.history import history

        return history(
            self.trial_data(trial),
            figure=figure,
            cohorts=cohorts,
            pool=pool,
            at=at,
            confirmed=confirmed,
            category=category,
            axis=axis,
            first=first,
            last=last,
            as_of=as_of,
            known_at=known_at,
            definition=definition,
            evaluator=evaluator,
            stale_after=stale_after,
            explain=explain,
            on_progress=on_progress,
        )

    def restate(
        self,
        then: Date,
        now: Date,
        *,
        as_of: Date | None = None,
        cohorts: str | Sequence[str] | None = None,
        pool: bool = False,
        definition: DefinitionLike | None = None,
        every: bool = False,
        trial: str | None = None,
    ) -> RestateAnswer:
        """Say what changed in cohorts' figures between what was known on two days, and what changed it.

        Args:
            then: What was known on this day ...
            now: ... against what was known on this day.
            as_of: Data cutoff of the figures; None: ``then``.
            cohorts: As in `snapshot`.
            pool: As in `snapshot`.
            definition: As in `snapshot`.
            every: List also the events that moved nothing.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.figures.restate import restate

        return restate(
            self.trial_data(trial),
            then,
            now,
            as_of=as_of,
            cohorts=cohorts,
            pool=pool,
            definition=definition,
            every=every,
        )

    # -- listings (trials, events, one subject's timeline, announcements)

    def trials(self) -> TrialsAnswer:
        """List the trials of the log, each with the head of its own log."""
        from trialog.application.listing.trials import trials

        return trials(self.database)

    def events(
        self,
        *,
        kinds: Iterable[str] | None = None,
        after: int = 0,
        limit: int | None = None,
        trial: str | None = None,
    ) -> EventsAnswer:
        """List the events of a trial's log, in their order.

        Args:
            kinds: Only these kinds of event, for example ``["subject-died"]``; None: all.
            after: Only what comes after this position.
            limit: At most so many.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.listing.events import events

        return events(self.recorder(trial), kinds=kinds, after=after, limit=limit)

    def each_event(
        self,
        *,
        kinds: Iterable[str] | None = None,
        after: int = 0,
        limit: int | None = None,
        trial: str | None = None,
    ) -> EventList:
        """Return the events of `events` to be iterated, so that a log of any size is read in little memory.

        Args:
            kinds: As in `events`.
            after: As in `events`.
            limit: As in `events`.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.listing.events import EventList

        return EventList(self.recorder(trial), kinds=kinds, after=after, limit=limit)

    def timeline(self, subject: str, *, known_at: Date | None = None, trial: str | None = None) -> TimelineAnswer:
        """Show one subject's events, with what was corrected and what was retracted.

        Args:
            subject: Id of the subject.
            known_at: Only what was known by this day counts; None: everything in the log.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: There is no such subject.
        """
        from trialog.application.listing.timeline import timeline

        return timeline(self.recorder(trial), subject, known_at=known_at)

    def announcements(self, *, known_at: Date | None = None, trial: str | None = None) -> AnnouncementsAnswer:
        """List the announcements of a trial and their figures, word for word.

        Args:
            known_at: Only what was known by this day counts; None: everything in the log.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
        """
        from trialog.application.listing.announcements import announcements

        return announcements(self.trial_data(trial), known_at=known_at)

    # -- appending

    def record(
        self, event: EventLike, trial: str | None = None, *, event_id: str | None = None, by: str | None = None
    ) -> RecordAnswer:
        """Append one event; see `trialog.application.recording.append.record`."""
        from trialog.application.recording.append import record

        return record(self.database, self.trial_code(trial, new=True), event, event_id=event_id, by=by)

    def append(
        self,
        events: EventLike | Iterable[EventLike],
        trial: str | None = None,
        *,
        by: str | None = None,
        dry_run: bool = False,
    ) -> AppendAnswer:
        """Append events in one transaction, or refuse all of them; see `trialog.application.recording.append.append`.

        Args:
            events: Events, or their fields as in a line of JSON Lines; they may be of several trials.
            trial: Of the events that name none; the only one of the log if None.
            by: Who records, for events that do not say; the login name if None.
            dry_run: Judge only.
        """
        from trialog.application.recording.append import append

        return append(self.database, events, trial=trial or self._only_trial(), by=by, dry_run=dry_run)

    def append_file(
        self,
        file: str | Path,
        trial: str | None = None,
        *,
        by: str | None = None,
        batch: int | None = None,
        dry_run: bool = False,
        on_progress: OnStep | None = None,
    ) -> AppendFileAnswer:
        """Append a file of JSON Lines in one transaction, or refuse all of it.

        See `trialog.application.recording.append_file.append_file`.
        """
        from trialog.application.recording.append_file import append_file

        code = trial or self._only_trial()
        return append_file(
            self.database, file, trial=code, by=by, batch=batch, dry_run=dry_run, on_progress=on_progress
        )

    def _only_trial(self) -> str | None:
        """Return the trial named at opening, else the only one of the log, None if there is no such trial."""
        if self._trial:
            return self._trial
        codes = self.database.codes()
        return codes[0] if len(codes) == 1 else None

    # -- files in and out

    def import_sdtm(
        self,
        place: str | Path,
        trial: str | None = None,
        *,
        criteria: str | None = None,
        actual_arm: bool = False,
        missing: Sequence[str] = (),
        title: str | None = None,
        encoding: str | None = None,
        **choices: Unpack[ImportChoices],
    ) -> ImportAnswer:
        """Import an SDTM extract; see `trialog.application.recording.import_sdtm.import_sdtm`."""
        from trialog.application.recording.import_sdtm import import_sdtm

        return import_sdtm(
            self.database,
            place,
            trial or self._trial,
            criteria=criteria,
            actual_arm=actual_arm,
            missing=missing,
            title=title,
            encoding=encoding,
            **choices,
        )

    def import_table(
        self,
        file: str | Path,
        map_name: str,
        trial: str | None = None,
        *,
        whole: bool = False,
        sheet: str | None = None,
        encoding: str | None = None,
        **choices: Unpack[ImportChoices],
    ) -> ImportAnswer:
        """Import any table by a map; see `trialog.application.recording.import_table.import_table`."""
        from trialog.application.recording.import_table import import_table

        code = trial or self._trial
        return import_table(self.database, file, map_name, code, whole=whole, sheet=sheet, encoding=encoding, **choices)

    def import_adtte(
        self,
        file: str | Path,
        trial: str | None = None,
        *,
        start: str | None = None,
        missing: Sequence[str] = (),
        encoding: str | None = None,
        **choices: Unpack[ImportChoices],
    ) -> ImportAnswer:
        """Import ADTTE; see `trialog.application.recording.import_adtte.import_adtte`."""
        from trialog.application.recording.import_adtte import import_adtte

        code = trial or self._trial
        return import_adtte(self.database, file, code, start=start, missing=missing, encoding=encoding, **choices)

    def project(
        self,
        *,
        to: str | None = None,
        as_of: Date | None = None,
        known_at: Date | None = None,
        definition: DefinitionLike | None = None,
        rebuild: bool = False,
        trial: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> ProjectAnswer:
        """Bring tables for other programs up to date: follow_up (one row a subject) and figure (per cohort).

        Args:
            to: A file or URL; None: beside the file, or in the same database.
            as_of: Data cutoff; None: the latest of last event, announcement and stated cutoff.
            known_at: Only what was known by this day counts; None: everything in the log.
            definition: As in `snapshot`.
            rebuild: Write them even if they are up to date.
            trial: The trial, if not the usual one.
            on_progress: Takes how many subjects are written, and how many there are.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
            LogError: The tables cannot be written.
        """
        from trialog.application.exporting.project import project

        return project(
            self.database,
            self.trial_code(trial),
            to=to,
            as_of=as_of,
            known_at=known_at,
            definition=definition,
            rebuild=rebuild,
            on_progress=on_progress,
        )

    # -- trust

    def verify(
        self,
        trial: str | None = None,
        *,
        since: Sequence[str | Path] = (),
        keys: Sequence[str] = (),
        on_progress: OnProgress | None = None,
    ) -> VerifyAnswer:
        """Recompute everything that the log claims; see `trialog.application.trust.verify.verify`."""
        from trialog.application.trust.verify import verify

        return verify(self.database, trial or self._trial, since=since, keys=keys, on_progress=on_progress)

    def doctor(self) -> DoctorAnswer:
        """Say what protects the log and what does not; see `trialog.application.trust.doctor.doctor`."""
        from trialog.application.trust.doctor import doctor

        return doctor(self.database)

    def create_checkpoint(
        self,
        trial: str | None = None,
        *,
        key_file: Path | None = None,
        about: str = "",
        out: Path | None = None,
        on_progress: OnProgress | None = None,
    ) -> KeptCheckpointAnswer:
        """Verify a trial's log and keep its size and root, signed if there is a key."""
        from trialog.application.trust.checkpoints import create_checkpoint

        code = self.trial_code(trial)
        return create_checkpoint(self.database, code, key_file=key_file, about=about, out=out, on_progress=on_progress)

    def checkpoints(self, trial: str | None = None, *, keys: Sequence[str] = ()) -> CheckpointsAnswer:
        """List the checkpoints that the log keeps of a trial; keys say which of their signatures are valid."""
        from trialog.application.trust.checkpoints import list_checkpoints

        return list_checkpoints(self.database, self.trial_code(trial), keys=keys)

    def checkpoint(self, name: str, trial: str | None = None) -> CheckpointAnswer:
        """Return one checkpoint: of a file, or kept under a number or with an announcement."""
        from trialog.application.trust.checkpoints import show_checkpoint

        return show_checkpoint(self.database, self.trial_code(trial), name)

    def keep_checkpoint(self, file: Path, *, about: str = "", keys: Sequence[str] = ()) -> KeptCheckpointAnswer:
        """Keep a checkpoint that came from elsewhere, if the log extends it."""
        from trialog.application.trust.checkpoints import keep_checkpoint

        return keep_checkpoint(self.database, file, about=about, keys=keys)

    def stamp_checkpoint(
        self,
        name: str,
        trial: str | None = None,
        *,
        authority: str | None = None,
        request: Path | None = None,
        response: Path | None = None,
        certificates: Path | None = None,
    ) -> StampAnswer:
        """Have a checkpoint stamped by an authority, or look at the stamp that is kept."""
        from trialog.application.trust.stamp import stamp_checkpoint

        return stamp_checkpoint(
            self.database,
            self.trial_code(trial),
            name,
            authority=authority,
            request=request,
            response=response,
            certificates=certificates,
        )

    def prove(
        self,
        event: str | int | None = None,
        trial: str | None = None,
        *,
        since: str | Path | None = None,
        first: bool = False,
        checkpoint: str | Path | None = None,
        key_file: Path | None = None,
    ) -> ProofAnswer:
        """Prove to somebody without the log that an event is in it, or that it only grew."""
        from trialog.application.trust.proofs import prove

        return prove(
            self.database,
            self.trial_code(trial),
            event,
            since=since,
            first=first,
            checkpoint=checkpoint,
            key_file=key_file,
        )

    def redact(
        self,
        subject: str,
        trial: str | None = None,
        *,
        reason: str,
        authority: str,
        source: str,
        by: str,
        on: str | None = None,
        keys: Path | None = None,
    ) -> RedactAnswer:
        """Make a subject's private texts unreadable for ever, in this log and in every copy of it."""
        from trialog.application.trust.private import redact

        code = self.trial_code(trial)
        return redact(
            self.database, code, subject, reason=reason, authority=authority, source=source, by=by, on=on, keys=keys
        )

    def private_texts(
        self,
        subject: str,
        trial: str | None = None,
        *,
        keys: Path | None = None,
        master_key_file: Path | None = None,
    ) -> PrivateAnswer:
        """Open a subject's private texts, for those who hold its key."""
        from trialog.application.trust.private import private_texts

        code = self.trial_code(trial)
        return private_texts(self.database, code, subject, keys=keys, master_key_file=master_key_file)

    # -- the whole log elsewhere

    def copy(self, target: str, trial: str | None = None, *, on_progress: OnProgress | None = None) -> CopyAnswer:
        """Copy the log to another place and verify the copy; run again, it copies what is new."""
        from trialog.application.moving.copy import copy

        return copy(self.database, target, trial or self._trial, on_progress=on_progress)

    def backup(self, file: Path, trial: str | None = None, *, on_progress: OnProgress | None = None) -> CopyAnswer:
        """Write the whole log, or one trial of it, into one new SQLite file, verified."""
        from trialog.application.moving.copy import backup

        return backup(self.database, file, trial or self._trial, on_progress=on_progress)

    def compare_adtte(
        self,
        file: str | Path,
        *,
        encoding: str | None = None,
        as_of: Date | None = None,
        known_at: Date | None = None,
        parameters: Sequence[str] = (),
        origin: str | None = None,
        evaluator: str = "investigator",
        criteria: str | None = None,
        rules: str = "definition",
        last_alive: str | None = None,
        trial: str | None = None,
    ) -> AdtteComparisonAnswer:
        """Compare somebody else's ADTTE with the log's, row by row.

        Args:
            file: The other ADTTE, in any form of a table.
            encoding: Of its texts, if it is a CSV or SAS file.
            as_of: Data cutoff of the log's rows; None: everything.
            known_at: Only what was known by this day counts; None: everything in the log.
            parameters: Which are compared; none: all that both have.
            origin: As for `export_adtte`.
            evaluator: As for `export_adtte`.
            criteria: As for `export_adtte`.
            rules: As for `export_adtte`.
            last_alive: As for `export_adtte`.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
            TableError: The file is no ADTTE.
        """
        from trialog.application.exporting.compare_adtte import compare_adtte

        return compare_adtte(
            self.database,
            lambda: self.trial_code(trial),
            file,
            encoding=encoding,
            as_of=as_of,
            known_at=known_at,
            parameters=parameters,
            origin=origin,
            evaluator=evaluator,
            criteria=criteria,
            rules=rules,
            last_alive=last_alive,
        )

    def export_adtte(
        self,
        out: str | Path,
        *,
        form: str | None = None,
        as_of: Date | None = None,
        known_at: Date | None = None,
        parameters: Sequence[str] = (),
        origin: str | None = None,
        evaluator: str = "investigator",
        criteria: str | None = None,
        definition: DefinitionLike | None = None,
        rules: str = "definition",
        last_alive: str | None = None,
        force: bool = False,
        trial: str | None = None,
    ) -> AdtteExportAnswer:
        """Write time-to-event rows (ADTTE), with a manifest beside the file that says what they rest on.

        Args:
            out: The file.
            form: csv, tsv, json, ndjson, xpt, parquet or xlsx; None: what the ending of the file says.
            as_of: Data cutoff; None: everything.
            known_at: Only what was known by this day counts; None: everything in the log.
            parameters: "OS", "PFS", "RSD", "CRSD", "TTP", "FUOS"; none: all of them.
            origin: "randomisation", "first dose" or "enrollment"; None: that of the trial's default definition.
            evaluator: Whose assessments count: "investigator" or "independent".
            criteria: By which assessments count; None: those in use.
            definition: Parts in place of the trial's default, such as {"assessments": "all"}.
            rules: "definition", or "admiral" for the rules of {admiral}'s templates.
            last_alive: What shows a subject alive: "any event" or "admiral"; None: what the rules say.
            force: Replace a file that is there already.
            trial: The trial, if not the usual one.

        Raises:
            QuestionError: The question cannot be asked; the text says why.
            LogError: The file is there already, or cannot be written.
        """
        from trialog.application.exporting.export_adtte import export_adtte

        return export_adtte(
            self.database,
            lambda: self.trial_code(trial),
            out,
            form=form,
            as_of=as_of,
            known_at=known_at,
            parameters=parameters,
            origin=origin,
            evaluator=evaluator,
            criteria=criteria,
            definition=definition,
            rules=rules,
            last_alive=last_alive,
            force=force,
        )

    def export_log(
        self,
        out: Path,
        trial: str | None = None,
        *,
        salts: bool = True,
        force: bool = False,
        on_progress: OnProgress | None = None,
    ) -> LogExportAnswer:
        """Write a trial's log as JSON Lines, to be put back elsewhere or to be published."""
        from trialog.application.moving.export_log import export_log

        code = self.trial_code(trial)
        return export_log(self.database, code, out, salts=salts, force=force, on_progress=on_progress)

    def import_log(self, file: str | Path, *, on_progress: OnProgress | None = None) -> LogImportAnswer:
        """Put a whole trial's log back from what ``export_log`` wrote."""
        from trialog.application.moving.import_log import import_log

        return import_log(self.database, file, on_progress=on_progress)


def create_log(place: str | Path, *, trial: str | None = None) -> Log:
    """Create an empty log, an SQLite file or the tables of a PostgreSQL database, and open it.

    Args:
        place: A file, or the URL of a PostgreSQL database.
        trial: The trial that is meant if a question names none.

    Raises:
        LogError: Something is there already, or the place cannot be written.
    """
    from trialog.log.store.database import Database

    return Log(Database.create(str(place)), trial)


def open_log(place: str | Path, *, trial: str | None = None) -> Log:
    """Open an existing log.

    Args:
        place: A file, or the URL of a PostgreSQL database.
        trial: The trial that is meant if a question names none.

    Raises:
        LogError: There is no log, or it cannot be opened.
    """
    from trialog.log.store.database import Database

    return Log(Database.open(str(place)), trial)

"""``portfolio export``: logs into a folder of Parquet files; run again, it adds what is new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trialog.application.answers.portfolio import ExportedTrial, PortfolioExportAnswer
from trialog.events.errors import DifferenceError, QuestionError
from trialog.events.kinds import ANNOUNCEMENT_PREFIX, TRIAL_STREAM
from trialog.log.checks.verify import verify_log
from trialog.log.store.array_reading import read_part
from trialog.log.store.checkpoints import checkpoints_of
from trialog.log.store.database import Database
from trialog.log.store.trial_log import EventMapper
from trialog.log.trust.merkle import Frontier
from trialog.portfolio import folder as files
from trialog.portfolio.folder import Manifest, TrialHead
from trialog.portfolio.segment import Segment, joined

if TYPE_CHECKING:
    from trialog.application.progress import OnProgress
    from trialog.log.store.replay import Replay

MOST_SEGMENTS: Final = 8
"""A trial of more segments is written anew as one."""


@dataclass
class _Plan:
    """What an export is going to write."""

    heads: dict[str, TrialHead]
    new: dict[int, list[Segment]] = field(default_factory=dict)
    trials: list[ExportedTrial] = field(default_factory=list)


def export_portfolio(
    places: Sequence[str], to: Path, *, check: bool = False, on_progress: OnProgress | None = None
) -> PortfolioExportAnswer:
    """Export every trial of some logs.

    Args:
        places: Files, or URLs of PostgreSQL databases.
        to: The portfolio's folder; made if it is not there.
        check: Verify each log first, which costs what ``verify`` costs; else roots are taken as stored, and only the
            new leaves are hashed onto the old root.
        on_progress: Told the trials that are read, of how many, if that is known.

    Raises:
        QuestionError: A trial is in two of the logs, or a log is not the one that was exported.
        DifferenceError: A log is damaged or does not extend what was exported.
    """
    manifest = files.read_manifest(to)
    plan = _Plan(files.read_heads(to))
    seen: dict[str, str] = {}
    for place in places:
        with Database.open(place) as log:
            if check:
                verify_log(log)
            for code in [head.code for head in log.trials()]:
                if code in seen:
                    raise QuestionError(f"trial {code} is in {seen[code]} and in {log.shown}; export one of them")
                seen[code] = log.shown
                _add(plan, log, code, manifest)
                if on_progress is not None:
                    on_progress(len(seen), 0)
    written = _write(to, manifest, plan)
    return PortfolioExportAnswer(
        folder=str(to),
        checked=check,
        trials=tuple(sorted(plan.trials, key=lambda trial: trial.trial)),
        files_written=written,
        bytes=sum((to / path).stat().st_size for path in files.read_manifest(to).files),
    )


def _add(plan: _Plan, log: Database, code: str, manifest: Manifest) -> None:
    """Plan the export of what is new of one trial."""
    replay = log.recorder(code).replay()
    before = plan.heads.get(code)
    if before is not None:
        _check_extension(before, replay, log.shown)
    size = 0 if before is None else before.size
    if replay.size > size:
        segment = segment_of(log, code, replay, size, 0 if before is None else before.streams)
        plan.new.setdefault(manifest.bucket_of(code), []).append(segment)
        plan.heads[code] = TrialHead(
            trial=code,
            origin=replay.head.origin,
            size=replay.size,
            root=replay.root.hex(),
            frontier=replay.head.frontier,
            note=_note(log, code, replay.size),
            segments=1 if before is None else before.segments + 1,
            streams=replay.head.streams,
        )
    plan.trials.append(
        ExportedTrial(
            trial=code, log=log.shown, size=replay.size, root=replay.root.hex(), new_events=replay.size - size
        )
    )


def _check_extension(before: TrialHead, replay: Replay, place: str) -> None:
    """Check that a log is the exported one, grown.

    Raises:
        DifferenceError: It is another log of the trial, it is shorter, or its tree has another root at that size.
    """
    code, head = before.trial, replay.head
    if head.origin != before.origin:
        raise DifferenceError(f"{code}: {place} is another log than the one that was exported ({before.origin})")
    if replay.size < before.size:
        raise DifferenceError(f"{code}: {place} has {replay.size} events, but {before.size} were exported")
    frontier = Frontier(before.size, before.frontier)
    frontier.extend(replay.leaves(before.size))
    if frontier.root() != replay.root:
        raise DifferenceError(
            f"{code}: {place} does not extend the exported log of {before.size} events, root {before.root}"
        )


def segment_of(log: Database, code: str, replay: Replay, after: int, streams_after: int) -> Segment:
    """Read the events of a trial behind a position, with the number of streams known before."""
    events = read_part(replay, after, streams_after)
    recorder, mapper = log.recorder(code), EventMapper()
    stored = recorder.entries_of([TRIAL_STREAM, *replay.streams_named(ANNOUNCEMENT_PREFIX)])
    entries = [
        mapper.to_domain_event(row) for rows in stored.values() for row in rows if after < row.position <= replay.size
    ]
    return Segment(
        trial=code,
        origin=replay.head.origin,
        after=after,
        size=replay.size,
        root=replay.root.hex(),
        frontier=replay.head.frontier,
        events=events,
        entries=tuple(sorted(entries, key=lambda entry: entry.position)),
    )


def _note(log: Database, code: str, size: int) -> str:
    """Return the text of the last checkpoint that the log keeps at or before a size."""
    fitting = [each for each in checkpoints_of(log, code) if each.checkpoint.size <= size]
    return fitting[-1].note.text if fitting else ""


def _write(to: Path, manifest: Manifest, plan: _Plan) -> int:
    """Write the new files and, last, the manifest; return how many files were written."""
    if not plan.new:
        return 0
    named = dict(manifest.files)
    for bucket, segments in sorted(plan.new.items()):
        crowded = any(plan.heads[segment.trial].segments > MOST_SEGMENTS for segment in segments)
        written = sorted(segments, key=lambda segment: segment.trial)
        if crowded:
            old = manifest.parts(bucket)
            written = list(_compacted(to, old, segments))
            for segment in written:
                plan.heads[segment.trial] = replace(plan.heads[segment.trial], segments=1)
            for path in old:
                del named[path]
        new_file, digest = files.write_part(to, bucket, written)
        named[new_file] = digest
    heads, digest = files.write_heads(to, plan.heads)
    named[heads] = digest
    files.write_manifest(to, Manifest(manifest.buckets, named))
    return len(plan.new) + 1


def _compacted(to: Path, old: Sequence[str], new: Sequence[Segment]) -> Iterator[Segment]:
    """Yield each trial of a bucket as one segment."""
    by_trial: dict[str, list[Segment]] = {}
    for segment in (*(each for path in old for each in files.read_part(to / path)), *new):
        by_trial.setdefault(segment.trial, []).append(segment)
    for code in sorted(by_trial):
        yield joined(by_trial[code])

"""``portfolio verify``: does a portfolio hold what the logs hold, and are its files the ones that were written?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trialog.application.answers.portfolio import PortfolioVerifyAnswer, VerifiedTrial
from trialog.application.portfolio.export import segment_of
from trialog.events.arrays import TYPES
from trialog.events.errors import DifferenceError
from trialog.log.checks.verify import verify_log
from trialog.log.store.database import Database
from trialog.log.trust.merkle import Frontier
from trialog.portfolio import folder as files
from trialog.portfolio.folder import Manifest, TrialHead
from trialog.portfolio.segment import Segment, joined

if TYPE_CHECKING:
    from trialog.application.progress import OnProgress


def verify_portfolio(
    folder: Path, places: Sequence[str] = (), *, on_progress: OnProgress | None = None
) -> PortfolioVerifyAnswer:
    """Compare a portfolio with its logs.

    Of every trial whose log is given, the log is verified, its root at the exported size is computed from its leaves,
    and every number of the export is compared with the log. Of the others only the hashes of the files are checked.

    Raises:
        QuestionError: The folder holds no portfolio.
        LogError: A log cannot be opened.
    """
    manifest = files.existing(folder)
    faults = list(files.changed_files(folder, manifest))
    heads = {} if faults else files.read_heads(folder)
    from_logs: dict[str, str] = {}
    for place in places:
        with Database.open(place) as log:
            try:
                verify_log(log)
            except DifferenceError as error:
                faults.append(str(error))
                continue
            for code in [head.code for head in log.trials() if head.code in heads]:
                faults += _faults_of(log, heads[code], folder, manifest)
                from_logs[code] = log.shown
                if on_progress is not None:
                    on_progress(len(from_logs), len(heads))
    return PortfolioVerifyAnswer(
        folder=str(folder),
        verified=not faults,
        faults=tuple(faults),
        trials=tuple(
            VerifiedTrial(
                trial=code, size=head.size, root=head.root, by="log" if code in from_logs else "file hashes",
                log=from_logs.get(code),
            )
            for code, head in sorted(heads.items())
        ),
    )  # fmt: skip


def _faults_of(log: Database, head: TrialHead, folder: Path, manifest: Manifest) -> Iterator[str]:
    replay = log.recorder(head.trial).replay()
    code = head.trial
    if replay.head.origin != head.origin or replay.size < head.size:
        yield f"{code}: {log.shown} is not the log that was exported"
        return
    frontier = Frontier()
    frontier.extend(replay.leaves(0, head.size))
    if frontier.root().hex() != head.root:
        yield f"{code}: the log has another root at {head.size} events than the export says"
        return
    bucket = manifest.bucket_of(code)
    parts = [
        segment
        for path in manifest.parts(bucket)
        for segment in files.read_part(folder / path)
        if segment.trial == code
    ]
    exported = joined(parts)
    if (exported.size, exported.root, exported.origin) != (head.size, head.root, head.origin):
        yield f"{code}: its segments end at {exported.size} events, root {exported.root}; its head says otherwise"
        return
    yield from _differences(code, exported, segment_of(log, code, replay, 0, 0), head.size)


def _differences(code: str, exported: Segment, fresh: Segment, size: int) -> Iterator[str]:
    for name in TYPES:
        had, now = exported.events.arrays[name], fresh.events.arrays[name][:size]
        if not np.array_equal(had, now, equal_nan=had.dtype.kind == "f"):
            yield f"{code}: {name} of the export differs from the log"
    if exported.events.streams != fresh.events.streams[: len(exported.events.streams)]:
        yield f"{code}: the subjects of the export differ from those of the log"
    exported_texts, log_texts = _texts(exported, size), _texts(fresh, size)
    if any(log_texts.get(position) != text for position, text in exported_texts.items()):
        yield f"{code}: payloads of the export differ from those of the log"
    if exported.entries != tuple(entry for entry in fresh.entries if entry.position <= size):
        yield f"{code}: registration or announcements of the export differ from those of the log"


def _texts(segment: Segment, size: int) -> dict[int, bytes]:
    """Return the payloads by position."""
    payloads = segment.events.payloads
    text, begin, found = payloads.text.tobytes(), 0, {}
    for position, end in zip(payloads.positions.tolist(), payloads.ends.tolist(), strict=True):
        if position <= size:
            found[position] = text[begin:end]
        begin = end
    return found

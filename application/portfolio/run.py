"""``portfolio run``: one question to every trial of a portfolio, on local processes or on Spark."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from trialog.application.answers.portfolio import PortfolioAnswer
from trialog.events.errors import QuestionError
from trialog.events.version import __version__
from trialog.portfolio import folder as files
from trialog.portfolio.questions import answer_of
from trialog.portfolio.request import LAST, Request

if TYPE_CHECKING:
    from trialog.application.progress import OnProgress

ENGINES: Final = ("local", "spark")


def run_portfolio(
    question: str,
    on: Path,
    *,
    measures: Sequence[str] = ("median-os",),
    definition: Mapping[str, Any] | None = None,
    as_of: str = LAST,
    known_at: Sequence[str | None] = (None,),
    before: str | None = None,
    after: str | None = None,
    at: float | None = None,
    by: str = "all",
    labels: Mapping[str, str] | None = None,
    least: int = 0,
    stratified: bool = True,
    engine: str = "local",
    workers: int | None = None,
    master: str | None = None,
    on_progress: OnProgress | None = None,
) -> PortfolioAnswer:
    """Ask every trial of a portfolio.

    Args:
        question: ``figures``, ``holds``, ``restated``, ``pooled`` or ``trend``.
        on: The portfolio's folder.
        measures: For ``figures`` and ``restated``.
        definition: Parts in place of each trial's default.
        as_of: Data cutoff, or ``last``: of each trial its own last day.
        known_at: Known-at days; None: everything in the log. Only ``figures`` takes several.
        before: First known-at day of ``restated``.
        after: Second known-at day of ``restated``; None: everything in the log.
        at: Landmark in days, for measures that need one.
        by: ``sponsor``, ``indication``, ``trial``, ``cohort`` or ``all``, for ``pooled``.
        labels: Label of each trial, in place of ``by``.
        least: Pooled groups of fewer subjects are not given.
        stratified: Whether pooled groups are compared within trials.
        engine: ``local`` or ``spark``.
        workers: Local processes; None for as many as the machine has processors.
        master: Of Spark, for example ``local[2]``; None for what Spark is configured with.
        on_progress: Told how many buckets are done, of how many.

    Raises:
        QuestionError: The question cannot be asked, or the folder is no portfolio.
        LogError: A file of it cannot be read.
    """
    request = Request(
        question=question,
        measures=tuple(measures),
        definition=dict(definition or {}),
        as_of=as_of,
        known_at=tuple(known_at),
        before=before,
        after=after,
        at=at,
        by=by,
        labels=labels,
        least=least,
        stratified=stratified,
    )
    manifest = files.existing(on)
    buckets = [[str(on / path) for path in manifest.parts(number)] for number in range(manifest.buckets)]
    buckets = [each for each in buckets if each]
    if engine == "local":
        from trialog.portfolio.engines import local

        rows = answer_of(local.run(buckets, request, workers=workers, on_progress=on_progress), request)
    elif engine == "spark":
        from trialog.portfolio.engines import spark

        rows = answer_of(spark.run(buckets, request, spark=spark.session(master)), request)
    else:
        raise QuestionError(f"engine {engine!r} is not known; expected {' or '.join(ENGINES)}")
    return PortfolioAnswer(question=question, folder=str(on), trialog=__version__, found=tuple(rows))


def labels_of(file: Path, column: str) -> dict[str, str]:
    """Return the label of each trial from a CSV file with a column ``trial``.

    Raises:
        QuestionError: The file cannot be read, or lacks one of the two columns.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in ("trial", column) if name not in (reader.fieldnames or ())]
            if missing:
                raise QuestionError(f"{file}: no column {missing[0]!r}; it has: {', '.join(reader.fieldnames or ())}")
            return {row["trial"].strip(): row[column].strip() for row in reader if row["trial"]}
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"cannot read {file}: {error}") from None

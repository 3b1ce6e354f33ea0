"""Local processes: the default engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, Final

from trialog.events.errors import LogError
from trialog.portfolio.fold import bucket_rows
from trialog.portfolio.request import Request

Row = dict[str, Any]
MOST_TRIES: Final = 3
"""A worker that was killed (often by the system, for its memory) is replaced so many times in all."""


def run(
    buckets: Sequence[list[str]],
    request: Request,
    *,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Iterator[Row]:
    """Yield the rows of all trials.

    Args:
        buckets: The files of each bucket.
        request: What is asked.
        workers: Processes; None for as many as the machine has processors. One works in this process.
        on_progress: Told how many buckets are done, of how many.

    Raises:
        LogError: A worker was killed again and again.
    """
    many = min(workers or os.cpu_count() or 1, len(buckets))
    if many <= 1:
        for done, files in enumerate(buckets, 1):
            yield from bucket_rows(files, request)
            _tell(on_progress, done, len(buckets))
        return
    yield from _in_processes(buckets, request, many, on_progress)


def _in_processes(
    buckets: Sequence[list[str]], request: Request, workers: int, on_progress: Callable[[int, int], None] | None
) -> Iterator[Row]:
    waiting, tries, text = dict(enumerate(buckets)), 0, request.to_json()
    while waiting:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            futures = {pool.submit(_task, files, text): number for number, files in waiting.items()}
            try:
                for future in as_completed(futures):
                    rows = future.result()
                    del waiting[futures[future]]
                    yield from rows
                    _tell(on_progress, len(buckets) - len(waiting), len(buckets))
            except BrokenProcessPool:
                tries += 1
                if tries == MOST_TRIES:
                    raise LogError(f"a worker was killed {tries} times; try fewer --workers") from None


def _task(files: list[str], request: str) -> list[Row]:
    return list(bucket_rows(files, Request.of_json(request)))


def _tell(on_progress: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if on_progress is not None:
        on_progress(done, total)

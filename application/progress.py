"""How far a long question is: told to a callback, since no module here prints."""

from __future__ import annotations

from collections.abc import Callable

OnProgress = Callable[[int, int], None]
"""Takes the steps that are done and the steps in all."""

OnStep = Callable[[str, int, int], None]
"""Takes what is being done, for work of several parts, then as `OnProgress`; no steps in all: nobody knows how many."""


def each_step(total: int, on_progress: OnProgress | None) -> Callable[[int], None] | None:
    """Return a function that takes how many more steps are done, None if nobody wants to know.

    Args:
        total: Steps in all.
        on_progress: Takes the steps done so far, and the total.
    """
    if on_progress is None:
        return None
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        on_progress(done, total)

    return count

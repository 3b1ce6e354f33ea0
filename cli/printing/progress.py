"""How far a long work is: on a terminal only, and on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

FEWEST: Final = 20_000
"""Less is done before anybody wonders."""


@contextmanager
def shown(label: str, total: int, *, quiet: bool = False) -> Iterator[Callable[[int], None] | None]:
    """Show a bar; yield what is told how many more steps are done, None where nobody looks.

    Args:
        label: What is being done.
        total: Number of steps.
        quiet: Show nothing.
    """
    if quiet or total < FEWEST or not sys.stderr.isatty():
        yield None
        return
    import typer

    with typer.progressbar(length=total, label=label, file=sys.stderr, update_min_steps=2_000) as bar:
        yield bar.update


@contextmanager
def progress_bar(
    label: str, *, quiet: bool = False, fewest: int = FEWEST
) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar for a question; yield what takes the steps done and the steps in all, None if nobody looks.

    Args:
        label: What is being done.
        quiet: Show nothing.
        fewest: Steps from which a bar is shown.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as stack:
        yield _Bar(label, stack, fewest)


class _Bar:
    """A bar that begins when the number of steps is known, and only if there are many."""

    def __init__(self, label: str, stack: ExitStack, fewest: int) -> None:
        self._label = label
        self._stack = stack
        self._fewest = fewest
        self._bar: Any = None
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        if total < self._fewest:
            return
        if self._bar is None:
            import typer

            self._bar = self._stack.enter_context(
                typer.progressbar(length=total, label=self._label, file=sys.stderr, update_min_steps=2_000)
            )
        self._bar.update(done - self._done)
        self._done = done

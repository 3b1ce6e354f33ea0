"""How far a long work is: on a terminal only, and on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

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

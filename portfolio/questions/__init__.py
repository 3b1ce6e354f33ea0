"""Questions: what each trial contributes to an answer, and how the contributions become the answer.

Every module has two pure functions: ``rows_of(data, request)`` runs where the trial is, ``answer_of(rows, request)``
runs once, over the rows of all trials. May import the rest of `portfolio` and what `portfolio` may import.
Where the functions run belongs to `portfolio/engines`; reading logs, to `application/portfolio`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from trialog.portfolio.request import Request
from trialog.projections.trial_data import TrialData

Row = dict[str, Any]


def rows_of(data: TrialData, request: Request) -> Iterator[Row]:
    """Yield what one trial contributes."""
    found: Iterator[Row] = import_module(f"{__name__}.{request.question}").rows_of(data, request)
    return found


def answer_of(rows: Iterable[Row], request: Request) -> list[Row]:
    """Return the rows of the answer, in an order that does not depend on who computed them."""
    found: list[Row] = import_module(f"{__name__}.{request.question}").answer_of(rows, request)
    return found

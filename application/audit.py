"""Audit announced figures: can they all be true?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from trialog.events.dates import day_number
from trialog.events.entry import Draft
from trialog.events.kinds import TrialEvent
from trialog.projections.announced.verdict import Verdict, verdicts

RECORDED_BY: Final = "trialog audit"
_COMPLETE: Final = len("2017-11-07")
_DAYS_AFTER: Final = 400
_MICROSECONDS_A_DAY: Final = 86_400_000_000


def recompute_figures(trial: str, events: Sequence[TrialEvent]) -> list[Verdict]:
    """Append a constructed history to a log of its own, and compare each announced figure with that log.

    The log is a file in a temporary folder, so that the rules and figures are those of any other log.

    Args:
        trial: Code of the constructed trial.
        events: Its events.

    Raises:
        HistoryError: The events break a rule.
    """
    from trialog.application.append_session import AppendSession
    from trialog.application.trial_data import load
    from trialog.log.store.database import Database

    days = [day_number(on) for on in (event.occurred_on for event in events) if on is not None and len(on) == _COMPLETE]
    clock = (max(days) + _DAYS_AFTER) * _MICROSECONDS_A_DAY
    with TemporaryDirectory() as folder:
        database = Database.create(str(Path(folder) / "example.db"), clock=lambda: clock)
        try:
            AppendSession(database, trial, RECORDED_BY).append([Draft(event) for event in events])
            data = load(database, trial)
            return verdicts(data, data.announcements())
        finally:
            database.close()

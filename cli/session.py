"""Opening what a command works on: the log, and the trial that its options mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trialog.application.keys import sign_if_possible
from trialog.cli.options import actor, log_place
from trialog.cli.printing import tables as show

if TYPE_CHECKING:
    from trialog.application.opening import Log
    from trialog.application.recording.append_session import AppendSession


@contextmanager
def asking(log: str | None, trial: str | None) -> Iterator[Log]:
    """Open the log that the options name, to ask it about the trial that they name."""
    from trialog.application.opening import open_log

    with open_log(log_place(log), trial=trial) as found:
        yield found


@contextmanager
def tracking(log: str | None, trial: str | None, by: str | None) -> Iterator[AppendSession]:
    """Open a session that appends."""
    from trialog.application.recording.append_session import AppendSession

    with asking(log, trial) as asked:
        yield AppendSession(asked.database, asked.trial_code(new=True), actor(by), sign=sign_if_possible())


def warn_of_hidden_trials(log: Log, what: str) -> None:
    """Say on standard error if an answer about a whole log is one about the trials of a login only."""
    if not log.sees_every_trial():
        show.note(f"note: this login sees the trials that it was given and no other; {what} those alone")

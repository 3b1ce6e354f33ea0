"""Opening what a command works on: the log, and the trial that its options mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trialog.application.keys import sign_if_possible
from trialog.cli.options import actor, log_place
from trialog.cli.printing import tables as show
from trialog.events import dates
from trialog.events.errors import QuestionError

if TYPE_CHECKING:
    from trialog.application.opening import Log
    from trialog.application.recording.append_session import AppendSession
    from trialog.log.store.database import Database
    from trialog.projections.trial_data import TrialData


@contextmanager
def opened(log: str | None) -> Iterator[Database]:
    """Open the log that the options name."""
    from trialog.log.store.database import Database

    with Database.open(log_place(log)) as found:
        yield found


@contextmanager
def asking(log: str | None, trial: str | None) -> Iterator[Log]:
    """Open the log that the options name, to ask it about the trial that they name."""
    from trialog.application.opening import open_log

    with open_log(log_place(log), trial=trial) as found:
        yield found


def trial_code(log: Database, given: str | None, *, new: bool = False) -> str:
    """Return the trial that is meant: the one given, else the only one of the log.

    Args:
        log: An open log.
        given: The code that an option names, if any.
        new: Whether a trial may be named that the log does not hold yet.

    Raises:
        QuestionError: The log does not hold the one given; or none was given and it holds none, or several.
    """
    if given and new:
        return given
    codes = [head.code for head in log.trials()]
    if given and given not in codes:
        raise QuestionError(f"no trial {given!r} in this log; it holds: {', '.join(codes) or 'none'}")
    if given:
        return given
    if len(codes) == 1:
        return codes[0]
    if not codes and not log.sees_every_trial():
        raise QuestionError("the log holds no trial that this login was given; ask its owner, or register one")
    if not codes:
        raise QuestionError("the log holds no trial yet; register one first: trialog register CODE")
    raise QuestionError(f"the log holds {len(codes)} trials; say which with --trial: {', '.join(codes)}")


@contextmanager
def tracking(log: str | None, trial: str | None, by: str | None) -> Iterator[AppendSession]:
    """Open a session that appends."""
    from trialog.application.recording.append_session import AppendSession

    with opened(log) as found:
        yield AppendSession(found, trial_code(found, trial, new=True), actor(by), sign=sign_if_possible())


@contextmanager
def reading(log: str | None, trial: str | None) -> Iterator[TrialData]:
    """Open a log and read one trial of it."""
    from trialog.application.trial_data import load

    with opened(log) as found:
        yield load(found, trial_code(found, trial))


def warn_of_hidden_trials(log: Database, what: str) -> None:
    """Say on standard error where an answer about a whole log is one about the trials of a login only."""
    if not log.sees_every_trial():
        show.note(f"note: this login sees the trials that it was given and no other; {what} those alone")


def last_day(text: str, option: str) -> int:
    """Return the day that an option's date means; the last one of a partial date.

    Raises:
        QuestionError: It is not a date.
    """
    try:
        return dates.span(text)[1]
    except ValueError as error:
        raise QuestionError(f"{option}: {error}") from None


def optional_day(text: str | None, option: str) -> int | None:
    """Return the day that an option's date means, None when it was not given."""
    return None if text is None else last_day(text, option)

"""The door: open a log, and ask it one question a method."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from trialog.events.errors import QuestionError

if TYPE_CHECKING:
    from trialog.log.store.database import Database
    from trialog.projections.trial_data import TrialData


class Log:
    """An open log. Use it in a ``with`` block, or call ``close``.

    Each question is a method and has a module of its own in ``application/``, imported when it is asked.

    Args:
        database: The open database.
        trial: The trial that is meant if a question names none; else the only one of the log.
    """

    def __init__(self, database: Database, trial: str | None = None) -> None:
        self.database = database
        self._trial = trial

    def __enter__(self) -> Self:
        """Return the log itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the log."""
        self.close()

    def close(self) -> None:
        """Close the connections to the log."""
        self.database.close()

    def trial_code(self, trial: str | None = None, *, new: bool = False) -> str:
        """Return the trial that is meant: the one given, else the one named at opening, else the only one.

        Args:
            trial: The code that a question names, if any.
            new: Whether a trial may be named that the log does not hold yet.

        Raises:
            QuestionError: The log does not hold the one given; or none was given and it holds none, or several.
        """
        given = trial or self._trial
        if given and new:
            return given
        codes = [head.code for head in self.database.trials()]
        if given and given not in codes:
            raise QuestionError(f"no trial {given!r} in this log; it holds: {', '.join(codes) or 'none'}")
        if given:
            return given
        if len(codes) == 1:
            return codes[0]
        if not codes and not self.database.sees_every_trial():
            raise QuestionError("the log holds no trial that this login was given; ask its owner, or register one")
        if not codes:
            raise QuestionError("the log holds no trial yet; register one first: trialog register CODE")
        raise QuestionError(f"the log holds {len(codes)} trials; say which with --trial: {', '.join(codes)}")

    def trial_data(self, trial: str | None = None) -> TrialData:
        """Read one state of a trial: everything that figures need."""
        from trialog.application.trial_data import load

        return load(self.database, self.trial_code(trial))

    # -- figures (snapshot, cohorts, replay, history, restate, explain)

    # -- appending

    # -- files in and out

    # -- trust


def open_log(place: str | Path, *, trial: str | None = None) -> Log:
    """Open an existing log.

    Args:
        place: A file, or the URL of a PostgreSQL database.
        trial: The trial that is meant if a question names none.

    Raises:
        LogError: There is no log, or it cannot be opened.
    """
    from trialog.log.store.database import Database

    return Log(Database.open(str(place)), trial)

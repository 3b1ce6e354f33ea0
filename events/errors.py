"""Errors of trialog, one class for each kind that a caller can handle.

Every message is one line that says where, what, and what was expected; the
command line prints it as it is, without a traceback.
"""

from __future__ import annotations

import re
from collections.abc import Callable


class TrialogError(Exception):
    """Base of every error; its text is written for the user."""

    exit_code = 1


class EventError(TrialogError, ValueError):
    """A line, a row or a set of options is not an event."""


class HistoryError(TrialogError, ValueError):
    """An event would make a history that cannot have happened."""


class LogError(TrialogError):
    """The log cannot be opened, read or written."""


class ConflictError(LogError):
    """Another writer's event took the position that this one was meant for."""


class DifferenceError(LogError):
    """The log does not hold what it should: something was changed, lost or added."""


class ExportError(LogError):
    """A file that holds a whole log was changed, cut off, or written without what is needed to restore the log."""


class TreeError(DifferenceError, ValueError):
    """The stored hashes at the edge of a tree do not fit its size."""


class EvidenceError(TrialogError, ValueError):
    """A proof, a checkpoint or a key that is malformed, or that does not prove what it should."""


class LibraryError(EvidenceError):
    """A library that an optional extra installs is missing."""


class QuestionError(TrialogError, ValueError):
    """A question that cannot be asked: an unknown cohort, a day that is not a date."""


class ArgumentError(QuestionError):
    """An argument of a question is wrong.

    Args:
        argument: Its name in Python; the command line names its own option instead.
        rest: The rest of the sentence, with the separator after the name.
        others: Further arguments that the rest names.
    """

    def __init__(self, argument: str, rest: str, *others: str) -> None:
        super().__init__(f"{argument}{rest}")
        self._argument = argument
        self._rest = rest
        self._others = others

    def spelled(self, spell: Callable[[str], str]) -> str:
        """Return the sentence with another spelling of the arguments' names."""
        rest = self._rest
        for other in self._others:
            rest = re.sub(rf"\b{other}\b", spell(other), rest)
        return f"{spell(self._argument)}{rest}"


class TableError(TrialogError, ValueError):
    """A file is not a table that can be read, or a table cannot be written in the form asked for."""


class ForeignFileError(TableError):
    """A file is intact, but not a table: a document, a definition, another kind of JSON."""

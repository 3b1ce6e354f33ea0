"""The question ``check``: do announced figures break a law, before anybody looks for a history?"""

from __future__ import annotations

from pathlib import Path

from trialog.application.answers.check import CheckAnswer, check_fields
from trialog.events.version import __version__


def check_figures(file: str | Path) -> CheckAnswer:
    """Return every law that announced figures break: what to look at before a release goes out.

    Args:
        file: The figures, CSV or YAML; ``-`` reads CSV from standard input.

    Raises:
        LogError: The file cannot be read.
        EventError: The file is none of announced figures.
    """
    from trialog.audit.answering.check import broken_laws
    from trialog.exchange.register.files import read_register

    series, found = broken_laws(read_register(str(file), lenient=True))
    return CheckAnswer(file=str(file), trialog=__version__, **check_fields(series, found))

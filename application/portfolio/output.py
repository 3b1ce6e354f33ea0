"""Rows of a portfolio's answer as a file: one writer, so that equal rows are equal bytes whoever computed them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trialog.events.errors import QuestionError
from trialog.exchange.writing import write_whole
from trialog.portfolio.output import parquet_of

if TYPE_CHECKING:
    from trialog.application.answers.portfolio import PortfolioAnswer


def write_rows(answer: PortfolioAnswer, file: Path) -> None:
    """Write the rows of an answer as Parquet or JSON, by the ending of the file's name.

    Raises:
        QuestionError: The ending is another.
        LogError: The file cannot be written.
    """
    if file.suffix == ".parquet":
        content = parquet_of(answer.found)
    elif file.suffix == ".json":
        content = (answer.to_json() + "\n").encode()
    else:
        raise QuestionError(f"{file.name!r}: the ending says the form; expected .parquet or .json")
    write_whole(file, content)

"""Rows of a portfolio's answer as a file: one writer, so that equal rows are equal bytes whoever computed them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trialog.events.errors import QuestionError
from trialog.portfolio.output import parquet_of

if TYPE_CHECKING:
    from trialog.application.answers.portfolio import PortfolioAnswer


def write_rows(answer: PortfolioAnswer, file: Path) -> None:
    """Write the rows of an answer as Parquet or JSON, by the ending of the file's name.

    Raises:
        QuestionError: The ending is another, or the file cannot be written.
    """
    if file.suffix == ".parquet":
        content = parquet_of(answer.found)
    elif file.suffix == ".json":
        content = (answer.to_json() + "\n").encode()
    else:
        raise QuestionError(f"{file.name!r}: the ending says the form; expected .parquet or .json")
    try:
        file.write_bytes(content)
    except OSError as error:
        raise QuestionError(f"cannot write {file}: {error.strerror}") from None

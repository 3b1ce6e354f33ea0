"""``trialog check``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli.options import JsonOption
from trialog.cli.printing import tables as show


def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Announced figures, CSV or YAML; - reads CSV from a pipe.")
    ],
    json: JsonOption = False,
) -> int:
    """Say at once which announced figures cannot be true, before a release goes out.

    Checked are laws that need no history: a share and its fraction, numbers inside their own limits, limits that some
    method gives, responses that add up, parts and wholes, means of whole numbers, medians of survival against rates and
    counts. Exit code 1 if a law is broken. What breaks none may still be impossible: trialog audit decides that.
    """
    from trialog.application.check import check_figures

    answer = check_figures(file)
    if json:
        show.lines(answer.to_json())
        return answer.exit_code
    unused = f", {len(answer.not_used)} of {answer.rows_read} rows not used" if answer.not_used else ""
    count = len(answer.broken)
    show.lines(f"{answer.file}: {count or 'no'} broken law{'' if count == 1 else 's'}{unused}")
    for law in answer.broken:
        numbers = ", ".join(str(row.row) for row in law.rows)
        show.lines(f"  row {numbers}: {law.reason}")
    for row in answer.not_used:
        show.lines(f"  not used, row {row.row}: {row.why}")
    return answer.exit_code

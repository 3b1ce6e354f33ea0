"""``trialog doctor``."""

from __future__ import annotations

from trialog.cli.options import JsonOption, LogOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking


def doctor(json: JsonOption = False, log: LogOption = None) -> int:
    """Say what protects this log and what does not: versions, settings, guards, and what they guarantee.

    Exit code 1 when something is bad. Nothing is changed; trialog verify looks at the events themselves.
    """
    with asking(log, None) as asked:
        answer = asked.doctor()
    if json:
        show.answer_as_json(answer)
        return answer.exit_code
    show.table(
        ("", "what", "found", "means"),
        ((each.verdict, each.subject, each.found, each.means) for each in answer.findings),
        long=(3,),
    )
    bad = sum(each.verdict == "bad" for each in answer.findings)
    count = f"{bad} thing{'s' if bad > 1 else ''} to mend" if bad else "nothing to mend"
    show.lines(f"{answer.log}: {count}")
    return answer.exit_code

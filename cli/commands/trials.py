"""``trialog trials``."""

from __future__ import annotations

from trialog.cli.options import JsonOption, LogOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking


def trials(json: JsonOption = False, log: LogOption = None) -> int:
    """List the trials of a log: size, root, and when the last event was recorded."""
    with asking(log, None) as asked:
        answer = asked.trials()
    if json:
        show.answer_as_json(answer)
        return answer.exit_code
    if answer.trials:
        show.table(
            ("trial", "events", "recorded at", "root", "title"),
            ((each.trial, each.size, each.recorded_at, each.root, each.title) for each in answer.trials),
            long=(3, 4),
        )
    else:
        show.lines("the log holds no trial yet; register one: trialog register CODE")
    if not answer.sees_every_trial:
        show.note("note: this login sees the trials that it was given and no other")
    for each in answer.trials:
        if each.damage:
            show.note(f"trialog: {each.damage}")
    return answer.exit_code

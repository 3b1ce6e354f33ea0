"""``trialog announcements``."""

from __future__ import annotations

from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.event_text import announced_value, measure_words, whose
from trialog.cli.session import optional_day, reading


def announcements(
    known_at: KnownAtOption = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """List the announcements of a trial and their figures, word for word."""
    with reading(log, trial) as data:
        found = data.announcements(optional_day(known_at, "--known-at"))
    if json:
        show.as_json(
            {
                "trial": data.code,
                "announcements": [
                    {
                        "announcement": each.name,
                        "position": each.position,
                        **each.made.model_dump(mode="json", exclude_none=True, exclude={"announcement"}),
                        "withdrawn_on": None if each.withdrawn is None else each.withdrawn.occurred_on,
                        "figures": [figure.model_dump(mode="json", exclude_none=True) for figure in each.figures],
                    }
                    for each in found
                ],
            }
        )
        return
    rows = [
        (
            each.made.occurred_on or "undated",
            each.name + (" [withdrawn]" if each.withdrawn else ""),
            figure.figure,
            whose(figure),
            measure_words(figure),
            announced_value(figure),
            figure.words,
        )
        for each in found
        for figure in each.figures
    ]
    show.table(("announced on", "announcement", "figure", "cohort", "measure", "value", "words"), rows, long=(6,))
    empty = [each.name for each in found if not each.figures]
    if empty:
        show.lines(f"without figures: {', '.join(empty)}")
    if not found:
        show.lines(f"no announcement of {data.code} is in the log; record one with: trialog announce")

"""``trialog announcements``."""

from __future__ import annotations

from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking
from trialog.events.words import announced_value, measure_words, whose


def announcements(
    known_at: KnownAtOption = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """List the announcements of a trial and their figures, word for word."""
    with asking(log, trial) as asked:
        answer = asked.announcements(known_at=known_at)
    if json:
        show.answer_as_json(answer)
        return
    rows = [
        (
            each.occurred_on or "undated",
            each.announcement + (" [withdrawn]" if each.withdrawn else ""),
            figure.figure,
            whose(figure),
            measure_words(figure),
            announced_value(figure),
            figure.words,
        )
        for each in answer.announcements
        for figure in each.figures
    ]
    show.table(("announced on", "announcement", "figure", "cohort", "measure", "value", "words"), rows, long=(6,))
    empty = [each.announcement for each in answer.announcements if not each.figures]
    if empty:
        show.lines(f"without figures: {', '.join(empty)}")
    if not answer.announcements:
        show.lines(f"no announcement of {answer.trial} is in the log; record one with: trialog announce")

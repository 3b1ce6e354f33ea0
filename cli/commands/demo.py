"""``trialog demo``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from trialog.cli.options import JsonOption
from trialog.cli.printing import tables as show
from trialog.events.errors import LogError

if TYPE_CHECKING:
    from trialog.application.answers.demo import DemoAnswer

DEFAULT_PLACE: Final = "clr131.db"


def demo(
    place: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="Where to write the log.", show_default=True)
    ] = DEFAULT_PLACE,
    json: JsonOption = False,
) -> int:
    """Write a new log of CLR 131, phase 1, and replay each announcement of its sponsor.

    Refuses to overwrite. Exit code 1 when a survival figure is not reproduced.
    """
    from trialog.application.demo.make import make_demo

    try:
        answer = make_demo(place)
    except LogError as error:
        if "exists already" not in str(error):
            raise
        raise LogError(
            f"{error}; give another name (trialog demo FILE), or go on with: trialog replay 2017-11-07 --log {place}"
        ) from None
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer)
    return answer.exit_code


def _print(answer: DemoAnswer) -> None:
    from trialog.cli.verdicts import print_verdicts, remarks

    written = f"{answer.log.size} events appended to {answer.place} ({answer.trial})"
    show.lines(answer.honestly, "", written, "", "Overall survival")
    print_verdicts(answer.survival)
    show.lines("", "Everything else that was announced with a number")
    print_verdicts([each for each in answer.verdicts if each not in answer.survival])
    show.lines("")
    show.lines(*remarks(answer.verdicts))
    show.lines(
        "",
        f"log: {answer.log.size} events, root {answer.log.root}",
        f"go on with: trialog replay 2017-11-07 --log {answer.place}",
        "",
        answer.honestly,
    )

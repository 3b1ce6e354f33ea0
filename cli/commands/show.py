"""``trialog show``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as printing
from trialog.cli.session import asking
from trialog.events.registry import name_of
from trialog.events.words import details

if TYPE_CHECKING:
    from trialog.application.answers.entries import EntryPart, FactPart


def show(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Subject id.")],
    known_at: KnownAtOption = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Show one subject's timeline, with what was corrected and what was retracted."""
    with asking(log, trial) as asked:
        answer = asked.timeline(subject, known_at=known_at)
    if json:
        printing.answer_as_json(answer)
        return
    rows = (row for fact in answer.facts for row in _rows(fact))
    printing.table(("on", "event", "what", "#", "recorded at", "by", "source"), rows, long=(2, 6))
    for note in answer.notes:
        printing.lines(f"note: {note.message}")


def _rows(fact: FactPart) -> Iterator[tuple[object, ...]]:
    recorded = fact.as_recorded
    state = "" if fact.stands else "  [retracted]"
    state = "  [corrected]" if fact.stands and fact.corrections else state
    yield (
        fact.event.occurred_on,
        name_of(fact.event) + state,
        details(fact.event),
        recorded.position,
        _when(recorded),
        recorded.by,
        fact.as_recorded.event.source,
    )
    if fact.corrections:
        was = f"{recorded.event.occurred_on} {details(recorded.event)}".strip()
        yield ("", "  as first recorded", was, recorded.position, "", "", "")
    for each in fact.corrections:
        yield _amendment(each)
    for taken_back in fact.retracted_corrections:
        yield _amendment(taken_back.correction, "  [retracted]")
        yield _amendment(taken_back.retraction)
    if fact.retraction is not None:
        yield _amendment(fact.retraction)


def _amendment(entry: EntryPart, state: str = "") -> tuple[object, ...]:
    return (
        "",
        f"  {name_of(entry.event)}{state}",
        details(entry.event),
        entry.position,
        _when(entry),
        entry.by,
        entry.event.source,
    )


def _when(entry: EntryPart) -> str:
    return entry.recorded_at[:19] + "Z"

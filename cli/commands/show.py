"""``trialog show``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as printing
from trialog.cli.printing.event_text import details
from trialog.cli.session import optional_day, tracking
from trialog.domain.timeline import EventInForce
from trialog.events.dates import instant_text
from trialog.events.errors import QuestionError
from trialog.events.kinds import SUBJECT_PREFIX, TRIAL_STREAM
from trialog.events.registry import name_of
from trialog.exchange.json_lines import as_fields


def show(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Subject id.")],
    known_at: KnownAtOption = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Show one subject's timeline, with what was corrected and what was retracted."""
    day = optional_day(known_at, "--known-at")
    with tracking(log, trial, None) as tracker:
        history = tracker.history(SUBJECT_PREFIX + subject).as_known(day)
        if not history.entries:
            when = f" known by {known_at}" if known_at else ""
            raise QuestionError(f"no subject {subject!r}{when} in trial {tracker.trial}; trialog log lists the events")
        cohorts = tracker.history(TRIAL_STREAM).as_known(day).trial.cohorts
        facts = sorted(history.facts, key=lambda fact: (fact.first, fact.entry.position))
        doubts = list(history.doubts(cohorts))
        code = tracker.trial
    if json:
        printing.as_json(
            {
                "trial": code,
                "subject": subject,
                "known_at": known_at,
                "facts": [_as_fields(fact, code) for fact in facts],
                "notes": [
                    {"rule": doubt.rule, "message": doubt.message, "position": doubt.position} for doubt in doubts
                ],
            }
        )
        return
    printing.table(("on", "event", "what", "#", "recorded at", "by", "source"), _rows(facts), long=(2, 6))
    for doubt in doubts:
        printing.lines(f"note: {doubt.message}")


def _rows(facts: list[EventInForce]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for fact in facts:
        entry = fact.entry
        state = "" if fact.stands else "  [retracted]"
        state = "  [corrected]" if fact.stands and fact.corrections else state
        rows.append(
            (
                fact.event.occurred_on,
                name_of(fact.event) + state,
                details(fact.event),
                entry.position,
                _when(entry.recorded_at),
                entry.actor,
                entry.event.source,
            )
        )
        if fact.corrections:
            was = f"{entry.event.occurred_on} {details(entry.event)}".strip()
            rows.append(("", "  as first recorded", was, entry.position, "", "", ""))
        for amendment in (*fact.corrections, *([fact.retraction] if fact.retraction else [])):
            rows.append(
                (
                    "",
                    f"  {name_of(amendment.event)}",
                    details(amendment.event),
                    amendment.position,
                    _when(amendment.recorded_at),
                    amendment.actor,
                    amendment.event.source,
                )
            )
    return rows


def _when(instant: int) -> str:
    return instant_text(instant)[:19] + "Z"


def _as_fields(fact: EventInForce, code: str) -> dict[str, Any]:
    return {
        "event": name_of(fact.event),
        **fact.event.model_dump(mode="json", exclude_none=True),
        "stands": fact.stands,
        "as_recorded": as_fields(fact.entry, code),
        "corrections": [as_fields(entry, code) for entry in fact.corrections],
        "retraction": None if fact.retraction is None else as_fields(fact.retraction, code),
    }

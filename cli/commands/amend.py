"""``trialog correct`` and ``trialog retract``: the earlier event stays, and stays visible."""

from __future__ import annotations

import json as jsonlib
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

import typer

from trialog.cli.options import ByOption, JsonOption, LogOption, TrialOption
from trialog.cli.recording import IdOption, append_one, plain_type
from trialog.events import kinds
from trialog.events.errors import EventError
from trialog.events.registry import BY_TOPIC, build

TargetArgument = Annotated[
    str, typer.Argument(metavar="EVENT", help="Position of the event in the log, for example 17, or its id.")
]
OnOption = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="Day on which the mistake was put right [default: today].")
]
ReportedOption = Annotated[str | None, typer.Option("--reported-on", metavar="DAY", help="Day the source knew it.")]
SourceOption = Annotated[
    str, typer.Option("--source", metavar="TEXT", envvar="TRIALOG_SOURCE", help="Where it is written.")
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the earlier event was wrong.")]


def correct(
    event: TargetArgument,
    source: SourceOption,
    reason: ReasonOption,
    change: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Field and its right value, for example occurred_on=2017-03-17; empty removes it; repeatable.",
        ),
    ],
    on: OnOption = None,
    reported_on: ReportedOption = None,
    event_id: IdOption = None,
    by: ByOption = None,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Correct fields of an earlier event.

    The earlier event stays in the log; figures as known before the correction stay what they were.
    """
    changes: dict[str, Any] = {}
    for each in change:
        name, equals, text = each.partition("=")
        if not equals:
            raise EventError(f"--set {each!r}: expected FIELD=VALUE, for example occurred_on=2017-03-17")
        name = name.strip().replace("-", "_")
        changes[name] = _value(name, text.strip())
    _amend(
        kinds.EventCorrected,
        {"target": _target(event), "changes": changes, "reason": reason, "source": source},
        {"on": on, "reported_on": reported_on},
        {"event_id": event_id, "by": by, "trial": trial, "log": log, "json": json},
    )


def retract(
    event: TargetArgument,
    source: SourceOption,
    reason: ReasonOption,
    on: OnOption = None,
    reported_on: ReportedOption = None,
    event_id: IdOption = None,
    by: ByOption = None,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Take back an earlier event that should never have been recorded.

    The earlier event stays in the log; figures as known before the retraction stay what they were.
    """
    _amend(
        kinds.EventRetracted,
        {"target": _target(event), "reason": reason, "source": source},
        {"on": on, "reported_on": reported_on},
        {"event_id": event_id, "by": by, "trial": trial, "log": log, "json": json},
    )


def _amend(
    kind: type[kinds.TrialEvent], fields: dict[str, Any], days: dict[str, str | None], common: dict[str, Any]
) -> None:
    # The day of putting right defaults to the reported day, so that a history that is
    # loaded twice gives the same event twice.
    fields["occurred_on"] = days["on"] or days["reported_on"] or datetime.now(UTC).date().isoformat()
    if days["reported_on"] is not None:
        fields["reported_on"] = days["reported_on"]
    append_one(build(kind, fields), common)


def _target(text: str) -> str:
    return f"#{text}" if text.isdecimal() else text


def _value(name: str, text: str) -> Any:
    """Read a value as its field has it: a whole number, true or false, a list or an object; all else is text."""
    if not text:
        return None
    plain = _plain_types().get(name, frozenset())
    if int in plain and text.isdecimal():
        return int(text)
    if bool in plain and text in ("true", "false"):
        return text == "true"
    if text[0] in "[{":
        try:
            return jsonlib.loads(text)
        except ValueError:
            return text
    return text


@cache
def _plain_types() -> dict[str, frozenset[type]]:
    """Return the types that each field has in the kinds of event: cohort 9 is a label and no number."""
    found: dict[str, set[type]] = {}
    for kind in BY_TOPIC.values():
        for name, field in kind.model_fields.items():
            found.setdefault(name, set()).add(plain_type(field.annotation))
    return {name: frozenset(types) for name, types in found.items()}

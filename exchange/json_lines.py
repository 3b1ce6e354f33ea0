"""Events as lines of JSON: one object a line, the fields of the event beside its envelope.

    {"event": "subject-died", "trial": "NCT02278315", "subject": "001-003", "occurred_on": "2017-03-17",
     "source": "EDC, form DTH", "id": "clr131-001-003-death", "by": "j.doe"}

``event`` may name its version (``subject-died/1``). ``trial``, ``id`` and ``by`` may be absent.
``private`` may hold texts by name that are sealed under the subject's key before they are stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from trialog.events.dates import instant_text
from trialog.events.entry import Draft, LogEntry, check_private
from trialog.events.errors import EventError
from trialog.events.kinds import ID_FORM
from trialog.events.registry import build, kind_named, name_of, parse_json

ENVELOPE: Final = ("event", "trial", "id", "by", "private")
LONGEST_LINE: Final = 1_000_000
"""Bytes; no event needs more, and a line without end must not fill the memory."""

LONGEST_TEXT: Final = 200

_ID: Final = re.compile(ID_FORM)


def draft_of(line: str | bytes, where: str) -> tuple[str | None, Draft]:
    """Return the trial that a line names, if it does, and its event.

    Args:
        line: One line of a file, without its end.
        where: File and line number, for messages.

    Raises:
        EventError: The line is not an event; one line says where, all that is wrong with it, and what was expected.
    """
    try:
        if len(line) > LONGEST_LINE:
            raise EventError(f"{len(line)} bytes in one line; expected at most {LONGEST_LINE}")
        fields = parse_json(line)
    except EventError as error:
        raise EventError(f"{where}: {error}") from None
    return draft_of_fields(fields, where)


def draft_of_fields(given: Mapping[str, Any], where: str) -> tuple[str | None, Draft]:
    """Return the trial that the fields of a line name, if they do, and their event; the rest is as with `draft_of`."""
    try:
        fields = _without_place(given)
        kind = kind_named(fields.pop("event"))
        trial, event_id, by = (_text(fields.pop(name, None), name) for name in ("trial", "id", "by"))
        private = check_private(fields.pop("private")) if "private" in fields else None
        _check_id(event_id)
        return trial, Draft(build(kind, fields), event_id, by, where, private)
    except EventError as error:
        complaint = _every_complaint(given) or str(error)
        raise EventError(f"{where}: {complaint}" if where else complaint) from None


def _without_place(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the fields of a line.

    Raises:
        EventError: They name no kind of event, or hold what a log gives an entry.
    """
    if "event" not in given:
        raise EventError("field 'event' is missing; it names the kind of event, for example subject-died")
    if own := sorted({"position", "recorded_at"} & given.keys()):
        # If they were ignored, the day of recording would take the place of the day on which it was known.
        raise EventError(
            f"{own[0]!r} is given by a log and cannot be appended; "
            "a whole log moves with: trialog export log, trialog import log"
        )
    return dict(given)


def _every_complaint(given: Mapping[str, Any]) -> str:
    """Return all that is wrong with the fields of a line that was refused, in one line."""
    found: list[str] = []

    def note(check: Callable[..., object], *values: Any) -> None:
        try:
            check(*values)
        except EventError as error:
            found.append(str(error))

    try:
        fields = _without_place(given)
    except EventError as error:
        return str(error)
    name = fields.pop("event")
    note(_check_id, fields.get("id"))
    for each in ("trial", "id", "by"):
        note(_text, fields.pop(each, None), each)
    if "private" in fields:
        note(check_private, fields.pop("private"))
    note(lambda: build(kind_named(name), fields))
    return "; ".join(found)


def _check_id(event_id: object) -> None:
    if isinstance(event_id, str) and event_id and not _ID.fullmatch(event_id):
        raise EventError(f"id {event_id!r} is not allowed; expected letters, digits and . _ : / + -")


def _text(value: Any, name: str) -> str | None:
    if value is None or (isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT):
        return value
    if isinstance(value, str) and value:
        raise EventError(f"{name}: a text of {len(value)} characters; expected at most {LONGEST_TEXT}")
    raise EventError(f"{name}: expected a text, found {repr(value)[:60]}")


def as_fields(entry: LogEntry, trial: str) -> dict[str, Any]:
    """Return an entry as the fields of a line, with its place and time in the log behind them."""
    return {
        "event": name_of(entry.event),
        "trial": trial,
        **entry.event.model_dump(mode="json", exclude_none=True, exclude={"target_stream"}),
        "id": entry.event_id,
        "by": entry.actor,
        "position": entry.position,
        "recorded_at": instant_text(entry.recorded_at),
    }

"""Every kind of event by its name, and the conversion of a mapping of fields to an event.

An unknown topic is an error: text from a log or a file never names code to import.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError

from trialog.events import kinds
from trialog.events.errors import EventError
from trialog.events.vocabulary import suggestion

KINDS: Final[tuple[type[kinds.TrialEvent], ...]] = (
    kinds.TrialRegistered,
    kinds.CohortOpened,
    kinds.CohortClosed,
    kinds.SubjectEnrolled,
    kinds.DoseAdministered,
    kinds.ResponseAssessed,
    kinds.ProgressionFound,
    kinds.SubjectSeenAlive,
    kinds.SubjectLeft,
    kinds.SubjectDied,
    kinds.EvaluabilityDecided,
    kinds.EventCorrected,
    kinds.EventRetracted,
    kinds.AnnouncementMade,
    kinds.FigureAnnounced,
    kinds.AnnouncementWithdrawn,
    kinds.AssessmentNotUnderstood,
    kinds.ExtractImported,
    kinds.ProgressionRuledOut,
    kinds.SubjectRedacted,
)
BY_TOPIC: Final = {kind.TOPIC: kind for kind in KINDS}
BY_NUMBER: Final = {kind.KIND: kind for kind in KINDS}
NAMES: Final = tuple(kind.TOPIC.partition("/")[0] for kind in KINDS)
_BY_NAME: Final = dict(zip(NAMES, KINDS, strict=True)) | BY_TOPIC


def kind_named(name: str) -> type[kinds.TrialEvent]:
    """Return the kind of event called ``subject-died`` or ``subject-died/1``.

    Raises:
        EventError: No kind has that name.
    """
    try:
        return _BY_NAME[name]
    except (KeyError, TypeError):
        near = get_close_matches(str(name), NAMES, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? Known" if near else "known"
        raise EventError(f"unknown kind of event {name!r}; {hint}: {', '.join(NAMES)}") from None


def name_of(kind: type[kinds.TrialEvent] | kinds.TrialEvent) -> str:
    """Return the kind's name without its version."""
    return kind.TOPIC.partition("/")[0]


def build(kind: type[kinds.TrialEvent], given: dict[str, Any]) -> kinds.TrialEvent:
    """Make an event of a kind from its fields.

    Raises:
        EventError: Fields are missing, unknown or wrong; one line says which, and what was expected.
    """
    try:
        made: kinds.TrialEvent = kind.__pydantic_validator__.validate_python(given)
    except ValidationError as error:
        raise EventError(f"{name_of(kind)}: {_complaints(kind, error)}") from None
    return made


def to_payload(event: kinds.TrialEvent) -> bytes:
    """Return the bytes that the log stores: compact JSON, fields in the order of their class."""
    return event.__pydantic_serializer__.to_json(event, exclude_none=True)


def from_payload(topic: str, payload: bytes) -> kinds.TrialEvent:
    """Return the event that a stored row holds.

    Raises:
        EventError: The topic is unknown, or the payload is not an event of that topic.
    """
    kind = BY_TOPIC.get(topic)
    if kind is None:
        raise EventError(f"unknown kind of event {topic!r} in the log; this version knows: {', '.join(BY_TOPIC)}")
    try:
        found: kinds.TrialEvent = kind.__pydantic_validator__.validate_json(payload)
    except ValidationError as error:
        raise EventError(f"{topic}: {_complaints(kind, error)}") from None
    return found


def parse_json(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object that a line holds.

    Raises:
        EventError: It is not one JSON object, names a key twice, or holds NaN or Infinity.
    """
    try:
        decoded = (text if isinstance(text, str) else text.removeprefix(_BYTE_ORDER_MARK).decode()).strip()
        # Do not use `decode`: its three layers of Python cost more than the scanner in C.
        found, end = _DECODER.scan_once(decoded, 0)
        if end != len(decoded):
            raise EventError(f"not one JSON object: something follows it, at character {end + 1}")
    except EventError:
        raise
    except StopIteration:
        raise EventError("not a JSON object: a value is missing or misspelt") from None
    except UnicodeDecodeError:
        raise EventError("not a JSON object: not text in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise EventError(f"not a JSON object: {error}") from None
    if not isinstance(found, dict):
        raise EventError(f"expected a JSON object with the fields of one event, found {type(found).__name__}")
    return found


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise EventError(f"key {twice!r} stands twice in one object")
    return found


def _no_constant(text: str) -> Any:
    raise EventError(f"{text} is not a number that JSON or a clinic knows")


_DECODER: Final[Any] = json.JSONDecoder(object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def _complaints(kind: type[kinds.TrialEvent], error: ValidationError) -> str:
    """Return all errors in the fields of an event, in one line."""
    found = error.errors(include_url=False, include_context=True)
    unknown = [str(each["loc"][-1]) for each in found if each["type"] == "extra_forbidden"]
    missing = [str(each["loc"][-1]) for each in found if each["type"] == "missing"]
    # A misspelled field is not also reported as missing.
    misspelled = {near for name in unknown for near in get_close_matches(name, missing, n=1, cutoff=0.5)}
    told = [each for each in found if not (each["type"] == "missing" and each["loc"][-1] in misspelled)]
    return "; ".join(dict.fromkeys(_complaint(kind, each) for each in told))


def _complaint(kind: type[kinds.TrialEvent], complaint: Any) -> str:
    place = ".".join(str(part) for part in complaint["loc"])
    match complaint["type"]:
        case "extra_forbidden":
            known = [name for name in kind.model_fields if name not in ("target_stream", "sealed")]
            return f"unknown field {place!r}{suggestion(place, known)}"
        case "missing":
            return f"field {place!r} is missing"
        case "value_error":
            text = str(complaint["ctx"]["error"])
            return f"{place}: {text}" if place else text
        case "literal_error":
            expected = complaint["ctx"]["expected"]
            known = [word.strip("' ") for word in expected.replace(" or ", ", ").split(",")]
            near = get_close_matches(str(complaint["input"]), known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            return f"{place}: {complaint['input']!r} is not known; {hint}expected {expected}"
        case "string_pattern_mismatch":
            return f"{place}: {_shown(complaint['input'])} is not allowed here; {_pattern_in_words(complaint)}"
        case _:
            message = complaint["msg"][0].lower() + complaint["msg"][1:]
            return f"{place}: {message}, found {_shown(complaint['input'])}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _pattern_in_words(complaint: Any) -> str:
    match complaint["ctx"]["pattern"]:
        case kinds.LABEL_FORM:
            return "expected at most 64 letters, digits, spaces and . _ + / -"
        case kinds.ID_FORM:
            return "expected at most 128 letters, digits and . _ : / + -, starting with a letter or digit"
        case kinds.TARGET_FORM:
            return "expected the id of an event, or # and its position, for example #17"
        case pattern if r"\d" in pattern:
            return "expected a plain decimal number such as 12.5"
        case _:
            return "expected a short unit such as mCi/m2 or mg"

"""Commands that append one event, made from the event's own fields.

The options of ``trialog death`` are the fields of `SubjectDied`: one place says what a
field is called, what it holds and what it means.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from trialog.cli.options import ByOption, JsonOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking
from trialog.events.kinds import TrialEvent
from trialog.events.registry import build, name_of
from trialog.events.words import sentence

_COMMON: Final = ("occurred_on", "reported_on", "source")
_SET_BY_LOG: Final = ("sealed",)
_POSITIONAL: Final = ("subject", "announcement")
_SHORT: Final = {"occurred_on": "on", "cohorts": "cohort"}
_NEGATED_BY_NOT: Final = ("evaluable", "related", "confirmed", "reached")

IdOption = Annotated[
    str | None,
    typer.Option(
        "--id",
        metavar="ID",
        help="Id of the event [default: derived from what it says, so that saying it twice is once].",
    ),
]


def recording(kind: type[TrialEvent], *, leave_out: tuple[str, ...] = ()) -> Callable[..., None]:
    """Return the command that appends one event of a kind, with an option for each of its fields.

    Args:
        kind: The kind of event.
        leave_out: Fields that have no option.
    """
    fields = [name for name in kind.model_fields if name not in (*_COMMON, *_SET_BY_LOG, *leave_out)]
    own = [_parameter(kind, name) for name in sorted(fields, key=lambda name: name not in _POSITIONAL)]
    parameters = [
        *own,
        _parameter(kind, "occurred_on"),
        _parameter(kind, "reported_on"),
        _parameter(kind, "source"),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, annotation, default in (
                ("event_id", IdOption, None),
                ("by", ByOption, None),
                ("trial", TrialOption, None),
                ("log", LogOption, None),
                ("json", JsonOption, False),
            )
        ),
    ]

    def command(**given: Any) -> None:
        named = {parameter.name for parameter in parameters} & set(kind.model_fields)
        chosen = {name: value for name, value in given.items() if name in named and value is not None}
        event = build(kind, chosen)
        append_one(event, given)

    command.__name__ = name_of(kind).replace("-", "_")
    command.__doc__ = (kind.__doc__ or "").partition("\n\n")[0]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def append_one(event: TrialEvent, given: Mapping[str, Any]) -> None:
    """Append one event and print its place in the log.

    Args:
        event: The event.
        given: The common options: event_id, by, trial, log, json.
    """
    with asking(given["log"], given["trial"]) as log:
        answer = log.record(event, event_id=given["event_id"], by=given["by"])
    for message in answer.warnings:
        show.note(f"note: {message}")
    if given["json"]:
        show.answer_as_json(answer)
    elif answer.appended:
        show.lines(f"{answer.trial} #{answer.position}  {sentence(answer.event)}  (id {answer.id})")
    else:
        show.lines(f"already in the log of {answer.trial} at position {answer.position}; nothing was appended")


def _parameter(kind: type[TrialEvent], name: str) -> inspect.Parameter:
    field = kind.model_fields[name]
    if name in _POSITIONAL:
        annotation = Annotated[str, typer.Argument(help=_description(field), metavar=name.upper(), show_default=False)]
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
    return option_of_field(name, field, required=field.is_required())


def options_of(model: type[BaseModel], *, leave_out: Iterable[str]) -> list[inspect.Parameter]:
    """Return an option for each field of a model; none of them has to be given.

    Args:
        model: Whose fields.
        leave_out: Fields that have no option.
    """
    return [
        option_of_field(name, field, required=False)
        for name, field in model.model_fields.items()
        if name not in leave_out
    ]


def option_of_field(name: str, field: FieldInfo, *, required: bool) -> inspect.Parameter:
    """Return the option that gives a field: its type, its word and its help are the field's own."""
    plain = plain_type(field.annotation)
    description = _description(field)
    flag = f"--{_SHORT.get(name, name).replace('_', '-')}"
    if plain is bool and field.default is not False:
        flag = f"{flag}/--{'not' if name in _NEGATED_BY_NOT else 'no'}-{flag[2:]}"
    environment = "TRIALOG_SOURCE" if name == "source" else None
    if name == "occurred_on":
        description = f"{description.rstrip('.')}: YYYY-MM-DD, or YYYY-MM or YYYY where only that is known."
    metavar = None if plain is bool else _word(field, plain, name)
    option = typer.Option(flag, help=description, envvar=environment, show_default=False, metavar=metavar)
    typed = list[str] if get_origin(field.annotation) is tuple else plain
    if required:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[typed, option])
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[typed | None, option]
    )


def _word(field: FieldInfo, plain: Any, name: str) -> str:
    """Return the word that stands for a field's value: a closed list is spelled out in its description."""
    if name.endswith(("_on", "_cutoff")):
        return "DAY" if name == "reported_on" else "DATE"
    if plain is int:
        return "N"
    if name in ("cohort", "cohorts"):
        return "LABEL"
    said = f"{field.annotation} {field.metadata}"
    return "WORD" if "Literal[" in said else "NUMBER" if "_as_text" in said or r"\\d" in said else "TEXT"


def plain_type(annotation: Any) -> Any:
    """Return str, int or bool of a field's annotation; words from a list are checked by the event itself."""
    if annotation in (bool, int):
        return annotation
    for part in get_args(annotation):
        if plain_type(part) in (bool, int):
            return plain_type(part)
    return str


def _description(field: FieldInfo) -> str:
    if field.description:
        return field.description
    for part in get_args(field.annotation):
        for extra in getattr(part, "__metadata__", ()):
            if getattr(extra, "description", None):
                return str(extra.description)
    return ""

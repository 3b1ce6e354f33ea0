"""Definitions of figures on the command line: ``--definition origin="first dose"``, and so on."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from trialog.events.definition import KAPLAN_MEIER, PARTS, TO_DATE, Definition
from trialog.events.errors import QuestionError
from trialog.events.vocabulary import suggestion

DefinitionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--definition",
        "-d",
        metavar="PART=WORD",
        help="Part of the definition in place of the trial's default, for example origin=enrollment; repeatable.",
    ),
]


def definition_of(given: list[str] | None, default: Definition | None = None) -> Definition:
    """Return a definition with some parts replaced.

    Changing the estimator alone takes that estimator's usual censoring with it.

    Raises:
        QuestionError: A part or a word is unknown.
    """
    parts: dict[str, Any] = {}
    for each in given or ():
        name, equals, word = each.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise QuestionError(f"--definition {each!r}: expected PART=WORD, for example estimator=to-date")
        if name not in PARTS:
            raise QuestionError(f"--definition: {name!r} is not a part{suggestion(name, PARTS)}")
        parts[name] = _number(word) if name == "level" else word.strip()
    base = default or (TO_DATE if parts.get("estimator") == "to-date" else KAPLAN_MEIER)
    if "estimator" in parts and parts["estimator"] != base.estimator and "censoring" not in parts:
        parts["censoring"] = (TO_DATE if parts["estimator"] == "to-date" else KAPLAN_MEIER).censoring
    return replace(base, **parts)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise QuestionError(f"--definition level={word}: expected a number between 0 and 1") from None

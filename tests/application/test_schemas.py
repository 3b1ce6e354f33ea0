"""The JSON Schemas in docs/schemas are those of the answers, and every answer has one."""

from __future__ import annotations

import json
import pkgutil
from importlib import import_module
from pathlib import Path

import jsonschema
import pytest

import trialog as package
from tests.conftest import Command
from trialog.application import answers
from trialog.application.answers.base import Answer
from trialog.application.schemas import HOMES, answer_class
from trialog.events.errors import QuestionError

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


def classes(above: type[Answer]) -> list[type[Answer]]:
    return [found for below in above.__subclasses__() for found in (below, *classes(below))]


def test_every_answer_is_in_the_table() -> None:
    for module in pkgutil.iter_modules(answers.__path__):
        import_module(f"{answers.__name__}.{module.name}")

    named = {
        each.SCHEMA: f"{each.__module__.rpartition('.')[2]}:{each.__name__}"
        for each in classes(Answer)
        if each.SCHEMA and each.__module__.startswith(answers.__name__)
    }

    assert named == HOMES


@pytest.mark.parametrize("name", HOMES)
def test_a_schema_in_docs_is_that_of_the_answer(name: str) -> None:
    """After a change: trialog schema NAME > docs/schemas/NAME.json."""
    file = FOLDER / f"{name.partition('/')[0]}.json"

    assert json.loads(file.read_text(encoding="utf-8")) == package.schema(name)


def test_there_is_no_schema_without_an_answer() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == {name.partition("/")[0] for name in HOMES}


@pytest.mark.parametrize("name", HOMES)
def test_a_schema_is_valid_and_names_its_version(name: str) -> None:
    found = package.schema(name)

    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$id"] == f"trialog:{name}"
    assert answer_class(name.partition("/")[0]) is answer_class(name)


def test_the_command_lists_names_and_prints_schemas(trialog: Command) -> None:
    assert trialog("schema").out.split() == list(HOMES)
    assert json.loads(trialog("schema", "snapshot").out) == package.schema("snapshot/1")


def test_an_answer_that_is_not_there(trialog: Command) -> None:
    asked = trialog("schema", "snapshoot")

    assert (asked.code, asked.out) == (1, "")
    assert asked.err.startswith("trialog: no answer is called 'snapshoot'; did you mean 'snapshot'? Known: ")
    with pytest.raises(QuestionError, match="no answer is called 'snapshot/9'"):
        package.schema("snapshot/9")

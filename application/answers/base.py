"""What every answer can do: become JSON, give its rows as a frame, describe its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from trialog.events.errors import QuestionError
from trialog.events.visible import visible_json


class Part(BaseModel):
    """A part of an answer: frozen, and refused if it has a field too many.

    A field named in ``LEFT_OUT_IF_NONE`` is absent from JSON when it is None, instead of null.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=False, ser_json_inf_nan="null", defer_build=True
    )

    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        found: dict[str, Any] = handler(self)
        for name in self.LEFT_OUT_IF_NONE:
            if found.get(name, ...) is None:
                del found[name]
        return found


class _FieldsSchema(GenerateJsonSchema):
    """Describe a part by its fields; what a serializer function leaves out is a field with a default."""

    def ser_schema(self, schema: Any) -> JsonSchemaValue | None:
        """Return the schema of a value that is not written as its own type."""
        return None if schema["type"] == "function-wrap" else super().ser_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Leave out titles, which would only repeat the names of fields."""
        return False


class Answer(Part):
    """The answer to one question.

    ``SCHEMA`` names it with the version of its form, for example ``snapshot/1``. A field may be added to a version;
    a field that changes its meaning or goes away makes a new one.
    """

    SCHEMA: ClassVar[str] = ""

    @property
    def exit_code(self) -> int:
        """The code with which a command that prints this answer ends: 0 done, 1 not so, 3 answered with a gap."""
        return 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the answer as flat rows, for CSV and for frames; all rows have the same keys.

        Raises:
            QuestionError: The answer has no form in rows.
        """
        raise QuestionError(f"a {type(self).__name__} has no rows; take its JSON")

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values, in the order of its fields."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self) -> str:
        """Return the answer as JSON, byte by byte what its command prints with ``--json``, without the last newline."""
        return visible_json(json.dumps(self.to_dict(), indent=2, ensure_ascii=False))

    def to_frame(self) -> Any:
        """Return the rows as a pandas data frame, or as a polars one where only polars is installed.

        Raises:
            QuestionError: Neither is installed, or the answer has no form in rows.
        """
        rows = list(self.rows())
        try:
            import pandas
        except ImportError:
            try:
                import polars
            except ImportError:
                raise QuestionError("a data frame needs pandas or polars; install one of them") from None
            return polars.DataFrame(rows)
        return pandas.DataFrame(rows)

    @classmethod
    def schema_document(cls) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the answer, with its name and version as ``$id``."""
        found = cls.model_json_schema(mode="serialization", by_alias=True, schema_generator=_FieldsSchema)
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"trialog:{cls.SCHEMA}",
            **found,
        }

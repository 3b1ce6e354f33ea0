"""Answers about private texts and the keys that open them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.application.answers.common import LogPosition


class RedactAnswer(Answer):
    """A redaction that was recorded."""

    SCHEMA: ClassVar[str] = "redact/1"

    trial: str
    subject: str
    position: int = Field(description="Position of the event that records the decision.")
    key_destroyed: bool = Field(description="Whether there was a key here to destroy.")
    log: LogPosition


class PrivateTextsPart(Part):
    """The private texts of one event."""

    position: int
    id: str
    event: str = Field(description="Kind of the event.")
    texts: dict[str, str] = Field(description="Texts by name.")


class PrivateAnswer(Answer):
    """A subject's private texts, opened."""

    SCHEMA: ClassVar[str] = "private/1"

    trial: str
    subject: str
    private: list[PrivateTextsPart]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each text."""
        for each in self.private:
            for name, text in each.texts.items():
                yield {"position": each.position, "id": each.id, "event": each.event, "name": name, "text": text}


class MasterKeyAnswer(Answer):
    """A new master key; it is in a file."""

    SCHEMA: ClassVar[str] = "master-key/1"

    id: str
    file: str


class WrapAnswer(Answer):
    """What became of the keys of a folder."""

    SCHEMA: ClassVar[str] = "wrap/1"

    folder: str
    master_key: str = Field(description="Id of the master key that wraps them now.")
    old_master_key: str | None = Field(default=None, exclude=True)
    wrapped: int = Field(description="Keys that were plain before.")
    moved: int = Field(description="Keys that were under the old master key.")
    already: int = Field(description="Keys that were under this master key before.")
    returned: list[str] = Field(description="Files of keys of redacted subjects; left as they are.")

"""Words that stand for a missing value: those of R (``NA``), of SAS (``.``), and of people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MISSING: Final = frozenset({"NA", "N/A", ".", "UNK", "UNKNOWN"})
"""Read as missing everywhere, in any case; an import takes more with ``--missing``."""


class MissingWords:
    """The words that an import reads as missing.

    Args:
        more: Words of this extract, beside those that are always read so.
    """

    def __init__(self, more: Iterable[str] = ()) -> None:
        self._words = MISSING | {" ".join(word.upper().split()) for word in more}
        self._longest = max(len(word) for word in self._words)

    def without(self, text: str) -> str:
        """Return a text without blanks around it, empty where it says that the value is missing."""
        text = text.strip()
        return "" if len(text) <= self._longest and text.upper() in self._words else text


ALWAYS: Final = MissingWords()

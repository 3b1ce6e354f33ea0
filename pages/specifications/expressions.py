"""Texts inside Vega's expressions: every text of a log may hold quotes and markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def quoted(text: str) -> str:
    """Return a text as a string of a Vega expression."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ").replace("\r", " ")
    return f"'{escaped}'"


def array_of(texts: Sequence[str]) -> str:
    """Return texts as an array of a Vega expression."""
    return f"[{', '.join(map(quoted, texts))}]"


def object_of(texts: Mapping[str, str]) -> str:
    """Return texts by key as an object of a Vega expression."""
    return "{" + ", ".join(f"{quoted(key)}: {quoted(text)}" for key, text in texts.items()) + "}"

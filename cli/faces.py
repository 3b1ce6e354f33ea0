"""What draws pictures and pages, provided from outside: the command line and the pages do not import each other.

`trialog.__main__` knows both, and hands the pages over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from trialog.application.answers.base import Answer


class Pages(Protocol):
    """The functions of `trialog.pages.face` that commands call."""

    def specification(
        self, picture: str, answer: Answer, *, style: Mapping[str, Any], **options: Any
    ) -> dict[str, Any]:
        """Return the Vega-Lite specification of a picture."""

    def form_of(self, name: str) -> str:
        """Return the form that a file name asks for."""

    def drawn(self, specification: dict[str, Any], form: str) -> bytes:
        """Return a picture as bytes."""


_provided: list[Callable[[], Pages]] = []


def provide(load: Callable[[], Pages]) -> None:
    """Say how the pages are loaded, when a command first needs them."""
    _provided[:] = [load]


def pages() -> Pages:
    """Return the pages.

    Raises:
        RuntimeError: The program was not started by `trialog.__main__`.
    """
    if not _provided:
        raise RuntimeError("no pages were provided; start the program with trialog or python -m trialog")
    return _provided[0]()

"""What the pages offer to commands: one function for each thing that can be asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialog.application.answers.base import Answer
from trialog.application.answers.curve import CurveAnswer
from trialog.application.answers.lanes import LanesAnswer
from trialog.application.answers.pins import PinnedHistoryAnswer
from trialog.events.errors import QuestionError
from trialog.pages.files import drawn, form_of
from trialog.pages.specifications.course import course_specification
from trialog.pages.specifications.frame import Style
from trialog.pages.specifications.lanes import lanes_specification
from trialog.pages.specifications.survival import survival_specification

__all__ = ["drawn", "form_of", "specification"]


def specification(picture: str, answer: Answer, *, style: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """Return the Vega-Lite specification of a picture.

    Args:
        picture: Its name on the command line.
        answer: What is drawn.
        style: Fields of `Style`.
        options: Those of the picture's own function.

    Raises:
        QuestionError: There is no such picture, or the answer is not of its kind.
    """
    look = Style(**style)
    match picture, answer:
        case "km", CurveAnswer():
            return survival_specification(answer, look, **options)
        case "swimmer", LanesAnswer():
            return lanes_specification(answer, look, **options)
        case "history", PinnedHistoryAnswer():
            return course_specification(answer, look, **options)
        case _:
            raise QuestionError(f"no picture {picture!r} of a {type(answer).__name__}")

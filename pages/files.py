"""Files from specifications: SVG, PNG, PDF, or the specification itself. The only module that imports vl_convert.

The same specification gives the same SVG and PNG, byte by byte, with one version of vl-convert. A PDF may differ
between two runs in the order of its fonts.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any, Final

from trialog.events.errors import QuestionError

FORMS: Final = (".svg", ".png", ".pdf", ".vl.json")
PIXELS_PER_UNIT: Final = 2.0
"""A PNG has so many pixels for each unit of the drawing, so that it is sharp on paper."""


def form_of(name: str) -> str:
    """Return the form that a file name asks for; ``-`` is an SVG on standard output.

    Raises:
        QuestionError: The ending is none of the known ones.
    """
    if name == "-":
        return ".svg"
    for form in FORMS:
        if name.lower().endswith(form):
            return form
    raise QuestionError(f"{Path(name).name!r}: the ending says the form; expected {', '.join(FORMS)}, or - for SVG")


def drawn(specification: dict[str, Any], form: str) -> bytes:
    """Return a picture as bytes.

    Args:
        specification: A Vega-Lite specification with a ``title`` and a ``description``.
        form: One of `FORMS`.

    Raises:
        QuestionError: The form needs the extra ``plot``, which is not installed.
    """
    if form == ".vl.json":
        return (json.dumps(specification, indent=1, ensure_ascii=False) + "\n").encode()
    try:
        import vl_convert
    except ImportError:
        raise QuestionError("pictures need the extra 'plot': pip install 'trialog[plot]'") from None
    text = json.dumps(specification)
    # No picture of ours refers to anything outside; an empty list refuses it if one did.
    closed: dict[str, Any] = {"allowed_base_urls": []}
    match form:
        case ".svg":
            return _accessible(vl_convert.vegalite_to_svg(text, **closed), specification).encode()
        case ".png":
            return bytes(vl_convert.vegalite_to_png(text, scale=PIXELS_PER_UNIT, **closed))
        case ".pdf":
            return bytes(vl_convert.vegalite_to_pdf(text, **closed))
        case _:
            raise QuestionError(f"a picture cannot be {form!r}; expected {', '.join(FORMS)}")


def _accessible(svg: str, specification: dict[str, Any]) -> str:
    """Give the root of an SVG a title, a description and the record that it was drawn from.

    vl-convert leaves out the description of a specification.
    """
    begins = svg.index("<svg")
    ends = svg.index(">", begins)
    record = json.dumps(specification.get("usermeta", {}), ensure_ascii=False, sort_keys=True)
    head = (
        f'<title id="title">{escape(str(specification.get("name", "")))}</title>'
        f'<desc id="description">{escape(str(specification.get("description", "")))}</desc>'
        f"<metadata>{escape(record)}</metadata>"
    )
    root = f'{svg[begins:ends]} role="img" aria-labelledby="title description"'
    return f"{svg[:begins]}{root}>{head}{svg[ends + 1 :]}\n"

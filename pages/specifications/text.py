"""How wide a text is, so that lines can be broken before they are drawn.

The widths are those of Arial and Liberation Sans, in thousandths of the font size (Adobe's AFM file of Helvetica,
which both fonts follow). A letter that is not listed counts as a wide one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_GROUPS: Final = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jcksvxyz",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_WIDTHS: Final = {letter: width for width, letters in _GROUPS.items() for letter in letters}
_WIDE: Final = 1000
BOLD: Final = 1.08
"""Bold letters are at most so much wider."""


def text_width(text: str, size: float) -> float:
    """Return the width of a text in pixels at a font size."""
    return sum(_WIDTHS.get(letter, _WIDE) for letter in text) * size / 1000


def wrapped(texts: Iterable[str], width: float, size: float) -> list[str]:
    """Return texts as lines that are at most some pixels wide, broken at blanks.

    A word that is wider than a line is broken inside.
    """
    lines: list[str] = []
    for text in texts:
        line = ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if text_width(longer, size) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *full, line = _pieces(word, width, size)
            lines += full
        if line:
            lines.append(line)
    return lines


def _pieces(word: str, width: float, size: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces

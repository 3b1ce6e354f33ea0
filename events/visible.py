"""Text that is safe to show in a terminal: control characters are written as escapes.

A stored text may contain any character. Printed raw, ``ESC [2J`` clears the reader's screen and U+202E reverses
the direction of a line.
"""

from __future__ import annotations

import json
import re
from typing import Final

_STEERING: Final = (
    "\x00-\x09\x0b-\x1f\x7f-\x9f"  # controls but the line feed
    "\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # directions, separators, invisible
    "\U000e0000-\U000e007f"  # tags
    "\ud800-\udfff"  # halves of a pair
)
_IN_LINES: Final = re.compile(f"[{_STEERING}]")
_IN_LINE: Final = re.compile(f"[\n{_STEERING}]")


def visible(text: str) -> str:
    r"""Return text with controls and directions as escapes, such as ``\x1b`` and ``\u202e``; lines stay lines."""
    return _IN_LINES.sub(_escaped, text)


def visible_line(text: str) -> str:
    r"""Return text in one line, with controls and directions as escapes; a line feed is written ``\n``."""
    return _IN_LINE.sub(_escaped, text)


def visible_json(written: str) -> str:
    r"""Return JSON that means the same, with controls and directions in its texts as escapes, such as ``\u202e``."""
    return _IN_LINES.sub(lambda found: json.dumps(found[0])[1:-1], written)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if found[0] == "\n":
        return "\\n"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

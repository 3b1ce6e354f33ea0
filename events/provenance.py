"""The source of an imported fact: a file by name and hash, a data set, a record and its variables.

It is text in the event's ``source``, readable by anybody, in a form that `references`
parses:

    ae.csv sha256:9f86d081884c7d65 AE AESEQ=5 AESTDTC,AEENDTC; ae.csv sha256:9f86d081884c7d65 AE AESEQ=7 AESTDTC

The hash is the first 16 hexadecimal digits of the file's SHA-256; the report of the import has all 64.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

HASH_DIGITS: Final = 16
MOST_SHOWN: Final = 3
"""References written out in one source; the rest is counted."""

LONGEST_FILE_NAME: Final = 60
_FORM: Final = re.compile(
    r"sha256:([0-9a-f]{16}) ([A-Za-z][A-Za-z0-9]*)(?: ([A-Z0-9]+)=([0-9]+))?(?: ([A-Z][A-Z0-9]*(?:,[A-Z][A-Z0-9]*)*))?"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A record of a data set, and the variables of it that state a fact.

    Attributes:
        file: Name of the file, without its folder.
        digest: First 16 hexadecimal digits of its SHA-256.
        dataset: For example ``AE``.
        sequence: The record's --SEQ, or its number in the file; None in a data set with one record a subject.
        by: Variable that holds the sequence, ``AESEQ``; ``RECORD`` if it is the record's number in the file.
        variables: For example ``("AESTDTC",)``.
    """

    file: str
    digest: str
    dataset: str
    sequence: int | None = None
    by: str = "RECORD"
    variables: tuple[str, ...] = ()

    def __str__(self) -> str:
        record = "" if self.sequence is None else f" {self.by}={self.sequence}"
        named = f" {','.join(self.variables)}" if self.variables else ""
        return f"{_short(self.file)} sha256:{self.digest} {self.dataset}{record}{named}"


def source_text(found: Sequence[Reference], count: int | None = None) -> str:
    """Return references as the source of an event.

    Args:
        found: At least one; the first three are written out.
        count: Total number of references, if ``found`` does not have all of them.
    """
    text = "; ".join(str(each) for each in found[:MOST_SHOWN])
    more = (len(found) if count is None else count) - min(len(found), MOST_SHOWN)
    return f"{text}; and {more} more" if more else text


def references(source: str) -> tuple[Reference, ...]:
    """Return the references in a source; none if the source has another form."""
    found = []
    for match in _FORM.finditer(source):
        digest, dataset, by, sequence, variables = match.groups()
        before = source[: match.start()].rpartition("; ")[2].strip()
        found.append(
            Reference(
                before,
                digest,
                dataset,
                None if sequence is None else int(sequence),
                by or "RECORD",
                tuple(variables.split(",")) if variables else (),
            )
        )
    return tuple(found)


@lru_cache(maxsize=256)
def _short(name: str) -> str:
    clean = "".join(sign if sign.isprintable() else "?" for sign in name).replace("; ", ";")
    return clean if len(clean) <= LONGEST_FILE_NAME else f"{clean[:28]}...{clean[-29:]}"

"""Which form a file has, told by its content and never by its name; and a reader and a writer for each form."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal
from zipfile import BadZipFile, ZipFile

from trialog.events.errors import ForeignFileError, TableError
from trialog.exchange.tables.datasetjson import (
    GZIP,
    read_dataset_json,
    read_ndjson,
    write_dataset_json,
    write_ndjson,
)
from trialog.exchange.tables.delimited import check_encoding, read_delimited, write_delimited
from trialog.exchange.tables.excel import read_excel, write_excel
from trialog.exchange.tables.parquet import read_parquet, write_parquet
from trialog.exchange.tables.sas import read_sas
from trialog.exchange.tables.table import Table
from trialog.exchange.tables.xpt import LIBRARY_V5, LIBRARY_V8, read_xpt, write_xpt

Format = Literal["csv", "tsv", "json", "ndjson", "xpt", "parquet", "xlsx"]
FORMATS: Final[dict[Format, str]] = {
    "csv": "comma-separated text",
    "tsv": "tab-separated text",
    "json": "CDISC Dataset-JSON 1.1",
    "ndjson": "CDISC Dataset-JSON 1.1, one row a line",
    "xpt": "SAS transport, version 5",
    "parquet": "Apache Parquet",
    "xlsx": "Excel",
}
"""Forms in which a table can be written, by the ending of their files."""

LOOKED_AT: Final = 1 << 20
_SAS7BDAT: Final = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
_FOREIGN: Final[tuple[tuple[bytes, str], ...]] = (
    (b"BZh", "compressed with bzip2 (R saves .rda so); export it as CSV first"),
    (b"\xfd7zXZ", "compressed with xz (R saves .rda so); export it as CSV first"),
    (b"RDX", "an R data file; export it as CSV first"),
    (b"RDA", "an R data file; export it as CSV first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file; save it as .xlsx first"),
    (b"%PDF", "a PDF; a table cannot be read from it"),
    (b"SQLite format 3", "an SQLite database, not a table; a log of trialog is named with --log"),
    (b"{\\rtf", "an RTF document; a table cannot be read from it"),
)


def open_table(
    path: Path,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    separator: str | None = None,
    wanted: Collection[str] | None = None,
    tolerant: bool = False,
) -> Table:
    """Open a file as a table.

    Args:
        path: A file of any of the forms that `FORMATS` lists, or a SAS data set (sas7bdat).
        encoding: Of the texts of a CSV or SAS file.
        sheet: Of a workbook.
        separator: What separates the cells of a text file, one of `SEPARATORS`; None to find it out.
        wanted: Names of the columns that will be used; None: all. In a text file the others may have no name, or
            one that occurs twice.
        tolerant: In Dataset-JSON, refuse a cell of another type than its column only where it is used.

    Raises:
        TableError: It has none of these forms, or is damaged.
    """
    if encoding is not None:
        check_encoding(encoding)
    try:
        found = form_of(path)
        match found:
            case "csv":
                return read_delimited(path, encoding, separator=separator, wanted=wanted)
            case "json":
                return read_dataset_json(path, tolerant=tolerant)
            case "ndjson":
                return read_ndjson(path, tolerant=tolerant)
            case "xpt":
                return read_xpt(path, encoding)
            case "sas7bdat":
                return read_sas(path, "read_sas7bdat", encoding)
            case "parquet":
                return read_parquet(path)
            case _:
                return read_excel(path, sheet)
    except OSError as error:
        raise TableError(f"cannot read {path}: {error.strerror}") from None


def form_of(path: Path) -> str:
    """Return the form of a file; every separated text is ``csv``.

    Raises:
        ForeignFileError: It has no form that is read here; the text says what it is and what to do.
        TableError: It is empty, or damaged.
    """
    with path.open("rb") as stream:
        head = stream.read(LOOKED_AT)
    if not head:
        raise TableError(f"{path.name}: the file is empty")
    if head.startswith((LIBRARY_V5, LIBRARY_V8)):
        return "xpt"
    if head.startswith(_SAS7BDAT):
        return "sas7bdat"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return _form_of_zip(path)
    if head.startswith(GZIP):
        return _form_of_gzip(head, path.name)
    for sign, what in _FOREIGN:
        if head.startswith(sign):
            raise ForeignFileError(f"{path.name} is {what}")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return _form_of_json(text, path.name)
    if text.startswith(b"["):
        raise ForeignFileError(
            f"{path.name} is JSON, but not Dataset-JSON 1.1; expected an object with datasetJSONVersion"
        )
    if text.startswith(b"<"):
        raise ForeignFileError(
            f"{path.name} is XML or HTML (a Define-XML, ODM or web page); a table cannot be read from it"
        )
    return "csv"


def _form_of_zip(path: Path) -> str:
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
    except BadZipFile:
        raise TableError(f"{path.name} is a damaged zip archive or workbook") from None
    if "xl/workbook.xml" in names:
        return "xlsx"
    raise ForeignFileError(f"{path.name} is a zip archive without a workbook; a folder of data sets is read whole")


def _form_of_gzip(head: bytes, name: str) -> str:
    """Return the form of a compressed file; only Dataset-JSON comes so (``.dsjc``)."""
    try:
        text = zlib.decompressobj(wbits=31).decompress(head, LOOKED_AT)
    except zlib.error:
        text = b""
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{"):
        raise ForeignFileError(f"{name} is compressed with gzip; unpack it first")
    return _form_of_json(text, name)


def _form_of_json(text: bytes, name: str) -> str:
    # The members of an object have no order: the version may stand behind a long list of rows.
    if b"datasetJSONVersion" not in text and not (b'"rows"' in text and len(text) >= LOOKED_AT):
        raise ForeignFileError(
            f"{name} is JSON, but not Dataset-JSON 1.1; expected datasetJSONVersion near its beginning"
        )
    first = text.partition(b"\n")[0]
    try:
        head = json.loads(first)
    except (ValueError, RecursionError):
        return "json"
    return "json" if "rows" in head else "ndjson"


def write_table(table: Table, form: Format, stream: IO[bytes], created: str, *, originator: str | None = None) -> None:
    """Write a table; the same table, form and instant give the same bytes.

    Args:
        table: What to write.
        form: In which form.
        stream: Where to.
        created: Instant that stands in forms which want one, ``YYYY-MM-DDThh:mm:ssZ``.
        originator: Who made it, for forms which want to know.

    Raises:
        TableError: The form cannot hold it; the text names the column and the record.
    """
    if form in ("csv", "tsv", "json", "ndjson"):
        import io

        text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
        try:
            match form:
                case "csv":
                    write_delimited(table, text)
                case "tsv":
                    write_delimited(table, text, "\t")
                case "json":
                    write_dataset_json(table, text, created, originator=originator)
                case _:
                    write_ndjson(table, text, created, originator=originator)
        finally:
            text.detach()
        return
    instant = datetime.fromisoformat(created).replace(tzinfo=None)
    match form:
        case "xpt":
            write_xpt(table, stream, instant)
        case "parquet":
            write_parquet(table, stream)
        case _:
            write_excel(table, stream, instant)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        TableError: It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise TableError(f"cannot read {path}: {error.strerror}") from None

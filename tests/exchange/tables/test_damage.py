"""Whatever is done to a file of whatever form, reading it gives rows or one sentence; never anything else."""

from __future__ import annotations

import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trialog.events.errors import TableError
from trialog.exchange.tables.folder import files_of
from trialog.exchange.tables.formats import FORMATS, Format, open_table, write_table
from trialog.exchange.tables.table import Column, table_of

TABLE = table_of(
    "AE",
    (
        Column("USUBJID", "Subject"),
        Column("AESEQ", "Number", "integer"),
        Column("AEVAL", "Value", "float"),
        Column("AESTDT", "Start", "date", format="DATE9.", numeric_date=True),
    ),
    [(f"00{number}", number, number / 4, f"2020-01-{number:02}") for number in range(1, 13)],
)
NASTY = [
    b"",
    b"\x00",
    b'"',
    b"\xff\xfe",
    b"{",
    b"[",
    b"\n",
    b"=1+1",
    b"\xc3",
    b"9" * 400,
    b"PK\x03\x04",
    b"1e999",
    b"nan",
]

Damage = tuple[float, int, bytes]


def written(form: Format) -> bytes:
    stream = io.BytesIO()
    write_table(TABLE, form, stream, "2020-01-31T00:00:00Z")
    if form != "xlsx":
        return stream.getvalue()
    # Stored, not deflated, so that a changed byte gets through to the XML.
    plain = io.BytesIO()
    with ZipFile(stream) as packed, ZipFile(plain, "w", ZIP_STORED) as archive:
        for name in packed.namelist():
            archive.writestr(name, packed.read(name))
    return plain.getvalue()


FORMS: tuple[Format, ...] = ("csv", "json", "xpt")
WHOLE = {form: written(form) for form in FORMATS}


def damaged(content: bytes, damages: list[Damage]) -> bytes:
    """Return content in which some bytes, each at a share of its length, give way to others."""
    for share, width, instead in damages:
        at = int(share * len(content))
        content = content[:at] + instead + content[at + width :]
    return content


DAMAGE = st.tuples(st.floats(0, 1), st.integers(0, 200), st.one_of(st.sampled_from(NASTY), st.binary(max_size=12)))


def said(path: Path) -> str | None:
    """Return why a file or an archive is refused, None when all of it can be read."""
    try:
        with files_of(path) as found:
            for each in found:
                for row in open_table(each.path):
                    assert isinstance(row, tuple)
    except TableError as error:
        return str(error)
    return None


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=100)
@given(damages=st.lists(DAMAGE, min_size=1, max_size=3))
@example(damages=[(0.5, 10**9, b"")])
def test_a_damaged_file_gives_rows_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, form: Format, damages: list[Damage]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"damaged.{form}"
    path.write_bytes(damaged(WHOLE[form], damages))

    assert len((said(path) or "").splitlines()) <= 1


@pytest.mark.parametrize("compression", [ZIP_STORED, ZIP_DEFLATED], ids=["stored", "deflated"])
@settings(max_examples=100)
@given(damages=st.lists(DAMAGE, min_size=1, max_size=3))
def test_a_damaged_archive_gives_tables_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, compression: int, damages: list[Damage]
) -> None:
    stream = io.BytesIO()
    with ZipFile(stream, "w", compression) as archive:
        for form in FORMS:
            archive.writestr(f"extract/ae.{form}", WHOLE[form])
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    path.write_bytes(damaged(stream.getvalue(), damages))

    assert len((said(path) or "").splitlines()) <= 1

"""Parquet and Excel, the form of a file by its content, and the files of an extract."""

from __future__ import annotations

import io
import stat
import sys
from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.extracts import CDISC, DATA
from trialog.events.errors import TableError
from trialog.exchange.tables import excel
from trialog.exchange.tables.folder import files_of
from trialog.exchange.tables.formats import FORMATS, Format, form_of, open_table, write_table
from trialog.exchange.tables.table import Column, Table, table_of, text_of

CREATED = "2026-11-22T19:32:00Z"
COLUMNS = [
    Column("TXT", "Text"),
    Column("NUM", "Number", "double"),
    Column("INT", "Whole number", "integer"),
    Column("DAY", "Day", "date", numeric_date=True),
    Column("DTC", "Partial date", "date"),
]
TABLE = table_of(
    "T",
    COLUMNS,
    [("=1+1", -1.5, 7, "2014-02-28", "2014-02"), (None, None, None, None, None), ("x", 0.1, -3, "1959-12-31", "2014")],
    "A table",
)


def bytes_of(table: Table, form: Format) -> bytes:
    stream = io.BytesIO()
    write_table(table, form, stream, CREATED)
    return stream.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_gives_the_table_back_and_is_known_by_its_content(tmp_path: Path, form: Format) -> None:
    path = tmp_path / "without-ending"
    path.write_bytes(bytes_of(TABLE, form))

    back = open_table(path)

    assert back.names == TABLE.names
    kept = [row for row in TABLE if form != "xlsx" or any(cell is not None for cell in row)]  # a sheet has no empty row
    assert [[text_of(cell) for cell in row] for row in back] == [[text_of(cell) for cell in row] for row in kept]
    assert form_of(path) == ("csv" if form == "tsv" else form)


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_table_gives_the_same_bytes(form: Format) -> None:
    assert bytes_of(TABLE, form) == bytes_of(TABLE, form)


def test_a_name_that_lies_about_the_form_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "dm.csv"
    path.write_bytes((CDISC / "sdtm_dm.xpt").read_bytes())

    assert open_table(path).name == "DM"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\x1f\x8b\x08rest", "is compressed with gzip; unpack it first", id="gzip"),
        pytest.param(b"BZh91AY", "is compressed with bzip2 (R saves .rda so)", id="R data"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Excel or Word file; save it as .xlsx first", id="old Excel"
        ),
        pytest.param(b"%PDF-1.7", "is a PDF; a table cannot be read from it", id="PDF"),
        pytest.param(b"SQLite format 3\0", "is an SQLite database, not a table", id="a log"),
        pytest.param(b"<?xml version='1.0'?><ODM/>", "is XML or HTML", id="ODM"),
        pytest.param(b'{"clinicalData": {}}', "is JSON, but not Dataset-JSON 1.1", id="other JSON"),
        pytest.param(b"[[1, 2]]", "is JSON, but not Dataset-JSON 1.1", id="a list"),
        pytest.param(b"PK\x03\x04damaged", "is a damaged zip archive or workbook", id="damaged zip"),
        pytest.param(b"PAR1damagedPAR1", "cannot be read as Parquet", id="damaged Parquet"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_advice(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(content)

    with pytest.raises(TableError) as refused:
        open_table(path)

    assert what in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("module", "form", "advice"),
    [
        ("pyreadstat", "xpt", "pip install 'trialog[xpt]'"),
        ("pyarrow", "parquet", "pip install 'trialog[parquet]'"),
        ("openpyxl", "xlsx", "pip install 'trialog[excel]'"),
    ],
)
def test_a_missing_library_is_one_line_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, form: Format, advice: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes_of(TABLE, form))
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(TableError) as refused:
        open_table(path)

    assert str(refused.value).endswith(advice)


# -- Parquet ------------------------------------------------------------------------


def test_parquet_columns_become_plain_values(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "day": pa.array([date(2014, 1, 2), None]),
            "moment": pa.array([datetime(2014, 1, 2, 10, 30), None]),  # noqa: DTZ001
            "word": pa.array(["a", ""]).dictionary_encode(),
            "number": pa.array([float("nan"), 2.5]),
        }
    )
    pyarrow.parquet.write_table(table, path)

    assert list(open_table(path)) == [("2014-01-02", "2014-01-02T10:30:00", "a", None), (None, None, None, 2.5)]


@pytest.mark.parametrize("cut", [8, 100, 400])
def test_a_parquet_file_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(bytes_of(TABLE, "parquet")[:-cut])

    with pytest.raises(TableError, match="cannot be read as Parquet"):
        open_table(path)


def test_a_column_of_lists_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pa.table({"a": [[1], [2]]}), path)

    with pytest.raises(TableError, match="column 'a' holds list"):
        open_table(path)


@given(st.lists(st.tuples(st.text(min_size=1) | st.none(), st.integers(-(2**62), 2**62) | st.none()), max_size=20))
def test_any_table_comes_back_from_parquet(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, int | None]]
) -> None:
    table = table_of("T", [Column("A"), Column("N", type="integer")], rows)
    path = tmp_path_factory.mktemp("parquet") / "t.parquet"
    path.write_bytes(bytes_of(table, "parquet"))

    assert list(open_table(path)) == rows


# -- Excel --------------------------------------------------------------------------


def workbook(path: Path, *rows: tuple[object, ...], sheets: int = 1) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for _ in range(sheets - 1):
        book.create_sheet()
    book.save(path)
    return path


def test_cells_of_a_sheet_become_plain_values(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ("id", "day", "at", "n", None),
        ("01", date(2014, 1, 2), datetime(2014, 1, 2, 10, 30), 2.0),  # noqa: DTZ001
        (None, None, None, None),
        ("02", None, None, 2.5),
    )

    assert list(open_table(path)) == [("01", "2014-01-02", "2014-01-02T10:30:00", 2), ("02", None, None, 2.5)]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        pytest.param(
            [("a", "b"), (1, "=SUM(A1:A2)")], "cell B2 holds a formula; replace it by its value", id="formula"
        ),
        pytest.param([("a", "a"), (1, 2)], "column 'a' stands twice", id="a name twice"),
        pytest.param([("a",), (1, 2)], "record 1 has a cell beyond the last named column", id="beyond the header"),
        pytest.param([("a", None, "c"), (1, 2, 3)], "column 2 has no name", id="column without a name"),
    ],
)
def test_a_sheet_that_is_no_plain_table_is_refused(
    tmp_path: Path, rows: list[tuple[object, ...]], complaint: str
) -> None:
    with pytest.raises(TableError, match=complaint):
        list(open_table(workbook(tmp_path / "a.xlsx", *rows)))


def test_which_sheet_must_be_said_when_there_are_several(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ("a",), (1,), sheets=2)

    with pytest.raises(TableError, match="holds 2 sheets; say which with --sheet: Sheet, Sheet1"):
        open_table(path)
    assert list(open_table(path, sheet="Sheet")) == [(1,)]
    with pytest.raises(TableError, match="sheet 'Sheet1' is empty"):
        open_table(path, sheet="Sheet1")
    with pytest.raises(TableError, match="no sheet 'X'"):
        open_table(path, sheet="X")


def test_a_workbook_that_would_unpack_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "a.xlsx", ("a",), ("x" * 10_000,))
    monkeypatch.setattr(excel, "LARGEST_UNPACKED", 1_000)

    with pytest.raises(TableError, match=r"unpacks to \d+ bytes; expected at most 1000"):
        open_table(path)


# -- folders and archives -------------------------------------------------------------


def archive(path: Path, *members: tuple[str | ZipInfo, bytes]) -> Path:
    with ZipFile(path, "w") as made:
        for name, content in members:
            made.writestr(name, content)
    return path


def linked() -> ZipInfo:
    member = ZipInfo("ae.csv")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


def test_an_archive_is_read_like_a_folder(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.zip", ("extract/dm.csv", b"a\n1\n"), ("extract/.hidden", b"x"), ("__MACOSX/ae.csv", b"x")
    )

    with files_of(path) as found:
        assert [each.name for each in found] == ["dm.csv"]
        assert list(open_table(found[0].path)) == [("1",)]
        kept = found[0].path
    assert not kept.exists()


@pytest.mark.parametrize(
    ("member", "complaint"),
    [
        pytest.param("../../evil.csv", "its member '../../evil.csv' points outside of the archive", id="upwards"),
        pytest.param("/etc/evil.csv", "its member '/etc/evil.csv' points outside of the archive", id="absolute"),
        pytest.param("..\\evil.csv", r"points outside of the archive", id="backslash"),
        pytest.param("C:evil.csv", "its member 'C:evil.csv' points outside of the archive", id="drive"),
        pytest.param(linked(), "its member 'ae.csv' is a link", id="link"),
    ],
)
def test_an_archive_that_reaches_outside_is_refused(tmp_path: Path, member: str | ZipInfo, complaint: str) -> None:
    path = archive(tmp_path / "a.zip", ("dm.csv", b"a\n"), (member, b"b\n"))
    before = sorted(tmp_path.parent.rglob("*"))

    with pytest.raises(TableError) as refused, files_of(path):
        pass

    assert complaint in str(refused.value)
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_damaged_or_empty_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", ("dm.csv", b"a\n1\n" * 1000))
    content = bytearray(path.read_bytes())
    content[60:70] = b"x" * 10
    path.write_bytes(content)
    with pytest.raises(TableError, match="cannot be unpacked"), files_of(path):
        pass

    with pytest.raises(TableError, match="no file in this archive"), files_of(archive(tmp_path / "b.zip")):
        pass


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", ("one/dm.csv", b"a\n"), ("two/dm.csv", b"b\n"))

    with pytest.raises(TableError, match=r"holds two files named 'dm\.csv'"), files_of(path):
        pass


def test_a_place_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no file in this folder"), files_of(tmp_path):
        pass
    with pytest.raises(TableError, match="no file or folder"), files_of(tmp_path / "nothing"):
        pass


def test_every_file_of_the_test_data_is_a_table_or_says_why_not() -> None:
    for path in sorted(DATA.rglob("*")):
        if path.is_file():
            try:
                assert open_table(path).names
            except TableError as refused:
                assert path.name in str(refused)  # noqa: PT017  # either is fine, as long as the line names the file

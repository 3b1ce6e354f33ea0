"""CSV and TSV: what is read, what is refused, and what a spreadsheet must not run."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialog.events.errors import TableError
from trialog.exchange.tables.delimited import escaped, read_delimited, unescaped, write_delimited
from trialog.exchange.tables.formats import open_table
from trialog.exchange.tables.table import Column, table_of


def written(tmp_path: Path, content: str | bytes, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("a,b\n1,x\n,y\n", id="comma"),
        pytest.param("a;b\n1;x\n;y\n", id="semicolon"),
        pytest.param("a\tb\n1\tx\n\ty\n", id="tab"),
        pytest.param("\ufeffa,b\r\n1,x\r\n,y\r\n", id="byte-order mark, Windows line ends"),
        pytest.param('"a","b"\n"1","x"\n"","y"', id="quoted, no line end at the end"),
        pytest.param("\n#a remark\na,b\n1,x\n\n,y\n", id="remarks of cBioPortal above the header, empty lines"),
        pytest.param("a,b\n1,x\n,y\n".encode("utf-16"), id="UTF-16 by its mark"),
    ],
)
def test_the_separator_and_the_encoding_are_found(tmp_path: Path, content: str | bytes) -> None:
    table = read_delimited(written(tmp_path, content))

    assert table.names == ("a", "b")
    assert list(table) == [("1", "x"), (None, "y")]
    assert list(table) == [("1", "x"), (None, "y")]  # read anew


def test_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a\nMüller\n".encode("windows-1252"))

    assert list(read_delimited(path, "windows-1252")) == [("Müller",)]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param("", "a.csv: the file is empty; expected a header line and rows", id="empty"),
        pytest.param("\n\n", "a.csv: the file is empty", id="blank lines only"),
        pytest.param("a,\n1,2\n", "a.csv: column 2 has no name", id="column without a name"),
        pytest.param("a,b,a\n1,2,3\n", "a.csv: column 'a' stands twice", id="a name twice"),
        pytest.param("a,b\n1,2\n3\n", "a.csv: record 2 has 1 cells; expected 2, as in the header", id="cut off in a row"),
        pytest.param("a,b\n1,2,3\n", "a.csv: record 1 has 3 cells; expected 2", id="a cell too many"),
        pytest.param('a,b\n1,"2\n', "a.csv: record 1 is not CSV; the file ends inside a quoted cell", id="cut off in quotes"),
        pytest.param('a,b\n"1"x,2\n', "a.csv: record 1 is not CSV: ',' expected after '\"'", id="text behind a quote"),
        pytest.param("a,b\r1,2\r", "a.csv: the header is not CSV; a line ends in CR alone, save the file with LF or CRLF", id="lines of an old Mac"),
        pytest.param(b"a,b\n1,\xff\n", "a.csv: line 2 is not utf-8 text; name its encoding", id="not UTF-8"),
        pytest.param("a,b\n1,\0\n", "a.csv: line 2 holds a NUL character", id="NUL"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_with_its_place(tmp_path: Path, content: str | bytes, complaint: str) -> None:
    with pytest.raises(TableError) as refused:
        list(read_delimited(written(tmp_path, content)))

    assert str(refused.value).startswith(complaint)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["nonsense", "base64", "rot13", ""])
def test_what_is_no_encoding_of_text_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TableError, match=f"unknown encoding '{name}'; expected for example windows-1252"):
        open_table(written(tmp_path, "a\n1\n"), encoding=name)


@pytest.mark.parametrize("inside", ["x", "x\n"], ids=["one line", "many lines in quotes"])
def test_a_cell_of_100_megabytes_is_refused_before_it_is_in_memory(tmp_path: Path, inside: str) -> None:
    path = written(tmp_path, 'a,b\n1,"' + inside * (100_000_000 // len(inside)) + '"\n')

    with pytest.raises(TableError, match=r"longer than 1000000 characters|field larger than field limit"):
        list(read_delimited(path))


@pytest.mark.parametrize(
    ("text", "as_written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("'quoted'", "'quoted'"),
        ("5 - 3", "5 - 3"),
        ("", ""),
    ],
)
def test_a_text_that_a_spreadsheet_would_run_stands_behind_an_apostrophe(text: str, as_written: str) -> None:
    assert escaped(text) == as_written
    assert unescaped(as_written) == text


def test_numbers_are_written_as_they_are(tmp_path: Path) -> None:
    table = table_of("T", [Column("n", type="integer"), Column("t")], [(-5, "-5"), (None, None)])
    stream = io.StringIO()

    write_delimited(table, stream)

    assert stream.getvalue() == "n,t\n-5,'-5\n,\n"
    assert list(read_delimited(written(tmp_path, stream.getvalue()))) == [("-5", "-5"), (None, None)]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=20), st.sampled_from([",", "\t"]))
def test_any_text_comes_back_equal(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], by: str
) -> None:
    table = table_of("T", [Column("one"), Column("=two")], [tuple(cell or None for cell in row) for row in rows])
    stream = io.StringIO(newline="")
    write_delimited(table, stream, by)
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")

    back = read_delimited(path)

    assert back.names == table.names
    assert list(back) == list(table)

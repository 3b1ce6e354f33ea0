"""XPT version 5: written by us, read by pyreadstat; what it cannot hold is refused before a byte is written."""

from __future__ import annotations

import io
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.extracts import CDISC
from trialog.events.errors import TableError
from trialog.exchange.tables.datasetjson import read_dataset_json
from trialog.exchange.tables.table import Cell, Column, Table, table_of
from trialog.exchange.tables.xpt import ibm_float, read_xpt, write_xpt

CREATED = datetime(2026, 11, 22, 19, 32)  # noqa: DTZ001  # SAS has no time zones
TWINS = sorted(path.stem for path in CDISC.glob("*.xpt"))


def saved(table: Table, path: Path) -> Path:
    with path.open("wb") as stream:
        write_xpt(table, stream, CREATED)
    return path


def one_cell(cell: Cell, column: Column | None = None) -> Table:
    return table_of("T", [column or Column("A", "Text")], [("x",), (cell,)])


@pytest.mark.parametrize("name", TWINS)
def test_what_we_write_pyreadstat_reads(tmp_path: Path, name: str) -> None:
    table = read_dataset_json(CDISC / f"{name}.json")
    path = saved(table, tmp_path / "a.xpt")

    found, about = pyreadstat.read_xport(str(path), output_format="dict")
    theirs, _ = pyreadstat.read_xport(str(CDISC / f"{name}.xpt"), output_format="dict")

    assert found == theirs
    assert about.table_name == table.name
    assert about.column_labels == [column.label for column in table.columns]
    assert about.modification_time == CREATED
    assert path.stat().st_size % 80 == 0


@pytest.mark.parametrize(
    ("number", "as_bytes"),
    [
        pytest.param(0, "0000000000000000", id="zero"),
        pytest.param(1, "4110000000000000", id="one"),
        pytest.param(-118.625, "c276a00000000000", id="the example of the IBM manual"),
        pytest.param(0.1, "401999999999999a", id="a tenth"),
        pytest.param(100, "4264000000000000", id="a hundred"),
    ],
)
def test_numbers_are_ibm_doubles(number: float, as_bytes: str) -> None:
    assert ibm_float(number).hex() == as_bytes


@given(st.floats(-1e60, 1e60).filter(lambda number: number == 0 or abs(number) > 1e-60))
def test_an_ibm_double_means_the_number(number: float) -> None:
    found = ibm_float(number)
    sign = -1 if found[0] & 0x80 else 1
    mantissa = int.from_bytes(found[1:], "big")

    assert sign * mantissa * 16.0 ** ((found[0] & 0x7F) - 64 - 14) == number


@pytest.mark.parametrize("number", [math.nan, math.inf, 1e80, 1e-90])
def test_a_number_beyond_the_form_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="XPT can hold"):
        ibm_float(number)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        pytest.param(table_of("T", [Column("LONGNAME9")], []), "XPT: column name 'LONGNAME9' is not allowed", id="name of 9"),
        pytest.param(table_of("T", [Column("lower")], []), "XPT: column name 'lower' is not allowed", id="small letters"),
        pytest.param(table_of("T", [Column("1A")], []), "XPT: column name '1A' is not allowed", id="digit first"),
        pytest.param(table_of("a table", [Column("A")], []), "XPT: data set name 'a table' is not allowed", id="data set"),
        pytest.param(table_of("T", [Column("A", "x" * 41)], []), "XPT: the label of column A has 41 characters", id="label of 41"),
        pytest.param(table_of("T", [Column("A", "µ")], []), "XPT: the label of column A has 1 characters or signs beyond ASCII", id="label"),
        pytest.param(one_cell("x" * 201), "XPT: T record 2, A: 201 bytes of text; expected at most 200", id="201 bytes"),
        pytest.param(one_cell("naïve"), "XPT: T record 2, A: 'naïve' has a sign that is not printable ASCII", id="beyond ASCII"),
        pytest.param(one_cell("a\nb"), "XPT: T record 2, A: 'a\\nb' has a sign that is not printable ASCII", id="line end"),
        pytest.param(one_cell("a "), "XPT: T record 2, A: 'a ' ends in a blank, which XPT cannot keep", id="blank at the end"),
        pytest.param(
            table_of("T", [Column("N", type="double")], [(1.5,), (1e99,)]),
            "XPT: T record 2, N: 1e+99 is beyond what XPT can hold", id="too large",
        ),
        pytest.param(
            table_of("T", [Column("D", type="date", numeric_date=True)], [("2014-02",)]),
            "XPT: T record 1, D: Invalid isoformat string", id="a partial date as a number",
        ),
    ],
)  # fmt: skip
def test_what_xpt_cannot_hold_is_refused_with_its_record(table: Table, complaint: str) -> None:
    stream = io.BytesIO()

    with pytest.raises(TableError) as refused:
        write_xpt(table, stream, CREATED)

    assert str(refused.value).startswith(complaint)


PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200)
DAYS = st.dates(datetime(1900, 1, 1).date(), datetime(2199, 12, 31).date()).map(lambda day: day.isoformat())  # noqa: DTZ001


@given(
    st.lists(st.tuples(PRINTABLE | st.none(), st.integers(-(2**53), 2**53), DAYS | st.none()), min_size=1, max_size=20)
)
def test_any_table_that_fits_comes_back_equal(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    columns = [Column("A"), Column("N", type="integer"), Column("D", type="date", numeric_date=True)]
    table = table_of("T", columns, rows)

    back = read_xpt(saved(table, tmp_path_factory.mktemp("xpt") / "t.xpt"))

    assert list(back) == rows


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(lambda content: content[:-1], "are no whole number of 80-byte records; the file is cut off", id="one byte short"),
        pytest.param(lambda content: content[:640], "the observation record of its head is missing or damaged", id="no variables"),
        pytest.param(lambda content: content[:400], "the variable record of its head is missing", id="half a head"),
        pytest.param(lambda content: content[:614] + b"99ab" + content[618:], "the number of variables in its head is damaged", id="count"),
        pytest.param(lambda content: content[:644] + b"\xff\xff" + content[646:], "variable 1 of its head is damaged", id="length"),
        pytest.param(lambda content: content + content[240:], "holds several data sets", id="two data sets"),
        pytest.param(lambda content: content[:240] + b"x" * 80 + content[320:], "the member record of its head", id="member"),
    ],
)  # fmt: skip
def test_a_damaged_head_is_refused(tmp_path: Path, change: Any, complaint: str) -> None:
    path = tmp_path / "a.xpt"
    path.write_bytes(change((CDISC / "sdtm_dm.xpt").read_bytes()))

    with pytest.raises(TableError) as refused:
        read_xpt(path)

    assert complaint in str(refused.value)


@given(st.integers(0, 4079), st.integers(0, 255))
def test_a_mutated_file_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    content = bytearray((CDISC / "sdtm_dd.xpt").read_bytes())
    content[at] = byte
    path = tmp_path_factory.mktemp("xpt") / "a.xpt"
    path.write_bytes(content)

    try:
        rows = list(read_xpt(path))
    except TableError as refused:
        assert "\n" not in str(refused)  # noqa: PT017  # either is fine, as long as a refusal is one line
    else:
        assert len(rows) <= 3


def test_windows_1252_is_read_when_it_is_named(tmp_path: Path) -> None:
    path = saved(one_cell("naive"), tmp_path / "a.xpt")
    path.write_bytes(path.read_bytes().replace(b"naive", "naïve".encode("windows-1252")))

    with pytest.raises(TableError, match="--encoding windows-1252"):
        list(read_xpt(path))
    assert list(read_xpt(path, "windows-1252")) == [("x",), ("naïve",)]

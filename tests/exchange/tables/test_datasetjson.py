"""Dataset-JSON: twins of XPT, the schema of CDISC, and everything that a damaged file can do."""

from __future__ import annotations

import gzip
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.extracts import CDISC
from trialog.events.errors import ForeignFileError, TableError
from trialog.exchange.tables.datasetjson import (
    LONGEST_VALUE,
    read_dataset_json,
    read_ndjson,
    write_dataset_json,
    write_ndjson,
)
from trialog.exchange.tables.formats import open_table
from trialog.exchange.tables.table import Column, Table, table_of, text_of
from trialog.exchange.tables.xpt import read_xpt

CREATED = "2026-11-22T19:32:00Z"
TWINS = sorted(path.stem for path in CDISC.glob("*.xpt"))
HEAD: dict[str, Any] = {
    "datasetJSONCreationDateTime": CREATED,
    "datasetJSONVersion": "1.1.0",
    "itemGroupOID": "IG.T",
    "records": 2,
    "name": "T",
    "label": "A table",
    "columns": [
        {"itemOID": "IT.T.A", "name": "A", "label": "Text", "dataType": "string"},
        {"itemOID": "IT.T.N", "name": "N", "label": "Number", "dataType": "integer"},
    ],
}
ROWS = [["x", 1], ["", None]]


def document(tmp_path: Path, change: dict[str, Any] | None = None, rows: Any = ROWS) -> Path:
    path = tmp_path / "t.json"
    path.write_text(json.dumps({**HEAD, **(change or {}), "rows": rows}), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", TWINS)
def test_a_data_set_reads_the_same_from_json_and_from_xpt(name: str) -> None:
    one, other = read_dataset_json(CDISC / f"{name}.json"), read_xpt(CDISC / f"{name}.xpt")

    assert one.names == other.names
    assert one.name == other.name
    assert list(one) == list(other)


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_what_is_written_follows_the_schema_of_cdisc_and_reads_back(tmp_path: Path, name: str, form: str) -> None:
    table = read_dataset_json(CDISC / f"{name}.json")
    schema = json.loads((CDISC / "dataset.schema.json").read_text())
    path = tmp_path / f"a.{form}"
    with path.open("w", encoding="utf-8") as stream:
        (write_dataset_json if form == "json" else write_ndjson)(table, stream, CREATED, originator="trialog")

    lines = path.read_text(encoding="utf-8").splitlines()
    whole = json.loads(path.read_text(encoding="utf-8")) if form == "json" else json.loads(lines[0])
    if form == "ndjson":
        whole["rows"] = [json.loads(line) for line in lines[1:]]
    jsonschema.validate(whole, schema)
    back = (read_dataset_json if form == "json" else read_ndjson)(path)
    assert back.columns == table.columns
    assert (back.name, back.label, back.modified) == (table.name, table.label, table.modified)
    assert list(back) == list(table)


def test_an_empty_text_is_read_as_missing(tmp_path: Path) -> None:
    assert list(read_dataset_json(document(tmp_path))) == [("x", 1), (None, None)]


def test_the_columns_may_stand_behind_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"rows": ROWS, **HEAD}), encoding="utf-8")

    assert list(read_dataset_json(path)) == [("x", 1), (None, None)]


def test_rows_are_read_across_the_borders_of_what_is_in_memory(tmp_path: Path) -> None:
    rows = [["x" * (number % 700), number] for number in range(2_000)]

    table = read_dataset_json(document(tmp_path, {"records": len(rows)}, rows))

    assert list(table) == [(text or None, number) for text, number in rows]


def test_the_day_of_the_data_may_stand_behind_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps({**HEAD, "rows": ROWS, "dbLastModifiedDateTime": "2019-04-20T09:00:00"}))

    assert read_dataset_json(path).modified == "2019-04-20T09:00:00"


def test_a_number_with_a_zero_fraction_is_an_integer(tmp_path: Path) -> None:
    """JSON Schema draft 2019-09, 6.1.1: any number with a zero fractional part is of type integer."""
    table = read_dataset_json(document(tmp_path, rows=[["x", 50.0], ["y", -3e2]]))

    assert [(value, type(value)) for _, value in table] == [(50, int), (-300, int)]


@pytest.mark.parametrize("label", ["", None, [], {}])
def test_a_label_may_be_empty(tmp_path: Path, label: Any) -> None:
    columns = [{**HEAD["columns"][0], "label": label}, {**HEAD["columns"][1]}]
    columns[1].pop("label")

    table = read_dataset_json(document(tmp_path, {"label": label, "columns": columns}))

    assert (table.label, [column.label for column in table.columns]) == ("", ["", ""])
    assert len(list(table)) == 2


def test_a_label_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps({key: value for key, value in {**HEAD, "rows": ROWS}.items() if key != "label"}))

    assert read_dataset_json(path).label == ""


@pytest.mark.parametrize("lines", [True, False])
def test_the_compressed_form_is_read(tmp_path: Path, lines: bool) -> None:
    text = document(tmp_path).read_text()
    if lines:
        text = "\n".join(json.dumps(each) for each in (HEAD, *ROWS)) + "\n"
    path = tmp_path / "t.dsjc"
    path.write_bytes(gzip.compress(text.encode()))

    assert list(open_table(path)) == [("x", 1), (None, None)]


def test_every_way_of_cutting_a_compressed_file_off_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "t.dsjc"
    content = gzip.compress("".join(json.dumps(each) + "\n" for each in (HEAD, *ROWS)).encode())
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(TableError) as refused:
            list(open_table(path))
        assert "\n" not in str(refused.value)


def test_what_else_is_compressed_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))

    with pytest.raises(ForeignFileError, match=r"t\.csv\.gz is compressed with gzip; unpack it first"):
        open_table(path)


@pytest.mark.parametrize("cell", ["1", 1.5, True, [1], "x"])
def test_a_cell_of_another_type_is_refused_where_it_is_used(tmp_path: Path, cell: Any) -> None:
    table = read_dataset_json(document(tmp_path, rows=[["x", cell], ["y", 2]]), tolerant=True)

    (text, number), (_, other) = table
    assert (text_of(text), text_of(other)) == ("x", "2")
    with pytest.raises(TableError, match=r"t\.json: record 1, N: .* is not of type integer"):
        text_of(number)
    assert table.wrong is not None
    assert list(table.wrong.by_column) == ["N"]


def test_a_word_for_a_missing_value_among_numbers_is_missing_and_is_counted(tmp_path: Path) -> None:
    table = read_dataset_json(document(tmp_path, rows=[["x", " NA"], ["y", "."]]), tolerant=True)

    for _ in range(2):
        assert [number for _, number in table] == [None, None]
        assert table.wrong is not None
        assert table.wrong.by_column == {"N": (2, "record 1: '\" NA\"'")}


COLUMN = HEAD["columns"][0]


@pytest.mark.parametrize(
    ("change", "rows", "complaint"),
    [
        pytest.param({"datasetJSONVersion": "1.0.0"}, ROWS, "Dataset-JSON 1.0.0 is not known; expected version 1.1", id="version"),
        pytest.param({"records": 3}, ROWS, "its head says 3 records, and it holds 2; the file is cut off", id="a row missing"),
        pytest.param({"records": "2"}, ROWS, "'records' must be a whole number", id="records no number"),
        pytest.param({"columns": []}, ROWS, "'columns' must be a list of objects", id="no columns"),
        pytest.param({"columns": [{**COLUMN, "dataType": "text"}]}, ROWS, "column 'A' has dataType 'text'", id="type"),
        pytest.param({"columns": [COLUMN, COLUMN]}, ROWS, "column 'A' stands twice", id="a column twice"),
        pytest.param({}, [["x", 1], ["y"]], "record 2 has 1 cells; expected 2", id="short row"),
        pytest.param({}, [["x", 1], {"A": "y"}], "record 2 has no list of cells; expected 2", id="row no list"),
        pytest.param({}, [["x", "1"], ["y", 2]], "record 1, N: '\"1\"' is not of type integer", id="text for a number"),
        pytest.param({}, [["x", True], ["y", 2]], "record 1, N: 'true' is not of type integer", id="truth for a number"),
        pytest.param({}, [["x", 1.5], ["y", 2]], "record 1, N: '1.5' is not of type integer", id="half a number"),
    ],
)  # fmt: skip
def test_what_is_no_data_set_is_refused(tmp_path: Path, change: dict[str, Any], rows: Any, complaint: str) -> None:
    with pytest.raises(TableError) as refused:
        list(read_dataset_json(document(tmp_path, change, rows)))

    assert str(refused.value).startswith(f"t.json: {complaint}")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"name": "T"', '"name": "T", "name": "U"', "not JSON: key 'name' stands twice in one object"),
        ('["x", 1]', '["x", NaN]', "not JSON: NaN is not a number that JSON knows"),
        ("]]}", "]]} {}", "not JSON: something stands behind the end of the data set"),
        ("]]}", "]", "not JSON: expected ']'; the file is cut off"),
        ('"A table"', '"A table', "not JSON: "),
        ("[", "[" * 100_000, "not JSON: maximum recursion depth exceeded"),
    ],
    ids=["key twice", "not a number", "something behind", "cut off", "open text", "nested without end"],
)
def test_broken_json_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = document(tmp_path)
    path.write_text(path.read_text().replace(old, new, 1))

    with pytest.raises(TableError) as refused:
        list(read_dataset_json(path))

    assert str(refused.value).startswith(f"t.json: {complaint}")
    assert "\n" not in str(refused.value)


def test_every_way_of_cutting_a_file_off_is_noticed(tmp_path: Path) -> None:
    path = document(tmp_path)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(TableError):
            list(read_dataset_json(path))


def test_one_endless_cell_is_refused(tmp_path: Path) -> None:
    path = document(tmp_path, rows=[["x" * (LONGEST_VALUE + 10), 1], ["y", 2]])

    with pytest.raises(TableError, match=f"one entry is longer than {LONGEST_VALUE} characters"):
        list(read_dataset_json(path))


def test_bytes_that_are_no_utf_8_are_refused(tmp_path: Path) -> None:
    path = document(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"x"', b'"\xff"'))

    with pytest.raises(TableError, match="not UTF-8 text"):
        list(read_dataset_json(path))


def test_a_line_of_ndjson_that_is_missing_or_wrong_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.ndjson"
    path.write_text(json.dumps(HEAD) + '\n["x",1]\n')
    with pytest.raises(TableError, match="its head says 2 records, and it holds 1"):
        list(read_ndjson(path))

    path.write_text(json.dumps(HEAD) + '\n["x",1]\n["y",\n')
    with pytest.raises(TableError, match=r"t\.ndjson: line 3 is not JSON"):
        list(read_ndjson(path))


def _numbers(kind: str) -> st.SearchStrategy[Any]:
    finite = st.floats(allow_nan=False, allow_infinity=False)
    return {
        "string": st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
        "integer": st.integers(-(2**53), 2**53),
        "double": finite,
        "decimal": st.decimals(allow_nan=False, allow_infinity=False).map(lambda each: Decimal(format(each, "f"))),
        "boolean": st.booleans(),
    }[kind]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    kinds = draw(
        st.lists(st.sampled_from(["string", "integer", "double", "decimal", "boolean"]), min_size=1, max_size=4)
    )
    columns = [Column(f"C{place}", f"Column {place}", kind) for place, kind in enumerate(kinds)]  # type: ignore[arg-type]
    row = st.tuples(*(st.none() | _numbers(kind) for kind in kinds))
    return table_of("T", columns, draw(st.lists(row, max_size=10)))


@given(tables(), st.booleans())
def test_any_table_comes_back_equal(tmp_path_factory: pytest.TempPathFactory, table: Table, lines: bool) -> None:
    stream = io.StringIO(newline="")
    (write_ndjson if lines else write_dataset_json)(table, stream, CREATED)
    path = tmp_path_factory.mktemp("json") / "t.json"
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")

    back = (read_ndjson if lines else read_dataset_json)(path)

    assert back.columns == table.columns
    assert list(back) == list(table)

"""The notebooks in examples/: every cell runs, and prints what the notebook shows below it.

After a change of what is printed, ``python -m tests.stories.test_notebook`` writes the outputs anew; read the difference.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "examples").rglob("*.ipynb"))


def ran(source: str, names: dict[str, Any]) -> tuple[str, str | None]:
    """Run a cell as Jupyter does: what it prints, and its last line's value in words."""
    parsed = ast.parse(source)
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        last = parsed.body.pop() if isinstance(parsed.body[-1], ast.Expr) else None
        exec(compile(parsed, "<cell>", "exec"), names)  # noqa: S102 - our own notebook
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)  # noqa: S307
    return printed.getvalue(), None if value is None else repr(value)


def shown(cell: dict[str, Any]) -> tuple[str, str | None]:
    printed = "".join(line for output in cell["outputs"] for line in output.get("text", ()))
    values = ["".join(output["data"]["text/plain"]) for output in cell["outputs"] if "data" in output]
    return printed, values[0] if values else None


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.name)
def test_a_notebook_shows_what_its_cells_give(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    notebook = json.loads(file.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}

    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            assert ran(source, names) == shown(cell), source


def test_there_is_a_notebook() -> None:
    assert [file.name for file in NOTEBOOKS] == ["reading-a-log.ipynb"]


def rewrite(file: Path) -> None:
    """Run a notebook and write what its cells give below them."""
    notebook = json.loads(file.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number, cell in enumerate((each for each in notebook["cells"] if each["cell_type"] == "code"), 1):
            printed, value = ran("".join(cell["source"]), names)
            cell["execution_count"] = number
            cell["outputs"] = [
                {"name": "stdout", "output_type": "stream", "text": printed.splitlines(keepends=True)}
            ] * bool(printed)
            if value is not None:
                data = {"text/plain": value.splitlines(keepends=True)}
                result = {"data": data, "execution_count": number, "metadata": {}, "output_type": "execute_result"}
                cell["outputs"].append(result)
        os.chdir(ROOT)
    file.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each in NOTEBOOKS:
        rewrite(each)

"""Start the command line, and hand it the pages: the one place that knows both faces."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from trialog.cli import faces
from trialog.cli.app import main as run_command_line

if TYPE_CHECKING:
    from trialog.cli.faces import Pages


def main() -> None:
    """Run the command line and leave with its exit code."""
    faces.provide(lambda: cast("Pages", import_module("trialog.pages.face")))
    run_command_line()


if __name__ == "__main__":
    main()

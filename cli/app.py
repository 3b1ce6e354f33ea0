"""The ``trialog`` command: a table of commands, each loaded when it is asked for.

``trialog --help`` and an append must feel instant, so this module imports typer and
nothing of ours beyond the errors; a command's own module imports what it needs.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated, Any, ClassVar, Final

import typer
from typer.core import TyperGroup

from trialog.cli.log_argument import with_log_option
from trialog.cli.table_of_commands import COMMANDS, GROUPS, CommandSpec
from trialog.cli.usage import PlainCommand
from trialog.events.errors import ArgumentError, TrialogError
from trialog.events.visible import visible_line

UsageError: Final[Any] = typer.BadParameter.__mro__[1]
ClickException: Final[Any] = typer.BadParameter.__mro__[2]
"""Typer carries a copy of click of its own; its public names lead to it."""

USAGE_ERROR: Final = 2
INTERRUPTED: Final = 130
FAILURE: Final = 70
"""A failure of the program itself (EX_SOFTWARE of sysexits.h)."""
DEBUG: Final = "TRIALOG_DEBUG"
CLOSED_PIPE: Final = 141
"""As a shell gives it for a program that SIGPIPE ended: no success, and no refusal either."""
OPTIONS: Final = {
    "announced_on": "DATE",
    "cohorts": "--cohort",
    "first": "--from",
    "last": "--to",
    "now": "NOW",
    "parameters": "--param",
    "quantiles": "--quantile",
    "then": "THEN",
}
"""How options and arguments are spelled that have another name in Python."""

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_INTERRUPTED: Final = "interrupted; nothing was half-written"


class LazyGroup(TyperGroup):
    """A group of commands that imports a command's module only to run it or to print its help."""

    specs: ClassVar[dict[str, CommandSpec]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the table."""
        return list(self.specs)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, loaded now."""
        spec = self.specs.get(cmd_name)
        return None if spec is None else _load(spec)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that the arguments name, or say which one was probably meant."""
        name = args[0]
        if name not in self.specs and not name.startswith("-"):
            raise UsageError(f"no command {name!r}{_meant(name, list(self.specs))}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands from the table, by section, without loading any."""
        width = max(len(name) for name in self.specs)
        for section, rows in _by_section(self.specs.values()):
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])


_MEANINGS: Final = {
    "delete": ("retract",),
    "dead": ("death",),
    "edit": ("correct",),
    "events": ("log",),
    "figures": ("snapshot", "cohorts"),
    "graph": ("plot",),
    "list": ("log", "cohorts", "announcements"),
    "median": ("cohorts", "snapshot"),
    "patients": ("cohorts", "snapshot"),
    "remove": ("retract",),
    "status": ("cohorts", "doctor"),
    "subjects": ("cohorts", "snapshot"),
    "undo": ("retract",),
    "update": ("correct",),
}
"""What people call a command that has another name: meanings, not letters."""


def _meant(name: str, known: list[str]) -> str:
    """Return what follows an unknown command: what was probably meant, or nothing rather than a wrong guess."""
    near = [each for each in _MEANINGS.get(name.lower(), ()) if each in known]
    near = near or get_close_matches(name, known, n=1, cutoff=0.75)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _by_section(specs: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    sections: dict[str, list[tuple[str, str]]] = {}
    for spec in specs:
        sections.setdefault(spec.section, []).append((spec.name, spec.help))
    yield from sections.items()


def _version(asked: bool) -> None:
    if asked:
        from trialog.events.version import __version__

        typer.echo(f"trialog {__version__}")
        raise typer.Exit


_PLAIN: Final[dict[str, Any]] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}


def _load(spec: CommandSpec) -> Any:
    """Return the command that a row of the table names."""
    if not spec.function:
        return group_of(GROUPS[spec.name], spec.help)
    app = typer.Typer(**_PLAIN)
    app.command(spec.name, cls=PlainCommand, context_settings=_PLAIN["context_settings"])(
        getattr(import_module(spec.module), spec.function)
    )
    return typer.main.get_command(app)


def group_of(table: Sequence[CommandSpec], text: str, *, epilog: str | None = None) -> Any:
    """Return the group of commands that a table describes."""
    lazy = type("Group", (LazyGroup,), {"specs": {spec.name: spec for spec in table}})
    app = typer.Typer(cls=lazy, **_PLAIN)
    app.callback(help=text, epilog=epilog)(_options_of_all if epilog else _no_options)
    return typer.main.get_command(app)


def _no_options() -> None:
    """Take no options."""


def _options_of_all(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def _root() -> Any:
    return group_of(
        COMMANDS,
        "Event-sourced timeline tracker for clinical trials: append what happened, and rebuild each "
        "cohort's figures as of any data cutoff, as known on any day.",
        epilog="The log is a file or a database: --log, or TRIALOG_LOG, or trialog.db in this folder. "
        "It may also be the first argument: trialog cohorts trial.db. Exit codes: 0 done; 1 refused, not reproduced, "
        "damage found; 2 wrong usage (audit: undecided); 3 answered with a stated gap; 70 a failure of the program; "
        "130 interrupted; 141 output not read to its end.",
    )


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every refusal is one line on standard error.

    Raises:
        BrokenPipeError: Whoever read the output went away.
    """
    given = with_log_option(sys.argv[1:] if arguments is None else arguments)
    try:
        done = _root().main(args=given or ["--help"], prog_name="trialog", standalone_mode=False)
    except UsageError as error:
        _complain(_usage_line(error))
        return USAGE_ERROR
    except ClickException as error:
        _complain(error.format_message())
        return int(error.exit_code)
    except ArgumentError as error:
        _complain(error.spelled(_option))
        return error.exit_code
    except TrialogError as error:
        for line in str(error).splitlines():
            _complain(line)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _complain(_INTERRUPTED)
        return INTERRUPTED
    except OSError as error:
        # A folder that may not be entered, a name that is too long: the system says it before we could ask.
        if error.filename is None:
            raise
        _complain(f"{os.fsdecode(error.filename)}: {error.strerror}")
        return TrialogError.exit_code
    except SystemExit as left:
        # typer turns a pipe that its reader closed (trialog log | head) into exit code 1, a refusal of ours.
        if isinstance(left.__context__, BrokenPipeError):
            raise left.__context__ from None
        raise
    if done == INTERRUPTED:  # typer swallows Ctrl-C and leaves only the code
        _complain(_INTERRUPTED)
    return done if isinstance(done, int) else 0


def _option(argument: str) -> str:
    """Return how the command line spells an argument of a question."""
    return OPTIONS.get(argument) or "--" + argument.replace("_", "-")


def _usage_line(error: Any) -> str:
    path = error.ctx.command_path if error.ctx else "trialog"
    message = " ".join(error.format_message().split())
    for other in getattr(getattr(error, "param", None), "secondary_opts", ()):  # --evaluable or --not-evaluable
        message = f"{message.rstrip('.')} or '{other}'"
    return f"{message[:1].lower()}{message[1:].rstrip('.')} (see {path} --help)"


def _complain(line: str) -> None:
    typer.echo(f"trialog: {visible_line(line)}", err=True)


def main() -> None:
    """Run the command line and leave with its exit code."""
    from trialog.cli.printing.tables import prepare

    prepare()
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        _print_no_more()
        code = CLOSED_PIPE
    except OSError as error:
        if error.errno not in _FULL:
            _complain(f"failure of the program, {type(error).__name__}: {error.strerror or error}")
            sys.exit(FAILURE)
        _complain(f"cannot write the output: {error.strerror}")
        _print_no_more()
        code = TrialogError.exit_code
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        said = " ".join(str(error).split())[:300]
        _complain(f"failure of the program, {type(error).__name__}: {said} ({DEBUG}=1 shows where)")
        code = FAILURE
    sys.exit(code)


def _print_no_more() -> None:
    """Let what is still to be flushed when Python ends go into nothing."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nothing, stream.fileno())

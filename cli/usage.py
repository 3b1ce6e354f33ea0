"""The help of a command: the same form for each, and what its words for values stand for."""

from __future__ import annotations

from typing import Any, Final

from typer.core import TyperCommand

_FORMS: Final = {
    "DATE": "YYYY-MM-DD, or YYYY-MM or YYYY where no more is known; where it is a limit, its last day",
    "DAY": "YYYY-MM-DD",
    "KEY|FILE": "a public key, NAME+HASH+KEY, or a file that holds one",
    "FILE|URL": "a path, or postgresql://USER@HOST/DATABASE",
}
"""What is written where a help text says one of these words."""

_OF_OPTIONS: Final = {"--on": "DATE", "--reported-on": "DAY", "--id": "ID"}

_DEFINITION: Final = "PART=WORD"


class PlainCommand(TyperCommand):
    """A command whose help names each value by one word, without brackets or types of Python."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        """Give a word to each value that has none."""
        super().__init__(*arguments, **more)
        for parameter in self.params:
            if parameter.metavar is None and not getattr(parameter, "is_flag", False):
                parameter.metavar = _word(parameter)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage line: ``FILE``, or ``[FILE]`` where it may be left out."""
        arguments = [each for each in self.get_params(ctx) if each.param_type_name == "argument"]
        return [
            str(self.options_metavar),
            *(_word(each) if each.required else f"[{_word(each)}]" for each in arguments),
        ]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, the options, and what their words stand for."""
        rows: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
        words = set()
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            is_argument = parameter.param_type_name == "argument"
            rows[parameter.param_type_name].append((_word(parameter), record[1]) if is_argument else record)
            words.add(parameter.metavar)
        for title, records in (("Arguments", rows["argument"]), ("Options", rows["option"])):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
        forms = [(word, form) for word, form in _FORMS.items() if word in words]
        if _DEFINITION in words:
            forms.append((_DEFINITION, _parts()))
        if forms:
            with formatter.section("Values"):
                formatter.write_dl(forms)


def _word(parameter: Any) -> str:
    """Return the word that stands for a parameter's value."""
    if parameter.metavar is not None:
        return str(parameter.metavar)
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper().replace("_", "-")
    return next((_OF_OPTIONS[name] for name in parameter.opts if name in _OF_OPTIONS), "TEXT")


def _parts() -> str:
    from trialog.events.definition import CHOICES

    return "; ".join(f"{part}={'|'.join(words)}" for part, words in CHOICES.items()) + "; level=0.95"

"""YAML in which every scalar is the text that was written: ``no``, ``12:30:45`` and ``010`` stay what they are.

No alias is followed, since a few lines of them can stand for billions of rows, and no key may occur twice.
"""

from __future__ import annotations

from typing import Any, Final

from trialog.events.errors import EventError

DEEPEST: Final = 20
"""Levels of lists and mappings inside each other."""


def plain_yaml(text: str, where: str, kind: str) -> Any:
    """Return what a YAML text holds: texts, lists and mappings.

    Args:
        text: The YAML.
        where: Name of its file, for messages.
        kind: What it should be, for messages: ``a map``.

    Raises:
        EventError: It is not YAML, uses an alias, a key twice or a key that is no word, or is nested too deep.
    """
    import yaml

    class Loader(yaml.BaseLoader):
        """The loader that resolves nothing, with the rules above."""

        depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise _refused(self.get_mark(), f"an alias (*) is not allowed in {kind}")
            self.depth += 1
            if self.depth > DEEPEST:
                raise EventError(f"{where}: nested more than {DEEPEST} levels deep")
            try:
                return super().compose_node(parent, index)
            finally:
                self.depth -= 1

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[str] = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise _refused(key.start_mark, "a key must be one word")
                if key.value in seen:
                    raise _refused(key.start_mark, f"key {key.value!r} stands twice")
                seen.add(key.value)
            return super().construct_mapping(node, deep=True)

    def _refused(mark: Any, complaint: str) -> EventError:
        return EventError(f"{where}:{mark.line + 1}: {complaint}")

    try:
        return yaml.load(text, Loader)  # noqa: S506  # a BaseLoader makes texts, lists and mappings only
    except EventError:
        raise
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise EventError(f"{where}{line}: not YAML: {problem}") from None
    except (RecursionError, ValueError) as error:
        raise EventError(f"{where}: not YAML: {error}") from None

"""Values of a followed figure in the cells of a table: months, percentages, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialog.projections.months import in_months, printed

if TYPE_CHECKING:
    from trialog.application.answers.changes import NumberEffect, QuestionPart, TimeEffect, Value


def value_cell(found: Value, question: QuestionPart) -> str:
    """Return a figure as it is printed; a dash where nobody counts."""
    return _cell(_value(found, "value"), question) if found.n else "-"


def limited_cell(found: Value, question: QuestionPart) -> str:
    """Return a figure with its limits, if it has any: ``26.17 (12.00 to NR)``."""
    cell = value_cell(found, question)
    if question.kind != "time" or question.definition.estimator == "to-date" or not found.n:
        return cell
    limits = (_value(found, name) for name in ("lower", "upper"))
    lower, upper = ("NR" if each is None else _cell(each, question) for each in limits)
    return f"{cell} ({lower} to {upper})"


def change_cell(effect: TimeEffect | NumberEffect, question: QuestionPart) -> str:
    """Return what one effect among several did: ``[+1.00]`` or ``[26.17 to not reached]``."""
    before, after = _value(effect, "before"), _value(effect, "after")
    if before is None or after is None:
        return f"[{_cell(before, question)} to {_cell(after, question)}]"
    difference = _difference(effect, question)
    return f"[{'+' if difference > 0 else '-'}{_cell(abs(difference), question)}]"


def _value(found: object, name: str) -> float | None:
    """Return a value in the unit in which it is printed."""
    value: float | None = getattr(found, f"{name}_months", None)
    return getattr(found, name, None) if value is None else value


def _difference(effect: TimeEffect | NumberEffect, question: QuestionPart) -> float:
    """Return by how much a figure changed; days are subtracted before they become months."""
    before, after = (getattr(effect, f"{name}_days", None) for name in ("before", "after"))
    if before is not None and after is not None:
        return float(in_months(after - before, question.definition.month))
    return (_value(effect, "after") or 0) - (_value(effect, "before") or 0)


def _cell(value: float | None, question: QuestionPart) -> str:
    if value is None:
        return "not reached" if question.kind == "time" else "-"
    if question.kind == "time":
        return printed(value, 2)
    return f"{100 * value:.1f} %" if question.kind == "share" else f"{value:g}"

"""Corrections as arrays: the fields that each sets, decoded once for all pairs of a cutoff and a known-at day.

A correction that sets three fields gives three patches. The patches of a field are in the order in which
they became known, so writing them one after the other leaves the value that became known last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.arrays import Days, EventArrays
from trialog.events.dates import span
from trialog.events.index_columns import evaluator_code, unit_code
from trialog.events.vocabulary import CATEGORIES, CRITERIA, EVALUATORS, LEFT_REASONS, PROGRESSION_BASES
from trialog.projections.state.enrollments import Enrollments, lines_of, number_of, place_of_sex, randomised_days

Rows = NDArray[np.int64]

_CATEGORY_NAMES: Final = tuple(dict.fromkeys(name for categories in CATEGORIES.values() for name in categories))
_IN_CRITERIA: Final = np.array(
    [
        [categories.index(name) if name in categories else categories.index("NE") for name in _CATEGORY_NAMES]
        for categories in (CATEGORIES[criteria] for criteria in CRITERIA)
    ]
)
"""Place of each name in each set of criteria; that of NE if the criteria do not have it."""

_CONFIRMED: Final = {None: 0, True: 1, False: 2}


@dataclass(frozen=True, eq=False)
class Patches:
    """Values that corrections set in one field, in the order in which they became known; shape (patches,).

    Attributes:
        row: The correction.
        target: The event that it corrects.
        value: New value of the field; for a date its first and its last day, shape (patches, 2).
    """

    row: Rows
    target: Rows
    value: NDArray[Any]

    def known(self, used: NDArray[np.bool_]) -> Patches:
        """Return the patches of some corrections.

        Args:
            used: Which events of the log count, shape (rows,).
        """
        chosen = used[self.row]
        return self if chosen.all() else Patches(self.row[chosen], self.target[chosen], self.value[chosen])

    def last_of_each(self) -> tuple[Rows, NDArray[Any]]:
        """Return the targets, each once, and the value that became known last."""
        target, place = np.unique(self.target[::-1], return_index=True)
        return target, self.value[::-1][place]

    def moved(self, row: Rows, target: Rows, chosen: NDArray[Any]) -> Patches:
        """Return some of them with other places of their corrections and targets."""
        return Patches(row, target, self.value[chosen])


@dataclass(frozen=True, eq=False)
class Decoded:
    """Contents of the payloads of a trial's events, as arrays.

    Attributes:
        enrolling: Rows of the enrollments.
        enrollments: Their fields as they were recorded.
        patches: Values that corrections set, by name of the field.
    """

    enrolling: Rows
    enrollments: Enrollments
    patches: Mapping[str, Patches]

    def some(self, kept: Rows, place: Rows) -> Decoded:
        """Return the contents of some rows.

        Args:
            kept: The selected rows.
            place: Place of each row among the selected rows, -1 for the others.
        """
        chosen = place[self.enrolling] >= 0
        patches = {}
        for name, each in self.patches.items():
            mine = np.flatnonzero(place[each.row] >= 0)
            patches[name] = each.moved(place[each.row[mine]], place[each.target[mine]], mine)
        return Decoded(place[self.enrolling[chosen]], self.enrollments.some(chosen), patches)


_DECODED: Final[WeakKeyDictionary[EventArrays, Decoded]] = WeakKeyDictionary()


def decoded(columns: EventArrays) -> Decoded:
    """Return the contents of a trial's payloads; each trial is decoded once."""
    found = _DECODED.get(columns)
    if found is None:
        enrolling = np.flatnonzero(columns.kind == kinds.SubjectEnrolled.KIND)
        enrollments = Enrollments.of(columns.payloads[row] for row in enrolling.tolist())
        found = _DECODED[columns] = Decoded(enrolling, enrollments, _patches(columns))
    return found


class Copies:
    """Copy decoded contents for rows that are repeated, such as those of a subject at several moments.

    Args:
    decoded: Contents of the rows.
    size: Number of the rows.
    """

    def __init__(self, decoded: Decoded, size: int) -> None:
        self._decoded = decoded
        self._enrollment = np.full(size, -1, np.int64)
        self._enrollment[decoded.enrolling] = np.arange(decoded.enrolling.size)
        self._patch = {name: np.full(size, -1, np.int64) for name in decoded.patches}
        for name, each in decoded.patches.items():
            self._patch[name][each.row] = np.arange(each.row.size)

    def at(self, row: Rows, code: Rows, known: Days) -> Decoded:
        """Return the decoded contents for copies of rows.

        Args:
            row: The row that each copy repeats.
            code: Code of each copy; for a correction, the position of its target among the copies.
            known: Day on which each copy became known.
        """
        enrollment = self._enrollment[row]
        enrolling = np.flatnonzero(enrollment >= 0)
        patches = {}
        for name, each in self._decoded.patches.items():
            patch = self._patch[name][row]
            copies = np.flatnonzero(patch >= 0)
            copies = copies[np.argsort(known[copies], kind="stable")]
            patches[name] = each.moved(copies, code[copies] - 1, patch[copies])
        return Decoded(enrolling, self._decoded.enrollments.some(enrollment[enrolling]), patches)


_FieldOf = tuple[str, Callable[[Any], Any]]
"""The field of the arrays that a field of an event becomes, and its value there."""

_FIELDS: Final[dict[int, dict[str, _FieldOf]]] = {
    kinds.SubjectEnrolled.KIND: {
        "cohort": ("cohort", str),
        "randomised_on": ("randomised", randomised_days),
        "evaluable": ("evaluable", number_of),
        "prior_lines": ("prior_lines", lines_of),
        "age": ("age", number_of),
        "sex": ("sex", place_of_sex),
    },
    kinds.DoseAdministered.KIND: {"amount": ("amount", float), "unit": ("code", unit_code)},
    kinds.ResponseAssessed.KIND: {
        "criteria": ("criteria", CRITERIA.index),
        "category": ("category", _CATEGORY_NAMES.index),
        "evaluator": ("evaluator", lambda word: EVALUATORS.index(word or "investigator")),
        "confirmed": ("confirmed", _CONFIRMED.__getitem__),
    },
    kinds.ProgressionFound.KIND: {
        "evaluator": ("found_by", lambda word: EVALUATORS.index(word or "investigator")),
        "basis": ("basis", lambda word: PROGRESSION_BASES.index(word or "unknown")),
    },
    kinds.ProgressionRuledOut.KIND: {"evaluator": ("code", evaluator_code)},
    kinds.AssessmentNotUnderstood.KIND: {"evaluator": ("code", evaluator_code)},
    kinds.SubjectLeft.KIND: {"reason": ("code", LEFT_REASONS.index)},
    kinds.EvaluabilityDecided.KIND: {"evaluable": ("code", int)},
}
_TYPES: Final[dict[str, type[np.generic]]] = {
    "day": np.int32, "randomised": np.int32, "cohort": np.object_, "amount": np.float64, "prior_lines": np.float64
}  # fmt: skip
_DAYS: Final = ("day", "randomised")


def _patches(columns: EventArrays) -> dict[str, Patches]:
    corrections = np.flatnonzero(columns.kind == kinds.EventCorrected.KIND)
    corrections = corrections[np.argsort(columns.known[corrections], kind="stable")]
    targets = columns.code[corrections] - 1
    found: dict[str, tuple[list[int], list[int], list[Any]]] = {}
    for row, target, kind in zip(corrections.tolist(), targets.tolist(), columns.kind[targets].tolist(), strict=True):
        fields = _FIELDS.get(kind, {})
        for name, value in columns.payloads[row]["changes"].items():
            field = ("day", span) if name == "occurred_on" and value is not None else fields.get(name)
            if field is None:
                continue
            rows, of, values = found.setdefault(field[0], ([], [], []))
            rows.append(row)
            of.append(target)
            values.append(field[1](value))
    patches = {}
    for name, (rows, of, values) in found.items():
        value = np.empty((len(rows), 2) if name in _DAYS else len(rows), _TYPES.get(name, np.int64))
        value[:] = values
        patches[name] = Patches(np.array(rows, np.int64), np.array(of, np.int64), value)
    return patches


def correct_enrollments(decoded: Decoded, used: NDArray[np.bool_]) -> Enrollments:
    """Return the enrollments with some corrections applied."""
    names = [name for name, _ in _FIELDS[kinds.SubjectEnrolled.KIND].values() if name in decoded.patches]
    if not names:
        return decoded.enrollments
    corrected = decoded.enrollments.copied()
    for name in names:
        patches = decoded.patches[name].known(used)
        place = np.searchsorted(decoded.enrolling, patches.target)
        if name == "randomised":
            corrected.randomised[place], corrected.randomised_last[place] = patches.value.T
        else:
            getattr(corrected, name)[place] = patches.value
    return corrected


_PROGRESSION_DIGITS: Final = {"basis": 1, "found_by": 10}
_ASSESSMENT_PARTS: Final = ("criteria", "category", "evaluator", "confirmed")


def correct_codes(decoded: Decoded, used: NDArray[np.bool_], code: NDArray[np.int64]) -> None:
    """Apply some corrections to the codes of events."""
    plain = decoded.patches.get("code")
    if plain is not None:
        patches = plain.known(used)
        code[patches.target] = patches.value
    for name, unit in _PROGRESSION_DIGITS.items():
        if name in decoded.patches:
            target, value = decoded.patches[name].known(used).last_of_each()
            code[target] += unit * (value - code[target] // unit % 10)
    parts = {name: decoded.patches[name].known(used) for name in _ASSESSMENT_PARTS if name in decoded.patches}
    if parts:
        _correct_assessments(parts, code)


def _correct_assessments(parts: Mapping[str, Patches], code: NDArray[np.int64]) -> None:
    """Apply patches of their parts to the codes of assessments."""
    assessed = np.unique(np.concatenate([each.target for each in parts.values()]))
    before = code[assessed]
    criteria = before // 10_000
    said = {
        "criteria": criteria.copy(),
        "category": _NAME_OF_PLACE[criteria, before // 100 % 100],
        "evaluator": before // 10 % 10,
        "confirmed": before % 10,
    }
    for name, each in parts.items():
        said[name][np.searchsorted(assessed, each.target)] = each.value
    place = _IN_CRITERIA[said["criteria"], said["category"]]
    code[assessed] = ((said["criteria"] * 100 + place) * 10 + said["evaluator"]) * 10 + said["confirmed"]


_NAME_OF_PLACE: Final = np.array(
    [
        [_CATEGORY_NAMES.index(name) for name in categories] + [0] * (len(_CATEGORY_NAMES) - len(categories))
        for categories in (CATEGORIES[criteria] for criteria in CRITERIA)
    ]
)

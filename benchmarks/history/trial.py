"""A made-up trial, as columns read from a log: some years of entry, about six events for each subject."""

from __future__ import annotations

import numpy as np

from trialog.events import kinds
from trialog.events.arrays import EventArrays
from trialog.events.dates import day_number, iso
from trialog.events.vocabulary import response_code

BEGIN = day_number("2016-01-01")
ENTRY = 1_095
DAYS = 2_190
"""Days of entry, and of all."""

_VISITS = 60
"""Days between two assessments."""


def columns(subjects: int, seed: int = 1) -> EventArrays:
    """Return the columns of a trial of one cohort, in order of recording.

    Each subject is enrolled and dosed a week later, is assessed every 60 days until a progression, and dies
    or is seen alive. One event in five is reported late, one assessment in fifty is dated to its month, one
    event in fifty is corrected and one assessment in a hundred retracted.
    """
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, ENTRY, subjects)
    end = np.minimum(entry + 30 + rng.exponential(400, subjects).astype(int), DAYS - 1)
    categories = ("CR", "PR", "MR", "SD", "PD")
    codes = np.array([response_code("IMWG 2016", category, "investigator", None) for category in categories])
    number = np.arange(subjects)
    parts = [
        (number, np.full(subjects, kinds.SubjectEnrolled.KIND), entry, np.zeros(subjects, int)),
        (number, np.full(subjects, kinds.DoseAdministered.KIND), entry + 7, np.ones(subjects, int)),
    ]
    going = np.ones(subjects, bool)
    for visit in range(1, 7):
        day = entry + _VISITS * visit
        going &= day < end
        category = rng.choice(5, subjects, p=[0.05, 0.2, 0.15, 0.35, 0.25])
        here = number[going]
        parts.append((here, np.full(here.size, kinds.ResponseAssessed.KIND), day[here], codes[category[here]]))
        going &= category < 4
    died = (rng.random(subjects) < 0.8) & (end < DAYS - 1)
    last = np.where(died, kinds.SubjectDied.KIND, kinds.SubjectSeenAlive.KIND)
    parts.append((number, last, end, np.zeros(subjects, int)))
    subject, kind, day, code = (np.concatenate(column) for column in zip(*parts, strict=True))
    first, until = BEGIN + day, BEGIN + day
    monthly = (kind == kinds.ResponseAssessed.KIND) & (rng.random(day.size) < 0.02)
    month = first[monthly].astype("datetime64[D]").astype("datetime64[M]")
    first[monthly] = month.astype("datetime64[D]").astype(int)
    until[monthly] = (month + 1).astype("datetime64[D]").astype(int) - 1
    known = BEGIN + day + np.where(rng.random(day.size) < 0.2, rng.integers(1, 90, day.size), 0)
    order = np.argsort(known, kind="stable")
    subject, kind, first, until, code, known = (each[order] for each in (subject, kind, first, until, code, known))

    corrected = np.flatnonzero(
        (rng.random(day.size) < 0.02) & np.isin(kind, (kinds.DoseAdministered.KIND, kinds.SubjectDied.KIND))
    )
    retracted = np.flatnonzero((rng.random(day.size) < 0.01) & (kind == kinds.ResponseAssessed.KIND))
    targets = np.append(corrected, retracted)
    amended = np.repeat((kinds.EventCorrected.KIND, kinds.EventRetracted.KIND), (corrected.size, retracted.size))
    later = known[targets] + rng.integers(1, 60, targets.size)
    payloads: dict[int, dict[str, object]] = {
        row: {"cohort": "A", "subject": str(subject[row])}
        for row in np.flatnonzero(kind == kinds.SubjectEnrolled.KIND).tolist()
    }
    for place, row in enumerate(corrected.tolist()):
        payloads.setdefault(row, {"subject": str(subject[row]), "occurred_on": iso(int(first[row]))})
        payloads[day.size + place] = {"changes": {"occurred_on": iso(int(first[row]) + 2)}}
    size = day.size + targets.size

    def column(mine: np.ndarray, theirs: np.ndarray, dtype: type) -> np.ndarray:
        return np.concatenate((mine, theirs)).astype(dtype)

    return EventArrays(
        size=size,
        root=b"",
        kind=column(kind, amended, np.uint8),
        stream=column(subject, subject[targets], np.int32),
        first=column(first, later, np.int32),
        last=column(until, later, np.int32),
        known=column(known, later, np.int32),
        code=column(code, targets + 1, np.int64),
        amount=np.ones(size),
        subject=column(subject, subject[targets], np.int32),
        subjects=tuple(map(str, range(subjects))),
        payloads=payloads,
    )

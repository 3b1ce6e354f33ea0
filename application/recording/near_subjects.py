"""Subjects whose ids look like one that the log does not have: advice for a mistyped id."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from trialog.events.kinds import SUBJECT_PREFIX

if TYPE_CHECKING:
    from trialog.log.store.trial_log import TrialRecorder

MOST_SEARCHED: Final = 20_000
"""In a larger trial, ids are not compared letter by letter."""

_UNKNOWN: Final = re.compile(r"unknown subject (\S+); enroll it first")
_ZEROS: Final = re.compile(r"(?<!\d)0+(?=\d)")


def did_you_mean(recorder: TrialRecorder, subject: str) -> str:
    """Return ``did you mean 001-004?``, or nothing if no id is near.

    Args:
        recorder: Of the trial.
        subject: An id that the trial does not have.
    """
    known = [name.removeprefix(SUBJECT_PREFIX) for name in recorder.replay().streams_named(SUBJECT_PREFIX)]
    known = [name for name in known if name != subject]
    same_number = [name for name in known if _plain(name) == _plain(subject)]
    near = same_number or (get_close_matches(subject, known, n=1, cutoff=0.75) if len(known) <= MOST_SEARCHED else [])
    return f"did you mean {near[0]}?" if near else ""


def with_advice(recorder: TrialRecorder, lines: tuple[str, ...]) -> list[str]:
    """Return the lines of a refusal, each unknown subject with the id that was probably meant before the advice."""
    found = []
    for line in lines:
        unknown = _UNKNOWN.search(line)
        advice = did_you_mean(recorder, unknown[1]) if unknown else ""
        found.append(line.replace("; enroll it first", f"; {advice} If not, enroll it first") if advice else line)
    return found


def _plain(name: str) -> str:
    """Return an id without leading zeros of its numbers, in small letters."""
    return _ZEROS.sub("", name).casefold()

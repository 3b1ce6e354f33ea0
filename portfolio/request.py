"""What is asked of every trial of a portfolio, as plain values that any worker can be sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from trialog.events.dates import span
from trialog.events.definition import KAPLAN_MEIER, PARTS, TO_DATE, Definition
from trialog.events.errors import QuestionError
from trialog.events.measures import MEASURES, WITH_HISTORY
from trialog.events.vocabulary import suggestion
from trialog.projections.trial_data import TrialData

QUESTIONS: Final = ("figures", "holds", "restated", "pooled", "trend")
LAST: Final = "last"


@dataclass(frozen=True)
class Request:
    """A question with everything that it needs.

    Attributes:
        question: One of `QUESTIONS`.
        measures: Words of measures; each that is a median of survival is given by both estimators, unless the
            definition names one.
        definition: Parts in place of each trial's default.
        as_of: Data cutoff as ISO text, or ``last``: of each trial its own last day.
        known_at: Known-at days as ISO text; None among them: everything in the log.
        before, after: The two known-at days of ``restated``.
        at: Landmark of measures that need one, in days.
        by: What trials are pooled by: ``sponsor``, ``indication``, ``trial``, ``cohort`` or ``all``.
        labels: Label of each trial, in place of what its registration says.
        least: Groups of fewer subjects are not given.
        stratified: Whether the test of pooled groups compares within trials.
    """

    question: str
    measures: tuple[str, ...] = ("median-os",)
    definition: Mapping[str, Any] = field(default_factory=dict)
    as_of: str = LAST
    known_at: tuple[str | None, ...] = (None,)
    before: str | None = None
    after: str | None = None
    at: float | None = None
    by: str = "all"
    labels: Mapping[str, str] | None = None
    least: int = 0
    stratified: bool = True

    def __post_init__(self) -> None:
        """Refuse what no worker could answer."""
        if self.question not in QUESTIONS:
            raise QuestionError(f"question {self.question!r} is not known{suggestion(self.question, QUESTIONS)}")
        for measure in self.measures:
            if measure not in WITH_HISTORY:
                raise QuestionError(f"measure {measure!r} is not known{suggestion(measure, WITH_HISTORY)}")
            if MEASURES[measure].category:
                raise QuestionError(f"measure {measure!r} is of one response category, which a portfolio cannot name")
        for part in self.definition:
            if part not in PARTS:
                raise QuestionError(f"definition: {part!r} is not a part{suggestion(part, PARTS)}")
        days = [*self.known_at, self.before, self.after, *([] if self.as_of == LAST else [self.as_of])]
        for day in days:
            if day is not None:
                _day(day)
        if self.question == "restated" and self.before is None:
            raise QuestionError("restated compares two known-at days; give the first one, and the second one or none")
        self.definition_of(None)

    @property
    def known_days(self) -> tuple[int | None, ...]:
        """The known-at days as numbers; None for everything in the log."""
        return tuple(None if day is None else _day(day) for day in self.known_at)

    def cutoff_of(self, data: TrialData, known_at: int | None) -> int:
        """Return the data cutoff of a trial."""
        return data.default_cutoff(known_at) if self.as_of == LAST else _day(self.as_of)

    def day(self, name: str) -> int | None:
        """Return ``before`` or ``after`` as a number."""
        text = getattr(self, name)
        return None if text is None else _day(text)

    def definition_of(self, default: Definition | None) -> Definition:
        """Return the definition under which a trial is asked."""
        parts = dict(self.definition)
        estimator = parts.get("estimator")
        base = default or (TO_DATE if estimator == TO_DATE.estimator else KAPLAN_MEIER)
        if estimator not in (None, base.estimator) and "censoring" not in parts:
            parts["censoring"] = (TO_DATE if estimator == TO_DATE.estimator else KAPLAN_MEIER).censoring
        return replace(base, **parts)

    def to_json(self) -> str:
        """Return the request as text for another process."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def of_json(cls, text: str) -> Self:
        """Return the request that a text holds."""
        fields = json.loads(text)
        for name in ("measures", "known_at"):
            fields[name] = tuple(fields[name])
        return cls(**fields)


def _day(text: str) -> int:
    try:
        return span(text)[1]
    except ValueError as error:
        raise QuestionError(str(error)) from None

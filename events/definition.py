"""The definition of a survival figure: everything that must be fixed before its number has a meaning."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Final, Literal, Protocol, get_args

from trialog.events.errors import QuestionError
from trialog.events.vocabulary import EVALUATOR_WORDS, Evaluator, suggestion

Estimator = Literal["to-date", "kaplan-meier"]
Origin = Literal["enrollment", "first dose", "randomisation"]
Population = Literal["enrolled", "dosed", "not dosed", "evaluable"]
Censoring = Literal["cutoff", "last known alive"]
Month = str
"""A number of days as it was written, or ``calendar``."""
Counting = Literal["elapsed", "inclusive"]
PartialDates = Literal["possible day"]
Assessed = Literal["adequate", "all"]
ClinicalProgression = Literal["counts", "ignored"]
DeathInResponse = Literal["ends", "censors"]
Ties = Literal["midpoint", "first day", "midpoint to end"]
ConfType = Literal["log", "log-log", "plain"]
FollowUpRule = Literal["flip", "deaths first"]
"""How a reverse Kaplan-Meier curve counts deaths on a day on which a subject is censored: like R, or first."""

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "estimator": get_args(Estimator),
    "origin": get_args(Origin),
    "population": get_args(Population),
    "censoring": get_args(Censoring),
    "month": ("30.4375", "30", "28", "calendar"),
    "ties": get_args(Ties),
    "conf_type": get_args(ConfType),
    "counting": get_args(Counting),
    "partial_dates": get_args(PartialDates),
    "assessments": get_args(Assessed),
    "clinical_progression": get_args(ClinicalProgression),
    "death_in_response": get_args(DeathInResponse),
}
"""The words of each part. A month may be any other number of days too; these are the ones in use."""

SHORTEST_MONTH: Final = 20
LONGEST_MONTH: Final = 40
"""Days. A value outside this range is a typing error, or has another unit."""


def check_level(level: object) -> None:
    """Refuse an impossible coverage of limits.

    Raises:
        QuestionError: It is not a number between 0 and 1.
    """
    try:
        fits = 0 < level < 1  # type: ignore[operator]  # any argument is compared, or refused
    except TypeError:
        fits = False
    if not fits:
        raise QuestionError(f"level {level!r} must lie between 0 and 1, for example 0.95")


def month_of(word: object) -> Month:
    """Return the length of a month in its plain form: ``30.0`` is 30.

    Raises:
        QuestionError: It is neither ``calendar`` nor a number of days that a month can have.
    """
    if word == "calendar":
        return "calendar"
    try:
        days = Decimal(str(word))
        fits = SHORTEST_MONTH <= days <= LONGEST_MONTH
    except InvalidOperation:
        fits = False
    if not fits:
        raise QuestionError(
            f"month {word!r} is wrong; expected a number of days from {SHORTEST_MONTH} to {LONGEST_MONTH}, or calendar"
        )
    return f"{days.normalize():f}"


@dataclass(frozen=True)
class Definition:
    """How a survival figure is computed; two figures may be compared only if their definitions agree.

    Attributes:
        estimator: ``to-date``: the plain median of survival so far, living subjects counted at
            their time so far. ``kaplan-meier``: the product-limit median, R's ``survfit`` rule.
        origin: The day from which each subject's time runs.
        population: Whose times count. A dosed subject counts as evaluable unless a decision says
            otherwise.
        censoring: Where the time of a living subject ends: at the data cutoff, or at the day on
            which the subject was last known alive (never after the cutoff).
        month: Days in a month, for figures printed in months, any number of them; ``calendar`` counts whole
            calendar months and the remaining days against the length of the month that they lie in.
        ties: The median if the curve is at exactly one half over an interval:
            its ``midpoint`` (R's ``print``, SAS; its first day if the curve ends there), its
            ``first day`` (lifelines), or ``midpoint to end``: the midpoint also if the curve
            ends there, with the last day as its end (R's ``quantile``, which also
            finds the limits differently if a band rises again).
        conf_type: Transformation of the Kaplan-Meier limits (R's names).
        level: Coverage of the limits, between 0 and 1.
        counting: ``elapsed``: a time is the difference of its two days. ``inclusive``: both days
            count, so that every time is one day longer (CDISC's ADTTE).
        partial_dates: The day on which a partly known date counts. ``possible day``: on the first
            (a death, a dose, a contact) or the last (an assessment, a progression) of the days that
            it can mean, given everything else that is known of the subject.
        assessments: Which assessments count for progression-free survival, time to progression and duration
            of response. ``adequate``: a "not evaluable" result does not count. ``all``: it does.
        clinical_progression: Whether a progression counts that was found clinically, without images or
            laboratory.
        death_in_response: Whether a death without progression ends a duration of response, or censors it.
    """

    estimator: Estimator = "kaplan-meier"
    origin: Origin = "enrollment"
    population: Population = "enrolled"
    censoring: Censoring = "last known alive"
    month: Month = "30.4375"
    ties: Ties = "midpoint"
    conf_type: ConfType = "log"
    level: float = 0.95
    counting: Counting = "elapsed"
    partial_dates: PartialDates = "possible day"
    assessments: Assessed = "adequate"
    clinical_progression: ClinicalProgression = "counts"
    death_in_response: DeathInResponse = "ends"

    def __post_init__(self) -> None:
        """Refuse a word that is not one of its list, naming the nearest."""
        object.__setattr__(self, "month", month_of(self.month))
        for name, known in CHOICES.items():
            word = getattr(self, name)
            if word not in known and name != "month":
                raise QuestionError(f"{name} {word!r} is not known{suggestion(str(word), known)}")
        check_level(self.level)

    def words(self, begins: str = "", open_until: str = "") -> str:
        """Return the definition as one phrase for a table or a sentence.

        Args:
            begins: The day from which times run, if it is not the origin.
            open_until: The end of an open time, if it is not the one that ``censoring`` names.
        """
        return definition_words(self, begins, open_until)

    def progression_words(self, evaluator: Evaluator, confirmation: str, *, of_response: bool = False) -> str:
        """Return the rules that end and censor a time to progression, as one phrase.

        Args:
            evaluator: Whose assessments count.
            confirmation: Whether progressions must be confirmed.
            of_response: Whether the time is a duration of response.
        """
        rules = [f"{self.assessments} assessments by {EVALUATOR_WORDS[evaluator]}"]
        if confirmation == "confirmed":
            rules.append("progression confirmed")
        if self.clinical_progression == "ignored":
            rules.append("clinical progression ignored")
        if of_response and self.death_in_response == "censors":
            rules.append("censored at a death without progression")
        named = [name for name, parts in RULE_SETS.items() if all(getattr(self, part) == parts[part] for part in parts)]
        return ", ".join(rules) + (f" ({named[0]})" if named else "")

    def limits_words(self) -> str:
        """Return the kind of its limits, ``95 % log``; empty for the to-date median, which has none."""
        return limits_words(self)

    def as_dict(self) -> dict[str, str | float]:
        """Return every part by name, for JSON."""
        return asdict(self)


class StatedDefinition(Protocol):
    """The parts of a definition that its phrase names; a figure may word its origin and censoring more precisely."""

    @property
    def estimator(self) -> Estimator: ...  # noqa: D102
    @property
    def origin(self) -> str: ...  # noqa: D102
    @property
    def population(self) -> str: ...  # noqa: D102
    @property
    def censoring(self) -> str: ...  # noqa: D102
    @property
    def month(self) -> str: ...  # noqa: D102
    @property
    def ties(self) -> str: ...  # noqa: D102
    @property
    def conf_type(self) -> str: ...  # noqa: D102
    @property
    def level(self) -> float: ...  # noqa: D102
    @property
    def counting(self) -> str: ...  # noqa: D102
    @property
    def partial_dates(self) -> str: ...  # noqa: D102


def definition_words(stated: StatedDefinition, begins: str = "", open_until: str = "") -> str:
    """Return a definition as one phrase; `Definition.words` says what the arguments are."""
    living = open_until or stated.censoring
    month = "calendar months" if stated.month == "calendar" else f"month = {stated.month} days"
    verb = "counted" if stated.estimator == "to-date" else "censored"
    return (
        f"{stated.estimator}, from {begins or stated.origin}, {stated.population} subjects, "
        f"living {verb} at {'the ' if living == 'cutoff' else ''}{living}, {month}, ties {stated.ties}, "
        f"partial dates on a {stated.partial_dates}" + (", both days counted" if stated.counting == "inclusive" else "")
    )


def limits_words(stated: StatedDefinition) -> str:
    """Return the kind of a definition's limits; empty for the to-date median."""
    return "" if stated.estimator == "to-date" else f"{100 * stated.level:.10g} % {stated.conf_type}"


RULE_SETS: Final[dict[str, dict[str, str]]] = {
    "ema": {
        "assessments": "adequate",
        "clinical_progression": "ignored",
    },
    "admiral": {
        "assessments": "all",
        "clinical_progression": "counts",
    },
}
"""Usual combinations of the parts about progression, by name; each is one example of an analysis, not the rule."""

TO_DATE: Final = Definition(estimator="to-date", censoring="cutoff")
"""The to-date median as sponsors of small cohorts mostly use it."""

KAPLAN_MEIER: Final = Definition()
"""The Kaplan-Meier median as R computes it."""

PARTS: Final = tuple(field.name for field in fields(Definition))

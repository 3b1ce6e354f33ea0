"""Rules under which ADTTE rows are made, in the words that their manifest repeats.

By default the rows are the times of the figures. The rule set ``admiral`` gives those of {admiral} 1.3
(``derive_param_tte``, template ``ad_adsl``) and {admiralonco} (templates ``ad_adrs`` and ``ad_adtte``, objects
``death_event``, ``pd_event``, ``lastalive_censor``, ``lasta_censor``, ``rand_censor``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Self, get_args

from trialog.events.definition import KAPLAN_MEIER, RULE_SETS, Definition, Origin
from trialog.events.vocabulary import Criteria, Evaluator

LastAlive = Literal["any event", "admiral"]
LAST_ALIVE: Final[tuple[LastAlive, ...]] = get_args(LastAlive)
YearAlone = Literal["counts", "ignored"]
Parameter = Literal["OS", "PFS", "RSD", "CRSD", "TTP", "FUOS"]
PARAMETERS: Final[dict[Parameter, str]] = {
    "OS": "Overall Survival",
    "PFS": "Progression Free Survival",
    "RSD": "Duration of Response",
    "CRSD": "Duration of Confirmed Response",
    "TTP": "Time to Progression",
    "FUOS": "Follow-up Time - Overall Survival",
}
"""Code and name; FUOS is overall survival with event and censoring exchanged (reverse Kaplan-Meier)."""

BY_ASSESSMENT: Final[tuple[Parameter, ...]] = ("PFS", "RSD", "CRSD", "TTP")
"""Parameters that no subject can have without an assessment or a progression."""

ORIGIN_WORDS: Final[dict[Origin, str]] = {
    "randomisation": "Randomization",
    "first dose": "First Dose",
    "enrollment": "Enrollment",
}
ALIVE: Final = "Alive"
ALIVE_DURING: Final = "Alive During Study"
DEATH: Final = "Death"
PROGRESSION: Final = "Disease Progression"
LAST_ASSESSMENT: Final = "Last Tumor Assessment"

RULES: Final = {
    "OS": "ended by death; else censored at the last day known alive, or at the origin if that is later or none",
    "PFS": "ended by the first progression or death, whichever is first; else censored at the last assessment, "
    "or at the origin if there is none later",
    "RSD": "responders only, from the first response on or before the first progression; ended by progression or "
    "death; else censored at the last assessment",
    "CRSD": "as RSD, of confirmed responses, ended by a confirmed progression where the criteria ask for it",
    "TTP": "ended by the first progression; else censored at the last assessment, or at the origin",
    "FUOS": "as OS, with event and censoring exchanged",
    "AVAL": "ADT - STARTDT + 1 in days; ADT is never before STARTDT; events win over censorings",
    "cutoff": "nothing after it counts; a later contact or death shows that the subject was alive at the cutoff",
}
LAST_ALIVE_RULES: Final[dict[LastAlive, str]] = {
    "any event": "any event that shows the subject alive, as in trialog snapshot",
    "admiral": "of what came from SDTM: days of AE, LB, SS and the last day of dosing (EXENDTC), if complete; of "
    "everything else: any event that shows the subject alive",
}


@dataclass(frozen=True)
class Rules:
    """Choices under which a set of ADTTE rows is made.

    Attributes:
        definition: Only its origin and what it says about assessments and progressions are used.
        evaluator: Evaluator whose assessments count; those of others are ignored.
        criteria: Criteria of the assessments that count; None while no subject was assessed.
        last_alive: Which events show a subject alive.
        year_alone: Whether an assessment counts if only its year is known.
    """

    definition: Definition = KAPLAN_MEIER
    evaluator: Evaluator = "investigator"
    criteria: Criteria | None = None
    last_alive: LastAlive = "any event"
    year_alone: YearAlone = "counts"

    @property
    def origin(self) -> Origin:
        """Day from which OS, PFS, TTP and FUOS run."""
        return self.definition.origin

    @classmethod
    def of(cls, origin: Origin = "enrollment", **more: Any) -> Self:
        """Return the rules of the figures with an origin."""
        return cls(replace(KAPLAN_MEIER, origin=origin), **more)

    def like_admiral(self) -> Self:
        """Return the same choices by the rules of {admiral}."""
        parts: Any = RULE_SETS["admiral"]
        return replace(self, definition=replace(self.definition, **parts), last_alive="admiral", year_alone="ignored")

    def as_dict(self) -> dict[str, Any]:
        """Return choices and rules for a manifest."""
        day_rules = f"on a {self.definition.partial_dates}; {LAST_ALIVE_RULES[self.last_alive]}"
        return {
            "origin": self.origin,
            "evaluator": self.evaluator,
            "criteria": self.criteria,
            "last_alive": self.last_alive,
            "year_alone": self.year_alone,
            **{name: getattr(self.definition, name) for name in _PARTS},
            "last_alive_rule": day_rules,
            "rules": {
                **RULES,
                "assessments": f"on or after the origin; the worst of each day; "
                f"{self.definition.progression_words(self.evaluator, 'as assessed')}",
            },
        }


_PARTS: Final = ("partial_dates", "assessments", "clinical_progression", "death_in_response")

"""Under which rules ADTTE rows are made, in the words that their manifest repeats.

Source: {admiral} 1.3 (``derive_param_tte``, template ``ad_adsl``) and {admiralonco} (templates ``ad_adrs``
and ``ad_adtte``, objects ``death_event``, ``pd_event``, ``lastalive_censor``, ``lasta_censor``, ``rand_censor``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from trialog.events.definition import Origin
from trialog.events.vocabulary import Criteria, Evaluator

LastAlive = Literal["admiral", "any event"]
LAST_ALIVE: Final[tuple[LastAlive, ...]] = get_args(LastAlive)
Parameter = Literal["OS", "PFS", "RSD", "TTP", "FUOS"]
PARAMETERS: Final[dict[Parameter, str]] = {
    "OS": "Overall Survival",
    "PFS": "Progression Free Survival",
    "RSD": "Duration of Response",
    "TTP": "Time to Progression",
    "FUOS": "Follow-up Time - Overall Survival",
}
"""Code and name; FUOS is overall survival with event and censoring exchanged (reverse Kaplan-Meier)."""

BY_ASSESSMENT: Final[tuple[Parameter, ...]] = ("PFS", "RSD", "TTP")
"""Parameters that nobody can have without an assessment or a progression."""

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
    "TTP": "ended by the first progression; else censored at the last assessment, or at the origin",
    "FUOS": "as OS, with event and censoring exchanged",
    "assessments": "on or after the origin; the worst of each day; not evaluable counts as an assessment",
    "partial dates": "death, dose and contact: first day; assessment: last day of the month, not used where only "
    "its year is known; progression: last day; end of dosing in SDTM: complete dates only",
    "AVAL": "ADT - STARTDT + 1 in days; ADT is never before STARTDT; events win over censorings",
    "cutoff": "nothing after it counts; a later contact or death shows that the subject was alive at the cutoff",
}
LAST_ALIVE_RULES: Final[dict[LastAlive, str]] = {
    "admiral": "of what came from SDTM: days of AE, LB, SS and the last day of dosing (EXENDTC); of everything "
    "else: any event that shows the subject alive",
    "any event": "any event that shows the subject alive, as in trialog snapshot",
}


@dataclass(frozen=True)
class Rules:
    """Choices behind a set of ADTTE rows.

    Attributes:
        origin: Where OS, PFS, TTP and FUOS begin.
        evaluator: Whose assessments count; those of others play no part.
        criteria: By which assessments count; None as long as nobody was assessed.
        last_alive: Which events show a subject alive.
    """

    origin: Origin = "enrollment"
    evaluator: Evaluator = "investigator"
    criteria: Criteria | None = None
    last_alive: LastAlive = "admiral"

    def as_dict(self) -> dict[str, Any]:
        """Return choices and rules for a manifest."""
        return {**asdict(self), "last_alive_rule": LAST_ALIVE_RULES[self.last_alive], "rules": RULES}

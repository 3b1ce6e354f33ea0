"""Response criteria and their categories in the words of RS: RSCAT, RSSTRESC and RSEVAL.

Sources: CDISC SDTM controlled terminology (ONCRSCAT, ONCRSR, EVAL), the papers of the criteria, and for Lugano's
metabolic and anatomic categories {admiralonco}, which takes CMR and CAR for CR, PMR and PAR for PR, NMR and SAD
for SD, PMD and PAD for PD. Words are compared in the form that `words.plain` gives. All words stand here; a set of
criteria that is added to `trialog.events.vocabulary` gets its entry in both tables.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from trialog.events.vocabulary import CATEGORIES, Criteria, Evaluator
from trialog.exchange.sdtm.words import plain

NAMES: Final[dict[Criteria, tuple[str, ...]]] = {
    "RECIST 1.1": (
        "RECIST", "RECIST 1 1", "RECIST V1 1", "RECIST V 1 1", "RECIST VERSION 1 1", "RECIST1 1", "RECIST 11",
        "RECIST CRITERIA 1 1", "RECIST 1 1 CRITERIA", "RESPONSE EVALUATION CRITERIA IN SOLID TUMORS 1 1",
        "RESPONSE EVALUATION CRITERIA IN SOLID TUMOURS 1 1",
    ),
    "IMWG 2016": (
        "IMWG", "IMWG 2016", "IMWG CRITERIA", "IMWG CRITERIA 2016", "IMWG 2016 CRITERIA", "IMWG RESPONSE CRITERIA",
        "IMWG RESPONSE CRITERIA 2016", "IMWG UNIFORM RESPONSE CRITERIA", "IMWG UNIFORM RESPONSE CRITERIA 2016",
        "INTERNATIONAL MYELOMA WORKING GROUP", "INTERNATIONAL MYELOMA WORKING GROUP 2016",
    ),
    "Lugano": (
        "LUGANO", "LUGANO 2014", "LUGANO CLASSIFICATION", "LUGANO CLASSIFICATION 2014", "LUGANO 2014 CLASSIFICATION",
        "LUGANO CRITERIA", "LUGANO CRITERIA 2014", "LUGANO 2014 CRITERIA", "LUGANO RESPONSE CRITERIA",
        "LUGANO RESPONSE CRITERIA 2014", "CHESON 2014",
    ),
}  # fmt: skip
"""Values of RSCAT."""

_EVERYWHERE: Final[dict[str, tuple[str, ...]]] = {
    "CR": ("CR", "COMPLETE RESPONSE", "COMPLETE REMISSION"),
    "PR": ("PR", "PARTIAL RESPONSE", "PARTIAL REMISSION"),
    "SD": ("SD", "STABLE DISEASE"),
    "PD": ("PD", "PROGRESSIVE DISEASE", "PROGRESSION", "DISEASE PROGRESSION"),
    "NE": ("NE", "NOT EVALUABLE", "NON EVALUABLE", "INEVALUABLE", "UNEVALUABLE", "UNABLE TO EVALUATE", "UE",
           "NOT ALL EVALUATED", "NAE"),
}  # fmt: skip

_OWN: Final[dict[Criteria, dict[str, tuple[str, ...]]]] = {
    "RECIST 1.1": {
        "NON-CR/NON-PD": ("NON CR NON PD", "NON CR AND NON PD", "NON COMPLETE RESPONSE NON PROGRESSIVE DISEASE", "NN"),
    },
    "IMWG 2016": {
        "sCR": ("SCR", "STRINGENT COMPLETE RESPONSE", "STRINGENT CR"),
        "VGPR": ("VGPR", "VERY GOOD PARTIAL RESPONSE"),
        "MR": ("MR", "MINIMAL RESPONSE", "MINOR RESPONSE"),
    },
    "Lugano": {
        "CR": ("CMR", "CAR", "CRR", "COMPLETE METABOLIC RESPONSE", "COMPLETE ANATOMIC RESPONSE",
               "COMPLETE RADIOLOGIC RESPONSE"),
        "PR": ("PMR", "PAR", "PARTIAL METABOLIC RESPONSE", "PARTIAL ANATOMIC RESPONSE", "PARTIAL RADIOLOGIC RESPONSE"),
        "SD": ("NMR", "SAD", "SMD", "NO METABOLIC RESPONSE", "STABLE METABOLIC DISEASE", "STABLE ANATOMIC DISEASE"),
        "PD": ("PMD", "PAD", "PROGRESSIVE METABOLIC DISEASE", "PROGRESSIVE ANATOMIC DISEASE"),
    },
}  # fmt: skip
"""Values of RSSTRESC and RSORRES beyond those that all criteria share."""

NOT_ASSESSED: Final = frozenset({"ND", "NOT DONE", "NOT ASSESSED", "NA", "NOT APPLICABLE", "N A"})
"""Results that say that there was no assessment; nothing is missed without them."""

_BY_NAME: Final[dict[str, Criteria]] = {name: criteria for criteria, names in NAMES.items() for name in names}


@lru_cache(maxsize=16)
def _results(criteria: Criteria) -> dict[str, str]:
    found = {plain(category): category for category in CATEGORIES[criteria]}
    for table in (_EVERYWHERE, _OWN.get(criteria, {})):
        for category, names in table.items():
            if category in CATEGORIES[criteria]:
                found.update(dict.fromkeys(names, category))
    return found


def criteria_named(text: str) -> Criteria | None:
    """Return the criteria that RSCAT names, None for others."""
    return _BY_NAME.get(plain(text))


def category_of(criteria: Criteria, result: str) -> str | None:
    """Return the category that a result means, None for a result that the criteria do not have."""
    return _results(criteria).get(plain(result))


def criteria_of_results(results: set[str]) -> Criteria:
    """Return the criteria that have every one of some results; RECIST 1.1 where several have."""
    found = {plain(each) for each in results}
    for criteria in ("IMWG 2016", "Lugano"):
        own = {name for names in _OWN[criteria].values() for name in names}
        if found & own:
            return criteria
    return "RECIST 1.1"


_INVESTIGATOR: Final = frozenset(
    {"", "INVESTIGATOR", "INV", "SITE INVESTIGATOR", "LOCAL INVESTIGATOR", "PRINCIPAL INVESTIGATOR", "SITE", "LOCAL",
     "INVESTIGATOR ASSESSMENT", "LOCAL ASSESSMENT"}
)  # fmt: skip
_INDEPENDENT: Final = re.compile(r"\b(?:INDEPENDENT|CENTRAL|CENTRALLY|BICR|IRC|ICR|IRRC|BLINDED)\b")
_OTHERS: Final = frozenset({"SPONSOR", "VENDOR", "SUBJECT", "CAREGIVER", "PROGRAMMED", "DERIVED"})


def evaluator_named(text: str) -> Evaluator | None:
    """Return the evaluator that RSEVAL names, None for anybody else."""
    word = plain(text)
    if word in _INVESTIGATOR:
        return "investigator"
    return "independent" if _INDEPENDENT.search(word) else None


def is_another_evaluator(text: str) -> bool:
    """Tell whether RSEVAL names somebody who is surely neither investigator nor independent assessor."""
    return plain(text) in _OTHERS

"""Words that extracts use for death, for leaving, for milestones and for arms that are none.

Sources: CDISC SDTM controlled terminology (NCOMPLT, PROTMLST, OUT, AESEV, DTHDXCD, EPOCH) and the spellings that
sponsors use instead. A word is compared without case, hyphens and other signs: ``Lost to follow-up`` and
``LOST TO FOLLOW UP`` are one word. A word that is not listed is never guessed at.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from trialog.events.vocabulary import LeftReason

_SIGNS: Final = re.compile(r"[^A-Z0-9]+")
_WHO: Final = re.compile(r"^(?:THE )?(?:SUBJECT|PATIENT|PARTICIPANT|PT) (?:IS |WAS |HAS |HAD )?")


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    """Return a word in capitals, its letters and digits in groups parted by one blank."""
    return _SIGNS.sub(" ", text.upper()).strip()


@lru_cache(maxsize=16_384)
def _without_subject(text: str) -> str:
    """Return a word in plain form, without a leading "subject" or "patient"."""
    return _WHO.sub("", plain(text))


# -- yes and no ---------------------------------------------------------------------------

_YES: Final = frozenset({"Y", "YES", "1", "TRUE", "T"})
_NO: Final = frozenset({"", "N", "NO", "0", "FALSE", "F"})


def is_yes(flag: str) -> bool:
    """Tell whether a flag says yes."""
    return plain(flag) in _YES


def is_no(flag: str) -> bool:
    """Tell whether a flag says no, or nothing."""
    return plain(flag) in _NO


# -- death --------------------------------------------------------------------------------

_DEATH: Final = re.compile(
    r"(?:DEATH|DIED|DEAD|DECEASED|EXPIRED|EXITUS|DEMISE|FATAL|FATALITY|LETHAL|FATAL OUTCOME|"
    r"(?:RESULTED|RESULTING|ENDED|ENDING) IN DEATH|"
    r"(?:DEATH|DIED|DEAD|DECEASED|EXPIRED) (?:DUE|FROM|BY|BECAUSE|CAUSED|RELATED|ON|DURING|AFTER|BEFORE|WHILE) .*|"
    r"(?:DIED|DEAD|DECEASED) (?:OF|WITH|WITHOUT) .*)"
)
"""A word that says that the subject died; ``Death of spouse`` is none."""

_MENTION: Final = re.compile(
    r"(?<!\bNOT )(?<!\bNON )(?<!\bNO )"
    r"\b(?:DEATHS?|DIED|DIES|DYING|DEAD|DECEASED|EXPIRED|EXITUS|FATAL\w*|LETHAL|DEMISE)\b"
)
_GRADE_5: Final = re.compile(r"(?:(?:CTCAE |CTC |NCI )?(?:TOXICITY )?(?:GRADE|GR|G) ?)?0?5(?: 0+)?(?: .*)?")
_DEADLY_TERMS: Final = frozenset(
    {
        "BRAIN DEATH",
        "CARDIAC DEATH",
        "COMPLETED SUICIDE",
        "DEATH",
        "SUDDEN CARDIAC DEATH",
        "SUDDEN DEATH",
        "SUDDEN UNEXPLAINED DEATH IN EPILEPSY",
    }
)
"""Preferred terms of MedDRA that say that the subject died; those of other people (``Death of relative``) do not."""


def says_death(text: str) -> bool:
    """Tell whether a word says that the subject died."""
    return _DEATH.fullmatch(_without_subject(text)) is not None


def mentions_death(text: str) -> bool:
    """Tell whether a text has a word of death in it that it does not deny, whatever else it says."""
    return _MENTION.search(plain(text)) is not None


def is_grade_5(grade: str) -> bool:
    """Tell whether a toxicity grade is death (CTCAE: grade 5)."""
    return _GRADE_5.fullmatch(plain(grade)) is not None


def is_deadly_term(term: str) -> bool:
    """Tell whether an adverse event is the subject's death itself."""
    return plain(term) in _DEADLY_TERMS


_ALIVE: Final = frozenset(
    {"ALIVE", "LIVING", "LIVE", "ALIVE WITH DISEASE", "ALIVE WITHOUT DISEASE", "ALIVE NO EVIDENCE OF DISEASE", "A"}
)


def says_alive(text: str) -> bool:
    """Tell whether a survival status says that the subject lives."""
    return _without_subject(text) in _ALIVE


def says_dead(text: str) -> bool:
    """Tell whether a survival status says that the subject died."""
    return says_death(text) or _without_subject(text) in ("D", "NOT ALIVE")


# -- milestones and leaving -----------------------------------------------------------------

_RANDOMISED: Final = frozenset(
    {"RANDOMIZED", "RANDOMISED", "RANDOMIZATION", "RANDOMISATION", "RANDOMIZED INTO STUDY", "RANDOMISED INTO STUDY",
     "RANDOMIZED TO TREATMENT", "RANDOMISED TO TREATMENT"}
)  # fmt: skip
_ENTERED: Final = frozenset(
    {
        "ENTERED INTO TRIAL", "ENTERED TRIAL", "ENTERED INTO STUDY", "ENTERED STUDY", "ENTRY INTO TRIAL",
        "ENTRY INTO STUDY", "ENROLLED", "ENROLED", "ENROLLMENT", "ENROLMENT", "ENROLLED INTO STUDY",
        "ENROLLED IN STUDY", "ENROLLED INTO TRIAL", "ENROLLED IN TRIAL",
    }
)  # fmt: skip
_CONSENTED: Final = frozenset(
    {
        "INFORMED CONSENT OBTAINED", "INFORMED CONSENT", "INFORMED CONSENT SIGNED", "INFORMED CONSENT GIVEN",
        "CONSENT OBTAINED", "CONSENT SIGNED", "CONSENTED", "SIGNED INFORMED CONSENT", "SIGNED CONSENT",
        "OBTAINED INFORMED CONSENT", "WRITTEN INFORMED CONSENT OBTAINED",
    }
)  # fmt: skip


def milestone_of(term: str) -> str | None:
    """Return ``randomised``, ``entered`` or ``consented`` for a milestone that has a meaning here, else None."""
    word = _without_subject(term)
    if word in _RANDOMISED:
        return "randomised"
    if word in _ENTERED:
        return "entered"
    return "consented" if word in _CONSENTED else None


_LEFT: Final[dict[LeftReason, tuple[str, ...]]] = {
    "completed": (
        "COMPLETED", "COMPLETE", "COMPLETED STUDY", "STUDY COMPLETED", "COMPLETED THE STUDY", "COMPLETED TRIAL",
        "COMPLETION", "STUDY COMPLETION", "COMPLETED AS PLANNED",
    ),
    "lost to follow-up": (
        "LOST TO FOLLOW UP", "LOST TO FOLLOWUP", "LOST TO F U", "LOST TO FU", "LOST FOLLOW UP", "LTFU", "LTF", "LFU",
        "LOST OF FOLLOW UP", "LOSS TO FOLLOW UP", "LOSS TO FOLLOWUP", "LOSS OF FOLLOW UP", "LOST CONTACT", "LOST",
        "UNABLE TO CONTACT", "COULD NOT BE CONTACTED",
    ),
    "withdrawal by subject": (
        "WITHDRAWAL BY SUBJECT", "WITHDRAWAL BY PATIENT", "WITHDRAWAL BY PARTICIPANT", "WITHDRAWAL BY PARENT GUARDIAN",
        "WITHDRAWAL BY PARENT", "WITHDRAWAL BY GUARDIAN", "WITHDRAWAL BY LEGAL GUARDIAN", "WITHDRAWN BY SUBJECT",
        "WITHDRAWN BY PATIENT", "WITHDREW CONSENT", "WITHDREW INFORMED CONSENT", "CONSENT WITHDRAWN",
        "INFORMED CONSENT WITHDRAWN", "WITHDRAWN CONSENT", "WITHDRAWAL OF CONSENT", "WITHDRAWAL OF INFORMED CONSENT",
        "WITHDRAWAL OF CONSENT BY SUBJECT", "WITHDRAWAL OF CONSENT BY PATIENT", "CONSENT WITHDRAWAL",
        "CONSENT WITHDRAWN BY SUBJECT", "CONSENT WITHDRAWN BY PATIENT", "WITHDRAWAL OF SUBJECT", "SUBJECT WITHDRAWAL",
        "PATIENT WITHDRAWAL", "SUBJECT WITHDREW", "PATIENT WITHDREW", "WITHDREW", "WITHDREW CONSENT FOR FOLLOW UP",
        "VOLUNTARY WITHDRAWAL", "VOLUNTARY DISCONTINUATION BY SUBJECT", "DISCONTINUATION BY SUBJECT",
        "SUBJECT DECISION", "PATIENT DECISION", "DECISION BY SUBJECT", "DECISION BY PATIENT", "SUBJECT REQUEST",
        "PATIENT REQUEST", "SUBJECT S DECISION", "PATIENT S DECISION", "SUBJECT REFUSAL", "PATIENT REFUSAL",
        "REQUEST BY SUBJECT", "REQUEST BY PATIENT",
    ),
    "physician decision": (
        "PHYSICIAN DECISION", "DECISION BY PHYSICIAN", "PHYSICIANS DECISION", "PHYSICIAN S DECISION",
        "INVESTIGATOR DECISION", "INVESTIGATOR S DECISION", "DISCONTINUATION BY PHYSICIAN DECISION",
        "WITHDRAWAL BY PHYSICIAN DECISION", "WITHDRAWAL BY PHYSICIAN", "WITHDRAWAL BY INVESTIGATOR",
    ),
    "adverse event": ("ADVERSE EVENT", "ADVERSE EVENTS", "AE", "TOXICITY", "UNACCEPTABLE TOXICITY"),
    "progressive disease": (
        "PROGRESSIVE DISEASE", "DISEASE PROGRESSION", "DISEASE RELAPSE", "RELAPSE", "PROGRESSION", "PD",
        "SYMPTOMATIC DETERIORATION", "PROGRESSION OF DISEASE", "CLINICAL PROGRESSION",
    ),
    "protocol deviation": (
        "PROTOCOL DEVIATION", "PROTOCOL VIOLATION", "NON COMPLIANCE WITH STUDY DRUG", "NONCOMPLIANCE WITH STUDY DRUG",
        "NON COMPLIANCE WITH STUDY DEVICE", "NON COMPLIANCE", "NONCOMPLIANCE", "NON COMPLIANCE WITH PROTOCOL",
        "NONCOMPLIANCE WITH PROTOCOL",
    ),
    "study terminated by sponsor": (
        "STUDY TERMINATED BY SPONSOR", "SITE TERMINATED BY SPONSOR", "TERMINATED BY SPONSOR", "STUDY TERMINATED",
        "SPONSOR DECISION", "STUDY CLOSED BY SPONSOR",
    ),
    "other": (
        "OTHER", "LACK OF EFFICACY", "PREGNANCY", "RECOVERY", "TECHNICAL PROBLEMS", "DEVICE DEFICIENCY",
        "FAILURE TO MEET CONTINUATION CRITERIA", "FAILURE TO MEET RANDOMIZATION CRITERIA",
        "PROTOCOL SPECIFIED WITHDRAWAL CRITERION MET", "RANDOMIZED BY MISTAKE",
        "RANDOMIZED BY MISTAKE WITH STUDY TREATMENT", "RANDOMIZED BY MISTAKE WITHOUT STUDY TREATMENT",
        "NON COMPLIANCE WITH NON STUDY DEVICE",
    ),
}  # fmt: skip
"""Submission values of NCOMPLT, and the words that sponsors write instead."""

_REASONS: Final[dict[str, LeftReason]] = {word: reason for reason, words in _LEFT.items() for word in words}


def reason_of(term: str) -> LeftReason | None:
    """Return why a subject left, None for a word that is not listed."""
    return _REASONS.get(plain(term)) or _REASONS.get(_without_subject(term))


_TREATMENT: Final = re.compile(
    r"\b(?:TREATMENTS?|DRUGS?|DOSING|THERAPY|MEDICATIONS?|PRODUCT|EOT|IMP|TREATED|INFUSIONS?)\b"
)
_STUDY: Final = re.compile(r"\b(?:STUDY|TRIAL|PARTICIPATION|EOS|SURVIVAL)\b")
_AFTER_TREATMENT: Final = re.compile(
    r"\b(?:FOLLOW ?UP|POST ?TREATMENT|AFTER TREATMENT|OFF TREATMENT|OBSERVATION)\b|\bFOLLOW UP"
)
_BEFORE_TREATMENT: Final = re.compile(r"\b(?:SCREENING|RUN IN|WASHOUT|BASELINE|PRE ?TREATMENT|LEAD IN)\b")
_PART_OF_TREATMENT: Final = re.compile(
    r"\b(?:INDUCTION|CONSOLIDATION|MAINTENANCE|CONTINUATION|CYCLE|DOUBLE BLIND|OPEN LABEL)\b"
)


def ended(subcategory: str, epoch: str) -> tuple[str, str] | None:
    """Return what a disposition is the end of, and the variable that says so; None if neither says it.

    DSSCAT decides; where it says nothing, EPOCH does. The first word is ``study``, ``treatment`` or ``epoch``
    (an epoch before treatment, such as screening).
    """
    word = plain(subcategory)
    if _AFTER_TREATMENT.search(word):
        return "study", "DSSCAT"
    if _TREATMENT.search(word):
        return "treatment", "DSSCAT"
    if _STUDY.search(word):
        return "study", "DSSCAT"
    word = plain(epoch)
    if _AFTER_TREATMENT.search(word):
        return "study", "EPOCH"
    if _BEFORE_TREATMENT.search(word):
        return "epoch", "EPOCH"
    if _TREATMENT.search(word) or _PART_OF_TREATMENT.search(word):
        return "treatment", "EPOCH"
    return None


# -- arms that are none ---------------------------------------------------------------------

_NO_ARM: Final = {
    "SCRNFAIL": "screen failure",
    "SCREENFAIL": "screen failure",
    "SCREENFAILS": "screen failure",
    "SCREENFAILED": "screen failure",
    "SCREENFAILURE": "screen failure",
    "SCREENINGFAILURE": "screen failure",
    "SCRFAIL": "screen failure",
    "SCRNFAILURE": "screen failure",
    "NOTASSGN": "not assigned to an arm",
    "NOTASSIGNED": "not assigned to an arm",
    "UNASSIGNED": "not assigned to an arm",
    "NOTRANDOMIZED": "not assigned to an arm",
    "NOTRANDOMISED": "not assigned to an arm",
    "NOTRAND": "not assigned to an arm",
    "NOTENROLLED": "not assigned to an arm",
    "NOTTRT": "not treated",
    "NOTTREATED": "not treated",
}
"""Extracts older than ARMNRS (SDTMIG 3.3) write into ARM and ARMCD why a subject has no arm."""

_SHORT: Final = {"SF": "screen failure", "NT": "not treated"}
"""Codes that could be an arm's too: they count where the name of the arm says the same, or is missing."""


def why_no_arm(code: str, name: str) -> str | None:
    """Return why a subject has no arm, None where code or name is that of an arm."""
    short, long = plain(code).replace(" ", ""), plain(name).replace(" ", "")
    reason = _NO_ARM.get(short) or _NO_ARM.get(long)
    if reason is None and short in _SHORT and (long == short or not long):
        reason = _SHORT[short]
    return reason

"""What a column of a spreadsheet probably is: the forms of its days, its words for dead and alive, its name.

Everything here is decided over the whole column; what the column does not decide is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from trialog.exchange.dtc import clinical_date

MISSING: Final = frozenset(
    {
        "", "na", "n/a", "#n/a", "n.a.", ".", "-", "--", "?", "null", "none", "nan", "unk", "unknown", "not available",
        "[not available]", "not applicable", "[not applicable]", "not done", "nd", "n.d.", "tbd",
    }
)  # fmt: skip
"""Words for a missing value, in small letters."""

_SUBJECT: Final = (
    "usubjid", "subjid", "subjectid", "subject", "subjectno", "subjectnumber", "subjectidentifier", "subjectcode",
    "patientid", "patientno", "patientnumber", "patientcode", "patno", "patid", "patnr", "ptid", "ptno", "pt",
    "participantid", "participantno", "participant", "recordid", "patient", "pat", "caseid", "studyid", "screeningno",
    "uniqueid", "id",
)  # fmt: skip
_COHORT: Final = (
    "armcd", "trt01p", "arm", "cohort", "cohortno", "dosecohort", "doselevel", "dosegroup", "plannedarm", "group",
    "treatmentarm", "treatmentgroup", "regimen", "treatment",
)  # fmt: skip

_ISO: Final = "ISO 8601"
_FORMS: Final = (
    ("%d.%m.%Y", r"\d{1,2}\.\d{1,2}\.\d{4}"),
    ("%d.%m.%y", r"\d{1,2}\.\d{1,2}\.\d{2}"),
    ("%d-%m-%Y", r"\d{1,2}-\d{1,2}-\d{4}"),
    ("%d%b%Y", r"\d{1,2}[A-Za-z]{3}\d{4}"),
    ("%d-%b-%Y", r"\d{1,2}-[A-Za-z]{3}-\d{4}"),
    ("%d-%b-%y", r"\d{1,2}-[A-Za-z]{3}-\d{2}"),
    ("%d %b %Y", r"\d{1,2} [A-Za-z]{3} \d{4}"),
    ("%d/%b/%Y", r"\d{1,2}/[A-Za-z]{3}/\d{4}"),
    ("%d %B %Y", r"\d{1,2} [A-Za-z]{4,9} \d{4}"),
    ("%B %d, %Y", r"[A-Za-z]{4,9} \d{1,2}, \d{4}"),
    ("%b %d, %Y", r"[A-Za-z]{3} \d{1,2}, \d{4}"),
    ("UN%b%Y", r"UN[A-Za-z]{3}\d{4}"),
    ("UNK%b%Y", r"UNK[A-Za-z]{3}\d{4}"),
    ("UN-%b-%Y", r"UN-[A-Za-z]{3}-\d{4}"),
    ("UNK-%b-%Y", r"UNK-[A-Za-z]{3}-\d{4}"),
    ("UN-UNK-%Y", r"UN-UNK-\d{4}"),
    ("UNK-UNK-%Y", r"UNK-UNK-\d{4}"),
    ("UNUNK%Y", r"UNUNK\d{4}"),
    ("%b%Y", r"[A-Za-z]{3}\d{4}"),
    ("%b-%Y", r"[A-Za-z]{3}-\d{4}"),
    ("%b %Y", r"[A-Za-z]{3} \d{4}"),
    ("%B %Y", r"[A-Za-z]{4,9} \d{4}"),
    ("%m.%Y", r"\d{1,2}\.\d{4}"),
    ("%m/%Y", r"\d{1,2}/\d{4}"),
)
"""Forms of days that are known at sight; with slashes the column decides between day and month first."""

_SLASHES: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")
_ISO_FORMS: Final = (
    ("%Y-%m-%d", r"\d{4}-\d\d-\d\d"),
    ("%Y-%m-%dT%H:%M:%S", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
    ("%Y-%m", r"\d{4}-\d\d"),
    ("%Y", r"\d{4}"),
)

DEAD: Final = frozenset(
    {"dead", "died", "deceased", "death", "exitus", "expired", "verstorben", "1:deceased", "yes, died",
     "dead of disease", "fatal"}
)  # fmt: skip
ALIVE: Final = frozenset(
    {"alive", "living", "0:living", "alive with disease", "alive without disease", "ongoing", "in follow-up",
     "in follow up", "on study", "on treatment", "lebt"}
)  # fmt: skip
"""Words of a status, in small letters; every other word is a question."""

LOST: Final = frozenset({"lost to follow-up", "lost to follow up", "lost to followup", "ltfu", "lost"})
WITHDRAWN: Final = frozenset({"withdrawn", "withdrew consent", "consent withdrawn", "withdrawal by subject"})


@dataclass(frozen=True)
class DayForms:
    """How a column writes its days.

    Attributes:
        formats: Formats of strptime; empty for ISO 8601.
        question: What the column does not decide; empty if it decides everything.
    """

    formats: tuple[str, ...] = ()
    question: str = ""


def day_forms(values: Sequence[str]) -> DayForms | None:
    """Return how a column's values are days; None if some of them are none."""
    if not values or not any(re.search(r"\d{4}-\d\d|\D\d{2}$|\d{4}.*\D|\D.*\d{4}", value) for value in values):
        return None
    if all(_is_iso(value) for value in values):
        return DayForms() if any(len(value) >= len("2017-03") for value in values) else None
    slashes = [form for value in values if (form := _SLASHES.fullmatch(value))]
    order = _slash_order(slashes)
    formats: dict[str, None] = {}
    for value in values:
        form = _SLASHES.fullmatch(value)
        found = _slashed(order, form[3]) if form else _form_of(value)
        if found is None:
            return None
        formats.setdefault(found)
    if slashes and not order:
        question = f"TODO: is {slashes[0][0]} day/month/year or month/day/year? No value decides it"
        return DayForms(("TODO",), question)
    # The more a form says, the earlier it is tried.
    return DayForms(tuple(sorted(formats, key=lambda each: ("%d" not in each, "%b" not in each and "%m" not in each))))


def _is_iso(value: str) -> bool:
    try:
        return clinical_date(value) is not None
    except ValueError:
        return False


def _form_of(value: str) -> str | None:
    for form, pattern in (*_ISO_FORMS, *_FORMS):
        if re.fullmatch(pattern, value, re.IGNORECASE):
            try:
                datetime.strptime(value, form)  # noqa: DTZ007  # a clinical day is local
            except ValueError:
                continue
            return form
    return None


def _slash_order(found: Sequence[re.Match[str]]) -> str:
    """Return ``day`` or ``month``, which stands first; empty where no value decides it, or they contradict."""
    day_first = any(int(form[1]) > 12 for form in found)
    month_first = any(int(form[2]) > 12 for form in found)
    return "" if day_first == month_first else "day" if day_first else "month"


def _slashed(order: str, year: str) -> str:
    rest = "%Y" if len(year) == 4 else "%y"
    return {"day": f"%d/%m/{rest}", "month": f"%m/%d/{rest}"}.get(order, "TODO")


def bare(name: str) -> str:
    """Return a column's name in small letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def subject_column(names: Sequence[str], seen: dict[str, list[str]]) -> str | None:
    """Return the column that holds the subjects' ids, None if none is called so."""
    return _called(_SUBJECT, names, seen)


def cohort_column(names: Sequence[str], seen: dict[str, list[str]], rows: int) -> str | None:
    """Return the column that holds the cohorts: few values, none of them a sentence."""
    for name in _candidates(_COHORT, names):
        values = seen[name]
        few = 0 < len(set(values)) <= max(2, min(20, rows // 2))
        if few and all(len(value) <= 64 for value in values):
            return name
    return None


def _called(words: Sequence[str], names: Sequence[str], seen: dict[str, list[str]]) -> str | None:
    return next((name for name in _candidates(words, names) if seen[name]), None)


def _candidates(words: Sequence[str], names: Sequence[str]) -> list[str]:
    plain = {bare(name): name for name in reversed(names)}
    return [plain[word] for word in words if word in plain]

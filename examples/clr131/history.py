"""Write the demo's history of CLR 131 (NCT02278315) as lines for ``trialog append``.

    trialog audit examples/clr131/facts.csv --witness examples/clr131/witness.jsonl
    python examples/clr131/history.py examples/clr131/witness.jsonl > application/demo/clr131.jsonl

The announcements are real, with their words and sources. No patient-level data of this trial is public: the
days of the twelve subjects (dose, progression, death) are those of the witness, a history that the audit
constructed from the known facts. This script only puts around them what else is known of the trial: the
planned doses, responses, prior lines, and visits. Every event of a subject says that it is reconstructed.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

TRIAL = "NCT02278315"
BY = "trialog demo"
RECONSTRUCTED = "reconstruction: constructed by audit, not real subjects; no patient-level data of this trial is public"
LAST_DAY = date(2017, 11, 7)
DAYS_BETWEEN_CONTACTS = 120

WIRE = (
    "http://www.globenewswire.com/news-release/2016/12/01/894307/0/en/Cellectar-Biosciences-Announces-Results-From-"
    "the-First-Two-Cohorts-of-Its-CLR-131-Phase-1-Trial-Demonstrates-Excellent-Efficacy-Overall-Survival-Benefit-and-"
    "Progression-Free-Surviv.html"
)
EXHIBIT = "https://www.sec.gov/Archives/edgar/data/1279704/000114420417010391/v460167_ex99-1.htm"
SMARTER = (
    "https://www.smarteranalyst.com/2017/02/27/cellectar-biosciences-inc-clrb-surges-14-positive-clinical-update-"
    "multiple-myeloma/"
)
RARE = "https://rarecancernews.com/2017/11/08/clr-131-shows-survival-benefit-heavily-treated-muultiple-myeloma-patients"
SEED = (
    "https://www.1stoncology.com/blog/cellectar-announces-updated-median-overall-survival-of-26-2-months-from-"
    "cohort-1-of-clr-131-phase-1-trial-in-advanced-multiple-myeloma"
)
TREE = (
    "https://healthtree.org/myeloma/community/articles/clinical-trial-overall-survival-lengthened-for-relapsed-"
    "refractory-myeloma-patients-using-clr-131-cancer-targeted-therapy"
)

DOSES = {"1": "12.5", "2": "18.75", "3": "25"}

PRIOR_LINES = {"1": (4, 5, 6, 8), "2": (2, 3, 3, 3), "3": (3, 4, 5, 5)}
"""Prior lines of each subject: 5.8 on average in cohort 1, 4 in cohorts 1 and 2, as announced."""

FIRST_ASSESSMENT = 32
PARTIAL_RESPONSE = ("3-02", date(2017, 9, 12))


@dataclass
class Subject:
    """What the witness says of one subject.

    Attributes:
        dosed: Day of enrollment and dose.
        progressed, died: None where it did not happen.
    """

    cohort: str
    dosed: date
    progressed: date | None = None
    died: date | None = None


def main() -> None:
    """Print every line."""
    witness = read_witness(Path(sys.argv[1]))
    for event in (*trial(), *subjects(witness), *announcements()):
        print(json.dumps({**event, "by": BY}, ensure_ascii=False))


def read_witness(place: Path) -> dict[str, Subject]:
    """Return the subjects of a witness by id."""
    found: dict[str, Subject] = {}
    for line in place.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if "subject" not in event:
            continue
        day = date.fromisoformat(event["occurred_on"])
        match event["event"]:
            case "subject-enrolled":
                found[event["subject"]] = Subject(event["cohort"], day)
            case "progression-found":
                found[event["subject"]].progressed = day
            case "subject-died":
                found[event["subject"]].died = day
    return found


def trial() -> list[dict[str, Any]]:
    """Return registration and cohorts."""
    return [
        {
            "event": "trial-registered",
            "trial": TRIAL,
            "title": "CLR 131 (I-131-CLR1404), phase 1, relapsed or refractory multiple myeloma",
            "sponsor": "Cellectar Biosciences",
            "indication": "multiple myeloma",
            "occurred_on": "2014-10-30",
            "reported_on": "2014-10-30",
            "source": "ClinicalTrials.gov NCT02278315, first posted; the subjects here are a reconstruction",
            "default_definition": {
                "estimator": "to-date",
                "origin": "first dose",
                "population": "dosed",
                "censoring": "cutoff",
            },
        },
        cohort("1", "2015-04", "2015-05-21", "company release of 2015-05-21, first quarter results"),
        cohort(
            "2",
            "2016-02",
            "2016-02-29",
            "release of 2017-11-07: about 10 months after cohort 1; month reconstructed",
        ),
        cohort("3", "2016-09-29", "2016-09-29", "8-K of 2016-09-29: committee approved enrollment to the third cohort"),
        {
            "event": "cohort-closed",
            "trial": TRIAL,
            "cohort": "3",
            "occurred_on": "2017-02-22",
            "reported_on": "2017-02-22",
            "source": "SEC exhibit 99.1 of 2017-02-22: successful completion of Cohort 3",
        },
    ]


def cohort(label: str, opened: str, reported: str, source: str) -> dict[str, Any]:
    """Return the opening of a cohort of four."""
    return {
        "event": "cohort-opened",
        "trial": TRIAL,
        "cohort": label,
        "planned_dose": DOSES[label],
        "planned_unit": "mCi/m2",
        "fractions": 1,
        "planned_n": 4,
        "occurred_on": opened,
        "reported_on": reported,
        "source": source,
    }


def subjects(witness: dict[str, Subject]) -> list[dict[str, Any]]:
    """Return the reconstructed events of every subject."""
    numbers: dict[str, int] = {}
    events = []
    for subject, found in sorted(witness.items()):
        number = numbers[found.cohort] = numbers.get(found.cohort, 0) + 1
        events += history(subject, found, PRIOR_LINES[found.cohort][number - 1])
    return events


def history(subject: str, found: Subject, lines: int) -> list[dict[str, Any]]:
    """Return one subject's events, each known on its day."""
    last = found.died or LAST_DAY
    events = [
        on(found.dosed, "subject-enrolled", subject, cohort=found.cohort, prior_lines=lines, evaluable=True),
        on(
            found.dosed,
            "dose-administered",
            subject,
            amount=DOSES[found.cohort],
            unit="mCi/m2",
            route="intravenous",
            duration_minutes="30",
            dose_number=1,
        ),
        on(
            found.dosed + timedelta(days=FIRST_ASSESSMENT),
            "response-assessed",
            subject,
            criteria="IMWG 2016",
            category="SD",
        ),
    ]
    if found.progressed is not None:
        events.append(on(found.progressed, "response-assessed", subject, criteria="IMWG 2016", category="PD"))
    if subject == PARTIAL_RESPONSE[0]:
        events.append(on(PARTIAL_RESPONSE[1], "response-assessed", subject, criteria="IMWG 2016", category="PR"))
    contact = found.dosed + timedelta(days=DAYS_BETWEEN_CONTACTS)
    while contact < last:
        events.append(on(contact, "subject-seen-alive", subject, contact="visit"))
        contact += timedelta(days=DAYS_BETWEEN_CONTACTS)
    if found.died is not None:
        events.append(on(found.died, "subject-died", subject, cause="disease"))
    return sorted(events, key=lambda event: str(event["occurred_on"]))


def on(day: date, event: str, subject: str, **fields: Any) -> dict[str, Any]:
    """Return an event of a reconstructed subject, known on its own day."""
    return {
        "event": event,
        "trial": TRIAL,
        "subject": subject,
        "occurred_on": day.isoformat(),
        "reported_on": day.isoformat(),
        "source": RECONSTRUCTED,
        **fields,
    }


def announcements() -> list[dict[str, Any]]:
    """Return the real announcements with their figures."""
    both = "post treatment median survival of 11.9 months and 4.9 months, respectively"
    events = announcement(
        "2016-12-01",
        "2016-12-01",
        "Results from the first two cohorts of the CLR 131 phase 1 trial",
        "GlobeNewswire, 2016-12-01",
        WIRE,
        [
            figure("mOS-1", "median-os", "11.9", "months", "1", both),
            figure("mOS-2", "median-os", "4.9", "months", "2", both, n=4),
            figure("mPFS-1", "mean-pfs", "88.5", "days", "1", "In Cohort 1, patients averaged 88.5 days of PFS"),
            figure(
                "mPFS-2",
                "mean-pfs",
                "127",
                "days",
                "2",
                "patients in Cohort 2 have already achieved an average PFS of 127 days",
                n=4,
                ongoing=True,
            ),
            figure(
                "in-PFS-2",
                "count-progression-free",
                "1",
                "count",
                "2",
                "one of the four patients is still experiencing PFS",
                n=4,
            ),
            figure(
                "prior-1-2",
                "mean-prior-lines",
                "4",
                "count",
                "1+2",
                "despite patients receiving an average of four prior treatments",
            ),
            figure(
                "dose-1",
                "planned-dose",
                "12.5",
                "mCi/m2",
                "1",
                "patients in Cohort 1 received a single 12.5 mCi/m2 dose",
            ),
            figure(
                "dose-2",
                "planned-dose",
                "18.75",
                "mCi/m2",
                "2",
                "patients in Cohort 2 received a single 18.75 mCi/m2 dose",
            ),
        ],
        cutoff="2016-08-31",
        inferred="the latest cutoff under which 11.9 can stand with the 26.2 of 2017-11-07: a to-date median "
        "rises at most one day a day, so 14.3 months cannot pass in the 11.2 months between the releases",
    )
    events += announcement(
        "2017-02-22",
        "2017-02-22",
        "Completion of Cohort 3 and initiation of Cohort 4",
        "SEC exhibit 99.1, 2017-02-22",
        EXHIBIT,
        [
            figure(
                "evaluable",
                "count-evaluable",
                "12",
                "count",
                "1+2+3",
                "continues to follow all 12 evaluable patients in each of the three previously completed cohorts",
                n=12,
            ),
            figure(
                "followed-1-2",
                "count-alive",
                "8",
                "count",
                "1+2",
                "eight patients from Cohorts 1 and 2 who continue to extend median overall survival",
                n=8,
            ),
        ],
    )
    events += announcement(
        "2017-02-27",
        "2017-02-27",
        "Clinical update of Cohort 3",
        "Smarter Analyst, 2017-02-27",
        SMARTER,
        [
            figure(
                "SD-3",
                "count-best-response",
                "4",
                "count",
                "3",
                "All four Cohort 3 patients achieved stable disease",
                n=4,
                category="SD",
            )
        ],
    )
    events += announcement(
        "mid-2017",
        "2017",
        "Release of mid-2017, day unknown (the original was not found)",
        "Rare Cancer News, 2017-11-08, looking back",
        RARE,
        [figure("mOS-1", "median-os", "22", "months", "1", "had reported a median overall survival of 22 months")],
        cutoff="2017-06-30",
        inferred="the day of the release is unknown; on 2017-02-22 the company promised an update by this day",
        reported="2017-11-08",
    )
    months = "Company release, 2017-11-07"
    events += announcement(
        "2017-11-07",
        "2017-11-07",
        "Updated median overall survival of 26.2 months from Cohort 1 of the CLR 131 phase 1 trial",
        months,
        SEED,
        [
            figure(
                "mOS-1",
                "median-os",
                "26.2",
                "months",
                "1",
                "ongoing median overall survival (mOS) from Cohort 1",
                ongoing=True,
            ),
            figure(
                "mOS-2",
                "median-os",
                "15.4",
                "months",
                "2",
                "has experienced a mOS of 15.4 months to date",
                ongoing=True,
            ),
            figure("mOS-3", "median-os", "10", "months", "3", "has experienced 10 months of mOS to date", ongoing=True),
            figure(
                "prior-1",
                "mean-prior-lines",
                "5.8",
                "count",
                "1",
                "heavily pretreated patients who had an average of 5.8 prior lines of therapy",
            ),
            figure(
                "PR-3",
                "count-best-response",
                "1",
                "count",
                "3",
                "the recently reported partial response from Cohort 3",
                category="PR",
            ),
            figure(
                "comparator-low",
                "median-os",
                "11.9",
                "months",
                "",
                "ranges from 11.9 - 18.6 months in separate trials",
                external=True,
            ),
            figure(
                "comparator-high",
                "median-os",
                "18.6",
                "months",
                "",
                "ranges from 11.9 - 18.6 months in separate trials",
                external=True,
            ),
        ],
    )
    events += announcement(
        "2019-02-02",
        "2019-02-02",
        "Article on overall survival with CLR 131 (the date is the article's)",
        "HealthTree, 2019-02-02",
        TREE,
        [
            figure(
                "mOS-pooled",
                "median-os",
                "22",
                "months",
                "",
                "The median overall survival of 22 months in this heavily pretreated patient population is very "
                "encouraging",
            )
        ],
    )
    return events


def announcement(
    name: str,
    day: str,
    title: str,
    source: str,
    url: str,
    figures: list[dict[str, Any]],
    *,
    cutoff: str | None = None,
    inferred: str | None = None,
    reported: str | None = None,
) -> list[dict[str, Any]]:
    """Return an announcement and its figures, public on its day."""
    common = {
        "trial": TRIAL,
        "announcement": name,
        "occurred_on": day,
        "reported_on": reported or day,
        "source": source,
    }
    header: dict[str, Any] = {"event": "announcement-made", **common, "title": title, "url": url}
    if cutoff is not None:
        header |= {"data_cutoff": cutoff, "data_cutoff_inferred": inferred}
    return [header, *({"event": "figure-announced", **common, "figure": each} for each in figures)]


def figure(name: str, measure: str, value: str, unit: str, cohorts: str, words: str, **more: Any) -> dict[str, Any]:
    """Return an announced figure."""
    return {
        "figure": name,
        "measure": measure,
        "value": value,
        "unit": unit,
        "cohorts": cohorts.split("+") if cohorts else [],
        "words": words,
        **more,
    }


if __name__ == "__main__":
    main()

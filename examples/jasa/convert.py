"""Turn the Stanford heart transplant data into lines for ``trialog append``.

    python examples/jasa/convert.py examples/jasa/jasa.csv > jasa.jsonl

103 real subjects with real calendar dates: acceptance into the program becomes
enrollment, the transplant becomes a dose (1 heart), the last follow-up becomes a death
or a contact. Each fact counts as known on its own day, so that any past day can be
replayed. Rows without a transplant have no dose; nothing else is left out.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TRIAL = "STANFORD-HEART"
COHORT = "accepted"
SOURCE = "R package survival, data set jasa (Crowley & Hu 1977, J Am Stat Assoc 72:27)"
BEGAN_ON = "1967-09-13"


def main(path: str) -> None:
    """Print an event a line."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        for event in events(csv.DictReader(file)):
            print(json.dumps({"trial": TRIAL, **event}))


def events(rows: Iterator[dict[str, Any]] | csv.DictReader[str]) -> Iterator[dict[str, Any]]:
    """Yield the events of the program and of every subject."""
    yield known(BEGAN_ON, "trial-registered", title="Stanford heart transplant program, survival of candidates")
    yield known(BEGAN_ON, "cohort-opened", cohort=COHORT, planned_dose="1", planned_unit="heart")
    for row in rows:
        subject = f"jasa-{int(row['id']):03}"
        yield known(row["accept.dt"], "subject-enrolled", subject=subject, cohort=COHORT, age=int(float(row["age"])))
        if row["tx.date"]:
            yield known(row["tx.date"], "dose-administered", subject=subject, amount="1", unit="heart", dose_number=1)
        if row["fustat"] == "1":
            yield known(row["fu.date"], "subject-died", subject=subject)
        else:
            yield known(row["fu.date"], "subject-seen-alive", subject=subject)


def known(day: str, event: str, **fields: Any) -> dict[str, Any]:
    """Return an event that was known on its day."""
    return {"event": event, "occurred_on": day, "reported_on": day, "source": SOURCE, **fields}


if __name__ == "__main__":
    main(sys.argv[1])

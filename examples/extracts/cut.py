"""Cut an SDTM extract at a day, as it might have been then: python cut.py FROM TO DAY.

Cut as {datacutr} does: records that start later are not there yet, later ends and deaths are not known, and
who was randomised later is still a screen failure. A few values differ as well, as if they had been put right
since: an age, a response and its day, the day of a death, and a dose that was entered for the wrong subject.

The names are those of the folder tests/data/pharmaverse-onco. Standard library only.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

Rows = list[dict[str, str]]

STARTS = {"ex": "EXSTDTC", "ae": "AESTDTC", "lb_dates": "LBDTC", "rs_onco_recist": "RSDTC", "ds": "DSSTDTC"}
ENDS = {"ex": "EXENDTC", "ae": "AEENDTC"}


def main(source: Path, target: Path, cutoff: str) -> None:
    """Read the extract in one folder, write the earlier one to another."""
    tables = {name: cut(read(source / f"{name}.csv"), cutoff, STARTS[name], ENDS.get(name)) for name in STARTS}
    dm = read(source / "dm.csv")
    randomised = {row["USUBJID"] for row in tables["ds"] if row["DSDECOD"] == "RANDOMIZED"}
    for row in dm:
        if row["USUBJID"] not in randomised:
            row |= {"ARMCD": "Scrnfail", "ARM": "Screen Failure"}
        if row["DTHDTC"] > cutoff:
            row |= {"DTHDTC": "", "DTHFL": ""}
    make_mistakes(dm, tables)
    target.mkdir()
    for name, rows in {"dm": dm, **tables}.items():
        with (target / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def read(path: Path) -> Rows:
    """Return the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def cut(rows: Rows, cutoff: str, start: str, end: str | None) -> Rows:
    """Return the records that had begun, without the ends that were yet to come."""
    kept = [row for row in rows if row[start][:10] <= cutoff]
    for row in kept:
        if end and row[end][:10] > cutoff:
            row[end] = ""
    return kept


def make_mistakes(dm: Rows, tables: dict[str, Rows]) -> None:
    """Change what the later extract will put right."""
    one(dm, USUBJID="01-701-1028")["AGE"] = "17"
    one(tables["rs_onco_recist"], USUBJID="01-701-1028", RSSEQ="3").update(RSDTC="2013-08-10", RSSTRESC="PR")
    one(dm, USUBJID="01-701-1211")["DTHDTC"] = "2013-01"
    dose = one(tables["ex"], USUBJID="01-701-1133", EXSEQ="1")
    tables["ex"].append({**dose, "EXSEQ": "99", "EXSTDTC": "2012-11-01", "EXENDTC": "2012-11-01"})


def one(rows: Rows, **wanted: str) -> dict[str, str]:
    """Return the first row with some values."""
    return next(row for row in rows if wanted.items() <= row.items())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])

"""EX, or EC where there is no EX: doses, and the last day of a period of dosing."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from trialog.events import dates
from trialog.events.kinds import DoseAdministered
from trialog.exchange.import_report import DatasetAccount, ImportReport
from trialog.exchange.sdtm.extract import Extract, Record
from trialog.exchange.sdtm.people import (
    Dated,
    NothingMissedError,
    People,
    SubjectFacts,
    UnusableError,
    left_out,
)


def read_exposure(extract: Extract, people: People, account: ImportReport) -> None:
    """Read EX; EC only where the extract has no EX, because both tell the same doses."""
    if "EX" in extract and "EC" in extract:
        mine = account.of("EC")
        for record in extract.records("EC"):
            mine.leave_out("EX of this extract tells the same doses", str(record), subject=record.subject)
    domain = "EX" if "EX" in extract else "EC"
    if domain not in extract:
        return
    mine = account.of(domain)
    for record in extract.records(domain):
        try:
            _read(record, domain, people.enrolled(record), people, mine)
        except UnusableError as error:
            left_out(mine, record, error)
            continue
        mine.use()


def _read(record: Record, domain: str, person: SubjectFacts, people: People, account: DatasetAccount) -> None:
    if domain == "EC" and record["ECMOOD"].upper() == "SCHEDULED":
        raise NothingMissedError("a planned dose (ECMOOD), not one given")
    if record[f"{domain}OCCUR"].upper() == "N":
        raise NothingMissedError(f"not given ({domain}OCCUR is N)")
    amount = _amount(record, domain)
    begun, ended = people.dated(record, f"{domain}STDTC"), people.dated(record, f"{domain}ENDTC")
    if begun is None and ended is None:
        raise UnusableError(f"{domain}STDTC and {domain}ENDTC are missing")
    if begun is not None and ended is not None and dates.span(ended.day)[1] < dates.span(begun.day)[0]:
        account.remark(
            f"{domain}ENDTC lies before {domain}STDTC; each counts as it stands", str(record), subject=person.subject
        )
    unit = record[f"{domain}DOSU"]
    if begun is None:
        what = f"{domain}STDTC is missing; only the end of dosing is used"
        account.remark(what, str(record), subject=person.subject, gap=True)
    elif not unit:
        what = f"{domain}DOSU is missing: no dose without its unit; its days show the subject alive"
        account.remark(what, str(record), subject=person.subject, gap=True)
        person.seen(begun, "treatment", "START")
    else:
        if ended is not None and ended.day == begun.day:
            # One day of dosing: a single event shows both.
            begun = Dated(begun.day, record.reference(f"{domain}STDTC", f"{domain}ENDTC"))
            ended = None
        route = record[f"{domain}ROUTE"].lower() or None
        person.state(DoseAdministered, begun, str(record.sequence), amount=amount, unit=unit, route=route)
    if ended is not None:
        person.seen(ended, "treatment", "END")


def _amount(record: Record, domain: str) -> str:
    """Return the amount given; 0 counts as a dose for a placebo only, as {admiral} has it."""
    text = record.numeral(f"{domain}DOSE")
    if not text:
        raise UnusableError(f"{domain}DOSE is missing", record[f"{domain}DOSTXT"])
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise UnusableError(f"{domain}DOSE is not an amount", text)
    if amount == 0 and "PLACEBO" not in record[f"{domain}TRT"].upper():
        raise NothingMissedError(f"{domain}DOSE is 0 and the treatment is no placebo: nothing was given")
    return format(amount, "f")

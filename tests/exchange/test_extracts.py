"""An extract against the log: what is new, what changed, what is gone, and what people changed meanwhile."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.builders import Bench, corrected, died, enrolled, opened, registered, retracted, seen
from tests.extracts import LATEST, extract, reading
from trialog.application.recording.append_session import AppendSession
from trialog.application.recording.import_extract import Import, Outcome
from trialog.events.dates import day_number
from trialog.events.errors import HistoryError
from trialog.events.kinds import SUBJECT_PREFIX
from trialog.exchange.sdtm.people import SdtmOptions
from trialog.exchange.sdtm.reading import SdtmReading
from trialog.log.store.database import Database

RANDOMISED = {"DSDECOD": "RANDOMIZED", "DSSTDTC": "2020-01-01"}
RS = {"RSTESTCD": "OVRLRESP", "RSCAT": "RECIST 1.1", "RSEVAL": "INVESTIGATOR", "RSSTRESC": "PR", "RSDTC": "2020-03-01"}


class Trial:
    """A log into which extracts are imported, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.log = Database.create(str(folder / "log.db"), clock=lambda: day_number("2026-01-01") * 86_400_000_000)

    def take(self, found: SdtmReading, on: str | None = None, **options: Any) -> Outcome:
        run = {key: options.pop(key) for key in ("dry_run", "strict") if key in options}
        reason = f"SDTM extract of {on}"
        return Import(self.log, "S", "tester", found, reason=reason, reported_on=on, **options).run(**run)

    def tracker(self) -> AppendSession:
        return AppendSession(self.log, "S", "somebody")

    def standing(self, known_at: str | None = None, subject: str = "1") -> list[tuple[str, str | None]]:
        day = None if known_at is None else day_number(known_at)
        facts = self.tracker().history(SUBJECT_PREFIX + subject).as_known(day).facts
        return sorted(
            (fact.event.TOPIC.partition("/")[0], fact.event.occurred_on) for fact in facts if fact.stands
        )  # fmt: skip


@pytest.fixture
def trial(tmp_path: Path) -> Any:
    made = Trial(tmp_path)
    yield made
    made.log.close()


def actions(outcome: Outcome) -> dict[str, dict[str, int]]:
    return {action: dict(count) for action, count in outcome.kinds.items()}


def test_the_same_extract_again_appends_nothing(trial: Trial) -> None:
    first = trial.take(reading(RS=[RS], LB=[{"LBDTC": "2020-02-01"}]), "2020-06-30")

    again = trial.take(reading(RS=[RS], LB=[{"LBDTC": "2020-02-01"}]), "2020-06-30")
    later = trial.take(reading(RS=[RS], LB=[{"LBDTC": "2020-02-01"}]), "2020-12-31")

    assert first.appended == 5  # trial, cohort, enrollment, response, contact
    assert [(each.appended, each.same, each.root) for each in (again, later)] == [(0, 5, first.root)] * 2


def test_a_later_extract_appends_what_is_new_changed_and_gone_with_the_extract_as_the_reason(trial: Trial) -> None:
    trial.take(reading(RS=[RS, {**RS, "RSDTC": "2020-04-01"}], LB=[{"LBDTC": "2020-02-01"}]), "2020-06-30")

    outcome = trial.take(
        reading(RS=[{**RS, "RSSTRESC": "SD", "RSDTC": "2020-03-02"}], LB=[{"LBDTC": "2020-02-01"}, {"LBDTC": "2020-07-01"}]),
        "2020-12-31",
    )  # fmt: skip

    assert actions(outcome) == {
        "new": {"subject-seen-alive": 1},
        "corrected": {"response-assessed": 1},
        "retracted": {"response-assessed": 1},
    }
    (fact,) = [each for each in trial.tracker().history("subject/1").facts if each.corrections]
    (correction,) = fact.corrections
    assert correction.event.model_dump(include={"changes", "reason", "reported_on", "source"}) == {
        "changes": {"category": "SD", "occurred_on": "2020-03-02"},
        "reason": "SDTM extract of 2020-12-31",
        "reported_on": "2020-12-31",
        "source": "rs.csv sha256:0000000000000000 RS RSSEQ=1 RSDTC",
    }
    assert trial.standing("2020-06-30") == [
        ("response-assessed", "2020-03-01"),
        ("response-assessed", "2020-04-01"),
        ("subject-enrolled", "2020-01-01"),
        ("subject-seen-alive", "2020-02-01"),
    ]
    assert trial.standing() == [
        ("response-assessed", "2020-03-02"),
        ("subject-enrolled", "2020-01-01"),
        ("subject-seen-alive", "2020-02-01"),
        ("subject-seen-alive", "2020-07-01"),
    ]


def test_records_that_were_only_numbered_anew_are_the_same(trial: Trial) -> None:
    one, two = {**RS, "RSDTC": "2020-03-01"}, {**RS, "RSDTC": "2020-04-01", "RSSTRESC": "CR"}
    trial.take(reading(RS=[one, two]), "2020-06-30")

    outcome = trial.take(reading(RS=[{**RS, "RSDTC": "2020-02-01", "RSSTRESC": "SD"}, one, two]), "2020-12-31")

    assert actions(outcome) == {"new": {"response-assessed": 1}}
    assert len(trial.standing()) == 4


def test_a_record_that_was_gone_and_comes_back_is_a_new_event(trial: Trial) -> None:
    for day, rows in (("2020-06-30", [RS]), ("2020-09-30", []), ("2020-12-31", [RS])):
        trial.take(reading(RS=[*rows, {**RS, "RSSEQ": "9", "RSDTC": "2020-05-01"}]), day)

    assert trial.standing("2020-07-01") == trial.standing()
    assert ("response-assessed", "2020-03-01") not in trial.standing("2020-10-01")
    assert {entry.event_id for entry in trial.tracker().history("subject/1").entries} >= {
        "sdtm:RS:1:1",
        "sdtm:RS:1:1+2",
    }


def test_a_data_set_that_an_extract_does_not_have_is_not_missed(trial: Trial) -> None:
    trial.take(reading(RS=[RS], LB=[{"LBDTC": "2020-02-01"}]), "2020-06-30")

    outcome = trial.take(reading(RS=[RS]), "2020-12-31")

    assert outcome.appended == 0


def test_an_extract_without_the_data_set_that_enrollments_rest_on_is_refused(trial: Trial) -> None:
    trial.take(reading(), "2020-06-30")
    found = SdtmReading(extract(DM=[{"RFSTDTC": "2020-01-03"}]), SdtmOptions(LATEST))

    with pytest.raises(HistoryError, match="an earlier extract had DS, on which enrollments and deaths rest"):
        trial.take(found, "2020-12-31")
    assert trial.standing() == [("subject-enrolled", "2020-01-01")]


def test_an_extract_without_adverse_events_says_nothing_of_the_cause_of_death(trial: Trial) -> None:
    dm = [{"DTHDTC": "2020-06-01"}]
    trial.take(reading(DM=dm, AE=[{"AEOUT": "FATAL", "AESTDTC": "2020-05-01"}]), "2020-06-30")

    assert trial.take(reading(DM=dm), "2020-09-30").appended == 0
    with_details = reading(DM=dm, AE=[], DD=[{"DDTESTCD": "PRCDTH", "DDSTRESC": "PROGRESSIVE DISEASE"}])
    assert actions(trial.take(with_details, "2020-12-31"))["corrected"] == {"subject-died": 1}


def test_a_subject_that_an_extract_no_longer_knows_is_gone_with_everything(trial: Trial) -> None:
    both = [RANDOMISED, {**RANDOMISED, "USUBJID": "2"}]
    trial.take(reading(DM=[{}, {"USUBJID": "2"}], DS=both, LB=[{"USUBJID": "2", "LBDTC": "2020-02-01"}]), "2020-06-30")

    outcome = trial.take(reading(DM=[{}, {"USUBJID": "2", "ARMCD": "SCRNFAIL"}], DS=both), "2020-12-31")

    assert actions(outcome) == {"retracted": {"subject-enrolled": 1, "subject-seen-alive": 1}}
    assert trial.standing(subject="2") == []
    assert len(trial.standing("2020-06-30", subject="2")) == 2


def test_an_older_extract_is_refused(trial: Trial) -> None:
    trial.take(reading(), "2020-12-31")

    with pytest.raises(HistoryError, match="the log holds an extract known on 2020-12-31, later than 2020-06-30"):
        trial.take(reading(RS=[RS]), "2020-06-30")


def test_an_extract_without_much_of_an_earlier_one_is_refused_unless_that_is_meant(trial: Trial) -> None:
    days = [{"LBDTC": f"2020-02-{day:02}"} for day in range(1, 29)]
    trial.take(reading(LB=days), "2020-06-30")

    with pytest.raises(HistoryError, match="18 of 28 events of LB in the log are gone from this extract"):
        trial.take(reading(LB=days[:10]), "2020-12-31")
    assert trial.take(reading(LB=days[:20]), "2020-12-31").appended == 8  # a few may be gone
    assert trial.take(reading(LB=days[:3]), "2020-12-31", gone_is_meant=True).appended == 17


def test_a_dry_run_says_the_same_and_writes_nothing(trial: Trial) -> None:
    dry = trial.take(reading(RS=[RS]), "2020-06-30", dry_run=True)

    assert trial.log.trials() == []
    real = trial.take(reading(RS=[RS]), "2020-06-30")
    assert (dry.kinds, dry.by_dataset) == (real.kinds, real.by_dataset)


# -- what people did ------------------------------------------------------------------------


def test_what_somebody_recorded_before_the_extract_had_it_is_not_recorded_twice(trial: Trial) -> None:
    trial.tracker().append(
        [registered(), opened("A"), enrolled("1", "2020-01-01"), died("1", "2020-06-01"), opened("Z")]
    )

    outcome = trial.take(reading(DM=[{"DTHDTC": "2020-06-01"}], LB=[{"LBDTC": "2020-02-01"}]), "2020-12-31")

    assert actions(outcome) == {"new": {"subject-seen-alive": 1}}


def test_what_somebody_recorded_otherwise_holds_the_subject_back(trial: Trial) -> None:
    trial.tracker().append([registered(), opened("A"), enrolled("1", "2020-01-01"), died("1", "2020-06-01")])
    found = reading(DM=[{"DTHDTC": "2020-06-02"}])

    outcome = trial.take(found, "2020-12-31")

    assert (outcome.appended, outcome.held) == (0, ["1"])
    assert found.account.conflicts[0].sides[0].startswith("subject 1 has died already, on 2020-06-01")


def test_a_correction_by_hand_stands_when_the_extract_repeats_its_old_value(trial: Trial) -> None:
    trial.take(reading(RS=[RS]), "2020-06-30")
    trial.tracker().append([corrected("sdtm:RS:1:1", {"category": "SD"}, on="2020-07-01", reported_on="2020-07-01")])

    outcome = trial.take(reading(RS=[RS]), "2020-12-31")

    assert outcome.appended == 0
    assert outcome.kept == ["sdtm:RS:1:1: corrected by hand at position 5; the extract has the old value"]


def test_a_correction_by_hand_that_the_extract_takes_over_is_the_same(trial: Trial) -> None:
    trial.take(reading(RS=[RS]), "2020-06-30")
    trial.tracker().append([corrected("sdtm:RS:1:1", {"category": "SD"}, on="2020-07-01", reported_on="2020-07-01")])

    outcome = trial.take(reading(RS=[{**RS, "RSSTRESC": "SD"}]), "2020-12-31")

    assert (outcome.appended, outcome.kept) == (0, [])


def test_when_hand_and_extract_changed_the_same_event_nobody_guesses(trial: Trial) -> None:
    trial.take(reading(RS=[RS]), "2020-06-30")
    trial.tracker().append([corrected("sdtm:RS:1:1", {"category": "SD"}, on="2020-07-01", reported_on="2020-07-01")])

    outcome = trial.take(reading(RS=[{**RS, "RSSTRESC": "PD"}]), "2020-12-31")

    assert outcome.appended == 0
    assert outcome.kept == [
        "sdtm:RS:1:1: changed by hand at position 5, and otherwise in the extract: "
        "category SD in the log, PD in the extract; correct it by hand"
    ]


def test_what_was_retracted_by_hand_stays_retracted(trial: Trial) -> None:
    trial.take(reading(RS=[RS]), "2020-06-30")
    trial.tracker().append([retracted("sdtm:RS:1:1", on="2020-07-01", reported_on="2020-07-01")])

    outcome = trial.take(reading(RS=[RS]), "2020-12-31")

    assert outcome.kept == ["sdtm:RS:1:1: retracted by hand at position 5; the extract still has it"]
    assert ("response-assessed", "2020-03-01") not in trial.standing()


def test_a_subject_with_events_by_hand_is_held_back_when_the_extract_drops_it(trial: Trial) -> None:
    both = [RANDOMISED, {**RANDOMISED, "USUBJID": "2"}]
    trial.take(reading(DM=[{}, {"USUBJID": "2"}], DS=both), "2020-06-30")
    trial.tracker().append([seen("2", "2020-05-01", reported_on="2020-06-30")])

    outcome = trial.take(reading(DM=[{}]), "2020-12-31")

    assert (outcome.appended, outcome.held) == (0, ["2"])
    assert len(trial.standing(subject="2")) == 2


def test_strictness_refuses_every_contradiction(trial: Trial) -> None:
    found = reading(DM=[{"DTHDTC": "2020-06-01"}], LB=[{"LBDTC": "2020-06-02"}])

    with pytest.raises(HistoryError, match="1 contradictions, nothing was written; the first: 1, after the death"):
        trial.take(found, "2020-12-31", strict=True)
    assert trial.log.trials() == []


def test_a_large_import_is_appended_in_several_transactions_of_whole_subjects(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trialog.application.recording.import_extract.MOST_IN_ONE", 20)
    monkeypatch.setattr("trialog.application.recording.import_extract._BATCH", 10)
    people = [{"USUBJID": str(number)} for number in range(12)]
    days = [{"USUBJID": str(number), "LBDTC": f"2020-02-{day:02}"} for number in range(12) for day in (1, 2)]

    outcome = trial.take(reading(DM=people, DS=[{**RANDOMISED, **each} for each in people], LB=days), "2020-12-31")

    assert (outcome.appended, outcome.transactions) == (2 + 12 * 3, 4)
    assert all(len(trial.standing(subject=str(number))) == 3 for number in range(12))
    again = trial.take(reading(DM=people, DS=[{**RANDOMISED, **each} for each in people], LB=days), "2020-12-31")
    assert (again.appended, again.same) == (0, 38)


def test_a_subject_that_the_log_contradicts_is_held_back_from_an_import_in_several_transactions(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [{"USUBJID": str(number)} for number in range(12)]
    milestones = [{**RANDOMISED, **each} for each in people]
    trial.take(reading(DM=people, DS=milestones), "2020-12-31")
    trial.tracker().append([died("2", "2020-01-20", reported_on="2020-12-31")])
    monkeypatch.setattr("trialog.application.recording.import_extract.MOST_IN_ONE", 5)
    monkeypatch.setattr("trialog.application.recording.import_extract._BATCH", 4)
    days = [{"USUBJID": str(number), "LBDTC": "2020-02-01"} for number in range(12)]

    outcome = trial.take(reading(DM=people, DS=milestones, LB=days), "2020-12-31")

    assert (outcome.appended, outcome.held, outcome.transactions) == (11, ["2"], 3)
    assert len(trial.standing(subject="2")) == 2


def test_the_log_counts_what_the_report_says(bench: Bench) -> None:
    found = reading(RS=[RS], LB=[{"LBDTC": "2020-02-01"}])

    outcome = Import(bench.log, "S", "tester", found, reason="x").run()

    kinds = Counter(entry.topic.partition("/")[0] for entry in bench.log.recorder("S").entries())
    assert dict(kinds) == dict(outcome.kinds["new"])
    assert outcome.size == bench.log.recorder("S").size()

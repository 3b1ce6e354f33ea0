"""Appending from the command line: one event, a file, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Command, Result

BY = ("--by", "tester", "--source", "EDC")


@pytest.fixture
def begun(trialog: Command) -> Command:
    """A log with a trial, a cohort and a subject."""
    assert trialog("init").code == 0
    assert trialog("register", "NCT1", "--title", "A trial", "--on", "2015-01-01", *BY).code == 0
    assert trialog("open-cohort", "--cohort", "1", "--planned-dose", "12.5", "--planned-unit", "mCi/m2",
                   "--planned-n", "4", "--on", "2015-04", *BY).code == 0  # fmt: skip
    assert trialog("enroll", "001-003", "--cohort", "1", "--prior-lines", "5", "--on", "2015-04-10", *BY).code == 0
    return trialog


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["dose", "001-003", "--amount", "12.5", "--unit", "mCi/m2", "--duration-minutes", "30", "--on", "2015-04-17"],
         "NCT1 #4  dose-administered 001-003 on 2015-04-17: 12.5 mCi/m2 in 30 min"),
        (["response", "001-003", "--criteria", "IMWG 2016", "--category", "VGPR", "--confirmed", "--on", "2015-06"],
         "NCT1 #4  response-assessed 001-003 on 2015-06: VGPR by IMWG 2016 (investigator), confirmed"),
        (["progression", "001-003", "--on", "2015-09-01", "--basis", "imaging"],
         "NCT1 #4  progression-found 001-003 on 2015-09-01: imaging"),
        (["seen", "001-003", "--on", "2015-09-01", "--contact", "phone", "--reported-on", "2015-09-03"],
         "NCT1 #4  subject-seen-alive 001-003 on 2015-09-01: phone"),
        (["left", "001-003", "--on", "2015-09-01", "--reason", "lost to follow-up"],
         "NCT1 #4  subject-left 001-003 on 2015-09-01: lost to follow-up"),
        (["death", "001-003", "--on", "2017-03", "--cause", "disease", "--not-related"],
         "NCT1 #4  subject-died 001-003 on 2017-03: disease"),
        (["evaluability", "001-003", "--not-evaluable", "--why", "no dose", "--on", "2015-05-01"],
         "NCT1 #4  evaluability-decided 001-003 on 2015-05-01: not evaluable: no dose"),
        (["close-cohort", "--cohort", "1", "--on", "2016-01-01"], "NCT1 #4  cohort-closed 1 on 2016-01-01"),
        (["correct", "3", "--set", "prior_lines=6", "--reason", "typing error", "--on", "2015-05-01"],
         "NCT1 #4  event-corrected"),
        (["retract", "3", "--reason", "wrong trial", "--on", "2015-05-01"], "NCT1 #4  event-retracted"),
        (["announce", "2017-11-07", "--title", "Release", "--on", "2017-11-07"],
         "NCT1 #4  announcement-made 2017-11-07 on 2017-11-07: Release"),
    ],
)  # fmt: skip
def test_every_kind_of_event_has_its_command(begun: Command, arguments: list[str], line: str) -> None:
    done = begun(*arguments, *BY)

    assert (done.code, done.out[: len(line)]) == (0, line)
    assert done.out.splitlines()[0].endswith(")")


def test_a_first_figure_of_an_announcement_needs_its_title(begun: Command) -> None:
    figure = ("--measure", "median-os", "--value", "3", "--unit", "months", "--words", "w")

    done = begun("announce", "r1", *figure, *BY)

    assert (done.code, done.err) == (1, "trialog: --title is missing; announcement 'r1' is not in the log yet\n")


def test_a_figure_needs_the_words_in_which_it_stands(begun: Command) -> None:
    figure = ("--measure", "median-os", "--value", "3", "--unit", "months")

    done = begun("announce", "r1", "--title", "T", "--on", "2017-11-07", *figure, *BY)

    assert (done.code, done.out) == (1, "")
    assert done.err == "trialog: --words is missing: the quotation in which the figure stands, verbatim\n"


def test_a_figure_states_its_evaluator_and_its_confirmation(begun: Command) -> None:
    figure = ("--unit", "percent", "--value", "40", "--words", "w", "--evaluator", "independent")

    stated = begun("announce", "r1", "--title", "Release", "--on", "2017-11-07", "--measure", "orr", *figure,
                   "--confirmation", "confirmed", *BY)  # fmt: skip
    refused = begun("announce", "r1", "--measure", "os-rate", "--at", "12", "--at-unit", "months", *figure, *BY)

    assert "orr (confirmed, independent)" in stated.out
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.endswith("figure 'os-rate': os-rate rests on no assessments and has no evaluator\n")


def test_an_announcement_takes_one_figure_at_a_time(begun: Command) -> None:
    figure = ("--measure", "median-os", "--unit", "months", "--words", "mOS", "--ongoing")
    first = begun("announce", "r1", "--title", "Release", "--on", "2017-11-07", *figure, "--value", "26.2",
                  "--cohort", "1", *BY)  # fmt: skip
    second = begun("announce", "r1", *figure, "--value", "15.4", "--cohort", "2", *BY)
    listed = begun("announcements", "--json")

    assert (first.code, second.code) == (0, 0)
    assert [line.split("  ")[0] for line in (first.out + second.out).splitlines() if line.startswith("NCT1 ")] == [
        "NCT1 #4",
        "NCT1 #5",
        "NCT1 #6",
    ]
    assert "a median without n, data cutoff, estimator" in first.err
    assert "no cohort '2' is in this log" in second.err
    announced = json.loads(listed.out)["announcements"][0]
    assert [(f["figure"], f["value"], f["cohorts"]) for f in announced["figures"]] == [
        ("median-os-1", "26.2", ["1"]),
        ("median-os-2", "15.4", ["2"]),
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["dose", "001-004", "--amount", "12.5", "--unit", "mg", "--on", "2015-05-01"],
         "trialog: unknown subject 001-004; did you mean 001-003? If not, enroll it first: trialog enroll\n"),
        (["death", "001-003", "--on", "17 March 2017"],
         "trialog: subject-died: occurred_on: '17 March 2017' is not a date; expected YYYY-MM-DD, or YYYY-MM or YYYY "
         "where only that is known\n"),
        (["response", "001-003", "--criteria", "IMWG", "--category", "PR", "--on", "2015-05-01"],
         "trialog: response-assessed: criteria: 'IMWG' is not known; did you mean 'IMWG 2016'? expected 'IMWG 2016', "
         "'RECIST 1.1' or 'Lugano'\n"),
        (["correct", "3", "--set", "prior_lines", "--reason", "x"],
         "trialog: --set 'prior_lines': expected FIELD=VALUE, for example occurred_on=2017-03-17\n"),
        (["enroll", "001-004", "--cohort", "2", "--on", "2015-05-01"],
         "trialog: unknown cohort '2'; open are: 1; open it first: trialog open-cohort\n"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_and_writes_nothing(begun: Command, arguments: list[str], complaint: str) -> None:
    before = begun("log", "--json").out

    refused = begun(*arguments, *BY)

    assert refused == Result(1, "", complaint)
    assert begun("log", "--json").out == before


@pytest.mark.parametrize(
    ("change", "said", "stored"),
    [
        ("cohort=9", "cohort = 9", {"cohort": "9"}),
        ("prior_lines=4", "prior_lines = 4", {"prior_lines": 4}),
        ("prior-lines=", "prior_lines removed", {"prior_lines": None}),
        ("evaluable=false", "evaluable = false", {"evaluable": False}),
        ("not_evaluable_why=12", "not_evaluable_why = 12", {"not_evaluable_why": "12"}),
        ("source=true", "source = true", {"source": "true"}),
        ("randomised_on=2015", "randomised_on = 2015", {"randomised_on": "2015"}),
    ],
)
def test_a_correction_takes_a_value_as_its_field_has_it(
    begun: Command, change: str, said: str, stored: dict[str, object]
) -> None:
    begun("open-cohort", "--cohort", "9", "--on", "2015-01-02", *BY)
    begun("enroll", "001-009", "--cohort", "1", "--on", "2015-05-01", "--prior-lines", "3", *BY)
    position = json.loads(begun("log", "--json").out)["size"]

    corrected = begun("correct", str(position), "--set", change, "--reason", "typing error", *BY)

    assert (corrected.code, corrected.err) == (0, "")
    assert f": {said} (typing error)" in corrected.out
    assert json.loads(begun("log", "--json").out)["events"][-1]["changes"] == stored


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["deth"], "no command 'deth'; did you mean 'death'? (see trialog --help)"),
        (["death", "a", "--onn", "2017"], "no such option: --onn"),
        (["death"], "missing argument 'SUBJECT' (see trialog death --help)"),
        (["death", "a"], "missing option '--on' (see trialog death --help)"),
        (["evaluability", "a", "--on", "2016-01-01"], "missing option '--evaluable' or '--not-evaluable' (see"),
        (["enroll", "a", "--cohort", "1", "--on", "2015", "--prior-lines", "many"],
         "invalid value for '--prior-lines': "),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_with_exit_code_2(begun: Command, arguments: list[str], complaint: str) -> None:
    wrong = begun(*arguments)

    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.startswith(f"trialog: {complaint}")
    assert wrong.err.count("\n") == 1


def test_who_records_comes_from_option_environment_or_login(begun: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "login")
    begun("seen", "001-003", "--on", "2015-05-01", "--source", "EDC")
    monkeypatch.setenv("TRIALOG_ACTOR", "environment")
    begun("seen", "001-003", "--on", "2015-05-02", "--source", "EDC")
    begun("seen", "001-003", "--on", "2015-05-03", "--source", "EDC", "--by", "option")

    events = json.loads(begun("log", "--json", "--event", "subject-seen-alive").out)["events"]
    assert [event["by"] for event in events] == ["login", "environment", "option"]


def test_saying_it_again_changes_nothing(begun: Command) -> None:
    death = ("death", "001-003", "--on", "2017-03-17", *BY)
    begun(*death)

    again = begun(*death)
    assert (again.code, again.out) == (0, "already in the log of NCT1 at position 4; nothing was appended\n")
    begun("retract", "4", "--reason", "wrong subject", *BY)
    refused = begun(*death)
    assert refused.code == 1
    assert (
        "is in the log at position 4 and was retracted at position 5; to record it anew give it an --id" in refused.err
    )
    assert begun(*death, "--id", "death-again").code == 0


@pytest.mark.parametrize(
    "amendment",
    [
        pytest.param(("retract", "4", "--reason", "wrong subject"), id="retraction"),
        pytest.param(("correct", "4", "--set", "contact=phone", "--reason", "call"), id="correction"),
    ],
)
def test_amending_again_in_the_same_words_changes_nothing(begun: Command, amendment: tuple[str, ...]) -> None:
    begun("seen", "001-003", "--on", "2015-05-01", *BY)
    begun(*amendment, "--on", "2015-06-01", *BY)

    again = begun(*amendment, "--on", "2015-06-01", *BY)

    assert again == Result(0, "already in the log of NCT1 at position 5; nothing was appended\n", "")


def test_a_correction_that_was_taken_back_needs_an_id_to_be_said_again(begun: Command) -> None:
    begun("seen", "001-003", "--on", "2015-05-01", *BY)
    correction = ("correct", "4", "--set", "contact=phone", "--reason", "call", "--on", "2015-06-01", *BY)
    begun(*correction)
    begun("retract", "5", "--reason", "it was a visit", "--on", "2015-06-02", *BY)

    again = begun(*correction)

    assert again.code == 1
    assert again.err == (
        "trialog: this same event is in the log at position 5 and was retracted at position 6; "
        "to record it anew give it an --id of its own\n"
    )


def test_json_says_what_was_appended(begun: Command) -> None:
    said = json.loads(begun("death", "001-003", "--on", "2017-03-17", *BY, "--json").out)

    assert said["event"] == "subject-died"
    assert (said["position"], said["appended"], said["by"]) == (4, True, "tester")


LINES = [
    '{"event":"trial-registered","trial":"NCT1","title":"T","occurred_on":"2015-01-01","source":"s"}',
    '{"event":"cohort-opened","trial":"NCT1","cohort":"1","occurred_on":"2015-01-01","source":"s"}',
    "",
    '{"event":"subject-died","trial":"NCT1","subject":"a","occurred_on":"2017-03-17","source":"s","id":"d1"}',
    '{"event":"subject-enrolled","trial":"NCT1","subject":"a","cohort":"1","occurred_on":"2016-01-01","source":"s"}',
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "events.jsonl"
    place.write_text("\n".join(LINES))
    return place


def test_a_file_is_appended_once(trialog: Command, file: Path) -> None:
    trialog("init")

    first, second = trialog("append", str(file)), trialog("append", str(file))

    assert first.out == "4 events read, appended: 4 to NCT1, already in the log: 0\n"
    assert second.out == "4 events read, appended: 0, already in the log: 4\n"
    assert json.loads(trialog("append", str(file), "--json").out)["already_in_the_log"] == 4


def test_every_wrong_line_is_named_and_nothing_is_written(trialog: Command, file: Path) -> None:
    trialog("init")
    file.write_text("\n".join([*LINES, "{", LINES[3].replace("subject-died", "subject-dead")]))

    refused = trialog("append", str(file))

    assert refused.code == 1
    assert [line.removeprefix(f"trialog: {file}:")[:3] for line in refused.err.splitlines()] == ["6: ", "7: "]
    assert "unknown kind of event 'subject-dead'; did you mean 'subject-died'?" in refused.err
    assert json.loads(trialog("cohorts", "--json").out or "{}") == {}


def test_a_rule_names_the_line_that_breaks_it(trialog: Command, file: Path) -> None:
    trialog("init")
    file.write_text("\n".join([*LINES, LINES[3].replace('"d1"', '"d2"').replace("03-17", "03-18")]))

    refused = trialog("append", str(file))

    assert refused.err == (
        f"trialog: {file}:6: subject a has died already, on 2017-03-17; correct that event (position 3) instead of "
        "recording a second death\n"
    )


def test_a_file_that_is_not_text_is_refused_in_one_line(trialog: Command, tmp_path: Path) -> None:
    trialog("init")
    (tmp_path / "photo.jpg").write_bytes(bytes(range(256)) * 40)

    assert trialog("append", str(tmp_path / "photo.jpg")).err == (
        f"trialog: {tmp_path / 'photo.jpg'} is not text; expected JSON Lines, an event a line\n"
    )


def test_oddities_are_those_of_the_whole_file(trialog: Command, file: Path) -> None:
    """In batches of one the response comes before its dose is known, and later the dose explains it."""
    trialog("init")
    odd = '{"event": "response-assessed", "subject": "a", "occurred_on": "2016-01-05", "criteria": "IMWG 2016", "category": "PR", "source": "x"}'
    why = '{"event": "dose-administered", "subject": "a", "occurred_on": "2016-01-03", "amount": "10", "unit": "mg", "source": "x"}'
    file.write_text("\n".join([*LINES[:2], LINES[4], odd, why]))

    assert trialog("append", str(file), "--batch", "1", "--trial", "NCT1").err == ""
    file.write_text(odd.replace("2016-01-05", "2016-01-02"))
    assert "was assessed PR on 2016-01-02; the first dose was on 2016-01-03" in trialog("append", str(file)).err


def test_of_thousands_that_are_refused_the_first_are_shown(trialog: Command, file: Path) -> None:
    trialog("init")
    lost = [LINES[4].replace('"a"', f'"s{number}"').replace('"1"', '"9"') for number in range(1_000)]
    file.write_text("\n".join([*LINES[:2], *lost]))

    refused = trialog("append", str(file))

    lines = refused.err.splitlines()
    assert (refused.code, len(lines)) == (1, 21)
    assert lines[0].startswith(f"trialog: {file}:3: unknown cohort '9'")
    assert lines[-1] == "trialog: and 980 more are refused"


def test_batches_keep_what_came_before(trialog: Command, file: Path) -> None:
    trialog("init")
    file.write_text("\n".join([*LINES[:2], LINES[4], "{", LINES[3]]))

    refused = trialog("append", str(file), "--batch", "2", "--trial", "NCT1")

    assert refused.code == 1
    assert "the batches before it are in the log (2 events); mend the file and run it again" in refused.err
    file.write_text("\n".join(LINES))
    assert trialog("append", str(file)).out == "4 events read, appended: 2 to NCT1, already in the log: 2\n"


def test_a_dry_run_writes_nothing(trialog: Command, file: Path) -> None:
    trialog("init")

    assert trialog("append", str(file), "--dry-run").out.startswith("4 events read, would be appended: 4 to NCT1")
    assert trialog("cohorts").code == 1


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_is_no_mistake(trialog: Command, file: Path, content: str) -> None:
    trialog("init")
    file.write_text(content)

    assert trialog("append", str(file)).out == "0 events read, appended: 0, already in the log: 0\n"


def test_lines_without_a_trial_need_one(trialog: Command, file: Path) -> None:
    trialog("init")
    file.write_text("\n".join(line.replace('"trial":"NCT1",', "") for line in LINES))

    assert "events.jsonl:1: field 'trial' is missing; name it there or with --trial" in trialog("append", str(file)).err
    assert trialog("append", str(file), "--trial", "NCT1").code == 0
    assert trialog("append", str(file)).code == 0


def test_a_missing_file_is_one_line(trialog: Command) -> None:
    trialog("init")

    assert trialog("append", "none.jsonl") == Result(
        1, "", "trialog: cannot read none.jsonl: No such file or directory\n"
    )


def test_ctrl_c_is_said_and_nothing_is_written(begun: Command, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    before = begun("log", "--json").out
    with monkeypatch.context() as patch:
        patch.setattr("trialog.application.recording.batch.append_together", interrupted)
        stopped = begun("append", str(file))

    assert stopped == Result(130, "", "trialog: interrupted; nothing was half-written\n")
    assert begun("log", "--json").out == before


def test_help_says_how_a_day_is_written(begun: Command) -> None:
    said = " ".join(begun("death", "--help").out.split())

    assert "--on DATE Day it happened: YYYY-MM-DD, or YYYY-MM or YYYY where only that is known." in said

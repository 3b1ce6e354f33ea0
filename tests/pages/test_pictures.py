"""``trialog plot``: what is on each picture, that nothing is cut off, and the same bytes each time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import Command
from tests.pages.browser import faults_of, texts_of
from trialog.application.opening import create_log, open_log
from trialog.events.entry import Draft
from trialog.pages import face

DAY = ("--as-of", "2017-11-07", "--known-at", "2017-11-07", "--log", "demo.db")


def texts_in(svg: str) -> str:
    """Return all texts of a drawing as one line."""
    return unescape(" ".join(re.findall(r">([^<>]+)</(?:text|tspan)>", svg)))


def svg_of(drawing: Command, *arguments: str) -> str:
    done = drawing("plot", *arguments, "--out", "picture.svg", "--force")
    assert (done.code, done.err) == (0, "")
    return Path("picture.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("picture", ["km", "swimmer"])
def test_a_picture_says_what_it_rests_on(drawing: Command, picture: str) -> None:
    svg = svg_of(drawing, picture, *DAY)
    said = texts_in(svg)

    log = open_log("demo.db")
    root = log.curves(as_of="2017-11-07").log.root
    log.close()
    assert "NCT02278315" in said
    assert "Data cutoff 2017-11-07, as known on 2017-11-07" in said
    assert "from first dose, dosed subjects" in said
    assert "n = 12, 2 died, 0 left out" in said
    assert "Subjects are reconstructed" in said
    assert f"Log: 124 events, root {root[:8]}" in said
    assert root in unescape(svg[svg.index("<metadata>") : svg.index("</metadata>")])
    assert re.search(r'<svg[^>]* role="img" aria-labelledby="title description"', svg)


def test_kaplan_meier_of_the_demo_says_what_a_curve_cannot(drawing: Command) -> None:
    said = texts_in(svg_of(drawing, "km", *DAY))

    # docs/demo.md: two of four subjects of cohort 2 had died, nobody of the others.
    assert "cohort 1: not reached, none of 4 died" in said
    assert "cohort 2: 12.4 (10.6 to NR), 2 of 4 died" in said
    assert "cohort 2: the curve ends flat at one half, so the median is a convention" in said
    assert "No limits are drawn for fewer than 10 subjects" in said


def test_number_at_risk_of_stanford_is_drawn_as_counted_by_hand(drawing: Command, stanford: str) -> None:
    arguments = ("km", "--pool", "-d", "population=enrolled", "--as-of", "1974-04-01", "--every", "12")
    done = drawing("plot", *arguments, "--data", "--log", stanford)
    (group,) = json.loads(done.out)["cohorts"]

    found = [(row["month"], row["at_risk"], row["ended"], row["censored"]) for row in group["risk"]]
    assert found == [
        (0, 103, 0, 0),
        (12, 28, 67, 8),
        (24, 16, 69, 18),
        (36, 8, 74, 21),
        (48, 3, 75, 25),
        (60, 0, 75, 28),
    ]
    said = texts_in(svg_of(drawing, *arguments, "--log", stanford))
    assert "at risk" in said
    assert "103 28 16 8 3 0" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("km",),
        ("km", "--endpoint", "pfs"),
        ("km", "--as-of", "2010-01-01"),
        ("km", "--risk", "none", "--palette", "grey"),
        ("km", "--width", "320"),
        ("history",),
        ("history", "--cohort", "1"),
        ("history", "--figure", "orr", "--pool"),
        ("history", "--axis", "known-at", "--as-of", "2017-11-07"),
        ("swimmer",),
        ("swimmer", "--sort", "id", "--ids", "numbered"),
        ("swimmer", "--as-of", "2010-01-01"),
        ("swimmer", "--most", "3"),
    ],
    ids=" ".join,
)
def test_no_text_is_cut_off_outside_or_on_top_of_another(
    drawing: Command, browser: Browser, arguments: tuple[str, ...]
) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1600})
    try:
        view, texts = texts_of(page, svg_of(drawing, *arguments, "--log", "demo.db"))
    finally:
        page.close()

    assert len(texts) > 5
    assert faults_of(view, texts) == []


@pytest.mark.parametrize("picture", ["km", "swimmer"])
def test_markup_and_quotes_stay_text(drawing: Command, browser: Browser, picture: str) -> None:
    title = "</text><script>alert('x')</script> \\ \"1\" & '2'"

    svg = svg_of(drawing, picture, *DAY, "--title", title)
    page = browser.new_page(viewport={"width": 1400, "height": 1600})
    view, texts = texts_of(page, svg)
    scripts = page.evaluate("document.querySelectorAll('script').length")
    page.close()

    assert scripts == 0
    assert title in [each["text"] for each in texts]
    assert faults_of(view, texts) == []


def test_the_history_pins_what_was_announced_where_it_belongs(drawing: Command) -> None:
    done = drawing("plot", "history", "--data", "--log", "demo.db")
    pins = {(pin["announcement"], pin["cohort"]): pin for pin in json.loads(done.out)["pins"]}

    # The release of 7 November 2017 states no cutoff, so that its day is one; it gave 26.2, 15.4 and 10 months.
    assert [pins["2017-11-07", cohort]["value"] for cohort in "123"] == [26.2, 15.4, 10.0]
    first = pins["2017-11-07", "1"]
    assert (first["cutoff_first"], first["cutoff_last"], first["cutoff_stated"]) == ("2017-11-07", "2017-11-07", False)
    # "2017" is a year, not a day.
    assert (pins["mid-2017", "1"]["released_first"], pins["mid-2017", "1"]["released_last"]) == (
        "2017-01-01",
        "2017-12-31",
    )
    said = texts_in(svg_of(drawing, "history", "--log", "demo.db"))
    assert "to-date median overall survival on every day" in said
    assert "26.2 months" in said
    # The last contact of cohort 1 that is oldest is of 2017-07-13; 180 days later is 2018-01-09.
    assert "from 2018-01-10 on, running times rest on contacts older than 180 days" in said


def test_the_same_log_gives_the_same_bytes_in_two_processes(drawing: Command) -> None:
    code = "from trialog.__main__ import main; main()"
    for form in (".svg", ".png"):
        made = []
        for seed in ("0", "1"):
            name = f"{seed}{form}"
            subprocess.run(  # noqa: S603
                [sys.executable, "-c", code, "plot", "km", *DAY, "--out", name],
                check=True,
                env={"PYTHONHASHSEED": seed, "PATH": ""},
                capture_output=True,
            )
            made.append(Path(name).read_bytes())
        assert made[0] == made[1]


def test_forms_by_their_ending(drawing: Command) -> None:
    for name, begins in (("a.svg", b"<svg"), ("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.vl.json", b"{")):
        assert drawing("plot", "km", *DAY, "--out", name).code == 0
        assert Path(name).read_bytes().startswith(begins)
        assert Path(name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("km", "--out", "a.jpg"), "expected .svg, .png, .pdf, .vl.json"),
        (("km",), "say where the picture goes"),
        (("km", "--out", "there.svg"), "exists already; --force replaces it"),
        (("km", "--out", "a.svg", "--width", "20"), "expected 200 to 4000 pixels"),
        (("km", "--out", "a.svg", "--endpoint", "osx"), "endpoint 'osx' is not known"),
        (("km", "--out", "a.svg", "--risk", "some"), "expected all, at-risk, none"),
        (("km", "--out", "a.svg", "--cohort", "9"), "no cohort '9'"),
        (("km", "--out", "missing/a.svg"), "cannot write missing/a.svg"),
        (("swimmer", "--out", "a.svg", "--as-of", "2017-13-01"), "2017-13-01"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(drawing: Command, arguments: tuple[str, ...], says: str) -> None:
    Path("there.svg").write_text("mine", encoding="utf-8")

    done = drawing("plot", *arguments, "--log", "demo.db")

    assert done.code in (1, 2)
    assert says in done.err
    assert done.err.count("\n") == 1
    assert Path("there.svg").read_text(encoding="utf-8") == "mine"
    assert not Path("a.svg").exists()


def test_a_missing_extra_is_named(drawing: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)

    done = drawing("plot", "km", *DAY, "--out", "a.svg")

    assert done.code == 1
    assert done.err == "trialog: pictures need the extra 'plot': pip install 'trialog[plot]'\n"


def test_ten_thousand_subjects_are_thinned(tmp_path: Path) -> None:
    with create_log(tmp_path / "big.db") as log:
        from trialog.application.recording.append_session import AppendSession
        from trialog.events.registry import build, kind_named

        def draft(event: str, **fields: object) -> Draft:
            return Draft(build(kind_named(event), {"source": "s", **fields}), None)

        drafts = [
            draft("trial-registered", title="t", occurred_on="2010-01-01"),
            draft("cohort-opened", cohort="A", occurred_on="2010-01-01"),
        ]
        for number in range(10_000):
            subject = f"{number:05d}"
            drafts.append(draft("subject-enrolled", subject=subject, cohort="A", occurred_on="2012-01-01"))
            drafts.append(
                draft(
                    "subject-died",
                    subject=subject,
                    occurred_on=f"20{13 + number % 8}-{1 + number % 12:02d}-{1 + number % 28:02d}",
                )
            )
        AppendSession(log.database, "T", "tester").append(drafts, doubts=False)
        style = {"width": 620}
        curve = face.specification("km", log.curves(), style=style)
        lanes = face.specification("swimmer", log.lanes(), style=style)

    assert len(json.dumps(curve)) < 150_000
    assert len(json.dumps(lanes)) < 60_000
    assert "60 of 10000 subjects are drawn" in json.dumps(lanes)
    assert len(face.drawn(curve, ".svg")) < 120_000

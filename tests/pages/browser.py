"""Real Chromium, without a network, and what can be measured of a drawing in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
REQUIRED: Final = os.environ.get("TRIALOG_TEST_CHROMIUM") == "required"

_FLAGS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium; skip the test if there is none, unless the environment says that there must be one."""
    if CHROMIUM is None:
        if REQUIRED:
            pytest.fail("TRIALOG_TEST_CHROMIUM=required, but no chromium is on the PATH")
        pytest.skip("no chromium on the PATH")
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield browser
        finally:
            browser.close()


_TEXTS: Final = """() => {
  const svg = document.querySelector('svg');
  const view = svg.getBoundingClientRect();
  return {
    view: [view.left, view.top, view.right, view.bottom],
    texts: [...svg.querySelectorAll('text')].filter(t => t.textContent.trim()).map(t => {
      const box = t.getBoundingClientRect();
      return {text: t.textContent, box: [box.left, box.top, box.right, box.bottom]};
    }),
  };
}"""


def texts_of(page: Page, svg: str) -> tuple[list[float], list[dict[str, Any]]]:
    """Return the view of a drawing and each of its texts with its box, in pixels."""
    page.set_content(f"<!doctype html><meta charset=utf-8><body style='margin:0'>{svg}</body>")
    found = page.evaluate(_TEXTS)
    return found["view"], found["texts"]


def faults_of(view: list[float], texts: list[dict[str, Any]]) -> list[str]:
    """Return what is wrong with the texts of a drawing: cut off, outside the view, or on top of each other."""
    faults = [f"cut off: {each['text']!r}" for each in texts if "\N{HORIZONTAL ELLIPSIS}" in each["text"]]
    slack = 1.0
    for each in texts:
        left, top, right, bottom = each["box"]
        if left < view[0] - slack or top < view[1] - slack or right > view[2] + slack or bottom > view[3] + slack:
            faults.append(f"outside the view: {each['text']!r}")
    for at, one in enumerate(texts):
        for other in texts[at + 1 :]:
            if _overlap(one["box"], other["box"]) > 2.0:
                faults.append(f"on top of each other: {one['text']!r} and {other['text']!r}")
    return faults


def _overlap(one: list[float], other: list[float]) -> float:
    """Return by how many pixels two boxes overlap, in the direction in which they overlap less."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    # The box of a text is a little higher than its letters.
    return min(across, down - 2.0)

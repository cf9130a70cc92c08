"""A heavy map in a real Chromium: superseded by a moved control, and kept to come back to."""

from __future__ import annotations

from typing import Any

from tests.browser import box, open_more, slider
from tests.test_browser import wait_for

PROGRESS = "[data-testid=stProgress]"
# Whether a progress bar has been on the page since the last look.
WATCH = """() => {
  window.worked = false;
  new MutationObserver(() => { window.worked ||= !!document.querySelector('[data-testid=stProgress]'); })
    .observe(document, {subtree: true, childList: true});
}"""


def press(page: Any, key: str) -> None:
    """Press a key on the slider of the map's steps."""
    open_more(page)
    page.evaluate("window.worked = false")
    slider(page, "steps of the map").focus()
    page.keyboard.press(key)


def told(page: Any) -> str:
    return str(page.locator("[data-testid=stMain]").inner_text())


def test_a_moved_control_supersedes_a_map_and_going_back_shows_one_at_once(visit: Any) -> None:
    page = visit("lab=rough&method=newton&second=escape&second.steps=400")
    page.evaluate(WATCH)
    first = told(page)
    assert "Each cell is a run of 400 steps" in first

    press(page, "ArrowRight")
    page.wait_for_selector(PROGRESS, timeout=30_000)
    press(page, "ArrowRight")
    wait_for(page, "second.steps", "402")
    assert "Each cell is a run of 402 steps" in told(page)

    # The one in between was given up: it is computed only now.
    press(page, "ArrowLeft")
    wait_for(page, "second.steps", "401")
    assert page.evaluate("window.worked") and "Each cell is a run of 401 steps" in told(page)

    # The first was finished: it is there without any work.
    press(page, "ArrowLeft")
    wait_for(page, "second.steps", "400")
    assert not page.evaluate("window.worked") and told(page) == first

    # A box that is emptied shows again what it stands for.
    typed = box(page, "steps of the map")
    typed.fill("")
    typed.press("Enter")
    assert typed.input_value() == "400"

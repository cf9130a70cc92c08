"""The race in a real Chromium: opened, pointed at, and taken over by a click or a tap on a cell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_browser import chrome, parameter

IN_VIEW = """map => {
  const seen = map.getBoundingClientRect();
  const there = seen.top >= 0 && seen.bottom <= innerHeight;
  if (!there) map.scrollIntoView({block: "center"});
  return there;
}"""


def opened(page: Any) -> Any:
    """The map, once the drawer is open."""
    drawer = page.locator("[data-testid=stExpander]").filter(has_text="Which is fastest here?")
    drawer.locator("summary").click()
    canvas = drawer.locator("canvas")
    canvas.wait_for(timeout=30_000)
    chrome.settle(page)
    # What is drawn above may still grow and push the map away.
    rests = 0
    while rests < 3:
        rests = rests + 1 if canvas.evaluate(IN_VIEW) else 0
        page.wait_for_timeout(300)
    return canvas


def test_pointing_at_a_cell_tells_it_without_the_server_and_a_click_sets_the_lab(
    visit: Any,
) -> None:
    page = visit("lab=many&methods=gd|momentum")
    box = opened(page).bounding_box()
    x, y = box["x"] + 0.5 * box["width"], box["y"] + 85
    shown = page.evaluate(chrome.SHOWN)
    page.evaluate("seen.reset()")
    page.mouse.move(x, y)
    page.wait_for_timeout(400)
    assert page.evaluate(chrome.SHOWN) != shown
    assert page.evaluate("seen.sent") == 0
    page.mouse.click(x, y)
    page.wait_for_function("() => new URLSearchParams(location.search).get('eta') !== '0.18'")
    chrome.settle(page)
    assert page.evaluate("seen.built") == 0, "the pictures stay, and so does the map"
    told = page.locator("[data-testid=stExpander]").filter(has_text="fastest").inner_text()
    assert f"gradient descent at η = {parameter(page, 'eta')}: " in told


def test_the_button_sets_the_best_and_then_says_that_it_is_in_use(visit: Any) -> None:
    page = visit("lab=one")
    opened(page)
    page.get_by_role("button", name="Use the best: constant at η = 0.5 (1 step)").click()
    page.wait_for_function("() => new URLSearchParams(location.search).get('eta') === '0.5'")
    chrome.settle(page)
    assert page.get_by_role("button", name="In use: constant at η = 0.5 (1 step)").is_disabled()
    assert "Theory: 1 step to 0.1 %" in page.locator("[data-testid=stMain]").inner_text()


@pytest.mark.parametrize("lab", ["one", "newton"])
def test_a_tap_on_a_cell_sets_the_lab_and_nothing_scrolls_sideways(visit: Any, lab: str) -> None:
    page = visit(f"lab={lab}", on_phone=True)
    canvas = opened(page)
    before = page.url
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    box = canvas.bounding_box()
    page.touchscreen.tap(box["x"] + 95, box["y"] + 350)
    page.wait_for_function("url => location.href !== url", arg=before, timeout=15_000)
    chrome.settle(page)

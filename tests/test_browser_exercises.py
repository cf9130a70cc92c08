"""Exercises in a real Chromium: by keys alone, by touch alone on a phone, to the hint's lab and back."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from tests import browser as chrome
from tests.barriers import too_small

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

ASKED = ".st-key-exercise [data-testid=stForm]"


def opened(app: Any, visitor: Any, end: str) -> Any:
    page = visitor.new_page()
    page.add_init_script(chrome.WATCH)
    page.goto(f"{app.url}/?{end}")
    page.locator(ASKED).wait_for(timeout=60_000)
    chrome.settle(page, 600)
    return page


def test_an_exercise_is_solved_by_keys_alone(app: Any, desk: Any) -> None:
    page = opened(app, desk, "exercise=2&fbclid=x")
    assert page.title() == "Exercise 2: Three steps · Convergence Explorer"

    def go_to(name: str, most: int = 40) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            # A drawer's text begins with the name of its icon.
            if page.evaluate("n => document.activeElement.textContent.trim().endsWith(n) || "
                             "document.activeElement.ariaLabel === n", name):  # fmt: skip
                return
        raise AssertionError(f"{name} is not in the order of tabs")

    go_to("Your answer")
    page.keyboard.type("-27")
    page.keyboard.press("Enter")
    page.get_by_text("The size is right, the sign is not.").wait_for()
    page.get_by_label("Your answer").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("27")
    go_to("Check")
    page.keyboard.press("Enter")
    page.get_by_text("Right so far: 1 of 1 tried.").wait_for()
    go_to("Solution")
    page.keyboard.press("Enter")
    page.locator("p", has_text="w3 = −9 − 1.5·(2·(−9) − 6) = 27").wait_for()
    go_to("New numbers")
    page.keyboard.press("Enter")
    page.wait_for_function("!location.search.includes('numbers=0')")
    page.get_by_text("Right so far: 1 of 1 tried.").wait_for()
    page.close()


def test_by_touch_on_a_phone_the_hint_leads_to_the_lab_and_back(app: Any, phone: Any) -> None:
    page = opened(app, phone, "exercise=4&numbers=3")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert too_small(page) == []
    page.get_by_label("Your answer, in %").tap()
    page.keyboard.type("21,5")
    page.get_by_role("button", name="Check").tap()
    page.get_by_text("Twice the answer.").wait_for()
    page.locator("summary", has_text="Hint").tap()
    page.get_by_role("button", name="Open it in the lab").tap()
    chrome.wait_idle(page)
    assert "lab=one" in page.url and "exercise=4" in page.url and "eta=0.04" in page.url
    # All controls are there, though the page opened without a lab.
    page.wait_for_function("""() => {
      const numbers = [...document.querySelectorAll("cv-number")];
      return numbers.length > 2 && numbers.every(number => number.range);
    }""")
    page.go_back()
    page.locator(ASKED).wait_for()
    assert page.get_by_label("Your answer, in %").input_value() == "21,5"
    page.go_forward()
    chrome.wait_idle(page)
    page.get_by_role("button", name="Back to the exercise").tap()
    page.locator(ASKED).wait_for()
    page.wait_for_function("location.search === '?exercise=4&numbers=3'")
    page.close()

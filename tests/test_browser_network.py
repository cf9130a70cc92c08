"""A training in a real Chromium: it shows its progress, gives way to a change, and is kept."""

from __future__ import annotations

from typing import Any

from tests import browser
from tests.browser import open_more, slider
from tests.test_browser import chrome, wait_for

# The shares that the progress bar has shown, and how often no picture or no sentence was there.
WATCH = """() => {
  const seen = window.progress = [];
  window.gone = 0;
  const chart = () => document.querySelector('[data-testid=stVegaLiteChart]');
  const words = () => document.querySelector('[data-testid=stMain] [data-testid=stMarkdown] p');
  setInterval(() => { gone += !chart()?.offsetParent || !words()?.offsetParent; }, 10);
  const look = () => {
    const bar = document.querySelector('[data-testid=stProgress] [role=progressbar]');
    const now = bar && Number(bar.getAttribute('aria-valuenow'));
    if (bar && seen[seen.length - 1] !== now) seen.push(now);
  };
  new MutationObserver(look).observe(document.body,
    {subtree: true, childList: true, attributes: true});
}"""
LATE = "tests/late_page.py"
SENTENCE = "[data-testid=stMain] [data-testid=stMarkdown] p"


def training(page: Any) -> Any:
    """The bar of a training under way."""
    return page.locator("[data-testid=stProgress]")


def press(page: Any, key: str) -> None:
    """A key on the slider of the seed."""
    open_more(page)
    slider(page, "seed").focus()
    page.keyboard.press(key)


def test_a_training_shows_progress_gives_way_and_comes_back_at_once(visit: Any) -> None:
    page = visit("lab=network&seed=41&steps=2000")
    first = page.locator(SENTENCE).first.inner_text()
    page.evaluate(WATCH)
    # Superseded: back at the first setting before the second is through, and it stands at once.
    press(page, "ArrowRight")
    training(page).wait_for(timeout=30_000)
    press(page, "ArrowLeft")
    wait_for(page, "seed", "41")
    assert training(page).count() == 0
    assert page.locator(SENTENCE).first.inner_text() == first
    # Not superseded: the bar grows, and the sentence is another.
    page.evaluate("progress.length = 0")
    press(page, "ArrowRight")
    training(page).wait_for(timeout=30_000)
    training(page).wait_for(state="detached", timeout=120_000)
    wait_for(page, "seed", "42")
    shares = page.evaluate("progress")
    assert len(shares) > 3 and shares == sorted(shares) and shares[-1] <= 100
    assert page.locator(SENTENCE).first.inner_text() != first
    assert page.evaluate("gone") == 0, "all stays while the next is computed"
    # Seen before, and pinned: no bar, and the pinned run lies in the chart.
    page.get_by_role("button", name="Pin this run").click()
    page.get_by_text("Pinned runs (1)").wait_for()
    chrome.settle(page)
    page.evaluate("progress.length = 0")
    press(page, "ArrowLeft")
    wait_for(page, "seed", "41")
    assert page.evaluate("progress") == []
    assert page.locator(SENTENCE).first.inner_text() == first


def test_a_hand_that_rests_before_its_picture_came_keeps_what_was_drawn(chromium: Any) -> None:
    """What a server has yet to send when it is asked for the words is lost: here it always would be."""
    with browser.server(LATE, PYTHONPATH=str(browser.ROOT)) as app:
        page = browser.open_page(
            chromium, f"{app.url}/?lab=network&seed=41&hidden=28,28&steps=10000"
        )
        chrome.settle(page)
        picture = page.evaluate(browser.SHOWN)
        # The bar of a training that is given up, if it is not through by then; the picture of another one.
        for ends, there, back in (
            (False, "ArrowRight", "ArrowLeft"),
            (True, "ArrowLeft", "ArrowRight"),
        ):
            press(page, there)
            training(page).wait_for(timeout=30_000)
            if ends:
                training(page).wait_for(state="detached", timeout=120_000)
            press(page, back)
            page.wait_for_function("document.querySelector('cv-number.moving') === null")
            chrome.settle(page, 900)
            assert training(page).count() == 0
            assert page.evaluate(browser.SHOWN) == picture
        assert not page.faults  # type: ignore[attr-defined]
        page.context.close()

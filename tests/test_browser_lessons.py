"""Predict first and lessons in a real Chromium: by keyboard, by touch, and no answer before the guess."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from convcore.claims import CLAIMS, Claim
from convcore.labkit.html import markdown_plain
from tests import browser as chrome

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

BY = {claim.number: claim for claim in CLAIMS}
FIVE = [
    BY[number] for number in (4, 8, 10, 15, 21)
]  # one weight, bound, whitening, escape, perceptron
LESSON = f"lesson={','.join(str(c.number) for c in FIVE)}&title=Five+claims&predict=1"
TABS = 80  # at most so many presses lead to what is on the page

# All that is there to read at any moment: words of the page and of the charts, and the tab's title.
RECORD = """
(() => {
  const read = window.read = new Set();
  window.forget = () => read.clear();
  const all = node => {
    if (node.nodeType === 3) read.add(node.data);
    if (node.nodeType === 1) {
      for (const name of ['aria-label', 'title', 'alt', 'placeholder', 'aria-valuetext'])
        if (node.hasAttribute(name)) read.add(node.getAttribute(name));
      if (node.nodeName !== 'STYLE' && node.nodeName !== 'SCRIPT') node.childNodes.forEach(all);
      if (node.shadowRoot) all(node.shadowRoot);
    }
  };
  new MutationObserver(changes => {
    for (const c of changes) {
      c.type === 'childList' ? c.addedNodes.forEach(all) : all(c.target);
      read.add(document.title);
    }
  }).observe(document, {subtree: true, childList: true, characterData: true, attributes: true,
    attributeFilter: ['aria-label', 'title', 'aria-valuetext']});
  for (const name of ['fillText', 'strokeText']) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (text, ...a) {
      read.add(`${text}`);
      return draw.call(this, text, ...a);
    };
  }
})();"""


@pytest.fixture(scope="module", autouse=True)
def recorded(desk: Any, phone: Any) -> None:
    desk.add_init_script(RECORD)
    phone.add_init_script(RECORD)


def secrets(claim: Claim) -> list[str]:
    """What would give the answer away."""
    result = claim.lab.run()
    found = claim.verdict(claim.lab, result.study)
    words = markdown_plain(result.headline.plain), markdown_plain(result.headline.verdict)
    drawers = "Why? Every fact", "Which is fastest", "Share, save, copy"
    return [claim.says, claim.name, found.why, found.word.value, *words, *drawers, "✓"]


def nothing_given_away(page: Any, claim: Claim) -> None:
    page.get_by_text("What will happen here?").wait_for()
    asked = claim.question(claim.lab)
    page.get_by_text(asked.asks).wait_for()
    chrome.wait_idle(page)
    page.locator("[data-testid=stVegaLiteChart] canvas").wait_for()
    read = page.evaluate("[...read].join('\\n')")
    said = "\n".join(text for text in read.split("\n") if text.strip() not in asked.options)
    assert asked.asks in said
    for secret in secrets(claim):
        assert secret not in said, secret


def test_no_answer_flashes_when_a_page_opens_or_is_loaded_again(visit: Any) -> None:
    page = visit("claim=4&predict=1")
    nothing_given_away(page, BY[4])
    assert page.title() == "Claim 4 · Convergence Explorer"
    page.reload()
    nothing_given_away(page, BY[4])
    assert "predict=1" in page.url


def test_no_answer_flashes_on_the_way_to_the_next_and_by_a_number(visit: Any) -> None:
    page = visit("lesson=3,5&predict=1")
    page.get_by_role("button", name="it runs away", exact=True).click()
    page.get_by_text("no: it converges without changing side").wait_for()
    chrome.settle(page)
    page.evaluate("forget()")
    page.get_by_role("button", name="Next", exact=True).click()
    nothing_given_away(page, BY[5])
    page.get_by_role("button", name="Previous", exact=True).click()
    page.get_by_text("You said").wait_for()  # it is remembered
    chrome.settle(page)
    page.evaluate("forget()")
    chrome.slider(page, "step size η").press("ArrowRight")
    page.get_by_text("What will happen here?").wait_for()
    chrome.wait_idle(page)
    assert "holds" not in page.evaluate("[...read]")


def test_the_five_claim_lesson_by_keyboard_only(visit: Any, tmp_path: Path) -> None:
    page = visit(LESSON)

    def press(name: str) -> None:
        """Tab to a button, and press it."""
        for _ in range(TABS):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement?.textContent.trim()") == name:
                page.keyboard.press("Enter")
                return
        raise AssertionError(f"no button {name!r} within {TABS} tabs")

    walk(page, press, tmp_path)


def test_the_five_claim_lesson_by_touch_only_on_a_phone(visit: Any, tmp_path: Path) -> None:
    page = visit(LESSON, on_phone=True)

    def tap(name: str) -> None:
        button = page.get_by_role("button", name=name, exact=True)
        assert button.bounding_box()["height"] >= 43
        button.tap()
        across = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert across <= 0, "nothing is wider than the phone"

    walk(page, tap, tmp_path)


def walk(page: Any, press: Callable[[str], None], folder: Path) -> None:
    """Predict at each stop, the second time wrongly; the sheet at the end says so."""
    for at, claim in enumerate(FIVE, 1):
        page.get_by_text(f"{at} of 5").wait_for()
        nothing_given_away(page, claim)
        right = claim.answer(claim.lab, claim.lab.study())
        options = claim.question(claim.lab).options
        press(next(o for o in options if o != right) if at == 2 else right)
        page.get_by_text(f"Score: {at - (at >= 2)} of {at}").wait_for(timeout=60_000)
        chrome.wait_idle(page)
        if at < 5:
            page.evaluate("forget()")
            press("Next")
    with page.expect_download() as started:
        press("Hand-in sheet")
    started.value.save_as(folder / "sheet.html")
    sheet = page.context.new_page()
    sheet.goto((folder / "sheet.html").as_uri())
    words = sheet.locator("body").inner_text()
    assert "Five claims" in words and "4 of 5 predictions were right." in words
    for claim in FIVE:
        assert f"Claim {claim.number}: {claim.name}" in words and f"?claim={claim.number}" in words
        assert claim.verdict(claim.lab, claim.lab.study()).word.value in words
    assert words.count("✓ right") == 4 and words.count("✗ no") == 1
    sheet.get_by_label("Name").fill("Ada")
    sheet.close()


def test_a_lesson_is_made_on_the_page_and_what_is_taken_home_has_the_pins(
    visit: Any, tmp_path: Path
) -> None:
    page = visit("claim=4&predict=0&pins=slow~one~eta~0.1")
    page.get_by_text("Share, save, copy").click()
    page.get_by_role("button", name="Add this to a lesson", exact=True).click()
    page.get_by_text("Lesson 1 of 1").wait_for()
    title = page.get_by_role("textbox", name="Title of the lesson")
    title.fill("<b>Mine</b>")
    title.press("Enter")
    page.get_by_text("<b>Mine</b> 1 of 1").wait_for()
    chrome.wait_idle(page)
    page.get_by_role("button", name="Add this to the lesson", exact=True).click()
    page.get_by_text("2 of 2").wait_for()
    chrome.wait_idle(page)
    page.get_by_role("button", name="Remove", exact=True).last.click()
    page.get_by_text("1 stop", exact=False).wait_for()
    chrome.wait_idle(page)
    made = page.get_by_test_id("stCode").filter(has_text="lesson=").inner_text()
    assert made.endswith("/?lesson=4&title=%3Cb%3EMine%3C%2Fb%3E")
    for name in ("All as JSON", "Report as HTML"):
        with page.expect_download() as started:
            page.get_by_role("button", name=name, exact=True).click()
        started.value.save_as(tmp_path / name)
        assert "slow" in (tmp_path / name).read_text(encoding="utf-8")

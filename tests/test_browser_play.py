"""Play in a real Chromium: each lab's run step by step, by button and key, without the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from hypothesis import settings

from convcore.labs import LABS, Lab, OneWeight
from convcore.session import permalink
from tests import browser as chrome
from tests.barriers import too_small
from tests.printed import read

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

# Under `thorough` all labs: each opens a page.
PLAYED = (OneWeight,) if settings().derandomize else LABS
TEXTS = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg text')].map(
  e => e.textContent).filter(text => text.trim())"""
# The points of the path on E(w): the symbols of the panel that has most.
POINTS = """() => Math.max(...[...document.querySelectorAll('.mark-symbol')].map(
  mark => [...mark.querySelectorAll('path')].filter(e => e.getAttribute('d')).length))"""


@pytest.fixture(scope="module")
def svg_server() -> Iterator[str]:
    with chrome.server("tests/svg_page.py") as server:
        yield server.url


class Bar:
    """The bar of Play on a page, as assistive technology finds it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.group = page.get_by_role("group", name="Play the run step by step")
        self.line = self.group.get_by_role("slider", name="Step that is shown")

    def press(self, name: str) -> None:
        self.group.get_by_role("button", name=name, exact=True).click()

    def says(self, words: str) -> None:
        """Wait until the step that is shown is told by these words."""
        self.page.wait_for_function(
            "([e, words]) => e.getAttribute('aria-valuetext') === words",
            arg=[self.line.element_handle(), words],
            timeout=20_000,
        )
        self.page.wait_for_timeout(150)  # until it is drawn


def link(lab: Lab) -> str:
    return "&".join(f"{name}={text}" for name, text in permalink.write(lab).items())


def test_play_grows_the_path_step_by_step_with_the_numbers_of_the_equation(
    svg_server: str, chromium: Any
) -> None:
    rng = np.random.default_rng(27 if settings().derandomize else None)
    a, w0 = (round(float(x), 2) for x in rng.uniform([0.5, 2], [2, 6]))
    eta, steps = round(float(rng.uniform(0.2, 1.7)) / a, 3), int(rng.integers(8, 15))
    lab = OneWeight(a=a, b=0.0, w0=w0, eta=eta, steps=steps)
    page = chrome.open_page(chromium, f"{svg_server}/?{link(lab)}")
    bar = Bar(page)
    whole = page.evaluate(chrome.SHOWN)
    page.evaluate("seen.reset()")

    def shows(k: int) -> None:
        bar.says(f"step {k} of {steps}")
        [equation] = [
            t
            for t in page.evaluate(TEXTS)
            if t.startswith("w") and "start" in t + "start" and " = " in t
        ]
        told = read(re.split("= ", equation)[-1])
        assert told == pytest.approx(w0 * (1 - eta * a) ** k, rel=2e-3, abs=1e-4), equation
        assert page.evaluate(POINTS) == k + 1

    bar.line.focus()
    page.keyboard.press("Home")
    shows(0)
    for key, k in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        page.keyboard.press(key)
        shows(k)
    bar.press("One step on")
    shows(2)
    page.keyboard.press("ArrowLeft")
    shows(1)
    bar.press("Play")
    bar.press("Pause")
    k = int(bar.line.input_value())
    shows(k)
    bar.line.focus()
    page.keyboard.press(" ")
    shows(steps)
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert page.evaluate(chrome.SHOWN) == whole
    page.emulate_media(reduced_motion="reduce")
    assert not bar.group.get_by_role("button", name="Play", exact=True).is_visible()
    bar.line.focus()
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    page.wait_for_timeout(400)
    shows(1)
    assert page.evaluate("seen.sent") == 0, "the server has no part in it"
    assert page.faults == []
    page.context.close()


@pytest.mark.parametrize("kind", PLAYED, ids=lambda kind: kind.key)
def test_each_lab_plays_to_its_end_without_the_server(visit: Any, kind: type[Lab]) -> None:
    page = visit(f"lab={kind.key}")
    bar = Bar(page)
    page.evaluate("seen.reset()")
    seen = [page.evaluate(chrome.SHOWN)]
    bar.line.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "End"):
        page.keyboard.press(key)
        page.wait_for_timeout(250)
        seen.append(page.evaluate(chrome.SHOWN))
        assert seen[-1] not in seen[:-1], key
    bar.press("Play")
    bar.group.get_by_role("button", name="Pause", exact=True).wait_for()
    bar.group.get_by_role("button", name="Play", exact=True).wait_for(timeout=20_000)
    page.wait_for_timeout(250)
    assert page.evaluate(chrome.SHOWN) == seen[-1], "it ends where the last step is"
    assert page.evaluate("seen.sent") == 0


def test_the_path_over_the_weights_grows_with_the_epochs_that_are_played(
    svg_server: str, chromium: Any
) -> None:
    page = chrome.open_page(chromium, f"{svg_server}/?lab=perceptron&second=landscape&epochs=40")
    bar, plane = Bar(page), page.locator("[data-testid=stVegaLiteChart]").nth(1)
    drawn = "e => [...e.querySelectorAll('.mark-line path')].map(p => p.getAttribute('d')).join()"
    whole, grown = plane.evaluate(drawn), []
    bar.line.focus()
    for key, k in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("End", None)):
        page.keyboard.press(key)
        if k is not None:
            bar.says(f"epoch {k} of {bar.line.get_attribute('aria-valuetext').split()[-1]}")
        page.wait_for_timeout(250)
        grown.append(plane.evaluate(drawn))
    assert [d.count("L") for d in grown[:3]] == [0, 1, 2]
    assert whole.startswith(grown[2]) and grown[3] == whole
    assert page.faults == []
    page.context.close()


# Of each view whose start keys move: a link, the axes, and px of the window.
STARTS = [("lab=many", 2, 1280), ("lab=rough&second=none", 1, 390)]
if not settings().derandomize:
    STARTS += [
        (f"{link}{more}", axes, width)
        for link, axes in (
            ("lab=many", 2),
            ("lab=newton&ground=gallery&ground.name=himmelblau", 2),
            ("lab=rough&second=none", 1),
            ("lab=rough&second=none&compare=&ground=gallery&ground.name=bowl", 2),
        )
        for more in ("", "&methods=gd|newton|momentum|nesterov|bfgs")
        for width in (390, 820, 1280, 1920)
    ]
VIEWS = """() => {
  const marks = document.querySelector('.vega-embed .marks');
  return [...marks.querySelectorAll('path.background')].map(e => {
    const { left, top, width, height } = e.getBoundingClientRect();
    return [left, top, width, height].map(Math.round).join();
  });
}"""


@pytest.mark.parametrize(("where", "axes", "width"), STARTS)
def test_keys_move_the_start_in_its_view_and_address_and_picture_follow(
    svg_server: str, chromium: Any, where: str, axes: int, width: int
) -> None:
    page = chrome.open_page(chromium, f"{svg_server}/?{where}", width=width)
    grip = page.get_by_role("button", name="arrow keys move it")

    def told() -> list[float]:
        words = grip.get_attribute("aria-label").split(" = ")[1].split(" in the")[0]
        return [float(x) for x in words.strip("()").split(", ")]

    before, picture = told(), page.evaluate(chrome.SHOWN)
    assert len(before) == axes
    grip.focus()
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.wait_for_function("() => new URLSearchParams(location.search).get('start')")
    chrome.settle(page)
    start = page.evaluate("new URLSearchParams(location.search).get('start')")
    after = [float(x) for x in start.split(",")]
    assert after == pytest.approx(told(), rel=1e-3) and after[0] > before[0]
    assert axes == 1 or (after[1] > before[1] and after[0] - before[0] > after[1] - before[1])
    assert page.evaluate(chrome.SHOWN) != picture
    assert page.evaluate("document.activeElement.className") == "cv-grip", "it keeps the focus"
    # Each grip is over its view, to a pixel.
    page.wait_for_timeout(600)
    views = page.evaluate(VIEWS)
    for each in page.locator(".cv-grip").all():
        box = each.bounding_box()
        assert ",".join(f"{box[n]:.0f}" for n in ("x", "y", "width", "height")) in views
    assert page.faults == []
    page.context.close()


def test_no_key_is_lost_while_the_server_answers_those_before(visit: Any) -> None:
    """Each message is 0.3 s late, so that answers come between keys and after those that follow."""
    page = visit("lab=many")
    grip = page.get_by_role("button", name="arrow keys move it")

    def told() -> list[float]:
        words = grip.get_attribute("aria-label").split(" = ")[1].split(" in the")[0]
        return [float(x) for x in words.strip("()").split(", ")]

    page.evaluate(
        """() => {
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (message) {
                setTimeout(() => send.call(this, message), 300);
            };
        }"""
    )
    grip.focus()
    places = [told()]
    for key in ("ArrowUp", "ArrowRight", "ArrowUp", "ArrowRight", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
        places.append(told())
        page.wait_for_timeout(270)
    for (x, y), (right, up) in pairwise(places):
        assert (right > x) != (up > y), "each key moves it one way"
        assert right >= x and up >= y, "and none takes back what another did"
    page.wait_for_timeout(2000)
    chrome.settle(page)
    start = page.evaluate("new URLSearchParams(location.search).get('start')")
    assert [float(x) for x in start.split(",")] == pytest.approx(places[-1], rel=1e-3)


def test_on_a_phone_the_bar_moves_eta_under_a_picture_that_stays_in_sight(visit: Any) -> None:
    page = visit("lab=one&eta=0.2", on_phone=True)
    bar = Bar(page)
    chart = "[data-testid=stVegaLiteChart]"
    assert page.locator("[data-testid=stSidebar] label").first.is_hidden()
    before = chrome.place(page, f"{chart} canvas")
    assert before["y"] + 150 < bar.group.bounding_box()["y"], "the ruler is on the first screen"
    assert too_small(page) == []
    eta = bar.group.get_by_role("slider", name="step size η")
    eta.focus()
    for _ in range(12):  # across the limit, where the headline has other words
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => Number(new URLSearchParams(location.search).get('eta')) > 0.2")
    chrome.settle(page)
    assert float(eta.get_attribute("aria-valuetext")) > 0.2
    assert chrome.place(page, f"{chart} canvas") == before
    if settings().derandomize:
        return
    for width, height in ((360, 740), (844, 390)):
        page.set_viewport_size({"width": width, "height": height})
        chrome.settle(page, 1000)
        top = chrome.place(page, f"{chart} canvas")["y"]
        assert top + 150 < bar.group.bounding_box()["y"]


def test_what_the_keyboard_comes_to_in_the_bar_scrolls_nothing(visit: Any) -> None:
    page = visit("lab=one")
    bar = Bar(page)
    for button in bar.group.get_by_role("button").all():
        button.focus()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0


def test_what_the_pointer_tries_sets_the_words_about_the_run_aside(visit: Any) -> None:
    page = visit("lab=one&eta=0.2")
    box = chrome.place(page, "[data-testid=stVegaLiteChart] canvas")
    dim = "() => Number(getComputedStyle(document.querySelector('[role=status]')).opacity)"
    assert page.evaluate(dim) == 1
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 90)
    page.mouse.move(box["x"] + box["width"] / 2 + 9, box["y"] + 91)
    page.wait_for_function(f"() => ({dim})() < 0.5")
    page.mouse.move(box["x"] - 20, box["y"] - 60)
    page.wait_for_function(f"() => ({dim})() === 1")

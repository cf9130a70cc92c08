"""A phone's first screen: what the page is for, a claim and its word, and a picture that is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

import itertools

from hypothesis import settings

from convcore.claims import CLAIMS, Word
from convcore.labs import LABS
from tests import browser as chrome
from tests.test_browser_grid import READ

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

SIZES = {"usual": (390, 844), "small": (360, 740)}
LEAST = 90  # px: what is lower holds only the equation of a step
TAGLINE = "h1 + p"


@pytest.fixture(scope="module")
def svg_server() -> Iterator[str]:
    with chrome.server("tests/svg_page.py") as server:
        yield server.url


def opened(chromium: Any, url: str, link: str, size: str = "usual") -> Any:
    width, height = SIZES[size]
    return chrome.open_page(
        chromium, f"{url}/?{link}", width=width, height=height, has_touch=True, is_mobile=True
    )


def first_plot(page: Any) -> tuple[float, float]:
    """Top and bottom of the highest plot of the first picture."""
    plots = [box for box in page.evaluate(READ)[0]["plots"] if box[3] - box[1] > LEAST]
    return min((box[1], box[3]) for box in plots)


def stands_clear(page: Any) -> None:
    """No picture covers the headline."""
    region = page.locator("[role=status]").first
    box, chart = (e.bounding_box() for e in (region, page.get_by_test_id("stVegaLiteChart").first))
    assert box["y"] + box["height"] <= chart["y"] + 1


def bar_top(page: Any) -> float:
    bar = page.get_by_role("group", name="Play the run step by step")
    return float(bar.bounding_box()["y"])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
def test_a_phone_shows_what_the_page_is_for_above_a_whole_picture(
    chromium: Any, svg_server: str, kind: Any, size: str
) -> None:
    if size == "small" and kind.key not in ("one", "rough") and settings().derandomize:
        return
    page = opened(chromium, svg_server, f"lab={kind.key}", size)
    line = page.locator(TAGLINE)
    assert line.inner_text() == "Why does training converge, crawl or blow up? Drag η."
    box = line.bounding_box()
    assert box["height"] < 20 and box["x"] >= 0 and box["x"] + box["width"] <= SIZES[size][0]
    stands_clear(page)
    _, bottom = first_plot(page)
    assert bottom <= bar_top(page)
    page.context.close()


@pytest.mark.parametrize("size", SIZES)
def test_on_a_phone_each_band_of_the_ruler_has_its_name(
    chromium: Any, svg_server: str, size: str
) -> None:
    page = opened(chromium, svg_server, "lab=one", size)
    texts = {text["text"]: text["box"] for text in page.evaluate(READ)[0]["texts"]}
    boxes = [texts[name] for name in ("comes closer", "jumps across", "diverges")]
    for one, other in itertools.pairwise(boxes):
        assert one[2] < other[0]
    assert boxes[-1][2] <= SIZES[size][0]
    page.context.close()


# Claims with the highest pictures, and with the longest words; the others under `thorough`.
OPENED = [c.number for c in CLAIMS if c.number in (8, 11, 12, 16) or not settings().derandomize]


@pytest.mark.parametrize("number", OPENED)
def test_a_claim_and_its_word_leave_the_picture_on_a_phones_first_screen(
    chromium: Any, svg_server: str, number: int
) -> None:
    page = opened(chromium, svg_server, f"claim={number}")
    assert not page.locator(TAGLINE).is_visible()
    claim = page.locator(".st-key-claim [data-testid=stMarkdownContainer]").first
    shown = claim.bounding_box()
    words = "|".join(word.value for word in Word)
    word = claim.locator("span", has_text=re.compile(f"^({words})")).last.bounding_box()
    assert shown["y"] <= word["y"] and word["y"] + word["height"] <= shown["y"] + shown["height"]
    walk = page.locator(".st-key-walk").bounding_box()
    assert shown["y"] + shown["height"] <= walk["y"] + 1, "no button covers the words"
    # What there is no room for can be scrolled to, by keys as well.
    if claim.evaluate("e => e.scrollHeight > e.clientHeight"):
        assert claim.get_attribute("tabindex") == "0"
    stands_clear(page)
    top, bottom = first_plot(page)
    assert walk["y"] + walk["height"] < top and bottom <= bar_top(page)
    page.context.close()


def test_the_bar_of_play_covers_no_axis_of_a_picture_that_fits_its_window(
    chromium: Any, svg_server: str
) -> None:
    page = chrome.open_page(chromium, f"{svg_server}/?lab=one", width=1280, height=800)
    (chart,) = page.evaluate(READ)
    assert max(text["box"][3] for text in chart["texts"]) <= bar_top(page)
    page.context.close()
    # In a low window nothing but the bar takes from a panel that is as high: what is above scrolls away.
    page = chrome.open_page(chromium, f"{svg_server}/?lab=rough", width=844, height=390)
    top = page.evaluate(READ)[0]["plots"][-1][1]
    page.evaluate("y => { document.querySelector('[data-testid=stMain]').scrollTop = y; }", top)
    page.wait_for_timeout(300)
    assert page.locator("h1").bounding_box()["y"] < 0
    header = page.locator("[data-testid=stHeader]").evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    assert header == "rgba(0, 0, 0, 0)"
    page.context.close()

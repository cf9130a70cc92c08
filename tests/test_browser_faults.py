"""What may go wrong around the page, in a real Chromium: a restart, tabs, other places, hostile words."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import urlencode

import pytest

from convcore.datasets import MAX_MB
from convcore.labs import LABS
from tests.test_browser import app, chrome, chromium, desk, parameter, press, visit

__all__ = ["app", "chromium", "desk", "visit"]

MAIN = "[data-testid=stMain]"
CONNECTED = (
    "document.querySelector('[data-testid=stApp]').dataset.testConnectionState === 'CONNECTED'"
)
BAD = "<img src=x onerror=alert(1)><script>alert(2)</script>**b**$x$"


def test_a_page_comes_back_with_its_state_when_the_server_was_restarted(chromium: Any) -> None:
    first = chrome.Server()
    page = chrome.open_page(chromium, f"{first.url}/?lab=many&pins=slow~many~eta~0.05")
    press(page, LABS[2])
    told, link = page.locator(MAIN).inner_text(), page.url
    first.stop()
    page.wait_for_function(f"() => !({CONNECTED})")
    page.evaluate("seen.reset()")
    second = chrome.Server(port=first.port)
    try:
        # The page asks for the server by itself, every few seconds.
        page.wait_for_function(f"() => {CONNECTED}", timeout=30_000)
        page.wait_for_function("() => seen.inBytes > 10_000", timeout=30_000)  # sent by the second
        chrome.wait_idle(page)
        assert page.url == link
        assert page.locator(MAIN).inner_text() == told
        press(page, LABS[2])
        assert page.url != link, "and its controls work"
    finally:
        page.context.close()
        second.stop()


def test_two_tabs_do_not_see_each_other(visit: Any) -> None:
    one = visit("lab=one&eta=0.2")
    other = visit("lab=one&eta=0.2")
    told = other.locator(MAIN).inner_text()
    press(one, LABS[0])
    assert parameter(one, "eta") != "0.2"
    chrome.settle(other)
    assert parameter(other, "eta") == "0.2" and other.locator(MAIN).inner_text() == told


def test_another_place_shows_the_same_page(visit: Any) -> None:
    here = visit("lab=many").locator(MAIN).inner_text()
    there = visit("lab=many", locale="ar-EG", timezone_id="Pacific/Auckland")
    assert there.locator(MAIN).inner_text() == here


@pytest.mark.parametrize(
    "state",
    [
        {"lab": "one", "pins": f"{BAD.replace('~', '')}~one~eta~0.1"},
        {"lab": "newton", "ground": "typed", "ground.formula": f"w + {BAD}"},
        {"lab": "many", "problem": "data", "problem.target": BAD, "lines": BAD},
        {"lab": BAD, "claim": BAD, BAD: BAD},
    ],
    ids=["pin", "formula", "column", "names"],
)
def test_hostile_words_are_shown_as_words_if_at_all(visit: Any, state: dict[str, str]) -> None:
    page = visit(urlencode(state))
    assert page.locator("img[src=x], script:text('alert')").count() == 0
    assert page.locator("strong:text-is('b'), .katex:text-is('x')").count() == 0
    assert page.locator(MAIN).inner_text().strip()


def test_the_header_of_a_hostile_file_is_shown_as_words(visit: Any) -> None:
    page = visit("lab=many&problem=data")
    rows = "\n".join(f"{i},{i * i % 7},{i % 3}" for i in range(12))
    page.locator("input[type=file]").set_input_files(
        {"name": f"{BAD[:20]}.csv", "mimeType": "text/csv", "buffer": f"{BAD},b,c\n{rows}".encode()}
    )
    page.wait_for_function(
        "() => document.body.innerText.includes('In use') || document.body.innerText.includes('<img')"
    )
    chrome.settle(page)
    assert page.locator("img[src=x], script:text('alert')").count() == 0


def test_a_file_that_is_too_large_gets_one_clear_line_until_another_comes(visit: Any) -> None:
    page = visit("lab=many&problem=data&problem.table=your+CSV")
    uploader = page.locator("[data-testid=stFileUploader]")
    limit = f"at most {MAX_MB} MB"
    lines = uploader.get_by_role("alert")
    rows = "x,z,y\n" + "\n".join(f"{i},{i * i % 7},{i * 3 % 5}" for i in range(12))

    def put(name: str, raw: bytes) -> None:
        page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": raw}
        )
        uploader.get_by_title(name).wait_for()
        chrome.settle(page)

    assert limit in uploader.inner_text()
    for name in ("big.csv", "bigger.csv"):
        put(name, b"1,2\n" * (MAX_MB * 300_000))
        (line,) = [line for line in lines.all() if line.is_visible()]
        box = line.bounding_box()
        assert (
            f"must be {MAX_MB}.0MB or smaller" in line.inner_text()
            and limit in uploader.inner_text()
        )
        assert box["width"] > 100 and box["height"] > 10, "it can be read"
    put("good.csv", rows.encode())
    page.wait_for_function("() => document.body.innerText.includes('12 rows; y from 2 features')")
    assert not [line for line in lines.all() if line.is_visible()]
    put("bad.csv", b"x,y\n1,2\n3\n")
    page.get_by_text("line 3 has 1 cell and line 1 has 2").wait_for()
    page.get_by_text("In use: good.csv").wait_for()
    chrome.settle(page)
    said = page.locator(MAIN).inner_text()
    assert "12 rows; y from 2 features" in said and "Choose your CSV" not in said


@pytest.mark.parametrize("seed", range(4))
def test_any_link_leads_to_a_page_that_stands(visit: Any, seed: int) -> None:
    rng = random.Random(seed)
    known = [
        "lab",
        "eta",
        "steps",
        "start",
        "claim",
        "pins",
        "a",
        "schedule",
        "methods",
        "ground",
        "data",
    ]
    words = [
        "",
        "one",
        "many",
        "rough",
        "-1e308",
        "nan",
        "∞",
        "7",
        "a~b!c",
        "%00",
        "1,2;3",
        BAD,
        "w**9" * 40,
    ]
    page = visit(
        urlencode({rng.choice(known): rng.choice(words) for _ in range(rng.randint(1, 8))})
    )
    assert page.locator("[data-testid=stVegaLiteChart]").count()

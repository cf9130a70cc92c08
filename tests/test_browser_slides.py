"""Slides in a real Chromium: a frame in another page holds a picture, whole, and nothing around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from hypothesis import settings

from convcore.claims import CLAIMS
from convcore.labs import LABS
from tests import browser as chrome

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

WIDTH, HEIGHT = 700, 520  # of the frame that the page offers
# Beside a picture, a slide has its headline, Play, and the way back.
AROUND = "[data-testid=stSidebar], h1, .st-key-lab, .st-key-experiment, .st-key-claim, [role=tab]"


@pytest.fixture
def course() -> Iterator[Callable[[str], str]]:
    """The address of a course's page, whose body is as given, on a server of its own."""
    pages = [""]

    class Course(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html><link rel=icon href=data:,>{pages[0]}".encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    running = HTTPServer(("127.0.0.1", 0), Course)
    thread = Thread(target=running.serve_forever)
    thread.start()

    def at(body: str) -> str:
        pages[0] = body
        return f"http://127.0.0.1:{running.server_port}/"

    yield at
    running.shutdown()
    thread.join()
    running.server_close()


def frame(address: str) -> str:
    size = f'width="{WIDTH}" height="{HEIGHT}" style="max-width: 100%; border: 0"'
    return f'<iframe src="{escape(address)}" {size}></iframe>\n'


def stands(page: Any) -> None:
    """Until the page in a frame has drawn its picture for this window."""
    chrome.wait_idle(page)
    said = page.locator("[role=status] h2")
    said.wait_for()
    assert len(said.inner_text()) > 10
    assert page.locator(AROUND).count() == 0
    assert page.locator(chrome.ERRORS).count() == 0


def is_whole(page: Any) -> None:
    x, y, right, bottom, wide, high = page.evaluate("""() => {
      const picture = document.querySelector("[data-testid=stVegaLiteChart] :is(svg, canvas)");
      const box = picture.getBoundingClientRect();
      return [box.left, box.top, box.right, box.bottom, innerWidth, innerHeight];
    }""")
    assert x >= 0 and y >= 0 and right <= wide and bottom <= high
    # It fills the frame, in one direction at least.
    assert right - x > 0.85 * wide or bottom - y > 0.9 * high


def test_every_claim_shows_its_picture_whole_in_a_frame(app: Any, chromium: Any) -> None:
    visitor = chrome.context(chromium, WIDTH, HEIGHT)
    page = chrome.open_in(visitor, f"{app.url}/?view=chart")
    few = [1, 6, 9, 12, 14, 21]
    for claim in CLAIMS:
        if settings().derandomize and claim.number not in few:
            continue
        link = f"?claim={claim.number}&view=chart"
        # As the browser's Back does, which takes a tenth of the time of loading all again.
        page.evaluate(
            """link => {
              history.pushState({ours: true}, "", link);
              dispatchEvent(new PopStateEvent("popstate"));
            }""",
            link,
        )
        page.wait_for_function("n => new URL(location).searchParams.get('claim') === n && "
                               "location.search.includes('eta')", arg=str(claim.number))  # fmt: skip
        stands(page)
        is_whole(page)
        assert "view=chart" in page.url
    assert not page.faults
    visitor.close()


def test_a_course_page_with_six_frames_shows_six_pictures(
    app: Any, chromium: Any, course: Callable[[str], str]
) -> None:
    visitor = chrome.context(chromium, WIDTH + 16, 900, color_scheme="light")
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url))
    page = visitor.new_page()
    page.add_init_script(chrome.WATCH)
    # Streamlit's own way to embed a page may come on top.
    links = [
        f"{app.url}/?lab={kind.key}&view=chart{'&embed=true' * (i % 2)}"
        for i, kind in enumerate(LABS)
    ]
    page.goto(course("".join(map(frame, links))))
    held = [one for one in page.frames if one != page.main_frame]
    assert len(held) == 6
    for one in held:
        stands(one)
        is_whole(one)
    assert [("embed=true" in one.url) for one in held] == [False, True] * 3
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    for one in held:
        # A browser leaves a frame as it is until it comes into sight.
        one.frame_element().scroll_into_view_if_needed()
        one.wait_for_function("getComputedStyle(document.querySelector('.stApp')).backgroundColor"
                              " === 'rgb(13, 16, 22)'")  # fmt: skip
        stands(one)
        chart = one.evaluate("document.querySelector('[data-testid=stVegaLiteChart]').offsetWidth")
        assert 0.9 * 374 < chart <= 374
    assert {urlsplit(url).hostname for url in asked} - {None} == {"127.0.0.1"}
    visitor.close()


def test_a_slide_follows_a_click_and_its_link_leads_to_the_whole_page(visit: Any) -> None:
    page = visit("claim=3&eta=0.6&view=chart")
    way = page.locator("a.view")
    assert way.inner_text() == "Full page ↗"
    box = chrome.place(page, "[data-testid=stVegaLiteChart]")
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.2)
    page.wait_for_function("!location.search.includes('eta=0.6')")
    assert "view=chart" in page.url and "claim=3" in page.url
    chrome.settle(page)
    eta = re.search(r"[?&]eta=[\d.]+", page.url)
    assert eta and eta[0][1:] in (way.get_attribute("href") or "")
    with page.context.expect_page() as opened:
        way.click()
    other = opened.value
    other.wait_for_function("location.search.includes('eta=')")
    assert eta[0][1:] in other.url and "view" not in other.url
    other.locator("[data-testid=stSidebar]").wait_for()
    other.close()


def test_the_frame_that_is_copied_shows_the_picture(visit: Any, course: Any) -> None:
    page = visit("claim=8&eta=1.2")
    page.locator(".st-key-keep summary").click()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as a frame for your page").click()
    page.get_by_text("Copied", exact=True).wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("<iframe ") and 'title="Claim 8: ' in copied and "&amp;" in copied
    other = page.context.new_page()
    other.add_init_script(chrome.WATCH)
    other.goto(course(copied))
    (held,) = (one for one in other.frames if one != other.main_frame)
    stands(held)
    assert "eta=1.2" in held.url and "view=chart" in held.url
    other.close()

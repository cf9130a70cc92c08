"""What a shared deployment must hold to: who may send a file, what an error tells, and what is too much."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.test_browser import chrome, parameter


def put(url: str, **headers: str) -> int:
    """The status of an upload."""
    asked = urllib.request.Request(url, data=b"x,y\n1,2\n", method="PUT", headers=headers)
    try:
        return int(urllib.request.urlopen(asked, timeout=10).status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_a_file_is_taken_from_the_page_and_from_nobody_without_its_token(visit: Any) -> None:
    page = visit("lab=many&problem=data&problem.table=your CSV")
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request) if request.method == "PUT" else None)
    text = "x,y\n" + "\n".join(f"{i},{i * i}" for i in range(9))
    page.locator("input[type=file]").set_input_files(
        {"name": "mine.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.wait_for_function(
        "() => new URLSearchParams(location.search).get('problem.file') === 'mine.csv'"
    )
    chrome.settle(page)
    (request,) = sent
    assert request.response().status < 300
    # The same address, while the page that it belongs to is open.
    assert put(request.url) == 403
    assert put(request.url, Cookie=f"_streamlit_xsrf={'0' * 32}") == 403
    token = request.all_headers()["x-xsrftoken"]
    assert put(request.url, **{"X-Xsrftoken": token}) == 403


def test_a_mistake_of_the_programs_shows_no_line_of_it(chromium: Any, tmp_path: Path) -> None:
    script = tmp_path / "mistaken.py"
    script.write_text(
        "import altair as alt, streamlit as st\n"
        "st.altair_chart(alt.Chart(alt.Data(values=[{'x': 1}])).mark_point().encode(x='x:Q'))\n"
        "secret = 'hush'\n"
        "raise ValueError(f'a {secret} word')\n"
    )
    with chrome.server(str(script)) as mistaken:
        page = chrome.context(chromium).new_page()
        page.goto(mistaken.url)
        box = page.locator("[data-testid=stException], [data-testid=stAlert]").first
        box.wait_for(timeout=30_000)
        shown = page.locator("body").inner_text()
        assert not any(word in shown for word in ("hush", "ValueError", "mistaken.py", "Traceback"))
        page.context.close()


@pytest.mark.parametrize(
    ("link", "name", "said"),
    [
        ("lab=one&steps=99999", "steps", "99999 is outside 1 to"),
        ("lab=network&hidden=500, 500&steps=10", "hidden", "at most"),
    ],
)
def test_a_link_that_asks_for_too_much_is_told_so_in_one_line(
    visit: Any, link: str, name: str, said: str
) -> None:
    page = visit(link)
    (line,) = page.locator("[data-testid=stAlert]").all_inner_texts()
    assert f"The link's {name} is replaced by its default" in line and said in line
    assert parameter(page, name) != ""

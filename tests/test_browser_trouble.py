"""Whatever happens around a page in a real Chromium, nothing is lost, and no fault is shown or logged."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from convcore.labs import LABS
from tests.draw import SEEDS, often
from tests.test_browser import CHART, chrome, parameter
from tests.test_browser_network import press

KEYS = ("ArrowRight", "ArrowLeft", "ArrowUp", "PageUp", "PageDown", "Home", "End")
LOGGED = re.compile(r"Traceback|ERROR|Exception")


def stands(page: Any) -> None:
    """There is a picture, no error, and the link holds the values that the controls show."""
    chrome.settle(page)
    assert page.locator(CHART).count() and page.locator(chrome.ERRORS).count() == 0
    shown = page.evaluate(
        "() => [...document.querySelectorAll('cv-number')].map(c => [c.path, c.value])"
    )
    for path, value in shown:
        told = parameter(page, path.partition(".")[2])
        assert told is None or float(told) == pytest.approx(value), path


def worker(server: chrome.Server) -> int:
    """The number of the server's worker process."""
    for _ in range(200):
        for task in Path(f"/proc/{server.process.pid}/task").iterdir():
            if children := (task / "children").read_text().split():
                return int(children[0])
        time.sleep(0.1)
    raise AssertionError("there is no worker process")


@given(SEEDS)
@often(1, 60)
def test_any_changes_over_all_labs_in_one_browser_leave_a_page_that_stands(
    visit: Any, seed: int
) -> None:
    rng = random.Random(seed)
    page = visit("lab=one")
    for _ in range(3):
        kind = rng.choice(LABS)
        page.evaluate(
            "lab => { history.pushState({}, '', '?lab=' + lab);"
            " dispatchEvent(new PopStateEvent('popstate')); }",
            kind.key,
        )
        page.locator(f"cv-number:has(input[id^='number-{kind.key}.'])").first.wait_for()
        chrome.settle(page)
        for _ in range(3):
            numbers = page.locator("[data-testid=stSidebar] cv-number input[type=range]").all()
            rng.choice([n for n in numbers if n.is_visible()]).focus()
            for _ in range(rng.randint(1, 3)):
                page.keyboard.press(rng.choice(KEYS))
            page.wait_for_timeout(rng.choice([0, 100, 600]))
        stands(page)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_training_whose_process_ends_comes_all_the_same(
    chromium: Any, end: signal.Signals
) -> None:
    with chrome.server() as app:
        page = chrome.open_page(chromium, f"{app.url}/?lab=network&seed=41&steps=2000")
        press(page, "ArrowRight")
        page.get_by_text("Computing …").wait_for(timeout=30_000)
        os.kill(worker(app), end)
        page.wait_for_function(
            "() => new URLSearchParams(location.search).get('seed') === '42'", timeout=90_000
        )
        stands(page)
        page.context.close()
        assert not LOGGED.search(app.stop())


def test_what_is_changed_while_the_server_does_not_answer_is_there_when_it_does(
    chromium: Any,
) -> None:
    with chrome.server() as app:
        page = chrome.open_page(chromium, f"{app.url}/?lab=one&eta=0.3")
        other = chrome.open_page(chromium, f"{app.url}/?lab=one&eta=0.2")
        number = chrome.slider(page, "step size η")
        number.focus()
        for away in (
            lambda yes: app.process.send_signal(signal.SIGSTOP if yes else signal.SIGCONT),
            page.context.set_offline,
        ):
            away(True)
            for _ in range(3):
                page.keyboard.press("ArrowRight")
                page.wait_for_timeout(500)
            wanted = float(number.get_attribute("aria-valuetext"))
            away(False)
            page.wait_for_function(
                "eta => Number(new URLSearchParams(location.search).get('eta')) === eta",
                arg=wanted, timeout=60_000,
            )  # fmt: skip
            stands(page)
        assert parameter(other, "eta") == "0.2", "another tab is not concerned"
        for each in (page, other):
            each.context.close()
        assert not LOGGED.search(app.stop())


def test_a_large_file_is_taken_where_the_disk_is_full(chromium: Any) -> None:
    import resource  # which Windows has not

    rows = "a,b,y\n" + "".join(f"{i % 13}.5,{i * i % 7}.5,{i % 5}.25\n" for i in range(99_000))
    assert len(rows) > 2**20
    with chrome.server() as app:
        page = chrome.open_page(
            chromium, f"{app.url}/?lab=many&problem=data&problem.table=your+CSV"
        )
        resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE, (2**16, resource.RLIM_INFINITY))
        page.locator("input[type=file]").set_input_files(
            {"name": "large.csv", "mimeType": "text/csv", "buffer": rows.encode()}
        )
        page.get_by_text("99,000 rows; y from 2 features").first.wait_for(timeout=60_000)
        stands(page)
        assert page.faults == []
        page.context.close()
        assert not LOGGED.search(app.stop())

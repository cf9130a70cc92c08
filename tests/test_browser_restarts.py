"""The server is started anew while a hand moves a number, in a real Chromium: nothing is lost."""

from __future__ import annotations

import random
import signal
import threading
from typing import Any

from hypothesis import given

from convcore.knobs import Range, knobs
from convcore.labs import ManyWeights, OneWeight, RoughGround, TaylorAndNewton
from tests.draw import SEEDS, often
from tests.test_browser import chrome

LIVE = (OneWeight, ManyWeights, TaylorAndNewton, RoughGround)
# Seconds after the end of a server until a number is touched: the next may long be there.
LATEST = 9.0


@given(SEEDS)
@often(2, 20)
def test_a_number_that_is_touched_while_the_server_is_started_anew_keeps_its_value(
    chromium: Any, seed: int
) -> None:
    rng = random.Random(seed)
    kind = rng.choice(LIVE)
    eta = knobs(kind)["eta"]
    assert isinstance(eta, Range)
    first, started = chrome.Server(), list[Any]()
    page = chrome.open_page(chromium, f"{first.url}/?lab={kind.key}")
    try:
        number = chrome.slider(page, eta.label)
        number.focus()
        before = number.get_attribute("aria-valuetext")
        first.process.send_signal(rng.choice([signal.SIGTERM, signal.SIGKILL]))
        first.stop()
        again = threading.Thread(target=lambda: started.append(chrome.Server(port=first.port)))
        again.start()
        page.wait_for_timeout(1000 * rng.uniform(0, LATEST))
        for _ in range(rng.randint(1, 3)):
            page.keyboard.press("ArrowRight")
        # While Streamlit's own dialog says that no server answers, nothing can be touched.
        while number.get_attribute("aria-valuetext") == before:
            page.wait_for_timeout(100)
            number.focus()
            page.keyboard.press("ArrowRight")
        wanted = number.get_attribute("aria-valuetext")
        again.join()
        page.wait_for_function(
            "value => Number(new URLSearchParams(location.search).get('eta')) === Number(value)",
            arg=wanted, timeout=60_000,
        )  # fmt: skip
        chrome.settle(page)
        assert number.get_attribute("aria-valuetext") == wanted
        assert page.locator(chrome.ERRORS).count() == 0
        number.focus()
        page.keyboard.press("ArrowLeft")  # and the page lives
        chrome.settle(page)
        page.wait_for_function(
            "value => Number(new URLSearchParams(location.search).get('eta')) !== Number(value)",
            arg=wanted, timeout=60_000,
        )  # fmt: skip
    finally:
        page.context.close()
        first.stop()
        for server in started:
            server.stop()

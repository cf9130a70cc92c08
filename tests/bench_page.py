"""What a change of a control costs in a real browser, and what opening the page does.

Beside each lab stand the floor, an app of one slider and one line chart under the same settings, and the
plain way, the lab without anything that this project does for speed (`tests/plain.py`).
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from convcore.labs import LABS
from tests import browser

FLOOR = """
import altair as alt
import pandas as pd
import streamlit as st

slope = st.slider("slope", 0.0, 10.0, 1.0, 0.1)
frame = pd.DataFrame({"x": range(20), "y": [slope * x for x in range(20)]})
st.altair_chart(alt.Chart(frame).mark_line().encode(x="x", y="y"))
"""
# Labs that compute every change anew, each with a step size from which twenty presses of a key lead through
# all regimes. What a heavy one computes is taken as held.
LIGHT = {"one": 0.05, "newton": 0.05, "many": 0.02}
SLOW = 6  # presses where each may take seconds, there and back again
FEW = 2  # presses the plain way, where each does
PLAINLY = ", plainly"
PLAIN = str(Path(__file__).with_name("plain.py"))
AHEAD = 15  # seconds until the process beside the server has run what it runs before it is asked
COLD = 3  # times that each app is started


@contextmanager
def floor_script() -> Iterator[str]:
    """The smallest app, in a file."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "floor.py")
        script.write_text(FLOOR)
        yield str(script)


def changes(rounds: int, presses: int) -> None:
    """Key press on a slider to the last chart painted: the floor, each lab, each the plain way.

    The server's CPU is that for a change: less what it takes in as long while nobody asks for anything.
    """
    with ExitStack() as stack:
        script = stack.enter_context(floor_script())
        app, floor, plain = (
            stack.enter_context(browser.server(path)) for path in ("app.py", script, PLAIN)
        )
        chromium = browser.launch(stack.enter_context(sync_playwright()))
        browser.open_page(chromium, app.url).context.close()
        time.sleep(AHEAD)
        subjects: dict[str, tuple[browser.Server, str]] = {"floor": (floor, "")}
        for kind in LABS:
            subjects[kind.key] = (app, f"?lab={kind.key}")
            subjects[kind.key + PLAINLY] = (plain, f"?lab={kind.key}")
        rows: dict[str, list[dict[str, float]]] = {name: [] for name in subjects}
        cpu: dict[str, list[float]] = {name: [] for name in subjects}
        for turn in range(rounds):
            for name, (server, link) in subjects.items():
                # Results are kept over all visitors, hence another number of steps in each turn.
                anew = f"&steps={40 + turn}&eta={LIGHT[name]}" if name in LIGHT else ""
                at = browser.open_page(chromium, f"{server.url}/{link}{anew}")
                browser.settle(at, 800)  # until it has told its width
                if server is plain:
                    warm = keys = there_and_back(FEW)
                elif name in LIGHT or name == "floor":
                    keys = ["ArrowRight"] * presses
                    warm = keys[:2]
                else:
                    warm = keys = there_and_back(SLOW)
                press(at, warm)
                idle = server.cpu_per_second()
                before, begun = server.cpu(), time.monotonic()
                rows[name] += press(at, keys)
                besides = idle * (time.monotonic() - begun)
                cpu[name].append((server.cpu() - before - besides) / len(keys))
                at.context.close()
                rest(server)
        chromium.close()
    middle = {name: statistics.median(row["latency"] for row in rows[name]) for name in rows}
    print(
        "a slider's change     median ms   p95 ms   × floor   × plain   bytes  built  server CPU ms"
    )
    for name, measured in rows.items():
        print(
            f"  {name:<20}{middle[name]:9.0f}"
            f"{np.percentile([row['latency'] for row in measured], 95):9.0f}"
            f"{middle[name] / middle['floor']:10.2f}"
            f"{middle[name] / middle.get(name + PLAINLY, np.nan):10.2f}"
            f"{statistics.median(row['bytes'] for row in measured):8.0f}"
            f"{statistics.mean(row['built'] for row in measured):7.2f}"
            f"{statistics.median(cpu[name]):15.1f}"
        )


def there_and_back(times: int) -> list[str]:
    """Keys that move a slider away and back to where it was."""
    return ["ArrowRight"] * (times // 2) + ["ArrowLeft"] * (times // 2)


def rest(server: browser.Server) -> None:
    """Wait until a server has ended what it was asked for, which else would slow down what is next."""
    for _ in range(60):
        if server.cpu_per_second() < 100:
            return


def press(at: Any, keys: list[str]) -> list[dict[str, float]]:
    """Press keys on the page's step size."""
    # The step size where there is one: every lab's picture depends on it.
    sliders = at.locator("[data-testid=stSlider]")
    eta = sliders.filter(has_text="step size η")
    (eta if eta.count() else sliders).first.locator("input[type=range]").focus()
    rows = []
    for key in keys:
        at.evaluate("seen.reset()")
        at.keyboard.press(key)
        at.wait_for_function("seen.painted !== null", polling=20, timeout=60_000)
        browser.settle(at)
        rows.append(
            at.evaluate(
                "({latency: seen.painted - seen.key, bytes: seen.inBytes, built: seen.built})"
            )
        )
    return rows


def opening() -> None:
    """From the start of the server to the first picture in a fresh browser, and a reload after it."""
    with floor_script() as script, sync_playwright() as pw:
        chromium = browser.launch(pw)
        cold: dict[str, list[float]] = {"floor": [], "app": []}
        warm: dict[str, list[float]] = {"floor": [], "app": []}
        for _ in range(COLD):
            for name, path in (("floor", script), ("app", "app.py")):
                begun = time.perf_counter()
                with browser.server(path) as server:
                    at = first_picture(chromium, server.url)
                    cold[name].append(time.perf_counter() - begun)
                    browser.wait_idle(at)
                    begun = time.perf_counter()
                    at.reload()
                    at.wait_for_selector(PICTURE, timeout=60_000)
                    warm[name].append(time.perf_counter() - begun)
                    at.context.close()
        chromium.close()
    print("\nto the first picture       floor s    app s    × floor")
    for name, taken in (("cold start", cold), ("reload", warm)):
        least, ours = (statistics.median(taken[key]) for key in ("floor", "app"))
        print(f"  {name:<20}{least:12.2f}{ours:9.2f}{ours / least:11.2f}")


PICTURE = "[data-testid=stVegaLiteChart] :is(svg, canvas)"


def first_picture(chromium: Browser, url: str) -> Any:
    """A page of a new visitor once its first chart stands."""
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(browser.WATCH)
    page.goto(url)
    page.wait_for_selector(PICTURE, timeout=60_000)
    return page

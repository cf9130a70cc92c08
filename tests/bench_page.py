"""What a change of a control costs in a real browser, and what opening the page does.

Each lab takes turns with another app, key for key: with the floor, an app of one
slider and one line chart under the same settings, or with another checkout of this app. A round's number is
the median of its presses, a lab's that of its rounds, and each line is printed once its lab was measured.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import browser

FLOOR = """
import altair as alt
import pandas as pd
import streamlit as st

slope = st.slider("slope", 0.0, 10.0, 1.0, 0.1)
frame = pd.DataFrame({"x": range(20), "y": [slope * x for x in range(20)]})
st.altair_chart(alt.Chart(frame).mark_line().encode(x="x", y="y"))
"""

ON = ("ArrowRight",)
FORTH_AND_BACK = ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft")


@dataclass(frozen=True)
class Case:
    """A number of a lab that the server answers, and what it may cost.

    link: where it is tried. key, pictures: the most that a press to the last chart painted, and the time
    between two pictures while it is dragged, may be of the floor's press. cpu: ms of the server, at most.
    keys: a light lab computes each change afresh; another goes back and forth between kept results.
    """

    label: str
    link: str
    key: float
    pictures: float
    cpu: float = math.inf
    keys: tuple[str, ...] = FORTH_AND_BACK


CASES = {
    "one": Case("stop at error τ", "lab=one", 1.4, 1.5, 15, ON),
    "many": Case("momentum β", "lab=many", 1.55, 1.5, 15, ON),
    "newton": Case("damping", "lab=newton&relative=0.05", 1.6, 2, 15, ON),
    "rough": Case("step size η₀", "lab=rough&second=none&steps=60", 2, 3),
    "perceptron": Case("step size η", "lab=perceptron&second=none&epochs=60", 2, 3),
    "network": Case("step size η", "lab=network&hidden=5&steps=150", 2, 3),
}
# The step size of labs whose charts have a closed form; the keys lead through all regimes.
ANSWERED_HERE = {
    "one": Case("step size η", "lab=one&eta=0.05", math.inf, math.inf, keys=ON),
    "many": Case("step size η", "lab=many&eta=0.02", math.inf, math.inf, keys=ON),
}
LAST = 2.0  # times the floor's press until the last value of a drag is on the screen, at most
# ms from a move of η to the picture that the browser draws itself: the median, and 95 of 100, at most.
DRAWN, LATE = 33, 50
QUIET = 200  # ms in which nothing may come or be drawn before the next key is pressed
RESTING = 100  # a server that takes fewer ms of CPU a second has ended what it was asked for
STARTS = 3  # times that each app is started

# Seconds, to say beforehand how long it takes: a press until nothing moves any more; opening a lab on both
# sides and trying its keys; starting and reloading an app. On two cores with nothing else to do.
PRESS, LAB, START = 0.45, 8, 12

say = partial(print, flush=True)


@dataclass
class Side:
    """One of two apps that take turns: its page of the lab at hand, and what each round measured.

    number: the label of the slider that is moved, "" for the first. idle: ms of processor time a second
    that the server takes while nobody asks for anything.
    """

    server: browser.Server
    page: Page
    keys: Iterator[str]
    number: str = ""
    idle: float = 0.0
    rounds: list[dict[str, float]] = field(default_factory=list)

    def press(self) -> dict[str, float]:
        """The next key on the page's number.

        ms from the key to the last chart painted, and to the first; bytes; charts built; the server's CPU.
        """
        sliders = self.page.get_by_role("slider")
        (browser.slider(self.page, self.number) if self.number else sliders).first.focus()
        self.page.evaluate("seen.reset()")
        before, begun = self.server.cpu(), time.monotonic()
        self.page.keyboard.press(next(self.keys))
        self.page.wait_for_function("seen.painted !== null", polling=20, timeout=60_000)
        browser.settle(self.page, QUIET)
        cpu = self.server.cpu() - before - self.idle * (time.monotonic() - begun)
        row: dict[str, float] = self.page.evaluate(
            "({ms: seen.painted - seen.key, first: seen.paints[0] - seen.key, bytes: seen.inBytes, "
            "built: seen.built})"
        )
        return {**row, "cpu": cpu}

    def median(self, name: str) -> float:
        """The middle one of the rounds."""
        return statistics.median(row[name] for row in self.rounds)


def ratios(ours: Side, theirs: Side, name: str) -> list[float]:
    """Ours / theirs, round by round, sorted."""
    both = zip(ours.rounds, theirs.rounds, strict=True)
    return sorted(a[name] / b[name] for a, b in both)


def changes(rounds: int, presses: int) -> None:
    """Each lab beside the floor, and the floor itself."""
    seconds = (len(CASES) + len(ANSWERED_HERE)) * (LAB + 2 * PRESS * rounds * presses)
    say(
        f"About {seconds:.0f} s. A key on a number that the server answers, median of {rounds} rounds;"
    )
    say(
        "floor: an app of one slider and one chart, in turns with each lab. In brackets the most allowed."
    )
    say("                      ms   floor ms   × floor           bytes   built   server CPU ms")
    with floor_script() as script, two_apps("app.py", script) as two:
        for name, case in CASES.items():
            ours, floor = in_turns(two, case, rounds, presses)
            cpu = f" ({case.cpu:g})" if case.cpu < math.inf else ""
            say(
                f"  {name:<12}{ours.median('ms'):10.0f}{floor.median('ms'):11.0f}"
                f"{statistics.median(ratios(ours, floor, 'ms')):10.2f} ({case.key:g})"
                f"{ours.median('bytes'):14.0f}{ours.median('built'):8.2f}{ours.median('cpu'):13.1f}{cpu}"
            )
        for name, case in ANSWERED_HERE.items():
            ours, _ = in_turns(two, case, rounds, presses)
            say(
                f"  {name} η, drawn by the browser: {ours.median('first'):.0f} ms to its picture ({DRAWN})"
            )


def against(other: Path, rounds: int, presses: int) -> None:
    """Each lab beside the same lab of another checkout, served by its own code."""
    seconds = len(CASES) * (LAB + 2 * PRESS * rounds * presses)
    say(f"About {seconds:.0f} s. A number's change here and in the other checkout, in turns:")
    say(
        f"medians of {rounds} rounds, and of their ratios here / other (the least and the largest)."
    )
    say("                 ms   other         ratio           server CPU ms   other         ratio")

    def ratio(ours: Side, theirs: Side, name: str) -> str:
        found = ratios(ours, theirs, name)
        return f"{statistics.median(found):.2f} ({found[0]:.2f} to {found[-1]:.2f})"

    with two_apps(browser.ROOT, other) as two:
        for name, case in CASES.items():
            ours, theirs = in_turns(two, case, rounds, presses)
            say(
                f"  {name:<12}{ours.median('ms'):5.0f}{theirs.median('ms'):8.0f}"
                f"   {ratio(ours, theirs, 'ms'):<22}"
                f"{ours.median('cpu'):14.1f}{theirs.median('cpu'):8.1f}   {ratio(ours, theirs, 'cpu')}"
            )


@contextmanager
def floor_script() -> Iterator[str]:
    """The smallest app, in a file."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "floor.py")
        script.write_text(FLOOR)
        yield str(script)


@dataclass(frozen=True)
class Two:
    """Two apps that run, each with a browser that has been to it.

    One browser each, as Chromium takes its time over what a page paints while another is in front of it.
    """

    apps: tuple[browser.Server, browser.Server]
    visitors: tuple[BrowserContext, BrowserContext]

    def rest(self) -> list[float]:
        """Wait until both have ended what they were asked for; what each takes per second from then on."""
        for _ in range(60):
            before, begun = [app.cpu() for app in self.apps], time.monotonic()
            time.sleep(1)
            elapsed = time.monotonic() - begun
            idle = [(app.cpu() - a) / elapsed for app, a in zip(self.apps, before, strict=True)]
            if max(idle) < RESTING:
                break
        return idle


@contextmanager
def two_apps(here: str | Path, there: str | Path) -> Iterator[Two]:
    """Serve two apps, each a script or the folder of a checkout."""
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(
                browser.server(root=app) if isinstance(app, Path) else browser.server(app)
            )
            for app in (here, there)
        )
        started = stack.enter_context(sync_playwright())
        visitors = []
        for app in (first, second):
            chromium = browser.launch(started)
            stack.callback(chromium.close)
            visitors.append(browser.context(chromium))
            browser.open_in(visitors[-1], app.url).close()
        two = Two((first, second), (visitors[0], visitors[1]))
        two.rest()
        yield two


def in_turns(two: Two, case: Case, rounds: int, presses: int) -> tuple[Side, Side]:
    """A lab's number on both sides, measured in turns; of an app without labs its first slider."""
    sides = []
    for app, visitor in zip(two.apps, two.visitors, strict=True):
        page = browser.open_in(visitor, f"{app.url}/?{case.link}")
        known = page.locator(".st-key-more").count()
        if known:
            browser.open_more(page)
        sides.append(Side(app, page, cycle(case.keys), case.label if known else ""))
        for _ in FORTH_AND_BACK:
            sides[-1].press()
    for side, idle in zip(sides, two.rest(), strict=True):
        side.idle = idle
    for _ in range(rounds):
        rows: tuple[list[dict[str, float]], ...] = ([], [])
        for i in range(presses):
            # Who goes first changes from press to press.
            for j in (0, 1) if i % 2 else (1, 0):
                rows[j].append(sides[j].press())
        for side, row in zip(sides, rows, strict=True):
            middles = {name: statistics.median(one[name] for one in row) for name in row[0]}
            side.rounds.append(middles)
    for side in sides:
        side.page.close()
    return sides[0], sides[1]


def opening() -> None:
    """From the start of the server to the first picture in a fresh browser, and a reload after it."""
    say(f"\nAbout {2 * START * STARTS:.0f} s.")
    say(f"to the first picture   floor s   app s   × floor   (medians of {STARTS}, in turns)")
    with floor_script() as script, sync_playwright() as pw:
        chromium = browser.launch(pw)
        cold: dict[str, list[float]] = {script: [], "app.py": []}
        warm: dict[str, list[float]] = {script: [], "app.py": []}
        for _ in range(STARTS):
            for path in cold:
                begun = time.perf_counter()
                with browser.server(path) as server:
                    at = first_picture(chromium, server.url)
                    cold[path].append(time.perf_counter() - begun)
                    browser.wait_idle(at)
                    begun = time.perf_counter()
                    at.reload()
                    at.wait_for_selector(PICTURE, timeout=60_000)
                    warm[path].append(time.perf_counter() - begun)
                    at.context.close()
        chromium.close()
    for name, taken in (("cold start", cold), ("reload", warm)):
        floor, ours = (statistics.median(times) for times in taken.values())
        say(f"  {name:<18}{floor:12.2f}{ours:8.2f}{ours / floor:10.2f}")


PICTURE = "[data-testid=stVegaLiteChart] :is(svg, canvas)"


def first_picture(chromium: Browser, url: str) -> Page:
    """A page of a new visitor once its first chart is there."""
    page = browser.context(chromium).new_page()
    page.add_init_script(browser.WATCH)
    page.goto(url)
    page.wait_for_selector(PICTURE, timeout=60_000)
    return page

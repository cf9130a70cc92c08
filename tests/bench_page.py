"""What a change of a control costs in a real browser, and what opening the page does.

Each lab takes turns with another app, key for key: with the floor, an app of one
slider and one line chart under the same settings, or with another checkout of this app. A round's number is
the median of its presses, a lab's that of its rounds, and each line is printed once its lab was measured.
"""

from __future__ import annotations

import math
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, pairwise
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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
# Labs that compute each change afresh, each with a step size from which twenty presses of a key lead
# through all regimes. A heavy one goes back and forth between values whose results are kept.
LIGHT = {"one": 0.05, "newton": 0.05, "many": 0.02}
FORTH_AND_BACK = ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"]
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

    idle: ms of processor time a second that the server takes while nobody asks for anything.
    """

    server: browser.Server
    page: Page
    keys: Iterator[str]
    idle: float = 0.0
    rounds: list[dict[str, float]] = field(default_factory=list)

    def press(self) -> dict[str, float]:
        """The next key on the page's step size, or else on its first slider.

        ms from the key to the last chart painted; bytes; charts built; ms of the server's CPU.
        """
        eta = self.page.get_by_role("slider", name="step size η")
        (eta if eta.count() else self.page.get_by_role("slider")).first.focus()
        self.page.evaluate("seen.reset()")
        before, begun = self.server.cpu(), time.monotonic()
        self.page.keyboard.press(next(self.keys))
        self.page.wait_for_function("seen.painted !== null", polling=20, timeout=60_000)
        browser.settle(self.page, QUIET)
        cpu = self.server.cpu() - before - self.idle * (time.monotonic() - begun)
        row: dict[str, float] = self.page.evaluate(
            "({ms: seen.painted - seen.key, bytes: seen.inBytes, built: seen.built})"
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
    seconds = len(LABS) * (LAB + 2 * PRESS * rounds * presses)
    say(f"About {seconds:.0f} s. A slider's change, median of {rounds} rounds;")
    say("floor: an app of one slider and one chart, in turns with each lab.")
    say("                      ms   floor ms   × floor     bytes   built   server CPU ms")

    def line(name: str, side: Side, floor: Side) -> None:
        say(
            f"  {name:<12}{side.median('ms'):10.0f}{floor.median('ms'):11.0f}"
            f"{statistics.median(ratios(side, floor, 'ms')):10.2f}"
            f"{side.median('bytes'):10.0f}{side.median('built'):8.2f}{side.median('cpu'):16.1f}"
        )

    with floor_script() as script, two_apps("app.py", script) as two:
        for kind in LABS:
            line(kind.key, *in_turns(two, kind.key, rounds, presses))


def against(other: Path, rounds: int, presses: int) -> None:
    """Each lab beside the same lab of another checkout, served by its own code."""
    seconds = len(LABS) * (LAB + 2 * PRESS * rounds * presses)
    say(f"About {seconds:.0f} s. A slider's change here and in the other checkout, in turns:")
    say(
        f"medians of {rounds} rounds, and of their ratios here / other (the least and the largest)."
    )
    say("                 ms   other         ratio           server CPU ms   other         ratio")

    def ratio(ours: Side, theirs: Side, name: str) -> str:
        found = ratios(ours, theirs, name)
        return f"{statistics.median(found):.2f} ({found[0]:.2f} to {found[-1]:.2f})"

    with two_apps(browser.ROOT, other) as two:
        for kind in LABS:
            ours, theirs = in_turns(two, kind.key, rounds, presses)
            say(
                f"  {kind.key:<12}{ours.median('ms'):5.0f}{theirs.median('ms'):8.0f}"
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


def in_turns(two: Two, kind: str, rounds: int, presses: int) -> tuple[Side, Side]:
    """A lab on both sides, measured in turns; an app that knows no labs ignores which."""
    eta = f"&eta={LIGHT[kind]}" if kind in LIGHT else ""
    sides = []
    for app, visitor in zip(two.apps, two.visitors, strict=True):
        page = browser.open_in(visitor, f"{app.url}/?lab={kind}{eta}")
        sides.append(Side(app, page, cycle(["ArrowRight"] if eta else FORTH_AND_BACK)))
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


DRAG = 2.0  # seconds that a number is dragged
FRAME = 1 / 60


def drag(page: Page, label: str) -> dict[str, list[float]]:
    """Drag a number to and fro; when it moved and when charts were painted, in ms."""
    track = page.get_by_role("slider", name=label, exact=True)
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box is not None
    y, begun, turn = box["y"] + box["height"] / 2, time.monotonic(), 0
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.evaluate("seen.reset()")
    while time.monotonic() - begun < DRAG:
        turn += 1
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.2 * math.sin(turn / 15)), y)
        time.sleep(FRAME)
    seen: dict[str, list[float]] = page.evaluate("({moves: seen.moves, paints: seen.paints})")
    page.mouse.up()
    return seen


# Of each lab a number that the server answers.
ANSWERED = {"one": "stop at error τ", "many": "momentum β", "newton": "damping"}


def dragging(rounds: int) -> None:
    """How soon pictures follow a number that is dragged, with the server and while it is stopped."""
    seconds = 4 * LAB + len(ANSWERED) * (LAB + rounds * (DRAG + 2 + 5 * PRESS))
    say(f"\nAbout {seconds:.0f} s. A number dragged for {DRAG:g} s")
    say(f"(medians of {rounds} rounds in turns with the floor's key)")
    with floor_script() as script, two_apps("app.py", script) as two:
        app = two.apps[0]
        for kind in ("one", "many"):
            page = browser.open_in(two.visitors[0], f"{app.url}/?lab={kind}")
            for stopped in (False, True):
                if stopped:
                    app.process.send_signal(signal.SIGSTOP)
                try:
                    seen = drag(page, "step size η")
                finally:
                    app.process.send_signal(signal.SIGCONT)
                browser.settle(page)
                after = sorted(
                    next(p for p in seen["paints"] if p >= move) - move
                    for move in seen["moves"]
                    if move <= seen["paints"][-1]
                )
                say(
                    f"  {kind} η, server {'stopped' if stopped else 'running'}: {len(after)} moves, "
                    f"painted after {statistics.median(after):.0f} ms (95 %: "
                    f"{after[int(0.95 * len(after))]:.0f})"
                )
            page.close()
        for kind, label in ANSWERED.items():
            page = browser.open_in(two.visitors[0], f"{app.url}/?lab={kind}")
            browser.open_more(page)
            floor = Side(
                two.apps[1],
                browser.open_in(two.visitors[1], two.apps[1].url),
                cycle(FORTH_AND_BACK),
            )
            gaps, keys = [], []
            for _ in range(rounds):
                paints = drag(page, label)["paints"]
                browser.settle(page)
                gaps.append(statistics.median(b - a for a, b in pairwise(paints)))
                keys.append(statistics.median(floor.press()["ms"] for _ in range(5)))
            gap, key = statistics.median(gaps), statistics.median(keys)
            ratio = statistics.median(a / b for a, b in zip(gaps, keys, strict=True))
            say(
                f"  {kind} {label}: {gap:.0f} ms between pictures, {ratio:.2f} × the floor's {key:.0f} ms"
            )
            floor.page.close()
            page.close()


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

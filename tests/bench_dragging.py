"""How soon pictures follow a number that is dragged: in the browser alone, and by the server."""

from __future__ import annotations

import math
import signal
import statistics
import time
from dataclasses import dataclass
from itertools import cycle, pairwise

from playwright.sync_api import Page

from tests import browser
from tests.bench_page import (
    ANSWERED_HERE,
    CASES,
    DRAWN,
    FORTH_AND_BACK,
    LAB,
    LAST,
    LATE,
    PRESS,
    Case,
    Side,
    Two,
    floor_script,
    say,
    two_apps,
)

DRAG = 2.0  # seconds that a number is dragged
FRAME = 1 / 60


@dataclass(frozen=True)
class Drag:
    """When a number moved while it was dragged, when charts were painted (ms), and how many were built.

    rested: when it was let go; None if it is held still.
    """

    moves: list[float]
    rested: float | None
    paints: list[float]
    built: int

    def after(self) -> list[float]:
        """From each move to the next paint, sorted; a move after the last paint is not told."""
        return sorted(
            next(p for p in self.paints if p >= move) - move
            for move in self.moves
            if move <= self.paints[-1]
        )

    @property
    def gap(self) -> float:
        """Between two pictures while the hand moves; the whole time if there are not two."""
        held = [paint for paint in self.paints if paint <= self.moves[-1]]
        return statistics.median(b - a for a, b in pairwise(held)) if len(held) > 1 else 1000 * DRAG

    @property
    def last(self) -> float:
        """From when it was let go until all is painted."""
        assert self.rested is not None
        return max(0.0, self.paints[-1] - self.rested)


def drag(page: Page, label: str, rests: bool = True) -> Drag:
    """Drag a number to and fro. rests: whether to wait until the server has answered the hand at rest."""
    track = browser.slider(page, label)
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
    if rests:
        page.mouse.up()
        browser.settle(page)
    seen = page.evaluate(
        "(({moves, rested, paints, built}) => ({moves, rested, paints, built}))(seen)"
    )
    page.mouse.up()
    return Drag(**seen)


def dragging(rounds: int) -> None:
    """How soon pictures follow a number that is dragged, with the server and while it is stopped."""
    seconds = 4 * LAB + len(CASES) * (LAB + rounds * (DRAG + 2 + 5 * PRESS))
    say(f"\nAbout {seconds:.0f} s. A number dragged for {DRAG:g} s; in brackets the most allowed")
    with floor_script() as script, two_apps("app.py", script) as two:
        for name, case in ANSWERED_HERE.items():
            _drawn_here(two, name, case)
        say(f"(medians of {rounds} rounds in turns with the floor's key)")
        for name, case in CASES.items():
            _answered(two, name, case, rounds)


def _drawn_here(two: Two, name: str, case: Case) -> None:
    app = two.apps[0]
    page = browser.open_in(two.visitors[0], f"{app.url}/?lab={name}")
    for stopped in (False, True):
        if stopped:
            app.process.send_signal(signal.SIGSTOP)
        try:
            seen = drag(page, case.label, rests=False)
        finally:
            app.process.send_signal(signal.SIGCONT)
        browser.settle(page)
        after = seen.after()
        say(
            f"  {name} η, server {'stopped' if stopped else 'running'}: {len(after)} moves, painted after "
            f"{statistics.median(after):.0f} ms ({DRAWN}), 95 of 100 within "
            f"{after[int(0.95 * len(after))]:.0f} ms ({LATE})"
        )
    page.close()


def _answered(two: Two, name: str, case: Case, rounds: int) -> None:
    page = browser.open_in(two.visitors[0], f"{two.apps[0].url}/?{case.link}")
    browser.open_more(page)
    floor = Side(
        two.apps[1], browser.open_in(two.visitors[1], two.apps[1].url), cycle(FORTH_AND_BACK)
    )
    drags, keys = [], []
    for _ in range(rounds):
        drags.append(drag(page, case.label))
        keys.append(statistics.median(floor.press()["ms"] for _ in range(5)))
    gap, last = (
        statistics.median(getattr(seen, what) / key for seen, key in zip(drags, keys, strict=True))
        for what in ("gap", "last")
    )
    say(
        f"  {name} {case.label}: {statistics.median(seen.gap for seen in drags):.0f} ms between pictures, "
        f"{gap:.2f} × the floor's {statistics.median(keys):.0f} ms ({case.pictures:g}); "
        f"the last after {statistics.median(seen.last for seen in drags):.0f} ms, {last:.2f} × ({LAST:g}); "
        f"{sum(seen.built for seen in drags)} charts built (0)"
    )
    floor.page.close()
    page.close()

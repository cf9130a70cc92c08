"""`python -m tests.load`: many visitors on real websockets, who move controls in all labs.

Each visitor is a websocket that speaks Streamlit's protocol: it opens a lab, then changes a slider at
each turn and waits until the rerun has ended. Waves of visitors come and go, so that memory shows whether
those who left are forgotten. `--hour`: instead one visitor who stays, and makes as many changes without
a pause as an hour holds at one in two seconds. Bounded in time and count, on 127.0.0.1 only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from tests import browser

LIGHT = ("one", "newton", "many")
HEAVY = ("rough", "network")
POINTS = "perceptron"
PATIENCE = 60  # seconds for one rerun
ARRIVAL = 5  # seconds within which a class opens the page
STAY = 20  # changes until a visitor who stays opens another lab
FILLING = 60  # changes in each of the labs whose results are kept for long, at first
ALL = ("Pss:",)
# Without the pages of files, such as libraries: how many of them count hangs on who else uses them.
OWN = "Pss_Anon:", "Pss_Shmem:"
ROOM = 8  # MiB by which memory may grow from the second quarter of an hour to the last


@dataclass
class Visitor:
    """One open page: the widgets that it was sent, their values, and how long each rerun took."""

    lab: str
    rng: random.Random
    sliders: dict[str, Any] = field(default_factory=dict)  # what each was sent
    fragments: dict[str, str] = field(default_factory=dict)  # the part of the page of each widget
    moved: dict[str, float] = field(default_factory=dict)  # where each slider was moved to
    told: int = 0  # how often any was
    values: dict[str, str] = field(default_factory=dict)  # the state of each widget
    opening: float = 0.0  # seconds until the page stood
    times: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    viewport: str = ""  # the widget that tells the width
    rest: str = ""  # the widget that tells that the hand rests

    async def stay(self, url: str, turns: int, pause: float, start: float) -> None:
        """Come after `start` seconds, change a control `turns` times, `pause` seconds apart, and go."""
        await asyncio.sleep(start)
        try:
            async with self.opened(url) as page:
                took = 0.0
                for _ in range(turns):
                    await asyncio.sleep(max(0.0, pause * self.rng.uniform(0.8, 1.2) - took))
                    began = time.perf_counter()
                    moved = self.rng.choice(sorted(self.sliders))
                    self.bytes.append(await self.move(page, moved))
                    took = time.perf_counter() - began
                    self.times.append(took)
        except (OSError, TimeoutError, RuntimeError) as error:
            self.errors.append(repr(error))

    @contextlib.asynccontextmanager
    async def opened(self, url: str) -> AsyncIterator[ClientConnection]:
        """The page, once it stands."""
        address = url.replace("http", "ws") + "/_stcore/stream"
        async with connect(address, subprotocols=["streamlit"], max_size=None) as page:  # type: ignore[list-item]
            came = time.perf_counter()
            await self._rerun(page)
            await self._rerun(page)  # tells the page's width, as a browser does
            self.opening = time.perf_counter() - came
            yield page

    async def go(self, page: ClientConnection, lab: str) -> None:
        """Follow a link to another lab, whose sliders take the place of those that there were."""
        self.lab = lab
        self.sliders.clear()
        self.fragments.clear()
        self.values = {k: v for k, v in self.values.items() if k == self.viewport}
        await self._rerun(page)

    async def move(self, page: ClientConnection, key: str) -> int:
        """Another value of a number, anywhere between its ends, and its words; the bytes that they took."""
        sent = self.sliders[key]
        if sent["log"]:
            value = sent["low"] * (sent["high"] / sent["low"]) ** self.rng.random()
        else:
            steps = round((sent["high"] - sent["low"]) / sent["step"])
            value = round(sent["low"] + self.rng.randint(0, steps) * sent["step"], 9)
        self.moved[key] = value
        return sum([await self.tell(page, key, at_rest) for at_rest in (False, True)])

    async def tell(self, page: ClientConnection, key: str, at_rest: bool) -> int:
        """Send where a number is, as the browser does while it moves or when the hand rests."""
        self.told += 1
        if at_rest:
            key = self.rest
            self.values[key] = json.dumps({"count": self.told})
        else:
            self.values[key] = json.dumps({"value": [self.moved[key], self.told]})
        return await self._rerun(page, self.fragments[key])

    async def _rerun(self, page: ClientConnection, fragment: str = "") -> int:
        """Ask for a rerun with the present values and read until it has ended; the bytes it took."""
        asks = BackMsg()
        asks.rerun_script.query_string = f"lab={self.lab}"
        asks.rerun_script.fragment_id = fragment
        for key, value in self.values.items():
            state = asks.rerun_script.widget_states.widgets.add(id=key)
            state.json_value = value
        await page.send(asks.SerializeToString())
        size = 0
        async with asyncio.timeout(PATIENCE):
            async for data in page:
                size += len(data)
                told = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
                if told.WhichOneof("type") == "delta":
                    self._see(told.delta)
                elif (
                    told.WhichOneof("type") == "script_finished"
                    # which is what a number of a heavy lab does before the pictures are run alone
                    and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
                ):
                    return size
        raise RuntimeError("the server closed the page")

    def _see(self, delta: Any) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "bidi_component":
            shown = element.bidi_component
            if shown.component_name == "viewport":
                self.viewport = shown.id
                self.values[self.viewport] = '{"width": 880}'
            elif shown.component_name == "rest":
                self.rest = shown.id
                self.fragments[shown.id] = delta.fragment_id
            elif shown.component_name == "number":
                self.sliders[shown.id] = json.loads(shown.json)
                self.fragments[shown.id] = delta.fragment_id
        elif kind == "exception":
            self.errors.append(element.exception.message)


def memory(pid: int, parts: tuple[str, ...] = ALL) -> float:
    """Memory of a process and of those that it started in MiB, what they share counted once (Linux)."""
    pids = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        # A thread may just have ended.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            pids += map(int, (task / "children").read_text().split())
    return sum(_part_of_memory(one, parts) for one in pids)


def _part_of_memory(pid: int, parts: tuple[str, ...]) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(x.split()[1]) for x in lines if x.startswith(parts)) / 1024


async def wave(url: str, visitors: list[Visitor], turns: int, pause: float, pid: int) -> float:
    """All visitors, who come within ARRIVAL seconds; the largest memory seen meanwhile."""
    peak = 0.0

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, memory(pid))
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    starts = [visitor.rng.uniform(0, ARRIVAL) for visitor in visitors]
    await asyncio.gather(
        *(v.stay(url, turns, pause, start) for v, start in zip(visitors, starts, strict=True))
    )
    watching.cancel()
    return peak


def told(name: str, visitors: list[Visitor]) -> None:
    """One line on how long reruns took."""
    times = sorted(1000 * t for visitor in visitors for t in visitor.times)
    if not times:
        return
    p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
    size = statistics.median(b for visitor in visitors for b in visitor.bytes) / 1000
    opened = 1000 * statistics.median(visitor.opening for visitor in visitors)
    print(
        f"  {name:8s} opened in {opened:6.0f} ms; {len(times):5d} reruns: "
        f"p50 {statistics.median(times):6.0f} ms, p95 {p95:6.0f} ms, longest {times[-1]:6.0f} ms; "
        f"{size:5.1f} kB each"
    )


async def load(light: int, heavy: int, turns: int, pause: float, waves: int) -> int:
    """Waves of visitors in the light labs while others run heavy work; the number of errors."""
    with browser.server() as app:
        pid = app.process.pid
        first = Visitor(LIGHT[0], random.Random(0))
        await first.stay(app.url, 1, pause, 0.0)
        errors = len(first.errors)
        print(f"a fresh server's first visitor: opened in {first.opening:.1f} s")
        for number in range(waves):
            crowd = [
                Visitor(LIGHT[i % len(LIGHT)], random.Random(1000 * number + i))
                for i in range(light)
            ]
            workers = [
                Visitor(HEAVY[i % len(HEAVY)], random.Random(7000 + 1000 * number + i))
                for i in range(heavy)
            ]
            others = [Visitor(POINTS, random.Random(9000 + number))]
            everybody = [*crowd, *workers, *others]
            began = time.perf_counter()
            peak = await wave(app.url, everybody, turns, pause, pid)
            print(
                f"wave {number + 1}: {len(everybody)} visitors, {time.perf_counter() - began:.0f} s"
            )
            told("light", crowd)
            told("heavy", workers)
            told("points", others)
            found = [line for visitor in everybody for line in visitor.errors]
            errors += len(found)
            for line in found[:5]:
                print("  error:", line)
            await asyncio.sleep(3)
            print(f"  memory: {peak:.0f} MiB at the peak, {memory(pid):.0f} MiB after they left")
    return errors


async def hour(changes: int) -> int:
    """One visitor's changes in all labs, every fifteenth time a heavy one; the number of complaints."""
    rng = random.Random(0)
    visitor, seen = Visitor(LIGHT[0], rng), list[float]()
    with browser.server() as app:
        began = time.perf_counter()
        async with visitor.opened(app.url) as page:
            turn = stay = 0
            while turn < changes:
                # All labs come early, the dear ones for long: what a process loads once is no growth, nor
                # what fills its memories, which hold so many results and no more.
                first = stay < 3
                dear = (*HEAVY, POINTS)[(stay if first else stay // 15) % 3]
                heavy = first or stay % 15 == 14
                await visitor.go(page, dear if heavy else LIGHT[stay % len(LIGHT)])
                for _ in range(FILLING if first else STAY):
                    await visitor.move(page, rng.choice(sorted(visitor.sliders)))
                    turn += 1
                    if turn % 5 == 0:
                        seen.append(memory(app.process.pid, OWN))
                stay += 1
        took = time.perf_counter() - began
    quarters = [
        statistics.median(seen[i * len(seen) // 4 : (i + 1) * len(seen) // 4]) for i in range(4)
    ]
    print(f"{turn} changes in {took:.0f} s; {len(visitor.errors)} errors; MiB in each quarter: "
          + ", ".join(f"{x:.0f}" for x in quarters))  # fmt: skip
    for line in visitor.errors[:5]:
        print("  error:", line)
    return len(visitor.errors) + (quarters[3] > quarters[1] + ROOM)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--light", type=int, default=30, help="visitors in the light labs")
    parser.add_argument("--heavy", type=int, default=2, help="visitors who run heavy work")
    parser.add_argument("--turns", type=int, default=15, help="changes that each visitor makes")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds from change to change")
    parser.add_argument("--waves", type=int, default=3, help="times that all come and leave")
    parser.add_argument("--hour", action="store_true", help="one visitor who stays, instead")
    parser.add_argument("--changes", type=int, default=1800, help="that the one who stays makes")
    asked = parser.parse_args()
    if asked.hour:
        raise SystemExit(min(1, asyncio.run(hour(min(max(asked.changes, 100), 5000)))))
    bounded = (min(asked.light, 200), min(asked.heavy, 8), min(asked.turns, 200))
    raise SystemExit(min(1, asyncio.run(load(*bounded, asked.pause, min(asked.waves, 10)))))


if __name__ == "__main__":
    main()

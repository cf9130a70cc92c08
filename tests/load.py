"""`python -m tests.load`: many visitors on real websockets, who move controls in all labs.

Each visitor is a websocket that speaks Streamlit's protocol: it opens a lab, then changes a slider at
each turn and waits until the rerun has ended; who drags moves it ten times a second. Waves of visitors come
and go, so that memory shows whether those who left are forgotten. `--hour`: instead one visitor who stays,
and makes as many changes without a pause as an hour holds at one in two seconds. `--uploads`: instead as
many who bring a file of 5 MB each, move numbers and leave, five times. Bounded in time and count, on
127.0.0.1 only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from convcore.datasets import MAX_BYTES
from tests import browser
from tests.visitor import Visitor

LIGHT = ("one", "newton", "many")
HEAVY = ("rough", "network")
POINTS = "perceptron"
OWN_FILE = "many&problem=data&problem.table=your+CSV"
ARRIVAL = 5  # seconds within which a class opens the page
STAY = 20  # changes until a visitor who stays opens another lab
FILLING = 60  # changes in each of the labs whose results are kept for long, at first
ALL = ("Pss:",)
# Without the pages of files, such as libraries: how many of them count hangs on who else uses them.
OWN = "Pss_Anon:", "Pss_Shmem:"
FORGOTTEN = 150  # seconds after which Streamlit forgets a visitor who left, who might come back
WAVES = 5  # times that all files are brought: what is kept of them differs by some MiB from time to time
ROOM = 8  # MiB by which memory may grow: in the last half of an hour; over any of the waves before the last


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


def used(pids: Sequence[int]) -> float:
    """Seconds of processor time that these processes have used, without what they started (Linux)."""
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)


async def wave(
    url: str, visitors: list[Visitor], turns: int, pause: float, pids: Sequence[int]
) -> float:
    """All visitors, who come within ARRIVAL seconds; the largest memory seen meanwhile."""
    peak = 0.0

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, sum(map(memory, pids)))
            await asyncio.sleep(1.0)

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


@dataclass(frozen=True)
class Crowd:
    """How many come, in how many waves, and what they do; see the options of the command line."""

    light: int
    dragging: int
    heavy: int
    turns: int
    pause: float
    waves: int

    async def visit(self, url: str, pids: Sequence[int]) -> int:
        """Waves of visitors in the light labs while others run heavy work; the number of errors.

        pids: of the servers.
        """
        first = Visitor(LIGHT[0], random.Random(0))
        await first.stay(url, 1, self.pause, 0.0)
        errors = len(first.errors)
        print(f"a fresh server's first visitor: opened in {first.opening:.1f} s")
        for number in range(self.waves):
            errors += await self._wave(url, pids, number)
        return errors

    async def _wave(self, url: str, pids: Sequence[int], number: int) -> int:
        crowd = [
            Visitor(
                LIGHT[i % len(LIGHT)], random.Random(1000 * number + i), drags=i < self.dragging
            )
            for i in range(self.light)
        ]
        workers = [
            Visitor(HEAVY[i % len(HEAVY)], random.Random(7000 + 1000 * number + i))
            for i in range(self.heavy)
        ]
        others = [Visitor(POINTS, random.Random(9000 + number))] * bool(self.heavy)
        everybody = [*crowd, *workers, *others]
        began, cpu = time.perf_counter(), used(pids)
        peak = await wave(url, everybody, self.turns, self.pause, pids)
        took, cpu = time.perf_counter() - began, used(pids) - cpu
        reruns = sum(len(visitor.times) for visitor in everybody)
        print(
            f"wave {number + 1}: {len(everybody)} visitors, {took:.0f} s; "
            f"{1000 * cpu / reruns:.1f} ms of processor time for each of {reruns} reruns, pages included"
        )
        told("light", crowd)
        told("heavy", workers)
        told("points", others)
        found = [line for visitor in everybody for line in visitor.errors]
        for line in found[:5]:
            print("  error:", line)
        await asyncio.sleep(3)
        left = sum(map(memory, pids))
        print(f"  memory: {peak:.0f} MiB at the peak, {left:.0f} MiB after they left")
        return len(found)


async def load(crowd: Crowd) -> int:
    """Let them visit a server of their own; the number of errors."""
    with browser.server() as app:
        return await crowd.visit(app.url, [app.process.pid])


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


def table(seed: int) -> bytes:
    """A table of 5 MB."""
    rng, rows = random.Random(seed), ["a,b,c,d,e,f,g,h,y"]
    line = len(",".join(["0.12345678"] * 9)) + 1
    for _ in range(MAX_BYTES // line - 1):
        rows.append(",".join(f"{rng.random():.8f}" for _ in range(9)))
    return "\n".join(rows).encode()


async def uploads(count: int) -> int:
    """Visitors who bring a large file each, one after the other, and leave; the number of complaints."""
    errors, left, peak, times = list[str](), list[float](), 0.0, list[float]()
    with browser.server() as app:
        for turn in range(WAVES * count):
            visitor = Visitor(OWN_FILE, random.Random(turn))
            async with visitor.opened(app.url) as page:
                began = time.perf_counter()
                await visitor.upload(app.url, page, f"{turn}.csv", table(turn))
                times.append(time.perf_counter() - began)
                for _ in range(3):
                    await visitor.move(page, visitor.rng.choice(sorted(visitor.sliders)))
                peak = max(peak, memory(app.process.pid))
            errors += visitor.errors
            if (turn + 1) % count == 0:
                await asyncio.sleep(FORGOTTEN)
                left.append(memory(app.process.pid, OWN))
    print(
        f"{WAVES} times {count} files of {MAX_BYTES / 1e6:.0f} MB, each read and shown in "
        f"{statistics.median(times):.1f} s; {len(errors)} errors; {peak:.0f} MiB at the peak; after each "
        + "time: " + ", ".join(f"{x:.0f}" for x in left) + " MiB of its own"
    )  # fmt: skip
    for line in errors[:5]:
        print("  error:", line)
    return len(errors) + (left[-1] > max(left[:-1]) + ROOM)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--light", type=int, default=30, help="visitors in the light labs")
    parser.add_argument("--dragging", type=int, default=0, help="of them, who drag all the time")
    parser.add_argument("--heavy", type=int, default=2, help="visitors who run heavy work")
    parser.add_argument("--turns", type=int, default=15, help="changes that each visitor makes")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds from change to change")
    parser.add_argument("--waves", type=int, default=3, help="times that all come and leave")
    parser.add_argument("--hour", action="store_true", help="one visitor who stays, instead")
    parser.add_argument("--uploads", type=int, help="visitors who bring a large file, instead")
    parser.add_argument("--changes", type=int, default=1800, help="that the one who stays makes")
    asked = parser.parse_args()
    if asked.hour:
        raise SystemExit(min(1, asyncio.run(hour(min(max(asked.changes, 100), 5000)))))
    if asked.uploads:
        raise SystemExit(min(1, asyncio.run(uploads(min(asked.uploads, 50)))))
    crowd = Crowd(
        min(asked.light, 200), min(asked.dragging, asked.light), min(asked.heavy, 8),
        min(asked.turns, 200), asked.pause, min(asked.waves, 10),
    )  # fmt: skip
    raise SystemExit(min(1, asyncio.run(load(crowd))))


if __name__ == "__main__":
    main()

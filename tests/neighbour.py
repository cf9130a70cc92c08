"""`python -m tests.neighbour`: whether what one visitor does makes another wait.

A light visitor in a process of its own moves a number without a pause; beside it come links, files and
formulas such as nobody should make, one after the other, drawn anew at each run. The neighbour's longest
rerun during each may be half a second longer than its longest without; the worst are printed, with the
seed that draws them again. No page may show an error, nor the log have one. On 127.0.0.1 only.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from websockets.exceptions import ConnectionClosed

from convcore.datasets import MAX_BYTES
from convcore.knobs import OneOf, Range, Several, Variant, Whole, knobs
from convcore.labs import LABS
from tests import browser
from tests.visitor import Visitor

MORE = 0.5  # seconds by which a rerun may take longer than the longest without anybody else
ALONE = 15.0  # seconds in which the neighbour is alone, before and afterwards
STAY = 12.0  # seconds after which a visitor whose page does not stand leaves
WORST = 8  # that are printed
NONSENSE = (
    "", "-1e308", "nan", "∞", "a~b!c", "%00", "w**9" * 40, "!" * 60_000, "~" * 20_000, "x" * 100_000,
    "1" * 5000, "(" * 3000, "[" * 20_000, "|" * 30_000, "</script>" * 5000, "\u202e" * 9000, "1," * 40_000,
)  # fmt: skip
FILES = (
    "many&problem=data&problem.table=your+CSV",
    "perceptron&data=csv",
    "network&data=table&data.table=your+CSV",
    "many&problem=typed",
)


class Guest(NamedTuple):
    """What a visitor brings: a link, and a file or none."""

    link: str
    file: bytes = b""


def _value(rng: random.Random, knob: Any, owner: Any) -> str:
    """A value of a control as a link has it: the dearest ones, and such as are none."""
    if rng.random() < 0.1:
        return rng.choice(NONSENSE)
    match knob:
        case Range():
            low, high = knob.bounds if rng.random() < 0.3 else (knob.low, knob.high)
            x = rng.choice([low, high, high, rng.uniform(knob.low, knob.high)])
            return knob.write(int(x) if isinstance(knob, Whole) else x)
        case Variant():
            return rng.choice([key for key, _ in knob.kinds])
        case Several():
            options = list(knob.choices(owner))
            return "|".join(map(str, rng.sample(options, rng.randint(0, len(options)))))
        case OneOf():
            return str(rng.choice(list(knob.choices(owner)) or [""]))
        case _:
            return rng.choice(NONSENSE)


def a_link(rng: random.Random) -> Guest:
    """A link to a lab with some of its controls at their ends or beyond, and pins."""
    kind = rng.choice(LABS)
    params, owners = {"lab": kind.key}, [("", kind)]
    for prefix, owner in owners:
        for name, knob in knobs(owner).items():
            if rng.random() < 0.6:
                params[prefix + name] = text = _value(rng, knob, owner())
                owners += [(f"{prefix}{name}.", dict(knob.kinds)[text])] if (
                    isinstance(knob, Variant) and text in dict(knob.kinds)
                ) else []  # fmt: skip
    if rng.random() < 0.3:
        pin = "~".join(["p", kind.key, *(x for pair in params.items() for x in pair)])
        params["pins"] = rng.choice([*NONSENSE, "!".join([pin] * rng.randint(1, 40))])
    for other, text in (
        ("claim", "8"),
        ("exercise", "7"),
        ("lesson", "1," * 3000),
        ("view", "chart"),
    ):
        if rng.random() < 0.05:
            params[other] = text
    return Guest(urlencode(params)[4:])


def a_formula(rng: random.Random) -> Guest:
    """A long formula, of one weight or two, in Newton's lab or on rough ground."""
    other = rng.choice("xy")
    calls = ("sin", "cos", "exp", "tanh", "log", "sqrt", "abs", "atan", "sigmoid", "cosh")

    def term(deep: int) -> str:
        leaf = f"{rng.randint(1, 99)}{rng.choice('x' + other)}"
        if not deep or rng.random() < 0.2:
            return leaf
        kind = rng.random()
        if kind < 0.6:
            return f"{rng.choice(calls)}({term(deep - 1)})"
        if kind < 0.8:
            return f"({term(deep - 1)})^{rng.choice(['2', '3', '9', '-1', '0.5', '40', leaf])}"
        return f"({term(deep - 1)}){rng.choice('+-*/')}({term(deep - 1)})"

    text, most = f"x^2+{other}^2", rng.randint(40, 500)
    while len(text) < most:
        text += rng.choice("+-*") + term(rng.randint(1, 6))
    lab = rng.choice(
        ["newton&order=6&steps=100", "rough&steps=1000", "rough&second=none&method=bfgs"]
    )
    return Guest(f"{lab}&ground=formula&ground.text={quote(text[:most])}")


def a_file(rng: random.Random) -> Guest:
    """A file that is hard to read: large, ragged, wide, of odd cells, or of no table at all."""
    rows = rng.choice([3, 50, 2000, 30_000, 100_000, 400_000])
    columns = rng.choice([1, 2, 5, 40, 200, 3000])
    cells = (
        lambda: f"{rng.gauss(0, 1):.5f}", lambda: str(rng.randint(0, 9)), lambda: f"{rng.random()}",
        lambda: rng.choice(["", "NA", "1,5", "2.000,5", "1e400", "€ 5", "12 %", "yes", "no"]),
        lambda: f"2024-01-{rng.randint(1, 31)}", lambda: "word" * rng.randint(1, 5),
        lambda: '"' + rng.choice(["a\nb", ",", '""', ""]) + rng.choice(['"', ""]),
        lambda: "9" * rng.randint(1, 400),
    )  # fmt: skip
    kinds = [rng.choice(cells) for _ in range(min(columns, 8))]
    mark = rng.choice(",;\t| ")
    # A block that is repeated: what is read is as long, and it is drawn soon.
    block = "".join(
        mark.join(kinds[i % len(kinds)]() for i in range(columns)) + "\n"
        for _ in range(min(rows, 40))
    )
    head = mark.join(f"c{i}" for i in range(columns)) + "\n" if rng.random() < 0.7 else ""
    plain = rng.choice(["(", "[[", "1 ", "\n", "'", "\ufffd", "x", "a=b;", "\\frac{1}{2}&", "%% "])
    times = min(rows // 40, MAX_BYTES // len(block)) + 1
    whole = head + block * times if rng.random() < 0.8 else plain * (MAX_BYTES // len(plain))
    return Guest(rng.choice(FILES), whole.encode()[:MAX_BYTES].decode(errors="ignore").encode())


KINDS: dict[str, Callable[[random.Random], Guest]] = {
    "links": a_link, "files": a_file, "formulas": a_formula,
}  # fmt: skip


def neighbour(url: str, told: Connection) -> None:
    """Move a number without a pause, and tell when each rerun began and ended, until nobody listens."""

    async def moves() -> None:
        visitor = Visitor("one", random.Random(0))
        async with visitor.opened(url) as page:
            (number,) = (key for key in visitor.sliders if "one.eta" in key)
            while True:
                began = time.monotonic()
                await visitor.move(page, number)
                told.send((began, time.monotonic()))
                await asyncio.sleep(0.02)

    with suppress(BrokenPipeError, ConnectionClosed):
        asyncio.run(moves())


async def visit(url: str, guest: Guest, seed: int) -> list[str]:
    """Come, bring the file, move a number, and go; what went wrong on the page."""
    visitor = Visitor(guest.link, random.Random(seed))
    with suppress(TimeoutError):
        async with asyncio.timeout(STAY), visitor.opened(url) as page:
            if guest.file and visitor.uploader:
                await visitor.upload(url, page, "guest.csv", guest.file)
            if visitor.sliders:
                await visitor.move(page, visitor.rng.choice(sorted(visitor.sliders)))
    return visitor.errors


def heard(told: Connection) -> Iterator[tuple[float, float]]:
    """The reruns that the neighbour has told of since."""
    while told.poll():
        yield told.recv()


def longest(reruns: list[tuple[float, float]], began: float, ended: float) -> float:
    """The longest of the reruns that took place at some moment of this time."""
    return max((end - start for start, end in reruns if end > began and start < ended), default=0.0)


class Wait(NamedTuple):
    """How long the neighbour's longest rerun took beside a guest, and what the guest was."""

    seconds: float
    kind: str
    number: int

    def guest(self) -> Guest:
        """Drawn again."""
        return KINDS[self.kind](random.Random(f"{self.kind} {self.number}"))


def measure(guests: list[Wait]) -> tuple[list[Wait], list[str]]:
    """The waits beside these guests that are too long, and what went wrong on their pages."""
    errors, found = list[str](), list[Wait]()
    with browser.server() as app:
        mine, its = multiprocessing.Pipe(duplex=False)
        beside = multiprocessing.get_context("spawn").Process(
            target=neighbour, args=(app.url, its), daemon=True
        )
        beside.start()
        mine.poll(60)
        time.sleep(ALONE)
        alone = max(end - start for start, end in list(heard(mine))[1:])
        for guest in guests:
            began = time.monotonic()
            errors += asyncio.run(visit(app.url, guest.guest(), guest.number))
            wait = longest(list(heard(mine)), began, time.monotonic())
            found.append(guest._replace(seconds=wait))
        time.sleep(ALONE)
        alone = max(alone, *(end - start for start, end in list(heard(mine))[1:]))
        beside.terminate()
        printed = app.stop()
        errors += [printed[printed.index("Traceback") :][:2000]] if "Traceback" in printed else []
    print(f"the longest rerun alone took {alone:.2f} s; beside {len(found)} guests:")
    for wait in sorted(found, reverse=True)[:WORST]:
        print(f"  {wait.seconds:.2f} s, {wait.kind} {wait.number}: {wait.guest().link[:120]}")
    return [wait for wait in found if wait.seconds > alone + MORE], errors


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=300)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--formulas", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    guests = [
        Wait(0.0, kind, asked.seed + i)
        for kind in KINDS
        for i in range(min(max(getattr(asked, kind), 0), 2000))
    ]
    long, errors = measure(guests)
    # Others who use the machine make somebody wait, too, but not twice beside the same guest.
    for guest in long:
        again, _ = measure([guest])
        errors += [f"{x.seconds:.2f} s beside {x.kind} {x.number}" for x in again]
    for line in errors[:20]:
        print("error:", line)
    raise SystemExit(min(1, len(errors)))


if __name__ == "__main__":
    main()

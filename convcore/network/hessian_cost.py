"""What a Hessian costs: numbers and operations counted, times measured on this machine, and both
extended to networks that no machine holds (SCIENCE D 13).

Counts are for a multilayer perceptron of n weights and a batch of N points: a layer's product of two
matrices takes 2N operations for each of its weights. Forward and back make 6Nn; a Hessian-vector
product adds 12Nn, so it costs two gradients. They leave out activations, which are fewer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from convcore.arrays import Array
from convcore.network import Network

BYTES = 8  # of one number
MEMORY = 10  # pairs that L-BFGS keeps
PRODUCTS = 20  # that CG takes for one step of Newton or Gauss–Newton, and Lanczos for λ_max
AGAIN = 13  # calls of what is too short for the clock
BATCH = 20  # points in the batch that is measured


@dataclass(frozen=True)
class Cost:
    """One thing to compute: numbers stored, and operations."""

    name: str
    numbers: float
    operations: float

    @property
    def bytes(self) -> float:
        """Of storage, in double precision."""
        return BYTES * self.numbers

    def words(self) -> str:
        """Such as "8 TB; 3.3·10¹⁷"."""
        return f"{format_bytes(self.bytes)}; {_power(self.operations)}"


def count_costs(n: float, batch: float = BATCH) -> tuple[Cost, ...]:
    """The cost of a gradient, of what second-order methods do instead of a Hessian, and of it.

    n: weights; batch: points N. A gradient takes 6Nn operations, a product with its own gradient three
    times that (Pearlmutter 1994), and a full Hessian's n products share one gradient.
    L-BFGS: 4mn operations besides the gradient, 2mn numbers (Nocedal 1980). CG-Newton and Lanczos: 20
    products, 4 and 20 vectors. Gauss–Newton's products leave out a third.
    """
    gradient = 6 * batch * n
    product = 2 * gradient
    return (
        Cost("gradient", n, gradient),
        Cost("Hessian·vector", 2 * n, gradient + product),
        Cost("L-BFGS step", 2 * MEMORY * n, gradient + 4 * MEMORY * n),
        Cost("Gauss–Newton step", 4 * n, gradient + PRODUCTS * 8 * batch * n),
        Cost("CG-Newton step", 4 * n, gradient + PRODUCTS * product),
        Cost("λ_max (Lanczos)", PRODUCTS * n, gradient + PRODUCTS * product),
        Cost("full Hessian", n * n, gradient + n * product),
        Cost("Newton's solve", n * n, n**3 / 3),
    )


def format_bytes(count: float) -> str:
    """Bytes (≥ 0) as one says them, in powers of 1000: 80 GB, 8 TB, 8·10²⁴ bytes are 8 YB."""
    for unit in ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB"):
        if count < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} YB"


def _power(x: float) -> str:
    exponent = int(np.floor(np.log10(x)))
    mantissa = f"{x / 10.0**exponent:.1f}".removesuffix(".0")
    return f"{mantissa}·10{str(exponent).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


@dataclass(frozen=True, eq=False)
class Timings:
    """Seconds (S,) of each work on this machine for networks of n (S,) weights: the least of a few tries.

    gradient and product: of one call; hessian: of all n products; solve: of one n × n system.
    """

    n: Array
    gradient: Array
    product: Array
    hessian: Array
    solve: Array

    def extrapolate(self, name: str, n: Array) -> Array:
        """Seconds that n (...) weights would take at the speed of the largest that was measured.

        name: "gradient", "product", "hessian" or "solve", else KeyError. Speed is operations a second,
        so this is what the counts say; memory that is not there does not slow it down.
        """
        power = {"gradient": 1, "product": 1, "hessian": 2, "solve": 3}[name]
        seconds: Array = getattr(self, name)
        return np.asarray(seconds[-1] * (n / self.n[-1]) ** power)


def measure(widths: tuple[int, ...] = (8, 14, 20, 29, 37), tries: int = 3) -> Timings:
    """Time a tanh network 1–h–h–1 on 20 points, for each width h: gradient, products, Hessian, solve.

    A product is timed by itself, gradient included. The solve is of the Hessian made positive definite.
    S = len(widths); tries: of each work, of which the least counts, as other work only adds.
    """
    x = np.linspace(-1, 1, BATCH)[:, None]
    n, rows = [], []
    for h in widths:
        net = Network(x, x**2, (h, h))
        w = net.initial(0)
        v = np.ones(net.n)
        H = net.hessian(w)
        definite = H + (1 + np.abs(H).sum(axis=0).max()) * np.eye(net.n)
        works = (
            (partial(net.gradient, w), AGAIN),
            (partial(net.hessian_product, w, v), AGAIN),
            (partial(net.hessian, w), 1),
            (partial(np.linalg.solve, definite, v), 1),
        )
        n.append(net.n)
        rows.append([_least(work, tries, again) for work, again in works])
    return Timings(np.array(n, dtype=float), *np.array(rows).T)


def _least(work: Callable[[], object], tries: int, again: int) -> float:
    """Seconds of one call: the least mean of `again` calls, over some tries."""
    best = np.inf
    for _ in range(tries):
        start = time.perf_counter()
        for _ in range(again):
            work()
        best = min(best, (time.perf_counter() - start) / again)
    return best


@lru_cache(maxsize=1)
def measured_here() -> Timings:
    """The timings of this machine, measured once for as long as the process lives."""
    return measure()

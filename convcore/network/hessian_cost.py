"""The cost of a Hessian: storage and operations counted, times measured on this machine, and both
extrapolated to networks too large for any machine (SCIENCE D 13).

Counts are for a multilayer perceptron of n weights and a batch of N points: the matrix product of a
layer takes 2N operations for each of its weights. Forward and backward pass take 6Nn; a Hessian-vector
product adds 12Nn, the cost of two gradients. Activations take far fewer and are not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from convcore.arrays import Array
from convcore.network import Network

BYTES = 8  # per number
MEMORY = 10  # pairs that L-BFGS keeps
PRODUCTS = 20  # by CG for one step of Newton or Gauss–Newton, and by Lanczos for λₘₐₓ
CALLS = 13  # of functions too short for the clock
BATCH = 20  # points in the measured batch


@dataclass(frozen=True)
class Cost:
    """The cost of one computation: numbers stored, and operations."""

    name: str
    numbers: float
    operations: float

    @property
    def bytes(self) -> float:
        """Storage in double precision."""
        return BYTES * self.numbers

    def words(self) -> str:
        """Storage and operations as text, such as "8 TB; 3.3·10¹⁷"."""
        return f"{format_bytes(self.bytes)}; {_power(self.operations)}"


def count_costs(n: float, batch: float = BATCH) -> tuple[Cost, ...]:
    """The cost of a gradient, of the alternatives to a Hessian in second-order methods, and of a Hessian.

    n: weights; batch: points N. A gradient takes 6Nn operations, a product including its gradient three
    times that (Pearlmutter 1994); the n products of a full Hessian share one gradient.
    L-BFGS: the gradient and 4mn operations, 2mn numbers (Nocedal 1980). CG-Newton and Lanczos: 20
    products, 4 and 20 vectors. A Gauss–Newton product takes a third less.
    """
    gradient = 6 * batch * n
    product = 2 * gradient
    return (
        Cost("gradient", n, gradient),
        Cost("Hessian·vector", 2 * n, gradient + product),
        Cost("L-BFGS step", 2 * MEMORY * n, gradient + 4 * MEMORY * n),
        Cost("Gauss–Newton step", 4 * n, gradient + PRODUCTS * 8 * batch * n),
        Cost("CG-Newton step", 4 * n, gradient + PRODUCTS * product),
        Cost("λₘₐₓ (Lanczos)", PRODUCTS * n, gradient + PRODUCTS * product),
        Cost("full Hessian", n * n, gradient + n * product),
        Cost("Newton's solve", n * n, n**3 / 3),
    )


def hessian_in_gradients(net: Network) -> float:
    """How many gradients of a network cost as much as its Hessian and solving with it, by the counts."""
    costs = {cost.name: cost.operations for cost in count_costs(net.n, len(net.inputs))}
    return (costs["full Hessian"] + costs["Newton's solve"]) / costs["gradient"]


def format_bytes(count: float) -> str:
    """Bytes (≥ 0) in units of powers of 1000: "80 GB", "8 TB", "8 YB" for 8·10²⁴."""
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
    """Seconds (S,) on this machine for networks of n (S,) weights: the fastest of a few tries.

    gradient and product: one call; hessian: all n products; solve: one n × n system.
    """

    n: Array
    gradient: Array
    product: Array
    hessian: Array
    solve: Array

    def extrapolate(self, name: str, n: Array) -> Array:
        """Seconds for n (...) weights at the speed of the largest measured network.

        name: "gradient", "product", "hessian" or "solve", else KeyError. Speed is operations per second,
        so time grows as the counts do; running out of memory is not considered.
        """
        power = {"gradient": 1, "product": 1, "hessian": 2, "solve": 3}[name]
        seconds: Array = getattr(self, name)
        return np.asarray(seconds[-1] * (n / self.n[-1]) ** power)


def measure(widths: tuple[int, ...] = (8, 14, 20, 29, 37), tries: int = 3) -> Timings:
    """Time a tanh network 1–h–h–1 on 20 points, for each width h: gradient, products, Hessian, solve.

    A product is timed alone, including its gradient. The solve is with the Hessian, shifted to be
    positive definite. S = len(widths); tries: the fastest counts, as other processes only add time.
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
            (partial(net.gradient, w), CALLS),
            (partial(net.hessian_product, w, v), CALLS),
            (partial(net.hessian, w), 1),
            (partial(np.linalg.solve, definite, v), 1),
        )
        n.append(net.n)
        rows.append([_seconds_per_call(work, tries, calls) for work, calls in works])
    return Timings(np.array(n, dtype=float), *np.array(rows).T)


def _seconds_per_call(work: Callable[[], object], tries: int, calls: int) -> float:
    """Seconds per call: the smallest mean of `calls` calls over some tries."""
    best = np.inf
    for _ in range(tries):
        start = time.perf_counter()
        for _ in range(calls):
            work()
        best = min(best, (time.perf_counter() - start) / calls)
    return best


@lru_cache(maxsize=1)
def measured_here() -> Timings:
    """The timings on this machine, measured once per process."""
    return measure()

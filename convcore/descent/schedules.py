"""Learning-rate schedules: the shape f_k of ηₖ = η₀·f_k.

A schedule is a pure function of the step k and independent of η₀, so that one schedule serves a
thousand step sizes at once. Only `DropOnPlateau` looks at the loss; all others are open-loop.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np

from convcore.arrays import Array
from convcore.knobs import Range, Whole
from convcore.setting import Setting

MOST = (1, 10**9)  # limits of a number of steps in a schedule
SEEN = 16  # 2^SEEN terms of a schedule are summed where their sum is not known
FALLS = 0.9  # what each block of terms must be of the one before for the sum to be finite: j^−1.15


class Schedule(Setting):
    """The factors f_0, f_1, … that multiply the initial step size η₀, for one or many runs.

    Every class in `SCHEDULES` has a label of its own: tests/test_schedules.py names what is missing.
    """

    label: ClassVar[str] = ""  # its name on the page
    open_loop: ClassVar[bool] = False  # whether it is known beforehand

    @abstractmethod
    def start(self, loss: Array) -> Any:
        """The memory before the first step; `loss` (...) is E(w_0) of each run."""

    @abstractmethod
    def next(self, k: int, loss: Array, memory: Any) -> tuple[Array, Any]:
        """f_k, a scalar or (...), and the new memory; `loss` (...) is E(wₖ) of each run."""

    @abstractmethod
    def remaining(self, k: int) -> float:
        """Σ f_j over j ≥ k: how far, in units of η₀·gradient, a run can still travel."""


class OpenLoop(Schedule):
    """A schedule that depends on the step alone, so that it is known in advance.

    One of your own needs `factor` only.
    """

    open_loop = True

    @abstractmethod
    def factor(self, k: Array) -> Array:
        """f_k at steps k (...), counted from 0."""

    def factors(self, steps: int) -> Array:
        """f_0 … f_(steps−1), shape (steps,)."""
        return self.factor(np.arange(steps, dtype=float))

    def start(self, loss: Array) -> None:
        return None

    def next(self, k: int, loss: Array, memory: None) -> tuple[Array, None]:
        return self.factor(np.asarray(float(k))), None

    def remaining(self, k: int) -> float:
        """Σ |f_j| over j ≥ k, from its first terms; inf where these do not show that it is finite.

        Blocks of terms are summed, each twice as long as the one before: if they fall like j^−p, each is
        2^(1−p) times the one before (Cauchy's condensation test).
        """
        ends = k + np.concatenate([[0], 2.0 ** np.arange(4, SEEN + 1)])
        terms = np.abs(self.factor(np.arange(k, ends[-1])))
        blocks = np.add.reduceat(terms, (ends[:-1] - k).astype(int))
        last, before = blocks[-1], blocks[-4:-1]
        if last == 0:
            return float(blocks.sum())
        ratio = float((blocks[-3:] / before).max()) if before.all() else math.inf
        return float(blocks.sum() + last * ratio / (1 - ratio)) if ratio < FALLS else math.inf


def _check(schedule: Schedule, name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        kind = type(schedule).__name__
        raise ValueError(f"`{kind}({name}=...)` must be in [{low:g}, {high:g}]; got {value}.")


@dataclass(frozen=True)
class Constant(OpenLoop):
    """ηₖ = η₀. Σ ηₖ grows without limit."""

    label = "constant"

    def factor(self, k: Array) -> Array:
        return np.ones_like(k)

    def remaining(self, k: int) -> float:
        return math.inf


@dataclass(frozen=True)
class LinearDecay(OpenLoop):
    """ηₖ = η₀/(k+1). Σ ηₖ grows without limit, like log k (Robbins and Monro 1951)."""

    label = "linear decay η₀/(k+1)"

    def factor(self, k: Array) -> Array:
        return 1 / (k + 1)

    def remaining(self, k: int) -> float:
        return math.inf


@dataclass(frozen=True)
class QuadraticDecay(OpenLoop):
    """ηₖ = η₀/(k+1)². Σ ηₖ = η₀·π²/6: the run can freeze short of the optimum."""

    label = "quadratic decay η₀/(k+1)²"

    def factor(self, k: Array) -> Array:
        return 1 / (k + 1) ** 2

    def remaining(self, k: int) -> float:
        # Σ_{j>k} 1/j² by the Euler–Maclaurin formula from j = k + 16, where five terms give 1e-12.
        head = sum(1 / (j + 1) ** 2 for j in range(k, k + 16))
        m = k + 17.0
        return head + 1 / m + 1 / (2 * m**2) + 1 / (6 * m**3) - 1 / (30 * m**5) + 1 / (42 * m**7)


@dataclass(frozen=True)
class ExponentialDecay(OpenLoop):
    """ηₖ = η₀·e^(−βk). Σ ηₖ = η₀/(1 − e^(−β)): the run can freeze short of the optimum."""

    beta: Annotated[
        float,
        Range("decay β", "ηₖ = η₀·e^(−βk): β per step", 0.001, 2.0, 0.001, True, (0.0, 700.0)),
    ] = 0.1
    label = "exponential decay"

    def __post_init__(self) -> None:
        _check(self, "beta", self.beta, 0.0, 700.0)

    def factor(self, k: Array) -> Array:
        return np.asarray(np.exp(-self.beta * k))

    def remaining(self, k: int) -> float:
        if self.beta == 0:
            return math.inf
        return math.exp(-min(self.beta * k, 700.0)) / -math.expm1(-self.beta)


@dataclass(frozen=True)
class StepDrop(OpenLoop):
    """ηₖ = η₀·by^⌊k/every⌋. Σ ηₖ = η₀·every/(1 − by): the run can freeze."""

    every: Annotated[
        int, Whole("drop every", "steps between two drops of η", 1, 200, limits=MOST)
    ] = 10
    by: Annotated[
        float,
        Range("drop to", "what each drop multiplies η by", 0.05, 1.0, 0.05, limits=(0.0, 1.0)),
    ] = 0.5
    label = "step drop"

    def __post_init__(self) -> None:
        _check(self, "every", self.every, *MOST)
        _check(self, "by", self.by, 0.0, 1.0)

    def factor(self, k: Array) -> Array:
        return np.asarray(self.by ** np.floor(k / self.every))

    def remaining(self, k: int) -> float:
        if self.by == 1:
            return math.inf
        drops, done = divmod(k, self.every)
        after = self.every * self.by / (1 - self.by)
        return float(self.by**drops * (self.every - done + after))


@dataclass(frozen=True)
class CosineDecay(OpenLoop):
    """ηₖ = η₀·(floor + (1 − floor)·½(1 + cos πk/period)), then η₀·floor (Loshchilov 2017)."""

    period: Annotated[
        int, Whole("period", "steps until η has fallen to the floor", 1, 500, limits=MOST)
    ] = 40
    floor: Annotated[float, Range("floor", "what share of η₀ stays at the end", 0.0, 1.0, 0.01)] = (
        0.0
    )
    label = "cosine"

    def __post_init__(self) -> None:
        _check(self, "period", self.period, *MOST)
        _check(self, "floor", self.floor, 0.0, 1.0)

    def factor(self, k: Array) -> Array:
        fall = 0.5 * (1 + np.cos(np.pi * np.minimum(k / self.period, 1)))
        return np.asarray(self.floor + (1 - self.floor) * fall)

    def remaining(self, k: int) -> float:
        if self.floor > 0:
            return math.inf
        # Σ sin²(jh) over the m remaining steps, by the Dirichlet kernel; h = π/(2·period).
        m, h = max(self.period - k, 0), math.pi / (2 * self.period)
        return max((2 * m + 1 - math.sin((2 * m + 1) * h) / math.sin(h)) / 4, 0.0)


@dataclass(frozen=True)
class WarmUp(OpenLoop):
    """ηₖ rises to η₀ in `warm` steps, then falls like 1/√k (Vaswani et al. 2017): Σ ηₖ = ∞."""

    warm: Annotated[int, Whole("warm-up", "steps until η has risen to η₀", 1, 200, limits=MOST)] = (
        10
    )
    label = "warm-up, then decay"

    def __post_init__(self) -> None:
        _check(self, "warm", self.warm, *MOST)

    def factor(self, k: Array) -> Array:
        return np.minimum((k + 1) / self.warm, np.sqrt(self.warm / (k + 1)))

    def remaining(self, k: int) -> float:
        return math.inf


@dataclass(frozen=True)
class DropOnPlateau(Schedule):
    """η is multiplied by `by` when the loss has not improved by 0.1 % for `patience` steps."""

    patience: Annotated[
        int, Whole("patience", "steps without a better loss before η drops", 1, 100, limits=MOST)
    ] = 5
    by: Annotated[
        float,
        Range("drop to", "what each drop multiplies η by", 0.05, 1.0, 0.05, limits=(0.0, 1.0)),
    ] = 0.1
    label = "drop on plateau"

    def __post_init__(self) -> None:
        _check(self, "patience", self.patience, *MOST)
        _check(self, "by", self.by, 0.0, 1.0)

    def start(self, loss: Array) -> tuple[Array, Array, Array]:
        return loss, np.zeros(loss.shape), np.ones(loss.shape)

    def next(self, k: int, loss: Array, memory: Any) -> tuple[Array, Any]:
        best, waited, f = memory
        better = (loss < best - 1e-3 * np.abs(best)) | (k == 0)
        waited = np.where(better, 0, waited + 1)
        drop = waited >= self.patience
        f = np.where(drop, f * self.by, f)
        return f, (np.where(better, loss, best), np.where(drop, 0, waited), f)

    def remaining(self, k: int) -> float:
        # It depends on losses to come, so no bound is known.
        return math.inf


# One entry a schedule: its key in a permalink, its class.
SCHEDULES: tuple[tuple[str, type[Schedule]], ...] = (
    ("constant", Constant),
    ("linear", LinearDecay),
    ("quadratic", QuadraticDecay),
    ("exponential", ExponentialDecay),
    ("drop", StepDrop),
    ("plateau", DropOnPlateau),
    ("cosine", CosineDecay),
    ("warmup", WarmUp),
)

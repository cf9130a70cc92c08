"""Noisy gradients: a fixed η keeps a floor, Robbins and Monro's decay removes it (SCIENCE E)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array
from convcore.descent.descent import Trajectory, descend
from convcore.descent.schedules import Schedule
from convcore.objectives.base import Objective
from convcore.optimizers import Memory, Optimizer
from convcore.parallel import Report


def random_of_step(seed: int, k: int) -> np.random.Generator:
    """The random numbers of step k: a function of both alone, so that a step with noise stays pure."""
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, k]))


@dataclass(frozen=True)
class NoisyDescent(Optimizer):
    """w′ = w − η(∇E(w) + σξ), ξ standard normal, independent for each step and run.

    The noise is a pure function of the seed and the step (a counter-based generator), so that a
    step stays pure, and a seed gives the same noise everywhere. Raises ValueError for a negative σ.
    """

    sigma: float = 1.0
    seed: int = 0
    label = "descent with noisy gradients"

    def __post_init__(self) -> None:
        if not 0 <= self.sigma < math.inf:
            raise ValueError(f"`NoisyDescent(sigma=...)` must be ≥ 0; got {self.sigma}.")

    def start(self, w: Array) -> Memory:
        return (np.zeros(()),)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        (k,) = memory
        noise = self.sigma * random_of_step(self.seed, int(k)).standard_normal(w.shape)
        return w - eta * (objective.gradient(w) + noise), (k + 1,)


@dataclass(frozen=True, eq=False)
class Band:
    """Many runs at each step: their mean, and the 10 % and 90 % quantiles, each (K+1, ...)."""

    mean: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, x: Array) -> Band:
        """The band of x (K+1, runs)."""
        low, high = np.quantile(x, [0.1, 0.9], axis=1)
        return cls(x.mean(axis=1), low, high)


def noisy_runs(
    objective: Objective,
    start: ArrayLike,
    eta: float,
    sigma: float,
    schedule: Schedule | None = None,
    runs: int = 200,
    steps: int = 200,
    seed: int = 0,
    report: Report | None = None,
) -> Trajectory:
    """`runs` runs from one start (n,), each with its own noise: w (K+1, runs, n).

    report: called before each step with the share that is done; it may raise to stop the runs.
    """
    w0 = np.broadcast_to(np.asarray(start, dtype=float), (runs, objective.n))
    return descend(objective, w0, eta, NoisyDescent(sigma, seed), schedule, steps, report=report)


def floor(a: float, eta: float, sigma: float) -> float:
    """ησ²/(a(2 − ηa)): the variance of w that a fixed η keeps on ½aw²; inf if it is not stable."""
    return eta * sigma**2 / (a * (2 - eta * a)) if 0 < eta * a < 2 else math.inf

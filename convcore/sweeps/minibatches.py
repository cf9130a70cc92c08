"""Minibatches of a table's rows: many runs at once, and what theory says of their mean.

Plain descent on least squares whose every step takes the gradient of a few rows only. Where rows are drawn
with replacement, the mean and the second moment of the error follow a linear recursion, which is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array
from convcore.descent.descent import Trajectory, descend
from convcore.descent.schedules import Schedule
from convcore.objectives.base import Objective
from convcore.objectives.quadratics import LeastSquares
from convcore.optimizers import Memory, Optimizer
from convcore.sweeps.noise import random_of_step

ROUNDS = 400  # of the iteration to a floor
POWERS = 60  # of the power iteration for its rate
SMALL = 1e-18  # share of the noise's square that is only the rounding of the minimum


@dataclass(frozen=True)
class MinibatchDescent(Optimizer):
    """w′ = w − η∇E_B(w), with E_B the loss of `batch` rows; each run has its own.

    replace: each row of each batch is drawn from all. Otherwise the rows are shuffled in each epoch and
    taken in turn, as PyTorch's `DataLoader(shuffle=True)` does; the last batch of an epoch has what is
    left. The rows are a pure function of the seed and the step. Raises ValueError for a batch without a
    row.
    """

    batch: int = 8
    replace: bool = False
    seed: int = 0
    label = "minibatch descent"

    def __post_init__(self) -> None:
        if not self.batch >= 1:
            raise ValueError(f"`MinibatchDescent(batch=...)` must be at least 1; got {self.batch}.")

    def start(self, w: Array) -> Memory:
        """The number of the step (); the order of the rows of the epoch (..., N), empty at first."""
        return np.zeros(()), np.zeros((*w.shape[:-1], 0))

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        """As `Optimizer.step`. Raises TypeError for an objective that has no rows."""
        if not isinstance(objective, LeastSquares):
            raise TypeError("`MinibatchDescent` needs `LeastSquares`, which has rows.")
        k, order = memory
        N, runs = len(objective.target), w.shape[:-1]
        B = min(self.batch, N)
        rng = random_of_step(self.seed, int(k))
        if self.replace:
            rows = rng.integers(0, N, (*runs, B))
        else:
            first = int(k) % -(-N // B) * B
            if not first:
                order = rng.permuted(np.broadcast_to(np.arange(float(N)), (*runs, N)), axis=-1)
            rows = order[..., first : first + B].astype(int)
        return w - eta * objective.batch_gradient(w, rows), (k + 1, order)


def minibatch_runs(
    objective: LeastSquares,
    start: ArrayLike,
    eta: float,
    method: MinibatchDescent,
    schedule: Schedule | None = None,
    runs: int = 64,
    steps: int = 200,
) -> Trajectory:
    """`runs` runs from one start (n,), each with its own batches: w (K+1, runs, n)."""
    w0 = np.broadcast_to(np.asarray(start, dtype=float), (runs, objective.n))
    return descend(objective, w0, eta, method, schedule, steps)


@dataclass(frozen=True, eq=False)
class MinibatchTheory:
    """The mean of E − E* over all draws of `batch` rows with replacement, in the eigenbasis of A.

    The error e = z − z* has the step e′ = (I − ηA_B)e − ηξ, ξ the batch's gradient at the minimum. Its
    mean m and second moment M = E[eeᵀ] follow m′ = Fm and M′ = FMF + (η²/B)(V(M) + C + W + Wᵀ), F = I − ηΛ:
    V is the variance of A_B, C that of ξ, W their covariance at m, of one row each.
    """

    objective: LeastSquares
    batch: int

    @cached_property
    def _rows(self) -> Array:
        """√c·D in the eigenbasis (N, n), 0 along null directions."""
        s = self.objective.spectrum
        return np.asarray(
            np.where(s.values > 0, self.objective.design @ s.vectors, 0.0)
            * math.sqrt(self.objective.scale)
        )

    @cached_property
    def _penalty(self) -> Array:
        """The ridge in the eigenbasis (n, n)."""
        Q = self.objective.spectrum.vectors
        return np.asarray((Q.T * self.objective.penalty) @ Q)

    @cached_property
    def _noise(self) -> Array:
        """Each row's gradient at the minimum (N, n), less their mean, which is rounding."""
        E, s = self.objective, self.objective.spectrum
        misfit = E.design @ E.stationary - E.target
        each = self._rows * (misfit * math.sqrt(E.scale))[:, None]
        each = each + np.where(s.values > 0, self._penalty @ s.centre, 0.0)
        return np.asarray(each - each.mean(axis=0))

    @cached_property
    def interpolates(self) -> bool:
        """Whether the model fits every row, so that at the minimum no batch asks for a step."""
        E, noise = self.objective, float((self._noise**2).mean(axis=0).sum())
        spread = E.scale * float((self._rows**2).mean(axis=0).sum()) * float(np.var(E.target))
        return noise <= SMALL * spread

    def _variance(self, M: Array) -> Array:
        """V(M) (n, n) of one row, for M (n, n)."""
        D, lam, P = self._rows, self.objective.spectrum.values, self._penalty
        q = np.einsum("ij,jk,ik->i", D, M, D, optimize=True)
        V = (D.T * q) @ D / len(D) - lam[:, None] * M * lam
        if self.objective.ridge:
            GMP = (np.diag(lam) - P) @ M @ P
            V = V + GMP + GMP.T + P @ M @ P
        return np.asarray(V)

    def excess(self, start: Array, etas: Array) -> Array:
        """The mean of E − E* (K+1,) from `start` (n,) under step sizes (K,); inf once it overflows."""
        lam, D = self.objective.spectrum.values, self._rows
        noise = np.zeros_like(self._noise) if self.interpolates else self._noise
        m = self.objective.spectrum.error(start)
        M, C = np.outer(m, m), noise.T @ noise / len(D)
        found = [0.5 * float(lam @ np.diagonal(M))]
        with np.errstate(all="ignore"):
            for eta in etas.tolist():
                F = 1 - eta * lam
                W = D.T @ (noise * (D @ m)[:, None]) / len(D)
                M = F[:, None] * M * F + eta**2 / self.batch * (self._variance(M) + C + W + W.T)
                m = F * m
                found.append(0.5 * float(lam @ np.diagonal(M)))
        return np.nan_to_num(np.array(found), nan=np.inf, posinf=np.inf)

    def floor(self, eta: float) -> float:
        """The mean of E − E* that a constant η keeps in the end; inf if it grows without end."""
        lam = self.objective.spectrum.values
        bends = lam > 0
        if not 0 < eta * lam[-1] < 2:
            return math.inf
        loses = 1 - np.multiply.outer(1 - eta * lam, 1 - eta * lam)
        gain = np.where(np.logical_and.outer(bends, bends), eta**2 / self.batch, 0.0)
        gain = np.divide(gain, loses, out=np.zeros_like(loses), where=loses > 0)
        M, rate = np.diag(bends.astype(float)), 0.0
        for _ in range(POWERS):
            M = gain * self._variance(M)
            rate = float(np.abs(M).max())
            if not rate:
                break
            M = M / rate
        if rate >= 1:
            return math.inf
        if self.interpolates:
            return 0.0
        C = self._noise.T @ self._noise / len(self._noise)
        M = added = gain * C
        for _ in range(ROUNDS):
            added = gain * self._variance(added)
            M = M + added
            if lam @ np.diagonal(added) <= 1e-9 * (lam @ np.diagonal(M)):
                break
        # What is left of a geometric series.
        return 0.5 * float(lam @ np.diagonal(M + added * rate / (1 - rate)))
